/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPv4 longest prefix match as a sorted table of address ranges: the prefixes are cut into
 * ranges that do not overlap, each with its next hop, and a directory of the upper 16 bits
 * says where to look. A lookup is one directory read and a binary search among the ranges of
 * one /16. 256 KiB plus 8 octets a range; rte_lpm and rte_fib take 64 MiB whatever they hold.
 *
 * Immutable once built, so readers need no lock. Pure: no DPDK.
 */
#ifndef DATAPLANE_FIB_H
#define DATAPLANE_FIB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define FIB_PORT_NONE 0xff

enum fib_type {
	FIB_NO_ROUTE,    /* nothing matches; always hop 0 */
	FIB_UNICAST,     /* send to the gateway, or to the destination itself */
	FIB_LOCAL,       /* an address of the box */
	FIB_BROADCAST,   /* a broadcast address of one of its subnets */
	FIB_BLACKHOLE,   /* drop without a word */
	FIB_UNREACHABLE, /* drop and say host unreachable */
	FIB_PROHIBIT,    /* drop and say administratively prohibited */
};

struct fib_hop {
	uint32_t gateway; /* host order; 0: the destination is on the link */
	uint8_t type;     /* enum fib_type */
	uint8_t port;     /* index of the port that leads there; FIB_PORT_NONE for a local one */
};

/* A prefix that goes into the table. */
struct fib_route {
	uint32_t addr; /* host order, host bits zero */
	uint8_t len;
	bool first;      /* of the kernel's local table: asked before all others, whatever their
			  * length */
	uint32_t metric; /* the smallest of one prefix wins */
	struct fib_hop hop;
};

struct fib_range {
	uint32_t start; /* up to the next range's */
	uint32_t hop;
};

#define FIB_DIR_SIZE 65536

struct fib {
	unsigned int refs; /* control: the one that counts */
	uint32_t n_ranges, n_hops;
	const struct fib_range *ranges;
	const struct fib_hop *hops;
	uint32_t dir[FIB_DIR_SIZE + 1]; /* the range that holds the first address of a /16 */
};

/* Sorts `routes` in place. -ENOMEM is the only failure. */
int fib_build(struct fib **out, struct fib_route *routes, unsigned int n) GV_MUST_CHECK;
struct fib *fib_ref(struct fib *f);
void fib_unref(struct fib *f); /* NULL is fine */

static inline const struct fib_hop *fib_lookup(const struct fib *f, uint32_t addr)
{
	uint32_t lo = f->dir[addr >> 16], hi = f->dir[(addr >> 16) + 1];

	/* The last range of lo..hi that starts at or before addr; lo always does. */
	while (lo < hi) {
		uint32_t mid = (lo + hi + 1) / 2;

		if (f->ranges[mid].start <= addr)
			lo = mid;
		else
			hi = mid - 1;
	}
	return &f->hops[f->ranges[lo].hop];
}

#endif
