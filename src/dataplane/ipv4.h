/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 header arithmetic that stages share. Fields are in network order as they lie. */
#ifndef DATAPLANE_IPV4_H
#define DATAPLANE_IPV4_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#define IPV4_DF          RTE_BE16(0x4000)
#define IPV4_OFFSET_MASK RTE_BE16(0x1fff)
#define IPV4_MF          RTE_BE16(0x2000)

static inline uint32_t ipv4_ihl(const struct rte_ipv4_hdr *ip)
{
	return (ip->version_ihl & 0xfu) * 4;
}

static inline uint16_t ipv4_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/* One's complement sum of the first 20 octets, read as five words. */
static inline uint64_t ipv4_sum20(const void *hdr)
{
	uint32_t w[5];

	memcpy(w, hdr, sizeof(w));
	return (uint64_t)w[0] + w[1] + w[2] + w[3] + w[4];
}

/* The whole header; right when 0. len = IHL in octets. */
static inline bool ipv4_checksum_ok(const struct rte_ipv4_hdr *ip, uint32_t len)
{
	uint64_t sum = ipv4_sum20(ip);
	const uint8_t *p = (const uint8_t *)(ip + 1);

	for (uint32_t i = sizeof(*ip); i < len; i += 4, p += 4) {
		uint32_t w;

		memcpy(&w, p, sizeof(w));
		sum += w;
	}
	return ipv4_fold(sum) == 0xffff;
}

/* RFC 1624: the checksum after one 16-bit word of the header changed. */
static inline uint16_t ipv4_checksum_update(uint16_t check, uint16_t old, uint16_t new)
{
	return (uint16_t)~ipv4_fold((uint64_t)(uint16_t)~check + (uint16_t)~old + new);
}

static inline bool ipv4_is_fragment(const struct rte_ipv4_hdr *ip)
{
	return (ip->fragment_offset & (IPV4_OFFSET_MASK | IPV4_MF)) != 0;
}

static inline bool ipv4_is_later_fragment(const struct rte_ipv4_hdr *ip)
{
	return (ip->fragment_offset & IPV4_OFFSET_MASK) != 0;
}

#endif
