/* SPDX-License-Identifier: BSD-3-Clause */
/* The key server as one object: its groups, what they are told, what users ask for. */
#include "control/ks/ks.h"

#include <stdlib.h>
#include <string.h>

#include "control/ks/group.h"
#include "crypto/keystore.h"

#define GDOI_PORT    848
#define EXCHANGE_ACK 35 /* GROUPKEY-PUSH-ACK, RFC 8263 */

int ks_new(struct ks **out, const struct ks_env *env)
{
	struct ks *ks = calloc(1, sizeof(*ks));
	int rc;

	if (ks == NULL)
		return -ENOMEM;
	ks->env = *env;
	if (ks->env.port == 0)
		ks->env.port = GDOI_PORT;
	rc = gdoi_server_new(&ks->server, env->ike, &ks_server_ops, ks);
	if (rc < 0) {
		free(ks);
		return rc;
	}
	ike_set_raw(env->ike, EXCHANGE_ACK, ks_ack_received, ks);
	*out = ks;
	return 0;
}

void ks_free(struct ks *ks)
{
	if (ks == NULL)
		return;
	ike_set_raw(ks->env.ike, EXCHANGE_ACK, NULL, NULL);
	gdoi_server_free(ks->server);
	for (unsigned int i = 0; i < ks->n_groups; i++)
		ks_group_free(ks->groups[i]);
	free(ks);
}

/* ---- configuration ---------------------------------------------------------------------------------- */

static struct ks_group *find(const struct ks *ks, const char *name)
{
	for (unsigned int i = 0; i < ks->n_groups; i++)
		if (strcmp(ks->groups[i]->name, name) == 0)
			return ks->groups[i];
	return NULL;
}

static void remove_gone(struct ks *ks, const struct conf *c)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < ks->n_groups; i++) {
		const struct conf_group *cg = conf_group_find(c, ks->groups[i]->name);

		if (cg != NULL && cg->server.enabled)
			ks->groups[kept++] = ks->groups[i];
		else
			ks_group_free(ks->groups[i]);
	}
	ks->n_groups = kept;
}

static int add_new(struct ks *ks, const struct conf *c)
{
	int rc;

	for (unsigned int i = 0; i < c->n_groups; i++) {
		const struct conf_group *cg = &c->groups[i];

		if (!cg->server.enabled || find(ks, cg->name) != NULL)
			continue;
		if (ks->n_groups == KS_GROUPS_MAX)
			return -ENOSPC;
		rc = ks_group_new(&ks->groups[ks->n_groups], ks, cg);
		if (rc < 0)
			return rc;
		ks->n_groups++;
	}
	return 0;
}

int ks_apply(struct ks *ks, const struct conf *c, const struct conf_limits *lim)
{
	unsigned int before = ks->n_groups;
	int rc;

	(void)lim; /* smallest times are the parser's business; the rules hold at every value */
	ks->conf = c;
	remove_gone(ks, c);
	rc = add_new(ks, c);
	if ((before == 0) != (ks->n_groups == 0))
		log_msg(CRYPTO_GDOI_ON_OFF, "", before == 0 ? "ON" : "OFF");
	for (unsigned int i = 0; i < ks->n_groups; i++)
		ks_group_configure(ks->groups[i], c, conf_group_find(c, ks->groups[i]->name));
	return rc;
}

/* ---- commands ---------------------------------------------------------------------------------------- */

static int new_teks(struct ks_group *g, bool replace_now, struct ks_rekey_result *out)
{
	int rc = 0;

	for (unsigned int s = 0; s < g->active.n_sas && rc == 0; s++) {
		if (replace_now) {
			ks_teks_delete(g, &g->sas[s], 0);
		} else if (g->sas[s].n >= KS_TEKS_MANUAL_MAX) {
			out->no_new_tek = true;
			continue;
		} else {
			ks_teks_shorten(g, s);
		}
		rc = ks_tek_add(g, s);
	}
	return rc;
}

static int rekey_group(struct ks_group *g, bool replace_now, struct ks_rekey_result *out)
{
	int rc;

	if (!g->planned)
		return 0;
	if (ks_group_sign_key(g) == NULL) {
		out->no_rsa_key = true;
		return 0;
	}
	if (g->changed)
		ks_group_adopt(g);
	ks_teks_expire(g);
	rc = new_teks(g, replace_now, out);
	if (rc == 0)
		rc = ks_keys_ensure(g);
	if (rc == 0)
		rc = ks_schedule_push(g);
	ks_schedule_set(g);
	out->groups += rc == 0;
	return rc;
}

int ks_rekey(struct ks *ks, const char *group, bool replace_now, struct ks_rekey_result *out)
{
	int rc = 0;

	*out = (struct ks_rekey_result){0};
	if (group != NULL && find(ks, group) == NULL)
		return -ENOENT;
	for (unsigned int i = 0; i < ks->n_groups && rc == 0; i++)
		if (group == NULL || strcmp(group, ks->groups[i]->name) == 0)
			rc = rekey_group(ks->groups[i], replace_now, out);
	return rc;
}

static void keys_changed(struct ks_group *g)
{
	if (!g->planned || keystore_find(g->ks->env.keys, ks_conf(g)->rsa_label) == NULL)
		return;
	(void)ks_kek_follow_pair(g);
	if (ks_keys_ensure(g) < 0)
		g->retry_ns = ks_now(g) + KS_RETRY_NS;
	ks_schedule_set(g);
}

void ks_keys_changed(struct ks *ks)
{
	for (unsigned int i = 0; i < ks->n_groups; i++)
		keys_changed(ks->groups[i]);
}

int ks_clear(struct ks *ks, const char *group)
{
	if (group != NULL && find(ks, group) == NULL)
		return -ENOENT;
	for (unsigned int i = 0; i < ks->n_groups; i++) {
		struct ks_group *g = ks->groups[i];

		if (group != NULL && strcmp(group, g->name) != 0)
			continue;
		log_msg(GDOI_KS_CLEAR_REGISTER, g->name, g->name);
		ks_round_stop(g);
		ks_members_clear(g);
	}
	return 0;
}

/* ---- counters ----------------------------------------------------------------------------------------- */

uint64_t ks_count(const struct ks *ks, enum ks_count c)
{
	return ks->counts[c];
}

const char *ks_count_text(enum ks_count c)
{
	static const char *const texts[KS_COUNT_COUNT] = {
#define KS_COUNT(name, text) [KS_COUNT_##name] = text,
#include "control/ks/counts.def"
#undef KS_COUNT
	};

	return texts[c];
}

unsigned int ks_group_count(const struct ks *ks)
{
	return ks->n_groups;
}

const struct ks_group *ks_group_at(const struct ks *ks, unsigned int i)
{
	return ks->groups[i];
}

const struct ks_group *ks_group_find(const struct ks *ks, const char *group)
{
	return find(ks, group);
}
