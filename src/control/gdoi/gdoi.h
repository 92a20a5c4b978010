/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GDOI (RFC 6407) over control/ike: GROUPKEY-PULL in both roles, GROUPKEY-PUSH build and open,
 * acknowledgement (RFC 8263). What a policy means is gm's and ks's business; here it is only
 * carried. Encodings: control/wire.
 */
#ifndef CONTROL_GDOI_GDOI_H
#define CONTROL_GDOI_GDOI_H

#include "base/buf.h"
#include "control/gdoi/policy.h"
#include "control/ike/ike.h"

struct sign_key; /* crypto/sign.h */

/* Group identity: `identity number N` (an ID of type KEY_ID) or `identity address ipv4 A`. */
struct gdoi_group_id {
	bool is_address; /* else number */
	uint32_t number;
	struct addr address;
};
bool gdoi_group_id_equal(const struct gdoi_group_id *a, const struct gdoi_group_id *b);
/* High octet of the SPIs of the group's TEKs: first octet of SHA-256("GETVPN SPI mark" | ID type |
 * ID data), never 0. */
uint8_t gdoi_spi_mark(const struct gdoi_group_id *g);

/* Why a pull or a push came to nothing. */
enum gdoi_fail {
#define GDOI_FAIL(name, text) GDOI_FAIL_##name,
#include "control/gdoi/fails.def"
#undef GDOI_FAIL
	GDOI_FAIL_COUNT
};
const char *gdoi_fail_text(enum gdoi_fail why);

/* ---- pull, group member ------------------------------------------------------------------ */

struct gdoi_pull;

struct gdoi_pull_result {
	enum gdoi_fail fail;        /* GDOI_FAIL_NONE: policy is there */
	struct err_text detail;     /* names the algorithm, payload or notify at fault */
	struct gdoi_policy *policy; /* owned by the pull, valid during the call */
	struct ike_peer_info peer;
	uint64_t rtt_ns;  /* message 1 to message 2 */
	uint64_t msg2_ns; /* monotonic time of receipt of message 2 */
};
typedef void gdoi_pull_fn(const struct gdoi_pull_result *r, void *arg);

struct gdoi_pull_request {
	struct endpoint local, remote;
	struct gdoi_group_id group;
	uint16_t sids_wanted; /* one a worker that encrypts */
};

/*
 * Phase 1 if there is none, then the four messages. fn is called exactly once, never before this
 * returns, then the pull is gone. Where the group has time-based anti-replay and the round trip of
 * messages 1 and 2 took longer than 200 ms or a quarter of the window, the two are repeated at
 * most twice, before any sender ID is spent, and the quickest is the one that goes on.
 */
int gdoi_pull_start(struct gdoi_pull **out, struct ike *ike, const struct gdoi_pull_request *rq,
		    gdoi_pull_fn *fn, void *arg) GV_MUST_CHECK;
/* fn is not called. */
void gdoi_pull_abort(struct gdoi_pull *p);

/* ---- pull, key server --------------------------------------------------------------------- */

struct gdoi_member_ref { /* who asks */
	struct endpoint local, remote;
	uint8_t id_type;
	struct bytes id;
	struct ike_peer_info peer;
};

struct gdoi_server_ops {
	/* Message 1: may this member join, and with which policy? Fills *policy (initialised).
	 * Nothing may be committed yet. GDOI_FAIL_NONE or the reason of refusal. */
	enum gdoi_fail (*offer)(const struct gdoi_member_ref *m, const struct gdoi_group_id *g,
				struct gdoi_policy *policy, void *arg);
	/* Message 3 verified: the member is in. sids_wanted from its GAP (0: none asked).
	 * Fills what only now is decided: SEQ and sender IDs. */
	enum gdoi_fail (*commit)(const struct gdoi_member_ref *m, const struct gdoi_group_id *g,
				 uint16_t sids_wanted, struct gdoi_policy *policy, void *arg);
};
struct gdoi_server;
int gdoi_server_new(struct gdoi_server **out, struct ike *ike, const struct gdoi_server_ops *ops,
		    void *arg) GV_MUST_CHECK;
