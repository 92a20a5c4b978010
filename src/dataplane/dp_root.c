/* SPDX-License-Identifier: BSD-3-Clause */
/* Making, publishing and freeing roots. Control thread only. */
#include "dataplane/dp_root.h"

#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "base/loop.h"
#include "base/secret.h"
#include "dataplane/dp.h"

/* The counter's rate as measured since start: the one EAL estimates is off by up to hundreds of
 * parts in a million, too much for a time stamp window of a second. */
static uint64_t measure_mult(struct dp *dp, uint64_t tsc, uint64_t ns)
{
	uint64_t d_tsc = tsc - dp->start_tsc, d_ns = ns - dp->start_ns;

	if (dp->start_tsc == 0) {
		dp->start_tsc = tsc;
		dp->start_ns = ns;
	}
	if (dp->start_tsc == tsc || d_ns < 5 * LOOP_NS_PER_S)
		return (uint64_t)(((__uint128_t)LOOP_NS_PER_S << 32) / rte_get_tsc_hz());
	return (uint64_t)(((__uint128_t)d_ns << 32) / d_tsc);
}

static void anchor(struct dp *dp, struct dp_timebase *t)
{
	t->ns0 = loop_now_ns(dp->loop);
	t->tsc0 = rte_rdtsc();
	t->mult = measure_mult(dp, t->tsc0, t->ns0);
	dp->last_anchor_ns = t->ns0;
}

struct dp_root *dp_root_copy(struct dp *dp)
{
	struct dp_root *r = malloc(sizeof(*r));

	if (r == NULL)
		return NULL;
	if (dp->root != NULL)
		*r = *dp->root;
	else
		*r = (struct dp_root){0};
	r->generation++;
	r->next = NULL;
	anchor(dp, &r->time);
	for (unsigned int i = 0; i < r->n_ports; i++)
		if (r->port[i].group != NULL)
			dp_part_ref(&r->port[i].group->part);
	dp_part_ref(dp_fwd_part(r->fwd));
	return r;
}

void dp_root_free(struct dp_root *root)
{
	for (unsigned int i = 0; i < root->n_ports; i++)
		if (root->port[i].group != NULL)
			dp_part_unref(&root->port[i].group->part);
	dp_part_unref(dp_fwd_part(root->fwd));
	/* A worker that held on to it would crash at once instead of reading old policy. */
	memset(root, 0xdb, sizeof(*root));
	free(root);
}

void dp_root_publish(struct dp *dp, struct dp_root *root)
{
	struct dp_root *old = dp->root;

	__atomic_store_n(&dp->root, root, __ATOMIC_RELEASE);
	if (old != NULL)
		dp_retire_root(&dp->retire, old);
	dp_retire_poll(&dp->retire);
}

int dp_root_set_fwd(struct dp *dp, struct dp_fwd *fwd)
{
	struct dp_root *r = dp_root_copy(dp);

	if (r == NULL)
		return -ENOMEM;
	dp_part_unref(dp_fwd_part(r->fwd));
	r->fwd = fwd;
	dp_root_publish(dp, r);
	return 0;
}

int dp_root_set_port(struct dp *dp, unsigned int port, const struct dp_port_view *v)
{
	struct dp_root *r;
	struct dp_group *group;

	gv_assert(port < DP_PORTS_MAX);
	r = dp_root_copy(dp);
	if (r == NULL)
		return -ENOMEM;
	group = port < r->n_ports ? r->port[port].group : NULL;
	r->port[port] = *v;
	r->port[port].group = group;
	if (r->n_ports <= port)
		r->n_ports = (uint8_t)(port + 1);
	dp_root_publish(dp, r);
	return 0;
}
