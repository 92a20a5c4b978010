/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is for the box. On a port without a crypto map that is decided by address alone, never by
 * UDP port (later fragments have none), and fwd does it. On a port with one the box's own control
 * traffic leaves the path here; the rest passes the policy first and is found by fwd.
 */
#include "dataplane/control.h"
#include "dataplane/dp_fwd.h"
#include "dataplane/ipv4.h"
#include "dataplane/police.h"
#include "dataplane/worker.h"

#define OSPF                89
#define EIGRP               88
#define LOCAL_CONTROL_BLOCK 0xe0000000u /* 224.0.0.0/24 */

/* ---- the stage ---------------------------------------------------------------------------- */

static bool leaves_here(const struct dp_worker *w, struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	return control_in(ip) &&
	       dp_fwd_for_box(w->root->fwd, rte_be_to_cpu_32(ip->dst_addr), dp_meta(m)->port_in);
}

static void take_control(struct dp_worker *w, struct dp_burst *b)
{
	uint16_t kept = 0;

	for (uint16_t i = 0; i < b->n; i++) {
		struct rte_mbuf *m = b->pkt[i];

		if (leaves_here(w, m))
			dp_punt(w, m);
		else
			b->pkt[kept++] = m;
	}
	b->n = kept;
}

void dp_stage_punt(struct dp_worker *w, struct dp_burst *b)
{
	const struct dp_port_view *v;

	if (b->n == 0)
		return;
	v = &w->root->port[dp_meta(b->pkt[0])->port_in];
	if (v->up) {
		if (v->group != NULL)
			take_control(w, b);
		return;
	}
	for (uint16_t i = 0; i < b->n; i++)
		dp_drop(w, b->pkt[i], DP_DROP_FWD_PORT_DOWN);
	b->n = 0;
}

/* ---- to the ring -------------------------------------------------------------------------- */

static enum police_class class_of(struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	if ((dp_meta(m)->flags & DP_META_L2_ONLY) != 0)
		return POLICE_LINK;
	if (!ipv4_is_later_fragment(ip) && control_udp(ip))
		return POLICE_KEYS;
	if ((rte_be_to_cpu_32(ip->dst_addr) & 0xffffff00u) == LOCAL_CONTROL_BLOCK ||
	    ip->next_proto_id == OSPF || ip->next_proto_id == EIGRP ||
	    ip->next_proto_id == IPPROTO_IGMP || ip->next_proto_id == IPPROTO_PIM)
		return POLICE_ROUTING;
	return POLICE_REST;
}

/* As the kernel expects it: a frame. The link header was there when the packet came. */
static void make_frame(struct rte_mbuf *m)
{
	struct rte_ether_hdr *eth;

	if ((dp_meta(m)->flags & DP_META_L2_ONLY) != 0)
		return;
	eth = (struct rte_ether_hdr *)rte_pktmbuf_prepend(m, sizeof(*eth));
	gv_assert(eth != NULL);
	*eth = dp_meta(m)->eth;
}

void dp_punt_flush(struct dp_worker *w)
{
	uint16_t n = w->punt.n;

	w->punt.n = 0;
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *m = w->punt.pkt[i];
		uint8_t port = dp_meta(m)->port_in;

		if (!police_take(&w->police, class_of(m), w->now_ns)) {
			dp_drop(w, m, DP_DROP_PUNT_POLICED);
			continue;
		}
		make_frame(m);
		if (rte_ring_sp_enqueue(w->punt_ring, m) != 0) {
			dp_drop(w, m, DP_DROP_PUNT_FULL);
			continue;
		}
		dp_count(&w->ctr->port[port].punted, 1);
		w->to_control = true;
	}
}
