/* SPDX-License-Identifier: BSD-3-Clause */
/* First stage: the link header comes off, IPv4 headers are validated (RFC 1812 5.2.2). */
#include <rte_prefetch.h>

#include "dataplane/ipv4.h"
#include "dataplane/worker.h"

#define AHEAD 4u /* packets whose first lines are fetched early */

/* Addresses in host order. */
static bool source_bad(uint32_t a)
{
	return a >> 28 >= 0xe || a >> 24 == 127 || (a >> 24 == 0 && a != 0);
}

static bool destination_bad(uint32_t a)
{
	return a >> 24 == 127 || a >> 24 == 0 || (a >> 28 == 0xf && a != UINT32_MAX);
}

/* RFC 1858: a first fragment that hides its ports cannot be classified; no link is that small. */
static bool ports_hidden(const struct rte_ipv4_hdr *ip, uint32_t payload)
{
	return (ip->next_proto_id == IPPROTO_TCP || ip->next_proto_id == IPPROTO_UDP) &&
	       payload < 8 && !ipv4_is_later_fragment(ip);
}

static enum dp_drop_reason validate(const struct rte_ipv4_hdr *ip, uint32_t room)
{
	uint32_t ihl, total;

	if (room < sizeof(*ip))
		return DP_DROP_L2_SHORT;
	if (ip->version_ihl >> 4 != IPVERSION)
		return DP_DROP_IP_VERSION;
	ihl = ipv4_ihl(ip);
	if (ihl < sizeof(*ip) || ihl > room)
		return DP_DROP_IP_HEADER_LEN;
	if (!ipv4_checksum_ok(ip, ihl))
		return DP_DROP_IP_CHECKSUM;
	total = rte_be_to_cpu_16(ip->total_length);
	if (total < ihl || total > room || ports_hidden(ip, total - ihl))
		return DP_DROP_IP_LENGTH;
	if (source_bad(rte_be_to_cpu_32(ip->src_addr)))
		return DP_DROP_IP_SOURCE;
	if (destination_bad(rte_be_to_cpu_32(ip->dst_addr)))
		return DP_DROP_IP_DESTINATION;
	return DP_DROP_NONE;
}

/* The link header is copied to meta and comes off, what the link padded too. */
static enum dp_drop_reason take_ipv4(struct rte_mbuf *m, struct dp_meta *meta)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, const void *, sizeof(meta->eth));
	enum dp_drop_reason why = validate(ip, m->data_len - sizeof(meta->eth));

	if (why != DP_DROP_NONE)
		return why;
	m->data_off += sizeof(meta->eth);
	m->data_len = rte_be_to_cpu_16(ip->total_length);
	m->pkt_len = m->data_len;
	return DP_DROP_NONE;
}

static bool for_station(const struct rte_ether_addr *a, const struct rte_ether_addr *own)
{
	return rte_is_same_ether_addr(a, own) || rte_is_multicast_ether_addr(a);
}

/* True: the packet stays in the burst. */
static bool take(struct dp_worker *w, struct rte_mbuf *m, const struct rte_ether_addr *own)
{
	struct dp_meta *meta = dp_meta(m);
	enum dp_drop_reason why;

	meta->sa = NULL;
	if (m->data_len < sizeof(meta->eth) || m->nb_segs != 1) {
		dp_drop(w, m, DP_DROP_L2_SHORT);
		return false;
	}
	meta->eth = *rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	if (!for_station(&meta->eth.dst_addr, own)) {
		dp_drop(w, m, DP_DROP_L2_NOT_FOR_US);
		return false;
	}
	if (meta->eth.ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4)) {
		why = take_ipv4(m, meta);
		if (why == DP_DROP_NONE)
			return true;
		dp_drop(w, m, why);
		return false;
	}
	if (meta->eth.ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP)) {
		meta->flags |= DP_META_L2_ONLY;
		dp_punt(w, m);
		return false;
	}
	dp_drop(w, m, DP_DROP_L2_ETHERTYPE);
	return false;
}

void dp_stage_l2(struct dp_worker *w, struct dp_burst *b)
{
	const struct rte_ether_addr *own;
	unsigned int k = 0;

	if (b->n == 0)
		return;
	own = &w->root->port[dp_meta(b->pkt[0])->port_in].mac;
	for (unsigned int i = 0; i < RTE_MIN(b->n, AHEAD); i++)
		rte_prefetch0(rte_pktmbuf_mtod(b->pkt[i], void *));
	for (unsigned int i = 0; i < b->n; i++) {
		if (i + AHEAD < b->n)
			rte_prefetch0(rte_pktmbuf_mtod(b->pkt[i + AHEAD], void *));
		if (take(w, b->pkt[i], own))
			b->pkt[k++] = b->pkt[i];
	}
	b->n = (uint16_t)k;
}
