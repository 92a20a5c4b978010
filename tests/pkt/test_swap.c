/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thousands of new roots while packets flow: a worker on an lcore of its own encrypts without
 * pause while policy, keys, clock, routes and ports are replaced under it. Freed roots are
 * overwritten, freed keys wiped, so a worker that held on to one would crash or send what its
 * receiver refuses. Every packet sent comes out once, right, and under an IV of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_launch.h>

#include "base/buf.h"
#include "dataplane/esp.h"
#include "dataplane/sad.h"
#include "dataplane/spd.h"
#include "world.h"

#define SWAPS   10000
#define LAN     0
#define WAN     1
#define HOST    0xc0a80d02u
#define FAR     0xc0a80e02u
#define GATEWAY 0x0a010d01u
#define KEYS    8
#define BATCH   16
#define LEN     200u
#define FLIGHT  512 /* packets under way at most */

static struct world w;
static struct secret *key[KEYS];
static struct bulk *bulk;
static struct bulk_key *open_key[KEYS];
static struct rte_ring *to_lan, *from_wan;

/* Last IV seen under each key: one worker, one queue, so they only ever grow. */
static uint64_t last_iv[KEYS];
static uint64_t sent, received, clear, missing_tek;

static uint32_t spi_of(unsigned int k)
{
	return 0x1000 + k;
}

/* ---- receiving ----------------------------------------------------------------------------- */

static void check_esp(struct rte_mbuf *m)
{
	uint8_t *esp = rte_pktmbuf_mtod_offset(m, uint8_t *, 14 + 20);
	uint32_t spi = get_be32(esp);
	uint64_t iv = get_be64(esp + 8);
	unsigned int k = spi - spi_of(0);
	struct bulk_op op = {.esp = esp};
	struct esp_form f;

	assert_true(k < KEYS);
	assert_true(iv > last_iv[k]);
	last_iv[k] = iv;
	esp_form_init(&f, suite_get(SUITE_GCM128), spi, 0);
	op.key = open_key[k];
	op.text_len = (uint32_t)esp_in_text_len(&f, 20, m->pkt_len - 14u);
	bulk_open(bulk, &op, 1);
	assert_true(op.ok);
	received++;
}

static void receive(void)
{
	struct rte_mbuf *m[32];
	unsigned int n;

	while ((n = rte_ring_dequeue_burst(from_wan, (void **)m, 32, NULL)) > 0) {
		for (unsigned int i = 0; i < n; i++) {
			const struct rte_ipv4_hdr *ip =
				rte_pktmbuf_mtod_offset(m[i], const void *, 14);

			if (ip->next_proto_id == IPPROTO_ESP)
				check_esp(m[i]);
			else
				clear++;
		}
		rte_pktmbuf_free_bulk(m, n);
	}
}

static uint64_t dropped(void)
{
	struct dp_drop_stat d;
	uint64_t n = 0;

	for (unsigned int i = 0; i < dp_drop_count(); i++)
		if (dp_drop_stat(&w.dp, i, &d) == 0)
			n += d.packets;
	return n;
}

static uint64_t in_flight(void)
{
	return sent - received - clear - dropped();
}

static void send_batch(void)
{
	struct rte_mbuf *m[BATCH];

	if (in_flight() > FLIGHT)
		return;
	for (unsigned int i = 0; i < BATCH; i++)
		m[i] = world_udp(&w, LAN, HOST, FAR, LEN);
	assert_int_equal(rte_ring_enqueue_bulk(to_lan, (void **)m, BATCH, NULL), BATCH);
	sent += BATCH;
}

/* ---- what changes -------------------------------------------------------------------------- */

static struct dp_ace_spec line(bool permit, uint32_t src, uint8_t len)
{
	return (struct dp_ace_spec){.ace = {.permit = permit,
					    .src = {addr_v4(src), len},
					    .dst = {addr_v4(0), 0},
					    .sport = {0, UINT16_MAX},
					    .dport = {0, UINT16_MAX}}};
}

/* Key k sends; every fourth policy lets the host's packets pass in clear, every eighth round has
 * no TEK at all. */
