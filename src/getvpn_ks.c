/* SPDX-License-Identifier: BSD-3-Clause */
/* The key server: brings its parts up in order, runs, takes them down in reverse. */
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/daemon.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/trace.h"
#include "commands/commands.h"
#include "control/conf/loader.h"
#include "control/conf/logging.h"
#include "control/conf/platform.h"
#include "control/conf/store.h"
#include "control/ike/ike.h"
#include "control/ks/ks.h"
#include "control/mgmt/mgmt.h"
#include "control/net/net.h"
#include "crypto/keystore.h"

#include <linux/capability.h>

#define NAME      "getvpn-ks"
#define GDOI_PORT 848
#define CLI_GROUP "getvpn" /* may connect; where it does not exist, everybody may look */

struct server {
	struct platform platform;
	struct conf_logging logging;
	struct daemon_lock lock;
	struct daemon_netns netns;
	struct loop *loop;
	struct loop_signal *term, *intr;
	struct conf_store *store;
	struct keystore *keys;
	struct net *net;
	struct ike *ike;
	struct ks *ks;
	struct mgmt *mgmt;
	struct cli_env env;
	struct endpoint open[CONF_SERVERS_MAX * 4]; /* sockets in use */
	unsigned int n_open;
};

static void on_signal(int signo, void *arg)
{
	(void)signo;
	loop_stop(arg);
}

static void receive(const struct endpoint *local, const struct endpoint *remote, struct bytes msg,
		    void *arg)
{
	struct server *s = arg;

	ike_input(s->ike, local, remote, msg);
}

static void transmit(const struct endpoint *local, const struct endpoint *remote, struct bytes msg,
		     void *arg)
{
	struct server *s = arg;

	net_send(s->net, local, remote, msg);
}

/* ---- what follows the configuration ---------------------------------------------------------------- */

static bool serves(const struct conf *c, const struct endpoint *e)
{
	for (unsigned int i = 0; i < c->n_groups; i++)
		if (c->groups[i].server.enabled &&
		    addr_equal(&c->groups[i].server.address, &e->addr))
			return true;
	return false;
}

static bool is_open(const struct server *s, const struct addr *a)
{
	for (unsigned int i = 0; i < s->n_open; i++)
		if (addr_equal(&s->open[i].addr, a))
			return true;
	return false;
}

static void close_unused(struct server *s, const struct conf *now)
{
	for (unsigned int i = s->n_open; i-- > 0;) {
		if (serves(now, &s->open[i]))
			continue;
		net_close(s->net, &s->open[i]);
		s->open[i] = s->open[--s->n_open];
	}
}

/* One socket an address that a group serves from. */
static int open_sockets(const struct conf *now, void *arg, struct err_text *e)
{
	struct server *s = arg;
	int rc;

	for (unsigned int i = 0; i < now->n_groups; i++) {
		const struct conf_server *cs = &now->groups[i].server;
		struct endpoint ep = {.addr = cs->address, .port = GDOI_PORT};

		if (!cs->enabled || cs->address.family == ADDR_NONE || is_open(s, &cs->address))
			continue;
		if (s->n_open == GV_ARRAY_SIZE(s->open))
			return err_set(e, -ENOSPC, "more than %u own addresses", s->n_open);
		rc = net_open(s->net, &ep, e);
		if (rc < 0)
			return rc;
		s->open[s->n_open++] = ep;
	}
	close_unused(s, now);
	return 0;
}

static int apply_ike(const struct conf *now, void *arg, struct err_text *e)
{
	struct server *s = arg;

	(void)e;
	ike_set_conf(s->ike, now);
	return 0;
}

static int apply_groups(const struct conf *now, void *arg, struct err_text *e)
{
	struct server *s = arg;
	int rc = ks_apply(s->ks, now, &s->platform.timers);

	return rc == 0 ? 0 : err_set(e, rc, "groups cannot be set up: %s", strerror(-rc));
}

static int listen_all(struct server *s)
{
	int rc = conf_store_listen(s->store, conf_logging_apply, &s->logging);

	if (rc == 0)
		rc = conf_store_listen(s->store, open_sockets, s);
	if (rc == 0)
		rc = conf_store_listen(s->store, apply_ike, s);
	if (rc == 0)
		rc = conf_store_listen(s->store, apply_groups, s);
	return rc;
}

/* ---- up ------------------------------------------------------------------------------------------------- */

static int start_base(struct server *s, struct err_text *e)
{
	struct log_config cfg;
	int rc = loop_new(&s->loop);

	conf_logging_start(&s->logging, &cfg);
	if (rc == 0)
		rc = log_init(s->loop, &cfg);
	if (rc == 0)
		rc = trace_init(s->loop);
	if (rc == 0)
		rc = loop_signal_new(&s->term, s->loop, SIGTERM, on_signal, s->loop);
	if (rc == 0)
		rc = loop_signal_new(&s->intr, s->loop, SIGINT, on_signal, s->loop);
	return rc == 0 ? 0 : err_set(e, rc, "cannot start: %s", strerror(-rc));
}

