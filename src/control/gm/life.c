/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of keys: when they go, when to register again before that, which one to send with. */
#include "control/gm/group.h"

#include "base/trace.h"

#define SEND_UNTIL_MAX_NS (30 * LOOP_NS_PER_S)
#define SEND_UNTIL_MIN_NS (2 * LOOP_NS_PER_S)

static uint64_t send_until_ns(const struct gm_tek *t)
{
	uint64_t a = t->tek.life_s * LOOP_NS_PER_S / 8;

	return t->expire_ns - GV_MIN(SEND_UNTIL_MAX_NS, GV_MAX(SEND_UNTIL_MIN_NS, a));
}

static bool may_send(const struct gm_tek *t, uint8_t sa, uint64_t now_ns)
{
	return t->tek.sa == sa && t->expire_ns > now_ns &&
	       t->tek.direction != GDOI_DIR_RECEIVE_ONLY;
}

int gm_tek_select(const struct gm_tek *teks, unsigned int n, uint8_t sa, uint64_t now_ns)
{
	int oldest = -1, longest = -1;

	for (unsigned int i = 0; i < n; i++) {
		if (!may_send(&teks[i], sa, now_ns))
			continue;
		if (teks[i].atd_ns != 0 && teks[i].atd_ns <= now_ns)
			oldest = -1; /* its time has come, whatever older ones have left */
		if (oldest < 0 && send_until_ns(&teks[i]) > now_ns)
			oldest = (int)i;
		if (longest < 0 || teks[i].expire_ns > teks[longest].expire_ns)
			longest = (int)i;
	}
	return oldest >= 0 ? oldest : longest;
}

static void settle_state(struct gm_group *g)
{
	if (g->state == GM_REGISTERED && g->hold.n_teks == 0)
		g->state = GM_NOT_REGISTERED;
}

/* The operator asked for it: without keys, after a registration that failed, the box is closed
 * again. */
static void revert(struct gm_group *g)
{
	if (g->gate != GM_GATE_POLICY || !g->conf->fail_close_revert || g->hold.n_teks > 0 ||
	    g->failures == 0)
		return;
	gm_bump(g->gm, REVERTED);
	(void)gm_set_gate(g, GM_GATE_FAIL_CLOSE);
}

/* With the newest keys already inside the margin (the key server has no newer ones either), the
 * distance halves, so that it gets urgent without getting fast. */
static uint64_t next_registration(const struct gm_group *g)
{
	uint64_t now = gm_now(g), end, when = gm_hold_reregister_ns(&g->hold, &end);
	uint64_t least = LOOP_NS_PER_S, most = g->gm->backoff_min_s * LOOP_NS_PER_S;

	if (when > now)
		return when;
	return now + GV_MAX(least, GV_MIN(most, end > now ? (end - now) / 2 : most));
}

void gm_life_set(struct gm_group *g)
{
	uint64_t expiry = gm_hold_next_expiry_ns(&g->hold), when;

	if (expiry == UINT64_MAX)
		loop_timer_cancel(g->life_timer);
	else
		loop_timer_set_at(g->life_timer, GV_MAX(expiry, gm_now(g)));
	/* While attempts fail, their back-off has the timer. */
	if (g->pull != NULL || g->failures > 0)
		return;
	when = next_registration(g);
	if (g->ordered_ns != 0)
		when = GV_MIN(when, g->ordered_ns);
	if (when == UINT64_MAX)
		loop_timer_cancel(g->reg_timer);
	else
		loop_timer_set_at(g->reg_timer, when);
}

void gm_life_fired(void *arg)
{
	struct gm_group *g = arg;
	unsigned int gone = gm_hold_expire(&g->hold, gm_now(g));

	g->gm->counts[GM_COUNT_TEK_EXPIRED] += gone;
	if (gone > 0)
		(void)gm_reinstall(g);
	settle_state(g);
	revert(g);
	gm_life_set(g);
}
