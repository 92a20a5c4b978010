/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 and IPv6 addresses, prefixes and UDP endpoints as values; text both ways. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

struct addr addr_v4(uint32_t host_order)
{
	struct addr a = {.family = ADDR_V4};

	put_be32(a.a, host_order);
	return a;
}

uint32_t addr_v4_u32(const struct addr *a)
{
	return get_be32(a->a);
}

struct addr addr_from_bytes(enum addr_family f, const void *p)
{
	struct addr a = {.family = (uint8_t)f};

	memcpy(a.a, p, addr_len(&a));
	return a;
}

size_t addr_len(const struct addr *a)
{
	switch (a->family) {
	case ADDR_V4:
		return 4;
	case ADDR_V6:
		return 16;
	default:
		return 0;
	}
}

int addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->a, b->a, sizeof(a->a));
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return addr_cmp(a, b) == 0;
}

bool addr_is_zero(const struct addr *a)
{
	static const uint8_t zero[16];

	return memcmp(a->a, zero, sizeof(zero)) == 0;
}

bool addr_is_multicast(const struct addr *a)
{
	if (a->family == ADDR_V4)
		return (a->a[0] & 0xf0) == 0xe0;
	return a->family == ADDR_V6 && a->a[0] == 0xff;
}

int addr_parse(struct addr *out, const char *text)
{
	struct addr a = {.family = ADDR_V4};

	if (inet_pton(AF_INET, text, a.a) == 1) {
		*out = a;
		return 0;
	}
	a.family = ADDR_V6;
	if (inet_pton(AF_INET6, text, a.a) == 1) {
		*out = a;
		return 0;
	}
	return -EINVAL;
}

struct addr_text addr_text(const struct addr *a)
{
	struct addr_text t;

	if (inet_ntop(a->family == ADDR_V6 ? AF_INET6 : AF_INET, a->a, t.s, sizeof(t.s)) == NULL)
		t.s[0] = '\0';
	return t;
}

struct prefix prefix_of(const struct addr *a, uint8_t len)
{
	struct prefix p = {.addr = *a, .len = len};
	size_t max = addr_len(a);

	gv_assert(len <= 8 * max);
	for (size_t i = 0; i < max; i++) {
		if (len <= 8 * i)
			p.addr.a[i] = 0;
		else if (len < 8 * (i + 1))
			p.addr.a[i] &= (uint8_t)(0xff << (8 * (i + 1) - len));
	}
	return p;
}

bool prefix_has(const struct prefix *p, const struct addr *a)
{
	struct prefix q;

	if (p->addr.family != a->family || addr_len(a) == 0)
		return false;
	q = prefix_of(a, p->len);
	return addr_equal(&q.addr, &p->addr);
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return a->len == b->len && addr_equal(&a->addr, &b->addr);
}

int prefix_len_of_mask(uint32_t mask)
{
	int len = mask == 0 ? 0 : 32 - __builtin_ctz(mask);

	return prefix_mask((uint8_t)len) == mask ? len : -EINVAL;
}

uint32_t prefix_mask(uint8_t len)
{
	return len == 0 ? 0 : ~0u << (32 - len);
}

struct addr_text prefix_text(const struct prefix *p)
{
	struct addr_text t;

	snprintf(t.s, sizeof(t.s), "%s/%u", addr_text(&p->addr).s, p->len);
	return t;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && addr_equal(&a->addr, &b->addr);
}

socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *s6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *s4 = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (e->addr.family == ADDR_V6) {
		s6->sin6_family = AF_INET6;
		s6->sin6_port = htons(e->port);
		memcpy(&s6->sin6_addr, e->addr.a, 16);
		return sizeof(*s6);
	}
	s4->sin_family = AF_INET;
	s4->sin_port = htons(e->port);
	memcpy(&s4->sin_addr, e->addr.a, 4);
	return sizeof(*s4);
}

int endpoint_from_sockaddr(struct endpoint *e, const struct sockaddr_storage *ss)
{
	const struct sockaddr_in6 *s6 = (const struct sockaddr_in6 *)ss;
	const struct sockaddr_in *s4 = (const struct sockaddr_in *)ss;

	switch (ss->ss_family) {
	case AF_INET:
		e->addr = addr_from_bytes(ADDR_V4, &s4->sin_addr);
		e->port = ntohs(s4->sin_port);
		return 0;
	case AF_INET6:
		e->addr = addr_from_bytes(ADDR_V6, &s6->sin6_addr);
		e->port = ntohs(s6->sin6_port);
		return 0;
	default:
		return -EAFNOSUPPORT;
	}
}

struct addr_text endpoint_text(const struct endpoint *e)
{
	struct addr_text t;

	snprintf(t.s, sizeof(t.s), "%s:%u", addr_text(&e->addr).s, e->port);
	return t;
}
