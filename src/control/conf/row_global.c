/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines about the box itself. */
#include <string.h>

#include "base/trace.h"
#include "control/conf/row.h"

#define LEVELS                                                                                   \
	"emergencies | alerts | critical | errors | warnings | notifications | informational | " \
	"debugging"

static const char *const level_names[] = {"emergencies",   "alerts",   "critical",
					  "errors",        "warnings", "notifications",
					  "informational", "debugging"};

#define LOG_LEVEL_MAX 7

static int hostname_apply(struct conf_edit *x)
{
	if (!x->m->no)
		return row_name(x, x->c->hostname, "name");
	memset(x->c->hostname, 0, sizeof(x->c->hostname));
	memcpy(x->c->hostname, "Router", sizeof("Router"));
	return 0;
}

static void hostname_write(struct conf_text *w)
{
	text_line(w, "hostname %s", w->c->hostname);
	text_separator(w);
}

static int timestamps_apply(struct conf_edit *x)
{
	bool both = !cli_has(x->m, "log") && !cli_has(x->m, "debug");

	if (both || cli_has(x->m, "log"))
		x->c->timestamps_log = !x->m->no || x->m->dflt;
	if (both || cli_has(x->m, "debug"))
		x->c->timestamps_debug = !x->m->no || x->m->dflt;
	return 0;
}

static void timestamps_line(struct conf_text *w, const char *what, bool on)
{
	if (on)
		text_line(w, "service timestamps %s datetime msec", what);
	else
		text_line(w, "no service timestamps %s", what);
}

static void timestamps_write(struct conf_text *w)
{
	timestamps_line(w, "debug", w->c->timestamps_debug);
	timestamps_line(w, "log", w->c->timestamps_log);
}

static int buffered_apply(struct conf_edit *x)
{
	x->c->log_buffer_bytes = 0;
	x->c->log_buffer_severity = LOG_LEVEL_MAX;
	if (x->m->no)
		return 0;
	x->c->log_buffer_bytes = cli_arg_u32(x->m, "bytes", 0);
	x->c->log_buffer_severity = (uint8_t)cli_arg_u32(x->m, "level", LOG_LEVEL_MAX);
	for (size_t i = 0; i < GV_ARRAY_SIZE(level_names); i++)
		if (cli_has(x->m, level_names[i]))
			x->c->log_buffer_severity = (uint8_t)i;
	return 0;
}

static void buffered_write(struct conf_text *w)
{
	const char *level = level_names[w->c->log_buffer_severity];

	if (w->c->log_buffer_bytes != 0)
		text_line(w, "logging buffered %u %s", w->c->log_buffer_bytes, level);
	else if (w->c->log_buffer_severity != LOG_LEVEL_MAX)
		text_line(w, "logging buffered %s", level);
}

static int console_apply(struct conf_edit *x)
{
	x->c->log_console = !x->m->no || x->m->dflt;
	return 0;
}

static void console_write(struct conf_text *w)
{
	if (!w->c->log_console)
		text_line(w, "no logging console");
}

static int monitor_apply(struct conf_edit *x)
{
	x->c->log_monitor = !x->m->no || x->m->dflt;
	return 0;
}

static void monitor_write(struct conf_text *w)
{
	if (!w->c->log_monitor)
		text_line(w, "no logging monitor");
	text_separator(w);
}

static const struct conf_row rows[] = {
	{{CLI_IN(MODE_CONFIG), 0, "service timestamps (debug | log) datetime msec",
	  "service timestamps [(debug | log) [datetime msec]]",
	  "Set up miscellaneous services\n"
	  "Timestamp debug and log messages\n"
	  "Timestamp debug messages\n"
	  "Timestamp log messages\n"
	  "Timestamp with date and time\n"
	  "Include milliseconds"},
	 timestamps_apply,
	 timestamps_write},
	{{CLI_IN(MODE_CONFIG), 0, "hostname WORD:name", "hostname [WORD:name]",
	  "Set the name of this system\n"
	  "Name"},
	 hostname_apply,
	 hostname_write},
	{{CLI_IN(MODE_CONFIG), 0,
	  "logging buffered [<4096-2147483647>:bytes] [<0-7>:level | " LEVELS "]",
	  "logging buffered [<4096-2147483647>:bytes] [<0-7>:level | " LEVELS "]",
	  "Modify message logging\n"
	  "Set the buffer of messages\n"
	  "Size in octets\n"
	  "Highest severity kept\n"
	  "System is unusable (0)\n"
	  "Immediate action needed (1)\n"
	  "Critical conditions (2)\n"
	  "Error conditions (3)\n"
	  "Warning conditions (4)\n"
	  "Normal but significant conditions (5)\n"
	  "Informational messages (6)\n"
	  "Debugging messages (7)"},
	 buffered_apply,
	 buffered_write},
	{{CLI_IN(MODE_CONFIG), 0, "logging console", "logging console",
	  "Modify message logging\n"
	  "Messages on the console"},
	 console_apply,
	 console_write},
	{{CLI_IN(MODE_CONFIG), 0, "logging monitor", "logging monitor",
	  "Modify message logging\n"
	  "Messages on terminal lines"},
	 monitor_apply,
	 monitor_write},
};

