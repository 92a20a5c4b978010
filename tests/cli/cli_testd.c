/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A daemon with a command line and stand-ins behind it:
 *	cli_testd SOCKET STARTUP none|gm|ks
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "base/trace.h"
#include "commands/commands.h"
#include "control/conf/loader.h"
#include "control/conf/store.h"
#include "control/mgmt/mgmt.h"
#include "fakes.h"

static void stop(int signo, void *arg)
{
	(void)signo;
	loop_stop(arg);
}

static int load(struct conf_store *store, const char *path, bool key_server)
{
	struct conf_report why;
	struct err_text e;
	struct conf *c;

	if (conf_load_file(&c, path, conf_store_limits(store), key_server, &why) < 0) {
		fprintf(stderr, "%s\n", why.s);
		return 1;
	}
	if (conf_store_commit(store, c, &e) < 0) {
		fprintf(stderr, "%s\n", e.s);
		conf_free(c);
		return 1;
	}
	return 0;
}

static int add_commands(struct mgmt *m, struct cli_env *env, const char *role, struct err_text *e)
{
	static char stand_in; /* an address that is not NULL; the fakes don't look behind it */

	if (strcmp(role, "none") == 0)
		return commands_register(m, e);
	env->ike = (struct ike *)&stand_in;
	if (strcmp(role, "ks") == 0) {
		env->ks = (struct ks *)&stand_in;
		env->keys = (struct keystore *)&stand_in;
		return commands_register_server(m, e);
	}
	env->gm = (struct gm *)&stand_in;
	env->dp = &fake_dp;
	return commands_register_member(m, e);
}

static int serve(struct loop *loop, struct conf_store *store, struct cli_env *env,
		 const char *const *args)
{
	struct mgmt_config cfg = {.socket_path = args[0], .program = env->program};
	struct loop_signal *term;
	struct mgmt *m;
	struct err_text e;

	if (mgmt_new(&m, loop, store, &cfg, env, &e) < 0 || add_commands(m, env, args[2], &e) < 0) {
		fprintf(stderr, "%s\n", e.s);
		return 1;
	}
	if (loop_signal_new(&term, loop, SIGTERM, stop, loop) < 0)
		return 1;
	puts("ready");
	fflush(stdout);
	loop_run(loop);
	loop_signal_free(term);
	mgmt_free(m);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct conf_limits limits = {0};
	static const struct log_config log_cfg = {.buffer_severity = 7, .timestamps = true};
	struct cli_env env = {.program = "cli_testd"};
	bool ks = argc == 4 && strcmp(argv[3], "ks") == 0;
	int rc = 1;

	if (argc != 4)
		return 2;
	env.startup_path = argv[2];
	if (loop_new(&env.loop) < 0 || log_init(env.loop, &log_cfg) < 0 ||
	    trace_init(env.loop) < 0 || conf_store_new(&env.store, &limits, ks) < 0)
		return 1;
	env.started_ns = loop_now_ns(env.loop);
	if (access(env.startup_path, F_OK) != 0 || load(env.store, env.startup_path, ks) == 0)
		rc = serve(env.loop, env.store, &env, (const char *const *)argv + 1);
	conf_store_free(env.store);
	trace_fini();
	log_fini();
	loop_free(env.loop);
	return rc;
}
