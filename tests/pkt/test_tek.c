/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TEKs: which one sends, what is looked up, and the rule that no IV is ever used twice under a
 * key, whatever happens to the policy around it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/sad.h"
#include "dataplane/stats.h"
#include "dataplane/tek.h"
#include "world.h"

#define S       LOOP_NS_PER_S
#define START   (1000 * S)
#define LAN     0
#define WAN     1
#define HOST    0xc0a80d02u
#define FAR     0xc0a80e02u
#define GATEWAY 0x0a010d01u

static struct world w;
static struct secret *key[8];

static struct dp_tek_spec tek(uint32_t spi, unsigned int k, uint64_t expire_ns, uint32_t life_s)
{
	return (struct dp_tek_spec){.spi = spi,
				    .suite = SUITE_GCM128,
				    .key = key[k],
				    .expire_ns = expire_ns,
				    .life_s = life_s};
}

static const struct dp_ace_spec any = {.ace = {.permit = true,
					       .src = {.addr = {.family = ADDR_V4}},
					       .dst = {.addr = {.family = ADDR_V4}},
					       .sport = {0, UINT16_MAX},
					       .dport = {0, UINT16_MAX}}};

static int set(const struct dp_tek_spec *teks, unsigned int n, const uint32_t *sids,
	       unsigned int n_sids, struct err_text *e)
{
	const struct dp_group_spec g = {.gate = DP_POLICY,
					.aces = &any,
					.n_aces = 1,
					.teks = teks,
					.n_teks = n,
					.sid_bits = 24,
					.sids = sids,
					.n_sids = n_sids,
					.address_check = true};

	return dp_group_set(&w.dp, "wan", &g, e);
}

static void set_ok(const struct dp_tek_spec *teks, unsigned int n)
{
	const uint32_t sid = 7;

	assert_int_equal(set(teks, n, &sid, 1, NULL), 0);
}

