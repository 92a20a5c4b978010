/* SPDX-License-Identifier: BSD-3-Clause */
/* The data plane without its ports: workers, the first root, housekeeping. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring_elem.h>

#include "base/loop.h"
#include "base/secret.h"
#include "dataplane/dp.h"
#include "dataplane/stats.h"
#include "dataplane/tek.h"
#include "dataplane/worker.h"

#define HOUSEKEEPING_NS (100 * LOOP_NS_PER_MS)
#define ANCHOR_NS       (2 * LOOP_NS_PER_S)

static int ring_new(struct rte_ring **out, const char *what, unsigned int worker,
		    unsigned int elem_size, unsigned int n)
{
	static unsigned int serial; /* ring names are global to the process */
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "%s%u-%u", what, worker, serial++);
	*out = rte_ring_create_elem(name, elem_size, n, SOCKET_ID_ANY,
				    RING_F_SP_ENQ | RING_F_SC_DEQ);
	return *out == NULL ? -rte_errno : 0;
}

static void worker_free(struct dp_worker *w)
{
	if (w == NULL)
		return;
	dp_drop_flush(w);
	iv_maker_fini(&w->iv);
	bulk_free(w->bulk);
	rte_ring_free(w->punt_ring);
	rte_ring_free(w->inject_ring);
	rte_ring_free(w->resolve_ring);
	rte_ring_free(w->event_ring);
	rte_free(w->ctr);
	rte_free(w);
}

static int worker_rings(struct dp_worker *w, unsigned int i)
{
	int rc = ring_new(&w->punt_ring, "punt", i, sizeof(void *), DP_PUNT_RING);

	if (rc == 0)
		rc = ring_new(&w->inject_ring, "inject", i, sizeof(void *), DP_INJECT_RING);
	if (rc == 0)
		rc = ring_new(&w->resolve_ring, "resolve", i, sizeof(void *), DP_PUNT_RING);
	if (rc == 0)
		rc = ring_new(&w->event_ring, "event", i, sizeof(struct dp_event), DP_EVENT_RING);
	return rc;
}

static int worker_new(struct dp *dp, unsigned int i, struct err_text *e)
{
	struct dp_worker *w = rte_zmalloc("worker", sizeof(*w), RTE_CACHE_LINE_SIZE);
	int rc;

	if (w == NULL)
		return err_set(e, -ENOMEM, "no memory for a worker");
	dp->worker[i] = w;
	w->dp = dp;
	w->published = &dp->root;
	w->index = i;
	w->qsbr = dp->retire.qsbr;
	w->wake_fd = -1;
	w->ctr = rte_zmalloc("counters", sizeof(*w->ctr), RTE_CACHE_LINE_SIZE);
	if (w->ctr == NULL)
		return err_set(e, -ENOMEM, "no memory for counters");
	rc = worker_rings(w, i);
	if (rc < 0)
		return err_set(e, rc, "no memory for the rings of a worker");
	rc = iv_maker_init(&w->iv);
	if (rc < 0)
		return err_set(e, rc, "no random numbers for IVs");
	memcpy(&w->ip_id, iv_maker_next(&w->iv), sizeof(w->ip_id));
	return bulk_new(&w->bulk, BULK_IMB, e);
}

static void housekeeping(void *arg)
{
	struct dp *dp = arg;
	uint64_t now = loop_now_ns(dp->loop);
	struct dp_root *r;

	dp_events_drain(dp);
	dp_tek_sweep(dp, now);
	if (now - dp->last_anchor_ns >= ANCHOR_NS) {
		r = dp_root_copy(dp);
		if (r != NULL)
			dp_root_publish(dp, r);
	}
	dp_retire_poll(&dp->retire);
	loop_timer_set(dp->housekeeping, HOUSEKEEPING_NS);
}

static int start(struct dp *dp, struct err_text *e)
{
	struct dp_root *r;
	int rc = dp_retire_init(&dp->retire, dp->n_workers);

	if (rc < 0)
		return err_set(e, rc, "no memory for the state of workers");
	rc = bulk_new(&dp->bulk, BULK_IMB, e);
	for (unsigned int i = 0; rc == 0 && i < dp->n_workers; i++)
		rc = worker_new(dp, i, e);
	if (rc < 0)
		return rc;
	rc = dp_stats_init(dp);
	if (rc == 0)
		rc = loop_timer_new(&dp->housekeeping, dp->loop, housekeeping, dp);
	r = rc < 0 ? NULL : dp_root_copy(dp);
	if (r == NULL)
		return err_set(e, -ENOMEM, "no memory for the first root");
	dp_root_publish(dp, r);
	loop_timer_set(dp->housekeeping, HOUSEKEEPING_NS);
	return 0;
}

int dp_core_init(struct dp *dp, struct loop *loop, unsigned int n_workers, struct err_text *e)
{
	int rc;

	gv_assert(n_workers > 0 && n_workers <= DP_WORKERS_MAX);
	dp->loop = loop;
	dp->n_workers = n_workers;
	rc = start(dp, e);
	if (rc < 0)
		dp_core_fini(dp);
	return rc;
}

void dp_core_fini(struct dp *dp)
{
	loop_timer_free(dp->housekeeping);
	dp->housekeeping = NULL;
	if (dp->root != NULL)
		dp_retire_root(&dp->retire, dp->root);
	dp->root = NULL;
	if (dp->retire.qsbr != NULL)
		dp_retire_fini(&dp->retire);
	dp_tek_fini(dp);
	for (unsigned int i = 0; i < dp->n_workers; i++)
		worker_free(dp->worker[i]);
	dp->n_workers = 0;
	dp_stats_fini(dp);
	bulk_free(dp->bulk);
	dp->bulk = NULL;
}
