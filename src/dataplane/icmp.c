/* SPDX-License-Identifier: BSD-3-Clause */
/* When to be silent is most of it: RFC 1812 4.3.2.7. */
#include "dataplane/icmp.h"

#include <netinet/in.h>
#include <stdbool.h>

#include "dataplane/dp_fwd.h"
#include "dataplane/fwd.h"
#include "dataplane/ipv4.h"
#include "dataplane/police.h"
#include "dataplane/worker.h"

#define ERROR_MAX       576
#define ERROR_TTL       64
#define ERROR_TOS       0xc0 /* internetwork control, RFC 1812 4.3.2.5 */
#define ICMP_HDR_LEN    8
#define ICMP_QUERY_LAST 18

struct icmp_hdr {
	uint8_t type, code;
	uint16_t checksum;
	uint16_t unused, mtu;
};

static bool is_icmp_error(const struct rte_ipv4_hdr *ip, uint32_t len)
{
	uint32_t ihl = ipv4_ihl(ip);
	uint8_t type;

	if (ip->next_proto_id != IPPROTO_ICMP)
		return false;
	if (len <= ihl)
		return true;
	type = ((const uint8_t *)ip)[ihl];
	/* Echo, router discovery, timestamp, information and mask are questions and answers. */
	return !(type == 0 || (type >= 8 && type <= 10) || (type >= 13 && type <= ICMP_QUERY_LAST));
}

/* A host that can be answered: RFC 1812 4.3.2.7, last point. */
static bool is_host(const struct dp_worker *w, uint32_t addr)
{
	uint8_t top = (uint8_t)(addr >> 24);

	return top != 0 && top != 127 && top < 224 &&
	       fib_lookup(w->root->fwd->fib, addr)->type != FIB_BROADCAST;
}

static bool wanted(struct dp_worker *w, const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	const struct dp_meta *meta = dp_meta((struct rte_mbuf *)(uintptr_t)m);
	uint32_t dst = rte_be_to_cpu_32(ip->dst_addr);

	if (w->root->fwd == NULL || is_icmp_error(ip, m->data_len) || ipv4_is_later_fragment(ip))
		return false;
	if (IN_MULTICAST(dst) || dst == INADDR_BROADCAST ||
	    (meta->port_in != DP_PORT_NONE && rte_is_multicast_ether_addr(&meta->eth.dst_addr)))
		return false;
	return is_host(w, rte_be_to_cpu_32(ip->src_addr)) &&
	       police_take(&w->police, POLICE_ICMP, w->now_ns);
}

/* As much of the packet as fits, RFC 1812 4.3.2.3. But of one that came encrypted no more than its
 * sender needs to know it again (RFC 792: 64 bits): a policy that lets ICMP go in clear would send
 * its content back over the network it was protected from. */
static uint16_t quote_len(const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *about = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint32_t most = ERROR_MAX - sizeof(struct rte_ipv4_hdr) - ICMP_HDR_LEN;

	if (dp_meta((struct rte_mbuf *)(uintptr_t)m)->flags & DP_META_DECRYPTED)
		most = ipv4_ihl(about) + 8;
	return (uint16_t)RTE_MIN(m->data_len, most);
}

static void build(struct dp_worker *w, struct rte_mbuf *out, const struct rte_mbuf *m, uint32_t src,
		  const struct icmp_hdr *what)
{
	const struct rte_ipv4_hdr *about = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint16_t quoted = quote_len(m);
	uint16_t total = (uint16_t)(sizeof(struct rte_ipv4_hdr) + ICMP_HDR_LEN + quoted);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)rte_pktmbuf_append(out, total);
	struct icmp_hdr *icmp = (struct icmp_hdr *)(ip + 1);

	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.type_of_service = ERROR_TOS,
		.total_length = rte_cpu_to_be_16(total),
		.packet_id = rte_cpu_to_be_16(w->ip_id++),
		.time_to_live = ERROR_TTL,
		.next_proto_id = IPPROTO_ICMP,
		.src_addr = rte_cpu_to_be_32(src),
		.dst_addr = about->src_addr,
	};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	*icmp = *what;
	memcpy(icmp + 1, about, quoted);
	icmp->checksum = (uint16_t)~rte_raw_cksum(icmp, ICMP_HDR_LEN + quoted);
}

/* From here on as any packet of the box. */
static void send_error(struct dp_worker *w, struct rte_mbuf *out, uint32_t dst)
{
	const struct fib_hop *hop = fib_lookup(w->root->fwd->fib, dst);

	if (hop->type == FIB_LOCAL)
		dp_punt(w, out);
	else if (hop->type != FIB_UNICAST || hop->port == FIB_PORT_NONE)
		dp_drop(w, out, DP_DROP_FWD_NO_ROUTE);
	else if (w->made.n == DP_BURST_MAX)
		dp_drop(w, out, DP_DROP_TX_FULL);
	else if (fwd_next_hop(w, out, hop, dst))
		dp_burst_add(&w->made, out);
}

void icmp_error(struct dp_worker *w, const struct rte_mbuf *m, uint8_t type, uint8_t code,
		uint16_t mtu)
{
	const struct dp_meta *about = dp_meta((struct rte_mbuf *)(uintptr_t)m);
	const struct icmp_hdr what = {.type = type, .code = code, .mtu = rte_cpu_to_be_16(mtu)};
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint8_t port = about->port_in < DP_PORTS_MAX ? about->port_in : about->port_out;
	struct rte_mbuf *out;

	/* The address of the port it came by: RFC 1812 4.3.2.4. A port without one is silent. */
	if (!wanted(w, m) || w->root->fwd->port_addr[port] == 0)
		return;
	out = rte_pktmbuf_alloc(w->pool);
	if (out == NULL)
		return;
	build(w, out, m, w->root->fwd->port_addr[port], &what);
	*dp_meta(out) = (struct dp_meta){
		/* To the kernel it comes by the port; to others it is the box's own. */
		.port_in = dp_fwd_is_own(w->root->fwd, ip->src_addr) ? port : DP_PORT_NONE,
		.port_out = DP_PORT_NONE,
		.flags = DP_META_INJECTED,
		.eth = {.dst_addr = w->root->port[port].mac,
			.src_addr = w->root->port[port].mac,
			.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4)},
	};
	send_error(w, out, rte_be_to_cpu_32(ip->src_addr));
}
