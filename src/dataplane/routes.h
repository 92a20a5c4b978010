/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernel's IPv4 routes as it announced them, control side: enough to know each again when
 * it goes, and to make a fib of all of them. Tables main, local and default; policy rules are
 * not mirrored.
 */
#ifndef DATAPLANE_ROUTES_H
#define DATAPLANE_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "dataplane/fib.h"
#include "dataplane/nlmsg.h"

struct route_node;

struct route_set {
	struct route_node **bucket;
	unsigned int n_buckets; /* power of two */
	unsigned int n;
};

int route_set_init(struct route_set *s) GV_MUST_CHECK;
void route_set_fini(struct route_set *s);
void route_set_clear(struct route_set *s);
/* Adds, replaces or removes what the message says. True: the set changed. -ENOMEM counts as
 * unchanged and is seen as a route that is missing. */
bool route_set_event(struct route_set *s, const struct nl_event *ev);
/* A link went down or away: the kernel drops its IPv4 routes without a message for each. Its
 * own addresses stay while the link does. */
bool route_set_link_down(struct route_set *s, int ifindex, bool gone);
/* port_of: index of the port behind an ifindex, FIB_PORT_NONE when it is none. */
int route_set_fib(const struct route_set *s, struct fib **out, uint8_t (*port_of)(int, void *),
		  void *arg) GV_MUST_CHECK;

#endif
