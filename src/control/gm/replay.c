/* SPDX-License-Identifier: BSD-3-Clause */
/* Time based anti-replay as operators see it: the clock, and a sample of refused packets. */
#include <string.h>

#include "control/gm/group.h"

#define MINUTE_NS    (60 * LOOP_NS_PER_S)
#define SYNC_MISSING 3 /* periods without a pseudotime: not synchronised any more */

/* At most ten a minute are kept, the newest hundred; the first is never left out. */
bool gm_tbar_error_add(struct gm *gm, const char *interface, const struct gm_tbar_error *e)
{
	struct gm_group *g = NULL;
	uint64_t now = loop_now_ns(gm->env.loop);

	for (unsigned int i = 0; i < gm->n_groups && g == NULL; i++)
		if (strcmp(gm->groups[i]->interface, interface) == 0)
			g = gm->groups[i];
	if (g == NULL)
		return false;
	if (g->sampled == 0 || now - g->sample_start_ns >= MINUTE_NS) {
		g->sample_start_ns = now;
		g->sampled = 0;
	}
	if (g->sampled == GM_TBAR_PER_MINUTE)
		return false;
	g->sampled++;
	g->errors[g->error_next] = *e;
	g->error_next = (g->error_next + 1) % GM_TBAR_ERRORS_MAX;
	g->error_n = GV_MIN(g->error_n + 1, (unsigned int)GM_TBAR_ERRORS_MAX);
	return true;
}

unsigned int gm_tbar_error_count(const struct gm_group *g)
{
	return g->error_n;
}

const struct gm_tbar_error *gm_tbar_error_at(const struct gm_group *g, unsigned int i)
{
	return &g->errors[(g->error_next + GM_TBAR_ERRORS_MAX - 1 - i) % GM_TBAR_ERRORS_MAX];
}

void gm_clear_replay(struct gm *gm, const char *group)
{
	for (unsigned int i = 0; i < gm->n_groups; i++) {
		struct gm_group *g = gm->groups[i];

		if (group != NULL && strcmp(g->name, group) != 0)
			continue;
		g->error_n = g->error_next = g->sampled = 0;
		g->sync_errors = g->clock_steps = 0;
	}
}

static bool synced(const struct gm_group *g, uint64_t now)
{
	const struct gm_hold *h = &g->hold;
	uint64_t limit = (uint64_t)h->sync_period_s * SYNC_MISSING * LOOP_NS_PER_S;

	return h->clock.synced && (limit == 0 || now - h->clock.last_sync_ns <= limit);
}

void gm_replay_info(const struct gm_group *g, struct gm_replay_info *out)
{
	const struct gm_hold *h = &g->hold;
	uint64_t now = gm_now(g);

	*out = (struct gm_replay_info){
		.synced = synced(g, now),
		.ticks = h->clock.synced ? tbar_clock_ticks(&h->clock, now) : 0,
		.sync_errors = g->sync_errors,
		.steps = g->clock_steps,
		.epoch = h->clock.epoch,
		.error_ms = g->rtt_ns / 2 / LOOP_NS_PER_MS,
	};
	if (h->clock.synced)
		out->since_sync_s = (uint32_t)((now - h->clock.last_sync_ns) / LOOP_NS_PER_S);
	for (unsigned int i = 0; i < h->n_teks; i++) {
		out->time_based |= h->teks[i].tek.replay == GDOI_REPLAY_TIME;
		out->counter_based |= h->teks[i].tek.replay == GDOI_REPLAY_COUNTER;
		out->window = h->teks[i].tek.window;
	}
}
