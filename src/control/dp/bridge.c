/* SPDX-License-Identifier: BSD-3-Clause */
/* Life of the bridge, and policy on its way to the workers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/dp/private.h"
#include "control/dp/reader.h"

int bridge_new(struct bridge **out, const struct bridge_env *env)
{
	struct bridge *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return -ENOMEM;
	b->env = *env;
	for (unsigned int i = 0; i < dp_port_count(env->dp); i++) {
		struct dp_port_info info;

		if (dp_port_info(env->dp, i, &info) != 0)
			break;
		snprintf(b->port[i].name, sizeof(b->port[i].name), "%s", info.name);
		b->n_ports++;
	}
	dp_set_event_fn(env->dp, bridge_event, b);
	dp_set_address_fn(env->dp, bridge_address, b);
	*out = b;
	return 0;
}

void bridge_free(struct bridge *b)
{
	if (b == NULL)
		return;
	dp_set_event_fn(b->env.dp, NULL, NULL);
	dp_set_address_fn(b->env.dp, NULL, NULL);
	free(b->routes);
	free(b);
}

void bridge_set_gm(struct bridge *b, struct gm *gm)
{
	b->gm = gm;
	for (unsigned int i = 0; i < b->n_ports && gm != NULL; i++)
		if (b->port[i].addr.family != ADDR_NONE)
			gm_set_address(gm, b->port[i].name, &b->port[i].addr);
}

struct bridge_port *bridge_port_find(struct bridge *b, const char *name)
{
	for (unsigned int i = 0; i < b->n_ports; i++)
		if (strcmp(b->port[i].name, name) == 0)
			return &b->port[i];
	return NULL;
}

/* ---- connection ids ----------------------------------------------------------------------- */

uint32_t bridge_conn_id(const struct bridge *b, uint32_t spi)
{
	for (unsigned int i = 0; i < BRIDGE_CONNS; i++)
		if (b->conn[i].id != 0 && b->conn[i].spi == spi)
			return b->conn[i].id;
	return 0;
}

/* The oldest makes room: it is of a TEK long gone. */
void bridge_conn_add(struct bridge *b, uint32_t spi)
{
	struct bridge_conn *at = &b->conn[0];

	if (bridge_conn_id(b, spi) != 0)
		return;
	for (unsigned int i = 1; i < BRIDGE_CONNS; i++)
		if (b->conn[i].id < at->id)
			at = &b->conn[i];
	*at = (struct bridge_conn){.spi = spi, .id = ++b->last_conn};
}

/* ---- policy ------------------------------------------------------------------------------- */

static enum dp_gate gate_of(enum gm_gate g)
{
	switch (g) {
	case GM_GATE_FAIL_CLOSE:
		return DP_FAIL_CLOSE;
	case GM_GATE_FAIL_OPEN:
		return DP_FAIL_OPEN;
	case GM_GATE_POLICY:
		return DP_POLICY;
	}
	return DP_FAIL_CLOSE;
}

static enum dp_replay replay_of(enum gdoi_replay r)
{
	switch (r) {
	case GDOI_REPLAY_NONE:
		return DP_REPLAY_NONE;
	case GDOI_REPLAY_COUNTER:
		return DP_REPLAY_COUNTER;
	case GDOI_REPLAY_TIME:
		return DP_REPLAY_TIME;
	}
	return DP_REPLAY_NONE;
}

static enum dp_direction direction_of(enum gdoi_direction d)
{
	switch (d) {
	case GDOI_DIR_BOTH:
		return DP_DIR_BOTH;
	case GDOI_DIR_SEND_ONLY:
		return DP_DIR_SEND_ONLY;
	case GDOI_DIR_RECEIVE_ONLY:
		return DP_DIR_RECEIVE_ONLY;
	}
	return DP_DIR_BOTH;
}

static struct dp_tek_spec tek_spec(const struct gm_tek *t)
{
	return (struct dp_tek_spec){
		.spi = t->tek.spi,
		.sa = t->tek.sa,
		.suite = t->tek.suite,
		.key = t->tek.key,
		.auth = t->tek.auth,
		.expire_ns = t->expire_ns,
		.life_s = t->tek.life_s,
		.atd_ns = t->atd_ns,
		.replay = replay_of(t->tek.replay),
		.window = t->tek.window,
		.shim_proto = t->tek.shim_proto,
		.direction = direction_of(t->tek.direction),
	};
}

static int install(const struct gm_install *want, struct err_text *why, void *arg)
{
	struct bridge *b = arg;
	struct dp_ace_spec aces[ACE_MAX_PER_POLICY];
	struct dp_tek_spec teks[DP_TEKS_MAX];
	struct dp_group_spec g = {
		.gate = gate_of(want->gate),
		.passive = want->passive,
		.aces = aces,
		.n_aces = want->n_aces,
		.local = want->local,
		.n_local = want->n_local,
		.fail_close = want->fail_close,
		.n_fail_close = want->n_fail_close,
		.teks = teks,
		.n_teks = want->n_teks,
		.sid_bits = want->sid_bits,
		.sids = want->sids,
		.n_sids = want->n_sids,
		.pseudotime_off_ns = want->pseudotime_off_ns,
		.pseudotime_valid = want->pseudotime_valid,
		.address_check = true,
	};
	int rc;

	if (want->n_aces > GV_ARRAY_SIZE(aces) || want->n_teks > GV_ARRAY_SIZE(teks))
		return err_set(why, -E2BIG, "more policy lines or keys than the data plane takes");
	snprintf(g.name, sizeof(g.name), "%s", want->group);
	for (unsigned int i = 0; i < want->n_aces; i++)
		aces[i] = (struct dp_ace_spec){want->aces[i].ace, want->aces[i].sa};
	for (unsigned int i = 0; i < want->n_teks; i++)
		teks[i] = tek_spec(&want->teks[i]);
	rc = dp_group_set(b->env.dp, want->interface, &g, why);
	for (unsigned int i = 0; i < want->n_teks && rc == 0; i++)
		bridge_conn_add(b, want->teks[i].tek.spi);
	return rc;
}

/* The data plane refuses this only without memory; the old policy then stays. */
static void detach(const char *interface, void *arg)
{
	struct bridge *b = arg;
	struct err_text why;

	if (dp_group_clear(b->env.dp, interface, &why) != 0)
		log_msg(SYS_NO_MEMORY, interface, why.s);
}

static uint16_t workers(void *arg)
{
	const struct bridge *b = arg;

	return (uint16_t)dp_worker_count(b->env.dp);
}

const struct gm_dp_ops bridge_gm_ops = {
	.install = install,
	.detach = detach,
	.workers = workers,
};

void bridge_reader(struct bridge *b, struct dp_reader *out)
{
	*out = (struct dp_reader){
		.port_count = dp_port_count,
		.port_info = dp_port_info,
		.port_stats = dp_port_stats,
		.sa_stats = dp_sa_stats,
		.ace_stats = dp_ace_stats,
		.drop_count = dp_drop_count,
		.drop_stat = dp_drop_stat,
		.tbar_stats = dp_tbar_stats,
		.current_spi = dp_current_spi,
		.counters_clear = dp_counters_clear,
		.dp = b->env.dp,
		.conn_id = bridge_conn_id,
		.bridge = b,
	};
}
