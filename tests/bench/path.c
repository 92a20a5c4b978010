/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets through the real stages, from the filled mbuf at l2 to the mbuf ready to be sent, under
 * a policy of a hundred lines of which the last one matches.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "bench.h"
#include "dataplane/esp.h"
#include "dataplane/ipv4.h"
#include "dataplane/sad.h"
#include "world.h"

#define SRC     0xc0a80d02u /* 192.168.13.2 */
#define DST     0xc0a80e02u /* 192.168.14.2 */
#define GATEWAY 0x0a010d01u /* 10.1.13.1 */
#define SPI     0x8de16523u
#define LAN     0
#define WAN     1
#define LINES   100

struct template
{
	uint8_t octets[2048];
	uint16_t len;
};

struct path {
	struct world w;
	bool inbound;
	struct rte_mbuf *mbuf[BENCH_BUFS];
	struct template packet[BENCH_BUFS];
	uint16_t data_off;
};

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "getvpn-bench: %s\n", what);
	exit(1);
}

/* ---- set-up ------------------------------------------------------------------------------- */

static struct dp_ace_spec line_of(unsigned int i)
{
	struct ace a = {.permit = i == LINES - 1,
			.src = {.addr = addr_v4(0)},
			.dst = {.addr = addr_v4(0)},
			.sport = {0, UINT16_MAX},
			.dport = {0, UINT16_MAX}};

	if (!a.permit) {
		a.src = (struct prefix){addr_v4(0xac100000u + (i << 8)), 24};
		a.dst = (struct prefix){addr_v4(0xac200000u + (i << 8)), 24};
	}
	return (struct dp_ace_spec){.ace = a};
}

static void set_policy(struct world *w, const struct bench_options *o)
{
	const struct suite *s = o->suite;
	struct secret *key =
		s->key_len == 0 ? NULL : secret_new(bench_key, s->key_len + s->salt_len);
	struct secret *auth = s->auth_key_len == 0 ? NULL : secret_new(bench_key, s->auth_key_len);
	struct dp_tek_spec tek = {.spi = SPI,
				  .suite = s->id,
				  .key = key,
				  .auth = auth,
				  .expire_ns = UINT64_MAX / 2,
				  .life_s = 86400,
				  .replay = o->tbar ? DP_REPLAY_TIME : DP_REPLAY_NONE,
				  .window = 100,
				  .shim_proto = TBAR_NEXT_HDR};
	struct dp_ace_spec lines[LINES];
	const uint32_t sid = 7;
	struct dp_group_spec g = {.gate = DP_POLICY,
				  .aces = lines,
				  .n_aces = LINES,
				  .teks = &tek,
				  .n_teks = 1,
				  .sid_bits = 24,
				  .sids = &sid,
				  .n_sids = 1,
				  .pseudotime_valid = true,
				  .address_check = true};
	struct err_text e = {{0}};

	for (unsigned int i = 0; i < LINES; i++)
		lines[i] = line_of(i);
	if (dp_group_set(&w->dp, "wan", &g, &e) < 0)
		die(e.s);
	secret_unref(key);
	secret_unref(auth);
}

static void set_routes(struct world *w)
{
	const struct rte_ether_addr host = {{2, 0xaa}}, core = {{2, 0xbb}};

	world_port(w, "lan", 0, 9000);
	world_port(w, "wan", 1, 9000);
	world_route(w, SRC & 0xffffff00u, 24, LAN, 0);
	world_route(w, GATEWAY & 0xfffffffcu, 30, WAN, 0);
	world_route(w, 0, 0, WAN, GATEWAY);
	world_neighbour(w, LAN, SRC, &host);
	world_neighbour(w, WAN, GATEWAY, &core);
	world_forward(w);
}

