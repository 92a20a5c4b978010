/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The mirror of the kernel's tables. Addresses, routes and neighbours belong to Linux; this
 * listens to its announcements, keeps a copy, and makes a forwarding table of it. Changes are
 * gathered and published once a loop turn, so that a thousand routes are one new table.
 *
 * Everything runs on the control thread. Sockets stay in the namespace they were opened in.
 */
#ifndef DATAPLANE_MIRROR_H
#define DATAPLANE_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "dataplane/dp_fwd.h"
#include "dataplane/neigh.h"
#include "dataplane/nlmsg.h"

struct loop;
struct mirror;

struct mirror_ops {
	/* A new table; the callee owns it. */
	void (*publish)(struct dp_fwd *fwd, void *arg);
	/* What the kernel says of the TAP of a port. */
	void (*link)(uint8_t port, const struct nl_link *l, void *arg);
	void (*address)(uint8_t port, void *arg); /* mirror_address() has changed */
	/* Somebody turned forwarding on, for that interface or all (ifindex below 0). */
	void (*forwarding)(int ifindex, void *arg);
	/* A held packet whose neighbour answered, or did not. */
	void (*send)(struct rte_mbuf *m, const struct neigh *n, void *arg);
	void (*drop)(struct rte_mbuf *m, void *arg);
};

/* Opens the sockets in the present namespace and subscribes. */
int mirror_new(struct mirror **out, struct loop *loop, const struct mirror_ops *ops, void *arg,
	       struct err_text *e) GV_MUST_CHECK;
void mirror_free(struct mirror *m); /* NULL is fine */
/* The TAP behind that port; all of them before mirror_start(). */
void mirror_set_port(struct mirror *m, uint8_t port, int ifindex);
/* Reads everything there is, publishes the first table, follows from now on. */
int mirror_start(struct mirror *m, struct err_text *e) GV_MUST_CHECK;

/* Publishes what changed since the last call. */
void mirror_flush(struct mirror *m);
/* A packet waits for a neighbour. Takes it. */
void mirror_wait(struct mirror *m, uint8_t port, uint32_t addr, struct rte_mbuf *pkt);
/* First IPv4 address of the port; false when it has none. */
bool mirror_address(const struct mirror *m, uint8_t port, struct nl_address *out);
/* Sends a request of ours and waits for the kernel's verdict: 0 or -errno. */
int mirror_request(struct mirror *m, struct nlmsg_request *r) GV_MUST_CHECK;

struct mirror_stats {
	uint64_t messages, overruns, dumps, published, asked;
	unsigned int routes, neighbours, groups;
};
void mirror_stats(const struct mirror *m, struct mirror_stats *out);

#endif
