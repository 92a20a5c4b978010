/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The box's own control traffic, which no policy holds back: UDP 848, 500 and 4500 from or to one
 * of its own addresses, IGMP of its own. Transit packets with these ports get no exception.
 */
#ifndef DATAPLANE_CONTROL_H
#define DATAPLANE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/ipv4.h"

struct dp_worker;

#define CONTROL_PORT_GDOI   848
#define CONTROL_PORT_ISAKMP 500
#define CONTROL_PORT_NAT_T  4500

static inline bool control_port(uint16_t be)
{
	return be == RTE_BE16(CONTROL_PORT_GDOI) || be == RTE_BE16(CONTROL_PORT_ISAKMP) ||
	       be == RTE_BE16(CONTROL_PORT_NAT_T);
}

/* UDP with one of the ports; ip is no later fragment. */
static inline bool control_udp(const struct rte_ipv4_hdr *ip)
{
	uint32_t ihl = ipv4_ihl(ip);
	uint16_t port[2];

	if (ip->next_proto_id != IPPROTO_UDP || rte_be_to_cpu_16(ip->total_length) < ihl + 4)
		return false;
	memcpy(port, (const uint8_t *)ip + ihl, sizeof(port));
	return control_port(port[0]) || control_port(port[1]);
}

/* A packet to an own address. A later fragment goes to the kernel whether its first one was seen
 * or not: without an accepted first one the kernel can do nothing with it. */
static inline bool control_in(const struct rte_ipv4_hdr *ip)
{
	if (ip->next_proto_id == IPPROTO_IGMP)
		return true;
	if (ipv4_is_later_fragment(ip))
		return ip->next_proto_id == IPPROTO_UDP;
	return control_udp(ip);
}

/* A packet made by this box; later fragments follow the first one, remembered for 30 s. */
bool control_out(struct dp_worker *w, const struct rte_ipv4_hdr *ip);

#endif
