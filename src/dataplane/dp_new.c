/* SPDX-License-Identifier: BSD-3-Clause */
/* The whole data plane: EAL, workers, the box around them, and the calls of dp_api.h that are
 * about ports and interfaces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_launch.h>

#include "dataplane/dp_box.h"
#include "dataplane/eal.h"
#include "dataplane/stats.h"
#include "dataplane/worker.h"

static int launch(struct dp *dp, const struct dp_config *cfg, struct err_text *e)
{
	struct eal_cores cores;
	int rc = eal_cores_parse(&cores, cfg->lcores, e);

	for (unsigned int i = 0; i < dp->n_workers && rc == 0; i++) {
		struct dp_worker *w = dp->worker[i];

		w->lcore = cores.lcore[i + 1];
		w->idle_sleep_us = cfg->idle_sleep_us;
		rc = rte_eal_remote_launch(dp_worker_main, w, w->lcore);
		if (rc != 0)
			return err_set(e, rc, "worker %u does not start on lcore %u", i, w->lcore);
		dp->n_launched++;
	}
	return rc;
}

static void join(struct dp *dp)
{
	for (unsigned int i = 0; i < dp->n_launched; i++) {
		__atomic_store_n(&dp->worker[i]->stop, true, __ATOMIC_RELEASE);
		(void)rte_eal_wait_lcore(dp->worker[i]->lcore);
	}
	dp->n_launched = 0;
}

static int start(struct dp *dp, struct loop *loop, const struct dp_config *cfg, struct err_text *e)
{
	struct eal_cores cores;
	int rc = eal_cores_parse(&cores, cfg->lcores, e);

	if (rc != 0)
		return rc;
	if (cores.n - 1 > DP_WORKERS_MAX)
		return err_set(e, -EINVAL, "lcores \"%s\": more than %u workers", cfg->lcores,
			       DP_WORKERS_MAX);
	for (unsigned int i = 0; i < cfg->n_ports; i++)
		snprintf(dp->port_name[i], sizeof(dp->port_name[i]), "%s", cfg->ports[i].name);
	rc = dp_core_init(dp, loop, cores.n - 1, e);
	if (rc == 0)
		rc = box_new(&dp->box, dp, cfg, e);
	return rc == 0 ? launch(dp, cfg, e) : rc;
}

int dp_new(struct dp **out, struct loop *loop, const struct dp_config *cfg, struct err_text *e)
{
	struct dp *dp = calloc(1, sizeof(*dp));
	int rc;

	if (dp == NULL)
		return err_set(e, -ENOMEM, "no memory for the data plane");
	rc = eal_start(cfg, e);
	if (rc != 0) {
		free(dp);
		return rc;
	}
	rc = start(dp, loop, cfg, e);
	if (rc != 0)
		dp_free(dp);
	else
		*out = dp;
	return rc;
}

void dp_free(struct dp *dp)
{
	if (dp == NULL)
		return;
	join(dp);
	box_free(dp->box);
	dp_core_fini(dp);
	free(dp);
	(void)eal_stop();
}

unsigned int dp_worker_count(const struct dp *dp)
{
	return dp->n_workers;
}

/* ---- ports -------------------------------------------------------------------------------- */

unsigned int dp_port_count(const struct dp *dp)
{
	return dp->box == NULL ? 0 : dp->box->n_ports;
}

int dp_port_info(const struct dp *dp, unsigned int i, struct dp_port_info *out)
{
	const struct box_port *p;
	struct nl_address a;

	if (i >= dp_port_count(dp))
		return -ENOENT;
	p = &dp->box->port[i];
	*out = (struct dp_port_info){
		.mtu = p->dev.mtu,
		.admin_up = p->admin_up && !p->shutdown,
		.link_up = p->carrier,
	};
	snprintf(out->name, sizeof(out->name), "%s", dp->port_name[i]);
	snprintf(out->tap, sizeof(out->tap), "%s", p->tap.name);
	snprintf(out->driver, sizeof(out->driver), "%s", p->dev.driver);
	memcpy(out->mac, p->dev.mac.addr_bytes, sizeof(out->mac));
	if (mirror_address(dp->box->mirror, (uint8_t)i, &a)) {
		out->addr = addr_v4(a.addr);
		out->addr_len = a.len;
	}
	return 0;
}