static int start_keys(struct server *s, struct err_text *e)
{
	char dir[PLATFORM_PATH_MAX + sizeof("/keys")];

	(void)mkdir(s->platform.state_dir, S_IRWXU); /* what is wrong shows one line below */
	snprintf(dir, sizeof(dir), "%s/keys", s->platform.state_dir);
	return keystore_open(&s->keys, dir, e);
}

static int start_control(struct server *s, struct err_text *e)
{
	struct ks_env env = {.loop = s->loop, .send = transmit, .send_arg = s, .keys = s->keys};
	int rc = conf_store_new(&s->store, &s->platform.timers, true);

	if (rc == 0)
		rc = net_new(&s->net, s->loop, receive, s);
	if (rc == 0)
		rc = ike_new(&s->ike, s->loop, transmit, s);
	if (rc == 0) {
		env.ike = s->ike;
		rc = ks_new(&s->ks, &env);
	}
	if (rc == 0)
		rc = listen_all(s);
	return rc == 0 ? 0 : err_set(e, rc, "cannot start: %s", strerror(-rc));
}

static int start_commands(struct server *s, const struct daemon_options *opt, struct err_text *e)
{
	struct mgmt_config cfg = {.socket_path = s->platform.socket,
				  .group = getgrnam(CLI_GROUP) != NULL ? CLI_GROUP : NULL,
				  .program = NAME};
	int rc;

	s->env = (struct cli_env){.program = NAME,
				  .loop = s->loop,
				  .store = s->store,
				  .ike = s->ike,
				  .ks = s->ks,
				  .keys = s->keys,
				  .started_ns = loop_now_ns(s->loop),
				  .startup_path = opt->startup};
	rc = mgmt_new(&s->mgmt, s->loop, s->store, &cfg, &s->env, e);
	return rc < 0 ? rc : commands_register_server(s->mgmt, e);
}

/* Takes startup over when it is in force. */
static int start(struct server *s, const struct daemon_options *opt, struct conf **startup,
		 struct err_text *e)
{
	static const int caps[] = {CAP_NET_BIND_SERVICE};
	int rc = start_base(s, e);

	if (rc == 0)
		rc = daemon_netns_enter(&s->netns, s->platform.netns, e);
	if (rc == 0)
		rc = daemon_drop(s->platform.user, caps, GV_ARRAY_SIZE(caps), e);
	if (rc == 0)
		rc = start_keys(s, e);
	if (rc == 0)
		rc = start_control(s, e);
	if (rc == 0) {
		log_msg(SYS_RESTART, "");
		rc = conf_store_commit(s->store, *startup, e);
	}
	if (rc < 0)
		return rc;
	*startup = NULL;
	return start_commands(s, opt, e);
}

/* ---- down ----------------------------------------------------------------------------------------------- */

static void stop(struct server *s)
{
	mgmt_free(s->mgmt);
	ks_free(s->ks);
	ike_free(s->ike);
	net_free(s->net);
	conf_store_free(s->store);
	keystore_close(s->keys);
	loop_signal_free(s->intr);
	loop_signal_free(s->term);
	trace_fini();
	log_fini();
	loop_free(s->loop);
	daemon_unlock(&s->lock);
}

static int run(struct server *s, const struct daemon_options *opt, struct conf *startup)
{
	struct err_text e = {{0}};
	int rc = daemon_detach(opt->foreground, &e);

	s->logging = (struct conf_logging){&s->platform, NAME, opt->foreground};
	if (rc == 0)
		rc = daemon_lock(&s->lock, s->platform.socket, &e);
	if (rc == 0)
		rc = start(s, opt, &startup, &e);
	if (rc == 0) {
		daemon_ready();
		rc = loop_run(s->loop);
		daemon_stopping();
	}
	conf_free(startup);
	stop(s);
	if (e.s[0] != '\0')
		fprintf(stderr, NAME ": %s\n", e.s);
	return rc < 0 ? DAEMON_REFUSED : DAEMON_OK;
}

int main(int argc, char **argv)
{
	static struct server s = {.lock = {.fd = -1}, .netns = {.home = -1}};
	struct daemon_options opt;
	struct conf *startup = NULL;
	struct conf_report report;
	struct err_text e;
	int status = daemon_options_parse(&opt, argc, argv, NAME);

	if (status >= 0)
		return status;
	if (platform_load(&s.platform, opt.platform, PLATFORM_KEY_SERVER, &e) < 0) {
		fprintf(stderr, NAME ": %s\n", e.s);
		return DAEMON_REFUSED;
	}
	if (conf_load_file(&startup, opt.startup, &s.platform.timers, true, &report) < 0) {
		fprintf(stderr, "%s\n", report.s);
		return DAEMON_REFUSED;
	}
	if (opt.check) {
		conf_free(startup);
		return DAEMON_OK;
	}
	signal(SIGPIPE, SIG_IGN);
	return run(&s, &opt, startup);
}
