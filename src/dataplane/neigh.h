/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Neighbours. The kernel resolves and confirms them; this side mirrors what it says, asks it
 * (NTF_USE) when a packet needs one that is not there, and holds a few packets meanwhile. For
 * the workers an immutable map of the usable ones is made.
 *
 * The kernel sees no user packets, so it cannot know which entries are in use: a worker marks
 * the slot of each entry it sends to, and once a second those that went stale are asked for
 * again. The marks live outside the maps because workers write them.
 */
#ifndef DATAPLANE_NEIGH_H
#define DATAPLANE_NEIGH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct rte_mbuf;

#define NEIGH_MAX     4096
#define NEIGH_HELD    16 /* packets that wait for one neighbour: a 9000 octet datagram is 7 */
#define NEIGH_HOLD_NS 3000000000ull /* as long as the kernel tries */
#define NEIGH_ASK_NS  1000000000ull /* at most one question a second and neighbour */

/* ---- for the workers -------------------------------------------------------------------- */

struct neigh_entry {
	uint32_t addr; /* host order, 0: empty */
	uint16_t slot; /* of the mark */
	uint8_t port;
	uint8_t mac[6];
};

struct neigh_map {
	unsigned int refs; /* control: the one that counts */
	uint32_t mask;
	struct neigh_entry e[]; /* open addressing, at most half full */
};

static inline uint32_t neigh_hash(uint32_t addr, uint8_t port)
{
	uint32_t h = (addr + port) * 0x9e3779b1u;

	return h ^ h >> 16;
}

static inline const struct neigh_entry *neigh_lookup(const struct neigh_map *m, uint32_t addr,
						     uint8_t port)
{
	for (uint32_t i = neigh_hash(addr, port) & m->mask; m->e[i].addr != 0;
	     i = (i + 1) & m->mask)
		if (m->e[i].addr == addr && m->e[i].port == port)
			return &m->e[i];
	return NULL;
}

struct neigh_map *neigh_map_ref(struct neigh_map *m);
void neigh_map_unref(struct neigh_map *m);

/* ---- control side ----------------------------------------------------------------------- */

struct neigh {
	struct neigh *next;
	uint32_t addr;  /* host order */
	uint16_t state; /* NUD_* */
	uint16_t slot;
	uint8_t port;
	uint8_t mac[6];
	bool usable;
	uint8_t n_held;
	uint64_t asked_ns; /* 0: never */
	uint64_t held_ns;  /* since the first of those held */
	struct rte_mbuf *held[NEIGH_HELD];
};

struct neigh_ops {
	void (*ask)(uint8_t port, uint32_t addr, void *arg);
	void (*send)(struct rte_mbuf *m, const struct neigh *n, void *arg);
	void (*drop)(struct rte_mbuf *m, void *arg); /* no answer, or no room to wait */
};

#define NEIGH_BUCKETS 1024

struct neigh_set {
	const struct neigh_ops *ops;
	void *arg;
	struct neigh *bucket[NEIGH_BUCKETS];
	unsigned int n;
	uint8_t used[NEIGH_MAX]; /* worker: sets, control: clears */
	uint16_t free_slot[NEIGH_MAX];
	unsigned int n_free;
};

int neigh_set_new(struct neigh_set **out, const struct neigh_ops *ops, void *arg) GV_MUST_CHECK;
void neigh_set_free(struct neigh_set *s); /* drops what is held; NULL is fine */
/* What the kernel says of one; state 0: deleted. True: the map changed. */
bool neigh_set_event(struct neigh_set *s, uint8_t port, uint32_t addr, uint16_t state,
		     const uint8_t *mac);
/* Everything the kernel did not repeat since neigh_set_mark() is gone: after a new dump. */
void neigh_set_mark(struct neigh_set *s);
bool neigh_set_sweep(struct neigh_set *s);
/* A worker had no usable entry for that packet. Takes m. */
void neigh_set_wait(struct neigh_set *s, uint8_t port, uint32_t addr, struct rte_mbuf *m,
		    uint64_t now_ns);
/* Once a second: keep used ones alive, give up waiting, forget what failed. */
void neigh_set_tick(struct neigh_set *s, uint64_t now_ns);
int neigh_set_map(const struct neigh_set *s, struct neigh_map **out) GV_MUST_CHECK;

#endif
