/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The group member appliance. This file puts its parts together in the order they need each
 * other and takes them apart in the reverse one; what they do is in their own folders.
 */
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/daemon.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/trace.h"
#include "commands/commands.h"
#include "control/conf/loader.h"
#include "control/conf/logging.h"
#include "control/conf/platform.h"
#include "control/conf/store.h"
#include "control/dp/bridge.h"
#include "control/dp/reader.h"
#include "control/gm/gm.h"
#include "control/ike/ike.h"
#include "control/mgmt/mgmt.h"
#include "control/net/net.h"
#include "dataplane/dp_api.h"

#define NAME      "getvpnd"
#define CLI_GROUP "getvpn" /* may open the socket, where the group exists */

struct app {
	struct daemon_options opt;
	struct platform pf;
	struct conf *startup; /* until it is committed */
	struct conf_logging logging;
	struct daemon_lock lock;
	struct loop *loop;
	struct loop_signal *on_term, *on_int;
	struct conf_store *store;
	struct dp *dp;
	struct net *net;
	struct ike *ike;
	struct bridge *bridge;
	struct gm *gm;
	struct dp_reader reader;
	struct cli_env env;
	struct mgmt *mgmt;
};

/* ---- between the parts -------------------------------------------------------------------- */

static void send_datagram(const struct endpoint *local, const struct endpoint *remote,
			  struct bytes msg, void *arg)
{
	struct app *a = arg;

	net_send(a->net, local, remote, msg);
}

static void receive_datagram(const struct endpoint *local, const struct endpoint *remote,
			     struct bytes msg, void *arg)
{
	struct app *a = arg;

	ike_input(a->ike, local, remote, msg);
}

static int apply_ike(const struct conf *now, void *arg, struct err_text *e)
{
	struct app *a = arg;

	ike_set_conf(a->ike, now);
	return 0;
}

static int apply_gm(const struct conf *now, void *arg, struct err_text *e)
{
	struct app *a = arg;
	int rc = gm_apply(a->gm, now, &a->pf.timers);

	return rc == 0 ? 0 : err_set(e, rc, "the group cannot be attached");
}

static void on_signal(int signo, void *arg)
{
	struct app *a = arg;

	loop_stop(a->loop);
}

/* ---- files -------------------------------------------------------------------------------- */

static int read_files(struct app *a)
{
	struct conf_report report;
	struct err_text e;

	if (platform_load(&a->pf, a->opt.platform, PLATFORM_MEMBER, &e) != 0) {
		fprintf(stderr, NAME ": %s\n", e.s);
		return -EINVAL;
	}
	if (conf_load_file(&a->startup, a->opt.startup, &a->pf.timers, false, &report) != 0) {
		fprintf(stderr, NAME ": %s\n", report.s);
		return -EINVAL;
	}
	if (platform_check_conf(&a->pf, a->startup, &e) != 0) {
		fprintf(stderr, NAME ": %s: %s\n", a->opt.startup, e.s);
		conf_free(a->startup);
		return -EINVAL;
	}
	return 0;
}

/* ---- start -------------------------------------------------------------------------------- */

static int start_base(struct app *a, struct err_text *e)
{
	struct log_config log;

	a->logging = (struct conf_logging){&a->pf, NAME, a->opt.foreground};
	conf_logging_start(&a->logging, &log);
	if (loop_new(&a->loop) != 0 || log_init(a->loop, &log) != 0 || trace_init(a->loop) != 0 ||
	    loop_signal_new(&a->on_term, a->loop, SIGTERM, on_signal, a) != 0 ||
	    loop_signal_new(&a->on_int, a->loop, SIGINT, on_signal, a) != 0)
		return err_set(e, -ENOMEM, "no memory for the event loop");
	return 0;
}

static int start_dp(struct app *a, struct err_text *e)
{
	struct dp_config c = {
		.lcores = a->pf.lcores,
		.memory_mib = a->pf.memory_mib,
		.hugepages = a->pf.hugepages,
		.mbufs = a->pf.mbufs,
		.file_prefix = a->pf.file_prefix,
		.netns = a->pf.netns,
		.idle_sleep_us = a->pf.idle_sleep_us,
		.persist_taps = a->pf.persist_taps,
		.n_ports = a->pf.n_ports,
	};

	for (unsigned int i = 0; i < c.n_ports; i++) {
		snprintf(c.ports[i].name, sizeof(c.ports[i].name), "%s", a->pf.ports[i].name);
		c.ports[i].device = a->pf.ports[i].device;
		c.ports[i].mtu = a->pf.ports[i].mtu;
	}
	return dp_new(&a->dp, a->loop, &c, e);
}

