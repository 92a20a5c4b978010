/* SPDX-License-Identifier: BSD-3-Clause */
/* A recorded session with everything that is needed to play one side of it again. */
#ifndef TESTS_GOLD_REPLAY_FILE_H
#define TESTS_GOLD_REPLAY_FILE_H

#include <jansson.h>

#include "base/addr.h"
#include "control/conf/conf.h"
#include "control/gdoi/gdoi.h"
#include "control/wire/isakmp.h"
#include "crypto/cbc.h"
#include "hexarena.h"

#define REPLAY_MESSAGES_MAX 64

struct replay_message {
	bool from_gm;
	uint8_t exchange;
	struct bytes packet, plain;
};

struct replay_file {
	json_t *root;
	struct gold_arena arena;
	const char *name;
	struct bytes cky_i, cky_r, ni, nr, xi, xr, psk; /* phase 1 */
	struct bytes pull_ni, pull_nr, mid;             /* of the first pull */
	uint8_t id_type;
	struct bytes id; /* group */
	enum cbc_cipher cipher;
	struct bytes key; /* phase 1 cipher key */
	uint32_t doi;
	struct conf_ike_policy policy; /* what both sides agreed on */
	uint16_t sids;                 /* asked for in message 3 */
	struct replay_message m[REPLAY_MESSAGES_MAX];
	unsigned int n;
};

/* 1: read; 0: a session we do not speak (*why says which part); negative: damaged file. */
int replay_file_read(struct replay_file *f, const char *dir, const char *name,
		     struct err_text *why) GV_MUST_CHECK;
void replay_file_clear(struct replay_file *f);
/* Does the description name that key of a TEK, of a KEK? */
bool replay_file_has_tek(const struct replay_file *f, const struct gdoi_tek *t);
bool replay_file_has_kek(const struct replay_file *f, const struct gdoi_kek *k);

#endif
