/* SPDX-License-Identifier: BSD-3-Clause */
/* A whole line to a command with its arguments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "grammar/private.h"

struct taker {
	struct cli_match *m;
	size_t used;
};

static const char *keep(struct taker *k, const char *s, size_t len)
{
	char *at = k->m->text + k->used;

	gv_assert(k->used + len + 1 <= sizeof(k->m->text));
	memcpy(at, s, len);
	at[len] = '\0';
	k->used += len + 1;
	return at;
}

static size_t rest_of_line(const struct cli_line *l, size_t from)
{
	const struct cli_token *last = &l->tok[l->n - 1];

	return last->offset + last->len - from;
}

static void take(struct taker *k, const struct walk *w, unsigned int word, const struct node *n)
{
	const struct cli_token *tok = &w->line->tok[word];
	struct cli_arg *a = &k->m->args[k->m->n_args++];
	const char *typed = w->line->text + tok->offset;

	*a = (struct cli_arg){.name = n->name, .word = word, .secret = n->kind == NODE_SECRET};
	if (n->kind == NODE_KEYWORD)
		a->text = n->text;
	else if (n->kind == NODE_LINE)
		a->text = keep(k, typed, rest_of_line(w->line, tok->offset));
	else
		a->text = keep(k, typed, tok->len);
}

/* The way to `step` back from the last word, then forwards again. */
static void collect(struct cli_match *m, const struct walk *w, uint16_t step)
{
	struct taker k = {.m = m};
	uint16_t way[CLI_TOKENS_MAX];
	unsigned int n = w->words;

	for (unsigned int i = n; i > 0; i--) {
		way[i - 1] = step;
		step = w->steps[step].prev;
	}
	for (unsigned int i = 0; i < n; i++) {
		const struct step *s = &w->steps[way[i]];

		take(&k, w, i + w->skip, &w->t->progs[s->prog].nodes[s->node]);
	}
}

struct ender {
	const struct prog *p; /* the first command that may end here */
	uint16_t step;
};

static void find_end(const struct prog *p, const struct node *n, uint16_t step, void *arg)
{
	struct ender *e = arg;

	if (n->kind == NODE_END && e->p == NULL)
		*e = (struct ender){p, step};
}

/* Was the last word a secret by any reading that is still possible? */
static bool read_secret(const struct walk *w)
{
	for (unsigned int i = w->first[w->words]; i < w->n; i++)
		if (w->t->progs[w->steps[i].prog].nodes[w->steps[i].node].kind == NODE_SECRET)
			return true;
	return false;
}

static void match_in(struct cli_match *m, struct walk *w)
{
	const struct cli_line *l = w->line;
	struct ender e = {0};

	while (m->status == CLI_OK && w->words + w->skip < l->n && !walk_in_line(w)) {
		m->bad = l->tok[w->words + w->skip].offset;
		m->status = walk_word(w);
		if (m->status == CLI_OK && read_secret(w))
			m->secret = l->tok[w->words + w->skip - 1];
	}
	if (m->status != CLI_OK)
		return;
	walk_next(w, find_end, &e);
	if (e.p == NULL) {
		m->status = CLI_INCOMPLETE;
		m->bad = l->tok[l->n - 1].offset + l->tok[l->n - 1].len;
		return;
	}
	m->cmd = e.p->cmd;
	m->no = w->no;
	m->dflt = w->no && l->tok[0].len > 2;
	collect(m, w, e.step);
}

static void clear(struct cli_match *m, unsigned int mode)
{
	m->status = CLI_OK;
	m->cmd = NULL;
	m->mode = mode;
	m->no = false;
	m->dflt = false;
	m->secret = (struct cli_token){0};
	m->bad = 0;
	m->n_args = 0;
}

/* Of two refusals the one that understood more words is the better explanation. */
static void better(struct cli_match *best, const struct cli_match *m)
{
	struct cli_token secret = best->secret;

	if (m->status != CLI_OK && m->bad <= best->bad)
		return;
	*best = *m;
	/* Argument texts lie in the structure itself. */
	for (unsigned int i = 0; i < best->n_args; i++)
		if (m->args[i].text >= m->text && m->args[i].text < m->text + sizeof(m->text))
			best->args[i].text = best->text + (m->args[i].text - m->text);
	if (best->secret.len == 0)
		best->secret = secret;
}

