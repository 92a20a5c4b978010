/* SPDX-License-Identifier: BSD-3-Clause */
/* The group clock of a member, the window and the time stamp header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "tbar/tbar.h"

#define MS 1000000ull
#define S  1000000000ull

static void pull_takes_half_the_round_trip(void **state)
{
	struct tbar_clock c = {0};

	(void)state;
	assert_int_equal(tbar_clock_pull(&c, 50 * S, 1000, 7, 80 * MS), TBAR_SYNC_FIRST);
	assert_int_equal(tbar_clock_ticks(&c, 50 * S), 1004);
	assert_int_equal(tbar_clock_ticks(&c, 51 * S), 1104);
	assert_int_equal(tbar_clock_pull(&c, 60 * S, 2004, 7, 0), TBAR_SYNC_BACK);
	assert_int_equal(tbar_clock_pull(&c, 61 * S, 9000, 7, 0), TBAR_SYNC_FORWARD);
	assert_int_equal(tbar_clock_pull(&c, 62 * S, 5, 8, 0), TBAR_SYNC_FIRST);
	assert_int_equal(tbar_clock_ticks(&c, 62 * S), 5);
}

static struct tbar_clock synced_at(uint64_t now_ns, uint64_t ticks)
{
	struct tbar_clock c = {0};

	tbar_clock_pull(&c, now_ns, ticks, 1, 0);
	return c;
}

static enum tbar_sync push(struct tbar_clock *c, uint64_t now_ns, uint64_t ticks, uint32_t epoch,
			   uint32_t max_age_s, uint64_t *age_ns)
{
	struct tbar_stamp m = {
		.ticks = ticks, .epoch = epoch, .max_age_s = max_age_s, .window_s = 4};

	return tbar_clock_push(c, now_ns, &m, age_ns);
}

static void push_ahead_is_believed_at_once(void **state)
{
	struct tbar_clock c = synced_at(100 * S, 10000);
	struct tbar_stamp no_window = {.ticks = 90000, .epoch = 1};
	uint64_t age;

	(void)state;
	assert_int_equal(push(&c, 101 * S, 10110, 1, 30, &age), TBAR_SYNC_FORWARD);
	assert_int_equal(tbar_clock_ticks(&c, 101 * S), 10110);
	assert_int_equal(age, 0);
	/* exactly half the window is still ordinary, one tick more is large */
	assert_int_equal(push(&c, 101 * S, 10310, 1, 30, &age), TBAR_SYNC_FORWARD);
	assert_int_equal(push(&c, 101 * S, 10511, 1, 30, &age), TBAR_SYNC_LARGE);
	assert_int_equal(tbar_clock_ticks(&c, 101 * S), 10511);
	/* without time based anti-replay nothing is large */
	assert_int_equal(tbar_clock_push(&c, 101 * S, &no_window, &age), TBAR_SYNC_FORWARD);
}

static void late_push_moves_back_by_drift_only(void **state)
{
	struct tbar_clock c = synced_at(1000 * S, 100000);
	uint64_t age, before;

	(void)state;
	/* 100 s after the last message clocks can be 20 ms apart; this one came 5 s late */
	before = (uint64_t)c.off_ns;
	assert_int_equal(push(&c, 1100 * S, 109500, 1, 60, &age), TBAR_SYNC_BACK);
	assert_int_equal(before - (uint64_t)c.off_ns, 20 * MS);
	assert_int_equal(age, 5 * S - 20 * MS);
	/* at once again: no time has passed, nothing moves */
	before = (uint64_t)c.off_ns;
	assert_int_equal(push(&c, 1100 * S, 109500, 1, 60, &age), TBAR_SYNC_BACK);
	assert_int_equal((uint64_t)c.off_ns, before);
}

static void smallest_of_four_latenesses_holds_the_clock(void **state)
{
	struct tbar_clock c = synced_at(0, 100000);
	uint64_t age, now = 0;
	int64_t off = c.off_ns;

	(void)state;
	/* one push without any delay, then late ones: the clock stays for three more */
	now += 10000 * S;
	push(&c, now, 100000 + now / TBAR_TICK_NS, 1, 60, &age);
	assert_int_equal(age, 0);
	for (int i = 0; i < 3; i++) {
		now += 10000 * S;
		push(&c, now, 100000 + (now - 10 * S) / TBAR_TICK_NS, 1, 60, &age);
		assert_int_equal(c.off_ns, off);
		assert_int_equal(age, 10 * S);
	}
	now += 10000 * S;
	push(&c, now, 100000 + (now - 10 * S) / TBAR_TICK_NS, 1, 60, &age);
	assert_int_equal(off - c.off_ns, 2 * S);
}

static void clocks_that_drift_stay_together(void **state)
{
	struct tbar_clock c = synced_at(0, 0);
	uint64_t age, ks_ticks = 0;

	(void)state;
	/* our oscillator runs 150 ppm fast, a sync every 300 s, delays from 1 to 9 ms */
	for (uint64_t i = 1; i < 2000; i++) {
		uint64_t real = i * 300 * S, ours = real + real / 1000000 * 150;
		uint64_t delay = (1 + i * 5 % 9) * MS;

		ks_ticks = real / TBAR_TICK_NS;
		push(&c, ours + delay, ks_ticks, 1, 30, &age);
		assert_in_range(tbar_clock_ticks(&c, ours + delay), ks_ticks, ks_ticks + 15);
	}
}