static void make_inner(struct template *t, unsigned int len, bool inbound)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)t->octets;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);

	memset(t->octets, 0x5a, sizeof(t->octets));
	t->len = (uint16_t)(sizeof(*eth) + len);
	eth->dst_addr = world_mac(LAN);
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.total_length = rte_cpu_to_be_16((uint16_t)len),
		.time_to_live = 64,
		.next_proto_id = IPPROTO_UDP,
		.src_addr = rte_cpu_to_be_32(inbound ? DST : SRC),
		.dst_addr = rte_cpu_to_be_32(inbound ? SRC : DST),
	};
	ip->hdr_checksum = (uint16_t)~ipv4_fold(ipv4_sum20(ip));
}

/* ---- a burst ------------------------------------------------------------------------------ */

static void fill(struct path *p, unsigned int first, uint8_t port, struct dp_burst *b)
{
	b->n = BENCH_BURST;
	for (unsigned int i = 0; i < BENCH_BURST; i++) {
		const struct template *t = &p->packet[first + i];
		struct rte_mbuf *m = p->mbuf[first + i];

		m->data_off = p->data_off;
		m->data_len = t->len;
		m->pkt_len = t->len;
		memcpy(rte_pktmbuf_mtod(m, void *), t->octets, t->len);
		*dp_meta(m) = (struct dp_meta){.port_in = port, .port_out = DP_PORT_NONE};
		b->pkt[i] = m;
	}
}

static void check(struct path *p, uint8_t port_out)
{
	struct dp_worker *w = p->w.dp.worker[0];

	if (w->n_txb[port_out] != BENCH_BURST)
		die("a packet did not come through");
	w->n_txb[port_out] = 0;
}

static uint64_t one_burst(struct path *p, unsigned int first, uint8_t in)
{
	struct dp_worker *w = p->w.dp.worker[0];
	struct dp_burst b;
	uint64_t t;

	fill(p, first, in, &b);
	t = rte_rdtsc_precise();
	dp_worker_begin(w, dp_time_ns(&dp_root_load(w->published)->time, rte_rdtsc()));
	dp_pipeline(w, &b);
	t = rte_rdtsc_precise() - t;
	check(p, in == LAN ? WAN : LAN);
	return t;
}

/* Inbound packets are what the outbound path makes of packets of the other side. */
static void make_inbound(struct path *p)
{
	for (unsigned int f = 0; f < BENCH_BUFS; f += BENCH_BURST)
		one_burst(p, f, LAN);
	for (unsigned int i = 0; i < BENCH_BUFS; i++) {
		struct template *t = &p->packet[i];
		struct rte_ether_hdr *eth = (struct rte_ether_hdr *)t->octets;

		t->len = p->mbuf[i]->data_len;
		memcpy(t->octets, rte_pktmbuf_mtod(p->mbuf[i], void *), t->len);
		eth->dst_addr = world_mac(WAN);
	}
}

/* The outbound path in the other direction: a route to the WAN for what will come from there. */
static void turn_routes(struct world *w, bool back)
{
	w->n_routes = 0;
	world_route(w, GATEWAY & 0xfffffffcu, 30, WAN, 0);
	world_route(w, SRC & 0xffffff00u, 24, back ? LAN : WAN, back ? 0 : GATEWAY);
	world_route(w, 0, 0, WAN, GATEWAY);
	world_forward(w);
}

int path_new(struct path **out, const struct bench_options *o)
{
	struct path *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return -ENOMEM;
	world_init(&p->w, 1, 0);
	p->inbound = o->inbound;
	set_routes(&p->w);
	set_policy(&p->w, o);
	if (rte_pktmbuf_alloc_bulk(p->w.pool, p->mbuf, BENCH_BUFS) < 0)
		die("no packet buffers");
	p->data_off = p->mbuf[0]->data_off;
	for (unsigned int i = 0; i < BENCH_BUFS; i++)
		make_inner(&p->packet[i], bench_length(o, i), o->inbound);
	if (o->inbound) {
		turn_routes(&p->w, false);
		make_inbound(p);
		turn_routes(&p->w, true);
	}
	*out = p;
	return 0;
}

void path_free(struct path *p)
{
	rte_pktmbuf_free_bulk(p->mbuf, BENCH_BUFS);
	world_fini(&p->w);
	free(p);
}