void cli_match(struct cli_match *m, const struct cli_table *t, unsigned int mode, const char *line)
{
	struct cli_match *above = NULL;
	struct walk *w = malloc(sizeof(*w));
	struct cli_line l;

	gv_assert(mode < CLI_MODES_MAX);
	clear(m, mode);
	cli_lex(&l, line);
	if (w == NULL || l.too_long || l.n == 0) {
		m->status = w == NULL || l.too_long ? CLI_INVALID : CLI_EMPTY;
		free(w);
		return;
	}
	walk_start(w, t, mode, &l);
	match_in(m, w);
	while (m->status != CLI_OK && t->parent[mode] >= 0) {
		mode = (unsigned int)t->parent[mode];
		above = above != NULL ? above : malloc(sizeof(*above));
		if (above == NULL)
			break;
		clear(above, mode);
		walk_start(w, t, mode, &l);
		match_in(above, w);
		better(m, above);
	}
	if (above != NULL)
		secret_wipe(above, sizeof(*above));
	free(above);
	free(w);
}

void cli_match_wipe(struct cli_match *m)
{
	secret_wipe(m, sizeof(*m));
}

/* ---- arguments --------------------------------------------------------------------------- */

const struct cli_arg *cli_arg_find(const struct cli_match *m, const char *name, unsigned int nth)
{
	for (unsigned int i = 0; i < m->n_args; i++)
		if (strcmp(m->args[i].name, name) == 0 && nth-- == 0)
			return &m->args[i];
	return NULL;
}

const char *cli_arg(const struct cli_match *m, const char *name)
{
	const struct cli_arg *a = cli_arg_find(m, name, 0);

	return a == NULL ? NULL : a->text;
}

bool cli_has(const struct cli_match *m, const char *keyword)
{
	return cli_arg_find(m, keyword, 0) != NULL;
}

uint32_t cli_arg_u32(const struct cli_match *m, const char *name, uint32_t otherwise)
{
	const char *s = cli_arg(m, name);

	return s == NULL ? otherwise : (uint32_t)strtoul(s, NULL, 10);
}

/* ---- text -------------------------------------------------------------------------------- */

void cli_match_canonical(const struct cli_match *m, char *out, size_t cap)
{
	size_t n = 0;

	gv_assert(cap > 0);
	out[0] = '\0';
	if (m->no)
		n = (size_t)snprintf(out, cap, "no");
	for (unsigned int i = 0; i < m->n_args && n < cap; i++)
		n += (size_t)snprintf(out + n, cap - n, "%s%s", n > 0 ? " " : "",
				      m->args[i].secret ? "******" : m->args[i].text);
}

size_t cli_redact(const struct cli_match *m, const char *line, size_t at, char *out, size_t cap)
{
	static const char stars[] = "******";
	const struct cli_token *s = &m->secret;

	gv_assert(cap > 0);
	if (s->len == 0) {
		snprintf(out, cap, "%s", line);
		return at;
	}
	snprintf(out, cap, "%.*s%s%s", (int)s->offset, line, stars, line + s->offset + s->len);
	return at <= s->offset ? at : at - s->len + sizeof(stars) - 1;
}

void cli_status_text(const struct cli_match *m, const char *line, char *out, size_t cap)
{
	gv_assert(cap > 0);
	out[0] = '\0';
	switch (m->status) {
	case CLI_INCOMPLETE:
		snprintf(out, cap, "%% Incomplete command.");
		break;
	case CLI_AMBIGUOUS:
		snprintf(out, cap, "%% Ambiguous command:  \"%s\"", line);
		break;
	case CLI_INVALID:
		snprintf(out, cap, "%% Invalid input detected at '^' marker.");
		break;
	case CLI_OK:
	case CLI_EMPTY:
		break;
	}
}
