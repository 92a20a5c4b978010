/* SPDX-License-Identifier: BSD-3-Clause */
/* The group member as one object: which groups are attached where, and what users ask for. */
#include "control/gm/gm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/gm/group.h"

#define GDOI_PORT     848
#define EXCHANGE_PUSH 33 /* GROUPKEY-PUSH, RFC 6407 */

int gm_new(struct gm **out, const struct gm_env *env)
{
	struct gm *gm = calloc(1, sizeof(*gm));

	if (gm == NULL)
		return -ENOMEM;
	gm->env = *env;
	if (gm->env.port == 0)
		gm->env.port = GDOI_PORT;
	gm->backoff_min_s = GM_BACKOFF_MIN_S;
	ike_set_raw(env->ike, EXCHANGE_PUSH, gm_rekey_received, gm);
	*out = gm;
	return 0;
}

void gm_free(struct gm *gm)
{
	if (gm == NULL)
		return;
	ike_set_raw(gm->env.ike, EXCHANGE_PUSH, NULL, NULL);
	for (unsigned int i = 0; i < gm->n_groups; i++)
		gm_group_free(gm->groups[i]);
	free(gm);
}

/* ---- configuration ---------------------------------------------------------------------------------- */

/* The group an interface is attached to by configuration, NULL: none. */
static const char *wanted_group(const struct conf *c, const struct conf_interface *ci)
{
	const struct conf_map *map = ci->map[0] != '\0' ? conf_map_find(c, ci->map) : NULL;

	if (map == NULL || map->n_entries == 0)
		return NULL;
	if (conf_group_find(c, map->entries[0].group) == NULL)
		return NULL;
	return map->entries[0].group;
}

static bool same_identity(const struct conf_group *a, const struct conf_group *b)
{
	return a->has_number == b->has_number && a->number == b->number &&
	       addr_equal(&a->id_address, &b->id_address);
}

static bool stays(const struct gm_group *g, const struct conf *c)
{
	const struct conf_interface *ci = conf_interface_find(c, g->interface);
	const char *name = ci != NULL ? wanted_group(c, ci) : NULL;

	return name != NULL && strcmp(name, g->name) == 0 &&
	       same_identity(g->conf, conf_group_find(c, name));
}

/* Another group, or the same name with another identity, is attached where this one was. */
static bool replaced(const struct gm_group *g, const struct conf *c)
{
	const struct conf_interface *ci = conf_interface_find(c, g->interface);

	return ci != NULL && wanted_group(c, ci) != NULL;
}

static struct gm_group *attached(const struct gm *gm, const char *interface)
{
	for (unsigned int i = 0; i < gm->n_groups; i++)
		if (strcmp(gm->groups[i]->interface, interface) == 0)
			return gm->groups[i];
	return NULL;
}

static int attach_new(struct gm *gm, const struct conf *c)
{
	int rc = 0;

	for (unsigned int i = 0; i < c->n_interfaces && rc == 0; i++) {
		const struct conf_interface *ci = &c->interfaces[i];
		const char *name = wanted_group(c, ci);

		if (name != NULL && attached(gm, ci->name) == NULL)
			rc = gm_attach(gm, ci->name, name);
	}
	return rc;
}

int gm_apply(struct gm *gm, const struct conf *c, const struct conf_limits *lim)
{
	unsigned int before = gm->n_groups, kept;
	int rc;

	if (lim != NULL && lim->backoff_min_s != 0)
		gm->backoff_min_s = lim->backoff_min_s;
	for (unsigned int i = gm->n_groups; i-- > 0;)
		if (!stays(gm->groups[i], c))
			gm_detach(gm, gm->groups[i], replaced(gm->groups[i], c));
	gm->conf = c;
	kept = gm->n_groups;
	for (unsigned int i = 0; i < kept; i++)
		(void)gm_group_configure(gm->groups[i]);
	rc = attach_new(gm, c);
	if ((before == 0) != (gm->n_groups == 0))
		log_msg(CRYPTO_GDOI_ON_OFF, "", before == 0 ? "ON" : "OFF");
	return rc;
}

static void remember_address(struct gm *gm, const char *interface, const struct addr *a)
{
	unsigned int i = 0;

	while (i < gm->n_addresses && strcmp(gm->addresses[i].interface, interface) != 0)
		i++;
	if (i == GM_GROUPS_MAX)
		return;
	if (i == gm->n_addresses) {
		gm->n_addresses++;
		snprintf(gm->addresses[i].interface, sizeof(gm->addresses[i].interface), "%s",
			 interface);
	}
	gm->addresses[i].address = *a;
}

void gm_set_address(struct gm *gm, const char *interface, const struct addr *a)
{
	struct gm_group *g = attached(gm, interface);
	struct addr now;

	remember_address(gm, interface, a);
	if (g == NULL)
		return;
	now = gm_interface_address(gm, interface);
	if (addr_equal(&now, &g->address))
		return;
	/* The key server knows us by the address: a new one is a new member. */
	g->address = now;
	gm_register_start(g);
}

/* ---- commands ---------------------------------------------------------------------------------------- */

static void clear_group(struct gm_group *g)
{
	log_msg(GDOI_GM_CLEAR_REGISTER, g->name, g->name, addr_text(&g->address).s);
	gm_hold_drop_teks(&g->hold);
	gm_hold_drop_keks(&g->hold);
	g->hold.n_sids = g->hold.sid_bits = 0;
	g->state = GM_NOT_REGISTERED;
	(void)gm_reinstall(g);
	gm_life_set(g);
	gm_register_start(g);
}

int gm_clear(struct gm *gm, const char *group)
{
	if (group != NULL && gm_group_find(gm, group) == NULL)
		return -ENOENT;
	for (unsigned int i = 0; i < gm->n_groups; i++)
		if (group == NULL || strcmp(gm->groups[i]->name, group) == 0)
			clear_group(gm->groups[i]);
	return 0;
}

void gm_renew(struct gm *gm, const char *interface)
{
	struct gm_group *g = attached(gm, interface);

	/* A registration brings new sender IDs, but no new key: that comes with the next rekey, and
	 * until then workers go on to ask. */
	if (g == NULL || g->pull != NULL ||
	    (g->renewed && gm_now(g) - g->renewed_ns < gm->backoff_min_s * LOOP_NS_PER_S))
		return;
	g->renewed = true;
	g->renewed_ns = gm_now(g);
	gm_register_start(g);
}

/* ---- counters ----------------------------------------------------------------------------------------- */

uint64_t gm_count(const struct gm *gm, enum gm_count c)
{
	return gm->counts[c];
}

const char *gm_count_text(enum gm_count c)
{
	static const char *const texts[GM_COUNT_COUNT] = {
#define GM_COUNT(name, text) [GM_COUNT_##name] = text,
#include "control/gm/counts.def"
#undef GM_COUNT
	};

	return texts[c];
}

unsigned int gm_group_count(const struct gm *gm)
{
	return gm->n_groups;
}

const struct gm_group *gm_group_at(const struct gm *gm, unsigned int i)
{
	return gm->groups[i];
}

const struct gm_group *gm_group_find(const struct gm *gm, const char *group)
{
	for (unsigned int i = 0; i < gm->n_groups; i++)
		if (strcmp(gm->groups[i]->name, group) == 0)
			return gm->groups[i];
	return NULL;
}

const struct gm_group *gm_group_by_interface(const struct gm *gm, const char *interface)
{
	return attached(gm, interface);
}
