/* SPDX-License-Identifier: BSD-3-Clause */
/* Octets written as hexadecimal in JSON, kept in one place until it is emptied. */
#ifndef TESTS_GOLD_HEXARENA_H
#define TESTS_GOLD_HEXARENA_H

#include "base/buf.h"

struct gold_arena {
	uint8_t bytes[256 * 1024];
	size_t used;
};
/* Even or odd number of digits; empty on anything else, and when text is NULL. */
struct bytes gold_hex(struct gold_arena *a, const char *text);

#endif
