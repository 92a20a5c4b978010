/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ESP as arithmetic: the packets of docs/protocol.md octet by octet, sizes for every suite,
 * header preservation, and every refusal of a received packet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/bulk.h"
#include "dataplane/esp.h"
#include "dataplane/ipv4.h"
#include "hex.h"

#define HEADROOM 128
#define ROOM     2048
#define SPI      0xbb7aa559u
#define TOS      1
#define TTL      8
#define CHECKSUM 10

struct room {
	uint8_t mem[ROOM];
	struct esp_buf b;
};

static void room_put(struct room *r, const uint8_t *p, uint32_t len)
{
	memset(r->mem, 0xee, sizeof(r->mem));
	memcpy(r->mem + HEADROOM, p, len);
	r->b = (struct esp_buf){r->mem + HEADROOM, len, HEADROOM, ROOM - HEADROOM - len};
}

static void set_checksum(uint8_t *ip)
{
	uint16_t c;

	memset(ip + CHECKSUM, 0, 2);
	c = (uint16_t)~ipv4_fold(ipv4_sum20(ip));
	memcpy(ip + CHECKSUM, &c, 2);
}

static uint32_t make_inner(uint8_t *p, uint32_t len)
{
	static const uint8_t head[20] = {0x45, 0, 0,  0, 0x12, 0x34, 0,  0, 63, 17,
					 0,    0, 10, 1, 0,    5,    10, 2, 0,  9};

	for (uint32_t i = 0; i < len; i++)
		p[i] = (uint8_t)i;
	memcpy(p, head, sizeof(head));
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;
	set_checksum(p);
	return len;
}

/* ---- known packets ------------------------------------------------------------------------ */

static const char inner_text[] = "45b8002712344000401113ca0a0100050a020009123456780013000047455456"
				 "504e2074657374";
static const char plain_text[] = "45b8006000014000403225a30a0100050a020009bb7aa5590000000100000700"
				 "00000001a94645d9ed05eef4fb044fd8da4a6c97adb12a837500bf1b14412f19"
				 "2903b4914ef0bf52f7f88358fad00493c35d1d55d4ca2a1483eeb3cb9481e54c";
static const char shim_text[] = "45b8006c00014000403225970a0100050a020009bb7aa5590000000200000700"
				"00000002a9d4dd2c9e2fd2fcc95c0ce25b730703b6d8d2ccfc676685328e6700"
				"b27525ea7f3c9e78a62a824747b433b107ae7837fc924f5efc882120725ab760"
				"e83c63d94d195cf04cbaefed";

static void known_packet(const char *want_text, uint32_t seq, uint8_t shim)
{
	static const uint8_t key[20] = {0,  1,  2,  3,  4,  5,  6,    7,    8,    9,
					10, 11, 12, 13, 14, 15, 0xca, 0xfe, 0xba, 0xbe};
	uint8_t inner[64], want[128], iv[8] = {0, 0, 7, 0, 0, 0, 0, (uint8_t)seq};
	uint32_t inner_len = (uint32_t)hex_read(inner, sizeof(inner), inner_text);
	size_t want_len = hex_read(want, sizeof(want), want_text);
	struct esp_in_result res = {0};
	struct esp_form f;
	struct bulk *b;
	struct bulk_key *k;
	struct bulk_op op;
	struct room r;

	assert_int_equal(bulk_new(&b, BULK_IMB, NULL), 0);
	assert_int_equal(bulk_key_new(&k, b, SUITE_GCM128, key, NULL), 0);
	esp_form_init(&f, suite_get(SUITE_GCM128), SPI, shim);
	room_put(&r, inner, inner_len);
	assert_int_equal(
		esp_out_build(
			&f,
			&(struct esp_stamp){.iv = iv, .ticks = 361173521, .seq = seq, .ip_id = 1},
			&r.b),
		DP_DROP_NONE);
	op = (struct bulk_op){.key = k,
			      .esp = r.b.data + 20,
			      .text_len = (uint32_t)esp_in_text_len(&f, 20, r.b.len)};
	bulk_seal(b, &op, 1);
	assert_int_equal(r.b.len, want_len);
	assert_memory_equal(r.b.data, want, want_len);

	bulk_open(b, &op, 1);
	assert_true(op.ok);
	assert_int_equal(esp_in_strip(&f, true, &r.b, &res), DP_DROP_NONE);
	assert_int_equal(r.b.len, inner_len);
	assert_memory_equal(r.b.data, inner, inner_len);
	assert_int_equal(res.ticks, shim != 0 ? 361173521 : 0);
	assert_ptr_equal(r.b.data, r.mem + HEADROOM);
	assert_int_equal(r.b.head + r.b.len + r.b.tail, ROOM);
	bulk_key_free(k);
	bulk_free(b);
}

