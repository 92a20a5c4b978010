/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The forwarding part of a root: routes, usable neighbours, multicast groups the kernel joined,
 * and an address of each port for ICMP errors. Made by the mirror of the kernel's tables, shared
 * between roots, never changed; only the marks of used neighbours are written by workers.
 */
#ifndef DATAPLANE_DP_FWD_H
#define DATAPLANE_DP_FWD_H

#include "dataplane/dp_api.h"
#include "dataplane/dp_retire.h"
#include "dataplane/fib.h"
#include "dataplane/neigh.h"

struct dp_fwd_group {
	uint32_t addr; /* host order */
	uint8_t port;
};

struct dp_fwd {
	struct dp_part part;
	struct fib *fib;
	struct neigh_map *neigh;
	uint8_t *used;                    /* worker: sets, control: clears; by neigh_entry.slot */
	uint32_t port_addr[DP_PORTS_MAX]; /* host order, 0: the port has none */
	unsigned int n_groups;
	struct dp_fwd_group group[];
};

/* Takes references of its own. NULL: no memory. */
struct dp_fwd *dp_fwd_new(struct fib *fib, struct neigh_map *neigh, uint8_t *used,
			  const struct dp_fwd_group *groups, unsigned int n_groups);

/* dst (host order) is an address the box itself listens to on that port: one of its own, a
 * broadcast address, a group of the local network control block, or one the kernel joined. */
bool dp_fwd_for_box(const struct dp_fwd *fwd, uint32_t dst, uint8_t port);

#endif