int dp_port_stats(const struct dp *dp, unsigned int i, struct dp_port_stats *out)
{
	struct rte_eth_stats st;

	if (i >= dp_port_count(dp))
		return -ENOENT;
	dp_port_counts(dp, i, out);
	if (rte_eth_stats_get(dp->box->port[i].dev.ethdev, &st) == 0) {
		out->rx_errors = st.ierrors + st.imissed;
		out->tx_errors = st.oerrors;
	}
	return 0;
}

void dp_set_address_fn(struct dp *dp, dp_address_fn *fn, void *arg)
{
	struct nl_address a;

	dp->box->address_fn = fn;
	dp->box->address_arg = arg;
	for (unsigned int i = 0; i < dp->box->n_ports && fn != NULL; i++) {
		struct addr addr;

		if (!mirror_address(dp->box->mirror, (uint8_t)i, &a))
			continue;
		addr = addr_v4(a.addr);
		fn(dp->port_name[i], &addr, arg);
	}
}

/* ---- interfaces --------------------------------------------------------------------------- */

static int set_address(struct dp_box *box, struct box_port *p, const struct nl_address *want,
		       struct err_text *e)
{
	struct nlmsg_request r;
	int rc = 0;

	if (p->configured.addr == want->addr && p->configured.len == want->len)
		return 0;
	if (want->addr != 0) {
		nlmsg_address(&r, true, p->tap.ifindex, want->addr, want->len);
		rc = mirror_request(box->mirror, &r);
	}
	if (rc != 0)
		return err_set(e, rc, "the kernel refuses that address on %s: %s", p->tap.name,
			       strerror(-rc));
	if (p->configured.addr != 0) {
		nlmsg_address(&r, false, p->tap.ifindex, p->configured.addr, p->configured.len);
		rc = mirror_request(box->mirror, &r);
	}
	p->configured = *want;
	if (rc == 0 || rc == -EADDRNOTAVAIL) /* somebody took it away already */
		return 0;
	return err_set(e, rc, "the old address stays on %s: %s", p->tap.name, strerror(-rc));
}

int dp_interface_set(struct dp *dp, const char *port, const struct dp_interface_spec *s,
		     struct err_text *e)
{
	struct box_port *p = box_port_find(dp->box, port);
	struct nl_address want = {0};
	struct nlmsg_request r;
	int rc;

	if (p == NULL)
		return err_set(e, -ENOENT, "there is no port %s", port);
	if (s->address.family == ADDR_V4)
		want = (struct nl_address){addr_v4_u32(&s->address), s->address_len};
	/* Up first: the kernel makes the connected route of an address when its link is up. */
	nlmsg_link(&r, p->tap.ifindex, true, s->mtu != 0 ? s->mtu : p->base_mtu, NULL);
	rc = mirror_request(dp->box->mirror, &r);
	if (rc != 0)
		return err_set(e, rc, "the kernel refuses to set up %s: %s", p->tap.name,
			       strerror(-rc));
	rc = set_address(dp->box, p, &want, e);
	if (rc != 0)
		return rc;
	if (p->shutdown != s->shutdown) {
		p->shutdown = s->shutdown;
		box_port_changed(p);
	}
	return 0;
}

int dp_route_set(struct dp *dp, bool add, const struct prefix *dst, const struct addr *via,
		 struct err_text *e)
{
	struct nlmsg_request r;
	int rc;

	nlmsg_route(&r, add, addr_v4_u32(&dst->addr), dst->len, addr_v4_u32(via));
	rc = mirror_request(dp->box->mirror, &r);
	if (rc == 0 || (!add && rc == -ESRCH))
		return 0;
	return err_set(e, rc, "the kernel refuses the route to %s: %s", prefix_text(dst).s,
		       strerror(-rc));
}
