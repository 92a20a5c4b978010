/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The policy of a group as a value: what a key server hands out and a group member installs.
 * Free of IKEv1 and GDOI encodings, so that another front end (G-IKEv2) can fill the same
 * structure. Owned by one side at a time; keys are shared by reference (base/secret.h).
 *
 * Lives are seconds that remained when the message was built; who receives a policy takes the
 * age of the message off before it uses them.
 */
#ifndef CONTROL_GDOI_POLICY_H
#define CONTROL_GDOI_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ace.h"
#include "base/addr.h"
#include "base/secret.h"
#include "crypto/suite.h"

#define GDOI_TEKS_PER_SA_MAX 5 /* TEKs alive at once under one `sa ipsec` */
#define GDOI_SAS_MAX         4 /* `sa ipsec N` of a group */
#define GDOI_TEKS_MAX        (GDOI_TEKS_PER_SA_MAX * GDOI_SAS_MAX)
#define GDOI_SIDS_MAX        64
#define GDOI_KEK_SPI_LEN     16
#define GDOI_GROUP_NAME_MAX  64

enum gdoi_replay { GDOI_REPLAY_NONE, GDOI_REPLAY_COUNTER, GDOI_REPLAY_TIME };
enum gdoi_direction { GDOI_DIR_BOTH, GDOI_DIR_SEND_ONLY, GDOI_DIR_RECEIVE_ONLY };
enum gdoi_kek_alg { GDOI_KEK_3DES = 2, GDOI_KEK_AES = 3 }; /* RFC 6407 5.3.3 */
enum gdoi_sig_hash { GDOI_SIG_SHA1 = 2, GDOI_SIG_SHA256, GDOI_SIG_SHA384, GDOI_SIG_SHA512 };

/* A line of the group's ACL. */
struct gdoi_ace {
	struct ace ace; /* .permit: protect, else bypass */
	uint16_t order; /* place in the ACL, 1.. */
	uint8_t sa;     /* index of the `sa ipsec` it belongs to */
};

struct gdoi_tek {
	uint32_t spi;
	uint8_t sa; /* index of the `sa ipsec` */
	enum suite_id suite;
	struct secret *key;  /* cipher key, then the salt of counter modes; NULL for NULL */
	struct secret *auth; /* integrity key; NULL for GCM */
	uint32_t life_s;     /* remaining */
	enum gdoi_replay replay;
	uint32_t window; /* seconds or packets */
	uint8_t shim_proto;
	enum gdoi_direction direction;
};

struct gdoi_kek {
	uint8_t spi[GDOI_KEK_SPI_LEN]; /* cookie pair of the pushes */
	enum gdoi_kek_alg alg;
	uint8_t key_len;       /* octets */
	struct secret *iv_key; /* IV (one block) then key: KEK_ALGORITHM_KEY as it travels */
	enum gdoi_sig_hash sig_hash;
	struct secret *public_key; /* DER SubjectPublicKeyInfo; NULL when not carried */
	uint16_t sig_bits;         /* modulus */
	uint32_t life_s;           /* remaining */
	uint8_t ack;               /* KEK_ACK_REQUESTED value, 0 = not asked (RFC 8263) */
	struct endpoint src, dst;  /* dst 0.0.0.0 or unicast: unicast transport */
};

struct gdoi_policy {
	struct gdoi_ace aces[ACE_MAX_PER_POLICY];
	uint16_t n_aces;
	bool full_form; /* carries deny lines and private attributes */

	struct gdoi_tek teks[GDOI_TEKS_MAX]; /* of one SA: oldest first */
	uint8_t n_teks;

	bool has_kek;
	struct gdoi_kek kek;
	uint32_t seq; /* last used push number under that KEK */

	bool has_gap; /* ATD and DTD were carried */
	uint16_t atd_s, dtd_s;

	bool has_time;
	uint64_t pseudotime; /* 10 ms ticks when the message was built */
	uint32_t epoch;
	uint16_t sync_period_s, max_age_s;

	uint8_t sid_bits; /* 0: none given */
	uint8_t n_sids;
	uint32_t sids[GDOI_SIDS_MAX];
};

void gdoi_policy_init(struct gdoi_policy *p);
/* Gives up every key; the structure is as after init. */
void gdoi_policy_clear(struct gdoi_policy *p);
/* Deep copy; keys are shared by reference. dst must be initialised, its content is given up. */
void gdoi_policy_copy(struct gdoi_policy *dst, const struct gdoi_policy *src);
bool gdoi_kek_is_multicast(const struct gdoi_kek *k);

#endif
