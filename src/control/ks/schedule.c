/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When a group gets new keys without being told: each TEK and the KEK have their successor some
 * time before they end, and a group with time stamps hears the clock at least once a period.
 */
#include "control/ks/group.h"

uint64_t ks_schedule_tek_ns(const struct ks_group *g, unsigned int sa)
{
	const struct ks_sa *s = &g->sas[sa];
	const struct ks_tek *newest;
	uint64_t due, room = UINT64_MAX;

	if (s->n == 0)
		return 0;
	newest = &s->teks[s->n - 1];
	due = newest->end_ns - ks_tek_ahead_ns(g, newest->life_s);
	if (s->n < GDOI_TEKS_PER_SA_MAX)
		return due;
	/* Never more than five: one has to go first. */
	for (unsigned int i = 0; i < s->n; i++)
		room = GV_MIN(room, s->teks[i].end_ns);
	return GV_MAX(due, room);
}

uint64_t ks_schedule_kek_ns(const struct ks_group *g)
{
	if (g->kek.id == 0)
		return UINT64_MAX;
	return g->kek.end_ns - ks_kek_ahead_ns(g, g->kek.life_s);
}

static uint64_t sync_ns(const struct ks_group *g)
{
	if (!g->clock_running || !ks_plan_has_time(&g->active))
		return UINT64_MAX;
	return g->last_push_ns + ks_plan_sync_period_s(&g->active) * LOOP_NS_PER_S;
}

static uint64_t next_expiry_ns(const struct ks_group *g)
{
	uint64_t next = g->old_kek.id != 0 ? g->old_kek.end_ns : UINT64_MAX;

	for (unsigned int s = 0; s < g->active.n_sas; s++)
		for (unsigned int i = 0; i < g->sas[s].n; i++)
			next = GV_MIN(next, g->sas[s].teks[i].end_ns);
	return next;
}

void ks_schedule_set(struct ks_group *g)
{
	uint64_t due = GV_MIN(ks_schedule_kek_ns(g), sync_ns(g));

	if (!g->planned)
		return;
	for (unsigned int s = 0; s < g->active.n_sas; s++)
		due = GV_MIN(due, ks_schedule_tek_ns(g, s));
	due = GV_MAX(due, g->retry_ns);
	due = GV_MIN(due, next_expiry_ns(g));
	loop_timer_set_at(g->timer, GV_MAX(due, ks_now(g)));
}

/* A TEK is also due when its SA asks for something else now. */
static bool tek_due(const struct ks_group *g, unsigned int sa, uint64_t now)
{
	const struct ks_plan_sa *plan = &g->active.sas[sa];
	const struct ks_sa *s = &g->sas[sa];
	const struct ks_tek *t;

	if (s->n == GDOI_TEKS_PER_SA_MAX)
		return false;
	if (ks_schedule_tek_ns(g, sa) <= now)
		return true;
	t = &s->teks[s->n - 1];
	return t->suite != plan->suite || t->replay != plan->replay || t->window != plan->window;
}

static bool any_tek_due(const struct ks_group *g, uint64_t now)
{
	for (unsigned int s = 0; s < g->active.n_sas; s++)
		if (ks_schedule_tek_ns(g, s) <= now)
			return true;
	return false;
}

static int add_due_teks(struct ks_group *g, uint64_t now)
{
	int rc = 0;

	for (unsigned int s = 0; s < g->active.n_sas && rc == 0; s++)
		if (tek_due(g, s, now))
			rc = ks_tek_add(g, s);
	return rc;
}

/* The push that brings a new KEK goes out under the old one. */
static int roll_kek(struct ks_group *g)
{
	struct ks_kek fresh = {0};
	int rc = ks_kek_make(g, &fresh);

	if (rc == 0)
		rc = ks_round_start(g, &fresh);
	if (rc < 0) {
		ks_kek_drop(&fresh);
		return rc;
	}
	ks_kek_drop(&g->old_kek);
	g->old_kek = g->kek;
	g->kek = fresh;
	return 0;
}

/*
 * A push under a new KEK is lost on members that still miss the one that brought it. So the two
 * are one whenever they would come closer together than a round may last.
 */
static uint64_t round_ns(const struct ks_group *g)
{
	return (uint64_t)ks_conf(g)->retransmit_s * ks_conf(g)->retransmit_n * LOOP_NS_PER_S;
}

int ks_schedule_push(struct ks_group *g)
{
	if (g->kek.id != 0 && ks_schedule_kek_ns(g) <= ks_now(g) + round_ns(g))
		return roll_kek(g);
	return ks_round_start(g, NULL);
}

static void expire(struct ks_group *g, uint64_t now)
{
	ks_teks_expire(g);
	if (g->old_kek.id != 0 && g->old_kek.end_ns <= now)
		ks_kek_drop(&g->old_kek);
	if (g->kek.id != 0 && g->kek.end_ns <= now) {
		ks_round_stop(g);
		ks_kek_drop(&g->kek);
	}
}

void ks_schedule_fired(void *arg)
{
	struct ks_group *g = arg;
	uint64_t now = ks_now(g);
	bool kek = ks_schedule_kek_ns(g) <= now, tek = any_tek_due(g, now);
	bool sync = sync_ns(g) <= now;
	uint64_t soon = kek ? now + round_ns(g) : now;
	int rc = 0;

	expire(g, now);
	if (now >= g->retry_ns && (kek || tek || sync)) {
		if (g->changed && (kek || tek))
			ks_group_adopt(g);
		rc = add_due_teks(g, soon);
		if (rc == 0)
			rc = ks_schedule_push(g);
	}
	g->retry_ns = rc < 0 ? now + KS_RETRY_NS : 0;
	ks_schedule_set(g);
}

/* RFC 6407 3.5: sender IDs are used up. Everybody is told to forget everything; then there are
 * new keys, and all numbers are free again. */
void ks_schedule_reset_keys(struct ks_group *g)
{
	g->dying = (struct gdoi_delete){.all_teks = true, .kek = true};
	if (ks_round_start(g, NULL) == 0)
		ks_round_flush(g);
	/* Of that push alone. Without members or a KEK there was none, and the next one, to members
	 * with new keys, must not take these away. */
	g->dying = (struct gdoi_delete){0};
	ks_round_stop(g);
	ks_members_clear(g);
	for (unsigned int s = 0; s < g->active.n_sas; s++)
		ks_teks_drop(&g->sas[s]);
	ks_kek_drop(&g->old_kek);
	g->old_kek = g->kek;
	g->kek = (struct ks_kek){0};
	g->sids.next = 0;
	if (ks_keys_ensure(g) < 0)
		g->retry_ns = ks_now(g) + KS_RETRY_NS;
	ks_schedule_set(g);
}
