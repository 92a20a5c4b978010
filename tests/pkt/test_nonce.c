/* SPDX-License-Identifier: BSD-3-Clause */
/* No (key, IV) pair twice: the counter of a TEK outlives whatever control does with the key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/loop.h"
#include "dataplane/tek.h"
#include "world.h"

#define PORT   "Serial1/0"
#define SPI    0x8de16523u
#define LIFE_S 60u
#define USED   1000u

static struct world w;
static struct secret *key;

static uint64_t now_ns(void)
{
	return loop_now_ns(w.loop);
}

static void install(unsigned int n_teks, uint32_t spi)
{
	static const uint32_t sid = 7;
	static const struct dp_ace_spec all = {.ace = {.permit = true}};
	const struct dp_tek_spec tek = {
		.spi = spi,
		.suite = SUITE_GCM128,
		.key = key,
		.expire_ns = now_ns() + LIFE_S * LOOP_NS_PER_S,
		.life_s = LIFE_S,
	};
	const struct dp_group_spec g = {
		.gate = DP_POLICY,
		.aces = &all,
		.n_aces = 1,
		.teks = &tek,
		.n_teks = n_teks,
		.sid_bits = 24,
		.sids = &sid,
		.n_sids = 1,
	};
	struct err_text e;

	assert_int_equal(dp_group_set(&w.dp, PORT, &g, &e), 0);
	assert_true(dp_retire_poll(&w.dp.retire));
}

static struct dp_tek_slot *live_slot(void)
{
	for (struct dp_tek *t = w.dp.teks; t != NULL; t = t->next)
		if (t->spi == SPI && t->refs > 0)
			return &t->slot[0];
	fail_msg("the TEK is not installed");
	return NULL;
}

static void pass_s(unsigned int s)
{
	loop_advance(w.loop, s * LOOP_NS_PER_S);
}

static int set_up(void **state)
{
	world_init(&w, 1, LOOP_NS_PER_S);
	world_port(&w, PORT, 0, 1500);
	install(1, SPI);
	live_slot()->ssiv = live_slot()->seq = USED;
	return 0;
}

static int tear_down(void **state)
{
	world_fini(&w);
	return 0;
}

static void test_same_policy_again(void **state)
{
	install(1, SPI);
	assert_int_equal(live_slot()->ssiv, USED);
}

static void test_cleared_and_registered_again(void **state)
{
	install(0, 0);
	install(1, SPI);
	assert_int_equal(live_slot()->ssiv, USED);
	assert_int_equal(live_slot()->seq, USED);
}

/* A rekey that was late on its way brings a key once more that has just ended here. */
static void test_again_after_its_end(void **state)
{
	install(0, 0);
	pass_s(LIFE_S + 10);
	install(1, SPI);
	assert_int_equal(live_slot()->ssiv, USED);
}

static void test_forgotten_at_last(void **state)
{
	install(0, 0);
	pass_s(2 * 3600);
	assert_null(w.dp.teks);
}

static void test_other_key_starts_again(void **state)
{
	install(1, SPI + 1);
	for (struct dp_tek *t = w.dp.teks; t != NULL; t = t->next)
		assert_int_equal(t->slot[0].ssiv, t->spi == SPI ? USED : 0);
}

int main(int argc, char **argv)
{
	static const uint8_t octets[20] = {1, 2, 3};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same_policy_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cleared_and_registered_again, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_again_after_its_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_forgotten_at_last, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_key_starts_again, set_up, tear_down),
	};
	int failed;

	world_eal(argv[0], NULL, 0);
	key = secret_new(octets, sizeof(octets));
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	secret_unref(key);
	return failed;
}
