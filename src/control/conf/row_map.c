/* SPDX-License-Identifier: BSD-3-Clause */
/* crypto map: a group on an interface, and what passes without keys. */
#include <string.h>

#include "control/conf/row.h"

/* The map of that name, made when it is not there. */
static struct conf_map *map_get(struct conf_edit *x)
{
	struct conf *c = x->c;
	struct conf_map *m = conf_edit_map(c, x->at->name);

	if (m != NULL || x->m->no)
		return m;
	m = conf_array_insert(&c->maps, &c->n_maps, sizeof(*m), c->n_maps);
	if (m != NULL)
		memcpy(m->name, x->at->name, sizeof(m->name));
	return m;
}

/* A map is there as long as it has an entry or a fail-close section. */
static void map_drop_if_empty(struct conf *c, struct conf_map *m)
{
	if (m->n_entries > 0 || m->fail_close_section)
		return;
	conf_map_clear(m);
	conf_array_remove(&c->maps, &c->n_maps, sizeof(*m), (unsigned int)(m - c->maps));
}

static int entry_remove(struct conf_edit *x, struct conf_map *m)
{
	struct conf_map_entry *e = m == NULL ? NULL : conf_edit_map_entry(m, x->at->number);

	if (m == NULL || (e == NULL && cli_arg(x->m, "seq") != NULL))
		return row_refuse(x, "name", "no such crypto map");
	if (cli_arg(x->m, "seq") == NULL) {
		conf_map_clear(m);
		m->fail_close = m->fail_close_section = false;
		memset(m->fail_close_acl, 0, sizeof(m->fail_close_acl));
	} else {
		conf_array_remove(&m->entries, &m->n_entries, sizeof(*e),
				  (unsigned int)(e - m->entries));
	}
	map_drop_if_empty(x->c, m);
	return 0;
}

static int entry_apply(struct conf_edit *x)
{
	struct conf_map *m;
	struct conf_map_entry *e;
	unsigned int at = 0;
	int rc = row_name(x, x->at->name, "name");

	if (rc < 0)
		return rc;
	x->at->number = (uint16_t)cli_arg_u32(x->m, "seq", 0);
	m = map_get(x);
	if (x->m->no)
		return entry_remove(x, m);
	if (m == NULL)
		return row_no_memory(x);
	if (conf_edit_map_entry(m, x->at->number) != NULL)
		return 0;
	while (at < m->n_entries && m->entries[at].seq < x->at->number)
		at++;
	e = conf_array_insert(&m->entries, &m->n_entries, sizeof(*e), at);
	if (e == NULL)
		return row_no_memory(x);
	e->seq = x->at->number;
	return 0;
}

static bool entry_select(struct conf_text *w, unsigned int i)
{
	w->entry = NULL;
	for (unsigned int k = 0; k < w->c->n_maps; k++) {
		w->map = &w->c->maps[k];
		if (i < w->map->n_entries) {
			w->entry = &w->map->entries[i];
			return true;
		}
		i -= w->map->n_entries;
	}
	return false;
}

static void entry_write(struct conf_text *w)
{
	text_line(w, "crypto map %s %u gdoi", w->map->name, w->entry->seq);
}

static struct conf_map_entry *entry(const struct conf_edit *x)
{
	return conf_edit_map_entry(conf_edit_map(x->c, x->at->name), x->at->number);
}

static int description_apply(struct conf_edit *x)
{
	return row_text(x, entry(x)->description, "text");
}

static void description_write(struct conf_text *w)
{
	if (w->entry->description[0] != '\0')
		text_line(w, "description %s", w->entry->description);
}

static int set_group_apply(struct conf_edit *x)
{
	row_mark(x, BLAME_MAP_GROUP, x->at->name, x->at->number);
	return row_name_or_none(x, entry(x)->group, "group-name");
}

static void set_group_write(struct conf_text *w)
{
	if (w->entry->group[0] != '\0')
		text_line(w, "set group %s", w->entry->group);
}

static int match_apply(struct conf_edit *x)
{
	row_mark(x, BLAME_MAP_ACL, x->at->name, x->at->number);
	return row_name_or_none(x, entry(x)->acl, "acl");
}

