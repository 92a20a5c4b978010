/* SPDX-License-Identifier: BSD-3-Clause */
/* The box: version, clock, messages. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "commands/private.h"
#include "control/conf/store.h"

static void uptime_text(uint64_t s, char *out, size_t cap)
{
	static const struct {
		uint64_t s;
		const char *name;
	} units[] = {{604800, "week"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}};
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < GV_ARRAY_SIZE(units); i++) {
		unsigned int v = (unsigned int)(s / units[i].s);

		s %= units[i].s;
		if (v > 0 && n < cap)
			n += (size_t)snprintf(out + n, cap - n, "%s%u %s%s", n > 0 ? ", " : "", v,
					      units[i].name, v == 1 ? "" : "s");
	}
	if (n == 0)
		snprintf(out, cap, "%u seconds", (unsigned int)s);
}

static int show_version(struct mgmt_call *call)
{
	const struct cli_env *env = env_of(call);
	uint64_t up = (loop_now_ns(env->loop) - env->started_ns) / LOOP_NS_PER_S;
	char text[128];
	struct emit *o = call->out;

	emit_text(o, "Open GETVPN Software, %s, Version %s\n", env->program, GV_VERSION);
	emit_str(o, "program", NULL, env->program);
	emit_str(o, "version", NULL, GV_VERSION);
	emit_str(o, "role", "Role: %s\n",
		 conf_store_is_key_server(env->store) ? "key server" : "group member");
	uptime_text(up, text, sizeof(text));
	emit_str(o, "hostname", "\n%s", conf_store_now(env->store)->hostname);
	emit_text(o, " uptime is %s\n", text);
	emit_u64(o, "uptime_s", NULL, up);
	emit_u64(o, "pid", "Process ID is %" PRIu64 "\n", (uint64_t)getpid());
	emit_str(o, "startup_config", "Startup configuration file is \"%s\"\n", env->startup_path);
	return 0;
}

static int show_clock(struct mgmt_call *call)
{
	bool synced = log_clock_synchronised();

	emit_text(call->out, "%s", synced ? "" : "*");
	emit_str(call->out, "time", "%s\n", log_clock_text(loop_wall_ms(env_of(call)->loop)).s);
	emit_bool(call->out, "synchronized", NULL, synced, NULL, NULL);
	if (cli_has(call->m, "detail"))
		emit_text(call->out, "Time source is %s\n", synced ? "NTP" : "hardware calendar");
	return 0;
}

static void show_line(const char *line, void *arg)
{
	emit_str(arg, NULL, "%s\n", line);
}

static const char *level_name(unsigned int severity)
{
	static const char *const names[] = {"emergencies",   "alerts",   "critical",
					    "errors",        "warnings", "notifications",
					    "informational", "debugging"};

	return names[GV_MIN(severity, 7u)];
}

static int show_logging(struct mgmt_call *call)
{
	struct log_config cfg;
	struct log_stats st;
	struct emit *o = call->out;

	log_config_get(&cfg);
	log_stats_get(&st);
	emit_text(o,
		  "Syslog logging: enabled (%" PRIu64 " messages dropped, %" PRIu64
		  " messages rate-limited,\n                %" PRIu64 " overwritten)\n\n",
		  st.syslog_dropped, st.suppressed, st.overwritten);
	emit_text(o, "    Console logging: %s\n", cfg.to_stderr ? "level debugging" : "disabled");
	emit_text(o, "    Syslog logging:  %s\n", cfg.to_syslog ? "level debugging" : "disabled");
	emit_text(o, "    Buffer logging:  level %s, %" PRIu64 " messages logged\n\n",
		  level_name(cfg.buffer_severity), st.logged);
	emit_u64(o, "logged", NULL, st.logged);
	emit_u64(o, "overwritten", NULL, st.overwritten);
	emit_u64(o, "rate_limited", NULL, st.suppressed);
	emit_u64(o, "syslog_dropped", NULL, st.syslog_dropped);
	emit_u64(o, "buffer_bytes_used", NULL, st.bytes_used);
	emit_u64(o, "buffer_bytes", "Log Buffer (%" PRIu64 " bytes):\n\n", st.bytes_max);
	emit_arr(o, "messages");
	log_each(show_line, o);
	emit_end(o);
	return 0;
}

static int clear_logging(struct mgmt_call *call)
{
	int rc = mgmt_ask(call, "Clear logging buffer [confirm]");

	if (rc != 0)
		return rc;
	log_clear();
	return 0;
}

#define SHOW "Show running system information\n"

static const struct mgmt_cmd cmds[] = {
	{{CLI_LOOK, 0, "show version", NULL, SHOW "Program, version and uptime"}, show_version},
	{{CLI_LOOK, 0, "show clock [detail]", NULL,
	  SHOW "Time of day\n"
	       "With its source"},
	 show_clock},
	{{CLI_LOOK, 0, "show logging", NULL, SHOW "Messages in the buffer, and how many were lost"},
	 show_logging},
	{{CLI_CHANGE, 0, "clear logging", NULL,
	  "Reset functions\n"
	  "Empty the buffer of messages"},
	 clear_logging},
};

const struct command_table commands_system = COMMAND_TABLE(cmds);
