/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Key server: groups built from configuration, their KEK and TEKs, the members that registered,
 * rekeys and their acknowledgements. No socket in here; time is base/loop's.
 */
#ifndef CONTROL_KS_KS_H
#define CONTROL_KS_KS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/loop.h"
#include "control/conf/conf.h"
#include "control/gdoi/gdoi.h"
#include "control/gdoi/policy.h"
#include "control/ike/ike.h"

struct keystore; /* crypto/keystore.h */
struct ks;
struct ks_group;

struct ks_env {
	struct loop *loop;
	struct ike *ike;
	ike_send_fn *send; /* rekeys */
	void *send_arg;
	struct keystore *keys; /* RSA pairs by label */
	uint16_t port;         /* local, 0: 848 */
};

/* Takes over exchange types 32 (GROUPKEY-PULL) and 35 (its acknowledgements) of ike. */
int ks_new(struct ks **out, const struct ks_env *env) GV_MUST_CHECK;
void ks_free(struct ks *ks);

/*
 * Groups with `server local` follow c (validated before). What members hold changes only with
 * the next rekey, which POLICY_CHANGE says. c and lim must stay until the next call.
 */
int ks_apply(struct ks *ks, const struct conf *c, const struct conf_limits *lim) GV_MUST_CHECK;

/* ---- commands --------------------------------------------------------------------------------- */

struct ks_rekey_result {
	unsigned int groups; /* rekeyed */
	bool no_new_tek;     /* "% 4 TEKs alive, no new TEK made" */
	bool no_rsa_key;     /* said by KS_NO_RSA_KEYS too; no rekey was sent */
};
/* crypto gdoi ks rekey [group NAME] [replace-now]; NULL: all. -ENOENT: no such group. */
int ks_rekey(struct ks *ks, const char *group, bool replace_now,
	     struct ks_rekey_result *out) GV_MUST_CHECK;
/* clear crypto gdoi [group NAME]: the member table; keys stay. */
int ks_clear(struct ks *ks, const char *group) GV_MUST_CHECK;

/* A key pair was made, replaced or removed. A group that waited for it gets its KEK. One whose pair
 * was replaced gets a new KEK: members know only the old public key, so they come by themselves. */
void ks_keys_changed(struct ks *ks);

/* ---- reading ----------------------------------------------------------------------------------- */

unsigned int ks_group_count(const struct ks *ks);
const struct ks_group *ks_group_at(const struct ks *ks, unsigned int i);
const struct ks_group *ks_group_find(const struct ks *ks, const char *group);

struct ks_info {
	const char *group;
	struct gdoi_group_id id;
	uint32_t group_handle, server_handle; /* 0x80000002.. */
	struct addr address;
	const struct addr *peers;
	unsigned int n_peers;
	bool redundancy;
	uint8_t priority;
	bool ready;            /* complete, has keys: registrations are answered */
	const char *not_ready; /* why not, "" when ready */
	bool rsa_found;        /* the pair of rsa_label exists */
	const char *rsa_label; /* sig key name */
	bool multicast;
	struct addr rekey_dst; /* multicast group */
	enum conf_rekey_ack ack;
	uint32_t kek_life_s; /* configured */
	uint32_t retransmit_s, retransmit_n;
	uint32_t retransmit_left_s; /* Group Retransmit Remaining Lifetime */
	unsigned int n_members;
	unsigned int n_sas;
	uint64_t rekeys_sent, rekeys_retransmitted;
	uint32_t last_retransmits; /* during the last rekey */
	uint32_t last_duration_ms; /* of the last rekey */
	bool policy_changed;       /* waits for a rekey */
	bool clock_running;
	uint64_t pseudotime; /* Replay Value, ticks */
	uint32_t epoch;
	uint8_t sid_bits; /* 0: no counter mode in use */
	uint64_t sids_given;
};
void ks_group_info(const struct ks_group *g, struct ks_info *out);

struct ks_kek_row {
	uint8_t spi[GDOI_KEK_SPI_LEN];
	enum gdoi_kek_alg alg;
	uint8_t iv_len, key_len; /* octets */
	enum gdoi_sig_hash sig_hash;
	uint16_t sig_size;    /* octets of the modulus */
	uint16_t sig_key_len; /* octets of the DER public key */
	uint32_t life_s, left_s;
	uint32_t rekey_s; /* time to rekey */
	uint32_t seq;     /* last used */
};
/* False while the group has no keys. */
bool ks_kek_row(const struct ks_group *g, struct ks_kek_row *out);

struct ks_sa_row { /* sa ipsec N as members have it now */
	uint16_t number;
	const char *profile, *acl;
	enum suite_id suite;
	enum gdoi_replay replay;
	uint32_t window;
	uint32_t life_s;             /* configured */
	uint32_t left_s;             /* of the newest TEK */
	uint32_t rekey_s;            /* time to the next scheduled rekey of this SA */
	const struct gdoi_ace *aces; /* those of all SAs of the group; .sa says whose */
	unsigned int n_aces;
	uint8_t index; /* what .sa of its lines is */
};
void ks_sa_row(const struct ks_group *g, unsigned int i, struct ks_sa_row *out);

struct ks_tek_row {
	uint32_t spi;
	uint8_t sa; /* index for ks_sa_row() */
	enum suite_id suite;
	uint32_t orig_s, left_s; /* configured life; remaining */
	uint32_t life_s;         /* from its making to its end */
	uint32_t elapsed_s;
	uint32_t override_s; /* shortened life, 0: not shortened */
	bool newest;         /* else "time to rekey (sec): n/a" */
	uint32_t rekey_s;
	enum gdoi_replay replay;
	uint32_t window;
};
/* Newest first. */
unsigned int ks_tek_count(const struct ks_group *g);
void ks_tek_row(const struct ks_group *g, unsigned int i, struct ks_tek_row *out);

#define KS_SEQ_ROW 4

struct ks_member_row {
	struct addr address;
	uint16_t port;
	bool ours; /* announced our vendor ID */
	uint8_t version[3];
	struct addr server; /* key server where it registered */
	uint64_t rekeys_sent, retries, acks_rcvd, acks_missed;
	uint32_t sent_seq[KS_SEQ_ROW], rcvd_seq[KS_SEQ_ROW]; /* newest first */
	uint8_t strikes;       /* rekeys in a row without acknowledgement */
	uint8_t ack_form;      /* which form of the hash it uses, see gdoi_ack.form */
	uint32_t registered_s; /* ago */
	unsigned int n_sids;
};
/* By address. */
unsigned int ks_member_count(const struct ks_group *g);
void ks_member_row(const struct ks_group *g, unsigned int i, struct ks_member_row *out);
/* False: "Group Member not Found". */
bool ks_member_find(const struct ks_group *g, const struct addr *a, struct ks_member_row *out);

/* ---- counters ----------------------------------------------------------------------------------- */

enum ks_count {
#define KS_COUNT(name, text) KS_COUNT_##name,
#include "control/ks/counts.def"
#undef KS_COUNT
	KS_COUNT_COUNT
};
uint64_t ks_count(const struct ks *ks, enum ks_count c);
const char *ks_count_text(enum ks_count c);

#endif