void gdoi_server_free(struct gdoi_server *s);

/* ---- push -------------------------------------------------------------------------------- */

#define GDOI_PUSH_MAX 65000 /* octets of a datagram */

struct gdoi_delete {
	bool all_teks, kek;           /* SPI 0 forms */
	uint32_t spis[GDOI_TEKS_MAX]; /* named TEKs */
	uint8_t n_spis;
};

/* What a push says. */
struct gdoi_push_spec {
	const struct gdoi_policy *policy; /* full or plain by ->full_form */
	const struct gdoi_kek *kek;       /* the one in force, which may differ from policy->kek */
	uint32_t seq;
	const struct gdoi_delete *del; /* may be NULL */
	const struct sign_key *key;
	bool digest_info; /* RFC 6407; false: the bare hash, as old implementations sign */
};

/* Key server: encodes, signs, encrypts. One build serves every member that gets this form, and is
 * sent again as it is. A policy without KEK and TEKs leaves SA and KD out: a pure delete.
 * *len: room in, octets out. */
int gdoi_push_build(const struct gdoi_push_spec *spec, uint8_t *out, size_t *len,
		    struct err_text *e) GV_MUST_CHECK;

/* Group member: what it remembers of a KEK. */
struct gdoi_kek_state {
	struct gdoi_kek kek;
	uint32_t last_seq;
	uint8_t last_digest[32]; /* of the last accepted datagram */
	bool has_digest;
	bool ours; /* the key server announced our vendor ID when we registered */
};

enum gdoi_push_status {
	GDOI_PUSH_OK,
	GDOI_PUSH_COPY /* exact copy of the last: acknowledge */,
	GDOI_PUSH_UNKNOWN_KEK,
	GDOI_PUSH_MALFORMED,
	GDOI_PUSH_SEQ,
	GDOI_PUSH_SIGNATURE,
	GDOI_PUSH_POLICY
};

struct gdoi_push {
	uint32_t seq;
	struct gdoi_policy policy; /* initialised by the callee, cleared by the caller */
	struct gdoi_delete del;
	struct err_text detail;
};

/* Cheapest checks first: known KEK, exact copy, decryption, chain, number, signature, policy. Nothing
 * in *st moves: the caller accepts by gdoi_push_accept() once its own checks passed. out is always
 * filled as far as it went; out->policy is to be cleared. */
enum gdoi_push_status gdoi_push_open(struct gdoi_push *out, const struct gdoi_kek_state *st,
				     struct bytes msg);
void gdoi_push_accept(struct gdoi_kek_state *st, uint32_t seq, struct bytes msg);
/* The 16 cookie octets of a push or of an acknowledgement; false when it is too short. */
bool gdoi_push_spi(struct bytes msg, uint8_t spi[GDOI_KEK_SPI_LEN]);

/* ---- acknowledgement, RFC 8263 ------------------------------------------------------------ */

int gdoi_ack_build(const struct gdoi_kek *kek, uint32_t seq, const struct addr *gm, uint8_t *out,
		   size_t *len) GV_MUST_CHECK;

/*
 * RFC 8263 is read in four ways: is the label followed by a NUL, does the key include the IV in
 * front of the KEK? We send the first and take all of them.
 */
enum gdoi_ack_form { GDOI_ACK_NUL_IV, GDOI_ACK_IV, GDOI_ACK_NUL, GDOI_ACK_BARE, GDOI_ACK_FORMS };

struct gdoi_ack {
	uint32_t seq;
	struct addr gm; /* from the ID payload, ADDR_NONE for other types */
	uint8_t form;   /* which of the hash forms matched, enum gdoi_ack_form */
};
/* 0, -EBADMSG malformed, -EACCES wrong hash. Members share the KEK, so an acknowledgement proves
 * delivery to one of them and no more. */
int gdoi_ack_open(struct gdoi_ack *out, const struct gdoi_kek *kek, struct bytes msg) GV_MUST_CHECK;

#endif
