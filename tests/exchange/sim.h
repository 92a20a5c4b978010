/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A group in one process: a key server and members on a hand-moved clock, joined by a network
 * that delays, loses, repeats and reorders. The data plane of a member is a record of what it was
 * given last.
 */
#ifndef TESTS_EXCHANGE_SIM_H
#define TESTS_EXCHANGE_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "base/loop.h"
#include "control/gm/gm.h"
#include "control/ks/ks.h"
#include "crypto/keystore.h"

#define SIM_MEMBERS_MAX 8
#define SIM_GROUP       "G1"
#define SIM_NUMBER      3333

struct sim;
/* Sees what the key server sends, before the network gets it. */
typedef void sim_tap_fn(const struct endpoint *to, struct bytes msg, void *arg);

struct sim_member {
	struct sim *sim;
	bool up;
	struct addr addr;
	struct ike *ike;
	struct gm *gm;
	struct conf *conf;
	uint16_t workers;
	enum suite_id refuse; /* the engine cannot do this one */

	/* what the data plane has */
	bool attached;
	enum gm_gate gate;
	struct gm_tek teks[GDOI_TEKS_MAX];
	unsigned int n_teks, n_aces, n_denies, n_local, n_sids;
	int64_t off_ns;
	bool off_valid;
	bool refuse_all; /* nothing can be installed */
	unsigned int installs, refusals, detaches;
};

struct sim_server {
	struct sim *sim;
	bool up;
	struct addr addr;
	struct ike *ike;
	struct ks *ks;
	struct conf *conf;
	struct keystore *keys;
};

struct sim {
	struct loop *loop;
	struct sim_server ks;
	struct sim_member gm[SIM_MEMBERS_MAX];
	unsigned int n;
	struct conf_limits limits;
	char key_dir[64];

	/* the network, chances in thousandths */
	unsigned int lose, repeat;
	uint64_t delay_min_ns, delay_max_ns;
	bool cut[SIM_MEMBERS_MAX];               /* nothing goes to or comes from that member */
	bool cut_push[SIM_MEMBERS_MAX];          /* pushes to it are lost */
	bool cut_ack[SIM_MEMBERS_MAX];           /* its acknowledgements are lost */
	uint64_t push_delay_ns[SIM_MEMBERS_MAX]; /* more delay for pushes to it */
	uint64_t packets, lost;
	sim_tap_fn *tap;
	void *tap_arg;
	struct bytes last_push[SIM_MEMBERS_MAX]; /* a copy of the last push to it, owned */
	uint64_t random;
};

/* What the key server's group is like. */
struct sim_group {
	uint32_t tek_s, kek_s, retransmit_s, retransmit_n;
	enum suite_id suite;
	enum gdoi_replay replay;
	uint32_t window;
};

extern const struct sim_group sim_fast; /* TEK 20 s, KEK 60 s, repeated after 1 s twice */

void sim_start(struct sim *s, unsigned int members, const struct sim_group *g);
void sim_stop(struct sim *s);
/* With a pair of that label or without. */
void sim_make_rsa_key(struct sim *s);
void sim_remove_rsa_key(struct sim *s);

void sim_ks_up(struct sim *s);
void sim_ks_down(struct sim *s);
void sim_gm_up(struct sim *s, unsigned int i);
void sim_gm_down(struct sim *s, unsigned int i);
/* The configuration was edited: apply it. */
void sim_ks_apply(struct sim *s);
void sim_gm_apply(struct sim *s, unsigned int i);
struct conf_server *sim_ks_conf(struct sim *s);
/* Another access list of one line, in IOS words. */
void sim_ks_add_acl(struct sim *s, const char *name, const char *line);
struct conf_group *sim_gm_conf(struct sim *s, unsigned int i);

void sim_run_ms(struct sim *s, uint64_t ms);
/* Runs step by step as long as fn holds, at most ms; fails the test when it does not. */
typedef void sim_check_fn(struct sim *s);
void sim_run_checked(struct sim *s, uint64_t ms, uint64_t step_ms, sim_check_fn *fn);
/* Until all members that are up are registered; fails after ms. */
void sim_until_registered(struct sim *s, uint64_t ms);
/* A push seen before, once more. */
void sim_repeat_push(struct sim *s, unsigned int i);
void sim_deliver_to_gm(struct sim *s, unsigned int i, struct bytes msg);

const struct gm_group *sim_group(const struct sim *s, unsigned int i);
struct gm_info sim_gm_info(const struct sim *s, unsigned int i);
struct ks_info sim_ks_info(const struct sim *s);
/* The TEK that member sends with now, NULL: none. */
const struct gm_tek *sim_sending(const struct sim *s, unsigned int i);
bool sim_holds(const struct sim *s, unsigned int i, uint32_t spi);
/* Every member has a TEK to send with, and every other one can receive it. */
void sim_check_common_tek(struct sim *s);

/* Messages seen since sim_log_clear(), in order; sim_log_has() looks for "%FAC-SEV-MNEM". */
unsigned int sim_log_count(const char *mnemonic);
const char *sim_log_line(unsigned int i);
unsigned int sim_log_lines(void);
void sim_log_clear(void);

#endif
