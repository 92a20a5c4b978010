/* SPDX-License-Identifier: BSD-3-Clause */
/* The mirror of the kernel's neighbour table, with the packets that wait for it. */
#include "dataplane/neigh.h"

#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>

#define USABLE       (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP)
#define STATE_UNSEEN 0x8000 /* ours: not repeated by the dump yet */

/* ---- set -------------------------------------------------------------------------------- */

int neigh_set_new(struct neigh_set **out, const struct neigh_ops *ops, void *arg)
{
	struct neigh_set *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->ops = ops;
	s->arg = arg;
	for (unsigned int i = 0; i < NEIGH_MAX; i++)
		s->free_slot[i] = (uint16_t)(NEIGH_MAX - 1 - i);
	s->n_free = NEIGH_MAX;
	*out = s;
	return 0;
}

static void drop_held(struct neigh_set *s, struct neigh *n)
{
	for (unsigned int i = 0; i < n->n_held; i++)
		s->ops->drop(n->held[i], s->arg);
	n->n_held = 0;
}

static void send_held(struct neigh_set *s, struct neigh *n)
{
	for (unsigned int i = 0; i < n->n_held; i++)
		s->ops->send(n->held[i], n, s->arg);
	n->n_held = 0;
}

static struct neigh **place(struct neigh_set *s, uint8_t port, uint32_t addr)
{
	struct neigh **at = &s->bucket[neigh_hash(addr, port) % NEIGH_BUCKETS];

	while (*at != NULL && ((*at)->addr != addr || (*at)->port != port))
		at = &(*at)->next;
	return at;
}

static struct neigh *get(struct neigh_set *s, uint8_t port, uint32_t addr)
{
	struct neigh **at = place(s, port, addr);
	struct neigh *n = *at;

	if (n != NULL || s->n_free == 0 || addr == 0)
		return n;
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		return NULL;
	n->addr = addr;
	n->port = port;
	n->slot = s->free_slot[--s->n_free];
	__atomic_store_n(&s->used[n->slot], 0, __ATOMIC_RELAXED);
	s->n++;
	*at = n;
	return n;
}

static void unlink_at(struct neigh_set *s, struct neigh **at)
{
	struct neigh *n = *at;

	drop_held(s, n);
	s->free_slot[s->n_free++] = n->slot;
	s->n--;
	*at = n->next;
	free(n);
}

void neigh_set_free(struct neigh_set *s)
{
	if (s == NULL)
		return;
	for (unsigned int i = 0; i < NEIGH_BUCKETS; i++)
		while (s->bucket[i] != NULL)
			unlink_at(s, &s->bucket[i]);
	free(s);
}

/* An entry that failed is kept until the next question may be asked: it carries the time. */
bool neigh_set_event(struct neigh_set *s, uint8_t port, uint32_t addr, uint16_t state,
		     const uint8_t *mac)
{
	struct neigh *n = state == 0 ? *place(s, port, addr) : get(s, port, addr);
	bool usable = (state & USABLE) != 0 && mac != NULL;
	bool changed;

	if (n == NULL)
		return false;
	changed = usable != n->usable || (usable && memcmp(n->mac, mac, sizeof(n->mac)) != 0);
	n->state = state;
	n->usable = usable;
	if (usable) {
		memcpy(n->mac, mac, sizeof(n->mac));
		send_held(s, n);
	} else if (state == 0 || (state & NUD_FAILED) != 0) {
		drop_held(s, n);
	}
	return changed;
}

void neigh_set_mark(struct neigh_set *s)
{
	for (unsigned int i = 0; i < NEIGH_BUCKETS; i++)
		for (struct neigh *n = s->bucket[i]; n != NULL; n = n->next)
			n->state |= STATE_UNSEEN;
}

bool neigh_set_sweep(struct neigh_set *s)
{
	bool changed = false;

	for (unsigned int i = 0; i < NEIGH_BUCKETS; i++) {
		for (struct neigh *n = s->bucket[i]; n != NULL; n = n->next) {
			if ((n->state & STATE_UNSEEN) == 0)
				continue;
			changed |= n->usable;
			n->usable = false;
			n->state = 0;
		}
	}
	return changed;
}

static void ask(struct neigh_set *s, struct neigh *n, uint64_t now_ns)
{
	n->asked_ns = now_ns;
	s->ops->ask(n->port, n->addr, s->arg);
}

void neigh_set_wait(struct neigh_set *s, uint8_t port, uint32_t addr, struct rte_mbuf *m,
		    uint64_t now_ns)
{
	struct neigh *n = get(s, port, addr);

	if (n == NULL || n->n_held == NEIGH_HELD) {
		s->ops->drop(m, s->arg);
		return;
	}
	if (n->usable) { /* the answer came while the packet was in the ring */
		s->ops->send(m, n, s->arg);
		return;
	}
	if (n->n_held == 0)
		n->held_ns = now_ns;
	n->held[n->n_held++] = m;
	if ((n->state & NUD_INCOMPLETE) == 0 &&
	    (n->asked_ns == 0 || now_ns - n->asked_ns >= NEIGH_ASK_NS))
		ask(s, n, now_ns);
}

static void tick_one(struct neigh_set *s, struct neigh *n, uint64_t now_ns)
{
	if (__atomic_exchange_n(&s->used[n->slot], 0, __ATOMIC_RELAXED) != 0 &&
	    (n->state & NUD_STALE) != 0)
		ask(s, n, now_ns);
	if (n->n_held > 0 && now_ns - n->held_ns >= NEIGH_HOLD_NS)
		drop_held(s, n);
	else if (n->n_held > 0 && (n->state & NUD_INCOMPLETE) == 0 &&
		 now_ns - n->asked_ns >= NEIGH_ASK_NS)
		ask(s, n, now_ns);
}

void neigh_set_tick(struct neigh_set *s, uint64_t now_ns)
{
	for (unsigned int i = 0; i < NEIGH_BUCKETS; i++) {
		struct neigh **at = &s->bucket[i];

		while (*at != NULL) {
			struct neigh *n = *at;

			tick_one(s, n, now_ns);
			if ((n->state == 0 || (n->state & NUD_FAILED) != 0) && n->n_held == 0 &&
			    now_ns - n->asked_ns >= NEIGH_ASK_NS)
				unlink_at(s, at);
			else
				at = &n->next;
		}
	}
}

/* ---- map -------------------------------------------------------------------------------- */

int neigh_set_map(const struct neigh_set *s, struct neigh_map **out)
{
	uint32_t size = 16;
	struct neigh_map *m;

	while (size < 2 * s->n)
		size *= 2;
	m = calloc(1, sizeof(*m) + size * sizeof(m->e[0]));
	if (m == NULL)
		return -ENOMEM;
	m->refs = 1;
	m->mask = size - 1;
	for (unsigned int b = 0; b < NEIGH_BUCKETS; b++) {
		for (const struct neigh *n = s->bucket[b]; n != NULL; n = n->next) {
			uint32_t i = neigh_hash(n->addr, n->port) & m->mask;

			if (!n->usable)
				continue;
			while (m->e[i].addr != 0)
				i = (i + 1) & m->mask;
			m->e[i] = (struct neigh_entry){
				.addr = n->addr, .slot = n->slot, .port = n->port};
			memcpy(m->e[i].mac, n->mac, sizeof(n->mac));
		}
	}
	*out = m;
	return 0;
}

struct neigh_map *neigh_map_ref(struct neigh_map *m)
{
	m->refs++;
	return m;
}

void neigh_map_unref(struct neigh_map *m)
{
	if (m != NULL && --m->refs == 0)
		free(m);
}