const struct conf_rows conf_rows_global = CONF_ROWS(rows);

/* ---- behind the sections ----------------------------------------------------------------- */

static bool same_route(const struct conf_route *a, const struct conf_route *b)
{
	return prefix_equal(&a->dst, &b->dst) && addr_equal(&a->via, &b->via);
}

static int route_apply(struct conf_edit *x)
{
	struct conf *c = x->c;
	struct conf_route r = {0}, *place;
	struct addr net = row_addr(x, "net");
	uint8_t len;
	int rc = row_mask(x, "mask", &len);

	if (rc < 0)
		return rc;
	r.via = row_addr(x, "via");
	r.dst = prefix_of(&net, len);
	if (!addr_equal(&r.dst.addr, &net))
		return row_refuse(x, "net", "Inconsistent address and mask");
	for (unsigned int i = 0; i < c->n_routes; i++) {
		if (!same_route(&c->routes[i], &r))
			continue;
		if (x->m->no)
			conf_array_remove(&c->routes, &c->n_routes, sizeof(r), i);
		return 0;
	}
	if (x->m->no)
		return row_refuse(x, NULL, "No matching route to delete");
	place = conf_array_insert(&c->routes, &c->n_routes, sizeof(r), c->n_routes);
	if (place == NULL)
		return row_no_memory(x);
	*place = r;
	return 0;
}

static void route_write(struct conf_text *w)
{
	for (unsigned int i = 0; i < w->c->n_routes; i++) {
		const struct conf_route *r = &w->c->routes[i];
		struct addr mask = addr_v4(prefix_mask(r->dst.len));

		text_line(w, "ip route %s %s %s", addr_text(&r->dst.addr).s, addr_text(&mask).s,
			  addr_text(&r->via).s);
	}
	if (w->c->n_routes > 0)
		text_separator(w);
}

static int ntp_apply(struct conf_edit *x)
{
	struct conf *c = x->c;
	struct addr a = row_addr(x, "time-server");

	for (unsigned int i = 0; i < c->n_ntp; i++) {
		if (!addr_equal(&c->ntp[i], &a))
			continue;
		if (x->m->no)
			memmove(&c->ntp[i], &c->ntp[i + 1], (--c->n_ntp - i) * sizeof(a));
		return 0;
	}
	if (x->m->no)
		return row_refuse(x, "time-server", "no such NTP server");
	if (c->n_ntp == CONF_NTP_MAX)
		return row_refuse(x, NULL, "at most %d NTP servers", CONF_NTP_MAX);
	c->ntp[c->n_ntp++] = a;
	return 0;
}

static void ntp_write(struct conf_text *w)
{
	for (unsigned int i = 0; i < w->c->n_ntp; i++)
		text_line(w, "ntp server %s", addr_text(&w->c->ntp[i]).s);
}

static int trace_size_apply(struct conf_edit *x)
{
	for (int k = 0; k < TRACE_KINDS; k++)
		if (cli_has(x->m, trace_kind_name((enum trace_kind)k)))
			x->c->trace_entries[k] = x->m->no ? 0 : cli_arg_u32(x->m, "entries", 0);
	return 0;
}

static void trace_size_write(struct conf_text *w)
{
	for (int k = 0; k < TRACE_KINDS; k++)
		if (w->c->trace_entries[k] != 0)
			text_line(w, "monitor event-trace gdoi %s size %u",
				  trace_kind_name((enum trace_kind)k), w->c->trace_entries[k]);
}

static const struct conf_row tail[] = {
	{{CLI_IN(MODE_CONFIG), 0, "ip route A.B.C.D:net A.B.C.D:mask A.B.C.D:via",
	  "ip route A.B.C.D:net A.B.C.D:mask A.B.C.D:via",
	  "Global IP configuration\n"
	  "Static route, set in the kernel\n"
	  "Destination\n"
	  "Netmask\n"
	  "Next hop"},
	 route_apply,
	 route_write},
	{{CLI_IN(MODE_CONFIG), 0, "ntp server A.B.C.D:time-server",
	  "ntp server A.B.C.D:time-server",
	  "Configure NTP (kept; the clock is the host's business)\n"
	  "Time server\n"
	  "Its address"},
	 ntp_apply,
	 ntp_write},
	{{CLI_IN(MODE_CONFIG), 0,
	  "monitor event-trace gdoi (registration | rekey | coop | infra | exit) size "
	  "<1-1000000>:entries",
	  "monitor event-trace gdoi (registration | rekey | coop | infra | exit) size "
	  "[<1-1000000>:entries]",
	  "Monitoring different system events\n"
	  "Tracing of system events\n"
	  "GDOI event traces\n"
	  "GDOI Registration event Traces\n"
	  "GDOI Rekey event Traces\n"
	  "GDOI COOP Event Traces\n"
	  "GDOI INFRA Event Traces\n"
	  "GDOI Exit Traces\n"
	  "Size of the trace\n"
	  "Number of entries in trace"},
	 trace_size_apply,
	 trace_size_write},
};

const struct conf_rows conf_rows_tail = CONF_ROWS(tail);
