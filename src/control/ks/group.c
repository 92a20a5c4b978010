/* SPDX-License-Identifier: BSD-3-Clause */
/* A group of this key server: from its configuration to its keys. */
#include "control/ks/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/trace.h"
#include "crypto/keystore.h"
#include "crypto/rand.h"
#include "tbar/tbar.h"

int ks_group_new(struct ks_group **out, struct ks *ks, const struct conf_group *cg)
{
	struct ks_group *g = calloc(1, sizeof(*g));
	int rc;

	if (g == NULL)
		return -ENOMEM;
	g->ks = ks;
	g->conf = cg;
	memcpy(g->name, cg->name, sizeof(g->name));
	rc = loop_timer_new(&g->timer, ks->env.loop, ks_schedule_fired, g);
	if (rc == 0)
		rc = loop_timer_new(&g->round.timer, ks->env.loop, ks_round_fired, g);
	if (rc < 0) {
		ks_group_free(g);
		return rc;
	}
	*out = g;
	return 0;
}

void ks_group_free(struct ks_group *g)
{
	for (unsigned int i = 0; i < CONF_SA_MAX; i++)
		ks_teks_drop(&g->sas[i]);
	ks_kek_drop(&g->kek);
	ks_kek_drop(&g->old_kek);
	ks_members_clear(g);
	ks_round_free(&g->round);
	loop_timer_free(g->timer);
	free(g);
}

const struct sign_key *ks_group_sign_key(struct ks_group *g)
{
	const char *label = ks_conf(g)->rsa_label;
	const struct sign_key *pair = NULL;

	if (label[0] != '\0')
		pair = keystore_find(g->ks->env.keys, label);
	if (pair == NULL)
		log_msg(GDOI_KS_NO_RSA_KEYS, g->name, label, g->name);
	return pair;
}

bool ks_group_authorized(const struct ks_group *g, const struct addr *a)
{
	const struct conf_acl *acl;
	struct ace_key key = {.src = *a, .dst = *a};

	if (ks_conf(g)->auth_acl[0] == '\0')
		return true;
	acl = conf_acl_find(g->ks->conf, ks_conf(g)->auth_acl);
	for (unsigned int i = 0; acl != NULL && i < acl->n_aces; i++)
		if (ace_match(&acl->aces[i], &key))
			return acl->aces[i].permit;
	return false;
}

/* ---- the clock ------------------------------------------------------------------------------------ */

uint64_t ks_group_ticks(const struct ks_group *g, uint64_t now_ns)
{
	return g->clock_running ? g->pt0 + (now_ns - g->t0_ns) / TBAR_TICK_NS : 0;
}

/* Runs from the first registration on. */
void ks_group_start_clock(struct ks_group *g)
{
	uint32_t start[2];

	if (g->clock_running || rand_bytes(RAND_OTHER, start, sizeof(start)) < 0)
		return;
	g->pt0 = start[0];
	g->epoch = start[1];
	g->t0_ns = g->last_push_ns = ks_now(g);
	g->clock_running = true;
	trace_add(TRACE_EV_PST_UPDATED, NULL, NULL, 0, g->name, "pseudotime started");
}

/* ---- configuration --------------------------------------------------------------------------------- */

/* TEKs stay with their `sa ipsec` when others come or go; those of one that is gone are deleted. */
void ks_group_adopt(struct ks_group *g)
{
	struct ks_sa old[CONF_SA_MAX];

	memcpy(old, g->sas, sizeof(old));
	memset(g->sas, 0, sizeof(g->sas));
	g->active = g->pending;
	g->changed = false;
	for (unsigned int i = 0; i < g->active.n_sas; i++) {
		g->sas[i].number = g->active.sas[i].number;
		for (unsigned int k = 0; k < CONF_SA_MAX; k++) {
			if (old[k].n == 0 || old[k].number != g->sas[i].number)
				continue;
			g->sas[i] = old[k];
			old[k] = (struct ks_sa){0};
		}
	}
	for (unsigned int k = 0; k < CONF_SA_MAX; k++)
		ks_teks_delete(g, &old[k], 0);
}

