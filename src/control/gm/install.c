/* SPDX-License-Identifier: BSD-3-Clause */
/* From what a group holds to what the data plane does. */
#include "control/gm/group.h"

#include <stdlib.h>

#include "base/trace.h"

static int offer(struct gm_group *g, const struct gm_hold *h, enum gm_gate gate,
		 struct err_text *why)
{
	const struct gm_env *env = &g->gm->env;
	struct gm_install want = {
		.group = g->name,
		.interface = g->interface,
		.gate = gate,
		.passive = g->conf->passive,
		.aces = h->aces,
		.n_aces = h->n_aces,
		.local = g->local,
		.n_local = g->n_local,
		.fail_close = g->fail_close,
		.n_fail_close = g->n_fail_close,
		.teks = h->teks,
		.n_teks = h->n_teks,
		.sid_bits = h->sid_bits,
		.sids = h->sids,
		.n_sids = h->n_sids,
		.pseudotime_off_ns = h->clock.off_ns,
		.pseudotime_valid = h->clock.synced,
	};

	return env->dp->install(&want, why, env->dp_arg);
}

int gm_install(struct gm_group *g, struct gm_hold *h, struct err_text *why)
{
	int rc = offer(g, h, GM_GATE_POLICY, why);

	if (rc < 0) {
		gm_hold_clear(h);
		return rc;
	}
	gm_hold_clear(&g->hold);
	g->hold = *h;
	g->gate = GM_GATE_POLICY;
	gm_life_set(g);
	return 0;
}

/* Less than before, or the same: the data plane has no reason to refuse. If it does, it goes on
 * with what it has, and ends every key by itself. */
int gm_reinstall(struct gm_group *g)
{
	struct err_text why = {{0}};
	int rc = offer(g, &g->hold, g->gate, &why);

	if (rc < 0)
		g->failure = why;
	return rc;
}

int gm_set_gate(struct gm_group *g, enum gm_gate gate)
{
	g->gate = gate;
	return gm_reinstall(g);
}

static void say_transport(struct gm_group *g)
{
	bool multicast = gdoi_kek_is_multicast(&g->hold.keks[0].st.kek);

	if (g->transport_known && g->multicast == multicast)
		return;
	g->transport_known = true;
	g->multicast = multicast;
	if (multicast)
		log_msg(GDOI_GM_REKEY_TRANS_2_MULTI, g->name, g->name);
	else
		log_msg(GDOI_GM_REKEY_TRANS_2_UNI, g->name, g->name);
}

void gm_say_change(struct gm_group *g, const struct gm_change *c)
{
	if (g->hold.n_keks > 0)
		say_transport(g);
	if (c->new_kek)
		log_msg(GDOI_SA_KEK_UPDATED, g->name);
	if (c->new_tek)
		log_msg(GDOI_SA_TEK_UPDATED, g->name);
	g->gm->counts[GM_COUNT_TEK_DELETED] += c->teks_deleted;
	g->gm->counts[GM_COUNT_TEK_LIMIT] += c->teks_given_up;
}
