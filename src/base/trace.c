/* SPDX-License-Identifier: BSD-3-Clause */
/* Event traces: a ring of binary records per kind, formatted when shown. */
#include "base/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"

struct ring {
	struct trace_rec *rec; /* owned */
	size_t size;
	uint64_t written; /* records ever; the next one goes to written % size */
};

static const struct {
	enum trace_kind kind;
	const char *name, *format;
} events[TRACE_EV_COUNT] = {
#define TRACE(k, n, f) [TRACE_EV_##n] = {TRACE_##k, #n, f},
#include "base/trace.def"
#undef TRACE
};

static const char *const kind_names[TRACE_KINDS] = {"registration", "rekey", "coop", "infra",
						    "exit"};
static const char *const kind_tags[TRACE_KINDS] = {"GDOI_REG_EVENT", "GDOI_REKEY_EVENT",
						   "GDOI_COOP_EVENT", "GDOI_INFRA_EVENT", NULL};

static struct ring rings[TRACE_KINDS];
static struct loop *trace_loop;

int trace_init(struct loop *l)
{
	trace_loop = l;
	for (int k = 0; k < TRACE_KINDS; k++) {
		int rc = trace_resize((enum trace_kind)k, TRACE_DEFAULT_ENTRIES);

		if (rc < 0)
			return rc;
	}
	return 0;
}

void trace_fini(void)
{
	for (int k = 0; k < TRACE_KINDS; k++)
		free(rings[k].rec);
	memset(rings, 0, sizeof(rings));
	trace_loop = NULL;
}

const char *trace_kind_name(enum trace_kind kind)
{
	return kind_names[kind];
}

size_t trace_size(enum trace_kind kind)
{
	return rings[kind].size;
}

static size_t ring_used(const struct ring *r)
{
	return r->written < r->size ? (size_t)r->written : r->size;
}

int trace_resize(enum trace_kind kind, size_t entries)
{
	struct ring *old = &rings[kind];
	struct ring r = {.size = entries};
	size_t keep = GV_MIN(ring_used(old), entries);

	if (entries == 0 || entries > TRACE_MAX_ENTRIES)
		return -EINVAL;
	r.rec = calloc(entries, sizeof(*r.rec));
	if (r.rec == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < keep; i++)
		r.rec[i] = old->rec[(old->written - keep + i) % old->size];
	r.written = keep;
	free(old->rec);
	*old = r;
	return 0;
}

void trace_add(enum trace_event ev, const struct addr *from, const struct addr *to, uint32_t num,
	       const char *group, const char *text)
{
	struct ring *ring = &rings[events[ev].kind];
	struct trace_rec *r;

	if (ring->rec == NULL)
		return;
	r = &ring->rec[ring->written++ % ring->size];
	*r = (struct trace_rec){.event = (uint16_t)ev, .num = num};
	if (trace_loop != NULL) {
		r->wall_ms = loop_wall_ms(trace_loop);
		r->mono_ns = loop_now_ns(trace_loop);
	}
	if (from != NULL)
		r->from = *from;
	if (to != NULL)
		r->to = *to;
	snprintf(r->group, sizeof(r->group), "%s", group == NULL ? "" : group);
	snprintf(r->text, sizeof(r->text), "%s", text == NULL ? "" : text);
}

void trace_each(enum trace_kind kind, void (*fn)(const struct trace_rec *r, void *arg), void *arg)
{
	const struct ring *ring = &rings[kind];

	for (size_t i = ring->written - ring_used(ring); i < ring->written; i++)
		fn(&ring->rec[i % ring->size], arg);
}

/* One directive of trace.def; returns the octets it took. */
static int put_field(char *out, size_t cap, char directive, const struct trace_rec *r)
{
	switch (directive) {
	case 'F':
		return snprintf(out, cap, "%s", addr_text(&r->from).s);
	case 'T':
		return snprintf(out, cap, "%s", addr_text(&r->to).s);
	case 'N':
		return snprintf(out, cap, "%u", r->num);
	case 'X':
		return snprintf(out, cap, "%X", r->num);
	case 'G':
		return snprintf(out, cap, "%s", r->group);
	case 'S':
		return snprintf(out, cap, "%s", r->text);
	default:
		return snprintf(out, cap, "%%%c", directive);
	}
}

void trace_format(const struct trace_rec *r, char *out, size_t cap)
{
	const char *tag = kind_tags[events[r->event].kind];
	size_t n;

	n = (size_t)snprintf(out, cap, "%s: %s%s%s:%s", log_stamp(r->wall_ms).s,
			     tag == NULL ? "" : tag, tag == NULL ? "" : ": ", events[r->event].name,
			     tag == NULL ? "" : " ");
	for (const char *f = events[r->event].format; *f != '\0' && n + 1 < cap; f++) {
		if (*f == '%' && f[1] != '\0') {
			n += (size_t)put_field(out + n, cap - n, *++f, r);
		} else {
			out[n++] = *f;
			out[n] = '\0';
		}
	}
}
