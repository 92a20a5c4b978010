/* SPDX-License-Identifier: BSD-3-Clause */
/* The description of a capture: its secrets, and what must be found in it. */
#ifndef TESTS_GOLD_EXPECT_H
#define TESTS_GOLD_EXPECT_H

#include <jansson.h>

#include "hexarena.h"
#include "session.h"

int expect_secrets(json_t *root, struct gold_arena *a, struct gold_secrets *out,
		   struct err_text *e) GV_MUST_CHECK;
void expect_secrets_clear(struct gold_secrets *s);
/* One message, by its place in the capture. */
int expect_step(json_t *root, unsigned int index, const struct gold_step *st,
		struct err_text *e) GV_MUST_CHECK;
/* Everything that was derived over the whole capture. */
int expect_session(json_t *root, const struct gold_session *s, struct err_text *e) GV_MUST_CHECK;

#endif
