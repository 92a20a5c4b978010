/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading and clearing. A clear stores sums here; workers' lines are never written. */
#include "dataplane/stats.h"

#include <stdlib.h>

#include "dataplane/dp.h"
#include "dataplane/sad.h"
#include "dataplane/spd.h"
#include "dataplane/tek.h"
#include "dataplane/worker.h"

/* Sums over all workers: what is shown is one of these less another. */
struct dp_baseline {
	struct dp_port_ctr port[DP_PORTS_MAX];
	struct dp_tbar_ctr tbar[DP_PORTS_MAX];
	struct dp_drop_ctr port_drop[DP_PORTS_MAX];
	struct dp_drop_ctr drop[DP_DROP_COUNT];
	struct dp_drop_ctr control[DP_DROP_COUNT]; /* no baseline: counts from start, as workers */
};

static const struct {
	const char *name, *ios, *what;
} drops[DP_DROP_COUNT] = {
	[DP_DROP_NONE] = {"none", "", "not dropped"},
#define DROP(n, text, i, w) [DP_DROP_##n] = {text, i, w},
#include "dataplane/drops.def"
#undef DROP
};

int dp_stats_init(struct dp *dp)
{
	dp->baseline = calloc(1, sizeof(*dp->baseline));
	return dp->baseline == NULL ? -ENOMEM : 0;
}

void dp_stats_fini(struct dp *dp)
{
	free(dp->baseline);
	dp->baseline = NULL;
}

/* ---- sums --------------------------------------------------------------------------------- */

static void sum_port(const struct dp *dp, unsigned int port, struct dp_port_ctr *out)
{
	*out = (struct dp_port_ctr){0};
	for (unsigned int i = 0; i < dp->n_workers; i++) {
		const struct dp_port_ctr *c = &dp->worker[i]->ctr->port[port];

		out->rx_packets += dp_count_read(&c->rx_packets);
		out->rx_bytes += dp_count_read(&c->rx_bytes);
		out->tx_packets += dp_count_read(&c->tx_packets);
		out->tx_bytes += dp_count_read(&c->tx_bytes);
		out->punted += dp_count_read(&c->punted);
		out->injected += dp_count_read(&c->injected);
	}
}

static void add_drop(struct dp_drop_ctr *out, const struct dp_drop_ctr *c)
{
	out->packets += dp_count_read(&c->packets);
	out->bytes += dp_count_read(&c->bytes);
}

void dp_drop_control(struct dp *dp, enum dp_drop_reason why, uint32_t bytes)
{
	struct dp_drop_ctr *c = &dp->baseline->control[why];

	c->packets++;
	c->bytes += bytes;
}

static struct dp_drop_ctr sum_reason(const struct dp *dp, unsigned int reason)
{
	struct dp_drop_ctr out = dp->baseline->control[reason];

	for (unsigned int i = 0; i < dp->n_workers; i++)
		for (unsigned int p = 0; p <= DP_PORTS_MAX; p++)
			add_drop(&out, &dp->worker[i]->ctr->drop[p][reason]);
	return out;
}

static struct dp_drop_ctr sum_port_drops(const struct dp *dp, unsigned int port)
{
	struct dp_drop_ctr out = {0};

	for (unsigned int i = 0; i < dp->n_workers; i++)
		for (unsigned int r = 0; r < DP_DROP_COUNT; r++)
			add_drop(&out, &dp->worker[i]->ctr->drop[port][r]);
	return out;
}

static void sum_tbar(const struct dp *dp, unsigned int port, struct dp_tbar_ctr *out)
{
	*out = (struct dp_tbar_ctr){0};
	for (unsigned int i = 0; i < dp->n_workers; i++) {
		const struct dp_tbar_ctr *c = &dp->worker[i]->ctr->tbar[port];
		uint32_t epoch = __atomic_load_n(&c->clear_epoch, __ATOMIC_ACQUIRE);

		out->in_packets += dp_count_read(&c->in_packets);
		out->out_packets += dp_count_read(&c->out_packets);
		out->in_errors += dp_count_read(&c->in_errors);
		out->out_errors += dp_count_read(&c->out_errors);
		if (epoch == dp->root->clear_epoch)
			out->max_delta = GV_MAX(out->max_delta, dp_count_read(&c->max_delta));
	}
}

/* ---- what dp_api.h promises --------------------------------------------------------------- */

