/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Announcements change sets (routes, neighbours, groups); a flush makes immutable tables of the
 * sets that changed and shares the other one. When announcements were lost everything is read
 * again: throw away what is queued, forget, dump. What is announced during the dump is read
 * after it, so the last word on each object is always the kernel's latest.
 */
#include "dataplane/mirror.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/loop.h"
#include "dataplane/nlsock.h"
#include "dataplane/routes.h"

#define DUMP_TRIES    5
#define GROUPS_MAX    256
#define ADDRESSES_MAX 8 /* of one port, remembered to name one in ICMP errors and `show` */

struct mirror_port {
	int ifindex;
	bool up;
	struct nl_address address[ADDRESSES_MAX]; /* in the order they came */
	unsigned int n_addresses;
};

struct mirror {
	struct loop *loop;
	const struct mirror_ops *ops;
	void *arg;
	struct nlsock nl;
	struct loop_fd *watch;
	struct loop_timer *tick;
	struct mirror_port port[DP_PORTS_MAX];
	struct route_set routes;
	struct neigh_set *neighs;
	struct dp_fwd_group group[GROUPS_MAX];
	unsigned int n_groups;
	struct fib *fib; /* of the last table published */
	struct neigh_map *map;
	bool routes_dirty, neighs_dirty, others_dirty;
	struct mirror_stats stats;
};

static uint8_t port_of(int ifindex, void *arg)
{
	const struct mirror *m = arg;

	for (uint8_t i = 0; i < DP_PORTS_MAX && ifindex != 0; i++)
		if (m->port[i].ifindex == ifindex)
			return i;
	return FIB_PORT_NONE;
}

/* ---- announcements ---------------------------------------------------------------------- */

static void on_link(struct mirror *m, uint8_t port, const struct nl_event *ev)
{
	struct mirror_port *p = &m->port[port];

	if (p->up && !ev->link.up)
		m->routes_dirty |= route_set_link_down(&m->routes, p->ifindex, ev->gone);
	p->up = ev->link.up;
	m->ops->link(port, &ev->link, m->arg);
}

static void on_address(struct mirror *m, uint8_t port, const struct nl_event *ev)
{
	struct mirror_port *p = &m->port[port];
	unsigned int i = 0;

	while (i < p->n_addresses &&
	       (p->address[i].addr != ev->address.addr || p->address[i].len != ev->address.len))
		i++;
	if (ev->gone && i < p->n_addresses) {
		memmove(&p->address[i], &p->address[i + 1],
			(--p->n_addresses - i) * sizeof(p->address[0]));
	} else if (!ev->gone && i == p->n_addresses && i < ADDRESSES_MAX) {
		p->address[p->n_addresses++] = ev->address;
	} else {
		return;
	}
	m->others_dirty = true;
	m->ops->address(port, m->arg);
}

static void on_group(struct mirror *m, uint8_t port, const struct nl_event *ev)
{
	unsigned int i = 0;

	while (i < m->n_groups && (m->group[i].addr != ev->group || m->group[i].port != port))
		i++;
	if (ev->gone && i < m->n_groups)
		m->group[i] = m->group[--m->n_groups];
	else if (!ev->gone && i == m->n_groups && i < GROUPS_MAX)
		m->group[m->n_groups++] = (struct dp_fwd_group){ev->group, port};
	else
		return;
	m->others_dirty = true;
}

static void on_event(const struct nl_event *ev, void *arg)
{
	struct mirror *m = arg;
	uint8_t port = port_of(ev->ifindex, m);

	if (ev->kind == NL_ROUTE) {
		m->routes_dirty |= route_set_event(&m->routes, ev);
		return;
	}
	if (ev->kind == NL_FORWARDING && ev->forwarding)
		m->ops->forwarding(ev->ifindex, m->arg);
	if (port == FIB_PORT_NONE)
		return;
	switch (ev->kind) {
	case NL_LINK:
		on_link(m, port, ev);
		break;
	case NL_ADDRESS:
		on_address(m, port, ev);
		break;
	case NL_NEIGHBOUR:
		m->neighs_dirty |=
			neigh_set_event(m->neighs, port, ev->neighbour.addr, ev->neighbour.state,
					ev->neighbour.has_mac ? ev->neighbour.mac : NULL);
		break;
	case NL_MULTICAST:
		on_group(m, port, ev);
		break;
	case NL_IGNORED:
	case NL_ROUTE:
	case NL_FORWARDING:
		break;
	}
}

/* ---- everything again ------------------------------------------------------------------- */

static int dump(struct mirror *m, uint16_t type, uint8_t family)
{
	int rc = -EAGAIN;

	for (unsigned int i = 0; i < DUMP_TRIES && rc == -EAGAIN; i++) {
		m->stats.dumps++;
		rc = nlsock_dump(&m->nl, type, family, on_event, m);
	}
	return rc;
}

static int resync(struct mirror *m)
{
	int rc;

	nlsock_discard(&m->nl);
	route_set_clear(&m->routes);
	neigh_set_mark(m->neighs);
	m->n_groups = 0;
	for (unsigned int i = 0; i < DP_PORTS_MAX; i++)
		m->port[i].n_addresses = 0;
	rc = dump(m, RTM_GETLINK, AF_UNSPEC);
	if (rc == 0)
		rc = dump(m, RTM_GETADDR, AF_INET);
	if (rc == 0)
		rc = dump(m, RTM_GETROUTE, AF_INET);
	if (rc == 0)
		rc = dump(m, RTM_GETNEIGH, AF_INET);
	/* Kernels that do not announce joins do not dump them either. */
	if (rc == 0)
		m->nl.groups_announced = dump(m, NL_RTM_GETMULTICAST, AF_INET) == 0;
	(void)neigh_set_sweep(m->neighs);
	m->routes_dirty = m->neighs_dirty = m->others_dirty = true;
	return rc;
}

