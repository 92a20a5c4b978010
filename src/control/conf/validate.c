/* SPDX-License-Identifier: BSD-3-Clause */
/* What a configuration as a whole must fulfil. Single values were checked line by line. */
#include <stdio.h>
#include <string.h>

#include "control/conf/edit.h"
#include "control/gdoi/policy.h"

#define TEK_LIFE_MIN_S 120
#define KEK_LIFE_MIN_S 300
#define RETRANSMIT_MIN 10

uint32_t conf_tek_life_min(const struct conf_limits *lim)
{
	return lim->lifetime_min_s != 0 ? lim->lifetime_min_s : TEK_LIFE_MIN_S;
}

uint32_t conf_kek_life_min(const struct conf_limits *lim)
{
	return lim->lifetime_min_s != 0 ? lim->lifetime_min_s : KEK_LIFE_MIN_S;
}

uint32_t conf_retransmit_min(const struct conf_limits *lim)
{
	return lim->retransmit_min_s != 0 ? lim->retransmit_min_s : RETRANSMIT_MIN;
}

struct checker {
	const struct conf *c;
	const struct conf_limits *lim;
	bool key_server;
	struct conf_blame *who;
	struct err_text *e;
};

static struct err_text *blame(struct checker *k, enum conf_blame_kind kind, const char *name,
			      uint32_t number)
{
	k->who->kind = kind;
	k->who->number = number;
	snprintf(k->who->name, sizeof(k->who->name), "%s", name);
	return k->e;
}

static int check_profiles(struct checker *k)
{
	for (unsigned int i = 0; i < k->c->n_profiles; i++) {
		const struct conf_ipsec_profile *p = &k->c->profiles[i];

		if (p->transform_set[0] != '\0' &&
		    conf_transform_set_find(k->c, p->transform_set) == NULL)
			return err_set(blame(k, BLAME_PROFILE, p->name, 0), -EINVAL,
				       "transform set with tag %s does not exist (profile %s)",
				       p->transform_set, p->name);
		if (p->lifetime_s < conf_tek_life_min(k->lim))
			return err_set(blame(k, BLAME_PROFILE, p->name, 0), -EINVAL,
				       "profile %s: lifetime below %u seconds", p->name,
				       conf_tek_life_min(k->lim));
	}
	return 0;
}

/* ---- key server -------------------------------------------------------------------------- */

static int check_sa(struct checker *k, const struct conf_group *g, const struct conf_sa *sa)
{
	if (sa->profile[0] != '\0' && conf_profile_find(k->c, sa->profile) == NULL)
		return err_set(blame(k, BLAME_SA, g->name, sa->number), -EINVAL,
			       "IPsec profile %s does not exist (group %s, sa ipsec %u)",
			       sa->profile, g->name, sa->number);
	return 0;
}

static bool same_identity(const struct conf_group *a, const struct conf_group *b)
{
	if (a->has_number && b->has_number)
		return a->number == b->number;
	return !addr_is_zero(&a->id_address) && addr_equal(&a->id_address, &b->id_address);
}

static int check_server(struct checker *k, const struct conf_group *g)
{
	const struct conf_server *s = &g->server;
	int rc = 0;

	if (!s->enabled)
		return 0;
	if (!k->key_server)
		return err_set(blame(k, BLAME_GROUP, g->name, 0), -EINVAL,
			       "group %s: server local needs a key server, this is a group member",
			       g->name);
	for (unsigned int i = 0; rc == 0 && i < s->n_sas; i++)
		rc = check_sa(k, g, &s->sas[i]);
	for (unsigned int i = 0; rc == 0 && i < s->n_peers; i++)
		if (addr_equal(&s->peers[i], &s->address))
			rc = err_set(blame(k, BLAME_GROUP, g->name, 0), -EINVAL,
				     "group %s: peer address %s is the own address", g->name,
				     addr_text(&s->peers[i]).s);
	return rc;
}