static void old_push_is_refused_whole(void **state)
{
	struct tbar_clock c = synced_at(1000 * S, 100000), before = c;
	uint64_t age;

	(void)state;
	assert_int_equal(push(&c, 1050 * S, 100000, 1, 50, &age), TBAR_SYNC_BACK);
	c = before;
	assert_int_equal(push(&c, 1050 * S + 1, 100000, 1, 50, &age), TBAR_SYNC_TOO_OLD);
	assert_memory_equal(&c, &before, sizeof(c));
	/* no limit named: 30 s */
	assert_int_equal(push(&c, 1031 * S, 100000, 1, 0, &age), TBAR_SYNC_TOO_OLD);
	/* another epoch is another clock */
	assert_int_equal(push(&c, 1031 * S, 5, 2, 0, &age), TBAR_SYNC_FIRST);
	assert_int_equal(tbar_clock_ticks(&c, 1031 * S), 5);
}

static void absurd_numbers_are_harmless(void **state)
{
	static const uint64_t ticks[] = {0, 1, UINT64_MAX, UINT64_MAX / 2, 1ull << 63, 1ull << 40};
	uint64_t age;

	(void)state;
	for (size_t i = 0; i < GV_ARRAY_SIZE(ticks); i++) {
		struct tbar_clock c = synced_at(5 * S, 77);

		for (size_t k = 0; k < GV_ARRAY_SIZE(ticks); k++)
			push(&c, 6 * S, ticks[(i + k) % GV_ARRAY_SIZE(ticks)], 1, 30, &age);
		tbar_clock_pull(&c, 7 * S, ticks[i], 1, 1 * S);
		assert_true(c.synced);
	}
}

static void window_holds_on_both_sides(void **state)
{
	static const unsigned int windows[] = {1, 2, 4, 19, 20, 100};

	(void)state;
	for (size_t i = 0; i < GV_ARRAY_SIZE(windows); i++) {
		uint64_t w = windows[i] * TBAR_TICKS_PER_S, now = 36117352;

		assert_true(tbar_accepts(now, now, w));
		assert_true(tbar_accepts(now - w, now, w));
		assert_false(tbar_accepts(now - w - 1, now, w));
		assert_true(tbar_accepts(now + w, now, w));
		assert_false(tbar_accepts(now + w + 1, now, w));
		/* round the end of the number range too */
		assert_true(tbar_accepts(UINT64_MAX - w + 1, 0, w));
		assert_false(tbar_accepts(UINT64_MAX - w, 0, w));
	}
}

static void header_as_documented(void **state)
{
	static const uint8_t vector[TBAR_HDR_LEN] = {0x04, 0x03, 0x01, 0x01, 0,    0,
						     0,    0,    0x15, 0x87, 0x12, 0x11};
	uint8_t out[TBAR_HDR_LEN], next;
	uint64_t ticks;

	(void)state;
	tbar_hdr_write(out, 4, 361173521);
	assert_memory_equal(out, vector, sizeof(out));
	assert_int_equal(tbar_hdr_read(vector, &next, &ticks), TBAR_HDR_OK);
	assert_int_equal(next, 4);
	assert_int_equal(ticks, 361173521);
}

static void header_deviations_are_told_apart(void **state)
{
	static const struct {
		unsigned int at;
		uint8_t value;
		enum tbar_hdr_status want;
	} cases[] = {
		{0, 41, TBAR_HDR_OK},         {0, 59, TBAR_HDR_BAD_NEXT},
		{0, 0, TBAR_HDR_BAD_NEXT},    {1, 2, TBAR_HDR_BAD_LEN},
		{1, 4, TBAR_HDR_BAD_LEN},     {2, 0, TBAR_HDR_BAD_VERSION},
		{2, 2, TBAR_HDR_BAD_VERSION}, {3, 2, TBAR_HDR_BAD_TYPE},
	};
	uint8_t h[TBAR_HDR_LEN], next;
	uint64_t ticks;

	(void)state;
	for (size_t i = 0; i < GV_ARRAY_SIZE(cases); i++) {
		tbar_hdr_write(h, 4, 12345);
		h[cases[i].at] = cases[i].value;
		assert_int_equal(tbar_hdr_read(h, &next, &ticks), cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pull_takes_half_the_round_trip),
		cmocka_unit_test(push_ahead_is_believed_at_once),
		cmocka_unit_test(late_push_moves_back_by_drift_only),
		cmocka_unit_test(smallest_of_four_latenesses_holds_the_clock),
		cmocka_unit_test(clocks_that_drift_stay_together),
		cmocka_unit_test(old_push_is_refused_whole),
		cmocka_unit_test(absurd_numbers_are_harmless),
		cmocka_unit_test(window_holds_on_both_sides),
		cmocka_unit_test(header_as_documented),
		cmocka_unit_test(header_deviations_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
