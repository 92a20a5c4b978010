/* SPDX-License-Identifier: BSD-3-Clause */
/* Sender-ID counters never overlap; unpredictable IVs do not repeat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/iv.h"

static const unsigned int widths[] = {8, 12, 16, 24, 32};

static bool overlap(const struct iv_sender *a, const struct iv_sender *b)
{
	return a->base + 1 <= b->base + b->max && b->base + 1 <= a->base + a->max;
}

/* The ranges base+1 .. base+max of all workers are disjoint and stay inside their sender ID. */
static void ranges_disjoint(unsigned int width, unsigned int workers, unsigned int n_sids)
{
	static const uint32_t sids[] = {7, 8, 200, 0};
	struct iv_sender s[4];

	for (unsigned int i = 0; i < workers; i++) {
		s[i] = iv_sender_make(i, workers, width, sids, n_sids);
		assert_true(s[i].max > 0);
		assert_int_equal((s[i].base + s[i].max) >> (64 - width), sids[i % n_sids]);
		for (unsigned int j = 0; j < i; j++)
			assert_false(overlap(&s[i], &s[j]));
	}
}

static void test_ranges_disjoint(void **state)
{
	for (unsigned int w = 0; w < GV_ARRAY_SIZE(widths); w++)
		for (unsigned int workers = 1; workers <= 4; workers++)
			for (unsigned int n = 1; n <= 4; n++)
				ranges_disjoint(widths[w], workers, n);
}

static void test_one_each_has_all(void **state)
{
	const uint32_t sids[] = {7, 9};
	struct iv_sender s = iv_sender_make(0, 2, 24, sids, 2);

	assert_int_equal(s.base, UINT64_C(7) << 40);
	assert_int_equal(s.max, (UINT64_C(1) << 40) - 1);
}

static void test_split(void **state)
{
	const uint32_t sids[] = {7};
	struct iv_sender s = iv_sender_make(2, 3, 24, sids, 1);

	assert_int_equal(s.base, UINT64_C(7) << 40 | UINT64_C(2) << 38);
	assert_int_equal(s.max, (UINT64_C(1) << 38) - 1);
}

static void test_no_sender(void **state)
{
	const uint32_t wide[] = {256};

	assert_int_equal(iv_sender_make(0, 1, 24, NULL, 0).max, 0);
	assert_int_equal(iv_sender_make(0, 1, 0, wide, 1).max, 0);
	assert_int_equal(iv_sender_make(0, 1, 8, wide, 1).max, 0);
}

static int cmp16(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

static void test_maker_unique(void **state)
{
	enum { N = 20000 };
	uint8_t(*iv)[16] = malloc(N * 16);
	struct iv_maker a, b;

	assert_non_null(iv);
	assert_int_equal(iv_maker_init(&a), 0);
	assert_int_equal(iv_maker_init(&b), 0);
	for (unsigned int i = 0; i < N; i++)
		memcpy(iv[i], iv_maker_next(i % 2 ? &a : &b), 16);
	qsort(iv, N, 16, cmp16);
	for (unsigned int i = 1; i < N; i++)
		assert_memory_not_equal(iv[i - 1], iv[i], 16);
	iv_maker_fini(&a);
	iv_maker_fini(&b);
	free(iv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges_disjoint), cmocka_unit_test(test_one_each_has_all),
		cmocka_unit_test(test_split),           cmocka_unit_test(test_no_sender),
		cmocka_unit_test(test_maker_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