static void say_weak(struct ks_group *g)
{
	const struct conf_server *cs = ks_conf(g);
	const struct sign_key *pair = keystore_find(g->ks->env.keys, cs->rsa_label);
	const char *what = NULL;

	if (cs->kek_alg == GDOI_KEK_3DES)
		what = "3DES for the KEK";
	else if (cs->sig_hash == GDOI_SIG_SHA1)
		what = "SHA-1 for rekey signatures";
	else if (pair != NULL && sign_key_bits(pair) < 2048)
		what = "an RSA key below 2048 bits";
	if (what != NULL && !g->said_weak)
		log_msg(GDOI_KS_WEAK_REKEY, g->name, g->name, what);
	g->said_weak = what != NULL;
}

/* How a group starts is no transition. */
static void say_transport(struct ks_group *g)
{
	bool multicast = !ks_conf(g)->rekey_unicast;

	if (g->planned && multicast && !g->multicast)
		log_msg(GDOI_KS_REKEY_TRANS_2_MULTI, g->name, g->name);
	else if (g->planned && !multicast && g->multicast)
		log_msg(GDOI_KS_REKEY_TRANS_2_UNI, g->name, g->name);
	g->multicast = multicast;
}

static void say_changes(struct ks_group *g, const struct ks_plan *before)
{
	bool differs = g->planned && !ks_plan_equal(&g->active, &g->pending);

	if (g->pending.cut && !before->cut)
		log_msg(GDOI_GDOI_ACL_NUM, g->name);
	if (differs && !ks_plan_equal(before, &g->pending))
		log_msg(GDOI_POLICY_CHANGE, g->name, g->name);
	g->changed = differs;
	say_transport(g);
	say_weak(g);
}

/* Of the policy to come, of the one that members get until then, or for a TEK that still lives. */
static bool needs_sids(const struct ks_group *g)
{
	if (ks_plan_needs_sids(&g->pending) || ks_plan_needs_sids(&g->active))
		return true;
	for (unsigned int s = 0; s < g->active.n_sas; s++)
		for (unsigned int i = 0; i < g->sas[s].n; i++)
			if (suite_get(g->sas[s].teks[i].suite)->counter_mode)
				return true;
	return false;
}

static void set_sid_bits(struct ks_group *g)
{
	g->sids.bits = needs_sids(g) ? ks_conf(g)->sid_bits : 0;
	if (g->sids.bits == 0 || g->sids.bits == g->sids.width)
		return;
	/* Numbers of another width are another way to cut the same IVs, and members keep theirs as
	 * long as they are not told to register again. */
	g->sids.width = g->sids.bits;
	if (g->sids.next > 0)
		ks_schedule_reset_keys(g);
}

static void set_identity(struct ks_group *g)
{
	g->id = (struct gdoi_group_id){.is_address = !g->conf->has_number,
				       .number = g->conf->number,
				       .address = g->conf->id_address};
}

void ks_group_configure(struct ks_group *g, const struct conf *c, const struct conf_group *cg)
{
	struct ks_plan before = g->pending;
	struct err_text why = {{0}};
	struct endpoint dst;
	bool fresh;
	int rc;

	g->conf = cg;
	set_identity(g);
	rc = ks_plan_make(&g->pending, c, cg, &why);
	if (rc == 0 && !cg->server.rekey_unicast && !ks_policy_multicast(g, &dst))
		rc = err_set(&why, -EINVAL, "multicast rekeys have no destination address");
	g->not_ready = why;
	if (rc < 0) {
		/* Members go on with what they have; nobody new comes in. */
		g->pending = before;
		return;
	}
	say_changes(g, &before);
	set_sid_bits(g);
	fresh = !g->planned;
	if (fresh)
		ks_group_adopt(g);
	g->planned = true;
	if ((ks_kek_follow_pair(g) || fresh) && ks_keys_ensure(g) < 0)
		g->retry_ns = ks_now(g) + KS_RETRY_NS;
	ks_schedule_set(g);
}
