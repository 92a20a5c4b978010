/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Syntax string to automaton. Every construct is compiled to a piece with one entry and one
 * exit, both without a word of their own, so that pieces are joined by one edge.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/private.h"

struct piece {
	uint8_t in, out;
};

struct compiler {
	struct prog *p;
	const struct prog *positive; /* of a `no` form: where help is taken from */
	char *at;                    /* in p->strings */
	char *help;                  /* next unused line, NULL: none left */
	unsigned int depth;
	int rc;
	struct err_text *e;
};

static void fail(struct compiler *c, const char *why)
{
	if (c->rc == 0)
		c->rc = err_set(c->e, -EINVAL, "command \"%s\": %s", c->p->cmd->syntax, why);
}

static uint8_t node_new(struct compiler *c, enum node_kind kind)
{
	if (c->p->n == NODES_MAX) {
		fail(c, "too long");
		return 0;
	}
	c->p->nodes[c->p->n] = (struct node){.kind = (uint8_t)kind, .out = {NO_NODE, NO_NODE}};
	return (uint8_t)c->p->n++;
}

static void edge(struct compiler *c, uint8_t from, uint8_t to)
{
	struct node *n = &c->p->nodes[from];

	n->out[n->out[0] == NO_NODE ? 0 : 1] = to;
}

static void skip_blanks(struct compiler *c)
{
	while (*c->at == ' ')
		c->at++;
}

/* ---- tokens ------------------------------------------------------------------------------ */

static const struct node *named_before(const struct prog *p, unsigned int n, const struct node *x)
{
	for (unsigned int i = 0; p != NULL && i < n; i++)
		if (p->nodes[i].help != NULL && strcmp(p->nodes[i].text, x->text) == 0 &&
		    strcmp(p->nodes[i].name, x->name) == 0)
			return &p->nodes[i];
	return NULL;
}

static const char *next_help(struct compiler *c)
{
	char *line = c->help, *end;

	if (line == NULL || *line == '\0')
		return NULL;
	end = strchr(line, '\n');
	c->help = end == NULL ? NULL : end + 1;
	if (end != NULL)
		*end = '\0';
	return line;
}

static void node_help(struct compiler *c, struct node *x)
{
	const struct node *same = named_before(c->p, (unsigned int)(x - c->p->nodes), x);

	if (same == NULL && c->positive != NULL)
		same = named_before(c->positive, c->positive->n, x);
	x->help = same != NULL ? same->help : next_help(c);
	if (x->help == NULL)
		fail(c, c->positive != NULL ? "its no form has a token of its own"
					    : "fewer lines of help than tokens");
}

static void number_bounds(struct compiler *c, struct node *x)
{
	char *end;
	unsigned long lo = strtoul(x->text + 1, &end, 10), hi;

	if (*end != '-') {
		fail(c, "a range is written <1-9>");
		return;
	}
	hi = strtoul(end + 1, &end, 10);
	if (strcmp(end, ">") != 0 || lo > hi || hi > UINT32_MAX)
		fail(c, "a range is written <1-9>");
	x->lo = (uint32_t)lo;
	x->hi = (uint32_t)hi;
}

static enum node_kind kind_of(const char *text)
{
	if (text[0] == '<')
		return NODE_NUMBER;
	if (strcmp(text, "A.B.C.D") == 0)
		return NODE_ADDRESS;
	if (strcmp(text, "WORD") == 0)
		return NODE_WORD;
	if (strcmp(text, "SECRET") == 0)
		return NODE_SECRET;
	return strcmp(text, "LINE") == 0 ? NODE_LINE : NODE_KEYWORD;
}

static bool ends_token(char c)
{
	return c == '\0' || strchr(" ()[]{}|", c) != NULL;
}

static struct piece token(struct compiler *c)
{
	uint8_t id = node_new(c, NODE_KEYWORD), out = node_new(c, NODE_EPS);
	struct node *x = &c->p->nodes[id];
	char *text = c->p->strings + strlen(c->p->strings) + 1, *colon;
	size_t len = 0;

	/* Words are copied behind the syntax, which still has to be read. */
	while (*text != '\0')
		text += strlen(text) + 1;
	while (!ends_token(c->at[len]))
		len++;
	memcpy(text, c->at, len);
	text[len] = '\0';
	c->at += len;
	colon = strchr(text, ':');
	if (colon != NULL)
		*colon = '\0';
	x->kind = (uint8_t)kind_of(text);
	x->text = text;
	x->name = colon != NULL ? colon + 1 : text;
	if (colon != NULL && x->kind == NODE_KEYWORD)
		fail(c, "a keyword has no other name");
	if (x->kind == NODE_KEYWORD && isupper((unsigned char)text[0]))
		fail(c, "unknown type of token");
	if (x->kind == NODE_NUMBER)
		number_bounds(c, x);
	node_help(c, x);
	edge(c, id, out);
	return (struct piece){id, out};
}

/* ---- constructs -------------------------------------------------------------------------- */

