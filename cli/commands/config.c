/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration as a whole: shown, saved. */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "commands/private.h"
#include "control/conf/loader.h"
#include "control/conf/store.h"

struct counter {
	size_t bytes;
};

static void count_line(const char *line, void *arg)
{
	((struct counter *)arg)->bytes += strlen(line) + 1;
}

static void show_line(const char *line, void *arg)
{
	emit_str(arg, NULL, "%s\n", line);
}

static void show_lines(struct emit *out, const struct conf *c)
{
	emit_arr(out, "lines");
	conf_write(c, CONF_SECRETS_HIDDEN, show_line, out);
	emit_end(out);
}

static int show_running(struct mgmt_call *call)
{
	const struct conf *c = conf_store_now(env_of(call)->store);
	struct counter n = {0};

	conf_write(c, CONF_SECRETS_HIDDEN, count_line, &n);
	emit_text(call->out, "Building configuration...\n\n");
	emit_u64(call->out, "bytes", "Current configuration : %" PRIu64 " bytes\n!\n", n.bytes);
	show_lines(call->out, c);
	return 0;
}

/* Read as the daemon would read it at start, so that its keys stay hidden. */
static int show_startup(struct mgmt_call *call)
{
	const struct cli_env *env = env_of(call);
	struct conf_report why;
	struct conf *c;
	int rc = conf_load_file(&c, env->startup_path, conf_store_limits(env->store),
				conf_store_is_key_server(env->store), &why);
	struct stat st = {0};

	if (rc == -ENOENT)
		return mgmt_refuse(call, rc, "startup-config is not present");
	if (rc < 0)
		return mgmt_refuse(call, rc, "%s", why.s);
	if (stat(env->startup_path, &st) == 0)
		emit_u64(call->out, "bytes", "Using %" PRIu64 " bytes\n!\n", (uint64_t)st.st_size);
	show_lines(call->out, c);
	conf_free(c);
	return 0;
}

static int save(struct mgmt_call *call)
{
	const struct cli_env *env = env_of(call);
	struct err_text e;
	int rc;

	emit_text(call->out, "Building configuration...\n");
	rc = conf_save_file(conf_store_now(env->store), env->startup_path, &e);
	if (rc < 0)
		return mgmt_refuse(call, rc, "%s", e.s);
	emit_text(call->out, "[OK]\n");
	return 0;
}

static const struct mgmt_cmd cmds[] = {
	{{CLI_CHANGE, 0, "show running-config", NULL,
	  "Show running system information\n"
	  "Configuration in force"},
	 show_running},
	{{CLI_CHANGE, 0, "show startup-config", NULL,
	  "Show running system information\n"
	  "Configuration of the next start"},
	 show_startup},
	{{CLI_CHANGE, 0, "write [memory]", NULL,
	  "Save the configuration in force\n"
	  "As the configuration of the next start"},
	 save},
	{{CLI_CHANGE, 0, "copy running-config startup-config", NULL,
	  "Copy a configuration\n"
	  "Configuration in force\n"
	  "Configuration of the next start"},
	 save},
};

const struct command_table commands_config = COMMAND_TABLE(cmds);
