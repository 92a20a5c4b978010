/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One event loop. Timers live in a sorted list of our own, the same for both backends, so that
 * what a test proves on a hand-moved clock holds for the real one; libevent waits for
 * descriptors, signals and the earliest timer.
 */
#include "base/loop.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>

struct loop_timer {
	TAILQ_ENTRY(loop_timer) link;
	struct loop *loop;
	loop_timer_fn *fn;
	void *arg;
	uint64_t due_ns; /* UINT64_MAX: not in the list */
};

TAILQ_HEAD(timer_list, loop_timer);

struct loop {
	struct event_base *base; /* NULL: manual backend */
	struct event *tick;      /* the earliest timer */
	struct timer_list timers;
	uint64_t manual_ns;
	loop_prepare_fn *prepare;
	void *prepare_arg;
	bool stop;
};

struct loop_fd {
	struct loop *loop;
	struct event *ev;
	loop_fd_fn *fn;
	void *arg;
};

struct loop_signal {
	struct event *ev;
	loop_signal_fn *fn;
	void *arg;
};

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * LOOP_NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t loop_now_ns(const struct loop *l)
{
	return l->base == NULL ? l->manual_ns : clock_ns(CLOCK_MONOTONIC_RAW);
}

int64_t loop_wall_ms(const struct loop *l)
{
	return (int64_t)((l->base == NULL ? l->manual_ns : clock_ns(CLOCK_REALTIME)) /
			 LOOP_NS_PER_MS);
}

static void tick_fired(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg; /* loop_turn() looks at the timers after every wake-up */
}

int loop_new_manual(struct loop **out, uint64_t start_ns)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return -ENOMEM;
	TAILQ_INIT(&l->timers);
	l->manual_ns = start_ns;
	*out = l;
	return 0;
}

int loop_new(struct loop **out)
{
	struct loop *l;
	int rc = loop_new_manual(&l, 0);

	if (rc < 0)
		return rc;
	l->base = event_base_new();
	if (l->base != NULL)
		l->tick = evtimer_new(l->base, tick_fired, l);
	if (l->tick == NULL) {
		loop_free(l);
		return -ENOMEM;
	}
	*out = l;
	return 0;
}

void loop_free(struct loop *l)
{
	if (l == NULL)
		return;
	gv_assert(TAILQ_EMPTY(&l->timers));
	if (l->tick != NULL)
		event_free(l->tick);
	if (l->base != NULL)
		event_base_free(l->base);
	free(l);
}

/* ---- timers ------------------------------------------------------------------------------ */

int loop_timer_new(struct loop_timer **out, struct loop *l, loop_timer_fn *fn, void *arg)
{
	struct loop_timer *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	*t = (struct loop_timer){.loop = l, .fn = fn, .arg = arg, .due_ns = UINT64_MAX};
	*out = t;
	return 0;
}

void loop_timer_cancel(struct loop_timer *t)
{
	if (t->due_ns == UINT64_MAX)
		return;
	TAILQ_REMOVE(&t->loop->timers, t, link);
	t->due_ns = UINT64_MAX;
}

void loop_timer_free(struct loop_timer *t)
{
	if (t == NULL)
		return;
	loop_timer_cancel(t);
	free(t);
}

void loop_timer_set_at(struct loop_timer *t, uint64_t due_ns)
{
	struct loop_timer *before;

	loop_timer_cancel(t);
	t->due_ns = due_ns == UINT64_MAX ? UINT64_MAX - 1 : due_ns;
	/* From the end: most timers are set further away than those that wait. Equal times keep
	 * the order in which they were set. */
	TAILQ_FOREACH_REVERSE (before, &t->loop->timers, timer_list, link)
		if (before->due_ns <= t->due_ns)
			break;
	if (before == NULL)
		TAILQ_INSERT_HEAD(&t->loop->timers, t, link);
	else
		TAILQ_INSERT_AFTER(&t->loop->timers, before, t, link);
}

void loop_timer_set(struct loop_timer *t, uint64_t delay_ns)
{
	loop_timer_set_at(t, loop_now_ns(t->loop) + delay_ns);
}

bool loop_timer_pending(const struct loop_timer *t)
{
	return t->due_ns != UINT64_MAX;
}

uint64_t loop_timer_due_ns(const struct loop_timer *t)
{
	return t->due_ns;
}

uint64_t loop_next_due_ns(const struct loop *l)
{
	const struct loop_timer *t = TAILQ_FIRST(&l->timers);

	return t == NULL ? UINT64_MAX : t->due_ns;
}

static bool fire_next(struct loop *l, uint64_t until_ns)
{
	struct loop_timer *t = TAILQ_FIRST(&l->timers);

	if (t == NULL || t->due_ns > until_ns)
		return false;
	loop_timer_cancel(t);
	t->fn(t->arg); /* may free t */
	return true;
}

