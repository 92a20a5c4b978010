/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop of a worker: poll, run, send, report quiescence. It spins while there is work and naps
 * when there is none, so that several of them live on two cores.
 */
#include "dataplane/worker.h"

#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_pause.h>
#include <rte_rcu_qsbr.h>

#include "dataplane/dp.h"

#define SPIN_POLLS 64 /* empty polls before a worker naps */

/* ---- one burst ---------------------------------------------------------------------------- */

void dp_pipeline(struct dp_worker *w, struct dp_burst *b)
{
	dp_stage_l2(w, b);
	dp_stage_punt(w, b);
	dp_stage_esp_in(w, b);
	dp_stage_spd_in(w, b);
	dp_stage_fwd(w, b);
	dp_pipeline_out(w, b);
}

void dp_pipeline_out(struct dp_worker *w, struct dp_burst *b)
{
	struct dp_burst protect; /* no initializer: that would clear 2 kB */

	protect.n = 0;
	dp_stage_spd_out(w, b, &protect);
	if (protect.n > 0) {
		dp_stage_sa_out(w, &protect);
		dp_stage_frag(w, &protect);
		dp_stage_esp_out(w, &protect);
		dp_stage_tx(w, &protect);
	}
	if (b->n > 0) {
		dp_stage_frag(w, b);
		dp_stage_tx(w, b);
	}
}

void dp_worker_begin(struct dp_worker *w, uint64_t now_ns)
{
	w->root = dp_root_load(w->published);
	w->now_ns = now_ns;
}

/* What stages made goes out in the same pass; it makes nothing more. */
static void run_made(struct dp_worker *w)
{
	struct dp_burst b;

	b.n = w->made.n;
	memcpy(b.pkt, w->made.pkt, b.n * sizeof(b.pkt[0]));
	w->made.n = 0;
	dp_pipeline_out(w, &b);
}

void dp_worker_end(struct dp_worker *w)
{
	if (w->made.n > 0)
		run_made(w);
	dp_tx_flush(w);
	if (w->punt.n > 0)
		dp_punt_flush(w);
	if (w->n_dead > 0)
		dp_drop_flush(w);
}

void dp_drop_flush(struct dp_worker *w)
{
	rte_pktmbuf_free_bulk(w->dead, w->n_dead);
	w->n_dead = 0;
}

/* ---- one pass ----------------------------------------------------------------------------- */

static void begin_now(struct dp_worker *w)
{
	dp_worker_begin(w, dp_time_ns(&dp_root_load(w->published)->time, rte_rdtsc()));
}

static void received(struct dp_worker *w, struct dp_burst *b, uint8_t port)
{
	struct dp_port_ctr *c = &w->ctr->port[port];
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < b->n; i++) {
		struct dp_meta *meta = dp_meta(b->pkt[i]);

		bytes += b->pkt[i]->pkt_len;
		meta->port_in = port;
		meta->port_out = DP_PORT_NONE;
		meta->flags = 0;
	}
	dp_count(&c->rx_packets, b->n);
	dp_count(&c->rx_bytes, bytes);
}

static unsigned int poll_queue(struct dp_worker *w, const struct dp_rx_queue *q)
{
	struct dp_burst b;
	unsigned int n;

	b.n = n = rte_eth_rx_burst(q->ethdev, q->queue, b.pkt, DP_RX_BURST);
	if (n == 0)
		return 0;
	begin_now(w);
	received(w, &b, q->port);
	dp_pipeline(w, &b);
	dp_worker_end(w);
	return n;
}

/* Frames that are not IPv4 have no policy: they go out as they are. */
static void inject(struct dp_worker *w, struct dp_burst *b)
{
	struct dp_burst plain;
	unsigned int k = 0;

	plain.n = 0;
	for (unsigned int i = 0; i < b->n; i++) {
		struct rte_mbuf *m = b->pkt[i];
		struct dp_port_ctr *c = &w->ctr->port[dp_meta(m)->port_out];

		if (dp_meta(m)->flags & DP_META_INJECTED)
			dp_count(&c->injected, 1);
		if (dp_meta(m)->flags & DP_META_UNANSWERED)
			dp_unanswered(w, m);
		else if (dp_meta(m)->flags & DP_META_L2_ONLY)
			dp_burst_add(&plain, m);
		else
			b->pkt[k++] = m;
	}
	b->n = (uint16_t)k;
	if (plain.n > 0)
		dp_stage_tx(w, &plain);
	if (b->n > 0)
		dp_pipeline_out(w, b);
}

static unsigned int poll_inject(struct dp_worker *w)
{
	struct dp_burst b;
	unsigned int n;

	b.n = n = rte_ring_sc_dequeue_burst(w->inject_ring, (void **)b.pkt, DP_RX_BURST, NULL);
	if (n == 0)
		return 0;
	begin_now(w);
	inject(w, &b);
	dp_worker_end(w);
	return n;
}

unsigned int dp_worker_turn(struct dp_worker *w)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < w->n_rxq; i++)
		n += poll_queue(w, &w->rxq[i]);
	n += poll_inject(w);
	dp_count(n > 0 ? &w->ctr->bursts : &w->ctr->empty, 1);
	return n;
}

/* One eventfd write for all workers, and only when the control loop sleeps in its poll. */
static void wake_control(struct dp_worker *w)
{
	const uint64_t one = 1;

	w->to_control = false;
	if (w->wake_fd < 0)
		return;
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* what is in the rings comes before the look */
	if (!__atomic_exchange_n(w->control_asleep, false, __ATOMIC_RELAXED))
		return;
	if (write(w->wake_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full: it is awake already */
}

static void nap(struct dp_worker *w)
{
	rte_rcu_qsbr_thread_offline(w->qsbr, w->index);
	usleep(w->idle_sleep_us);
	rte_rcu_qsbr_thread_online(w->qsbr, w->index);
}

int dp_worker_main(void *arg)
{
	struct dp_worker *w = arg;
	unsigned int idle = 0;

	rte_rcu_qsbr_thread_online(w->qsbr, w->index);
	while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
		idle = dp_worker_turn(w) > 0 ? 0 : idle + 1;
		rte_rcu_qsbr_quiescent(w->qsbr, w->index);
		if (w->to_control)
			wake_control(w);
		if (idle > SPIN_POLLS && w->idle_sleep_us > 0)
			nap(w);
		else if (idle > 0)
			rte_pause();
	}
	rte_rcu_qsbr_thread_offline(w->qsbr, w->index);
	return 0;
}
