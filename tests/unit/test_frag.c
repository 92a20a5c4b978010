/* SPDX-License-Identifier: BSD-3-Clause */
/* Cutting IPv4 packets: sizes add up, pieces fit, options go where RFC 791 3.1 wants them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/err.h"
#include "dataplane/frag.h"

static const uint8_t plain[20] = {0x45};

static void test_sizes(void **state)
{
	struct frag_plan p;

	(void)state;
	/* 1500 octets into 1400: 1376 and 104 octets of payload. */
	assert_true(frag_plan(&p, plain, 1500, 1400));
	assert_int_equal(p.n, 2);
	assert_int_equal(p.first, 1376);
	assert_int_equal(p.payload, 1480);
	assert_int_equal(p.head_len, 20);
	/* Just too big: a piece of one octet. */
	assert_true(frag_plan(&p, plain, 1397, 1396));
	assert_int_equal(p.n, 2);
	assert_int_equal(p.payload - p.first, 1);
	/* It fits, or no piece could. */
	assert_false(frag_plan(&p, plain, 1400, 1400));
	assert_false(frag_plan(&p, plain, 1400, 27));
	assert_true(frag_plan(&p, plain, 1400, 28));
	assert_int_equal(p.first, 8);
}

/* Every size against every limit: pieces fit, are whole units but the last, and are all there. */
static void test_sums(void **state)
{
	(void)state;
	for (uint32_t total = 29; total < 2100; total += 3) {
		for (uint32_t limit = 28; limit < total; limit += 7) {
			struct frag_plan p;
			uint32_t off, n = 1;

			assert_true(frag_plan(&p, plain, total, limit));
			assert_true(20 + p.first <= limit && p.head_len + p.later <= limit);
			assert_int_equal(p.first % FRAG_UNIT, 0);
			assert_int_equal(p.later % FRAG_UNIT, 0);
			assert_true(p.first < p.payload);
			for (off = p.first; off < p.payload; off += p.later)
				n++;
			assert_int_equal(n, p.n);
		}
	}
}

static void test_options(void **state)
{
	/* NOP, strict source route (copied), record route (not copied), end. */
	const uint8_t hdr[36] = {0x49, 0, 0, 0,   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
				 0,    0, 1, 137, 3, 4, 7, 7, 4, 1, 1, 1, 1, 0, 0, 0, 0, 0};
	uint8_t out[FRAG_HEAD_MAX];
	struct frag_plan p;

	(void)state;
	assert_int_equal(frag_later_header(out, hdr, 36), 24);
	assert_int_equal(out[0], 0x46);
	assert_int_equal(out[20], 137);
	assert_int_equal(out[22], 4);
	assert_int_equal(out[23], 0);
	assert_true(frag_plan(&p, hdr, 1000, 500));
	assert_int_equal(p.first, 464); /* 500 - 36 */
	assert_int_equal(p.later, 472); /* 500 - 24, whole units */
	assert_int_equal(p.n, 3);
}

/* Lengths that lie end the copying and stay inside the header. */
static void test_bad_options(void **state)
{
	static const uint8_t bad[][4] = {
		{137, 0, 0, 0}, {137, 5, 0, 0}, {1, 1, 1, 137}, {137, 255, 0, 0}, {0, 137, 4, 0}};

	(void)state;
	for (size_t i = 0; i < GV_ARRAY_SIZE(bad); i++) {
		uint8_t hdr[24] = {0x46}, out[FRAG_HEAD_MAX];

		memcpy(hdr + 20, bad[i], 4);
		assert_int_equal(frag_later_header(out, hdr, 24), 20);
		assert_int_equal(out[0], 0x45);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_bad_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
