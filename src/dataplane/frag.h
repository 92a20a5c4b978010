/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 fragmentation as arithmetic, RFC 791 3.2; the stage is in frag.c. */
#ifndef DATAPLANE_FRAG_H
#define DATAPLANE_FRAG_H

#include <stdbool.h>
#include <stdint.h>

#define FRAG_UNIT     8u /* octets an offset counts in */
#define FRAG_HEAD_MAX 60

struct frag_plan {
	uint32_t payload;  /* octets behind the header of the whole */
	uint32_t first;    /* of them in the first piece */
	uint32_t later;    /* in each other but the last */
	uint32_t n;        /* pieces */
	uint32_t head_len; /* header of the pieces behind the first */
	uint8_t head[FRAG_HEAD_MAX];
};

/* hdr: a validated header; total: the packet's length; limit: the largest piece. False when it
 * cannot be cut so, or need not be. */
bool frag_plan(struct frag_plan *p, const uint8_t *hdr, uint32_t total, uint32_t limit);
/* The header of later fragments: options not marked to be copied are left out. Its length. */
uint32_t frag_later_header(uint8_t out[FRAG_HEAD_MAX], const uint8_t *hdr, uint32_t ihl);

#endif
