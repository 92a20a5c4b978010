/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ICMP errors. The kernel makes none for packets the data plane forwards, so a stage that drops
 * a packet its sender should know about makes one, limited in rate.
 */
#ifndef DATAPLANE_ICMP_H
#define DATAPLANE_ICMP_H

#include <stdint.h>

struct dp_worker;
struct rte_mbuf;

#define ICMP_UNREACHABLE   3
#define ICMP_TIME_EXCEEDED 11

/* Codes of ICMP_UNREACHABLE, RFC 792 and RFC 1812 5.2.7.1. */
#define ICMP_UNREACH_NET     0
#define ICMP_UNREACH_HOST    1
#define ICMP_UNREACH_TOO_BIG 4
#define ICMP_UNREACH_ADMIN   13

/* About m (data at its IP header), which the caller still drops. It goes to the sender of m as
 * any packet of this box would: by the routes, through the policy, or to the kernel when m came
 * from here. mtu: next-hop MTU of ICMP_UNREACH_TOO_BIG, else 0. */
void icmp_error(struct dp_worker *w, const struct rte_mbuf *m, uint8_t type, uint8_t code,
		uint16_t mtu);

#endif
