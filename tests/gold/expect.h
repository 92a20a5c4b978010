/* SPDX-License-Identifier: BSD-3-Clause */
/* The description of a capture: its secrets, and what must be found in it. */
#ifndef TESTS_GOLD_EXPECT_H
#define TESTS_GOLD_EXPECT_H

#include <jansson.h>

#include "session.h"

/* Octets written as hexadecimal, owned until the end of the program's run over a capture. */
struct gold_arena {
	uint8_t bytes[256 * 1024];
	size_t used;
};
/* Even or odd number of digits; empty on anything else, and when text is NULL. */
struct bytes gold_hex(struct gold_arena *a, const char *text);

int expect_secrets(json_t *root, struct gold_arena *a, struct gold_secrets *out,
		   struct err_text *e) GV_MUST_CHECK;
void expect_secrets_clear(struct gold_secrets *s);
/* One message, by its place in the capture. */
int expect_step(json_t *root, unsigned int index, const struct gold_step *st,
		struct err_text *e) GV_MUST_CHECK;
/* Everything that was derived over the whole capture. */
int expect_session(json_t *root, const struct gold_session *s, struct err_text *e) GV_MUST_CHECK;

#endif
