/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside of the key server: a group, its keys, its members, the round of a rekey. */
#ifndef CONTROL_KS_GROUP_H
#define CONTROL_KS_GROUP_H

#include "base/log.h"
#include "control/ks/ks.h"
#include "crypto/sign.h"

#define KS_GROUPS_MAX      32
#define KS_MEMBERS_MAX     10000
#define KS_TEKS_MANUAL_MAX 4  /* a rekey by command makes no fifth TEK of an SA */
#define KS_BATCH           64 /* datagrams of a round sent at a time */
#define KS_BATCH_GAP_NS    (2 * LOOP_NS_PER_MS)
#define KS_STRIKES_MAX     3 /* rekeys in a row without acknowledgement: the member is removed */
#define KS_MAX_AGE_BASE_S  30
#define KS_SYNC_MAX_S      7200
#define KS_SYNC_MIN_S      300
#define KS_REKEY_AHEAD_S   90
#define KS_RETRY_NS        (10 * LOOP_NS_PER_S) /* after keys or a rekey that failed */
#define KS_HANDLE_FIRST    0x80000002u

/* ---- what members must have, resolved from configuration --------------------------------------- */

struct ks_plan_sa {
	uint16_t number;
	char profile[CONF_NAME_MAX], acl[CONF_NAME_MAX];
	enum suite_id suite;
	uint32_t life_s;
	enum gdoi_replay replay;
	uint32_t window;
};

struct ks_plan {
	struct ks_plan_sa sas[CONF_SA_MAX];
	uint8_t n_sas;
	struct gdoi_ace aces[ACE_MAX_PER_POLICY];
	uint16_t n_aces;
	bool cut; /* the lists had more lines than a policy can have */
};

/* Fills *p or says why the group is not complete. */
int ks_plan_make(struct ks_plan *p, const struct conf *c, const struct conf_group *cg,
		 struct err_text *why) GV_MUST_CHECK;
bool ks_plan_equal(const struct ks_plan *a, const struct ks_plan *b);
bool ks_plan_has_deny(const struct ks_plan *p);
bool ks_plan_has_time(const struct ks_plan *p);
bool ks_plan_needs_sids(const struct ks_plan *p);
/* Every permit line fits the attributes that RFC 6407 knows. */
bool ks_plan_fits_plain(const struct ks_plan *p);
uint32_t ks_plan_sync_period_s(const struct ks_plan *p);

/* ---- keys --------------------------------------------------------------------------------------- */

struct ks_tek {
	uint32_t spi;
	enum suite_id suite;
	struct secret *key, *auth;
	enum gdoi_replay replay;
	uint32_t window;
	uint64_t made_ns, end_ns;
	uint32_t life_s;     /* configured when it was made */
	uint32_t override_s; /* shortened by a rekey by command, 0: not */
};

struct ks_sa { /* TEKs of one `sa ipsec`, oldest first */
	uint16_t number;
	struct ks_tek teks[GDOI_TEKS_PER_SA_MAX];
	uint8_t n;
};

struct ks_kek {
	struct gdoi_kek kek; /* life_s unused */
	uint32_t id;         /* counts KEKs of the group; 0: none */
	uint32_t seq;        /* last used */
	uint32_t life_s;
	uint64_t made_ns, end_ns;
};

/* ---- members ------------------------------------------------------------------------------------ */

enum ks_ack_state { KS_ACK_NONE, KS_ACK_WAITING, KS_ACK_RCVD, KS_ACK_MISSED };

struct ks_sent {
	uint32_t kek_id, seq;
	enum ks_ack_state state;
};

struct ks_member {
	struct addr address;
	struct endpoint remote;
	bool ours;
	uint8_t version[3];
	uint64_t registered_ns;
	uint64_t sent, retries, acks, missed;
	struct ks_sent last[KS_SEQ_ROW]; /* newest first */
	uint8_t strikes, ack_form;
	bool in_round; /* still gets copies of the current push */
	bool due;      /* has to get one in this pass */
	bool asked;    /* its acknowledgement of the current push is expected */
	bool told_plain;
	unsigned int n_sids;
};

/* ---- a round: one push to all, its copies to those that have not answered ------------------------- */

struct ks_round {
	bool active;
	uint8_t *full, *plain; /* datagrams, NULL: form not in use; kept until the next round */
	size_t full_len, plain_len;
	struct gdoi_kek kek; /* the push went out under it */
	uint32_t kek_id, seq;
	unsigned int copies; /* retransmissions done */

	uint64_t started_ns, pass_ns, done_ns;
	uint32_t retransmits;
	struct loop_timer *timer;
};

/* ---- sender IDs (RFC 6054) --------------------------------------------------------------------- */

struct ks_sids {
	uint8_t bits;  /* 0: none are given at present */
	uint8_t width; /* of those given so far */
	uint64_t next; /* first one not given yet */
};

/* ---- the group ----------------------------------------------------------------------------------- */

struct ks_group {
	struct ks *ks;
	const struct conf_group *conf;
	char name[CONF_NAME_MAX];
	struct gdoi_group_id id;
	struct err_text not_ready; /* "" when registrations are answered */
	struct ks_plan active, pending;
	bool planned, changed; /* active is valid; pending differs and waits for a rekey */
	bool said_weak;
	bool multicast; /* transport as last said */

	struct ks_sa sas[CONF_SA_MAX]; /* as active.sas */
	struct ks_kek kek, old_kek;
	uint32_t kek_ids;         /* KEKs made so far */
	uint64_t retry_ns;        /* after a rekey that failed: not before */
	struct gdoi_delete dying; /* TEKs that the next push deletes */