static void set_policy(unsigned int i)
{
	unsigned int k = i / 3 % KEYS;
	struct dp_tek_spec teks[2];
	struct dp_ace_spec aces[2] = {line(false, i % 4 == 0 ? HOST : FAR, 32), line(true, 0, 0)};
	const uint32_t sid = 7;
	struct dp_group_spec g = {.gate = DP_POLICY,
				  .aces = aces,
				  .n_aces = 2,
				  .teks = teks,
				  .n_teks = i % 8 == 7 ? 0 : 2,
				  .sid_bits = 24,
				  .sids = &sid,
				  .n_sids = 1,
				  .address_check = true};

	for (unsigned int j = 0; j < 2; j++)
		teks[j] = (struct dp_tek_spec){.spi = spi_of((k + j) % KEYS),
					       .suite = SUITE_GCM128,
					       .key = key[(k + j) % KEYS],
					       .expire_ns =
						       loop_now_ns(w.loop) + 3600 * LOOP_NS_PER_S,
					       .life_s = 3600};
	assert_int_equal(dp_group_set(&w.dp, "wan", &g, NULL), 0);
}

static void change(unsigned int i)
{
	switch (i % 5) {
	case 0:
		assert_int_equal(dp_clock_set(&w.dp, "wan", i, NULL), 0);
		break;
	case 1:
		world_forward(&w);
		break;
	case 2:
		assert_int_equal(dp_root_set_port(&w.dp, WAN, &w.dp.root->port[WAN]), 0);
		break;
	default:
		set_policy(i);
	}
}

/* ---- the test ------------------------------------------------------------------------------ */

static void wait_for_all(void)
{
	uint64_t end = loop_now_ns(w.loop) + 10 * LOOP_NS_PER_S;

	while (in_flight() > 0 && loop_now_ns(w.loop) < end) {
		receive();
		rte_pause();
	}
	assert_int_equal(in_flight(), 0);
	while (!dp_retire_poll(&w.dp.retire) && loop_now_ns(w.loop) < end)
		rte_pause();
	assert_int_equal(w.dp.retire.n, 0);
}

static void test_swaps(void **state)
{
	struct dp_worker *k = w.dp.worker[0];
	uint64_t before = w.dp.retire.total;
	struct dp_drop_stat none;

	k->idle_sleep_us = 50;
	assert_int_equal(rte_eal_remote_launch(dp_worker_main, k, 1), 0);
	for (unsigned int i = 0; i < SWAPS; i++) {
		send_batch();
		change(i);
		receive();
	}
	wait_for_all();
	__atomic_store_n(&k->stop, true, __ATOMIC_RELEASE);
	rte_eal_wait_lcore(1);
	assert_int_equal(dp_drop_stat(&w.dp, DP_DROP_SA_OUT_NONE, &none), 0);
	missing_tek = none.packets;
	assert_int_equal(dropped(), missing_tek);
	assert_true(w.dp.retire.total - before >= SWAPS);
	print_message("%u roots, %lu packets: %lu encrypted, %lu in clear, %lu without a TEK\n",
		      SWAPS, sent, received, clear, missing_tek);
	assert_true(received > sent / 8);
}

static void make_ports(void)
{
	struct rte_ring *r[4];
	int lan, wan;

	for (unsigned int i = 0; i < 4; i++) {
		char name[16];

		snprintf(name, sizeof(name), "link%u", i);
		r[i] = rte_ring_create(name, 4096, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
		gv_assert(r[i] != NULL);
	}
	lan = rte_eth_from_rings("lan", &r[0], 1, &r[1], 1, 0);
	wan = rte_eth_from_rings("wan", &r[2], 1, &r[3], 1, 0);
	gv_assert(lan >= 0 && wan >= 0);
	world_ethdev_start((uint16_t)lan, w.pool);
	world_ethdev_start((uint16_t)wan, w.pool);
	world_port(&w, "lan", (uint16_t)lan, 1500);
	world_port(&w, "wan", (uint16_t)wan, 1500);
	to_lan = r[0];
	from_wan = r[3];
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_swaps)};
	const struct rte_ether_addr core = {{2, 0xbb}};
	int failed;

	world_eal(argv[0], NULL, 0);
	world_init(&w, 1, 0);
	make_ports();
	world_route(&w, 0, 0, WAN, GATEWAY);
	world_neighbour(&w, WAN, GATEWAY, &core);
	world_forward(&w);
	gv_assert(bulk_new(&bulk, BULK_OSSL, NULL) == 0);
	for (unsigned int i = 0; i < KEYS; i++) {
		uint8_t k[20] = {(uint8_t)(i + 1)};

		key[i] = secret_new(k, sizeof(k));
		gv_assert(bulk_key_new(&open_key[i], bulk, SUITE_GCM128, k, NULL) == 0);
	}
	set_policy(0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_fini(&w);
	for (unsigned int i = 0; i < KEYS; i++) {
		secret_unref(key[i]);
		bulk_key_free(open_key[i]);
	}
	bulk_free(bulk);
	return failed;
}
