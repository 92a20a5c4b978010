/* SPDX-License-Identifier: BSD-3-Clause */
/* Two IKE instances, member and key server, on one clock moved by hand. */
#ifndef TESTS_EXCHANGE_IKE_PAIR_H
#define TESTS_EXCHANGE_IKE_PAIR_H

#include "base/loop.h"
#include "control/conf/conf.h"
#include "control/ike/ike.h"
#include "wire_queue.h"

#define PAIR_PSK "open-getvpn-psk"

struct pair_side {
	struct ike *ike;
	struct endpoint at;
	struct conf conf;
	struct conf_ike_policy policies[8];
	struct conf_ike_key key;
};

struct pair {
	struct loop *loop;
	struct queue q;
	struct pair_side gm, ks;
	/* Of the SA that pair_start() made. */
	struct ike_sa *sa;
	unsigned int ends; /* reports of its end or establishment */
	enum ike_end last_end;
};

/* Both sides with one policy: AES-128, SHA-256, PSK, group 19, 86400 s. */
void pair_setup(struct pair *p);
void pair_teardown(struct pair *p);
void pair_policy(struct pair_side *s, unsigned int i, enum conf_ike_cipher c, uint16_t bits,
		 enum conf_hash h, uint8_t group);
void pair_psk(struct pair_side *s, const char *psk);
/* Starts phase 1 from the member; nothing is delivered yet. */
void pair_start(struct pair *p);
/* The key server forgets everything, as after a restart. */
void pair_restart_ks(struct pair *p);
/* Established SAs of a side, and those on their way. */
unsigned int pair_established(const struct pair_side *s);
unsigned int pair_half_open(const struct pair_side *s);
/* Moves the clock and delivers, second by second. */
void pair_pass(struct pair *p, unsigned int seconds);
uint64_t pair_drops(const struct pair_side *s); /* of all reasons */

#endif
