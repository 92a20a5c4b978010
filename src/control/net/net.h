/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * UDP endpoints of a daemon: one socket for each local address and port, all handing their
 * datagrams to one function. Sockets belong to the kernel's stack; the data plane passes what is
 * for the box to it through the TAP.
 *
 * Datagrams leave without DF: GDOI has no way to agree on a size, and a rekey with more than a
 * few ACL lines does not fit one MTU, so fragmentation on the way must stay possible.
 */
#ifndef CONTROL_NET_NET_H
#define CONTROL_NET_NET_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"

struct loop;
struct net;

typedef void net_recv_fn(const struct endpoint *local, const struct endpoint *remote,
			 struct bytes msg, void *arg);

int net_new(struct net **out, struct loop *loop, net_recv_fn *fn, void *arg) GV_MUST_CHECK;
void net_free(struct net *n); /* NULL is fine; closes every endpoint */

/* Binds a socket to local. 0 when it is open already. The address must be the box's own; port 0
 * lets the kernel choose, and *local then says which. */
int net_open(struct net *n, struct endpoint *local, struct err_text *e) GV_MUST_CHECK;
void net_close(struct net *n, const struct endpoint *local); /* not open: nothing happens */

/* Sends from the socket that is bound to local. Nothing is queued here: what the kernel does not
 * take is lost and counted, and the sender's retransmission repeats it. */
void net_send(struct net *n, const struct endpoint *local, const struct endpoint *remote,
	      struct bytes msg);

enum net_count {
#define NET_COUNT(name, text) NET_COUNT_##name,
#include "control/net/counts.def"
#undef NET_COUNT
	NET_COUNT_MAX
};
uint64_t net_count(const struct net *n, enum net_count which);
const char *net_count_text(enum net_count which);

#endif
