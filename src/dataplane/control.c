/* SPDX-License-Identifier: BSD-3-Clause */
/* Which packets of the box itself the policy does not hold back. */
#include "dataplane/control.h"

#include "base/loop.h"
#include "dataplane/worker.h"

#define FRAGMENT_NS (30 * LOOP_NS_PER_S)

/* Direct mapped: another datagram in the same place costs the older one its exception, and its
 * sender repeats it. */
static struct dp_control_frag *frag_slot(struct dp_worker *w, const struct rte_ipv4_hdr *ip)
{
	uint32_t h = (ip->src_addr ^ ip->dst_addr ^ ip->packet_id) * 0x9e3779b1u;

	return &w->control_frag[h >> (32 - DP_CONTROL_FRAG_BITS)];
}

static void remember(struct dp_worker *w, const struct rte_ipv4_hdr *ip)
{
	*frag_slot(w, ip) = (struct dp_control_frag){
		.src = ip->src_addr,
		.dst = ip->dst_addr,
		.id = ip->packet_id,
		.until_ns = w->now_ns + FRAGMENT_NS,
	};
}

static bool remembered(struct dp_worker *w, const struct rte_ipv4_hdr *ip)
{
	const struct dp_control_frag *f = frag_slot(w, ip);

	return f->src == ip->src_addr && f->dst == ip->dst_addr && f->id == ip->packet_id &&
	       w->now_ns < f->until_ns;
}

bool control_out(struct dp_worker *w, const struct rte_ipv4_hdr *ip)
{
	if (!dp_fwd_is_own(w->root->fwd, ip->src_addr))
		return false;
	if (ip->next_proto_id == IPPROTO_IGMP)
		return true;
	if (ip->next_proto_id != IPPROTO_UDP)
		return false;
	if (ipv4_is_later_fragment(ip))
		return remembered(w, ip);
	if (!control_udp(ip))
		return false;
	if (ipv4_is_fragment(ip))
		remember(w, ip);
	return true;
}
