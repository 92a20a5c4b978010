/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Event traces: a ring of binary records per kind, always on, formatted when shown.
 * Written by the control loop only; no allocation when recording.
 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"

struct loop;

enum trace_kind {
	TRACE_REGISTRATION,
	TRACE_REKEY,
	TRACE_COOP,
	TRACE_INFRA,
	TRACE_EXIT,
	TRACE_KINDS
};

enum trace_event {
#define TRACE(kind, name, fmt) TRACE_EV_##name,
#include "base/trace.def"
#undef TRACE
	TRACE_EV_COUNT
};

#define TRACE_DEFAULT_ENTRIES 512
#define TRACE_MAX_ENTRIES     1000000

struct trace_rec {
	int64_t wall_ms;
	uint64_t mono_ns;
	uint16_t event; /* enum trace_event */
	struct addr from, to;
	uint32_t num; /* sequence number, count, reason: what trace.def says */
	char group[32];
	char text[64]; /* short free text, "" when the event has none */
};

int trace_init(struct loop *l) GV_MUST_CHECK;
void trace_fini(void);
/* from, to, group and text may be NULL. */
void trace_add(enum trace_event ev, const struct addr *from, const struct addr *to, uint32_t num,
	       const char *group, const char *text);
/* Keeps the newest entries that fit. */
int trace_resize(enum trace_kind kind, size_t entries) GV_MUST_CHECK;
size_t trace_size(enum trace_kind kind);
const char *trace_kind_name(enum trace_kind kind); /* "rekey" */
/* Oldest first. */
void trace_each(enum trace_kind kind, void (*fn)(const struct trace_rec *r, void *arg), void *arg);
/* "*Nov  6 15:55:16.117: GDOI_REKEY_EVENT: REKEY_RCVD: From 10.1.12.2 to 10.1.13.2 with seq no 1
 * for the group G1" */
void trace_format(const struct trace_rec *r, char *out, size_t cap);

#endif