static void test_known_packets(void **state)
{
	known_packet(plain_text, 1, 0);
	known_packet(shim_text, 2, 99);
}

/* ---- sizes -------------------------------------------------------------------------------- */

static void test_sizes(void **state)
{
	static const struct {
		enum suite_id suite;
		uint32_t inner, outer;
	} rows[] = {
		{SUITE_3DES_SHA1, 40, 96},      {SUITE_3DES_SHA1, 64, 120},
		{SUITE_3DES_SHA1, 1400, 1456},  {SUITE_AES128_SHA1, 40, 104},
		{SUITE_AES128_SHA1, 576, 648},  {SUITE_AES128_SHA256, 100, 172},
		{SUITE_AES256_SHA256, 64, 140}, {SUITE_GCM128, 40, 96},
		{SUITE_GCM256, 100, 156},       {SUITE_GCM128, 1400, 1456},
	};
	static const struct {
		enum suite_id suite;
		uint32_t plain, shim;
	} max[] = {
		{SUITE_3DES_SHA1, 1446, 1434},     {SUITE_AES128_SHA1, 1438, 1426},
		{SUITE_AES256_SHA256, 1438, 1426}, {SUITE_NULL_SHA1, 1458, 1446},
		{SUITE_NULL_SHA256, 1454, 1442},   {SUITE_GCM128, 1446, 1434},
	};
	struct esp_form f;

	for (unsigned int i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		esp_form_init(&f, suite_get(rows[i].suite), SPI, 0);
		assert_int_equal(esp_outer_len(&f, rows[i].inner), rows[i].outer);
	}
	for (unsigned int i = 0; i < GV_ARRAY_SIZE(max); i++) {
		esp_form_init(&f, suite_get(max[i].suite), SPI, 0);
		assert_int_equal(esp_inner_max(&f, 1500), max[i].plain);
		assert_true(esp_outer_len(&f, max[i].plain) <= 1500);
		assert_true(esp_outer_len(&f, max[i].plain + 1) > 1500);
		esp_form_init(&f, suite_get(max[i].suite), SPI, 99);
		assert_int_equal(esp_inner_max(&f, 1500), max[i].shim);
		assert_true(esp_outer_len(&f, max[i].shim + 1) > 1500);
	}
	assert_int_equal(esp_inner_max(&f, 20), 0);
}

/* Every suite, with and without time stamp, every length: what was built comes back, and nothing
 * outside the announced room is touched. */
static void test_round_trip(void **state)
{
	static const uint8_t iv[16] = {1};
	uint8_t inner[1501];

	for (unsigned int id = SUITE_NONE + 1; id < SUITE_COUNT; id++)
		for (uint32_t len = 20; len <= 1500; len += len < 90 ? 1 : 47) {
			uint8_t shim = len & 1 ? 99 : 0;
			struct esp_in_result res = {0};
			struct esp_form f;
			struct room r;
			uint32_t end;

			esp_form_init(&f, suite_get(id), SPI, shim);
			room_put(&r, inner, make_inner(inner, len));
			end = HEADROOM + len + esp_outer_len(&f, len) - len - f.head_len -
			      f.shim_len;
			assert_int_equal(
				esp_out_build(&f,
					      &(struct esp_stamp){.iv = iv, .ticks = len, .seq = 9},
					      &r.b),
				DP_DROP_NONE);
			assert_int_equal(r.b.len, esp_outer_len(&f, len));
			assert_int_equal(r.mem[r.b.head - 1], 0xee);
			assert_int_equal(r.mem[end], 0xee);
			assert_true(esp_in_text_len(&f, 20, r.b.len) > 0);
			assert_int_equal(esp_in_strip(&f, true, &r.b, &res), DP_DROP_NONE);
			assert_int_equal(r.b.len, len);
			assert_memory_equal(r.b.data, inner, len);
			assert_int_equal(res.ticks, shim != 0 ? len : 0);
		}
}