	struct ks_member **members; /* by address */
	unsigned int n_members;
	unsigned int round_first;

	struct ks_round round;
	struct loop_timer *timer; /* next scheduled event */
	uint64_t last_push_ns;
	uint64_t rekeys, retransmitted;

	bool clock_running;
	uint64_t pt0; /* ticks at t0_ns */
	uint64_t t0_ns;
	uint32_t epoch;
	struct ks_sids sids;
	uint64_t sids_given;
};

struct ks {
	struct ks_env env;
	struct gdoi_server *server;
	const struct conf *conf;
	struct ks_group *groups[KS_GROUPS_MAX];
	unsigned int n_groups;
	uint64_t counts[KS_COUNT_COUNT];
};

static inline uint64_t ks_now(const struct ks_group *g)
{
	return loop_now_ns(g->ks->env.loop);
}

static inline uint32_t ks_left_s(uint64_t end_ns, uint64_t now_ns)
{
	return end_ns <= now_ns ? 0 : (uint32_t)((end_ns - now_ns) / LOOP_NS_PER_S);
}

static inline const struct conf_server *ks_conf(const struct ks_group *g)
{
	return &g->conf->server;
}

#define ks_bump(ks, what) ((ks)->counts[KS_COUNT_##what]++)

int ks_group_new(struct ks_group **out, struct ks *ks, const struct conf_group *cg) GV_MUST_CHECK;
void ks_group_free(struct ks_group *g);
/* Follows a changed configuration. */
void ks_group_configure(struct ks_group *g, const struct conf *c, const struct conf_group *cg);
/* The pending plan becomes the one members get. */
void ks_group_adopt(struct ks_group *g);
uint64_t ks_group_ticks(const struct ks_group *g, uint64_t now_ns);
void ks_group_start_clock(struct ks_group *g);
bool ks_group_authorized(const struct ks_group *g, const struct addr *a);
/* The pair that signs rekeys; says KS_NO_RSA_KEYS when it does not exist. */
const struct sign_key *ks_group_sign_key(struct ks_group *g);

/* keys.c */
/* Seconds before its end that a TEK (or the KEK) of that life gets its successor, in ns. */
uint64_t ks_tek_ahead_ns(const struct ks_group *g, uint32_t life_s);
uint64_t ks_kek_ahead_ns(const struct ks_group *g, uint32_t life_s);
int ks_tek_add(struct ks_group *g, unsigned int sa) GV_MUST_CHECK;
int ks_kek_make(struct ks_group *g, struct ks_kek *out) GV_MUST_CHECK;
void ks_kek_drop(struct ks_kek *k);
void ks_teks_shorten(struct ks_group *g, unsigned int sa);
/* All TEKs of an SA but the newest `keep` go at once; the next push says so. */
void ks_teks_delete(struct ks_group *g, struct ks_sa *sa, unsigned int keep);
void ks_teks_drop(struct ks_sa *sa);
void ks_teks_expire(struct ks_group *g);
/* Was the pair replaced, or is it another one by configuration? What it signs cannot be verified by
 * members of this KEK, so the KEK goes. */
bool ks_kek_follow_pair(struct ks_group *g);
/* KEK and a TEK for each SA, where there are none. */
int ks_keys_ensure(struct ks_group *g) GV_MUST_CHECK;

/* schedule.c */
void ks_schedule_fired(void *arg);
void ks_schedule_set(struct ks_group *g);
/* Starts a round, with a new KEK when that is due by its end. */
int ks_schedule_push(struct ks_group *g) GV_MUST_CHECK;
uint64_t ks_schedule_tek_ns(const struct ks_group *g, unsigned int sa);
uint64_t ks_schedule_kek_ns(const struct ks_group *g);
void ks_schedule_reset_keys(struct ks_group *g);

/* policy.c: what a member of that form gets. kek: the one it shall hold from now on. */
void ks_policy_fill(struct ks_group *g, bool full, const struct ks_kek *kek, struct gdoi_policy *p);
/* The address rekeys of a multicast group go to; false for a unicast group. */
bool ks_policy_multicast(const struct ks_group *g, struct endpoint *dst);
/* Is every member one that takes the full form? */
bool ks_policy_all_ours(const struct ks_group *g);

/* member.c */
struct ks_member *ks_member_get(const struct ks_group *g, const struct addr *a);
int ks_member_add(struct ks_group *g, const struct addr *a, struct ks_member **out) GV_MUST_CHECK;
void ks_member_remove(struct ks_group *g, struct ks_member *m);
void ks_members_clear(struct ks_group *g);
void ks_member_pushed(struct ks_member *m, uint32_t kek_id, uint32_t seq, bool asked);

/* round.c */
/* Builds the push and starts to send it. new_kek: introduced by it, may be NULL. */
int ks_round_start(struct ks_group *g, const struct ks_kek *new_kek) GV_MUST_CHECK;
void ks_round_fired(void *arg);
void ks_round_stop(struct ks_group *g);
/* All that still wait for the first copy get it now. */
void ks_round_flush(struct ks_group *g);
void ks_round_free(struct ks_round *r);
/* A member that came while the round was under way, with the keys before it. */
void ks_round_join(struct ks_group *g, struct ks_member *m);

/* ack.c */
void ks_ack_received(const struct endpoint *local, const struct endpoint *remote, struct bytes msg,
		     void *arg);

/* serve.c */
extern const struct gdoi_server_ops ks_server_ops;

/* sid.c */
uint64_t ks_sids_room(const struct ks_sids *s);
void ks_sids_give(struct ks_sids *s, unsigned int n, struct gdoi_policy *p);

#endif
