/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The compiled policy against the obvious reading of its lines (ace_match), on random policies
 * and packets made to hit them: whole packets, first and later fragments, all three readings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <rte_mbuf.h>

#include "dataplane/spd.h"
#include "world.h"

#define POLICIES 40
#define PACKETS  400

static struct world w;

static uint32_t pick(uint32_t n)
{
	return (uint32_t)random() % n;
}

/* Few values each, so that lines overlap and packets hit them. */
static uint32_t some_addr(void)
{
	return 0x0a000000u | pick(3) << 16 | pick(3) << 8 | pick(4);
}

static struct prefix some_prefix(void)
{
	static const uint8_t len[] = {0, 8, 16, 24, 30, 32};
	struct addr a = addr_v4(some_addr());

	return prefix_of(&a, len[pick(GV_ARRAY_SIZE(len))]);
}

static uint8_t some_proto(void)
{
	static const uint8_t proto[] = {0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ESP, 99};

	return proto[pick(GV_ARRAY_SIZE(proto))];
}

static struct ace_ports some_ports(uint8_t proto)
{
	uint16_t lo = (uint16_t)pick(6);

	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP && pick(8) != 0)
		return (struct ace_ports){0, UINT16_MAX};
	switch (pick(4)) {
	case 0:
		return (struct ace_ports){lo, lo};
	case 1:
		return (struct ace_ports){lo, (uint16_t)(lo + pick(4))};
	default:
		return (struct ace_ports){0, UINT16_MAX};
	}
}

static struct ace some_ace(void)
{
	struct ace a = {.permit = pick(2), .proto = some_proto()};

	a.src = some_prefix();
	a.dst = some_prefix();
	a.sport = some_ports(a.proto);
	a.dport = some_ports(a.proto);
	a.fragments = pick(8) == 0 && ace_ports_any(&a.sport) && ace_ports_any(&a.dport);
	if (pick(4) == 0) {
		a.tos_mask = pick(2) ? 0xe0 : 0xfc;
		a.tos_value = (uint8_t)(pick(3) << 5);
	}
	return a;
}

/* ---- a packet and its key ------------------------------------------------------------------ */

static struct rte_mbuf *some_packet(void)
{
	struct rte_mbuf *m = world_udp(&w, 0, some_addr(), some_addr(), 40);
	struct rte_ipv4_hdr *ip;
	uint8_t proto = some_proto();
	uint16_t *port;

	rte_pktmbuf_adj(m, sizeof(struct rte_ether_hdr));
	ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	ip->next_proto_id = proto == 0 ? 1 : proto;
	ip->type_of_service = (uint8_t)(pick(4) << 5 | pick(4));
	if (pick(3) == 0)
		ip->fragment_offset = rte_cpu_to_be_16((uint16_t)(pick(2) | 0x2000));
	port = (uint16_t *)(ip + 1);
	port[0] = rte_cpu_to_be_16((uint16_t)pick(8));
	port[1] = rte_cpu_to_be_16((uint16_t)pick(8));
	return m;
}

static struct ace_key key_of(struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const void *);
	const uint16_t *port = (const uint16_t *)(ip + 1);
	bool has = ip->next_proto_id == IPPROTO_TCP || ip->next_proto_id == IPPROTO_UDP;
	struct ace_key k = {.src = addr_from_bytes(ADDR_V4, &ip->src_addr),
			    .dst = addr_from_bytes(ADDR_V4, &ip->dst_addr),
			    .proto = ip->next_proto_id,
			    .tos = ip->type_of_service,
			    .later_fragment = ipv4_is_later_fragment(ip)};

	k.has_ports = has && !k.later_fragment;
	k.sport = rte_be_to_cpu_16(port[0]);
	k.dport = rte_be_to_cpu_16(port[1]);
	return k;
}

static struct ace_key swapped(struct ace_key k)
{
	struct ace_key s = k;

	s.src = k.dst;
	s.dst = k.src;
	s.sport = k.dport;
	s.dport = k.sport;
	return s;
}

/* ---- the oracle ---------------------------------------------------------------------------- */

/* What matched: own line i is i, downloaded line i is 1000 + i, nothing is -1. */
static int match(const struct ace *own, unsigned int n_own, const struct ace_key *own_key,
		 const struct dp_group_spec *g, const struct ace_key *key)
{
	for (unsigned int i = 0; i < n_own; i++)
		if (ace_match(&own[i], own_key))
			return (int)i;
	for (unsigned int i = 0; g->gate == DP_POLICY && i < g->n_aces; i++)
		if (ace_match(&g->aces[i].ace, key))
			return 1000 + (int)i;
	return -1;
}

static enum dp_verdict verdict(const struct dp_group_spec *g, const struct ace *own, int at)
{
	if (at >= 1000)
		return g->aces[at - 1000].ace.permit ? DP_PROTECT : DP_BYPASS;
	if (at >= 0)
		return own[at].permit ? DP_DENY : DP_BYPASS;
	return g->gate == DP_POLICY || g->gate == DP_FAIL_OPEN ? DP_BYPASS : DP_DENY;
}

static void check(const struct dp_spd *s, const struct dp_group_spec *g, struct rte_mbuf *m, int at,
		  const struct ace *own)
{
	const struct dp_rule *r = dp_meta(m)->rule;

	assert_int_equal(r->verdict, verdict(g, own, at));
	if (at < 1000) {
		assert_ptr_equal(r->line, s->other);
		return;
	}
	assert_ptr_equal(r->line, s->line[at - 1000]);
	assert_int_equal(r->sa, g->aces[at - 1000].sa);
}