static void test_room(void **state)
{
	static const uint8_t iv[16];
	struct esp_stamp st = {.iv = iv};
	uint8_t inner[100];
	struct esp_form f;
	struct room r;

	esp_form_init(&f, suite_get(SUITE_GCM128), SPI, 99);
	room_put(&r, inner, make_inner(inner, 100));
	r.b.head = 20 + 16 + 12 - 1;
	assert_int_equal(esp_out_build(&f, &st, &r.b), DP_DROP_ESP_OUT_ROOM);
	r.b.head++;
	r.b.tail = 2 + 2 + 16 - 1; /* 12 + 100 + 2 is 2 short of a multiple of 4 */
	assert_int_equal(esp_out_build(&f, &st, &r.b), DP_DROP_ESP_OUT_ROOM);
	r.b.tail++;
	assert_int_equal(esp_out_build(&f, &st, &r.b), DP_DROP_NONE);
	r.b.len = 65500;
	assert_int_equal(esp_out_build(&f, &st, &r.b), DP_DROP_ESP_OUT_TOO_BIG);
}

/* ---- header preservation ------------------------------------------------------------------ */

static const struct rte_ipv4_hdr *outer_of(struct room *r, uint8_t *inner, uint32_t len)
{
	static const uint8_t iv[16];
	struct esp_form f;

	set_checksum(inner);
	esp_form_init(&f, suite_get(SUITE_GCM128), SPI, 0);
	room_put(r, inner, len);
	assert_int_equal(esp_out_build(&f, &(struct esp_stamp){.iv = iv, .ip_id = 0xabcd}, &r->b),
			 DP_DROP_NONE);
	return (const struct rte_ipv4_hdr *)r->b.data;
}

static void test_outer_header(void **state)
{
	const struct rte_ipv4_hdr *o;
	uint8_t inner[64];
	struct room r;

	make_inner(inner, 64);
	inner[TOS] = 0xbb; /* EF with CE */
	inner[6] = 0x40;   /* DF */
	inner[TTL] = 7;
	o = outer_of(&r, inner, 64);
	assert_int_equal(o->version_ihl, 0x45);
	assert_int_equal(o->type_of_service, 0xbb);
	assert_int_equal(o->fragment_offset, IPV4_DF);
	assert_int_equal(o->time_to_live, 7);
	assert_int_equal(o->next_proto_id, 50);
	assert_int_equal(o->packet_id, RTE_BE16(0xabcd));
	assert_memory_equal(&o->src_addr, inner + 12, 8);
	assert_true(ipv4_checksum_ok(o, 20));
	/* A fragment inside: MF and offset are its own, the outer packet is whole. */
	inner[6] = 0x20;
	inner[7] = 0x10;
	o = outer_of(&r, inner, 64);
	assert_int_equal(o->fragment_offset, 0);
	/* Options stay inside. */
	make_inner(inner, 64);
	inner[0] = 0x46;
	memset(inner + 20, 1, 4);
	o = outer_of(&r, inner, 64);
	assert_int_equal(o->version_ihl, 0x45);
}

/* ---- refusals ----------------------------------------------------------------------------- */

/* Builds a packet of NULL encryption whose text can be spoiled. */
static uint8_t *plain_esp(struct room *r, struct esp_form *f, uint8_t shim, uint32_t len)
{
	static const uint8_t iv[16];
	uint8_t inner[1500];

	esp_form_init(f, suite_get(SUITE_NULL_SHA1), SPI, shim);
	room_put(r, inner, make_inner(inner, len));
	assert_int_equal(esp_out_build(f, &(struct esp_stamp){.iv = iv, .ticks = 5}, &r->b),
			 DP_DROP_NONE);
	return r->b.data + 28;
}

static enum dp_drop_reason strip(struct room *r, const struct esp_form *f)
{
	struct esp_in_result res;

	return esp_in_strip(f, true, &r->b, &res);
}

static void test_lengths(void **state)
{
	struct esp_form f;

	esp_form_init(&f, suite_get(SUITE_AES128_SHA1), SPI, 0);
	assert_int_equal(esp_in_text_len(&f, 20, 0), -1);
	assert_int_equal(esp_in_text_len(&f, 20, 20 + 8 + 16 + 12), -1);
	assert_int_equal(esp_in_text_len(&f, 20, 20 + 8 + 16 + 12 + 15), -1);
	assert_int_equal(esp_in_text_len(&f, 20, 20 + 8 + 16 + 12 + 16), 16);
	assert_int_equal(esp_in_text_len(&f, 24, 24 + 8 + 16 + 12 + 32), 32);
}

/* One octet at `at` from the start of the text, or from its end when negative. */
static void refuse(uint8_t shim, int at, uint8_t value, enum dp_drop_reason want)
{
	struct esp_form f;
	struct room r;
	uint8_t *text = plain_esp(&r, &f, shim, 65);
	int text_len = (int)r.b.len - 28 - f.icv_len;

	text[at < 0 ? text_len + at : at] = value;
	assert_int_equal(strip(&r, &f), want);
}

