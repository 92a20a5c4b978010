/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time based anti-replay: pure time logic, no allocation, no I/O. Pseudotime is a 64-bit count
 * of 10 ms ticks owned by the primary key server; members follow it through pulls and pushes.
 */
#ifndef TBAR_TBAR_H
#define TBAR_TBAR_H

#include <stdbool.h>
#include <stdint.h>

#define TBAR_TICK_NS      10000000ull
#define TBAR_TICKS_PER_S  100u
#define TBAR_HDR_LEN      12
#define TBAR_WINDOW_MIN_S 1
#define TBAR_WINDOW_MAX_S 100
#define TBAR_NEXT_HDR     99 /* default ESP next header that announces the shim */

/* ---- the clock of a group member ------------------------------------------------------- */

/* off = pseudotime - monotonic, both in ns; written by the control side alone. */
struct tbar_clock {
	int64_t off_ns;
	uint32_t epoch;
	bool synced;
	uint64_t last_sync_ns; /* monotonic time of the last message that carried a pseudotime */
	int64_t late_ns[4];    /* how late the last pushes were, newest first */
	uint8_t late_n;
};

enum tbar_sync {
	TBAR_SYNC_FIRST,   /* first value, or a new epoch: stepped */
	TBAR_SYNC_FORWARD, /* the message was ahead: stepped forward */
	TBAR_SYNC_LARGE,   /* forward by more than half the window: stepped, say so */
	TBAR_SYNC_BACK,    /* late message: moved back within the drift limit */
	TBAR_SYNC_TOO_OLD, /* older than max_age: refuse the whole message */
};

/* A pull: now_ns is the receipt of message 2, rtt_ns counts from the first transmission of
 * message 1. */
enum tbar_sync tbar_clock_pull(struct tbar_clock *c, uint64_t now_ns, uint64_t msg_ticks,
			       uint32_t epoch, uint64_t rtt_ns);
/* What a push says about time, and what it is judged by. */
struct tbar_stamp {
	uint64_t ticks;
	uint32_t epoch;
	uint32_t max_age_s; /* older ones are refused; 0: 30 */
	uint32_t window_s;  /* of the group, 0 when it has none */
};
/* *age_ns: how old the message is by this clock after the adjustment, never negative. Too old:
 * nothing moved. */
enum tbar_sync tbar_clock_push(struct tbar_clock *c, uint64_t now_ns, const struct tbar_stamp *m,
			       uint64_t *age_ns);
uint64_t tbar_clock_ticks(const struct tbar_clock *c, uint64_t now_ns);

/* ---- the window ------------------------------------------------------------------------- */

/* One compare for both signs; win_ticks = window_s * TBAR_TICKS_PER_S. */
static inline bool tbar_accepts(uint64_t pkt_ticks, uint64_t now_ticks, uint64_t win_ticks)
{
	return (uint64_t)(pkt_ticks - now_ticks + win_ticks) <= 2 * win_ticks;
}

/* ---- the shim ---------------------------------------------------------------------------- */

enum tbar_hdr_status {
	TBAR_HDR_OK,
	TBAR_HDR_BAD_NEXT,
	TBAR_HDR_BAD_LEN,
	TBAR_HDR_BAD_VERSION,
	TBAR_HDR_BAD_TYPE
};

/* next: 4 or 41. */
void tbar_hdr_write(uint8_t out[TBAR_HDR_LEN], uint8_t next, uint64_t ticks);
enum tbar_hdr_status tbar_hdr_read(const uint8_t in[TBAR_HDR_LEN], uint8_t *next, uint64_t *ticks);

#endif
