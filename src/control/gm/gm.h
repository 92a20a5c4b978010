/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Group member: registration with the key servers of a group, rekeys, the policy and keys that
 * follow from them, and when to register again. No socket and no data plane in here: datagrams
 * leave through a send function, policy through struct gm_dp_ops, and both are simulated in
 * tests. Time is base/loop's.
 *
 * A struct gm_group is one attachment: an interface whose crypto map names a group. It exists
 * from the configuration that attaches it to the one that takes it away.
 */
#ifndef CONTROL_GM_GM_H
#define CONTROL_GM_GM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/loop.h"
#include "control/conf/conf.h"
#include "control/gdoi/gdoi.h"
#include "control/gdoi/policy.h"
#include "control/ike/ike.h"

struct gm;
struct gm_group;

/* ---- what the data plane gets -------------------------------------------------------------- */

/* What happens to a packet that no line matches, or that a permit line has no TEK for. */
enum gm_gate {
	GM_GATE_FAIL_CLOSE, /* never registered: the fail-close and local deny lines pass */
	GM_GATE_FAIL_OPEN,  /* never registered: everything passes in clear */
	GM_GATE_POLICY,     /* registered once: the downloaded policy, whatever happened since */
};

/* A TEK as it is installed. tek.life_s is the life at the moment it came: the L of rule A. */
struct gm_tek {
	struct gdoi_tek tek;
	uint64_t installed_ns;
	uint64_t expire_ns; /* monotonic: hard end, both directions */
	uint64_t atd_ns;    /* send with it from here on at the latest; 0: by rule A alone */
	uint64_t margin_ns; /* register again so long before its end if no successor came */
};

/* Everything the data plane needs of a group, valid during the call. Keys are borrowed: who
 * keeps one takes a reference. */
struct gm_install {
	const char *group;
	const char *interface;
	enum gm_gate gate;
	bool passive;
	const struct gdoi_ace *aces; /* the downloaded list in its order, first match wins */
	unsigned int n_aces;
	const struct ace *local; /* local deny lines, in front of the downloaded ones */
	unsigned int n_local;
	const struct ace *fail_close; /* lines of the fail-close ACL */
	unsigned int n_fail_close;
	const struct gm_tek *teks; /* of one SA: oldest first */
	unsigned int n_teks;
	uint8_t sid_bits;
	const uint32_t *sids;
	unsigned int n_sids;
	int64_t pseudotime_off_ns; /* pseudotime = monotonic + this */
	bool pseudotime_valid;
};

struct gm_dp_ops {
	/* Takes the whole description or refuses it with a sentence (it names the algorithm that
	 * the engine cannot do); on refusal nothing changed. */
	int (*install)(const struct gm_install *want, struct err_text *why, void *arg);
	/* The map was taken off: plain routing from now on. */
	void (*detach)(const char *interface, void *arg);
	/* How many workers encrypt: one sender ID is asked for each (RFC 6054). */
	uint16_t (*workers)(void *arg);
};

/* ---- life ----------------------------------------------------------------------------------- */

struct gm_env {
	struct loop *loop;
	struct ike *ike;
	ike_send_fn *send; /* acknowledgements */
	void *send_arg;
	const struct gm_dp_ops *dp;
	void *dp_arg;
	uint16_t port; /* local and remote, 0: 848 */
};

/* Takes over exchange type 33 (GROUPKEY-PUSH) of ike. */
int gm_new(struct gm **out, const struct gm_env *env) GV_MUST_CHECK;
/* Keys are wiped; the data plane is not told: it ends with the process. */
void gm_free(struct gm *gm);

/*
 * Attaches, changes and detaches groups so that they follow c (validated before). c and lim must
 * stay until the next call. The first call opens the gates: before it, the data plane drops all.
 */
int gm_apply(struct gm *gm, const struct conf *c, const struct conf_limits *lim) GV_MUST_CHECK;
/* The address of an interface as the kernel has it; overrides the configured one. Registration
 * waits until there is one. */
void gm_set_address(struct gm *gm, const char *interface, const struct addr *a);

/* ---- commands -------------------------------------------------------------------------------- */

/* clear crypto gdoi [group NAME]: keys gone, policy kept, registration starts again. NULL: all.
 * -ENOENT: no such group. */
int gm_clear(struct gm *gm, const char *group) GV_MUST_CHECK;
/* clear crypto gdoi gm replay: the error history and the clock's counters. */
void gm_clear_replay(struct gm *gm, const char *group);
/* The data plane is about to run out of sender ID or sequence space on that interface. */
void gm_renew(struct gm *gm, const char *interface);

/* ---- reading ---------------------------------------------------------------------------------- */

unsigned int gm_group_count(const struct gm *gm);
const struct gm_group *gm_group_at(const struct gm *gm, unsigned int i);
/* First attachment of that group, NULL when there is none. */
const struct gm_group *gm_group_find(const struct gm *gm, const char *group);
const struct gm_group *gm_group_by_interface(const struct gm *gm, const char *interface);

enum gm_state { GM_NOT_REGISTERED, GM_REGISTERING, GM_REGISTERED };
const char *gm_state_text(enum gm_state s); /* "Registered" */

