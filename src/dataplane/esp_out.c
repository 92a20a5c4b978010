/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Building an ESP packet around an inner one. Header preservation: the outer header has the
 * inner one's addresses, ToS with its ECN bits, DF and TTL (already decremented by forwarding);
 * identification is the sender's own, options stay inside.
 */
#include <netinet/in.h>
#include <string.h>

#include "dataplane/esp.h"
#include "dataplane/ipv4.h"
#include "tbar/tbar.h"

void esp_form_init(struct esp_form *f, const struct suite *s, uint32_t spi, uint8_t shim_proto)
{
	*f = (struct esp_form){
		.spi_be = rte_cpu_to_be_32(spi),
		.iv_len = s->iv_len,
		.icv_len = s->icv_len,
		.align_mask = (uint8_t)(s->block_len - 1),
		.shim_len = shim_proto != 0 ? TBAR_HDR_LEN : 0,
		.next_hdr = shim_proto != 0 ? shim_proto : IPPROTO_IPIP,
		.head_len = (uint8_t)(ESP_OUTER_LEN + ESP_HDR_LEN + s->iv_len),
	};
}

/* RFC 4303 2.4: 1, 2, 3, ... Writes up to eight octets more than pad; what follows is the trailer
 * and the ICV, at least fourteen octets, written later. */
static void write_pad(uint8_t *p, uint32_t pad, uint8_t next_hdr)
{
	static const uint8_t count[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

	memcpy(p, count, 8);
	if (pad > 8)
		memcpy(p + 8, count + 8, 8);
	p[pad] = (uint8_t)pad;
	p[pad + 1] = next_hdr;
}

_Static_assert(RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN, "header words below, and ipsec-mb itself");

static uint32_t word(const uint8_t *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

static void put_words(uint8_t *p, uint32_t first, uint32_t second)
{
	uint64_t both = first | (uint64_t)second << 32;

	memcpy(p, &both, sizeof(both));
}

/* Made in registers, two words a store: built field by field in memory, both the checksum and the
 * copy would have to wait for the stores. */
static void write_outer(uint8_t *o, const uint8_t *in, uint32_t len, uint16_t id)
{
	uint32_t w0 = word(in), w1 = word(in + 4), w2 = word(in + 8);
	uint32_t src = word(in + 12), dst = word(in + 16);

	w0 = RTE_IPV4_VHL_DEF | (w0 & 0xff00) /* ToS */ |
	     (uint32_t)rte_cpu_to_be_16((uint16_t)len) << 16;
	w1 = rte_cpu_to_be_16(id) | (w1 & (uint32_t)IPV4_DF << 16);
	w2 = (w2 & 0xff) /* TTL */ | IPPROTO_ESP << 8;
	w2 |= (uint32_t)(uint16_t)~ipv4_fold((uint64_t)w0 + w1 + w2 + src + dst) << 16;
	put_words(o, w0, w1);
	put_words(o + 8, w2, src);
	memcpy(o + 16, &dst, sizeof(dst));
}

/* Three fixed sizes are three stores; one of any size is a call. */
static void write_iv(uint8_t *p, const uint8_t *iv, uint32_t len)
{
	if (len == 8)
		memcpy(p, iv, 8);
	else if (len == 16)
		memcpy(p, iv, 16);
}

enum dp_drop_reason esp_out_build(const struct esp_form *f, const struct esp_stamp *st,
				  struct esp_buf *b)
{
	uint32_t total = esp_outer_len(f, b->len);
	uint32_t front = (uint32_t)f->head_len + f->shim_len;
	uint32_t back = total - front - b->len;
	uint8_t *p;

	if (total > UINT16_MAX)
		return DP_DROP_ESP_OUT_TOO_BIG;
	if (front > b->head || back > b->tail)
		return DP_DROP_ESP_OUT_ROOM;
	p = b->data - front;
	write_outer(p, b->data, total, st->ip_id);
	write_pad(b->data + b->len, back - ESP_TAIL_LEN - f->icv_len, f->next_hdr);
	b->data = p;
	b->len = total;
	b->head -= front;
	b->tail -= back;

	p += ESP_OUTER_LEN;
	memcpy(p, &f->spi_be, 4);
	memcpy(p + 4, &(uint32_t){rte_cpu_to_be_32(st->seq)}, 4);
	p += ESP_HDR_LEN;
	write_iv(p, st->iv, f->iv_len);
	if (f->shim_len != 0)
		tbar_hdr_write(p + f->iv_len, IPPROTO_IPIP, st->ticks);
	return DP_DROP_NONE;
}
