/* SPDX-License-Identifier: BSD-3-Clause */
/* Configuration objects: making, copying, finding. */
#include "control/conf/conf.h"

#include <stdlib.h>
#include <string.h>

#include "control/conf/edit.h"
#include "control/gdoi/policy.h"

#define KEK_LIFE_DEFAULT_S 86400
#define RETRANSMIT_S       10
#define RETRANSMIT_N       2
#define SID_BITS_DEFAULT   24

int conf_new(struct conf **out)
{
	struct conf *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	memcpy(c->hostname, "Router", sizeof("Router"));
	c->timestamps_log = c->timestamps_debug = true;
	c->log_buffer_severity = 7;
	c->log_console = c->log_monitor = true;
	*out = c;
	return 0;
}

void conf_server_defaults(struct conf_server *s)
{
	*s = (struct conf_server){
		.kek_alg = GDOI_KEK_AES,
		.kek_bits = 128,
		.sig_hash = GDOI_SIG_SHA256,
		.kek_lifetime_s = KEK_LIFE_DEFAULT_S,
		.retransmit_s = RETRANSMIT_S,
		.retransmit_n = RETRANSMIT_N,
		.sid_bits = SID_BITS_DEFAULT,
		.priority = 1,
	};
}

/* ---- owned arrays ------------------------------------------------------------------------ */

void *conf_array_insert(void *array, unsigned int *n, size_t size, unsigned int at)
{
	char *p;

	memcpy(&p, array, sizeof(p));
	p = realloc(p, (*n + 1) * size);
	if (p == NULL)
		return NULL;
	memcpy(array, &p, sizeof(p));
	memmove(p + (at + 1) * size, p + at * size, (*n - at) * size);
	memset(p + at * size, 0, size);
	(*n)++;
	return p + at * size;
}

void conf_array_remove(void *array, unsigned int *n, size_t size, unsigned int at)
{
	char *p;

	memcpy(&p, array, sizeof(p));
	(*n)--;
	memmove(p + at * size, p + (at + 1) * size, (*n - at) * size);
}

int conf_array_named(const void *array, unsigned int n, size_t size, const char *name)
{
	const char *p = array;

	for (unsigned int i = 0; i < n; i++)
		if (strcmp(p + i * size, name) == 0)
			return (int)i;
	return -1;
}

/* A copy of n elements in *out; true also for none. */
static bool array_copy(void *out, const void *src, unsigned int n, size_t size)
{
	void *p = NULL;

	if (n > 0) {
		p = malloc(n * size);
		if (p == NULL)
			return false;
		memcpy(p, src, n * size);
	}
	memcpy(out, &p, sizeof(p));
	return true;
}

/* ---- copy and free ----------------------------------------------------------------------- */

static bool copy_acls(struct conf *c, const struct conf *src)
{
	c->acls = calloc(src->n_acls + 1, sizeof(*c->acls));
	if (c->acls == NULL)
		return false;
	for (; c->n_acls < src->n_acls; c->n_acls++) {
		struct conf_acl *a = &c->acls[c->n_acls];

		*a = src->acls[c->n_acls];
		if (!array_copy(&a->aces, src->acls[c->n_acls].aces, a->n_aces, sizeof(*a->aces)))
			return false;
	}
	return true;
}

static bool copy_maps(struct conf *c, const struct conf *src)
{
	c->maps = calloc(src->n_maps + 1, sizeof(*c->maps));
	if (c->maps == NULL)
		return false;
	for (; c->n_maps < src->n_maps; c->n_maps++) {
		struct conf_map *m = &c->maps[c->n_maps];

		*m = src->maps[c->n_maps];
		if (!array_copy(&m->entries, src->maps[c->n_maps].entries, m->n_entries,
				sizeof(*m->entries)))
			return false;
	}
	return true;
}

static bool copy_keys(struct conf *c, const struct conf *src)
{
	if (!array_copy(&c->ike_keys, src->ike_keys, src->n_ike_keys, sizeof(*c->ike_keys)))
		return false;
	for (c->n_ike_keys = 0; c->n_ike_keys < src->n_ike_keys; c->n_ike_keys++)
		secret_ref(c->ike_keys[c->n_ike_keys].key);
	return true;
}

#define COPY(field, count)                                                   \
	(array_copy(&c->field, src->field, src->count, sizeof(*c->field)) && \
	 (c->count = src->count, true))

static bool copy_arrays(struct conf *c, const struct conf *src)
{
	return COPY(ike_policies, n_ike_policies) && COPY(transform_sets, n_transform_sets) &&
	       COPY(profiles, n_profiles) && COPY(groups, n_groups) &&
	       COPY(interfaces, n_interfaces) && COPY(routes, n_routes) && copy_acls(c, src) &&
	       copy_maps(c, src) && copy_keys(c, src);
}

