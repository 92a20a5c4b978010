/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests as a user sees them. */
#include "client/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "client/filter.h"
#include "client/output.h"

static void gone(struct client *c, int rc)
{
	if (rc == -EMSGSIZE) {
		fprintf(stderr, "%% Line too long.\n");
		return;
	}
	fprintf(stderr, "%% The daemon is gone: %s\n", strerror(-rc));
	c->over = true;
}

/* A caret under what is on the terminal already, or under the line said again. */
static void draw_caret(const struct client *c, const char *line, unsigned int offset)
{
	FILE *to = c->terminal ? stdout : stderr;
	int indent = c->terminal ? (int)strlen(c->end.prompt) : 0;

	if (!c->terminal)
		fprintf(to, "%s\n", line);
	fprintf(to, "%*s^\n", indent + (int)offset, "");
}

/* ---- run --------------------------------------------------------------------------------- */

struct runner {
	struct client *c;
	const char *line;
	struct output out;
	char question[512];
};

static void on_caret(unsigned int offset, void *arg)
{
	struct runner *r = arg;

	draw_caret(r->c, r->line, offset);
}

static void on_data(const char *p, size_t len, enum cliproto_type what, void *arg)
{
	struct runner *r = arg;

	if (what == CLIPROTO_QUESTION)
		snprintf(r->question, sizeof(r->question), "%.*s", (int)len, p);
	else
		output_data(&r->out, p, len, what == CLIPROTO_ERROR);
}

static unsigned int page_lines(const struct client *c)
{
	if (!c->terminal || !isatty(STDOUT_FILENO))
		return 0;
	return c->end.page == CLIPROTO_PAGE_WINDOW ? output_window_lines() : c->end.page;
}

static bool yes(const char *question)
{
	char answer[16] = "";

	/* [confirm] takes Enter for yes, as terminals of this kind do. */
	printf("%s%s", question, strstr(question, "[confirm]") != NULL ? "" : " [yes/no]: ");
	fflush(stdout);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;
	if (strstr(question, "[confirm]") != NULL && answer[0] == '\n')
		return true;
	return answer[0] == 'y' || answer[0] == 'Y';
}

static int request(struct runner *r, uint8_t flags, const char *command)
{
	struct conn_sink sink = {.caret = on_caret, .data = on_data, .arg = r};
	struct client *c = r->c;
	int rc;

	flags |= c->terminal ? CLIPROTO_TERMINAL : 0;
	rc = conn_request(c->conn, CLIPROTO_RUN, flags, command, &sink, &c->end);
	if (rc < 0 || c->end.status != CLIPROTO_ASK || !yes(r->question))
		return rc;
	return conn_request(c->conn, CLIPROTO_RUN, flags | CLIPROTO_CONFIRMED, command, &sink,
			    &c->end);
}

static bool run_command(struct client *c, const char *line, const char *command, struct filter *f)
{
	struct runner r = {.c = c, .line = line};
	bool json = c->json || f->kind == FILTER_JSON;
	int rc;

	r.out.filter = f;
	r.out.page = page_lines(c);
	r.out.errors_apart = !c->terminal;
	rc = request(&r, json ? CLIPROTO_JSON : 0, command);
	if (rc < 0)
		gone(c, rc);
	output_end(&r.out);
	c->over = c->over || c->end.status == CLIPROTO_BYE;
	return rc == 0 && (c->end.status == CLIPROTO_OK || c->end.status == CLIPROTO_BYE);
}

bool run_line(struct client *c, const char *line)
{
	struct filter f;
	struct err_text e = {.s = ""};
	size_t len, bad = 0;
	char *command;
	bool done = false;

	if (filter_parse(&f, line, &len, &bad, &e) < 0) {
		draw_caret(c, line, (unsigned int)bad);
		fprintf(c->terminal ? stdout : stderr, "%s\n", e.s);
		c->failed = true;
		return false;
	}
	command = strndup(line, len);
	if (command != NULL)
		done = run_command(c, line, command, &f);
	free(command);
	filter_free(&f);
	c->failed = c->failed || !done;
	return done;
}

/* ---- help and completion ----------------------------------------------------------------- */

static void ignore_caret(unsigned int offset, void *arg)
{
	(void)offset;
	(void)arg;
}

static void list_word(const char *word, const char *help, void *arg)
{
	(void)arg;
	printf("  %-7s  %s\n", word, help);
}

void run_help(struct client *c, const char *text)
{
	struct runner r = {.c = c, .line = text, .out = {.page = page_lines(c)}};
	struct conn_sink sink = {.caret = ignore_caret, .data = on_data, .arg = &r};
	const char *part = filter_part(text);
	int rc;

	if (part != NULL) {
		part += strspn(part, " \t");
		if (strpbrk(part, " \t") != NULL)
			printf("  LINE  Regular expression\n");
		else
			filter_words(part, strlen(part), list_word, NULL);
		return;
	}
	rc = conn_request(c->conn, CLIPROTO_HELP, 0, text, &sink, &c->end);
	if (rc < 0)
		gone(c, rc);
	output_end(&r.out);
}

static void add_word(struct completions *out, const char *p, size_t len)
{
	if (out->n < COMPLETIONS_MAX && len < sizeof(out->word[0]))
		snprintf(out->word[out->n++], sizeof(out->word[0]), "%.*s", (int)len, p);
}

static void filter_word(const char *word, const char *help, void *arg)
{
	(void)help;
	add_word(arg, word, strlen(word));
}

/* A line a word; the list is short enough to come in one piece. */
static void words_data(const char *p, size_t len, enum cliproto_type what, void *arg)
{
	(void)what;
	while (len > 0) {
		const char *end = memchr(p, '\n', len);
		size_t n = end == NULL ? len : (size_t)(end - p);

		add_word(arg, p, n);
		n += end == NULL ? 0 : 1;
		p += n;
		len -= n;
	}
}

void run_complete(struct client *c, const char *text, struct completions *out)
{
	struct conn_sink sink = {.caret = ignore_caret, .data = words_data, .arg = out};
	const char *part = filter_part(text), *blank = strrchr(text, ' ');
	int rc;

	out->n = 0;
	out->partial = strlen(blank == NULL ? text : blank + 1);
	if (part != NULL) {
		part += strspn(part, " \t");
		if (strpbrk(part, " \t") == NULL)
			filter_words(part, strlen(part), filter_word, out);
		return;
	}
	rc = conn_request(c->conn, CLIPROTO_COMPLETE, 0, text, &sink, &c->end);
	if (rc < 0)
		gone(c, rc);
}
