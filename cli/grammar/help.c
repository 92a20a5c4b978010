/* SPDX-License-Identifier: BSD-3-Clause */
/* What may come next: the answers to `?` and Tab. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "grammar/private.h"

struct gatherer {
	struct cli_candidates *out;
	const char *partial; /* begins with this */
};

static void add(struct cli_candidates *c, const char *text, const char *help, bool keyword)
{
	for (unsigned int i = 0; i < c->n; i++)
		if (strcmp(c->c[i].text, text) == 0)
			return;
	if (c->n < CLI_CANDIDATES_MAX)
		c->c[c->n++] = (struct cli_candidate){text, help, keyword};
}

static void gather(const struct prog *p, const struct node *n, uint16_t step, void *arg)
{
	struct gatherer *g = arg;
	bool keyword = n->kind == NODE_KEYWORD;

	(void)step;
	if ((p->cmd->flags & CLI_HIDDEN) != 0)
		return;
	if (g->out->partial > 0 &&
	    (!keyword || strncasecmp(n->text, g->partial, g->out->partial) != 0))
		return;
	if (n->kind == NODE_END)
		add(g->out, "<cr>", "", false);
	else
		add(g->out, n->kind == NODE_SECRET ? "WORD" : n->text, n->help, keyword);
}

static int by_text(const void *a, const void *b)
{
	const struct cli_candidate *x = a, *y = b;
	bool xcr = strcmp(x->text, "<cr>") == 0, ycr = strcmp(y->text, "<cr>") == 0;

	if (xcr != ycr)
		return xcr ? 1 : -1;
	return strcmp(x->text, y->text);
}

static bool mode_has_no_forms(const struct cli_table *t, unsigned int mode)
{
	for (unsigned int i = 0; i < t->n; i++)
		if (t->progs[i].no && (t->progs[i].cmd->modes & CLI_IN(mode)) != 0)
			return true;
	return false;
}

static void add_no(struct gatherer *g, const struct walk *w)
{
	static const struct cli_candidate forms[] = {
		{"default", "Set a command to its defaults", true},
		{"no", "Negate a command or set its defaults", true},
	};

	if (w->words > 0 || w->skip > 0 || !mode_has_no_forms(w->t, w->mode))
		return;
	for (size_t i = 0; i < GV_ARRAY_SIZE(forms); i++)
		if (strncasecmp(forms[i].text, g->partial, g->out->partial) == 0)
			add(g->out, forms[i].text, forms[i].help, true);
}

static void add_line(struct cli_candidates *out, const struct walk *w)
{
	const struct step *s = &w->steps[w->n - 1];
	const struct node *n = &w->t->progs[s->prog].nodes[s->node];

	out->partial = 0;
	add(out, n->text, n->help, false);
	add(out, "<cr>", "", false);
}

static bool at_blank(const char *line)
{
	size_t n = strlen(line);

	return n == 0 || line[n - 1] == ' ' || line[n - 1] == '\t';
}

static void candidates(struct cli_candidates *out, struct walk *w, struct cli_line *l)
{
	struct gatherer g = {.out = out, .partial = ""};

	if (l->n > 0 && !at_blank(l->text)) {
		l->n--; /* the word under the cursor is no word yet */
		out->partial = l->tok[l->n].len;
		g.partial = l->text + l->tok[l->n].offset;
	}
	walk_start(w, w->t, w->mode, l);
	while (out->status == CLI_OK && w->words + w->skip < l->n && !walk_in_line(w)) {
		out->bad = l->tok[w->words + w->skip].offset;
		out->status = walk_word(w);
	}
	if (out->status != CLI_OK)
		return;
	if (walk_in_line(w)) { /* whatever is typed now is part of it */
		add_line(out, w);
		return;
	}
	walk_next(w, gather, &g);
	add_no(&g, w);
	qsort(out->c, out->n, sizeof(out->c[0]), by_text);
}

void cli_candidates(struct cli_candidates *out, const struct cli_table *t, unsigned int mode,
		    const char *line)
{
	struct walk *w = malloc(sizeof(*w));
	struct cli_line l;

	gv_assert(mode < CLI_MODES_MAX);
	out->status = CLI_OK;
	out->bad = 0;
	out->partial = 0;
	out->n = 0;
	cli_lex(&l, line);
	if (w == NULL || l.too_long) {
		out->status = CLI_INVALID;
		free(w);
		return;
	}
	w->t = t;
	w->mode = mode;
	candidates(out, w, &l);
	free(w);
}

/* ---- as text ----------------------------------------------------------------------------- */

struct text {
	char *s;
	size_t n, cap;
};

GV_PRINTF(2, 3)
static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->s + t->n, t->cap - t->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->n = GV_MIN(t->n + (size_t)n, t->cap - 1);
}

static void list(struct text *t, const struct cli_candidates *c)
{
	int width = 0;

	for (unsigned int i = 0; i < c->n; i++)
		width = GV_MAX(width, (int)strlen(c->c[i].text));
	for (unsigned int i = 0; i < c->n; i++) {
		if (c->c[i].help[0] == '\0')
			put(t, "  %s\n", c->c[i].text);
		else
			put(t, "  %-*s  %s\n", width, c->c[i].text, c->c[i].help);
	}
}

void cli_help_text(const struct cli_candidates *c, const char *line, char *out, size_t cap)
{
	struct text t = {.s = out, .cap = cap};

	gv_assert(cap > 0);
	out[0] = '\0';
	if (c->status == CLI_AMBIGUOUS)
		put(&t, "%% Ambiguous command:  \"%s\"\n", line);
	else if (c->status != CLI_OK || (c->n == 0 && c->partial > 0))
		put(&t, "%% Unrecognized command\n");
	else if (c->partial == 0)
		list(&t, c);
	else
		for (unsigned int i = 0; i < c->n; i++)
			put(&t, "%s%s", c->c[i].text, i + 1 < c->n ? "  " : "\n");
}