/* The arrays still belong to src: forget them before anything can fail. */
static void forget_arrays(struct conf *c)
{
	c->ike_policies = NULL;
	c->ike_keys = NULL;
	c->transform_sets = NULL;
	c->profiles = NULL;
	c->acls = NULL;
	c->groups = NULL;
	c->maps = NULL;
	c->interfaces = NULL;
	c->routes = NULL;
	c->n_ike_policies = c->n_ike_keys = c->n_transform_sets = c->n_profiles = 0;
	c->n_acls = c->n_groups = c->n_maps = c->n_interfaces = c->n_routes = 0;
}

int conf_copy(struct conf **out, const struct conf *src)
{
	struct conf *c = malloc(sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	*c = *src;
	forget_arrays(c);
	if (!copy_arrays(c, src)) {
		conf_free(c);
		return -ENOMEM;
	}
	*out = c;
	return 0;
}

void conf_acl_clear(struct conf_acl *a)
{
	free(a->aces);
	a->aces = NULL;
	a->n_aces = 0;
}

void conf_map_clear(struct conf_map *m)
{
	free(m->entries);
	m->entries = NULL;
	m->n_entries = 0;
}

void conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	for (unsigned int i = 0; i < c->n_ike_keys; i++)
		secret_unref(c->ike_keys[i].key);
	for (unsigned int i = 0; i < c->n_acls; i++)
		conf_acl_clear(&c->acls[i]);
	for (unsigned int i = 0; i < c->n_maps; i++)
		conf_map_clear(&c->maps[i]);
	free(c->ike_policies);
	free(c->ike_keys);
	free(c->transform_sets);
	free(c->profiles);
	free(c->acls);
	free(c->groups);
	free(c->maps);
	free(c->interfaces);
	free(c->routes);
	free(c);
}

/* ---- finding ----------------------------------------------------------------------------- */

/* Every one of these begins with its name. */
#define NAMED(array, count, name)                                                            \
	named_or_null((array), conf_array_named((array), (count), sizeof(*(array)), (name)), \
		      sizeof(*(array)))

static void *named_or_null(void *array, int i, size_t size)
{
	return i < 0 ? NULL : (char *)array + (size_t)i * size;
}

struct conf_ike_policy *conf_edit_ike_policy(struct conf *c, uint16_t number)
{
	for (unsigned int i = 0; i < c->n_ike_policies; i++)
		if (c->ike_policies[i].number == number)
			return &c->ike_policies[i];
	return NULL;
}

struct conf_transform_set *conf_edit_transform_set(struct conf *c, const char *name)
{
	return NAMED(c->transform_sets, c->n_transform_sets, name);
}

struct conf_ipsec_profile *conf_edit_profile(struct conf *c, const char *name)
{
	return NAMED(c->profiles, c->n_profiles, name);
}

struct conf_acl *conf_edit_acl(struct conf *c, const char *name)
{
	return NAMED(c->acls, c->n_acls, name);
}

struct conf_group *conf_edit_group(struct conf *c, const char *name)
{
	return NAMED(c->groups, c->n_groups, name);
}

struct conf_sa *conf_edit_sa(struct conf_server *s, uint16_t number)
{
	for (unsigned int i = 0; i < s->n_sas; i++)
		if (s->sas[i].number == number)
			return &s->sas[i];
	return NULL;
}

struct conf_map *conf_edit_map(struct conf *c, const char *name)
{
	return NAMED(c->maps, c->n_maps, name);
}

struct conf_map_entry *conf_edit_map_entry(struct conf_map *m, uint16_t seq)
{
	for (unsigned int i = 0; i < m->n_entries; i++)
		if (m->entries[i].seq == seq)
			return &m->entries[i];
	return NULL;
}

struct conf_interface *conf_edit_interface(struct conf *c, const char *name)
{
	return NAMED(c->interfaces, c->n_interfaces, name);
}

const struct conf_acl *conf_acl_find(const struct conf *c, const char *name)
{
	return NAMED(c->acls, c->n_acls, name);
}

const struct conf_group *conf_group_find(const struct conf *c, const char *name)
{
	return NAMED(c->groups, c->n_groups, name);
}

const struct conf_map *conf_map_find(const struct conf *c, const char *name)
{
	return NAMED(c->maps, c->n_maps, name);
}

const struct conf_interface *conf_interface_find(const struct conf *c, const char *name)
{
	return NAMED(c->interfaces, c->n_interfaces, name);
}

const struct conf_transform_set *conf_transform_set_find(const struct conf *c, const char *name)
{
	return NAMED(c->transform_sets, c->n_transform_sets, name);
}

const struct conf_ipsec_profile *conf_profile_find(const struct conf *c, const char *name)
{
	return NAMED(c->profiles, c->n_profiles, name);
}

const struct conf_ike_key *conf_ike_key_find(const struct conf *c, const struct addr *peer)
{
	const struct conf_ike_key *best = NULL;

	for (unsigned int i = 0; i < c->n_ike_keys; i++) {
		const struct conf_ike_key *k = &c->ike_keys[i];

		if (prefix_has(&k->peer, peer) && (best == NULL || k->peer.len > best->peer.len))
			best = k;
	}
	return best;
}
