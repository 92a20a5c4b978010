/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two members through hundreds of rekeys on a clock moved by hand: each gets every new TEK at a
 * time of its own within the retransmission budget, the clocks of their time stamps differ, and
 * traffic runs both ways all the while. Not one packet may be lost (MNH-6).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ipv4.h"
#include "dataplane/stats.h"
#include "world.h"

#define S       LOOP_NS_PER_S
#define MS      LOOP_NS_PER_MS
#define LAN     0
#define WAN     1
#define GATEWAY 0x0a010d01u
#define TEKS    5

struct member {
	struct world w;
	uint32_t host;
	struct dp_tek_spec tek[TEKS];
	unsigned int n;
	int64_t clock_error_ns;
};

/* A group's times, in seconds: life of a TEK, how long before its end the next one is made, how
 * late it may reach a member. */
struct timing {
	uint32_t life, ahead, budget;
	unsigned int rekeys;
	uint64_t step_ns; /* between two packets */
	enum suite_id suite;
	bool tbar;
};

static struct member a = {.host = 0xc0a80d02u}, b = {.host = 0xc0a80e02u};

/* ---- the key server ------------------------------------------------------------------------ */

struct pending {
	struct dp_tek_spec tek;
	uint64_t at[2]; /* when it reaches a and b; 0: it has */
};

static struct dp_tek_spec make_tek(const struct timing *t, unsigned int n, uint64_t now)
{
	const struct suite *s = suite_get(t->suite);
	uint8_t k[64], h[64];

	memset(k, (int)n, sizeof(k));
	memset(h, (int)n + 1, sizeof(h));
	k[1] = (uint8_t)(n >> 8);
	return (struct dp_tek_spec){.spi = 0x10000 + n,
				    .suite = t->suite,
				    .key = secret_new(k, s->key_len + s->salt_len),
				    .auth = s->auth_key_len == 0 ? NULL
								 : secret_new(h, s->auth_key_len),
				    .expire_ns = now + t->life * S,
				    .life_s = t->life,
				    .replay = t->tbar ? DP_REPLAY_TIME : DP_REPLAY_NONE,
				    .window = 1,
				    .shim_proto = TBAR_NEXT_HDR};
}

/* ---- a member ------------------------------------------------------------------------------ */

static void publish(struct member *m)
{
	static const struct dp_ace_spec any = {.ace = {.permit = true,
						       .src = {.addr = {.family = ADDR_V4}},
						       .dst = {.addr = {.family = ADDR_V4}},
						       .sport = {0, UINT16_MAX},
						       .dport = {0, UINT16_MAX}}};
	const uint32_t sid = m->host & 0xffff;
	const struct dp_group_spec g = {.gate = DP_POLICY,
					.aces = &any,
					.n_aces = 1,
					.teks = m->tek,
					.n_teks = m->n,
					.sid_bits = 24,
					.sids = &sid,
					.n_sids = 1,
					.pseudotime_valid = true,
					.pseudotime_off_ns = 7777 * (int64_t)S + m->clock_error_ns,
					.address_check = true};

	assert_int_equal(dp_group_set(&m->w.dp, "wan", &g, NULL), 0);
}

static void drop_expired(struct member *m, uint64_t now)
{
	unsigned int k = 0;

	for (unsigned int i = 0; i < m->n; i++) {
		if (m->tek[i].expire_ns > now) {
			m->tek[k++] = m->tek[i];
			continue;
		}
		secret_unref(m->tek[i].key);
		secret_unref(m->tek[i].auth);
	}
	m->n = k;
}

/* Lives travel in whole seconds, rounded down: members' ends differ by up to one. */
static void take(struct member *m, const struct dp_tek_spec *tek, uint64_t now)
{
	drop_expired(m, now);
	assert_true(m->n < TEKS);
	m->tek[m->n] = *tek;
	m->tek[m->n].key = secret_ref(tek->key);
	m->tek[m->n].auth = secret_ref(tek->auth);
	m->tek[m->n].expire_ns = now + (tek->expire_ns - now) / S * S;
	m->n++;
	publish(m);
}

static void start(struct member *m, uint64_t now)
{
	const struct rte_ether_addr mac = {{2, 0xaa}};

	world_init(&m->w, 1, now);
	world_port(&m->w, "lan", 0, 1500);
	world_port(&m->w, "wan", 1, 1500);
	world_route(&m->w, m->host & 0xffffff00u, 24, LAN, 0);
	world_route(&m->w, 0, 0, WAN, GATEWAY);
	world_neighbour(&m->w, LAN, m->host, &mac);
	world_neighbour(&m->w, WAN, GATEWAY, &mac);
	world_forward(&m->w);
	m->n = 0;
}

static void end(struct member *m)
{
	drop_expired(m, UINT64_MAX);
	world_fini(&m->w);
}

/* ---- traffic ------------------------------------------------------------------------------- */

/* The core: the frame gets the other member's MAC. Each world has a pool of its own. */
static struct rte_mbuf *carry(struct rte_mbuf *m, struct member *to)
{
	struct rte_mbuf *c = rte_pktmbuf_copy(m, to->w.pool, 0, UINT32_MAX);
	struct rte_ether_hdr *eth;

