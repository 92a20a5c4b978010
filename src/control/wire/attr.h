/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Data attributes (RFC 2408 3.3): a type and either a 16-bit value ("Basic", AF bit set) or a
 * length and octets ("Variable"). Peers send numbers in either form where they should not, so
 * readers ask for a number and writers choose; lists keep order and form of what was read.
 */
#ifndef WIRE_ATTR_H
#define WIRE_ATTR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "control/wire/limits.h"

struct attr {
	uint16_t type;
	bool basic;
	uint16_t value; /* Basic */
	struct bytes v; /* Variable; borrowed from the message */
};

/* A list that was checked: it ends where its octets end. */
struct attrs {
	struct bytes raw;
	unsigned int n;
};

/* at: offset of raw in the message, for *e. */
int attrs_get(struct attrs *out, struct bytes raw, size_t at, struct buf_err *e) GV_MUST_CHECK;
/* *pos is 0 before the first; false after the last. */
bool attrs_next(const struct attrs *l, size_t *pos, struct attr *out);
/* The first of that type. */
bool attrs_find(const struct attrs *l, uint16_t type, struct attr *out);
/* The first of that type as a number; false when it is absent or not one. */
bool attrs_number(const struct attrs *l, uint16_t type, uint32_t *out);
/* Basic, or Variable of 1 to 4 octets. */
bool attr_number(const struct attr *a, uint32_t *out);

void attr_put_basic(struct buf_wr *w, uint16_t type, uint16_t value);
void attr_put_u32(struct buf_wr *w, uint16_t type, uint32_t value); /* Variable, 4 octets */
void attr_put_var(struct buf_wr *w, uint16_t type, struct bytes v);
/* Basic where it fits, else Variable of 4 octets: lifetimes of phase 1. */
void attr_put_number(struct buf_wr *w, uint16_t type, uint32_t value);
/* As they were read. */
void attr_put(struct buf_wr *w, const struct attr *a);
void attrs_put(struct buf_wr *w, const struct attrs *l);

#endif
