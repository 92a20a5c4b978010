/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading counters: sums over workers less what was there at the last clear. Control thread. */
#ifndef DATAPLANE_STATS_H
#define DATAPLANE_STATS_H

#include "dataplane/dp_api.h"
#include "dataplane/stage.h"

struct dp;

static inline void dp_sa_stats_sub(struct dp_sa_stats *a, const struct dp_sa_stats *base)
{
	a->encaps -= base->encaps;
	a->encaps_bytes -= base->encaps_bytes;
	a->decaps -= base->decaps;
	a->decaps_bytes -= base->decaps_bytes;
	a->send_errors -= base->send_errors;
	a->recv_errors -= base->recv_errors;
	a->verify_failed -= base->verify_failed;
	a->replay_failed -= base->replay_failed;
}

static inline void dp_sa_stats_add(struct dp_sa_stats *a, const struct dp_sa_stats *b)
{
	a->encaps += b->encaps;
	a->encaps_bytes += b->encaps_bytes;
	a->decaps += b->decaps;
	a->decaps_bytes += b->decaps_bytes;
	a->send_errors += b->send_errors;
	a->recv_errors += b->recv_errors;
	a->verify_failed += b->verify_failed;
	a->replay_failed += b->replay_failed;
	a->seq_max = a->seq_max > b->seq_max ? a->seq_max : b->seq_max;
}

/* The part of dp_port_stats() that workers count; device errors are the port's own. */
void dp_port_counts(const struct dp *dp, unsigned int port, struct dp_port_stats *out);

/* The control loop dropped that one: what workers drop is counted by themselves. */
void dp_drop_control(struct dp *dp, enum dp_drop_reason why, uint32_t bytes);

int dp_stats_init(struct dp *dp) GV_MUST_CHECK;
void dp_stats_fini(struct dp *dp);

#endif