static void test_refusals(void **state)
{
	refuse(0, -1, 59, DP_DROP_ESP_IN_DUMMY);
	refuse(99, -1, 59, DP_DROP_ESP_IN_DUMMY);
	refuse(0, -1, 41, DP_DROP_ESP_IN_NEXT_HEADER);
	refuse(0, -1, 99, DP_DROP_TBAR_UNEXPECTED);
	refuse(99, -1, 4, DP_DROP_TBAR_MISSING);
	refuse(99, -1, 98, DP_DROP_ESP_IN_NEXT_HEADER);
	refuse(99, 0, 41, DP_DROP_ESP_IN_NEXT_HEADER);
	refuse(99, 0, 17, DP_DROP_TBAR_HEADER);
	refuse(99, 1, 4, DP_DROP_TBAR_HEADER);
	refuse(99, 2, 2, DP_DROP_TBAR_HEADER);
	refuse(99, 3, 2, DP_DROP_TBAR_HEADER);
	refuse(0, -2, 255, DP_DROP_ESP_IN_PAD);
	refuse(0, -3, 9, DP_DROP_ESP_IN_PAD); /* 65 + 2 leaves one octet of padding */
	refuse(0, 0, 0x65, DP_DROP_ESP_IN_INNER);
	refuse(0, 0, 0x44, DP_DROP_ESP_IN_INNER);
	refuse(0, 3, 66, DP_DROP_ESP_IN_INNER);
	refuse(0, 3, 19, DP_DROP_ESP_IN_INNER);
	refuse(0, TTL, 62, DP_DROP_ESP_IN_INNER); /* checksum */
}

static void test_address_check(void **state)
{
	struct esp_in_result res;
	struct esp_form f;
	struct room r;

	plain_esp(&r, &f, 0, 65);
	r.b.data[19] ^= 1;
	assert_int_equal(strip(&r, &f), DP_DROP_ESP_IN_ADDRESS);
	assert_int_equal(esp_in_strip(&f, false, &r.b, &res), DP_DROP_NONE);
}

/* Traffic flow padding between the inner packet and the pad. */
static void test_flow_padding(void **state)
{
	struct esp_form f;
	struct room r;
	uint8_t *text = plain_esp(&r, &f, 0, 65);

	text[3] = 60;
	set_checksum(text);
	assert_int_equal(strip(&r, &f), DP_DROP_NONE);
	assert_int_equal(r.b.len, 60);
}

static void test_outer_options(void **state)
{
	struct esp_form f;
	struct room r;

	plain_esp(&r, &f, 0, 65);
	memmove(r.b.data - 4, r.b.data, 20);
	r.b.data -= 4;
	r.b.head -= 4;
	r.b.len += 4;
	r.b.data[0] = 0x46;
	assert_int_equal(strip(&r, &f), DP_DROP_NONE);
	assert_int_equal(r.b.len, 65);
}

/* RFC 6040 figure 4; -1: dropped. */
static void test_ecn(void **state)
{
	static const int8_t want[4][4] = {
		/* inner: rows Not-ECT, ECT(1), ECT(0), CE; columns outer 0..3 */
		{0, 0, 0, -1},
		{1, 1, 1, 3},
		{2, 1, 2, 3},
		{3, 3, 3, 3}};

	for (uint8_t in = 0; in < 4; in++)
		for (uint8_t out = 0; out < 4; out++) {
			struct esp_form f;
			struct room r;
			uint8_t *text = plain_esp(&r, &f, 0, 65);

			text[TOS] = (uint8_t)(0xb8 | in);
			set_checksum(text);
			r.b.data[TOS] = (uint8_t)(0xb8 | out);
			if (want[in][out] < 0) {
				assert_int_equal(strip(&r, &f), DP_DROP_ESP_IN_ECN);
				continue;
			}
			assert_int_equal(strip(&r, &f), DP_DROP_NONE);
			assert_int_equal(r.b.data[TOS], 0xb8 | want[in][out]);
			assert_true(ipv4_checksum_ok((void *)r.b.data, 20));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_packets), cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_room),
		cmocka_unit_test(test_outer_header),  cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_refusals),      cmocka_unit_test(test_address_check),
		cmocka_unit_test(test_flow_padding),  cmocka_unit_test(test_outer_options),
		cmocka_unit_test(test_ecn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
