/* SPDX-License-Identifier: BSD-3-Clause */
/* Registrations: what is offered in the second message, and what the fourth settles. */
#include "control/ks/group.h"

#include <string.h>

#include "base/trace.h"

static struct ks_group *group_of(const struct ks *ks, const struct gdoi_group_id *id)
{
	for (unsigned int i = 0; i < ks->n_groups; i++)
		if (gdoi_group_id_equal(&ks->groups[i]->id, id))
			return ks->groups[i];
	return NULL;
}

static bool takes_form(const struct ks_group *g, bool ours)
{
	struct endpoint dst;

	if (ours)
		return true;
	if (ks_plan_has_time(&g->active) || !ks_plan_fits_plain(&g->active))
		return false;
	return !(ks_policy_multicast(g, &dst) && ks_plan_has_deny(&g->active));
}

static enum gdoi_fail refuse(struct ks_group *g, const struct gdoi_member_ref *m,
			     enum gdoi_fail why)
{
	trace_add(TRACE_EV_REG_FAILED, &ks_conf(g)->address, &m->remote.addr, 0, g->name,
		  gdoi_fail_text(why));
	return why;
}

static enum gdoi_fail admit(struct ks_group *g, const struct gdoi_member_ref *m)
{
	if (g->not_ready.s[0] != '\0') {
		ks_bump(g->ks, REG_INCOMPLETE);
		log_msg(GDOI_KS_INCOMPLETE_CFG, g->name, g->name, g->not_ready.s);
		return refuse(g, m, GDOI_FAIL_INCOMPLETE);
	}
	if (!ks_group_authorized(g, &m->remote.addr)) {
		ks_bump(g->ks, REG_UNAUTHORIZED);
		log_msg(GDOI_UNAUTHORIZED_IPADDR, g->name, g->name, addr_text(&m->remote.addr).s);
		return refuse(g, m, GDOI_FAIL_UNAUTHORIZED);
	}
	if (!takes_form(g, m->peer.ours)) {
		ks_bump(g->ks, REG_PEER_FORM);
		return refuse(g, m, GDOI_FAIL_PEER_FORM);
	}
	return GDOI_FAIL_NONE;
}

static enum gdoi_fail offer(const struct gdoi_member_ref *m, const struct gdoi_group_id *id,
			    struct gdoi_policy *policy, void *arg)
{
	struct ks *ks = arg;
	struct ks_group *g = group_of(ks, id);
	enum gdoi_fail why;
	struct endpoint dst;
	bool full, multicast;

	if (g == NULL) {
		ks_bump(ks, REG_NO_GROUP);
		return GDOI_FAIL_NO_GROUP;
	}
	ks_bump(ks, REG_OFFERED);
	trace_add(TRACE_EV_REG_STARTED, &m->remote.addr, &ks_conf(g)->address, 0, g->name, NULL);
	why = admit(g, m);
	if (why != GDOI_FAIL_NONE)
		return why;
	/* Said for each registration: without the pair the next rekey cannot be signed. */
	if (g->kek.id != 0)
		(void)ks_group_sign_key(g);
	ks_group_start_clock(g);
	ks_teks_expire(g);
	if (ks_keys_ensure(g) < 0)
		return refuse(g, m, GDOI_FAIL_INTERNAL);
	ks_schedule_set(g);
	multicast = ks_policy_multicast(g, &dst);
	full = m->peer.ours && (!multicast || ks_policy_all_ours(g));
	ks_policy_fill(g, full, &g->kek, policy);
	if (policy->has_kek && !multicast)
		policy->kek.dst.addr = m->remote.addr;
	return GDOI_FAIL_NONE;
}

/* ---- commit ---------------------------------------------------------------------------------------- */

static bool has_spi(const struct gdoi_policy *p, uint32_t spi)
{
	for (unsigned int i = 0; i < p->n_teks; i++)
		if (p->teks[i].spi == spi)
			return true;
	return false;
}

/* Are the keys of the offer still all the keys there are? */
static bool still_whole(const struct ks_group *g, const struct gdoi_policy *p)
{
	if (p->has_kek != (g->kek.id != 0))
		return false;
	if (p->has_kek && memcmp(p->kek.spi, g->kek.kek.spi, sizeof(p->kek.spi)) != 0)
		return false;
	for (unsigned int s = 0; s < g->active.n_sas; s++)
		if (g->sas[s].n > 0 && !has_spi(p, g->sas[s].teks[g->sas[s].n - 1].spi))
			return false;
	return true;
}

/* A rekey came between offer and commit. If it went out under the KEK of the offer, the member
 * gets that push as well and is where all others are. */
static bool can_catch_up(const struct ks_group *g, const struct gdoi_policy *p)
{
	const struct ks_round *r = &g->round;

	return p->has_kek && (p->full_form ? r->full : r->plain) != NULL &&
	       memcmp(r->kek.spi, p->kek.spi, sizeof(p->kek.spi)) == 0;
}

/* All numbers given: the counters start again, so every key they may have touched goes. */
static enum gdoi_fail sids_used_up(struct ks_group *g, const struct gdoi_member_ref *m)
{
	ks_bump(g->ks, SID_RESET);
	ks_schedule_reset_keys(g);
	return refuse(g, m, GDOI_FAIL_NO_SIDS);
}

static void enter(struct ks_group *g, struct ks_member *member, const struct gdoi_member_ref *m)
{
	member->remote = m->remote;
	member->ours = m->peer.ours;
	memcpy(member->version, m->peer.version, sizeof(member->version));
	member->registered_ns = ks_now(g);
	member->strikes = 0;
	member->in_round = member->due = false;
	if (member->ours || member->told_plain || !ks_plan_has_deny(&g->active))
		return;
	member->told_plain = true;
	log_msg(GDOI_KS_PLAIN_FORM, g->name, g->name, addr_text(&member->address).s);
}

static enum gdoi_fail commit(const struct gdoi_member_ref *m, const struct gdoi_group_id *id,
			     uint16_t sids_wanted, struct gdoi_policy *policy, void *arg)
{
	struct ks *ks = arg;
	struct ks_group *g = group_of(ks, id);
	unsigned int sids = GV_MIN(GV_MAX(sids_wanted, 1u), (unsigned int)GDOI_SIDS_MAX);
	struct ks_member *member;
	bool whole;

	if (g == NULL)
		return GDOI_FAIL_NO_GROUP;
	whole = still_whole(g, policy);
	if (!whole && !can_catch_up(g, policy)) {
		ks_bump(ks, REG_OVERTAKEN);
		return refuse(g, m, GDOI_FAIL_REFUSED);
	}
	if (g->sids.bits != 0 && ks_sids_room(&g->sids) < sids)
		return sids_used_up(g, m);
	if (ks_member_add(g, &m->remote.addr, &member) < 0) {
		ks_bump(ks, REG_MEMBERS);
		return refuse(g, m, GDOI_FAIL_REFUSED);
	}
	enter(g, member, m);
	policy->seq = whole ? g->kek.seq : g->round.seq - 1;
	if (g->sids.bits != 0) {
		ks_sids_give(&g->sids, sids, policy);
		member->n_sids = sids;
		g->sids_given += sids;
	}
	if (!whole)
		ks_round_join(g, member);
	ks_bump(ks, REG_OK);
	trace_add(TRACE_EV_REG_COMPLETE, &m->remote.addr, &ks_conf(g)->address, 0, g->name, NULL);
	return GDOI_FAIL_NONE;
}

const struct gdoi_server_ops ks_server_ops = {.offer = offer, .commit = commit};
