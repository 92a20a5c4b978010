/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a worker hands to the kernel, and the ICMP errors it makes, are limited by class: a flood
 * of pings at the box must not cost it its neighbours, its keys or its routes. The generic cell
 * rate algorithm: one time per class, no timer.
 */
#ifndef DATAPLANE_POLICE_H
#define DATAPLANE_POLICE_H

#include <stdbool.h>
#include <stdint.h>

enum police_class {
	POLICE_LINK,    /* ARP */
	POLICE_KEYS,    /* GDOI, IKE */
	POLICE_ROUTING, /* routing protocols, IGMP */
	POLICE_REST,    /* ping, ssh, ... */
	POLICE_ICMP,    /* errors of our own, RFC 1812 4.3.2.8 */
	POLICE_CLASSES
};

struct police {
	uint64_t due_ns[POLICE_CLASSES]; /* when the next packet would be on time */
};

struct police_rate {
	uint32_t interval_ns, burst;
};

/* A worker's share. REST is what one TCP session to the box needs at a few 100 Mbit/s. */
static const struct police_rate police_rates[POLICE_CLASSES] = {
	[POLICE_LINK] = {500000, 200},    /* 2,000 a second */
	[POLICE_KEYS] = {100000, 500},    /* 10,000 */
	[POLICE_ROUTING] = {200000, 500}, /* 5,000 */
	[POLICE_REST] = {25000, 400},     /* 40,000 */
	[POLICE_ICMP] = {10000000, 50},   /* 100 */
};

static inline bool police_take(struct police *p, enum police_class c, uint64_t now_ns)
{
	const struct police_rate *r = &police_rates[c];
	uint64_t due = p->due_ns[c] > now_ns ? p->due_ns[c] : now_ns;

	if (due - now_ns > (uint64_t)r->burst * r->interval_ns)
		return false;
	p->due_ns[c] = due + r->interval_ns;
	return true;
}

#endif
