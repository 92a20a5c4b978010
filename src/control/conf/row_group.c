/* SPDX-License-Identifier: BSD-3-Clause */
/* crypto gdoi group: what a member and a key server both need to know of it. */
#include <string.h>

#include "control/conf/row.h"

static int group_apply(struct conf_edit *x)
{
	struct conf *c = x->c;
	struct conf_group *g;
	int rc = row_name(x, x->at->name, "name");

	if (rc < 0)
		return rc;
	row_mark(x, BLAME_GROUP, x->at->name, 0);
	g = conf_edit_group(c, x->at->name);
	if (x->m->no) {
		if (g == NULL)
			return row_refuse(x, "name", "no such group");
		conf_array_remove(&c->groups, &c->n_groups, sizeof(*g),
				  (unsigned int)(g - c->groups));
		return 0;
	}
	if (g != NULL && g->ipv6 != cli_has(x->m, "ipv6"))
		return row_refuse(x, "name", "group %s is of the other address family", g->name);
	if (g != NULL)
		return 0;
	g = conf_array_insert(&c->groups, &c->n_groups, sizeof(*g), c->n_groups);
	if (g == NULL)
		return row_no_memory(x);
	memcpy(g->name, x->at->name, sizeof(g->name));
	g->ipv6 = cli_has(x->m, "ipv6");
	conf_server_defaults(&g->server);
	return 0;
}

static bool group_select(struct conf_text *w, unsigned int i)
{
	w->group = i < w->c->n_groups ? &w->c->groups[i] : NULL;
	return w->group != NULL;
}

static void group_write(struct conf_text *w)
{
	text_line(w, "crypto gdoi group %s%s", w->group->ipv6 ? "ipv6 " : "", w->group->name);
}

static int identity_apply(struct conf_edit *x)
{
	struct conf_group *g = row_group(x);

	row_mark(x, BLAME_GROUP, g->name, 0);
	g->has_number = !x->m->no && cli_has(x->m, "number");
	g->number = g->has_number ? cli_arg_u32(x->m, "number-value", 0) : 0;
	g->id_address = x->m->no || g->has_number ? (struct addr){0} : row_addr(x, "id-address");
	return 0;
}

static void identity_write(struct conf_text *w)
{
	if (w->group->has_number)
		text_line(w, "identity number %u", w->group->number);
	else if (!addr_is_zero(&w->group->id_address))
		text_line(w, "identity address ipv4 %s", addr_text(&w->group->id_address).s);
}

static int key_server_apply(struct conf_edit *x)
{
	struct conf_group *g = row_group(x);
	struct addr a = row_addr(x, "key-server");

	for (unsigned int i = 0; i < g->n_servers; i++) {
		if (!addr_equal(&g->servers[i], &a))
			continue;
		if (x->m->no)
			memmove(&g->servers[i], &g->servers[i + 1],
				(--g->n_servers - i) * sizeof(a));
		return 0;
	}
	if (x->m->no)
		return row_refuse(x, "key-server", "no such key server");
	if (g->n_servers == CONF_SERVERS_MAX)
		return row_refuse(x, NULL, "at most %d key servers", CONF_SERVERS_MAX);
	g->servers[g->n_servers++] = a;
	return 0;
}

static void key_server_write(struct conf_text *w)
{
	for (unsigned int i = 0; i < w->group->n_servers; i++)
		text_line(w, "server address ipv4 %s", addr_text(&w->group->servers[i]).s);
}

static int passive_apply(struct conf_edit *x)
{
	row_group(x)->passive = !x->m->no;
	return 0;
}

static void passive_write(struct conf_text *w)
{
	if (w->group->passive)
		text_line(w, "passive");
}

static int revert_apply(struct conf_edit *x)
{
	row_group(x)->fail_close_revert = !x->m->no;
	return 0;
}

static void revert_write(struct conf_text *w)
{
	if (w->group->fail_close_revert)
		text_line(w, "client fail-close revert");
}

static int local_apply(struct conf_edit *x)
{
	struct conf_server *s = row_server(x);

	row_mark(x, BLAME_GROUP, x->at->name, 0);
	if (!x->m->no && !x->key_server)
		return row_refuse(x, "local",
				  "this is a group member, server local needs a key server");
	if (x->m->no)
		conf_server_defaults(s);
	s->enabled = !x->m->no;
	return 0;
}

static bool local_select(struct conf_text *w, unsigned int i)
{
	return i == 0 && w->group->server.enabled;
}

static void local_write(struct conf_text *w)
{
	text_line(w, "server local");
}

#define CRYPTO_GROUP                                  \
	"Encryption, authentication and group keys\n" \
	"GDOI policy\n"                               \
	"GDOI policy\n"                               \
	"A group\n"

static const struct conf_row rows[] = {
	{{CLI_IN(MODE_CONFIG), 0, "crypto (gdoi | gkm) group [ipv6] WORD:name",
	  "crypto (gdoi | gkm) group [ipv6] WORD:name",
	  CRYPTO_GROUP "The group protects IPv6\n"
		       "Its name"},
	 group_apply,
	 group_write,
	 MODE_GROUP,
	 group_select,
	 "% The group and all that is configured under it will be removed.\n"
	 "Do you want to continue"},
	{{CLI_IN(MODE_GROUP), 0,
	  "identity (number <0-2147483647>:number-value | address ipv4 A.B.C.D:id-address)",
	  "identity [number <0-2147483647>:number-value | address ipv4 A.B.C.D:id-address]",
	  "The identity of the group\n"
	  "By number\n"
	  "Number\n"
	  "By address\n"
	  "IPv4 address\n"
	  "Address"},
	 identity_apply,
	 identity_write},
	{{CLI_IN(MODE_GROUP), 0, "server address ipv4 A.B.C.D:key-server",
	  "server address ipv4 A.B.C.D:key-server",
	  "Key servers of the group\n"
	  "A key server to register with, in order\n"
	  "IPv4 "
	  "address\n"
	  "Address"},
	 key_server_apply,
	 key_server_write},
	{{CLI_IN(MODE_GROUP), 0, "passive", "passive",
	  "Receive encrypted and clear traffic (for a rollout)"},
	 passive_apply,
	 passive_write},
	{{CLI_IN(MODE_GROUP), 0, "client fail-close revert", "client fail-close revert",
	  "Group member\n"
	  "What happens without keys\n"
	  "Fail-close again when registration fails and "
	  "the keys have expired"},
	 revert_apply,
	 revert_write},
	{{CLI_IN(MODE_GROUP), 0, "server local", "server local",
	  "Key servers of the group\n"
	  "This box is a key server"},
	 local_apply,
	 local_write,
	 MODE_SERVER,
	 local_select},
};

const struct conf_rows conf_rows_group = CONF_ROWS(rows);
