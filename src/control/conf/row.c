/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows together: registration, applying a line, writing the text. */
#include "control/conf/row.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_TEXT_MAX 512

static const struct conf_rows *const all[] = {
	&conf_rows_global, &conf_rows_ike, &conf_rows_ipsec,     &conf_rows_acl,  &conf_rows_group,
	&conf_rows_server, &conf_rows_map, &conf_rows_interface, &conf_rows_tail,
};

static const enum conf_mode around[MODE_COUNT] = {
#define X(name, prompt, outer) [MODE_##name] = MODE_##outer,
	CONF_MODES(X)
#undef X
};

const struct conf_row *conf_row_at(unsigned int i)
{
	for (size_t t = 0; t < GV_ARRAY_SIZE(all); t++) {
		if (i < all[t]->n)
			return &all[t]->rows[i];
		i -= all[t]->n;
	}
	return NULL;
}

const struct conf_row *conf_row_of(const struct cli_cmd *cmd)
{
	const struct conf_row *r;

	for (unsigned int i = 0; (r = conf_row_at(i)) != NULL; i++)
		if (&r->cmd == cmd)
			return r;
	return NULL;
}

bool conf_is_row(const struct cli_cmd *cmd)
{
	return conf_row_of(cmd) != NULL;
}

int conf_rows_register(struct cli_table *t, struct err_text *e)
{
	const struct conf_row *r;
	int rc = 0;

	for (unsigned int i = 0; rc == 0 && (r = conf_row_at(i)) != NULL; i++)
		rc = cli_table_add(t, &r->cmd, e);
	for (unsigned int m = MODE_CONFIG + 1; m < MODE_COUNT; m++)
		cli_table_set_parent(t, m, around[m]);
	return rc;
}

/* ---- applying ---------------------------------------------------------------------------- */

/* Somebody else may have removed the object that a session is inside of. */
static bool place_exists(struct conf *c, const struct conf_place *at)
{
	const struct conf_group *g = conf_group_find(c, at->name);
	struct conf_map *m = conf_edit_map(c, at->name);

	switch (at->mode) {
	case MODE_USER:
	case MODE_EXEC:
	case MODE_CONFIG:
	case MODE_COUNT:
		return true;
	case MODE_IKE_POLICY:
		return conf_edit_ike_policy(c, at->number) != NULL;
	case MODE_TRANSFORM:
		return conf_transform_set_find(c, at->name) != NULL;
	case MODE_PROFILE:
		return conf_profile_find(c, at->name) != NULL;
	case MODE_ACL:
	case MODE_STD_ACL:
		return conf_acl_find(c, at->name) != NULL;
	case MODE_GROUP:
		return g != NULL;
	case MODE_SERVER:
		return g != NULL && g->server.enabled;
	case MODE_COOP:
		return g != NULL && g->server.enabled && g->server.redundancy;
	case MODE_SA:
		return g != NULL && g->server.enabled &&
		       conf_edit_sa(&conf_edit_group(c, at->name)->server, at->number) != NULL;
	case MODE_MAP:
		return m != NULL && conf_edit_map_entry(m, at->number) != NULL;
	case MODE_FAIL_CLOSE:
		return m != NULL && m->fail_close_section;
	case MODE_INTERFACE:
		return conf_interface_find(c, at->name) != NULL;
	}
	return false;
}

int conf_line_apply_marked(struct conf_edit *x)
{
	const struct conf_row *r = conf_row_of(x->m->cmd);
	struct conf_place *home = x->at;
	struct conf_place at = *home;
	int rc;

	gv_assert(r != NULL);
	at.mode = (enum conf_mode)x->m->mode;
	x->e->word = -1;
	x->e->text.s[0] = '\0';
	x->mark.kind = BLAME_NOTHING;
	if (!place_exists(x->c, &at))
		return row_refuse(x, NULL, "what this mode configures has been removed");
	x->at = &at;
	rc = r->apply(x);
	x->at = home;
	if (rc < 0)
		return rc;
	if (r->enters != MODE_USER && !x->m->no)
		at.mode = r->enters;
	*home = at;
	return 0;
}

int conf_line_apply(struct conf *c, struct conf_place *at, const struct cli_match *m,
		    const struct conf_limits *lim, bool key_server, struct conf_line_error *e)
{
	struct conf_edit x = {
		.c = c, .at = at, .m = m, .lim = lim, .key_server = key_server, .e = e};

	return conf_line_apply_marked(&x);
}

const char *conf_question(const struct cli_match *m)
{
	const struct conf_row *r = conf_row_of(m->cmd);

	return r == NULL || !m->no ? NULL : r->question;
}