/* `own` as the gate has it: local lines, and the fail-close lines behind them. */
static unsigned int own_lines(const struct dp_group_spec *g, struct ace *own)
{
	unsigned int n = 0;

	if (g->gate != DP_POLICY && g->gate != DP_FAIL_CLOSE)
		return 0;
	for (unsigned int i = 0; i < g->n_local; i++)
		own[n++] = g->local[i];
	for (unsigned int i = 0; g->gate == DP_FAIL_CLOSE && i < g->n_fail_close; i++)
		own[n++] = g->fail_close[i];
	return n;
}

static void compare(const struct dp_spd *s, const struct dp_group_spec *g)
{
	struct ace own[2 * ACE_MAX_PER_POLICY];
	unsigned int n_own = own_lines(g, own);
	struct rte_mbuf *m[SPD_CHUNK];

	for (unsigned int done = 0; done < PACKETS; done += SPD_CHUNK) {
		for (unsigned int i = 0; i < SPD_CHUNK; i++)
			m[i] = some_packet();
		for (unsigned int reading = 0; reading < 3; reading++) {
			spd_classify(reading == 0   ? s->out
				     : reading == 1 ? s->in
						    : s->inner,
				     m, SPD_CHUNK);
			for (unsigned int i = 0; i < SPD_CHUNK; i++) {
				struct ace_key k = key_of(m[i]), back = swapped(k);

				check(s, g, m[i],
				      match(own, reading == 2 ? 0 : n_own,
					    reading == 1 ? &back : &k, g, &k),
				      own);
			}
		}
		rte_pktmbuf_free_bulk(m, SPD_CHUNK);
	}
}

static void one_policy(enum dp_gate gate, unsigned int n_aces, unsigned int n_own)
{
	static struct dp_ace_spec aces[ACE_MAX_PER_POLICY];
	static struct ace local[ACE_MAX_PER_POLICY], fail_close[ACE_MAX_PER_POLICY];
	struct dp_group_spec g = {.gate = gate,
				  .aces = aces,
				  .n_aces = n_aces,
				  .local = local,
				  .n_local = n_own,
				  .fail_close = fail_close,
				  .n_fail_close = n_own};
	struct err_text e = {{0}};
	struct dp_spd *s;

	for (unsigned int i = 0; i < n_aces; i++)
		aces[i] = (struct dp_ace_spec){.ace = some_ace(), .sa = (uint8_t)pick(DP_SA_MAX)};
	for (unsigned int i = 0; i < n_own; i++) {
		local[i] = some_ace();
		fail_close[i] = some_ace();
	}
	assert_int_equal(dp_spd_new(&s, &w.dp, &g, NULL, &e), 0);
	assert_true(dp_spd_same(s, &g));
	compare(s, &g);
	dp_part_unref(&s->part);
}

static void test_against_oracle(void **state)
{
	srandom(7);
	for (unsigned int i = 0; i < POLICIES; i++)
		one_policy(DP_POLICY, pick(30), pick(2) * pick(8));
	one_policy(DP_POLICY, ACE_MAX_PER_POLICY, ACE_MAX_PER_POLICY);
	for (unsigned int i = 0; i < 4; i++) {
		one_policy(DP_FAIL_CLOSE, pick(10), 1 + pick(8));
		one_policy(DP_FAIL_OPEN, pick(10), pick(8));
		one_policy(DP_GATE_CLOSED, pick(10), pick(8));
	}
}

/* Counters follow a line through a changed policy; a line of another `sa ipsec` is another. */
static void test_lines_carried(void **state)
{
	struct dp_ace_spec aces[3] = {
		{.ace = some_ace()}, {.ace = some_ace()}, {.ace = some_ace()}};
	struct dp_group_spec g = {.gate = DP_POLICY, .aces = aces, .n_aces = 2};
	struct dp_line *first;
	struct dp_spd *a, *b;

	assert_int_equal(dp_spd_new(&a, &w.dp, &g, NULL, NULL), 0);
	first = a->line[0];
	aces[2] = aces[0];
	aces[0] = aces[1];
	aces[1].sa = 1;
	g.n_aces = 3;
	assert_false(dp_spd_same(a, &g));
	assert_int_equal(dp_spd_new(&b, &w.dp, &g, a, NULL), 0);
	assert_ptr_equal(b->line[2], first);
	assert_ptr_equal(b->line[0], a->line[1]);
	assert_ptr_not_equal(b->line[1], a->line[1]);
	dp_part_unref(&a->part);
	dp_part_unref(&b->part);
}

static void test_refusals(void **state)
{
	static struct dp_ace_spec aces[ACE_MAX_PER_POLICY + 1];
	struct dp_group_spec g = {.gate = DP_POLICY, .aces = aces};
	struct err_text e = {{0}};
	struct dp_spd *s;

	g.n_aces = ACE_MAX_PER_POLICY + 1;
	assert_int_equal(dp_spd_new(&s, &w.dp, &g, NULL, &e), -E2BIG);
	g.n_aces = 1;
	aces[0].sa = DP_SA_MAX;
	assert_int_equal(dp_spd_new(&s, &w.dp, &g, NULL, &e), -EINVAL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_oracle),
		cmocka_unit_test(test_lines_carried),
		cmocka_unit_test(test_refusals),
	};
	int failed;

	world_eal(argv[0], NULL, 0);
	world_init(&w, 2, 1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_fini(&w);
	return failed;
}