static int start_control(struct app *a, struct err_text *e)
{
	const struct gm_env *env;

	if (net_new(&a->net, a->loop, receive_datagram, a) != 0 ||
	    ike_new(&a->ike, a->loop, send_datagram, a) != 0 ||
	    bridge_new(&a->bridge, &(struct bridge_env){a->loop, a->dp, a->net, a->pf.netns}) != 0)
		return err_set(e, -ENOMEM, "no memory for the control plane");
	env = &(struct gm_env){
		.loop = a->loop,
		.ike = a->ike,
		.send = send_datagram,
		.send_arg = a,
		.dp = &bridge_gm_ops,
		.dp_arg = a->bridge,
	};
	if (gm_new(&a->gm, env) != 0)
		return err_set(e, -ENOMEM, "no memory for the group member");
	bridge_set_gm(a->bridge, a->gm);
	return 0;
}

static int start_mgmt(struct app *a, struct err_text *e)
{
	const struct mgmt_config c = {
		.socket_path = a->pf.socket,
		.group = getgrnam(CLI_GROUP) == NULL ? NULL : CLI_GROUP,
		.program = NAME,
	};
	int rc;

	bridge_reader(a->bridge, &a->reader);
	a->env = (struct cli_env){
		.program = NAME,
		.startup_path = a->opt.startup,
		.loop = a->loop,
		.store = a->store,
		.ike = a->ike,
		.gm = a->gm,
		.dp = &a->reader,
		.started_ns = loop_now_ns(a->loop),
	};
	rc = mgmt_new(&a->mgmt, a->loop, a->store, &c, &a->env, e);
	return rc == 0 ? commands_register_member(a->mgmt, e) : rc;
}

/* Interfaces before groups: registration leaves by an address. */
static int commit_startup(struct app *a, struct err_text *e)
{
	int rc = conf_store_new(&a->store, &a->pf.timers, false);

	if (rc == 0)
		rc = conf_store_listen(a->store, conf_logging_apply, &a->logging);
	if (rc == 0)
		rc = conf_store_listen(a->store, bridge_apply, a->bridge);
	if (rc == 0)
		rc = conf_store_listen(a->store, apply_ike, a);
	if (rc == 0)
		rc = conf_store_listen(a->store, apply_gm, a);
	if (rc != 0)
		return err_set(e, rc, "no memory for the configuration");
	rc = conf_store_commit(a->store, a->startup, e);
	if (rc != 0)
		return rc;
	a->startup = NULL;
	return dp_start_forwarding(a->dp, e);
}

/* Netlink requests and TAPs need NET_ADMIN, ports below 1024 NET_BIND_SERVICE, and sockets in
 * another namespace SYS_ADMIN. */
static int drop_privileges(struct app *a, struct err_text *e)
{
	static const int caps[] = {CAP_NET_ADMIN, CAP_NET_BIND_SERVICE, CAP_SYS_ADMIN};
	unsigned int n = a->pf.netns[0] != '\0' ? 3 : 2;

	return daemon_drop(a->pf.user, caps, n, e);
}

static int start(struct app *a, struct err_text *e)
{
	int rc = daemon_detach(a->opt.foreground, e);

	if (rc == 0)
		rc = daemon_lock(&a->lock, a->pf.socket, e);
	if (rc == 0)
		rc = start_base(a, e);
	if (rc == 0)
		rc = start_dp(a, e);
	if (rc == 0)
		rc = start_control(a, e);
	if (rc == 0)
		rc = commit_startup(a, e);
	if (rc == 0)
		rc = start_mgmt(a, e);
	return rc == 0 ? drop_privileges(a, e) : rc;
}

/* ---- end ---------------------------------------------------------------------------------- */

/* Workers stop before control forgets what it told them; configuration goes after its readers. */
static void stop(struct app *a)
{
	daemon_stopping();
	mgmt_free(a->mgmt);
	if (a->bridge != NULL)
		bridge_set_gm(a->bridge, NULL);
	gm_free(a->gm);
	bridge_free(a->bridge);
	ike_free(a->ike);
	net_free(a->net);
	dp_free(a->dp);
	conf_store_free(a->store);
	conf_free(a->startup);
	loop_signal_free(a->on_term);
	loop_signal_free(a->on_int);
	trace_fini();
	log_fini();
	if (a->loop != NULL)
		loop_free(a->loop);
	daemon_unlock(&a->lock);
}

int main(int argc, char **argv)
{
	static struct app app = {.lock.fd = -1};
	struct err_text e;
	int rc = daemon_options_parse(&app.opt, argc, argv, NAME);

	if (rc >= 0)
		return rc;
	if (read_files(&app) != 0)
		return DAEMON_REFUSED;
	if (app.opt.check) {
		conf_free(app.startup);
		return DAEMON_OK;
	}
	rc = start(&app, &e);
	if (rc != 0) {
		fprintf(stderr, NAME ": %s\n", e.s);
		stop(&app);
		return DAEMON_REFUSED;
	}
	log_msg(SYS_RESTART, "");
	daemon_ready();
	(void)loop_run(app.loop);
	stop(&app);
	return DAEMON_OK;
}
