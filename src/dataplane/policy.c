/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From what control wants (struct dp_group_spec) to a new root. Everything is built and checked
 * before the one store that makes it true, so a refusal changes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "dataplane/dp.h"
#include "dataplane/sad.h"
#include "dataplane/spd.h"

static void group_free(struct dp_part *p)
{
	struct dp_group *g = (struct dp_group *)p;

	if (g->spd != NULL)
		dp_part_unref(&g->spd->part);
	if (g->sad != NULL)
		dp_part_unref(&g->sad->part);
	free(g);
}

static struct dp_group *group_alloc(void)
{
	struct dp_group *g = calloc(1, sizeof(*g));

	if (g != NULL)
		dp_part_init(&g->part, group_free);
	return g;
}

static void set_clock(struct dp_group *g, bool valid, int64_t off_ns)
{
	g->clock_valid = valid;
	g->clock_off_ns = off_ns;
}

static void set_senders(struct dp_group *g, unsigned int n_workers, const struct dp_group_spec *s)
{
	for (unsigned int i = 0; i < n_workers; i++)
		g->sender[i] = iv_sender_make(i, n_workers, s->sid_bits, s->sids, s->n_sids);
}

/* SPD and SAD of the new group; the old SPD itself when it would compile to the same. */
static int set_tables(struct dp_group *g, struct dp *dp, const struct dp_group_spec *s,
		      const struct dp_group *old, struct err_text *e)
{
	int rc;

	if (old != NULL && dp_spd_same(old->spd, s)) {
		g->spd = old->spd;
		dp_part_ref(&g->spd->part);
	} else {
		rc = dp_spd_new(&g->spd, dp, s, old == NULL ? NULL : old->spd, e);
		if (rc < 0)
			return rc;
	}
	return dp_sad_new(&g->sad, dp, s, old == NULL ? NULL : old->sad, e);
}

static int group_new(struct dp_group **out, struct dp *dp, unsigned int port,
		     const struct dp_group_spec *s, struct err_text *e)
{
	const struct dp_group *old = dp->root->port[port].group;
	struct dp_group *g = group_alloc();
	int rc;

	if (g == NULL)
		return err_set(e, -ENOMEM, "no memory");
	g->gate = s->gate;
	g->passive = s->passive;
	g->address_check = s->address_check;
	g->port = (uint8_t)port;
	snprintf(g->name, sizeof(g->name), "%s", s->name);
	g->attachment = old == NULL || strcmp(old->name, g->name) != 0 ? dp->attachments + 1
								       : old->attachment;
	set_clock(g, s->pseudotime_valid, s->pseudotime_off_ns);
	set_senders(g, dp->n_workers, s);
	rc = set_tables(g, dp, s, old, e);
	if (rc < 0) {
		dp_part_unref(&g->part);
		return rc;
	}
	*out = g;
	return 0;
}

/* Takes over the reference. */
static int publish_group(struct dp *dp, unsigned int port, struct dp_group *g, struct err_text *e)
{
	struct dp_root *r = dp_root_copy(dp);

	if (r == NULL) {
		if (g != NULL)
			dp_part_unref(&g->part);
		return err_set(e, -ENOMEM, "no memory");
	}
	if (r->port[port].group != NULL)
		dp_part_unref(&r->port[port].group->part);
	r->port[port].group = g;
	dp_root_publish(dp, r);
	return 0;
}

int dp_port_find(const struct dp *dp, const char *name)
{
	for (unsigned int i = 0; i < dp->root->n_ports; i++)
		if (strncmp(dp->port_name[i], name, DP_PORT_NAME_MAX) == 0)
			return (int)i;
	return -ENOENT;
}

static int find_port(const struct dp *dp, const char *name, struct err_text *e)
{
	int port = dp_port_find(dp, name);

	return port < 0 ? err_set(e, -ENOENT, "no port %s", name) : port;
}

int dp_group_set(struct dp *dp, const char *port, const struct dp_group_spec *s, struct err_text *e)
{
	struct dp_group *g = NULL;
	int p = find_port(dp, port, e);
	int rc;

	if (p < 0)
		return p;
	rc = group_new(&g, dp, (unsigned int)p, s, e);
	if (rc < 0)
		return rc;
	dp->attachments = GV_MAX(dp->attachments, g->attachment);
	return publish_group(dp, (unsigned int)p, g, e);
}

int dp_group_clear(struct dp *dp, const char *port, struct err_text *e)
{
	int p = find_port(dp, port, e);

	return p < 0 ? p : publish_group(dp, (unsigned int)p, NULL, e);
}

int dp_clock_set(struct dp *dp, const char *port, int64_t off_ns, struct err_text *e)
{
	const struct dp_group *old;
	struct dp_group *g;
	int p = find_port(dp, port, e);

	if (p < 0)
		return p;
	old = dp->root->port[p].group;
	if (old == NULL)
		return err_set(e, -ENOENT, "no group on %s", port);
	g = group_alloc();
	if (g == NULL)
		return err_set(e, -ENOMEM, "no memory");
	*g = *old;
	dp_part_init(&g->part, group_free);
	dp_part_ref(&g->spd->part);
	dp_part_ref(&g->sad->part);
	set_clock(g, true, off_ns);
	return publish_group(dp, (unsigned int)p, g, e);
}

int dp_start_forwarding(struct dp *dp, struct err_text *e)
{
	struct dp_root *r = dp_root_copy(dp);

	if (r == NULL)
		return err_set(e, -ENOMEM, "no memory");
	r->forwarding = true;
	dp_root_publish(dp, r);
	return 0;
}

/* Every suite of the table runs on every engine, if slowly (bulk_is_slow). */
bool dp_suite_supported(const struct dp *dp, enum suite_id s)
{
	return s > SUITE_NONE && s < SUITE_COUNT;
}

bool dp_suite_slow(const struct dp *dp, enum suite_id s)
{
	return dp_suite_supported(dp, s) && bulk_is_slow(dp->bulk, s);
}

uint32_t dp_current_spi(const struct dp *dp, const char *port, uint8_t sa)
{
	int p = dp_port_find(dp, port);
	const struct dp_group *g = p < 0 ? NULL : dp->root->port[p].group;
	uint64_t now = loop_now_ns(dp->loop);
	const struct dp_sa *s;

	if (g == NULL || sa >= DP_SA_MAX)
		return 0;
	s = dp_sad_choose(g->sad, sa, now);
	return s == NULL || now >= s->expire_ns ? 0 : rte_be_to_cpu_32(s->form.spi_be);
}
