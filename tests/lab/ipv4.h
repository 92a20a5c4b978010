/* SPDX-License-Identifier: BSD-3-Clause */
/* What a router does to an IPv4 packet, on a buffer: no sockets, no state. */
#ifndef TESTS_LAB_IPV4_H
#define TESTS_LAB_IPV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPV4_HDR_MIN  20
#define IPV4_HDR_MAX  60
#define IPV4_FRAG_MAX 64

struct ipv4_route {
	uint32_t net, mask; /* host order */
	unsigned int port;
};

/* Length of the packet (padding of short frames cut), 0 for what is not sound IPv4. */
size_t ipv4_length(const uint8_t *p, size_t len);
uint32_t ipv4_src(const uint8_t *p);
uint32_t ipv4_dst(const uint8_t *p);
bool ipv4_df(const uint8_t *p);
/* Longest prefix; NULL when none fits. */
const struct ipv4_route *ipv4_lookup(const struct ipv4_route *r, unsigned int n, uint32_t dst);
/* False when the packet has no hop left; otherwise one less, checksum updated. */
bool ipv4_hop(uint8_t *p);
/* True when the packet is of that protocol and, with a port, that is one of its two ports. A
 * later fragment has no ports and matches no port. */
bool ipv4_is(const uint8_t *p, size_t len, uint8_t proto, uint16_t port);
/* One fragment of a packet without DF, the one that starts at *offset octets of the payload;
 * *offset moves on. Returns its length, 0 after the last. out holds mtu octets. */
size_t ipv4_fragment(const uint8_t *p, size_t len, size_t mtu, size_t *offset, uint8_t *out);
/* "Fragmentation needed" with the MTU, RFC 792 and RFC 1191, from own to the packet's source.
 * out holds IPV4_HDR_MIN + 8 + IPV4_HDR_MAX + 8 octets. */
size_t ipv4_too_big(const uint8_t *p, size_t len, uint16_t mtu, uint32_t own, uint8_t *out);
uint16_t ipv4_checksum(const uint8_t *p, size_t len);

#endif