void conf_place_exit(struct conf_place *at)
{
	at->mode = at->mode == MODE_CONFIG ? MODE_EXEC : around[at->mode];
}

int row_refuse(struct conf_edit *x, const char *arg, const char *fmt, ...)
{
	const struct cli_arg *a = arg == NULL ? NULL : cli_arg_find(x->m, arg, 0);
	va_list ap;

	x->e->word = a == NULL ? -1 : (int)a->word;
	va_start(ap, fmt);
	vsnprintf(x->e->text.s, sizeof(x->e->text.s), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int row_no_memory(struct conf_edit *x)
{
	row_refuse(x, NULL, "out of memory");
	return -ENOMEM;
}

void row_mark(struct conf_edit *x, enum conf_blame_kind kind, const char *name, uint32_t number)
{
	x->mark.kind = kind;
	x->mark.number = number;
	snprintf(x->mark.name, sizeof(x->mark.name), "%s", name);
}

static int copy_text(struct conf_edit *x, char *out, size_t cap, const char *arg)
{
	const char *s = cli_arg(x->m, arg);

	gv_assert(s != NULL);
	if (strlen(s) >= cap)
		return row_refuse(x, arg, "longer than %zu characters", cap - 1);
	memset(out, 0, cap);
	memcpy(out, s, strlen(s));
	return 0;
}

int row_name(struct conf_edit *x, char out[CONF_NAME_MAX], const char *arg)
{
	return copy_text(x, out, CONF_NAME_MAX, arg);
}

int row_name_or_none(struct conf_edit *x, char out[CONF_NAME_MAX], const char *arg)
{
	if (!x->m->no)
		return row_name(x, out, arg);
	memset(out, 0, CONF_NAME_MAX);
	return 0;
}

int row_text(struct conf_edit *x, char out[CONF_TEXT_MAX], const char *arg)
{
	if (!x->m->no)
		return copy_text(x, out, CONF_TEXT_MAX, arg);
	memset(out, 0, CONF_TEXT_MAX);
	return 0;
}

struct addr row_addr(const struct conf_edit *x, const char *arg)
{
	const char *s = cli_arg(x->m, arg);
	struct addr a = {0};

	/* The grammar let only addresses through. */
	if (s != NULL && addr_parse(&a, s) < 0)
		return (struct addr){0};
	return a;
}

int row_mask(struct conf_edit *x, const char *arg, uint8_t *len)
{
	struct addr a = row_addr(x, arg);
	int n = prefix_len_of_mask(addr_v4_u32(&a));

	if (n < 0)
		return row_refuse(x, arg, "%s is not a netmask", cli_arg(x->m, arg));
	*len = (uint8_t)n;
	return 0;
}

struct conf_group *row_group(const struct conf_edit *x)
{
	struct conf_group *g = conf_edit_group(x->c, x->at->name);

	gv_assert(g != NULL);
	return g;
}

struct conf_server *row_server(const struct conf_edit *x)
{
	return &row_group(x)->server;
}

/* ---- writing ----------------------------------------------------------------------------- */

void text_line(struct conf_text *w, const char *fmt, ...)
{
	char line[LINE_TEXT_MAX];
	va_list ap;

	memset(line, ' ', w->depth);
	va_start(ap, fmt);
	vsnprintf(line + w->depth, sizeof(line) - w->depth, fmt, ap);
	va_end(ap);
	w->fn(line, w->arg);
	w->separated = false;
	secret_wipe(line, sizeof(line));
}

void text_separator(struct conf_text *w)
{
	if (!w->separated)
		text_line(w, "!");
	w->separated = true;
}

static void write_mode(struct conf_text *w, enum conf_mode mode);

static void write_section(struct conf_text *w, const struct conf_row *r)
{
	for (unsigned int i = 0; r->select(w, i); i++) {
		r->write(w);
		w->depth++;
		write_mode(w, r->enters);
		w->depth--;
		if (w->depth == 0)
			text_separator(w);
	}
}

static void write_mode(struct conf_text *w, enum conf_mode mode)
{
	const struct conf_row *r;

	for (unsigned int i = 0; (r = conf_row_at(i)) != NULL; i++) {
		if ((r->cmd.modes & CLI_IN(mode)) == 0)
			continue;
		if (r->enters != MODE_USER)
			write_section(w, r);
		else
			r->write(w);
	}
}

void conf_write(const struct conf *c, enum conf_secrets how, conf_line_fn *fn, void *arg)
{
	struct conf_text w = {.c = c, .secrets = how, .fn = fn, .arg = arg};

	write_mode(&w, MODE_CONFIG);
	text_line(&w, "end");
}