static void on_readable(int fd, unsigned int events, void *arg)
{
	struct mirror *m = arg;

	if (nlsock_read(&m->nl, on_event, m, &m->stats.messages) == 0)
		return;
	m->stats.overruns++;
	/* A dump that fails leaves holes; the next announcement or overrun tries again. */
	if (resync(m) != 0)
		m->stats.overruns++;
}

/* ---- publication ------------------------------------------------------------------------ */

static int remake(struct mirror *m)
{
	struct fib *fib;
	struct neigh_map *map;

	if (m->routes_dirty) {
		if (route_set_fib(&m->routes, &fib, port_of, m) != 0)
			return -ENOMEM;
		fib_unref(m->fib);
		m->fib = fib;
	}
	if (m->neighs_dirty) {
		if (neigh_set_map(m->neighs, &map) != 0)
			return -ENOMEM;
		neigh_map_unref(m->map);
		m->map = map;
	}
	return 0;
}

void mirror_flush(struct mirror *m)
{
	struct dp_fwd *fwd;

	if (!m->routes_dirty && !m->neighs_dirty && !m->others_dirty)
		return;
	if (remake(m) != 0)
		return; /* no memory: still dirty, tried again next turn */
	fwd = dp_fwd_new(m->fib, m->map, m->neighs->used, m->group, m->n_groups);
	if (fwd == NULL)
		return;
	for (unsigned int i = 0; i < DP_PORTS_MAX; i++)
		if (m->port[i].n_addresses > 0)
			fwd->port_addr[i] = m->port[i].address[0].addr;
	m->routes_dirty = m->neighs_dirty = m->others_dirty = false;
	m->stats.published++;
	m->ops->publish(fwd, m->arg);
}

/* ---- neighbours ------------------------------------------------------------------------- */

static void ask(uint8_t port, uint32_t addr, void *arg)
{
	struct mirror *m = arg;
	struct nlmsg_request r;

	nlmsg_neigh_use(&r, m->port[port].ifindex, addr);
	/* Without an answer the packets that wait time out, and the next one asks again. */
	if (nlsock_tell(&m->nl, &r) == 0)
		m->stats.asked++;
}

static void send_held(struct rte_mbuf *pkt, const struct neigh *n, void *arg)
{
	struct mirror *m = arg;

	m->ops->send(pkt, n, m->arg);
}

static void drop_held(struct rte_mbuf *pkt, void *arg)
{
	struct mirror *m = arg;

	m->ops->drop(pkt, m->arg);
}

static const struct neigh_ops neigh_ops = {.ask = ask, .send = send_held, .drop = drop_held};

static void on_tick(void *arg)
{
	struct mirror *m = arg;

	neigh_set_tick(m->neighs, loop_now_ns(m->loop));
	loop_timer_set(m->tick, LOOP_NS_PER_S);
}

/* ---- life ------------------------------------------------------------------------------- */

int mirror_new(struct mirror **out, struct loop *loop, const struct mirror_ops *ops, void *arg,
	       struct err_text *e)
{
	struct mirror *m = calloc(1, sizeof(*m));
	int rc;

	if (m == NULL)
		return err_set(e, -ENOMEM, "no memory for the mirror");
	m->loop = loop;
	m->ops = ops;
	m->arg = arg;
	rc = nlsock_open(&m->nl, e);
	if (rc == 0 &&
	    (route_set_init(&m->routes) != 0 || neigh_set_new(&m->neighs, &neigh_ops, m) != 0 ||
	     loop_timer_new(&m->tick, loop, on_tick, m) != 0))
		rc = err_set(e, -ENOMEM, "no memory for the mirror");
	if (rc != 0)
		mirror_free(m);
	else
		*out = m;
	return rc;
}

void mirror_free(struct mirror *m)
{
	if (m == NULL)
		return;
	loop_fd_free(m->watch);
	loop_timer_free(m->tick);
	nlsock_close(&m->nl);
	neigh_set_free(m->neighs);
	route_set_fini(&m->routes);
	fib_unref(m->fib);
	neigh_map_unref(m->map);
	free(m);
}

void mirror_set_port(struct mirror *m, uint8_t port, int ifindex)
{
	m->port[port].ifindex = ifindex;
}

int mirror_start(struct mirror *m, struct err_text *e)
{
	int rc = resync(m);

	if (rc != 0)
		return err_set(e, rc, "the kernel's tables cannot be read: %s", strerror(-rc));
	rc = loop_fd_new(&m->watch, m->loop, nlsock_fd(&m->nl), LOOP_READ, on_readable, m);
	if (rc != 0)
		return err_set(e, rc, "netlink cannot be watched");
	loop_timer_set(m->tick, LOOP_NS_PER_S);
	mirror_flush(m);
	return 0;
}

/* ---- the rest --------------------------------------------------------------------------- */

void mirror_wait(struct mirror *m, uint8_t port, uint32_t addr, struct rte_mbuf *pkt)
{
	neigh_set_wait(m->neighs, port, addr, pkt, loop_now_ns(m->loop));
}

bool mirror_address(const struct mirror *m, uint8_t port, struct nl_address *out)
{
	if (m->port[port].n_addresses == 0)
		return false;
	*out = m->port[port].address[0];
	return true;
}

int mirror_request(struct mirror *m, struct nlmsg_request *r)
{
	return nlsock_request(&m->nl, r);
}

void mirror_stats(const struct mirror *m, struct mirror_stats *out)
{
	*out = m->stats;
	out->routes = m->routes.n;
	out->neighbours = m->neighs->n;
	out->groups = m->n_groups;
}
