/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The member's idea of the group clock. A message is never early, only late, and anybody on the
 * path can make it later; so a message that is ahead of us is believed at once, and one that is
 * behind moves us back only as far as clocks can have drifted apart.
 */
#include "tbar/tbar.h"

#define NS_PER_S   1000000000ll
#define DRIFT_PPM  200
#define MAX_AGE_S  30 /* when the key server names none */
#define LATE_SLOTS (sizeof(((struct tbar_clock *)0)->late_ns) / sizeof(int64_t))

/* Offset that a message says when it came at now; in unsigned arithmetic, as any number may
 * have been sent. */
static int64_t msg_off(uint64_t ticks, uint64_t now_ns)
{
	return (int64_t)(ticks * TBAR_TICK_NS - now_ns);
}

static void clock_step(struct tbar_clock *c, int64_t off_ns, uint32_t epoch)
{
	c->off_ns = off_ns;
	c->epoch = epoch;
	c->synced = true;
	c->late_n = 0;
}

enum tbar_sync tbar_clock_pull(struct tbar_clock *c, uint64_t now_ns, uint64_t msg_ticks,
			       uint32_t epoch, uint64_t rtt_ns)
{
	int64_t off = msg_off(msg_ticks, now_ns - rtt_ns / 2);
	enum tbar_sync what;

	if (!c->synced || c->epoch != epoch)
		what = TBAR_SYNC_FIRST;
	else
		what = off > c->off_ns ? TBAR_SYNC_FORWARD : TBAR_SYNC_BACK;
	clock_step(c, off, epoch);
	c->last_sync_ns = now_ns;
	return what;
}

static void late_add(struct tbar_clock *c, int64_t d)
{
	for (unsigned int i = LATE_SLOTS - 1; i > 0; i--)
		c->late_ns[i] = c->late_ns[i - 1];
	c->late_ns[0] = d;
	if (c->late_n < LATE_SLOTS)
		c->late_n++;
}

/* The past latenesses are relative to the clock, so they move with it. */
static void move_back(struct tbar_clock *c, int64_t by_ns)
{
	c->off_ns = (int64_t)((uint64_t)c->off_ns - (uint64_t)by_ns);
	for (unsigned int i = 0; i < c->late_n; i++)
		c->late_ns[i] -= by_ns;
}

/* How far a late message may pull us back. */
static int64_t back_limit(const struct tbar_clock *c, uint64_t now_ns)
{
	int64_t limit = (int64_t)((now_ns - c->last_sync_ns) / 1000000 * DRIFT_PPM);

	for (unsigned int i = 0; i < c->late_n; i++)
		if (c->late_ns[i] < limit)
			limit = c->late_ns[i];
	return limit;
}

enum tbar_sync tbar_clock_push(struct tbar_clock *c, uint64_t now_ns, const struct tbar_stamp *m,
			       uint64_t *age_ns)
{
	int64_t s = msg_off(m->ticks, now_ns); /* lower bound of the offset */
	int64_t late = (int64_t)((uint64_t)c->off_ns - (uint64_t)s), back;
	enum tbar_sync what = TBAR_SYNC_FORWARD;

	*age_ns = 0;
	if (!c->synced || c->epoch != m->epoch) {
		clock_step(c, s, m->epoch);
		what = TBAR_SYNC_FIRST;
	} else if (late > (m->max_age_s == 0 ? MAX_AGE_S : (int64_t)m->max_age_s) * NS_PER_S) {
		return TBAR_SYNC_TOO_OLD;
	} else if (late < 0) {
		if (m->window_s > 0 && late < -(int64_t)m->window_s * NS_PER_S / 2)
			what = TBAR_SYNC_LARGE;
		clock_step(c, s, m->epoch); /* forgets what now lies behind a message in time */
		late_add(c, 0);
	} else {
		late_add(c, late);
		back = back_limit(c, now_ns);
		move_back(c, back);
		*age_ns = (uint64_t)(late - back);
		what = TBAR_SYNC_BACK;
	}
	c->last_sync_ns = now_ns;
	return what;
}

uint64_t tbar_clock_ticks(const struct tbar_clock *c, uint64_t now_ns)
{
	return (now_ns + (uint64_t)c->off_ns) / TBAR_TICK_NS;
}