static int check_groups(struct checker *k)
{
	int rc = 0;

	for (unsigned int i = 0; rc == 0 && i < k->c->n_groups; i++) {
		const struct conf_group *g = &k->c->groups[i];

		rc = check_server(k, g);
		for (unsigned int j = 0; rc == 0 && g->server.enabled && j < i; j++)
			if (same_identity(g, &k->c->groups[j]))
				rc = err_set(blame(k, BLAME_GROUP, g->name, 0), -EINVAL,
					     "groups %s and %s have the same identity",
					     k->c->groups[j].name, g->name);
	}
	return rc;
}

/* ---- group member ------------------------------------------------------------------------ */

static int check_local_acl(struct checker *k, const char *acl, const struct conf_blame *at)
{
	const struct conf_acl *a = conf_acl_find(k->c, acl);

	for (unsigned int i = 0; a != NULL && i < a->n_aces; i++)
		if (a->aces[i].permit)
			return err_set(blame(k, at->kind, at->name, at->number), -EINVAL,
				       "access list %s of crypto map %s may have deny lines only",
				       acl, at->name);
	return 0;
}

static int check_entry(struct checker *k, const struct conf_map *m, const struct conf_map_entry *e)
{
	struct conf_blame at = {.kind = BLAME_MAP_ACL, .number = e->seq};
	const struct conf_group *g;

	snprintf(at.name, sizeof(at.name), "%s", m->name);
	if (e->group[0] != '\0') {
		g = conf_group_find(k->c, e->group);
		if (g == NULL)
			return err_set(blame(k, BLAME_MAP_GROUP, m->name, e->seq), -EINVAL,
				       "group %s doesn't yet exist.", e->group);
		if (g->ipv6)
			return err_set(blame(k, BLAME_MAP_GROUP, m->name, e->seq), -EINVAL,
				       "Group %s is an IPv6 group and Crypto map is for IPv4. "
				       "Please set an IPv4 group.",
				       e->group);
	}
	return check_local_acl(k, e->acl, &at);
}

static int check_maps(struct checker *k)
{
	int rc = 0;

	for (unsigned int i = 0; rc == 0 && i < k->c->n_maps; i++) {
		const struct conf_map *m = &k->c->maps[i];
		struct conf_blame at = {.kind = BLAME_FAIL_CLOSE};

		for (unsigned int j = 0; rc == 0 && j < m->n_entries; j++)
			rc = check_entry(k, m, &m->entries[j]);
		snprintf(at.name, sizeof(at.name), "%s", m->name);
		if (rc == 0)
			rc = check_local_acl(k, m->fail_close_acl, &at);
	}
	return rc;
}

static int check_interfaces(struct checker *k)
{
	for (unsigned int i = 0; i < k->c->n_interfaces; i++) {
		const struct conf_interface *f = &k->c->interfaces[i];

		if (f->map[0] == '\0')
			continue;
		if (k->key_server)
			return err_set(blame(k, BLAME_INTERFACE, f->name, 0), -EINVAL,
				       "interface %s: a key server has no crypto maps", f->name);
		if (conf_map_find(k->c, f->map) == NULL)
			return err_set(blame(k, BLAME_INTERFACE, f->name, 0), -EINVAL,
				       "crypto map with tag %s does not exist (interface %s)",
				       f->map, f->name);
	}
	return 0;
}

int conf_check(const struct conf *c, const struct conf_limits *lim, bool key_server,
	       struct conf_blame *who, struct err_text *e)
{
	struct checker k = {.c = c, .lim = lim, .key_server = key_server, .who = who, .e = e};
	int rc;

	who->kind = BLAME_NOTHING;
	rc = check_profiles(&k);
	rc = rc < 0 ? rc : check_groups(&k);
	rc = rc < 0 ? rc : check_maps(&k);
	return rc < 0 ? rc : check_interfaces(&k);
}

int conf_validate(const struct conf *c, const struct conf_limits *lim, bool key_server,
		  struct err_text *e)
{
	struct conf_blame who;

	return conf_check(c, lim, key_server, &who, e);
}
