/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the workers see of policy, keys, clock and routes: one immutable tree behind one pointer.
 *
 *	struct dp_root		generation, clock of this machine
 *	  ├ port[]		device, MTU, state, group or none
 *	  │   └ struct dp_group	gate, flags, pseudotime, sender IDs
 *	  │       ├ dp_spd	classifiers and policy lines	changes with the policy
 *	  │       └ dp_sad	SPI table, TEKs by age		changes at every rekey
 *	  └ struct dp_fwd	routes and neighbours		changes with the kernel's
 *
 * The control lcore builds a new root off line, shares by reference what did not change, and
 * publishes it with one release store. A worker loads it once a burst. There is always a root.
 * What workers write (IV and sequence counters, packet counts) lives outside, in struct dp_tek
 * and struct dp_line, keyed by what must never count twice: see dp_tek.h.
 */
#ifndef DATAPLANE_DP_ROOT_H
#define DATAPLANE_DP_ROOT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "base/err.h"
#include "crypto/iv.h"
#include "dataplane/dp_api.h"
#include "dataplane/dp_retire.h"
#include "tbar/tbar.h"

#define DP_WORKERS_MAX 16
#define DP_SA_MAX      4 /* `sa ipsec` of a group */
#define DP_SA_TEKS_MAX 5 /* TEKs alive at once under one of them */

struct dp;
struct dp_fwd; /* first member struct dp_part; made by the mirror of the kernel's tables */
struct dp_spd;
struct dp_sad;

/* Monotonic time from the time stamp counter, re-anchored to the clock of base/loop.h with each
 * root, so that an error of the counter's rate never adds up. */
struct dp_timebase {
	uint64_t tsc0, ns0;
	uint64_t mult; /* ns a tick, 32.32 */
};

/* tsc may lie before the anchor: a worker reads the counter, is held up, and then loads a root that
 * was made meanwhile. Signed, or that burst would be centuries ahead. */
static inline uint64_t dp_time_ns(const struct dp_timebase *t, uint64_t tsc)
{
	int64_t ticks = (int64_t)(tsc - t->tsc0);

	return t->ns0 + (uint64_t)(((__int128)ticks * (__int128)t->mult) >> 32);
}

/* Policy of one port with a crypto map. */
struct dp_group {
	struct dp_part part;
	enum dp_gate gate;
	bool passive;
	bool address_check;
	bool clock_valid;
	uint8_t port;
	int64_t clock_off_ns; /* pseudotime = monotonic + this */
	struct dp_spd *spd;
	struct dp_sad *sad;
	char name[DP_GROUP_NAME_MAX];
	uint32_t attachment;                     /* counts groups that came to a port */
	struct iv_sender sender[DP_WORKERS_MAX]; /* IVs of counter mode TEKs */
};

/* Pseudotime of the group, in ticks. */
static inline uint64_t dp_group_ticks(const struct dp_group *g, uint64_t now_ns)
{
	return (now_ns + (uint64_t)g->clock_off_ns) / TBAR_TICK_NS;
}

struct dp_port_view {
	struct dp_group *group; /* NULL: no crypto map */
	uint16_t ethdev;        /* rte_eth port */
	uint16_t mtu;
	bool up;
	struct rte_ether_addr mac;
	uint32_t ifindex; /* of the TAP, 0: none */
};

struct dp_root {
	uint64_t generation;
	struct dp_timebase time;
	uint32_t clear_epoch; /* counts dp_counters_clear(): maxima start again */
	bool forwarding;      /* startup configuration applied */
	uint8_t n_ports;
	struct dp_port_view port[DP_PORTS_MAX];
	struct dp_fwd *fwd;
	/* control only: waiting to be freed */
	struct dp_root *next;
	uint64_t token;
};

/* The published root. Workers: acquire, once a burst. */
static inline const struct dp_root *dp_root_load(struct dp_root *const *published)
{
	return __atomic_load_n(published, __ATOMIC_ACQUIRE);
}

/* A copy of the present root with references of its own, to be changed and published; the time
 * base is fresh. NULL: no memory. Setting a part: give up the old reference, hand over yours. */
struct dp_root *dp_root_copy(struct dp *dp);
/* Makes it the published one and retires its predecessor. */
void dp_root_publish(struct dp *dp, struct dp_root *root);
/* Gives up a copy that was not published, or a retired root. */
void dp_root_free(struct dp_root *root);

/* For the mirror: publish new routes (takes over the reference), or a port's new state. */
int dp_root_set_fwd(struct dp *dp, struct dp_fwd *fwd) GV_MUST_CHECK;
int dp_root_set_port(struct dp *dp, unsigned int port, const struct dp_port_view *v) GV_MUST_CHECK;

/* Implemented beside struct dp_fwd. */
struct dp_part *dp_fwd_part(struct dp_fwd *fwd); /* NULL for NULL */
/* addr (network order) is an address of this box. fwd may be NULL. */
bool dp_fwd_is_own(const struct dp_fwd *fwd, uint32_t addr_be);

#endif
