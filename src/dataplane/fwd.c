/* SPDX-License-Identifier: BSD-3-Clause */
/* Routing in the order of RFC 1812 5.2.1: local delivery, then the route, then the TTL. */
#include "dataplane/fwd.h"

#include "dataplane/dp_fwd.h"
#include "dataplane/icmp.h"
#include "dataplane/ipv4.h"
#include "dataplane/worker.h"

#define MULTICAST_FIRST 0xe0000000u /* up to the limited broadcast address */

static void wait_for_neighbour(struct dp_worker *w, struct rte_mbuf *m, uint32_t addr)
{
	dp_meta(m)->mirror[0] = addr;
	if (rte_ring_sp_enqueue(w->resolve_ring, m) != 0) {
		dp_drop(w, m, DP_DROP_FWD_NO_NEIGHBOUR);
		return;
	}
	w->to_control = true;
}

bool fwd_next_hop(struct dp_worker *w, struct rte_mbuf *m, const struct fib_hop *hop, uint32_t dst)
{
	const struct dp_port_view *out = &w->root->port[hop->port];
	struct dp_meta *meta = dp_meta(m);
	uint32_t addr = hop->gateway != 0 ? hop->gateway : dst;
	const struct neigh_entry *n;
	uint8_t *used;

	/* What it came under was judged; while it waits these may go away. */
	meta->sa = NULL;
	meta->rule = NULL;
	meta->port_out = hop->port;
	n = neigh_lookup(w->root->fwd->neigh, addr, hop->port);
	if (n == NULL) {
		wait_for_neighbour(w, m, addr);
		return false;
	}
	used = &w->root->fwd->used[n->slot];
	if (__atomic_load_n(used, __ATOMIC_RELAXED) == 0) /* the line is shared: write it rarely */
		__atomic_store_n(used, 1, __ATOMIC_RELAXED);
	memcpy(&meta->eth.dst_addr, n->mac, sizeof(n->mac));
	meta->eth.src_addr = out->mac;
	meta->eth.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	return true;
}

static void refuse(struct dp_worker *w, struct rte_mbuf *m, uint8_t code, enum dp_drop_reason why)
{
	icmp_error(w, m, ICMP_UNREACHABLE, code, 0);
	dp_drop(w, m, why);
}

/* The route says whether and where; false: m was taken. */
static bool usable_hop(struct dp_worker *w, struct rte_mbuf *m, const struct fib_hop *hop)
{
	switch ((enum fib_type)hop->type) {
	case FIB_UNICAST:
		if (hop->port == FIB_PORT_NONE)
			break; /* through an interface of the kernel alone */
		if (w->root->port[hop->port].up)
			return true;
		refuse(w, m, ICMP_UNREACH_NET, DP_DROP_FWD_PORT_DOWN);
		return false;
	case FIB_BLACKHOLE:
		dp_drop(w, m, DP_DROP_FWD_PROHIBITED);
		return false;
	case FIB_UNREACHABLE:
		refuse(w, m, ICMP_UNREACH_HOST, DP_DROP_FWD_PROHIBITED);
		return false;
	case FIB_PROHIBIT:
		refuse(w, m, ICMP_UNREACH_ADMIN, DP_DROP_FWD_PROHIBITED);
		return false;
	case FIB_NO_ROUTE:
	case FIB_LOCAL:
	case FIB_BROADCAST:
		break;
	}
	refuse(w, m, ICMP_UNREACH_NET, DP_DROP_FWD_NO_ROUTE);
	return false;
}

/* RFC 1812 5.3.1; RFC 1141 for the checksum. */
static bool take_ttl(struct dp_worker *w, struct rte_mbuf *m, struct rte_ipv4_hdr *ip)
{
	uint16_t old, new; /* TTL and protocol as one word: read once, written once */

	if (ip->time_to_live <= 1) {
		icmp_error(w, m, ICMP_TIME_EXCEEDED, 0, 0);
		dp_drop(w, m, DP_DROP_FWD_TTL);
		return false;
	}
	memcpy(&old, &ip->time_to_live, sizeof(old));
	new = rte_cpu_to_be_16((uint16_t)(rte_be_to_cpu_16(old) - 0x100));
	memcpy(&ip->time_to_live, &new, sizeof(new));
	ip->hdr_checksum = ipv4_checksum_update(ip->hdr_checksum, old, new);
	return true;
}

/* True: m leaves by port_out. */
static bool forward(struct dp_worker *w, struct rte_mbuf *m, const struct fib_hop *hop,
		    uint32_t dst)
{
	if (!w->root->forwarding) {
		dp_drop(w, m, DP_DROP_FWD_NOT_STARTED);
		return false;
	}
	if (rte_is_multicast_ether_addr(&dp_meta(m)->eth.dst_addr)) {
		dp_drop(w, m, DP_DROP_FWD_LINK_BROADCAST); /* RFC 1812 5.3.4 */
		return false;
	}
	if (!usable_hop(w, m, hop))
		return false;
	return take_ttl(w, m, rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *)) &&
	       fwd_next_hop(w, m, hop, dst);
}

/* Nothing of that is in the table of routes. */
static void multicast(struct dp_worker *w, struct rte_mbuf *m, uint32_t dst)
{
	if (dp_fwd_for_box(w->root->fwd, dst, dp_meta(m)->port_in))
		dp_punt(w, m);
	else
		dp_drop(w, m,
			w->root->forwarding ? DP_DROP_FWD_NO_MULTICAST : DP_DROP_FWD_NOT_STARTED);
}

void dp_stage_fwd(struct dp_worker *w, struct dp_burst *b)
{
	const struct dp_fwd *fwd = w->root->fwd;
	uint16_t kept = 0;

	for (uint16_t i = 0; i < b->n; i++) {
		struct rte_mbuf *m = b->pkt[i];
		const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
		uint32_t dst = rte_be_to_cpu_32(ip->dst_addr);
		const struct fib_hop *hop;

		if (fwd == NULL) {
			dp_drop(w, m, DP_DROP_FWD_NOT_STARTED);
			continue;
		}
		if (dst >= MULTICAST_FIRST) {
			multicast(w, m, dst);
			continue;
		}
		hop = fib_lookup(fwd->fib, dst);
		if (hop->type == FIB_LOCAL || hop->type == FIB_BROADCAST)
			dp_punt(w, m);
		else if (forward(w, m, hop, dst))
			b->pkt[kept++] = m;
	}
	b->n = kept;
}

void dp_unanswered(struct dp_worker *w, struct rte_mbuf *m)
{
	refuse(w, m, ICMP_UNREACH_HOST, DP_DROP_FWD_NO_NEIGHBOUR);
}
