/* SPDX-License-Identifier: BSD-3-Clause */
/* show monitor event-trace gdoi. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/trace.h"
#include "commands/private.h"
#include "control/conf/store.h"

#define LINE_TEXT 512

/* Newest of each kind that any session has seen by `latest`. */
static uint64_t seen_ns[TRACE_KINDS];

struct selection {
	struct emit *out;
	uint64_t from_ns, to_ns; /* monotonic, records outside are passed over */
	uint64_t newest_ns;
};

static void show_record(const struct trace_rec *r, void *arg)
{
	struct selection *s = arg;
	char line[LINE_TEXT];

	if (r->mono_ns < s->from_ns || r->mono_ns > s->to_ns)
		return;
	s->newest_ns = GV_MAX(s->newest_ns, r->mono_ns);
	trace_format(r, line, sizeof(line));
	emit_str(s->out, NULL, "%s\n", line);
}

static enum trace_kind kind_of(const struct mgmt_call *call)
{
	for (int k = 0; k < TRACE_KINDS; k++)
		if (cli_has(call->m, trace_kind_name((enum trace_kind)k)))
			return (enum trace_kind)k;
	return TRACE_REKEY; /* the grammar names one */
}

/* "HH:MM" or "MM" as nanoseconds. */
static uint64_t back_ns(const char *text)
{
	char *end;
	unsigned long first = strtoul(text, &end, 10), second = 0;

	if (*end != ':')
		return first * 60 * LOOP_NS_PER_S;
	second = strtoul(end + 1, NULL, 10);
	return (first * 60 + second) * 60 * LOOP_NS_PER_S;
}

static int show_kind(struct mgmt_call *call)
{
	const struct cli_env *env = env_of(call);
	enum trace_kind kind = kind_of(call);
	uint64_t now = loop_now_ns(env->loop), back;
	struct selection s = {.out = call->out, .to_ns = UINT64_MAX};

	if (cli_has(call->m, "latest"))
		s.from_ns = seen_ns[kind] + 1;
	if (cli_has(call->m, "back")) {
		back = back_ns(cli_arg(call->m, "duration"));
		s.from_ns = back > now ? 0 : now - back;
	}
	if (cli_has(call->m, "from-boot"))
		s.from_ns = env->started_ns +
			    cli_arg_u32(call->m, "seconds", 0) * (uint64_t)LOOP_NS_PER_S;
	emit_arr(call->out, "records");
	trace_each(kind, show_record, &s);
	emit_end(call->out);
	seen_ns[kind] = GV_MAX(seen_ns[kind], s.newest_ns);
	return 0;
}

static int show_parameters(struct mgmt_call *call)
{
	enum trace_kind kind = kind_of(call);

	emit_u64(call->out, "entries", "Trace has %" PRIu64 " entries\n", trace_size(kind));
	emit_text(call->out, "Stacktrace is disabled by default\n");
	return 0;
}

/* ---- all kinds together ------------------------------------------------------------------ */

struct merged {
	struct trace_rec *recs; /* owned copies */
	size_t n, cap;
};

static void count_record(const struct trace_rec *r, void *arg)
{
	(void)r;
	((struct merged *)arg)->cap++;
}

static void copy_record(const struct trace_rec *r, void *arg)
{
	struct merged *m = arg;

	if (m->n < m->cap)
		m->recs[m->n++] = *r;
}

static int by_time(const void *a, const void *b)
{
	const struct trace_rec *x = a, *y = b;

	return x->mono_ns > y->mono_ns ? 1 : x->mono_ns < y->mono_ns ? -1 : 0;
}

static int show_merged(struct mgmt_call *call)
{
	struct merged m = {0};
	struct selection s = {.out = call->out, .to_ns = UINT64_MAX};

	for (int k = 0; k < TRACE_KINDS; k++)
		trace_each((enum trace_kind)k, count_record, &m);
	m.recs = calloc(m.cap + 1, sizeof(*m.recs));
	if (m.recs == NULL)
		return mgmt_refuse(call, -ENOMEM, "out of memory");
	for (int k = 0; k < TRACE_KINDS; k++)
		trace_each((enum trace_kind)k, copy_record, &m);
	qsort(m.recs, m.n, sizeof(*m.recs), by_time);
	emit_arr(call->out, "records");
	for (size_t i = 0; i < m.n; i++)
		show_record(&m.recs[i], &s);
	emit_end(call->out);
	free(m.recs);
	return 0;
}

#define KINDS "(registration | rekey | coop | infra | exit)"
#define TRACE "show monitor event-trace gdoi "
#define TRACE_HELP                                                                            \
	SHOW_HELP "Monitoring different system events\nTracing of system events\nGDOI event " \
		  "traces\n"
#define KINDS_HELP                                                                          \
	"GDOI Registration event Traces\nGDOI Rekey event Traces\nGDOI COOP Event Traces\n" \
	"GDOI INFRA Event Traces\nGDOI Exit Traces\n"

static const struct mgmt_cmd cmds[] = {
	{{CLI_LOOK, 0,
	  TRACE KINDS " (all [detail] | latest | back WORD:duration | from-boot "
		      "[<0-4294967295>:seconds])",
	  NULL,
	  TRACE_HELP KINDS_HELP "Show all the traces in current buffer\n"
				"With all that is known\n"
				"Show latest trace events since last display\n"
				"Show trace from this far back in the past\n"
				"Minutes, or hours:minutes\n"
				"Show trace from this many seconds after booting\n"
				"Seconds"},
	 show_kind},
	{{CLI_LOOK, 0, TRACE KINDS " parameters", NULL,
	  TRACE_HELP KINDS_HELP "Parameters of the trace"},
	 show_parameters},
	{{CLI_LOOK, 0, TRACE "(merged | all)", NULL,
	  TRACE_HELP "Show entries in all event traces sorted by time\n"
		     "Show all the traces in current buffer"},
	 show_merged},
};

const struct command_table commands_trace = COMMAND_TABLE(cmds);
