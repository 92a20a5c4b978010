/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sizes that ISAKMP and GDOI fix, and how much of each thing one message may hold. A message
 * with more is refused (-E2BIG): nothing in here is ever allocated by what a message says.
 */
#ifndef WIRE_LIMITS_H
#define WIRE_LIMITS_H

#define ISAKMP_HDR_LEN    28
#define ISAKMP_COOKIE_LEN 8
#define ISAKMP_SPI_LEN    16    /* cookie pair: SPI of a phase 1 SA and of a KEK */
#define ISAKMP_MSG_MAX    65507 /* octets a UDP datagram over IPv4 can carry */
#define ISAKMP_VERSION    0x10

#define PLD_HDR_LEN        4
#define PLD_MAX            64   /* payloads of one message, top level */
#define PLD_PROPOSALS_MAX  8    /* of a phase 1 SA payload */
#define PLD_TRANSFORMS_MAX 64   /* of a proposal */
#define PLD_SA_ITEMS_MAX   1024 /* SAK, GAP and SATs inside a GDOI SA payload */
#define PLD_KD_PACKETS_MAX 256  /* key packets of a KD payload */
#define PLD_SPIS_MAX       64   /* SPIs of a delete payload */
#define PLD_SPI_MAX        16   /* octets of an SPI */
#define PLD_ATTRS_MAX      128  /* attributes of one list; a SID packet has one per sender ID */

#define PLD_NONCE_MIN 8
#define PLD_NONCE_MAX 256 /* RFC 2409; GDOI stops at 128 */
#define PLD_HASH_MIN  16
#define PLD_HASH_MAX  64

#endif