static struct piece alternatives(struct compiler *c, char close);

static struct piece group(struct compiler *c)
{
	char open = *c->at++;
	char close = open == '(' ? ')' : open == '[' ? ']' : '}';
	struct piece inner, p;

	if (++c->depth > 8) {
		fail(c, "nested too deep");
		return (struct piece){0, 0};
	}
	inner = alternatives(c, close);
	c->depth--;
	if (*c->at != close) {
		fail(c, "a bracket is not closed");
		return inner;
	}
	c->at++;
	if (open == '(')
		return inner;
	p = (struct piece){node_new(c, NODE_EPS), node_new(c, NODE_EPS)};
	edge(c, p.in, inner.in);
	edge(c, p.in, p.out);
	edge(c, inner.out, open == '{' ? p.in : p.out);
	return p;
}

static struct piece sequence(struct compiler *c, char close)
{
	struct piece all = {node_new(c, NODE_EPS), 0}, next;

	all.out = all.in;
	for (skip_blanks(c); c->rc == 0 && *c->at != '\0' && *c->at != '|'; skip_blanks(c)) {
		if (*c->at == close)
			break;
		if (strchr(")]}", *c->at) != NULL) {
			fail(c, "a bracket is not open");
			break;
		}
		next = strchr("([{", *c->at) != NULL ? group(c) : token(c);
		edge(c, all.out, next.in);
		all.out = next.out;
	}
	return all;
}

static struct piece alternatives(struct compiler *c, char close)
{
	struct piece all = {node_new(c, NODE_EPS), node_new(c, NODE_EPS)}, next;
	uint8_t fork = all.in, more;

	for (;;) {
		next = sequence(c, close);
		edge(c, fork, next.in);
		edge(c, next.out, all.out);
		if (c->rc != 0 || *c->at != '|')
			return all;
		c->at++;
		more = node_new(c, NODE_EPS);
		edge(c, fork, more);
		fork = more;
	}
}

/* cli_arg() asks by name: a value must not hide behind a keyword. */
static void check_names(struct compiler *c)
{
	const struct node *n = c->p->nodes;

	for (unsigned int i = 0; i < c->p->n; i++)
		for (unsigned int k = 0; n[i].kind == NODE_KEYWORD && k < c->p->n; k++)
			if (n[k].kind > NODE_KEYWORD && strcmp(n[k].name, n[i].text) == 0)
				fail(c, "a value has the name of a keyword");
}

static int compile(struct compiler *c)
{
	struct piece all = alternatives(c, '\0');

	if (c->rc == 0 && *c->at != '\0')
		fail(c, "a bracket is not open");
	edge(c, all.out, node_new(c, NODE_END));
	check_names(c);
	if (c->rc == 0 && c->positive == NULL && c->help != NULL && *c->help != '\0')
		fail(c, "more lines of help than tokens");
	return c->rc;
}

/* Most commands are short. */
static void trim(struct prog *p)
{
	struct node *nodes = realloc(p->nodes, p->n * sizeof(*nodes));

	if (nodes != NULL)
		p->nodes = nodes;
}

int prog_compile(struct prog *out, const struct cli_cmd *cmd, bool no, const struct prog *positive,
		 char *help, struct err_text *e)
{
	const char *syntax = no ? cmd->no : cmd->syntax;
	struct compiler c = {.p = out, .positive = positive, .help = help, .e = e};
	size_t len = strlen(syntax);
	int rc;

	*out = (struct prog){.cmd = cmd, .no = no};
	out->nodes = calloc(NODES_MAX, sizeof(*out->nodes));
	/* The syntax, then its words, each with its NUL: never more than twice the syntax. */
	out->strings = calloc(2 * len + 4, 1);
	if (out->nodes == NULL || out->strings == NULL) {
		prog_free(out);
		return -ENOMEM;
	}
	memcpy(out->strings, syntax, len);
	c.at = out->strings;
	rc = compile(&c);
	if (rc < 0)
		prog_free(out);
	else
		trim(out);
	return rc;
}

void prog_free(struct prog *p)
{
	free(p->nodes);
	free(p->strings);
	*p = (struct prog){0};
}

static void closure(const struct prog *p, unsigned int at, struct node_set *seen,
		    struct node_set *out)
{
	if (at == NO_NODE || node_set_has(seen, at))
		return;
	node_set_add(seen, at);
	if (p->nodes[at].kind != NODE_EPS) {
		node_set_add(out, at);
		return;
	}
	closure(p, p->nodes[at].out[0], seen, out);
	closure(p, p->nodes[at].out[1], seen, out);
}

void prog_closure(const struct prog *p, unsigned int from, struct node_set *out)
{
	struct node_set seen = {0};

	*out = (struct node_set){0};
	if (p->nodes[from].kind == NODE_EPS) {
		closure(p, from, &seen, out);
		return;
	}
	closure(p, p->nodes[from].out[0], &seen, out);
	closure(p, p->nodes[from].out[1], &seen, out);
}