/* ---- by stage ----------------------------------------------------------------------------- */

typedef void stage_fn(struct dp_worker *w, struct dp_burst *b);

/* Adds the cycles of one stage over one burst. */
static void timed(stage_fn *fn, struct dp_worker *w, struct dp_burst *b, uint64_t *sum)
{
	uint64_t t = rte_rdtsc_precise();

	fn(w, b);
	*sum += rte_rdtsc_precise() - t;
}

static void staged_burst(struct path *p, unsigned int first, uint64_t sum[PATH_STAGES])
{
	struct dp_worker *w = p->w.dp.worker[0];
	struct dp_burst b, protect = {.n = 0};
	uint64_t t;

	fill(p, first, p->inbound ? WAN : LAN, &b);
	dp_worker_begin(w, dp_time_ns(&dp_root_load(w->published)->time, rte_rdtsc()));
	timed(dp_stage_l2, w, &b, &sum[0]);
	timed(dp_stage_punt, w, &b, &sum[1]);
	timed(dp_stage_esp_in, w, &b, &sum[2]);
	timed(dp_stage_spd_in, w, &b, &sum[3]);
	timed(dp_stage_fwd, w, &b, &sum[4]);
	t = rte_rdtsc_precise();
	dp_stage_spd_out(w, &b, &protect);
	sum[5] += rte_rdtsc_precise() - t;
	timed(dp_stage_sa_out, w, &protect, &sum[6]);
	timed(dp_stage_frag, w, protect.n > 0 ? &protect : &b, &sum[7]);
	timed(dp_stage_esp_out, w, &protect, &sum[8]);
	timed(dp_stage_tx, w, protect.n > 0 ? &protect : &b, &sum[9]);
	check(p, p->inbound ? LAN : WAN);
}

const char *const path_stage_names[PATH_STAGES] = {"l2",      "punt",   "esp_in", "spd_in",  "fwd",
						   "spd_out", "sa_out", "frag",   "esp_out", "tx"};

void path_stages(struct path *p, uint64_t cycles, double out[PATH_STAGES])
{
	uint64_t end = rte_rdtsc() + cycles, best[PATH_STAGES];

	memset(best, 0xff, sizeof(best));
	do {
		uint64_t sum[PATH_STAGES] = {0};

		for (unsigned int i = 0; i < BENCH_BATCH; i++)
			staged_burst(p, i % 2 * BENCH_BURST, sum);
		for (unsigned int i = 0; i < PATH_STAGES; i++)
			best[i] = GV_MIN(best[i], sum[i]);
	} while (rte_rdtsc() < end);
	for (unsigned int i = 0; i < PATH_STAGES; i++)
		out[i] = (double)best[i] / (BENCH_BATCH * BENCH_BURST);
}

double path_measure(struct path *p, uint64_t cycles)
{
	uint64_t end = rte_rdtsc() + cycles, best = UINT64_MAX;

	do {
		uint64_t sum = 0;

		for (unsigned int i = 0; i < BENCH_BATCH; i++)
			sum += one_burst(p, i % 2 * BENCH_BURST, p->inbound ? WAN : LAN);
		best = GV_MIN(best, sum);
	} while (rte_rdtsc() < end);
	return (double)best / (BENCH_BATCH * BENCH_BURST);
}

uint8_t *path_esp(const struct path *p, unsigned int i, uint32_t *text_len)
{
	const struct dp_group *g = p->w.dp.root->port[WAN].group;
	const struct esp_form *f = &dp_sad_choose(g->sad, 0, 0)->form;
	const struct template *t = &p->packet[i];
	uint32_t len = t->len - (uint32_t)sizeof(struct rte_ether_hdr);

	if (!p->inbound)
		len = esp_outer_len(f, len);
	*text_len = (uint32_t)esp_in_text_len(f, ESP_OUTER_LEN, len);
	return (uint8_t *)p->mbuf[i]->buf_addr + p->data_off;
}
