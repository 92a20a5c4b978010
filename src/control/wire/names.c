/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of protocol numbers, out of names.def and payloads.def. */
#include "control/wire/names.h"

#include <stdio.h>

#include "base/err.h"

struct name_row {
	enum name_space space;
	uint32_t number;
	const char *text;
};

static const struct name_row rows[] = {
#define SPACE(space, what)
#define NAME(space, sym, num, text) {NAMES_##space, (num), (text)},
#include "control/wire/names.def"
#undef SPACE
#undef NAME
#define PAYLOAD(sym, num, text, min, max, where) {NAMES_PLD, (num), (text)},
#include "control/wire/payloads.def"
#undef PAYLOAD
};

static const char *const spaces[NAMES_COUNT] = {
#define SPACE(space, what) [NAMES_##space] = (what),
#define NAME(space, sym, num, text)
#include "control/wire/names.def"
#undef SPACE
#undef NAME
	[NAMES_PLD] = "payload type",
};

struct name_text name_of(enum name_space space, uint32_t number)
{
	struct name_text t;

	for (size_t i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		if (rows[i].space == space && rows[i].number == number) {
			snprintf(t.s, sizeof(t.s), "%s", rows[i].text);
			return t;
		}
	}
	snprintf(t.s, sizeof(t.s), "%s %u", spaces[space], number);
	return t;
}