void loop_advance(struct loop *l, uint64_t ns)
{
	uint64_t until = l->manual_ns + ns;

	gv_assert(l->base == NULL);
	while (loop_next_due_ns(l) <= until) {
		l->manual_ns = GV_MAX(l->manual_ns, loop_next_due_ns(l));
		fire_next(l, l->manual_ns);
	}
	l->manual_ns = until;
}

/* ---- running ----------------------------------------------------------------------------- */

void loop_set_prepare(struct loop *l, loop_prepare_fn *fn, void *arg)
{
	l->prepare = fn;
	l->prepare_arg = arg;
}

static void arm_tick(struct loop *l, int timeout_ms)
{
	uint64_t now = loop_now_ns(l), due = loop_next_due_ns(l);
	uint64_t wait = due <= now ? 0 : due - now;
	struct timeval tv;

	if (timeout_ms >= 0)
		wait = GV_MIN(wait, (uint64_t)timeout_ms * LOOP_NS_PER_MS);
	wait = GV_MIN(wait, 3600 * LOOP_NS_PER_S);
	tv.tv_sec = (time_t)(wait / LOOP_NS_PER_S);
	tv.tv_usec = (suseconds_t)(wait % LOOP_NS_PER_S / 1000);
	evtimer_add(l->tick, &tv);
}

int loop_turn(struct loop *l, int timeout_ms)
{
	bool busy = l->prepare != NULL && l->prepare(l->prepare_arg);
	uint64_t now;
	int rc;

	gv_assert(l->base != NULL);
	if (busy || timeout_ms == 0) {
		rc = event_base_loop(l->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	} else {
		arm_tick(l, timeout_ms);
		rc = event_base_loop(l->base, EVLOOP_ONCE);
	}
	/* Only what was due when the turn began to fire: a timer of zero cannot hold the loop. */
	now = loop_now_ns(l);
	while (!l->stop && fire_next(l, now))
		;
	return rc < 0 ? -EIO : 0;
}

int loop_run(struct loop *l)
{
	int rc = 0;

	l->stop = false;
	while (!l->stop && rc == 0)
		rc = loop_turn(l, -1);
	return rc;
}

void loop_stop(struct loop *l)
{
	l->stop = true;
	if (l->base != NULL)
		event_base_loopbreak(l->base);
}

/* ---- descriptors ------------------------------------------------------------------------- */

static void fd_fired(evutil_socket_t fd, short what, void *arg)
{
	struct loop_fd *f = arg;
	unsigned int events = 0;

	if ((what & EV_READ) != 0)
		events |= LOOP_READ;
	if ((what & EV_WRITE) != 0)
		events |= LOOP_WRITE;
	f->fn((int)fd, events, f->arg);
}

static short ev_flags(unsigned int events)
{
	return (short)(EV_PERSIST | ((events & LOOP_READ) != 0 ? EV_READ : 0) |
		       ((events & LOOP_WRITE) != 0 ? EV_WRITE : 0));
}

int loop_fd_new(struct loop_fd **out, struct loop *l, int fd, unsigned int events, loop_fd_fn *fn,
		void *arg)
{
	struct loop_fd *f = calloc(1, sizeof(*f));

	gv_assert(l->base != NULL);
	if (f == NULL)
		return -ENOMEM;
	*f = (struct loop_fd){.loop = l, .fn = fn, .arg = arg};
	f->ev = event_new(l->base, fd, ev_flags(events), fd_fired, f);
	if (f->ev == NULL || event_add(f->ev, NULL) < 0) {
		loop_fd_free(f);
		return -EIO;
	}
	*out = f;
	return 0;
}

int loop_fd_set(struct loop_fd *f, unsigned int events)
{
	evutil_socket_t fd = event_get_fd(f->ev);

	event_del(f->ev);
	if (event_assign(f->ev, f->loop->base, fd, ev_flags(events), fd_fired, f) < 0)
		return -EIO;
	return event_add(f->ev, NULL) < 0 ? -EIO : 0;
}

void loop_fd_free(struct loop_fd *f)
{
	if (f == NULL)
		return;
	if (f->ev != NULL)
		event_free(f->ev);
	free(f);
}

static void signal_fired(evutil_socket_t signo, short what, void *arg)
{
	struct loop_signal *s = arg;

	(void)what;
	s->fn((int)signo, s->arg);
}

int loop_signal_new(struct loop_signal **out, struct loop *l, int signo, loop_signal_fn *fn,
		    void *arg)
{
	struct loop_signal *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	*s = (struct loop_signal){.fn = fn, .arg = arg};
	s->ev = evsignal_new(l->base, signo, signal_fired, s);
	if (s->ev == NULL || event_add(s->ev, NULL) < 0) {
		loop_signal_free(s);
		return -EIO;
	}
	*out = s;
	return 0;
}

void loop_signal_free(struct loop_signal *s)
{
	if (s == NULL)
		return;
	if (s->ev != NULL)
		event_free(s->ev);
	free(s);
}
