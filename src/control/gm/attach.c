/* SPDX-License-Identifier: BSD-3-Clause */
/* Attachments: an interface whose crypto map names a group. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/trace.h"
#include "control/gm/group.h"

/* ---- life of an attachment ------------------------------------------------------------------------ */

void gm_group_free(struct gm_group *g)
{
	gm_hold_clear(&g->hold);
	if (g->pull != NULL)
		gdoi_pull_abort(g->pull);
	loop_timer_free(g->reg_timer);
	loop_timer_free(g->life_timer);
	free(g);
}

static struct addr configured_address(const struct gm *gm, const char *interface)
{
	const struct conf_interface *ci = conf_interface_find(gm->conf, interface);

	return ci != NULL && ci->has_address ? ci->address : (struct addr){0};
}

struct addr gm_interface_address(const struct gm *gm, const char *interface)
{
	for (unsigned int i = 0; i < gm->n_addresses; i++)
		if (strcmp(gm->addresses[i].interface, interface) == 0)
			return gm->addresses[i].address;
	return configured_address(gm, interface);
}

int gm_attach(struct gm *gm, const char *interface, const char *group)
{
	struct gm_group *g;
	int rc;

	if (gm->n_groups == GM_GROUPS_MAX)
		return -ENOSPC;
	g = calloc(1, sizeof(*g));
	if (g == NULL)
		return -ENOMEM;
	g->gm = gm;
	rc = loop_timer_new(&g->reg_timer, gm->env.loop, gm_register_fired, g);
	if (rc == 0)
		rc = loop_timer_new(&g->life_timer, gm->env.loop, gm_life_fired, g);
	if (rc < 0) {
		gm_group_free(g);
		return rc;
	}
	snprintf(g->interface, sizeof(g->interface), "%s", interface);
	snprintf(g->name, sizeof(g->name), "%s", group);
	gm->groups[gm->n_groups++] = g;
	trace_add(TRACE_EV_MAP_ATTACHED, NULL, NULL, 0, g->name, g->interface);
	log_msg(GDOI_GM_CM_ATTACH, g->name, g->name);
	rc = gm_group_configure(g);
	if (rc < 0) /* what the data plane had there before, if anything, it still has */
		gm_detach(gm, g, true);
	return rc;
}

void gm_detach(struct gm *gm, struct gm_group *g, bool replaced)
{
	unsigned int i = 0;

	while (gm->groups[i] != g)
		i++;
	gm->n_groups--;
	memmove(&gm->groups[i], &gm->groups[i + 1], (gm->n_groups - i) * sizeof(struct gm_group *));
	trace_add(TRACE_EV_MAP_DETACHED, NULL, NULL, 0, g->name, g->interface);
	log_msg(GDOI_GM_CM_DETACH, g->name, g->name);
	if (!replaced)
		gm->env.dp->detach(g->interface, gm->env.dp_arg);
	gm_group_free(g);
}

/* ---- configuration ---------------------------------------------------------------------------------- */

static bool same_lines(const struct ace *a, unsigned int na, const struct ace *b, unsigned int nb)
{
	if (na != nb)
		return false;
	for (unsigned int i = 0; i < na; i++)
		if (!ace_equal(&a[i], &b[i]))
			return false;
	return true;
}

static bool take_lines(const struct conf *c, const char *name, const struct ace **aces,
		       unsigned int *n)
{
	const struct conf_acl *acl = name[0] != '\0' ? conf_acl_find(c, name) : NULL;
	const struct ace *now = acl != NULL ? acl->aces : NULL;
	unsigned int n_now = acl != NULL ? acl->n_aces : 0;
	bool same = same_lines(*aces, *n, now, n_now);

	*aces = now;
	*n = n_now;
	return !same;
}

/* Before the first registration, and after a revert, the gate is what configuration says. */
static enum gm_gate gate_wanted(const struct gm_group *g)
{
	if (g->gate == GM_GATE_POLICY)
		return GM_GATE_POLICY;
	if (g->wants_fail_close || g->succeeded > 0)
		return GM_GATE_FAIL_CLOSE;
	return GM_GATE_FAIL_OPEN;
}

static bool take_map(struct gm_group *g)
{
	const struct conf *c = g->gm->conf;
	const struct conf_interface *ci = conf_interface_find(c, g->interface);
	const struct conf_map *map = conf_map_find(c, ci->map);
	bool changed;

	memcpy(g->map, map->name, sizeof(g->map));
	g->wants_fail_close = map->fail_close;
	changed = take_lines(c, map->entries[0].acl, &g->local, &g->n_local);
	changed |= take_lines(c, map->fail_close_acl, &g->fail_close, &g->n_fail_close);
	return changed;
}

static bool take_group(struct gm_group *g)
{
	const struct conf_group *before = g->conf;

	g->conf = conf_group_find(g->gm->conf, g->name);
	return before == NULL || before->passive != g->conf->passive;
}

int gm_group_configure(struct gm_group *g)
{
	bool fresh = g->conf == NULL, changed = take_group(g);
	enum gm_gate gate;
	int rc = 0;

	if (fresh)
		g->gate = GM_GATE_FAIL_OPEN;
	changed |= take_map(g);
	gate = gate_wanted(g);
	if (changed || gate != g->gate)
		rc = gm_set_gate(g, gate);
	if (fresh && rc < 0)
		return rc; /* nothing in the data plane holds clear packets back */
	g->address = gm_interface_address(g->gm, g->interface);
	/* What was missing may be there now; a list of servers that got shorter starts anew. */
	if (g->server >= GV_MAX(g->conf->n_servers, 1u) ||
	    (g->hold.n_teks == 0 && g->pull == NULL && !loop_timer_pending(g->reg_timer)))
		gm_register_start(g);
	return 0;
}
