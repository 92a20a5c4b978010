/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside of the group member: an attachment, what it holds, its registration. */
#ifndef CONTROL_GM_GROUP_H
#define CONTROL_GM_GROUP_H

#include "base/log.h"
#include "control/gm/gm.h"
#include "tbar/tbar.h"

#define GM_GROUPS_MAX       16
#define GM_KEKS_MAX         4
#define GM_SPENT_MAX        (2 * GDOI_TEKS_MAX)
#define GM_TBAR_ERRORS_MAX  100
#define GM_TBAR_PER_MINUTE  10
#define GM_BACKOFF_MIN_S    60   /* when the platform file says nothing else */
#define GM_BACKOFF_MAX_S    1800 /* policy that cannot be installed */
#define GM_BACKOFF_SILENT_S 300  /* no key server answers, or none takes us */
#define GM_REREGISTER_S     60   /* before the last key ends */
#define GM_ACK_GAP_NS       LOOP_NS_PER_S
#define GM_DELETE_SPREAD_S  60

struct gm_kek {
	struct gdoi_kek_state st;
	uint32_t conn_id, prev_seq;
	uint32_t life_s; /* as received */
	uint64_t expire_ns, margin_ns;
	bool acked; /* an acknowledgement went out under it at acked_ns, to acked_to */
	uint64_t acked_ns;
	struct endpoint acked_to;
};

/* What a member holds. Copied, changed and installed as a whole, so that a refusal changes
 * nothing. */
struct gm_hold {
	struct gdoi_ace aces[ACE_MAX_PER_POLICY];
	uint16_t n_aces;
	bool full_form; /* the lines came in the full form */
	struct addr acl_from;
	struct gm_tek teks[GDOI_TEKS_MAX]; /* of one SA: oldest first */
	uint8_t n_teks;
	struct gm_kek keks[GM_KEKS_MAX]; /* newest first */
	uint8_t n_keks;
	uint8_t sid_bits, n_sids;
	uint32_t sids[GDOI_SIDS_MAX];
	uint32_t spent[GM_SPENT_MAX]; /* ring: SPIs given up since these sender IDs came */
	uint8_t spent_next;
	struct tbar_clock clock;
	uint16_t sync_period_s, max_age_s;
};

struct gm_group {
	struct gm *gm;
	char name[CONF_NAME_MAX], interface[CONF_NAME_MAX], map[CONF_NAME_MAX];
	const struct conf_group *conf;
	const struct ace *local, *fail_close;
	unsigned int n_local, n_fail_close;
	bool wants_fail_close;
	struct addr address;
	enum gm_gate gate;
	struct gm_hold hold;

	/* registration */
	enum gm_state state;
	struct gdoi_pull *pull;
	struct loop_timer *reg_timer;  /* next attempt */
	struct loop_timer *life_timer; /* next key that ends */
	uint64_t ordered_ns;           /* asked for at that time whatever the keys say, 0: not */
	unsigned int server;           /* in the order of configuration */
	unsigned int failures;         /* rounds over all servers in a row */
	bool incomplete_said;
	struct addr registered_with;
	bool peer_ours;
	uint64_t attempted, succeeded;
	struct err_text failure;
	uint64_t rtt_ns; /* of the last registration */
	bool renewed;    /* by request of the data plane, at renewed_ns */
	uint64_t renewed_ns;

	/* rekeys */
	bool transport_known, multicast;
	struct addr rekey_from;
	bool rekeyed;
	uint64_t rekey_ns;
	uint64_t rekeys, rekeys_since_reg, unicast_rekeys, multicast_rekeys, copies;
	uint64_t acks, acks_resent;

	/* time based anti-replay */
	uint64_t sync_errors, clock_steps;
	struct gm_tbar_error errors[GM_TBAR_ERRORS_MAX]; /* ring */
	unsigned int error_next, error_n;
	uint64_t sample_start_ns;
	unsigned int sampled;
};

