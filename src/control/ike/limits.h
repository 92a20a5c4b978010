/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much of each thing an IKE instance holds and for how long. Each limit has a counter in
 * drops.def.
 */
#ifndef CONTROL_IKE_LIMITS_H
#define CONTROL_IKE_LIMITS_H

#include "base/loop.h"

/* Responder SAs before authentication, oldest out: those whose peer has not shown yet that it
 * gets our answers, and those for which a Diffie-Hellman exchange was computed. They are counted
 * apart, so that forged first messages never push out a peer that is really there. */
#define IKE_HALF_OPEN_MAX      1024
#define IKE_HALF_OPEN_PER_PEER 8
#define IKE_HALF_OPEN_NS       (35 * LOOP_NS_PER_S)

/* Authenticated SAs that peers started, oldest out. */
#define IKE_ACCEPTED_MAX      16384
#define IKE_ACCEPTED_PER_PEER 8

/* Exchanges under one SA, those that only wait for duplicates included. */
#define IKE_PHASE2_MAX 16
/* How long an exchange that is over answers duplicates, and how long a responder waits. */
#define IKE_LINGER_NS  (35 * LOOP_NS_PER_S)

/* The side that started an exchange repeats its message after 1, 2, 4, 8 s and gives up 16 s
 * after the last copy: 31 s in all. */
#define IKE_SENDS         5
#define IKE_FIRST_WAIT_NS LOOP_NS_PER_S
/* An exact duplicate is answered with the same octets, at most this often a message: whoever
 * copies a short request must not make us send a long answer for ever. */
#define IKE_REPEATS_MAX   8

#define IKE_NONCE_LEN    16
#define IKE_SA_BODY_MAX  4096 /* octets of the initiator's SA payload, kept for the hashes */
#define IKE_PEER_ID_MAX  256  /* octets of the data of an ID payload */
#define IKE_LIFETIME_MIN 60   /* seconds; a shorter offer is refused */

#endif
