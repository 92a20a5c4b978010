/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk of a line through the commands of a mode, word by word. All commands are followed at
 * once; after each word only the best reading of it is kept (see grammar.h), so there is no
 * backtracking and the cost is words x commands.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "grammar/private.h"

enum rank { RANK_NONE, RANK_FREE, RANK_PREFIX, RANK_TYPED, RANK_EXACT };

void walk_start(struct walk *w, const struct cli_table *t, unsigned int mode,
		const struct cli_line *line)
{
	w->t = t;
	w->mode = mode;
	w->line = line;
	w->skip = 0;
	w->no = false;
	w->words = 0;
	if (line->n > 0) {
		const char *word = line->text + line->tok[0].offset;
		size_t len = line->tok[0].len;

		w->no = (len == 2 && strncasecmp(word, "no", 2) == 0) ||
			(len >= 3 && len <= 7 && strncasecmp(word, "default", len) == 0);
		w->skip = w->no ? 1 : 0;
	}
	w->n = 0;
	w->first[0] = 0;
	for (unsigned int i = 0; i < t->n && w->n < STEPS_MAX; i++)
		if (t->progs[i].no == w->no && (t->progs[i].cmd->modes & CLI_IN(mode)) != 0)
			w->steps[w->n++] = (struct step){(uint16_t)i, 0, 0};
	w->first[1] = w->n;
}

void walk_next(const struct walk *w, walk_next_fn *fn, void *arg)
{
	struct node_set set;

	for (unsigned int i = w->first[w->words]; i < w->first[w->words + 1]; i++) {
		const struct prog *p = &w->t->progs[w->steps[i].prog];

		prog_closure(p, w->steps[i].node, &set);
		for (unsigned int n = 0; n < p->n; n++)
			if (node_set_has(&set, n))
				fn(p, &p->nodes[n], (uint16_t)i, arg);
	}
}

/* ---- one word ---------------------------------------------------------------------------- */

struct reading {
	const struct prog *p;
	const struct node *n;
	uint16_t step;
	uint8_t rank;
};

struct readings {
	const char *word;
	size_t len;
	unsigned int n;
	struct reading r[STEPS_MAX];
};

static bool is_number(const char *s, size_t len, uint32_t lo, uint32_t hi)
{
	uint64_t v = 0;

	if (len == 0 || len > 10)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = 10 * v + (uint64_t)(s[i] - '0');
	}
	return v >= lo && v <= hi;
}

static bool is_address(const char *s, size_t len)
{
	unsigned int octets = 0;
	size_t i = 0, start;

	while (i < len) {
		for (start = i; i < len && s[i] != '.'; i++)
			;
		if (i - start > 3 || !is_number(s + start, i - start, 0, 255))
			return false;
		octets++;
		if (i < len && ++i == len)
			return false;
	}
	return octets == 4;
}

static enum rank rank_of(const struct node *n, const char *word, size_t len)
{
	switch ((enum node_kind)n->kind) {
	case NODE_KEYWORD:
		if (strncasecmp(n->text, word, len) != 0)
			return RANK_NONE;
		return n->text[len] == '\0' ? RANK_EXACT : RANK_PREFIX;
	case NODE_NUMBER:
		return is_number(word, len, n->lo, n->hi) ? RANK_TYPED : RANK_NONE;
	case NODE_ADDRESS:
		return is_address(word, len) ? RANK_TYPED : RANK_NONE;
	case NODE_WORD:
	case NODE_SECRET:
	case NODE_LINE:
		return RANK_FREE;
	case NODE_EPS:
	case NODE_END:
		break;
	}
	return RANK_NONE;
}

static void consider(const struct prog *p, const struct node *n, uint16_t step, void *arg)
{
	struct readings *all = arg;
	enum rank rank = rank_of(n, all->word, all->len);

	if (rank != RANK_NONE && all->n < STEPS_MAX)
		all->r[all->n++] = (struct reading){p, n, step, (uint8_t)rank};
}

static bool listed_elsewhere(const struct readings *all, const struct node *n)
{
	for (unsigned int i = 0; i < all->n; i++)
		if ((all->r[i].p->cmd->flags & CLI_HIDDEN) == 0 && all->r[i].rank == RANK_PREFIX &&
		    strcmp(all->r[i].n->text, n->text) == 0)
			return true;
	return false;
}

static enum rank best_rank(struct readings *all)
{
	enum rank best = RANK_NONE;
	bool free_word = false;

	for (unsigned int i = 0; i < all->n; i++) {
		struct reading *r = &all->r[i];

		if (r->rank == RANK_PREFIX && (r->p->cmd->flags & CLI_HIDDEN) != 0 &&
		    !listed_elsewhere(all, r->n))
			r->rank = RANK_NONE;
		free_word = free_word || r->rank == RANK_FREE;
		best = GV_MAX(best, (enum rank)r->rank);
	}
	return best == RANK_PREFIX && free_word ? RANK_FREE : best;
}

static bool one_keyword(const struct readings *all)
{
	const char *first = NULL;

	for (unsigned int i = 0; i < all->n; i++) {
		if (all->r[i].rank != RANK_PREFIX)
			continue;
		if (first != NULL && strcmp(first, all->r[i].n->text) != 0)
			return false;
		first = all->r[i].n->text;
	}
	return true;
}

static enum cli_status keep_best(struct walk *w, struct readings *all)
{
	enum rank best = best_rank(all);

	if (best == RANK_NONE)
		return CLI_INVALID;
	if (best == RANK_PREFIX && !one_keyword(all))
		return CLI_AMBIGUOUS;
	for (unsigned int i = 0; i < all->n; i++) {
		const struct reading *r = &all->r[i];

		if (r->rank != best)
			continue;
		if (w->n == STEPS_MAX)
			return CLI_INVALID;
		w->steps[w->n++] = (struct step){(uint16_t)(r->p - w->t->progs),
						 (uint8_t)(r->n - r->p->nodes), r->step};
	}
	w->words++;
	w->first[w->words + 1] = w->n;
	return CLI_OK;
}

enum cli_status walk_word(struct walk *w)
{
	const struct cli_token *tok = &w->line->tok[w->words + w->skip];
	struct readings *all = malloc(sizeof(*all));
	enum cli_status rc = CLI_INVALID;

	if (all == NULL)
		return rc;
	all->word = w->line->text + tok->offset;
	all->len = tok->len;
	all->n = 0;
	walk_next(w, consider, all);
	rc = keep_best(w, all);
	free(all);
	return rc;
}

bool walk_in_line(const struct walk *w)
{
	const struct step *s;

	if (w->words == 0 || w->n == 0)
		return false;
	s = &w->steps[w->n - 1];
	return w->t->progs[s->prog].nodes[s->node].kind == NODE_LINE;
}
