/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One event loop, one thread: file descriptors, timers, deferred calls. The only header that
 * stands for libevent. A second backend has no descriptors and a clock moved by hand, so that
 * tests run the same timer code in no time.
 *
 * Monotonic time is CLOCK_MONOTONIC_RAW: neither stepped nor slewed. All
 * callbacks run on the thread that runs the loop; none of these calls may come from another.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define LOOP_NS_PER_S  1000000000ull
#define LOOP_NS_PER_MS 1000000ull

struct loop;
struct loop_timer;
struct loop_fd;

enum loop_events { LOOP_READ = 1, LOOP_WRITE = 2 };

int loop_new(struct loop **out) GV_MUST_CHECK;
/* Time starts at start_ns and moves by loop_advance() alone. */
int loop_new_manual(struct loop **out, uint64_t start_ns) GV_MUST_CHECK;
/* All timers and descriptors must have been freed. */
void loop_free(struct loop *l);

uint64_t loop_now_ns(const struct loop *l);
/* Wall clock in ms since 1970; a manual loop's follows its monotonic clock. */
int64_t loop_wall_ms(const struct loop *l);

/* Runs until loop_stop(). */
int loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* One pass over what is ready; waits at most timeout_ms (0 = do not wait). */
int loop_turn(struct loop *l, int timeout_ms);
/* Manual backend: fires every timer due within the next ns, in order of time. */
void loop_advance(struct loop *l, uint64_t ns);
/* Manual backend: the time of the next timer, UINT64_MAX when there is none. */
uint64_t loop_next_due_ns(const struct loop *l);

/* Called once each turn before the loop waits; returning true means "do not wait". */
typedef bool loop_prepare_fn(void *arg);
void loop_set_prepare(struct loop *l, loop_prepare_fn *fn, void *arg);

/* Timers are one-shot; setting one that runs moves it. A callback may set, cancel or free its
 * own timer. */
typedef void loop_timer_fn(void *arg);
int loop_timer_new(struct loop_timer **out, struct loop *l, loop_timer_fn *fn,
		   void *arg) GV_MUST_CHECK;
void loop_timer_free(struct loop_timer *t); /* NULL is fine */
void loop_timer_set(struct loop_timer *t, uint64_t delay_ns);
void loop_timer_set_at(struct loop_timer *t, uint64_t due_ns);
void loop_timer_cancel(struct loop_timer *t);
bool loop_timer_pending(const struct loop_timer *t);
uint64_t loop_timer_due_ns(const struct loop_timer *t); /* UINT64_MAX when not pending */

typedef void loop_fd_fn(int fd, unsigned int events, void *arg);
int loop_fd_new(struct loop_fd **out, struct loop *l, int fd, unsigned int events, loop_fd_fn *fn,
		void *arg) GV_MUST_CHECK;
int loop_fd_set(struct loop_fd *f, unsigned int events) GV_MUST_CHECK;
/* Does not close the descriptor. NULL is fine. */
void loop_fd_free(struct loop_fd *f);

typedef void loop_signal_fn(int signo, void *arg);
struct loop_signal;
int loop_signal_new(struct loop_signal **out, struct loop *l, int signo, loop_signal_fn *fn,
		    void *arg) GV_MUST_CHECK;
void loop_signal_free(struct loop_signal *s);

#endif
