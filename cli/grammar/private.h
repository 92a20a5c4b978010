/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside of the grammar: a command compiled to a small nondeterministic automaton. */
#ifndef GRAMMAR_PRIVATE_H
#define GRAMMAR_PRIVATE_H

#include "grammar/grammar.h"

#define NODES_MAX 250 /* of one form of a command */
#define NO_NODE   0xff

enum node_kind {
	NODE_EPS, /* goes on to both outs without a word */
	NODE_END,
	NODE_KEYWORD,
	NODE_WORD,
	NODE_SECRET,
	NODE_LINE,
	NODE_NUMBER,
	NODE_ADDRESS,
};

struct node {
	uint8_t kind;
	uint8_t out[2]; /* NO_NODE: none */
	uint32_t lo, hi;
	const char *text; /* keyword, or as help shows the type */
	const char *name;
	const char *help;
};

/* One form of a command: its own or that after `no`. Node 0 is the start. */
struct prog {
	const struct cli_cmd *cmd;
	bool no;
	unsigned int n;
	struct node *nodes;
	char *strings; /* owned: copy of the syntax cut into words */
};

struct cli_table {
	unsigned int n, cap;
	struct prog *progs;
	char **helps; /* owned copies, one a command */
	unsigned int n_helps;
	int8_t parent[CLI_MODES_MAX]; /* -1: none */
};

/* Compiles `syntax`. help: lines of the positive form, consumed in order. */
int prog_compile(struct prog *out, const struct cli_cmd *cmd, bool no, const struct prog *positive,
		 char *help, struct err_text *e) GV_MUST_CHECK;
void prog_free(struct prog *p);

/* Sets the bit of every node that reads a word (or is the end) and is reached from `from`
 * without one. */
struct node_set {
	uint64_t w[4];
};
void prog_closure(const struct prog *p, unsigned int from, struct node_set *out);

static inline bool node_set_has(const struct node_set *s, unsigned int i)
{
	return (s->w[i / 64] >> (i % 64)) & 1;
}

static inline void node_set_add(struct node_set *s, unsigned int i)
{
	s->w[i / 64] |= UINT64_C(1) << (i % 64);
}

/* ---- the walk of a line through all commands of a mode ------------------------------------ */

#define STEPS_MAX 2048

struct step {
	uint16_t prog;
	uint8_t node;
	uint16_t prev; /* index of the step before, in the set of the word before */
};

/* Steps of word i are [first[i], first[i + 1]); word 0 is the state before the first word. */
struct walk {
	const struct cli_table *t;
	unsigned int mode;
	const struct cli_line *line;
	unsigned int skip; /* words before the command: 1 after `no` */
	bool no;
	unsigned int words; /* walked so far, without the skipped */
	unsigned int first[CLI_TOKENS_MAX + 2];
	unsigned int n;
	struct step steps[STEPS_MAX];
};

void walk_start(struct walk *w, const struct cli_table *t, unsigned int mode,
		const struct cli_line *line);
/* One word further: CLI_OK, CLI_AMBIGUOUS or CLI_INVALID (the state is as before). */
enum cli_status walk_word(struct walk *w);
/* The last word was the start of a LINE, which takes all that follows. */
bool walk_in_line(const struct walk *w);
/* Every reading node that may come next. */
typedef void walk_next_fn(const struct prog *p, const struct node *n, uint16_t step, void *arg);
void walk_next(const struct walk *w, walk_next_fn *fn, void *arg);

#endif