static uint64_t read_be64(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* Sends one packet; its SPI and IV, or 0 when it was dropped. */
static uint32_t send_one(uint64_t now_ns, uint64_t *iv)
{
	struct rte_mbuf *m = world_udp(&w, LAN, HOST, FAR, 100);
	const uint8_t *esp;
	uint32_t spi;

	if (world_pass(&w, now_ns, LAN, WAN, &m, 1) == 0)
		return 0;
	esp = rte_pktmbuf_mtod_offset(m, const uint8_t *, 14 + 20);
	spi = (uint32_t)(read_be64(esp) >> 32);
	*iv = read_be64(esp + 8);
	rte_pktmbuf_free(m);
	return spi;
}

static void sends(uint64_t now_ns, uint32_t spi)
{
	uint64_t iv;

	assert_int_equal(send_one(now_ns, &iv), spi);
}

static int setup(void **state)
{
	set_ok(NULL, 0);
	loop_advance(w.loop, 3600 * S); /* whatever an earlier test left is over */
	dp_tek_sweep(&w.dp, UINT64_MAX);
	return 0;
}

/* ---- which one sends ---------------------------------------------------------------------- */

/* The oldest with more than A left: L 20: A 2.5 s, L 120: 15 s, L 3600: 30 s, L 8: 2 s. */
static void test_handover(void **state)
{
	static const struct {
		uint32_t life_s;
		uint64_t a_ms;
	} rows[] = {{8, 2000}, {20, 2500}, {120, 15000}, {900, 30000}, {3600, 30000}};

	for (unsigned int i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		uint64_t end = 10000 * S, at = end - rows[i].a_ms * LOOP_NS_PER_MS;
		struct dp_tek_spec t[] = {tek(0x1000, 0, end, rows[i].life_s),
					  tek(0x2000, 1, end + 5000 * S, rows[i].life_s)};

		set_ok(t, 2);
		sends(at - 1, 0x1000);
		sends(at, 0x2000);
		setup(NULL);
	}
}

static void test_no_successor(void **state)
{
	struct dp_tek_spec t = tek(0x1000, 0, 100 * S, 20);

	set_ok(&t, 1);
	sends(100 * S - 1, 0x1000);
	sends(100 * S, 0);
}

static void test_longest_when_none_has_enough(void **state)
{
	struct dp_tek_spec t[] = {tek(0x1000, 0, 100 * S, 20), tek(0x2000, 1, 102 * S, 20),
				  tek(0x3000, 2, 101 * S, 20)};

	set_ok(t, 3);
	sends(99 * S + S / 2, 0x2000);
	sends(99 * S, 0x2000);
	sends(97 * S, 0x1000);
	sends(98 * S, 0x2000);
}

static void test_activation(void **state)
{
	struct dp_tek_spec t[] = {tek(0x1000, 0, 1000 * S, 3600), tek(0x2000, 1, 2000 * S, 3600)};

	t[1].atd_ns = 500 * S;
	set_ok(t, 2);
	sends(500 * S - 1, 0x1000);
	sends(500 * S, 0x2000);
	t[1].direction = DP_DIR_RECEIVE_ONLY;
	set_ok(t, 2);
	sends(500 * S, 0x1000);
}

static void test_current_spi(void **state)
{
	struct dp_tek_spec t = tek(0x1000, 0, loop_now_ns(w.loop) + 20 * S, 20);

	set_ok(&t, 1);
	assert_int_equal(dp_current_spi(&w.dp, "wan", 0), 0x1000);
	assert_int_equal(dp_current_spi(&w.dp, "wan", 1), 0);
	assert_int_equal(dp_current_spi(&w.dp, "lan", 0), 0);
	loop_advance(w.loop, 20 * S);
	assert_int_equal(dp_current_spi(&w.dp, "wan", 0), 0);
}

/* ---- lookup -------------------------------------------------------------------------------- */

static void test_lookup(void **state)
{
	struct dp_tek_spec t[DP_TEKS_MAX];
	const struct dp_sad *d;

	srandom(3);
	for (unsigned int round = 0; round < 200; round++) {
		for (unsigned int i = 0; i < DP_TEKS_MAX; i++) {
			t[i] = tek(0x1000 + (uint32_t)random() % 0x7fff0000u, i % 8, 5000 * S, 60);
			t[i].sa = (uint8_t)(i % DP_SA_MAX);
		}
		set_ok(t, DP_TEKS_MAX);
		d = w.dp.root->port[WAN].group->sad;
		for (unsigned int i = 0; i < DP_TEKS_MAX; i++)
			assert_int_equal(dp_sad_lookup(d, rte_cpu_to_be_32(t[i].spi))->tek->spi,
					 t[i].spi);
		assert_null(dp_sad_lookup(d, rte_cpu_to_be_32(0x7fff7777)));
	}
}

/* ---- no IV twice --------------------------------------------------------------------------- */

static void iv_is(uint32_t sid, uint64_t count)
{
	uint64_t iv;

	assert_int_not_equal(send_one(START, &iv), 0);
	assert_int_equal(iv, (uint64_t)sid << 40 | count);
}

static void test_counter_lives_with_the_key(void **state)
{
	struct dp_tek_spec t[] = {tek(0x1000, 0, START + 100 * S, 3600),
				  tek(0x2000, 1, START + 900 * S, 3600)};
	const uint32_t sid = 7, other = 8;

	set_ok(t, 1);
	iv_is(7, 1);
	iv_is(7, 2);
	set_ok(t, 2); /* a rekey */
	iv_is(7, 3);
	t[0].expire_ns += 10 * S; /* another life */
	set_ok(t, 1);
	iv_is(7, 4);
	assert_int_equal(set(t, 1, &other, 1, NULL), 0); /* a new registration */
	iv_is(8, 5);
	assert_int_equal(set(t, 1, &sid, 1, NULL), 0);
	iv_is(7, 6);
	set_ok(NULL, 0); /* cleared, and the same TEK pushed again */
	assert_true(dp_retire_poll(&w.dp.retire));
	set_ok(t, 1);
	iv_is(7, 7);
	set_ok(NULL, 0);
	t[0].key = key[2]; /* a new key under the same SPI goes on counting: it may */
	set_ok(t, 1);
	iv_is(7, 8);
	set_ok(t + 1, 1); /* a new SPI starts at 1 */
	iv_is(7, 1);
}

static void test_same_spi_other_key(void **state)
{
	struct dp_tek_spec t = tek(0x1000, 0, START + 100 * S, 3600);
	uint64_t generation;
	struct err_text e;

	set_ok(&t, 1);
	iv_is(7, 1);
	generation = w.dp.root->generation;
	t.key = key[1];
	assert_int_equal(set(&t, 1, NULL, 0, &e), -EEXIST);
	assert_non_null(strstr(e.s, "0x00001000"));
	assert_int_equal(w.dp.root->generation, generation);
	iv_is(7, 2);
}

static void test_end_of_the_counter(void **state)
{
	struct dp_tek_spec t = tek(0x1000, 0, START + 100 * S, 3600);
	const uint64_t max = (UINT64_C(1) << 40) - 1;
	uint64_t iv;

	set_ok(&t, 1);
	w.dp.teks->slot[0].ssiv = max - 2;
	iv_is(7, max - 1);
	iv_is(7, max);
	assert_int_equal(send_one(START, &iv), 0);
	assert_int_equal(w.dp.worker[0]->ctr->drop[LAN][DP_DROP_SA_OUT_IV_END].packets, 1);
}

/* Sequence numbers wrap: receivers with a time stamp or none ignore them. */
static void test_sequence_wraps(void **state)
{
	struct dp_tek_spec t = tek(0x1000, 0, START + 100 * S, 3600);
	uint64_t iv;

	set_ok(&t, 1);
	w.dp.teks->slot[0].seq = UINT32_MAX;
	assert_int_equal(send_one(START, &iv), 0x1000);
	assert_int_equal(w.dp.teks->slot[0].seq, 0);
}

/* ---- what is given up ---------------------------------------------------------------------- */

static void test_key_is_given_up(void **state)
{
	struct dp_tek_spec t = tek(0x1000, 0, START + 100 * S, 3600);
	struct dp_sa_stats s;

	set_ok(&t, 1);
	assert_int_equal(key[0]->refs, 2);
	assert_int_equal(dp_sa_stats(&w.dp, 0x1000, &s), 0);
	set_ok(NULL, 0);
	assert_int_equal(key[0]->refs, 1);
	assert_null(w.dp.teks->bulk);
	assert_int_equal(dp_sa_stats(&w.dp, 0x1000, &s), -ENOENT);
	/* Its counters stay an hour longer than its life. */
	dp_tek_sweep(&w.dp, START + 100 * S + 3600 * S - 1);
	assert_non_null(w.dp.teks);
	dp_tek_sweep(&w.dp, START + 100 * S + 3600 * S);
	assert_null(w.dp.teks);
}

static void test_clear(void **state)
{
	struct dp_tek_spec t = tek(0x1000, 0, START + 100 * S, 3600);
	struct dp_ace_stats a;
	struct dp_sa_stats s;

	set_ok(&t, 1);
	for (unsigned int i = 0; i < 3; i++)
		sends(START, 0x1000);
	dp_counters_clear(&w.dp);
	sends(START, 0x1000);
	assert_int_equal(dp_sa_stats(&w.dp, 0x1000, &s), 0);
	assert_int_equal(s.encaps, 1);
	assert_int_equal(s.encaps_bytes, 100);
	assert_int_equal(s.seq_max, 4);
	assert_int_equal(dp_ace_stats(&w.dp, "wan", 0, &a), 0);
	assert_int_equal(a.sa.encaps, 1);
	assert_int_equal(dp_ace_stats(&w.dp, "wan", 1, &a), -ENOENT);
}

/* A worker reads the counter on another core than the one that anchored it. */
static void test_time(void **state)
{
	const struct dp_timebase t = {.tsc0 = 1000, .ns0 = 5000, .mult = UINT64_C(1) << 31};

	assert_int_equal(dp_time_ns(&t, 1000), 5000);
	assert_int_equal(dp_time_ns(&t, 1200), 5100);
	assert_int_equal(dp_time_ns(&t, 900), 4950);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_handover, setup),
		cmocka_unit_test_setup(test_no_successor, setup),
		cmocka_unit_test_setup(test_longest_when_none_has_enough, setup),
		cmocka_unit_test_setup(test_activation, setup),
		cmocka_unit_test_setup(test_current_spi, setup),
		cmocka_unit_test_setup(test_lookup, setup),
		cmocka_unit_test_setup(test_counter_lives_with_the_key, setup),
		cmocka_unit_test_setup(test_same_spi_other_key, setup),
		cmocka_unit_test_setup(test_end_of_the_counter, setup),
		cmocka_unit_test_setup(test_sequence_wraps, setup),
		cmocka_unit_test_setup(test_key_is_given_up, setup),
		cmocka_unit_test_setup(test_clear, setup),
		cmocka_unit_test(test_time),
	};
	const struct rte_ether_addr host = {{2, 0xaa}}, core = {{2, 0xbb}};
	int failed;

	world_eal(argv[0], NULL, 0);
	world_init(&w, 1, START);
	world_port(&w, "lan", 0, 1500);
	world_port(&w, "wan", 1, 1500);
	world_route(&w, HOST & 0xffffff00u, 24, LAN, 0);
	world_route(&w, 0, 0, WAN, GATEWAY);
	world_neighbour(&w, LAN, HOST, &host);
	world_neighbour(&w, WAN, GATEWAY, &core);
	world_forward(&w);
	for (unsigned int i = 0; i < GV_ARRAY_SIZE(key); i++) {
		uint8_t k[20] = {(uint8_t)(i + 1)};

		key[i] = secret_new(k, sizeof(k));
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_fini(&w);
	for (unsigned int i = 0; i < GV_ARRAY_SIZE(key); i++)
		secret_unref(key[i]);
	return failed;
}
