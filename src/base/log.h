/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System messages "%FACILITY-SEVERITY-MNEMONIC: text". The catalogue is messages.def; each line
 * there becomes an enum, a checked format string and a row of the manual. Every message is
 * rate-limited by mnemonic and group; the first one is never lost, and what was suppressed is
 * counted (`show logging`).
 *
 *	log_msg(GDOI_GM_REGS_COMPL, "G1", ks, "G1", own);
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct loop;

enum log_id {
#define MSG(fac, sev, mnem, fmt, why, action) LOG_##fac##_##mnem,
#include "base/messages.def"
#undef MSG
	LOG_ID_COUNT
};

#define MSG(fac, sev, mnem, fmt, why, action) \
	static const char log_fmt_##fac##_##mnem[] GV_UNUSED = fmt;
#include "base/messages.def"
#undef MSG

struct log_def {
	const char *facility;
	unsigned int severity; /* 0 emergencies .. 7 debugging */
	const char *mnemonic;
	const char *format, *why, *action; /* explanation and recommended action */
};

const struct log_def *log_def(enum log_id id);

/* group: rate-limiting scope, "" when the message belongs to none. */
#define log_msg(id, group, ...) log_emit(LOG_##id, (group), log_fmt_##id, ##__VA_ARGS__)
void log_emit(enum log_id id, const char *group, const char *fmt, ...) GV_PRINTF(3, 4);

/* Where messages go. The buffer is always there. */
struct log_config {
	size_t buffer_bytes;          /* `logging buffered N`, default 1 MiB */
	unsigned int buffer_severity; /* up to this one, default 7 */
	bool to_stderr;               /* foreground */
	bool to_syslog;               /* /dev/log */
	bool timestamps;              /* service timestamps log datetime msec, default on */
	const char *ident;            /* program name for syslog */
};

/* Before any message; the loop gives the clock. Falls back to the wall clock when l is NULL. */
int log_init(struct loop *l, const struct log_config *cfg) GV_MUST_CHECK;
int log_configure(const struct log_config *cfg) GV_MUST_CHECK;
void log_config_get(struct log_config *cfg);
void log_fini(void);

struct log_stats {
	uint64_t logged;         /* into the buffer */
	uint64_t overwritten;    /* lines that had to make room */
	uint64_t suppressed;     /* by the rate limit */
	uint64_t syslog_dropped; /* /dev/log did not take them */
	size_t bytes_used, bytes_max;
};

void log_stats_get(struct log_stats *st);
/* Calls fn with each line still buffered, oldest first, without its newline. */
void log_each(void (*fn)(const char *line, void *arg), void *arg);
void log_clear(void);
uint64_t log_count(enum log_id id); /* emitted since start, suppressed ones too */

/* Test and command hook: sees each line that passed the rate limit. NULL takes it away. */
typedef void log_sink_fn(enum log_id id, const char *line, void *arg);
void log_set_sink(log_sink_fn *fn, void *arg);

/* "*Nov  6 15:55:16.117" (asterisk: clock not synchronised). */
struct log_stamp {
	char s[40];
};
struct log_stamp log_stamp(int64_t wall_ms);
/* "19:29:32.081 UTC Wed Nov 13 2013" */
struct log_stamp log_clock_text(int64_t wall_ms);
/* Is the wall clock kept by NTP, as the kernel has it? */
bool log_clock_synchronised(void);

#endif
