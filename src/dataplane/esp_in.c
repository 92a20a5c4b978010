/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taking an authenticated ESP packet apart. Everything here came from a holder of the group's
 * key, which does not make it well formed: each length is checked before it is used.
 */
#include <netinet/in.h>

#include "dataplane/esp.h"
#include "dataplane/ipv4.h"
#include "tbar/tbar.h"

#define ECN_MASK 3
#define ECN_NOT  0
#define ECN_ECT1 1
#define ECN_ECT0 2
#define ECN_CE   3

/* What is left of the text, from both ends. */
struct text {
	uint8_t *p;
	uint32_t len;
};

int32_t esp_in_text_len(const struct esp_form *f, uint32_t ihl, uint32_t len)
{
	uint32_t fixed = ihl + ESP_HDR_LEN + f->iv_len + f->icv_len;

	if (len < fixed + ESP_TAIL_LEN || ((len - fixed) & f->align_mask) != 0)
		return -1;
	return (int32_t)(len - fixed);
}

/* RFC 4303 2.4: a receiver should inspect the padding. */
static enum dp_drop_reason take_trailer(struct text *t, uint8_t *next)
{
	uint32_t pad = t->p[t->len - 2];

	*next = t->p[t->len - 1];
	t->len -= ESP_TAIL_LEN;
	if (pad > t->len)
		return DP_DROP_ESP_IN_PAD;
	t->len -= pad;
	for (uint32_t i = 0; i < pad; i++)
		if (t->p[t->len + i] != i + 1)
			return DP_DROP_ESP_IN_PAD;
	return DP_DROP_NONE;
}

/* A time stamp belongs to the TEK: with one every packet has it, without one none has. */
static enum dp_drop_reason take_shim(const struct esp_form *f, struct text *t, uint8_t next,
				     struct esp_in_result *out)
{
	if (next == IPPROTO_NONE)
		return DP_DROP_ESP_IN_DUMMY;
	if (next != f->next_hdr) {
		if (f->shim_len != 0 && (next == IPPROTO_IPIP || next == IPPROTO_IPV6))
			return DP_DROP_TBAR_MISSING;
		if (f->shim_len == 0 && next == TBAR_NEXT_HDR)
			return DP_DROP_TBAR_UNEXPECTED;
		return DP_DROP_ESP_IN_NEXT_HEADER;
	}
	if (f->shim_len == 0)
		return DP_DROP_NONE;
	if (t->len < TBAR_HDR_LEN || tbar_hdr_read(t->p, &next, &out->ticks) != TBAR_HDR_OK)
		return DP_DROP_TBAR_HEADER;
	if (next != IPPROTO_IPIP)
		return DP_DROP_ESP_IN_NEXT_HEADER;
	t->p += TBAR_HDR_LEN;
	t->len -= TBAR_HDR_LEN;
	return DP_DROP_NONE;
}

/* Octets behind the inner total length are traffic flow padding (RFC 4303 2.7): cut off. */
static enum dp_drop_reason check_inner(struct text *t)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)t->p;
	uint32_t ihl, total;

	if (t->len < sizeof(*ip) || ip->version_ihl >> 4 != IPVERSION)
		return DP_DROP_ESP_IN_INNER;
	ihl = ipv4_ihl(ip);
	total = rte_be_to_cpu_16(ip->total_length);
	if (ihl < sizeof(*ip) || total < ihl || total > t->len || !ipv4_checksum_ok(ip, ihl))
		return DP_DROP_ESP_IN_INNER;
	t->len = total;
	return DP_DROP_NONE;
}

/* RFC 6040 4.2. */
static enum dp_drop_reason merge_ecn(uint8_t outer_tos, struct rte_ipv4_hdr *in)
{
	uint8_t outer = outer_tos & ECN_MASK, inner = in->type_of_service & ECN_MASK;
	uint16_t before, after;

	if (outer == inner || inner == ECN_CE)
		return DP_DROP_NONE;
	if (inner == ECN_NOT)
		return outer == ECN_CE ? DP_DROP_ESP_IN_ECN : DP_DROP_NONE;
	if (outer != ECN_CE && !(outer == ECN_ECT1 && inner == ECN_ECT0))
		return DP_DROP_NONE;
	memcpy(&before, in, 2);
	in->type_of_service = (uint8_t)((in->type_of_service & ~ECN_MASK) | outer);
	memcpy(&after, in, 2);
	in->hdr_checksum = ipv4_checksum_update(in->hdr_checksum, before, after);
	return DP_DROP_NONE;
}

enum dp_drop_reason esp_in_strip(const struct esp_form *f, bool address_check, struct esp_buf *b,
				 struct esp_in_result *out)
{
	const struct rte_ipv4_hdr *outer = (const struct rte_ipv4_hdr *)b->data;
	uint32_t front = ipv4_ihl(outer) + ESP_HDR_LEN + f->iv_len;
	struct text t = {b->data + front, b->len - front - f->icv_len};
	struct rte_ipv4_hdr *inner;
	enum dp_drop_reason why;
	uint8_t next;

	why = take_trailer(&t, &next);
	if (why == DP_DROP_NONE)
		why = take_shim(f, &t, next, out);
	if (why == DP_DROP_NONE)
		why = check_inner(&t);
	if (why != DP_DROP_NONE)
		return why;
	inner = (struct rte_ipv4_hdr *)t.p;
	if (address_check && memcmp(&inner->src_addr, &outer->src_addr, 8) != 0)
		return DP_DROP_ESP_IN_ADDRESS;
	why = merge_ecn(outer->type_of_service, inner);
	if (why != DP_DROP_NONE)
		return why;
	front = (uint32_t)(t.p - b->data);
	b->head += front;
	b->tail += b->len - front - t.len;
	b->data = t.p;
	b->len = t.len;
	return DP_DROP_NONE;
}