void dp_port_counts(const struct dp *dp, unsigned int port, struct dp_port_stats *out)
{
	const struct dp_baseline *b = dp->baseline;
	struct dp_port_ctr c;

	sum_port(dp, port, &c);
	*out = (struct dp_port_stats){
		.rx_packets = c.rx_packets - b->port[port].rx_packets,
		.rx_bytes = c.rx_bytes - b->port[port].rx_bytes,
		.tx_packets = c.tx_packets - b->port[port].tx_packets,
		.tx_bytes = c.tx_bytes - b->port[port].tx_bytes,
		.punted = c.punted - b->port[port].punted,
		.injected = c.injected - b->port[port].injected,
		.drops = sum_port_drops(dp, port).packets - b->port_drop[port].packets,
	};
}

/* An SPI that two groups use is one row: sums of both. */
int dp_sa_stats(const struct dp *dp, uint32_t spi, struct dp_sa_stats *out)
{
	int rc = -ENOENT;

	*out = (struct dp_sa_stats){0};
	for (const struct dp_tek *t = dp->teks; t != NULL; t = t->next) {
		struct dp_sa_stats s;

		if (t->spi != spi || t->refs == 0)
			continue;
		dp_tek_stats(t, &s);
		dp_sa_stats_add(out, &s);
		rc = 0;
	}
	return rc;
}

int dp_ace_stats(const struct dp *dp, const char *port, unsigned int line, struct dp_ace_stats *out)
{
	int p = dp_port_find(dp, port);
	const struct dp_group *g = p < 0 ? NULL : dp->root->port[p].group;

	if (g == NULL || line >= g->spd->n_lines)
		return -ENOENT;
	dp_line_stats(g->spd->line[line], out);
	return 0;
}

unsigned int dp_drop_count(void)
{
	return DP_DROP_COUNT;
}

int dp_drop_stat(const struct dp *dp, unsigned int reason, struct dp_drop_stat *out)
{
	struct dp_drop_ctr c;

	if (reason >= DP_DROP_COUNT)
		return -ENOENT;
	c = sum_reason(dp, reason);
	*out = (struct dp_drop_stat){
		.name = drops[reason].name,
		.ios = drops[reason].ios,
		.what = drops[reason].what,
		.packets = c.packets - dp->baseline->drop[reason].packets,
		.bytes = c.bytes - dp->baseline->drop[reason].bytes,
	};
	return 0;
}

int dp_tbar_stats(const struct dp *dp, const char *port, struct dp_tbar_stats *out)
{
	int p = dp_port_find(dp, port);
	const struct dp_tbar_ctr *b;
	struct dp_tbar_ctr c;

	if (p < 0)
		return p;
	b = &dp->baseline->tbar[p];
	sum_tbar(dp, (unsigned int)p, &c);
	*out = (struct dp_tbar_stats){
		.in_packets = c.in_packets - b->in_packets,
		.out_packets = c.out_packets - b->out_packets,
		.in_errors = c.in_errors - b->in_errors,
		.out_errors = c.out_errors - b->out_errors,
		.max_delta_ticks = c.max_delta,
	};
	return 0;
}

static void clear_group(const struct dp_group *g)
{
	for (unsigned int i = 0; g != NULL && i < g->spd->n_lines; i++)
		dp_line_clear(g->spd->line[i]);
}

/* A maximum has no baseline: workers start it again when they see a new epoch. */
static void new_epoch(struct dp *dp)
{
	struct dp_root *r = dp_root_copy(dp);

	if (r == NULL)
		return;
	r->clear_epoch++;
	dp_root_publish(dp, r);
}

void dp_counters_clear(struct dp *dp)
{
	struct dp_baseline *b = dp->baseline;

	for (unsigned int p = 0; p < DP_PORTS_MAX; p++) {
		sum_port(dp, p, &b->port[p]);
		sum_tbar(dp, p, &b->tbar[p]);
		b->port_drop[p] = sum_port_drops(dp, p);
	}
	for (unsigned int r = 0; r < DP_DROP_COUNT; r++)
		b->drop[r] = sum_reason(dp, r);
	for (struct dp_tek *t = dp->teks; t != NULL; t = t->next)
		dp_tek_clear(t);
	for (unsigned int p = 0; p < dp->root->n_ports; p++)
		clear_group(dp->root->port[p].group);
	new_epoch(dp);
}
