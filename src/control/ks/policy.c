/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The policy value a member gets. The full form goes to members that announced our vendor ID;
 * all others get the plain form: what RFC 6407 can say, without deny lines and time stamps.
 */
#include "control/ks/group.h"

#include "tbar/tbar.h"

static void fill_lines(const struct ks_plan *plan, bool full, struct gdoi_policy *p)
{
	p->n_aces = 0;
	for (uint16_t i = 0; i < plan->n_aces; i++)
		if (full || plan->aces[i].ace.permit)
			p->aces[p->n_aces++] = plan->aces[i];
}

static void fill_teks(const struct ks_group *g, uint64_t now, struct gdoi_policy *p)
{
	p->n_teks = 0;
	for (uint8_t s = 0; s < g->active.n_sas; s++) {
		for (unsigned int i = 0; i < g->sas[s].n; i++) {
			const struct ks_tek *t = &g->sas[s].teks[i];

			if (ks_left_s(t->end_ns, now) == 0)
				continue;
			p->teks[p->n_teks++] = (struct gdoi_tek){
				.spi = t->spi,
				.sa = s,
				.suite = t->suite,
				.key = secret_ref(t->key),
				.auth = secret_ref(t->auth),
				.life_s = ks_left_s(t->end_ns, now),
				.replay = t->replay,
				.window = t->window,
				.shim_proto = t->replay == GDOI_REPLAY_TIME ? TBAR_NEXT_HDR : 0,
				.direction = GDOI_DIR_BOTH,
			};
		}
	}
}

/*
 * Members of ours choose by the lives of the TEKs they hold. These two numbers make others move
 * on at the same moment: when the TEK before the newest has A left, and drop it when it ends.
 */
static void fill_delays(const struct ks_group *g, uint64_t now, struct gdoi_policy *p)
{
	uint32_t atd = UINT16_MAX, dtd = UINT16_MAX;

	p->has_gap = true;
	p->atd_s = p->dtd_s = 0;
	for (unsigned int s = 0; s < g->active.n_sas; s++) {
		const struct ks_sa *sa = &g->sas[s];
		uint32_t left, a;

		if (sa->n < 2)
			continue;
		left = ks_left_s(sa->teks[sa->n - 2].end_ns, now);
		a = GV_MIN(30u, GV_MAX(2u, (sa->teks[sa->n - 2].life_s + 7) / 8));
		if (left < dtd) {
			dtd = left;
			atd = left > a ? left - a : 0;
		}
	}
	if (dtd < UINT16_MAX) {
		p->atd_s = (uint16_t)atd;
		p->dtd_s = (uint16_t)dtd;
	}
}

static void fill_time(const struct ks_group *g, uint64_t now, struct gdoi_policy *p)
{
	const struct conf_server *cs = ks_conf(g);

	p->has_time = true;
	p->pseudotime = ks_group_ticks(g, now);
	p->epoch = g->epoch;
	p->sync_period_s = (uint16_t)ks_plan_sync_period_s(&g->active);
	p->max_age_s = (uint16_t)GV_MIN((uint32_t)UINT16_MAX,
					KS_MAX_AGE_BASE_S + cs->retransmit_s * cs->retransmit_n);
}

bool ks_policy_multicast(const struct ks_group *g, struct endpoint *dst)
{
	const struct conf_acl *acl;

	if (ks_conf(g)->rekey_unicast)
		return false;
	acl = conf_acl_find(g->ks->conf, ks_conf(g)->rekey_acl);
	for (unsigned int i = 0; acl != NULL && i < acl->n_aces; i++) {
		const struct ace *a = &acl->aces[i];

		if (a->permit && addr_is_multicast(&a->dst.addr)) {
			dst->addr = a->dst.addr;
			dst->port = ace_ports_any(&a->dport) ? g->ks->env.port : a->dport.lo;
			return true;
		}
	}
	return false;
}

bool ks_policy_all_ours(const struct ks_group *g)
{
	for (unsigned int i = 0; i < g->n_members; i++)
		if (!g->members[i]->ours)
			return false;
	return true;
}

void ks_policy_fill(struct ks_group *g, bool full, const struct ks_kek *kek, struct gdoi_policy *p)
{
	uint64_t now = ks_now(g);

	p->full_form = full;
	fill_lines(&g->active, full, p);
	fill_teks(g, now, p);
	fill_delays(g, now, p);
	if (full && g->clock_running)
		fill_time(g, now, p);
	p->has_kek = kek->id != 0;
	if (!p->has_kek)
		return;
	p->kek = kek->kek;
	p->kek.iv_key = secret_ref(kek->kek.iv_key);
	p->kek.public_key = secret_ref(kek->kek.public_key);
	p->kek.life_s = ks_left_s(kek->end_ns, now);
	p->kek.ack = 0;
	p->seq = kek->seq;
	/* 0.0.0.0 in a push: unicast, to you */
	if (!ks_policy_multicast(g, &p->kek.dst))
		p->kek.dst = (struct endpoint){.addr = addr_v4(0), .port = g->ks->env.port};
}
