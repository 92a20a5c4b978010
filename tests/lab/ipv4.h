/* SPDX-License-Identifier: BSD-3-Clause */
/* What a router does to an IPv4 packet, on a buffer: no sockets, no state. */
#ifndef TESTS_LAB_IPV4_H
#define TESTS_LAB_IPV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPV4_HDR_MIN   20
#define IPV4_HDR_MAX   60
#define IPV4_MTU_MIN   68
#define IPV4_ERROR_MAX (IPV4_HDR_MIN + 8 + IPV4_HDR_MAX + 8)

/* An ICMP error; mtu is 0 but for "fragmentation needed" (RFC 1191). */
struct ipv4_error {
	uint8_t type, code;
	uint16_t mtu;
};

/* Length of the packet (padding of short frames cut), 0 for what is not sound IPv4. */
size_t ipv4_length(const uint8_t *p, size_t len);
uint32_t ipv4_src(const uint8_t *p);
uint32_t ipv4_dst(const uint8_t *p);
bool ipv4_df(const uint8_t *p);
bool ipv4_multicast(uint32_t ip);
/* Whether an ICMP error may be sent about the packet: not about errors, later fragments, and
 * what has no single host at both ends (RFC 1812 4.3.2.7). */
bool ipv4_answerable(const uint8_t *p, size_t len);
/* False when the packet has no hop left; otherwise one less, checksum updated. */
bool ipv4_hop(uint8_t *p);
/* True when the packet is of that protocol and, with a port, that is one of its two ports. A
 * later fragment has no ports and matches no port. */
bool ipv4_is(const uint8_t *p, size_t len, uint8_t proto, uint16_t port);
/* One fragment of a packet without DF, the one that starts at *offset octets of the payload;
 * *offset moves on. Returns its length, 0 after the last. out holds mtu octets. */
size_t ipv4_fragment(const uint8_t *p, size_t len, size_t mtu, size_t *offset, uint8_t *out);
/* The error about the packet, from own to its source, with the header and 8 octets quoted (RFC
 * 792). out holds IPV4_ERROR_MAX octets. */
size_t ipv4_icmp_error(const uint8_t *p, size_t len, struct ipv4_error e, uint32_t own,
		       uint8_t *out);
uint16_t ipv4_checksum(const uint8_t *p, size_t len);

#endif
