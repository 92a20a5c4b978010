/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker: one lcore that polls its queues and runs bursts through the stages. Each field says
 * who writes it. A worker's counters are written by it alone, on cache lines of its own; readers
 * load them relaxed and sum over workers.
 */
#ifndef DATAPLANE_WORKER_H
#define DATAPLANE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_ring.h>

#include "crypto/bulk.h"
#include "crypto/iv.h"
#include "dataplane/dp_api.h"
#include "dataplane/dp_root.h"
#include "dataplane/police.h"
#include "dataplane/stage.h"

#define DP_PUNT_RING   512
#define DP_INJECT_RING 512
#define DP_EVENT_RING  256

/* What a worker counts by port. */
struct dp_port_ctr {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t punted, injected;
};

struct dp_drop_ctr {
	uint64_t packets, bytes;
};

struct dp_tbar_ctr {
	uint64_t in_packets, out_packets, in_errors, out_errors;
	uint64_t max_delta; /* ticks, since clear_epoch */
	uint32_t clear_epoch;
};

struct dp_worker_ctr {
	struct dp_port_ctr port[DP_PORTS_MAX];
	struct dp_tbar_ctr tbar[DP_PORTS_MAX];
	/* the port it came by, for what the box made the one it leaves by */
	struct dp_drop_ctr drop[DP_PORTS_MAX + 1][DP_DROP_COUNT];
	uint64_t bursts, empty; /* polls that brought something, and that brought nothing */
} __rte_cache_aligned;

/* Adds to a counter that only this thread writes, so that a reader never sees half of it. */
static inline void dp_count(uint64_t *c, uint64_t n)
{
	__atomic_store_n(c, *c + n, __ATOMIC_RELAXED);
}

static inline uint64_t dp_count_read(const uint64_t *c)
{
	return __atomic_load_n(c, __ATOMIC_RELAXED);
}

/* First fragment of the box's own control traffic, which the later ones follow. */
struct dp_control_frag {
	uint32_t src, dst;
	uint16_t id;
	uint64_t until_ns;
};

#define DP_CONTROL_FRAG_BITS 6

struct dp_rx_queue {
	uint8_t port;    /* index in root->port */
	uint16_t ethdev; /* rte_eth port */
	uint16_t queue;
};

struct dp_worker {
	/* control: wo before start, worker: ro */
	struct dp *dp;
	struct dp_root *const *published;
	unsigned int index; /* 0.. */
	unsigned int lcore;
	unsigned int idle_sleep_us; /* 0: spin */
	struct dp_rx_queue rxq[DP_PORTS_MAX];
	unsigned int n_rxq;
	uint16_t txq[DP_PORTS_MAX];    /* our transmit queue on each port */
	struct rte_mempool *pool;      /* for fragments and ICMP errors */
	struct rte_rcu_qsbr *qsbr;     /* our thread id in it is `index` */
	struct rte_ring *punt_ring;    /* worker -> control: packets for the kernel, SPSC */
	struct rte_ring *inject_ring;  /* control -> worker: packets of the box, SPSC */
	struct rte_ring *resolve_ring; /* worker -> control: packets without a neighbour, SPSC */
	struct rte_ring *event_ring;   /* worker -> control: struct dp_event copies, SPSC */
	int wake_fd;                   /* eventfd of the control loop, -1: it polls */
	bool *control_asleep;          /* worker: takes it back with the one write that wakes */

	/* control: sets, worker: polls */
	bool stop;

	/* worker only */
	const struct dp_root *root; /* of this burst */
	uint64_t now_ns;            /* of this burst, monotonic */
	struct police police;       /* what it hands to the kernel, and ICMP errors */
	struct bulk *bulk;
	struct iv_maker iv;
	uint16_t ip_id;       /* next outer identification; starts at random */
	bool to_control;      /* something was put into a ring: wake the control loop */
	struct dp_burst punt; /* for punt_ring, sent at the end of the burst */
	struct dp_burst made; /* ICMP errors of stages: enter at spd_out after this burst */
	struct rte_mbuf *dead[DP_BURST_MAX]; /* dropped, to be freed in bulk */
	unsigned int n_dead;
	struct rte_mbuf *txb[DP_PORTS_MAX][DP_BURST_MAX]; /* gathered by port for one send */
	uint16_t n_txb[DP_PORTS_MAX];
	uint64_t event_next_ns[DP_PORTS_MAX][DP_EVENT_KINDS]; /* rate limit of samples */
	uint32_t fail_open_said[DP_PORTS_MAX];                /* attachment it was said for */

	struct dp_control_frag control_frag[1 << DP_CONTROL_FRAG_BITS];
	struct bulk_op ops[DP_BURST_MAX]; /* packets of the burst at hand for the cipher */

	struct dp_worker_ctr *ctr; /* worker: rw, control: ro */
} __rte_cache_aligned;

/* Body of a worker's lcore; arg = struct dp_worker. Returns after w->stop. */
int dp_worker_main(void *arg);
/* One pass: every queue once, then the inject ring. Returns the number of packets. */
unsigned int dp_worker_turn(struct dp_worker *w);
/* Fixes root and time for what follows; dp_worker_end() flushes punt, drops, transmit. */
void dp_worker_begin(struct dp_worker *w, uint64_t now_ns);
void dp_worker_end(struct dp_worker *w);

void dp_drop_flush(struct dp_worker *w);

/* The drop sink: counted by reason and port at once, freed in bulk at the end of the burst. */
static inline void dp_drop(struct dp_worker *w, struct rte_mbuf *m, enum dp_drop_reason why)
{
	const struct dp_meta *meta = dp_meta(m);
	uint8_t port = meta->port_in < DP_PORTS_MAX ? meta->port_in : meta->port_out;
	struct dp_drop_ctr *c = &w->ctr->drop[port < DP_PORTS_MAX ? port : DP_PORTS_MAX][why];

	dp_count(&c->packets, 1);
	dp_count(&c->bytes, m->pkt_len);
	if (w->n_dead == DP_BURST_MAX)
		dp_drop_flush(w);
	w->dead[w->n_dead++] = m;
}

void dp_punt_flush(struct dp_worker *w);
/* Waited in vain for its neighbour: tells its sender, drops it. */
void dp_unanswered(struct dp_worker *w, struct rte_mbuf *m);
/* Sends what stages left in txb. */
void dp_tx_flush(struct dp_worker *w);

/* For the kernel: meta->eth goes in front again when it is taken from the ring. */
static inline void dp_punt(struct dp_worker *w, struct rte_mbuf *m)
{
	if (w->punt.n == DP_BURST_MAX)
		dp_punt_flush(w);
	dp_burst_add(&w->punt, m);
}

/* A sample for the control side; at most ten a second of a kind and port, the first never lost
 * to the limit. m: the packet it is about, data at its IP header. */
void dp_event_sample(struct dp_worker *w, enum dp_event_kind kind, const struct rte_mbuf *m);

#endif