static void match_write(struct conf_text *w)
{
	if (w->entry->acl[0] != '\0')
		text_line(w, "match address %s", w->entry->acl);
}

/* ---- fail-close -------------------------------------------------------------------------- */

static int fail_close_apply(struct conf_edit *x)
{
	struct conf_map *m;
	int rc = row_name(x, x->at->name, "name");

	if (rc < 0)
		return rc;
	m = map_get(x);
	if (m == NULL)
		return x->m->no ? row_refuse(x, "name", "no such crypto map") : row_no_memory(x);
	m->fail_close_section = !x->m->no;
	if (x->m->no) {
		m->fail_close = false;
		memset(m->fail_close_acl, 0, sizeof(m->fail_close_acl));
		map_drop_if_empty(x->c, m);
	}
	return 0;
}

static bool fail_close_select(struct conf_text *w, unsigned int i)
{
	for (unsigned int k = 0; k < w->c->n_maps; k++)
		if (w->c->maps[k].fail_close_section && i-- == 0) {
			w->map = &w->c->maps[k];
			return true;
		}
	return false;
}

static void fail_close_write(struct conf_text *w)
{
	text_line(w, "crypto map %s gdoi fail-close", w->map->name);
}

static int fail_match_apply(struct conf_edit *x)
{
	row_mark(x, BLAME_FAIL_CLOSE, x->at->name, 0);
	return row_name_or_none(x, conf_edit_map(x->c, x->at->name)->fail_close_acl, "acl");
}

static void fail_match_write(struct conf_text *w)
{
	if (w->map->fail_close_acl[0] != '\0')
		text_line(w, "match address %s", w->map->fail_close_acl);
}

static int activate_apply(struct conf_edit *x)
{
	conf_edit_map(x->c, x->at->name)->fail_close = !x->m->no;
	return 0;
}

static void activate_write(struct conf_text *w)
{
	if (w->map->fail_close)
		text_line(w, "activate");
}

#define CRYPTO_MAP                                    \
	"Encryption, authentication and group keys\n" \
	"Enter a crypto map\n"                        \
	"Its name\n"

static const struct conf_row rows[] = {
	{{CLI_IN(MODE_CONFIG), 0, "crypto map WORD:name <1-65535>:seq gdoi",
	  "crypto map WORD:name [<1-65535>:seq [gdoi]]",
	  CRYPTO_MAP "Sequence number of the entry\n"
		     "A group"},
	 entry_apply,
	 entry_write,
	 MODE_MAP,
	 entry_select},
	{{CLI_IN(MODE_MAP), 0, "description LINE:text", "description [LINE:text]",
	  "Description\n"
	  "Text"},
	 description_apply,
	 description_write},
	{{CLI_IN(MODE_MAP), 0, "set group WORD:group-name", "set group [WORD:group-name]",
	  "Set values of the entry\n"
	  "The group to join\n"
	  "Its name"},
	 set_group_apply,
	 set_group_write},
	{{CLI_IN(MODE_MAP), 0, "match address WORD:acl", "match address [WORD:acl]",
	  "Local policy\n"
	  "By an access list of deny lines, in front of the group's\n"
	  "Its name"},
	 match_apply,
	 match_write},
	{{CLI_IN(MODE_CONFIG), 0, "crypto map WORD:name gdoi fail-close",
	  "crypto map WORD:name gdoi fail-close",
	  CRYPTO_MAP "A group\n"
		     "What passes before the first registration"},
	 fail_close_apply,
	 fail_close_write,
	 MODE_FAIL_CLOSE,
	 fail_close_select},
	{{CLI_IN(MODE_FAIL_CLOSE), 0, "match address WORD:acl", "match address [WORD:acl]",
	  "What passes in clear\n"
	  "The deny lines of an access list\n"
	  "Its name"},
	 fail_match_apply,
	 fail_match_write},
	{{CLI_IN(MODE_FAIL_CLOSE), 0, "activate", "activate",
	  "Drop everything else until the first registration"},
	 activate_apply,
	 activate_write},
};

const struct conf_rows conf_rows_map = CONF_ROWS(rows);
