/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An ESP packet whose ICV was right, with whatever text its sender made of it. First octet: the
 * suite, its top bit a time stamp. What is accepted must be an IPv4 packet that lies inside the
 * buffer, and must come back the same when it is built again.
 */
#include <stdlib.h>
#include <string.h>

#include "dataplane/esp.h"
#include "dataplane/ipv4.h"
#include "fuzz.h"
#include "tbar/tbar.h"

#define FRONT 128
#define BACK  64

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void build_again(const struct esp_form *f, const struct esp_buf *inner, uint64_t ticks)
{
	static const uint8_t iv[16];
	uint8_t *room = malloc(FRONT + inner->len + BACK);
	struct esp_buf b = {room + FRONT, inner->len, FRONT, BACK};
	const struct esp_stamp st = {.iv = iv, .ticks = ticks};
	struct esp_in_result res = {0};

	require(room != NULL);
	memcpy(b.data, inner->data, inner->len);
	if (esp_out_build(f, &st, &b) == DP_DROP_NONE) {
		require(esp_in_text_len(f, ESP_OUTER_LEN, b.len) > 0);
		require(esp_in_strip(f, true, &b, &res) == DP_DROP_NONE);
		require(b.len == inner->len && memcmp(b.data, inner->data, b.len) == 0);
		require(f->shim_len == 0 || res.ticks == ticks);
	}
	free(room);
}

static void strip(const struct esp_form *f, uint8_t *p, uint32_t len, bool address_check)
{
	struct esp_buf b = {p, len, 0, 0};
	struct esp_in_result res = {0};
	const struct rte_ipv4_hdr *ip;

	if (esp_in_strip(f, address_check, &b, &res) != DP_DROP_NONE)
		return;
	require(b.data == p + b.head && b.head + b.len + b.tail == len);
	ip = (const struct rte_ipv4_hdr *)b.data;
	require(rte_be_to_cpu_16(ip->total_length) == b.len && ipv4_ihl(ip) <= b.len);
	build_again(f, &b, res.ticks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct esp_form f;
	uint32_t len, ihl;
	uint8_t *p;

	if (size < 1 + ESP_OUTER_LEN || size > UINT16_MAX)
		return 0;
	len = (uint32_t)size - 1;
	ihl = (data[1] & 0xfu) * 4;
	if (ihl < ESP_OUTER_LEN || ihl > len)
		return 0; /* l2 refuses it */
	esp_form_init(&f, suite_get(1 + (data[0] & 0x7f) % (SUITE_COUNT - 1)), 0x1000,
		      data[0] & 0x80 ? TBAR_NEXT_HDR : 0);
	if (esp_in_text_len(&f, ihl, len) < 0)
		return 0;
	p = malloc(len);
	require(p != NULL);
	memcpy(p, data + 1, len);
	strip(&f, p, len, data[0] & 1);
	free(p);
	return 0;
}
