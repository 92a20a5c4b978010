/* SPDX-License-Identifier: BSD-3-Clause */
#include "ipv4.h"

#include <string.h>

#include "base/buf.h"

#define FLAG_DF     0x4000
#define FLAG_MF     0x2000
#define OFFSET_MASK 0x1fff
#define PROTO_ICMP  1
#define PROTO_TCP   6
#define PROTO_UDP   17

static size_t header_length(const uint8_t *p)
{
	return (size_t)(p[0] & 15) * 4;
}

uint16_t ipv4_checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += get_be16(p + i);
	if (len % 2 != 0)
		sum += (uint32_t)p[len - 1] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void seal(uint8_t *p)
{
	put_be16(p + 10, 0);
	put_be16(p + 10, ipv4_checksum(p, header_length(p)));
}

size_t ipv4_length(const uint8_t *p, size_t len)
{
	if (len < IPV4_HDR_MIN || p[0] >> 4 != 4 || header_length(p) < IPV4_HDR_MIN)
		return 0;
	if (header_length(p) > len || ipv4_checksum(p, header_length(p)) != 0)
		return 0;
	if (get_be16(p + 2) < header_length(p) || get_be16(p + 2) > len)
		return 0;
	return get_be16(p + 2);
}

uint32_t ipv4_src(const uint8_t *p)
{
	return get_be32(p + 12);
}

uint32_t ipv4_dst(const uint8_t *p)
{
	return get_be32(p + 16);
}

bool ipv4_df(const uint8_t *p)
{
	return (get_be16(p + 6) & FLAG_DF) != 0;
}

bool ipv4_multicast(uint32_t ip)
{
	return ip >> 28 == 14;
}

/* The errors among the messages of RFC 792; the others are questions and answers. */
static bool icmp_error(uint8_t type)
{
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

bool ipv4_answerable(const uint8_t *p, size_t len)
{
	size_t hdr = header_length(p);
	uint32_t src = ipv4_src(p);

	if (ipv4_multicast(ipv4_dst(p)) || src == 0 || src >> 28 >= 14 || src >> 24 == 127)
		return false;
	if ((get_be16(p + 6) & OFFSET_MASK) != 0)
		return false;
	return p[9] != PROTO_ICMP || (len > hdr && !icmp_error(p[hdr]));
}

bool ipv4_hop(uint8_t *p)
{
	if (p[8] <= 1)
		return false;
	p[8]--;
	seal(p);
	return true;
}

bool ipv4_is(const uint8_t *p, size_t len, uint8_t proto, uint16_t port)
{
	size_t hdr = header_length(p);

	if (p[9] != proto)
		return false;
	if (port == 0)
		return true;
	if (proto != PROTO_TCP && proto != PROTO_UDP)
		return false;
	if ((get_be16(p + 6) & OFFSET_MASK) != 0 || len < hdr + 4)
		return false;
	return get_be16(p + hdr) == port || get_be16(p + hdr + 2) == port;
}

size_t ipv4_fragment(const uint8_t *p, size_t len, size_t mtu, size_t *offset, uint8_t *out)
{
	size_t hdr = header_length(p);
	size_t left = len - hdr - *offset;
	bool last = left <= mtu - hdr;
	size_t room = last ? left : (mtu - hdr) & ~(size_t)7;
	uint16_t old = get_be16(p + 6);

	if (left == 0)
		return 0;
	memcpy(out, p, hdr);
	memcpy(out + hdr, p + hdr + *offset, room);
	put_be16(out + 2, (uint16_t)(hdr + room));
	/* A fragment that is cut again keeps its own place and its "more" flag. */
	put_be16(out + 6, (uint16_t)((last ? old & FLAG_MF : FLAG_MF) |
				     ((old & OFFSET_MASK) + *offset / 8)));
	seal(out);
	*offset += room;
	return hdr + room;
}

size_t ipv4_icmp_error(const uint8_t *p, size_t len, struct ipv4_error e, uint32_t own,
		       uint8_t *out)
{
	size_t quote = header_length(p) + 8 < len ? header_length(p) + 8 : len;
	size_t total = IPV4_HDR_MIN + 8 + quote;
	uint8_t *icmp = out + IPV4_HDR_MIN;

	memset(out, 0, IPV4_HDR_MIN + 8);
	out[0] = 0x45;
	put_be16(out + 2, (uint16_t)total);
	out[8] = 64;
	out[9] = PROTO_ICMP;
	put_be32(out + 12, own);
	put_be32(out + 16, ipv4_src(p));
	seal(out);
	icmp[0] = e.type;
	icmp[1] = e.code;
	put_be16(icmp + 6, e.mtu);
	memcpy(icmp + 8, p, quote);
	put_be16(icmp + 2, ipv4_checksum(icmp, 8 + quote));
	return total;
}