struct gm {
	struct gm_env env;
	const struct conf *conf;
	uint32_t backoff_min_s;
	struct gm_group *groups[GM_GROUPS_MAX];
	unsigned int n_groups;
	struct {
		char interface[CONF_NAME_MAX];
		struct addr address;
	} addresses[GM_GROUPS_MAX];
	unsigned int n_addresses;
	uint32_t conn_ids;
	uint64_t counts[GM_COUNT_COUNT];
};

static inline uint64_t gm_now(const struct gm_group *g)
{
	return loop_now_ns(g->gm->env.loop);
}

#define gm_bump(gm, what) ((gm)->counts[GM_COUNT_##what]++)

/* attach.c */
int gm_attach(struct gm *gm, const char *interface, const char *group) GV_MUST_CHECK;
/* replaced: another group takes the interface at once; the data plane keeps this one's policy until
 * then, so that there is no moment without any. */
void gm_detach(struct gm *gm, struct gm_group *g, bool replaced);
void gm_group_free(struct gm_group *g);
/* The configuration behind the attachment changed or was read anew. Fails only for a new one that
 * the data plane refuses. */
int gm_group_configure(struct gm_group *g);
struct addr gm_interface_address(const struct gm *gm, const char *interface);

/* hold.c */
void gm_hold_copy(struct gm_hold *dst, const struct gm_hold *src);
void gm_hold_clear(struct gm_hold *h);
void gm_hold_drop_teks(struct gm_hold *h);
void gm_hold_drop_keks(struct gm_hold *h);
struct gm_kek *gm_hold_kek(struct gm_hold *h, const uint8_t spi[GDOI_KEK_SPI_LEN]);
/* A TEK goes. With its count of IVs forgotten it must not send again under the same sender IDs. */
void gm_hold_spend(struct gm_hold *h, const struct gm_tek *t);
bool gm_hold_spent(const struct gm_hold *h, uint32_t spi);
const struct gm_tek *gm_hold_tek(const struct gm_hold *h, uint32_t spi);
/* Of the newest TEK with time stamps, 0 when there is none. */
uint32_t gm_hold_window_s(const struct gm_hold *h);
/* Keys whose life is over go; how many TEKs went. */
unsigned int gm_hold_expire(struct gm_hold *h, uint64_t now_ns);
uint64_t gm_hold_next_expiry_ns(const struct gm_hold *h);
/* When to register again, and when the first policy would be without a key; UINT64_MAX: no key. */
uint64_t gm_hold_reregister_ns(const struct gm_hold *h, uint64_t *end_ns);

/* merge.c: what a message changes. */
struct gm_change {
	bool new_kek, new_tek;
	unsigned int teks_given_up, teks_deleted;
};
struct gm_message {
	const struct gdoi_policy *policy;
	const struct gdoi_delete *del; /* NULL in a pull */
	struct addr from;              /* key server */
	uint64_t now_ns, age_ns;
	bool pull;
	bool peer_ours; /* in a pull: the key server announced our vendor ID */
	uint32_t *conn_ids;
};
/* -EEXIST: a known SPI comes with another key. */
int gm_merge(struct gm_hold *h, const struct gm_message *m, struct gm_change *what,
	     struct err_text *why) GV_MUST_CHECK;

/* install.c */
/* Offers h to the data plane; on success it is what the group holds (h is taken over). On refusal
 * h is cleared and nothing has changed. */
int gm_install(struct gm_group *g, struct gm_hold *h, struct err_text *why) GV_MUST_CHECK;
/* The same keys and lines again, after something else changed. */
int gm_reinstall(struct gm_group *g);
int gm_set_gate(struct gm_group *g, enum gm_gate gate);
/* What a message brought, in the order operators know: transport, KEK, TEK. */
void gm_say_change(struct gm_group *g, const struct gm_change *c);

/* life.c */
void gm_life_fired(void *arg);
/* Timers follow what the group holds now. */
void gm_life_set(struct gm_group *g);

/* register.c */
void gm_register_fired(void *arg);
void gm_register_start(struct gm_group *g);
void gm_register_in(struct gm_group *g, uint64_t delay_ns);
void gm_register_stop(struct gm_group *g);

/* rekey.c */
void gm_rekey_received(const struct endpoint *local, const struct endpoint *remote,
		       struct bytes msg, void *arg);

#endif
