/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 and IPv6 addresses, prefixes and UDP endpoints as values; text both ways. */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

enum addr_family { ADDR_NONE = 0, ADDR_V4 = 4, ADDR_V6 = 6 };

/* Network order octets; IPv4 in the first four, the rest zero, so that memcmp() compares. */
struct addr {
	uint8_t family; /* enum addr_family */
	uint8_t a[16];
};

struct prefix {
	struct addr addr; /* host bits zero */
	uint8_t len;      /* bits */
};

/* An address with a UDP port in host order. */
struct endpoint {
	struct addr addr;
	uint16_t port;
};

#define ADDR_TEXT_MAX 64 /* also for a prefix and an endpoint */

struct addr_text {
	char s[ADDR_TEXT_MAX];
};

struct addr addr_v4(uint32_t host_order);
uint32_t addr_v4_u32(const struct addr *a); /* host order */
struct addr addr_from_bytes(enum addr_family f, const void *p);
size_t addr_len(const struct addr *a); /* 4, 16 or 0 */
bool addr_equal(const struct addr *a, const struct addr *b);
int addr_cmp(const struct addr *a, const struct addr *b);
bool addr_is_zero(const struct addr *a);
bool addr_is_multicast(const struct addr *a);
int addr_parse(struct addr *out, const char *text) GV_MUST_CHECK;
/* "10.1.13.2"; "0.0.0.0" for ADDR_NONE. */
struct addr_text addr_text(const struct addr *a);

/* a/len with its host bits cleared. */
struct prefix prefix_of(const struct addr *a, uint8_t len);
bool prefix_has(const struct prefix *p, const struct addr *a);
bool prefix_equal(const struct prefix *a, const struct prefix *b);
/* IPv4 netmask <-> length; -EINVAL for a mask with holes. */
int prefix_len_of_mask(uint32_t mask_host_order) GV_MUST_CHECK;
uint32_t prefix_mask(uint8_t len);
/* "192.168.13.0/24" */
struct addr_text prefix_text(const struct prefix *p);

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ss);
int endpoint_from_sockaddr(struct endpoint *e, const struct sockaddr_storage *ss) GV_MUST_CHECK;
/* "10.1.13.2:848" */
struct addr_text endpoint_text(const struct endpoint *e);

#endif
