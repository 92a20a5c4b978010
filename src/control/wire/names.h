/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Protocol numbers as constants (EXCH_PULL, IDT_KEY_ID, SATATTR_KEY_LENGTH, ...) and their names
 * for people, so that no line of output holds a bare number.
 */
#ifndef WIRE_NAMES_H
#define WIRE_NAMES_H

#include <stdint.h>

enum name_space {
#define SPACE(space, what) NAMES_##space,
#define NAME(space, sym, num, text)
#include "control/wire/names.def"
#undef SPACE
#undef NAME
	NAMES_PLD,
	NAMES_COUNT
};

enum wire_number {
#define SPACE(space, what)
#define NAME(space, sym, num, text) space##_##sym = (num),
#include "control/wire/names.def"
#undef SPACE
#undef NAME
#define PAYLOAD(sym, num, text, min, max, where) PLD_##sym = (num),
#include "control/wire/payloads.def"
#undef PAYLOAD
	PLD_NONE = 0
};

struct name_text {
	char s[48];
};

/* "AES-CBC"; "phase 1 cipher 99" for a number without a name. */
struct name_text name_of(enum name_space space, uint32_t number);

#endif