	assert_non_null(c);
	rte_pktmbuf_free(m);
	eth = rte_pktmbuf_mtod(c, struct rte_ether_hdr *);
	eth->dst_addr = world_mac(WAN);
	return c;
}

static void one_way(struct member *from, struct member *to, uint64_t now)
{
	struct rte_mbuf *m = world_udp(&from->w, LAN, from->host, to->host, 100);
	const struct rte_ipv4_hdr *ip;

	assert_int_equal(world_pass(&from->w, now, LAN, WAN, &m, 1), 1);
	ip = rte_pktmbuf_mtod_offset(m, const void *, 14);
	assert_int_equal(ip->next_proto_id, IPPROTO_ESP);
	m = carry(m, to);
	assert_int_equal(world_pass(&to->w, now + 20 * MS, WAN, LAN, &m, 1), 1);
	rte_pktmbuf_free(m);
}

/* ---- the test ------------------------------------------------------------------------------ */

static void deliver(struct pending *p, uint64_t now)
{
	struct member *m[] = {&a, &b};

	for (unsigned int i = 0; i < 2; i++)
		if (p->at[i] != 0 && now >= p->at[i]) {
			p->at[i] = 0;
			take(m[i], &p->tek, now);
		}
}

static void forget(struct pending *p)
{
	secret_unref(p->tek.key);
	secret_unref(p->tek.auth);
}

static struct pending issue(const struct timing *t, unsigned int n, uint64_t now, bool late)
{
	struct pending p = {.tek = make_tek(t, n, now)};

	for (unsigned int i = 0; i < 2; i++)
		p.at[i] = now + (late ? (uint64_t)random() % (t->budget * S + 1) : 0);
	return p;
}

static uint64_t sum_decaps(struct member *m)
{
	struct dp_ace_stats s;

	assert_int_equal(dp_ace_stats(&m->w.dp, "wan", 0, &s), 0);
	assert_int_equal(s.sa.recv_errors + s.sa.send_errors, 0);
	return s.sa.decaps;
}

static void roll(const struct timing *t)
{
	uint64_t now = 5000 * S, next, packets = 0;
	struct pending p = issue(t, 0, now, false);

	start(&a, now);
	start(&b, now);
	for (unsigned int n = 1; n <= t->rekeys; n++) {
		deliver(&p, now);
		next = p.tek.expire_ns - t->ahead * S;
		for (; now < next; now += t->step_ns) {
			loop_advance(a.w.loop, t->step_ns);
			loop_advance(b.w.loop, t->step_ns);
			deliver(&p, now);
			one_way(&a, &b, now);
			one_way(&b, &a, now);
			packets++;
		}
		assert_int_equal(p.at[0] | p.at[1], 0);
		forget(&p);
		p = issue(t, n, now, true);
	}
	forget(&p);
	assert_int_equal(sum_decaps(&a), packets);
	assert_int_equal(sum_decaps(&b), packets);
	print_message("life %u s: %u rekeys, %lu packets each way\n", t->life, t->rekeys, packets);
	end(&a);
	end(&b);
}

static void test_fast(void **state)
{
	roll(&(struct timing){20, 10, 2, 200, 250 * MS, SUITE_GCM128, false});
}

static void test_reference(void **state)
{
	roll(&(struct timing){900, 140, 50, 60, 2 * S, SUITE_AES256_SHA1, false});
}

static void test_time_stamps(void **state)
{
	a.clock_error_ns = 300 * (int64_t)MS;
	b.clock_error_ns = -300 * (int64_t)MS;
	roll(&(struct timing){120, 60, 20, 60, S, SUITE_GCM256, true});
	a.clock_error_ns = b.clock_error_ns = 0;
}

/* Nothing but the worker's own clock ends a key: a control side that stands still changes
 * nothing, before the end or after it. */
static void test_control_stands_still(void **state)
{
	const struct timing t = {20, 10, 2, 1, S, SUITE_GCM128, false};
	struct pending p = issue(&t, 1, 5000 * S, false);
	struct rte_mbuf *m;

	start(&a, 5000 * S);
	start(&b, 5000 * S);
	deliver(&p, 5000 * S);
	one_way(&a, &b, 5020 * S - 21 * MS);
	m = world_udp(&a.w, LAN, a.host, b.host, 100);
	assert_int_equal(world_pass(&a.w, 5020 * S - 1, LAN, WAN, &m, 1), 1);
	m = carry(m, &b);
	assert_int_equal(world_pass(&b.w, 5020 * S, WAN, LAN, &m, 1), 0);
	m = world_udp(&a.w, LAN, a.host, b.host, 100);
	assert_int_equal(world_pass(&a.w, 5020 * S, LAN, WAN, &m, 1), 0);
	assert_int_equal(b.w.dp.worker[0]->ctr->drop[WAN][DP_DROP_SA_IN_EXPIRED].packets, 1);
	assert_int_equal(a.w.dp.worker[0]->ctr->drop[LAN][DP_DROP_SA_OUT_EXPIRED].packets, 1);
	forget(&p);
	end(&a);
	end(&b);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fast),
		cmocka_unit_test(test_reference),
		cmocka_unit_test(test_time_stamps),
		cmocka_unit_test(test_control_stands_still),
	};

	world_eal(argv[0], NULL, 0);
	srandom(11);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
