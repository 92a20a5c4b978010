/* SPDX-License-Identifier: BSD-3-Clause */
/* The time of a burst, from the time stamp counter and the anchor of its root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/dp_root.h"

#define TICKS_PER_NS 4

static const struct dp_timebase base = {
	.tsc0 = 1000000000, .ns0 = 7000000000, .mult = (UINT64_C(1) << 32) / TICKS_PER_NS};

static void test_forward(void **state)
{
	assert_int_equal(dp_time_ns(&base, base.tsc0), base.ns0);
	assert_int_equal(dp_time_ns(&base, base.tsc0 + 4000), base.ns0 + 1000);
}

/* A root published between the reading of the counter and the loading of the root. */
static void test_before_the_anchor(void **state)
{
	assert_int_equal(dp_time_ns(&base, base.tsc0 - 4), base.ns0 - 1);
	assert_int_equal(dp_time_ns(&base, base.tsc0 - 40000000), base.ns0 - 10000000);
}

/* Days without a new anchor do not overflow. */
static void test_far(void **state)
{
	const uint64_t day_ns = UINT64_C(86400000000000);

	assert_int_equal(dp_time_ns(&base, base.tsc0 + 400 * day_ns * TICKS_PER_NS),
			 base.ns0 + 400 * day_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_before_the_anchor),
		cmocka_unit_test(test_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