struct gm_info {
	const char *group;
	const char *interface;
	const char *map; /* crypto map tag */
	struct gdoi_group_id id;
	struct addr address;  /* own, ADDR_NONE when not known yet */
	struct addr acl_from; /* key server the ACL came from */
	const struct addr *servers;
	unsigned int n_servers;
	enum gm_state state;
	enum gm_gate gate;
	bool passive;
	bool fail_close, fail_close_revert; /* configured */
	struct addr registered_with;        /* last successful registration */
	bool peer_ours;                     /* that key server announced our vendor ID */
	bool reregister_known;
	uint32_t reregister_s; /* Re-registers in */
	uint32_t retry_s;      /* not registered: next attempt in, 0: now or never */
	uint64_t reg_attempted, reg_succeeded;
	/* The last failure of a registration or an installation, "" after a success. */
	const char *failure;

	bool multicast;              /* rekey transport */
	struct addr last_rekey_from; /* ADDR_NONE before the first */
	uint32_t last_rekey_seq;     /* counter of the current KEK */
	bool rekeyed;
	uint32_t since_rekey_s; /* Rekey Rcvd(hh:mm:ss) */
	uint64_t rekeys_total, rekeys_since_reg;
	uint64_t unicast_rekeys, multicast_rekeys;
	uint64_t acks_sent, acks_resent;
	uint64_t rekey_copies; /* exact repetitions of an accepted rekey */

	bool has_kek;
	uint8_t sid_bits;
	const uint32_t *sids;
	unsigned int n_sids;
};
void gm_group_info(const struct gm_group *g, struct gm_info *out);

/* A rekey SA, newest first: the first is what `KEK POLICY` shows. */
struct gm_kek_row {
	uint8_t spi[GDOI_KEK_SPI_LEN];
	struct endpoint local, remote; /* remote: the key server */
	uint32_t conn_id;
	bool multicast;
	enum gdoi_kek_alg alg;
	uint8_t iv_len, key_len; /* octets */
	enum gdoi_sig_hash sig_hash;
	uint16_t sig_bits;    /* modulus */
	uint16_t sig_der_len; /* octets of the DER public key */
	uint8_t ack;          /* RFC 8263 type asked for, 0: none */
	uint32_t life_s;      /* as received */
	uint32_t left_s;
	uint32_t seq, prev_seq;
};
unsigned int gm_kek_count(const struct gm_group *g);
void gm_kek_row(const struct gm_group *g, unsigned int i, struct gm_kek_row *out);
/* The DER public key pushes are verified with; empty when there is none. */
struct bytes gm_public_key(const struct gm_group *g);

enum gm_tek_use { GM_TEK_NEXT, GM_TEK_CURRENT, GM_TEK_PREVIOUS };
const char *gm_tek_use_text(enum gm_tek_use u);

unsigned int gm_tek_count(const struct gm_group *g);
const struct gm_tek *gm_tek_at(const struct gm_group *g, unsigned int i);
enum gm_tek_use gm_tek_use(const struct gm_group *g, unsigned int i);
uint32_t gm_tek_left_s(const struct gm_group *g, unsigned int i);

/*
 * The sending rule: of the TEKs of `sa` (oldest first) the oldest that has more than A left, A =
 * min(30 s, max(2 s, L/8)); if none has, the one with the most life left; a TEK whose activation
 * delay has run out pushes older ones aside. The data plane follows the same rule by itself.
 * Index into teks, -1 when there is none.
 */
int gm_tek_select(const struct gm_tek *teks, unsigned int n, uint8_t sa, uint64_t now_ns);

const struct gdoi_ace *gm_aces(const struct gm_group *g, unsigned int *n);
const struct ace *gm_local_aces(const struct gm_group *g, unsigned int *n);

/* ---- time based anti-replay ------------------------------------------------------------------- */

struct gm_replay_info {
	bool time_based;      /* a TEK of the group uses time stamps */
	bool counter_based;   /* or counters */
	uint32_t window;      /* of the current TEK */
	bool synced;          /* a pseudotime was received, not too long ago */
	uint64_t ticks;       /* Replay Value, 10 ms */
	uint64_t sync_errors; /* pseudotime jumps refused */
	uint64_t steps;       /* forward corrections above half a window */
	uint32_t epoch;
	uint32_t since_sync_s;
	uint64_t error_ms; /* estimate of the clock's error after the last registration */
};
void gm_replay_info(const struct gm_group *g, struct gm_replay_info *out);

/* One refused packet of the history (sampled at 10 a minute, 100 kept). */
struct gm_tbar_error {
	int64_t wall_ms;
	struct addr src, dst;
	uint64_t my_ticks, peer_ticks;
	uint32_t window_s;
};
/* Who drains the data plane's events reports each refused packet; sampling is done here. True:
 * it was kept, and deserves its messages. */
bool gm_tbar_error_add(struct gm *gm, const char *interface, const struct gm_tbar_error *e);
/* Newest first. */
unsigned int gm_tbar_error_count(const struct gm_group *g);
const struct gm_tbar_error *gm_tbar_error_at(const struct gm_group *g, unsigned int i);

/* ---- counters ---------------------------------------------------------------------------------- */

enum gm_count {
#define GM_COUNT(name, text) GM_COUNT_##name,
#include "control/gm/counts.def"
#undef GM_COUNT
	GM_COUNT_COUNT
};
uint64_t gm_count(const struct gm *gm, enum gm_count c);
const char *gm_count_text(enum gm_count c);

#endif
