/* SPDX-License-Identifier: BSD-3-Clause */
/* A policy with something of everything, and comparison of what came out at the other end. */
#ifndef TESTS_EXCHANGE_SAMPLE_POLICY_H
#define TESTS_EXCHANGE_SAMPLE_POLICY_H

#include "control/gdoi/policy.h"
#include "crypto/sign.h"

/*
 * Full: deny tcp port 22, permit with a port range, deny by precedence, permit all of a network,
 * permit of a second SA; three TEKs of the first SA (AES-256 with SHA-256, time window 20 s), one
 * of the second (AES-GCM-128, sender IDs), KEK AES-128 with SHA-256, GAP, pseudotime.
 * Plain: the permit lines that RFC 6407 can carry, no time, no pseudotime.
 */
void sample_policy(struct gdoi_policy *p, bool full, const struct sign_key *key);
void sample_kek(struct gdoi_kek *k, uint8_t tag, const struct sign_key *key);
/* 1024 bits, made once a process. */
struct sign_key *sample_key(void);

/* What must come through a pull or a push unchanged; says what differs. */
bool sample_policy_equal(const struct gdoi_policy *a, const struct gdoi_policy *b, bool pull,
			 struct err_text *why);

#endif
