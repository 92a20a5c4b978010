/* SPDX-License-Identifier: BSD-3-Clause */
/* From configuration to what the members of a group must have. */
#include "control/ks/group.h"

#include <string.h>

static int plan_sa(struct ks_plan_sa *out, const struct conf *c, const struct conf_sa *cs,
		   struct err_text *why)
{
	const struct conf_ipsec_profile *profile = conf_profile_find(c, cs->profile);
	const struct conf_transform_set *ts;

	if (profile == NULL)
		return err_set(why, -ENOENT, "sa ipsec %u has no profile", cs->number);
	ts = conf_transform_set_find(c, profile->transform_set);
	if (ts == NULL || ts->suite == SUITE_NONE)
		return err_set(why, -ENOENT, "profile %s has no transform set", profile->name);
	*out = (struct ks_plan_sa){.number = cs->number,
				   .suite = ts->suite,
				   .life_s = profile->lifetime_s,
				   .replay = cs->replay,
				   .window = cs->window};
	memcpy(out->profile, cs->profile, sizeof(out->profile));
	memcpy(out->acl, cs->acl, sizeof(out->acl));
	return 0;
}

static int plan_lines(struct ks_plan *p, uint8_t sa, const struct conf *c, const char *name,
		      struct err_text *why)
{
	const struct conf_acl *acl = conf_acl_find(c, name);

	if (acl == NULL || acl->n_aces == 0)
		return err_set(why, -ENOENT, "access list '%s' has no lines", name);
	for (unsigned int i = 0; i < acl->n_aces; i++) {
		if (p->n_aces == ACE_MAX_PER_POLICY) {
			p->cut = true;
			break;
		}
		p->aces[p->n_aces] = (struct gdoi_ace){
			.ace = acl->aces[i], .order = (uint16_t)(p->n_aces + 1), .sa = sa};
		p->n_aces++;
	}
	return 0;
}

int ks_plan_make(struct ks_plan *p, const struct conf *c, const struct conf_group *cg,
		 struct err_text *why)
{
	int rc = 0;

	*p = (struct ks_plan){0};
	if (!cg->has_number && cg->id_address.family == ADDR_NONE)
		return err_set(why, -EINVAL, "identity missing");
	if (cg->server.address.family == ADDR_NONE)
		return err_set(why, -EINVAL, "address of the key server missing");
	if (cg->server.n_sas == 0)
		return err_set(why, -EINVAL, "sa ipsec missing");
	for (uint8_t i = 0; i < cg->server.n_sas && rc == 0; i++) {
		rc = plan_sa(&p->sas[i], c, &cg->server.sas[i], why);
		if (rc == 0)
			rc = plan_lines(p, i, c, cg->server.sas[i].acl, why);
		p->n_sas++;
	}
	return rc;
}

static bool sa_equal(const struct ks_plan_sa *a, const struct ks_plan_sa *b)
{
	return a->number == b->number && a->suite == b->suite && a->life_s == b->life_s &&
	       a->replay == b->replay && a->window == b->window &&
	       strcmp(a->profile, b->profile) == 0 && strcmp(a->acl, b->acl) == 0;
}

bool ks_plan_equal(const struct ks_plan *a, const struct ks_plan *b)
{
	if (a->n_sas != b->n_sas || a->n_aces != b->n_aces)
		return false;
	for (uint8_t i = 0; i < a->n_sas; i++)
		if (!sa_equal(&a->sas[i], &b->sas[i]))
			return false;
	for (uint16_t i = 0; i < a->n_aces; i++)
		if (a->aces[i].sa != b->aces[i].sa || !ace_equal(&a->aces[i].ace, &b->aces[i].ace))
			return false;
	return true;
}

bool ks_plan_has_deny(const struct ks_plan *p)
{
	for (uint16_t i = 0; i < p->n_aces; i++)
		if (!p->aces[i].ace.permit)
			return true;
	return false;
}

bool ks_plan_has_time(const struct ks_plan *p)
{
	for (uint8_t i = 0; i < p->n_sas; i++)
		if (p->sas[i].replay == GDOI_REPLAY_TIME)
			return true;
	return false;
}

bool ks_plan_needs_sids(const struct ks_plan *p)
{
	for (uint8_t i = 0; i < p->n_sas; i++)
		if (suite_get(p->sas[i].suite)->counter_mode)
			return true;
	return false;
}

/* RFC 6407 5.5.1: a port is one number or any; there is no ToS and no fragment flag. */
static bool ports_plain(const struct ace_ports *p)
{
	return ace_ports_any(p) || p->lo == p->hi;
}

bool ks_plan_fits_plain(const struct ks_plan *p)
{
	for (uint16_t i = 0; i < p->n_aces; i++) {
		const struct ace *a = &p->aces[i].ace;

		if (a->permit && (a->fragments || a->tos_mask != 0 || !ports_plain(&a->sport) ||
				  !ports_plain(&a->dport)))
			return false;
	}
	return true;
}

/* Two clocks 100 ppm apart must not use up a hundredth of the smallest window in between. */
uint32_t ks_plan_sync_period_s(const struct ks_plan *p)
{
	uint32_t period = KS_SYNC_MAX_S;

	for (uint8_t i = 0; i < p->n_sas; i++)
		if (p->sas[i].replay == GDOI_REPLAY_TIME)
			period = GV_MIN(period,
					GV_MAX((uint32_t)KS_SYNC_MIN_S, 300 * p->sas[i].window));
	return period;
}
