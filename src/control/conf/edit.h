/* SPDX-License-Identifier: BSD-3-Clause */
/* Changing a configuration that nobody else reads yet. Private to the configuration. */
#ifndef CONTROL_CONF_EDIT_H
#define CONTROL_CONF_EDIT_H

#include <stddef.h>

#include "control/conf/conf.h"

/*
 * Owned arrays of conf.h. array is the address of the pointer. Insert gives a zeroed element at
 * that place or NULL without memory; what is at `at` and behind moves up.
 */
void *conf_array_insert(void *array, unsigned int *n, size_t size, unsigned int at);
void conf_array_remove(void *array, unsigned int *n, size_t size, unsigned int at);
/* Index of the element whose first member, a name, is this one; -1. */
int conf_array_named(const void *array, unsigned int n, size_t size, const char *name);

/* Writable views: NULL when there is none. */
struct conf_ike_policy *conf_edit_ike_policy(struct conf *c, uint16_t number);
struct conf_transform_set *conf_edit_transform_set(struct conf *c, const char *name);
struct conf_ipsec_profile *conf_edit_profile(struct conf *c, const char *name);
struct conf_acl *conf_edit_acl(struct conf *c, const char *name);
struct conf_group *conf_edit_group(struct conf *c, const char *name);
struct conf_sa *conf_edit_sa(struct conf_server *s, uint16_t number);
struct conf_map *conf_edit_map(struct conf *c, const char *name);
struct conf_map_entry *conf_edit_map_entry(struct conf_map *m, uint16_t seq);
struct conf_interface *conf_edit_interface(struct conf *c, const char *name);

/* Gives up what an element owns; the element itself stays. */
void conf_acl_clear(struct conf_acl *a);
void conf_map_clear(struct conf_map *m);

void conf_server_defaults(struct conf_server *s);

/* What validation found at fault, so that the loader can name the line. */
enum conf_blame_kind {
	BLAME_NOTHING,
	BLAME_IKE_POLICY, /* number */
	BLAME_PROFILE,    /* name: set transform-set */
	BLAME_GROUP,      /* name */
	BLAME_SA,         /* name of the group, number: profile */
	BLAME_MAP_GROUP,  /* name of the map, number: set group */
	BLAME_MAP_ACL,    /* name of the map, number: match address */
	BLAME_FAIL_CLOSE, /* name of the map: match address */
	BLAME_INTERFACE,  /* name: crypto map */
	BLAME_ACE,        /* name of the ACL, number */
};

struct conf_blame {
	enum conf_blame_kind kind;
	char name[CONF_NAME_MAX];
	uint32_t number;
};

int conf_check(const struct conf *c, const struct conf_limits *lim, bool key_server,
	       struct conf_blame *who, struct err_text *e) GV_MUST_CHECK;

/* "se1/0" -> "Serial1/0". -EINVAL with a sentence for what is no interface name. */
int conf_ifname(char out[CONF_NAME_MAX], const char *typed, struct err_text *e) GV_MUST_CHECK;

uint32_t conf_tek_life_min(const struct conf_limits *lim);
uint32_t conf_kek_life_min(const struct conf_limits *lim);
uint32_t conf_retransmit_min(const struct conf_limits *lim);

#endif
