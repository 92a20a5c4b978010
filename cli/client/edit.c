/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The terminal through libedit. The history lives as long as the session: lines may hold keys,
 * which belong in no file.
 */
#include "client/edit.h"

#include <histedit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_LINES 200

struct editor {
	struct client *c;
	EditLine *el;
	History *history;
	bool cancelled; /* Ctrl-C: the line is not run */
	bool ended;     /* Ctrl-Z: `end` instead of the line */
};

static struct editor *editor_of(EditLine *el)
{
	void *p = NULL;

	el_get(el, EL_CLIENTDATA, &p);
	return p;
}

static char *prompt(EditLine *el)
{
	return editor_of(el)->c->end.prompt;
}

/* The text before the cursor; freed by the caller. */
static char *before_cursor(EditLine *el)
{
	const LineInfo *li = el_line(el);

	return strndup(li->buffer, (size_t)(li->cursor - li->buffer));
}

static unsigned char on_help(EditLine *el, int ch)
{
	struct editor *e = editor_of(el);
	char *text = before_cursor(el);

	(void)ch;
	if (text == NULL)
		return CC_ERROR;
	printf("?\n");
	run_help(e->c, text);
	printf("\n");
	free(text);
	return e->c->over ? CC_EOF : CC_REDISPLAY;
}

static size_t common_length(const struct completions *w)
{
	size_t n = strlen(w->word[0]);

	for (unsigned int i = 1; i < w->n; i++) {
		size_t k = 0;

		while (k < n && w->word[i][k] == w->word[0][k])
			k++;
		n = k;
	}
	return n;
}

static unsigned char on_tab(EditLine *el, int ch)
{
	struct editor *e = editor_of(el);
	struct completions w;
	char *text = before_cursor(el), rest[80];
	size_t common;

	(void)ch;
	if (text == NULL)
		return CC_ERROR;
	run_complete(e->c, text, &w);
	free(text);
	if (e->c->over)
		return CC_EOF;
	if (w.n == 0)
		return CC_REFRESH_BEEP;
	common = common_length(&w);
	snprintf(rest, sizeof(rest), "%.*s%s", (int)(common - GV_MIN(common, w.partial)),
		 w.word[0] + GV_MIN(common, w.partial), w.n == 1 ? " " : "");
	if (rest[0] == '\0' || el_insertstr(el, rest) < 0)
		return CC_REFRESH_BEEP;
	return CC_REFRESH;
}

static void clear_line(EditLine *el)
{
	const LineInfo *li = el_line(el);

	el_cursor(el, (int)(li->lastchar - li->cursor));
	li = el_line(el);
	el_deletestr(el, (int)(li->lastchar - li->buffer));
}

static unsigned char on_cancel(EditLine *el, int ch)
{
	(void)ch;
	editor_of(el)->cancelled = true;
	printf("^C\n");
	clear_line(el);
	return CC_NEWLINE;
}

static unsigned char on_end(EditLine *el, int ch)
{
	struct editor *e = editor_of(el);

	(void)ch;
	e->cancelled = true;
	/* Only configuration modes have something in brackets. */
	e->ended = strchr(e->c->end.prompt, '(') != NULL;
	printf("^Z\n");
	clear_line(el);
	return CC_NEWLINE;
}

static int set_up(struct editor *e)
{
	HistEvent ev;

	e->history = history_init();
	e->el = el_init("getvpn-cli", stdin, stdout, stderr);
	if (e->history == NULL || e->el == NULL)
		return -ENOMEM;
	history(e->history, &ev, H_SETSIZE, HISTORY_LINES);
	history(e->history, &ev, H_SETUNIQUE, 1);
	el_set(e->el, EL_CLIENTDATA, e);
	el_set(e->el, EL_PROMPT, prompt);
	el_set(e->el, EL_HIST, history, e->history);
	el_set(e->el, EL_EDITOR, "emacs");
	el_set(e->el, EL_ADDFN, "getvpn-help", "What may come next", on_help);
	el_set(e->el, EL_ADDFN, "getvpn-tab", "Complete the word", on_tab);
	el_set(e->el, EL_ADDFN, "getvpn-cancel", "Forget the line", on_cancel);
	el_set(e->el, EL_ADDFN, "getvpn-end", "Leave configuration mode", on_end);
	el_set(e->el, EL_BIND, "?", "getvpn-help", NULL);
	el_set(e->el, EL_BIND, "\t", "getvpn-tab", NULL);
	el_set(e->el, EL_BIND, "^C", "getvpn-cancel", NULL);
	el_set(e->el, EL_BIND, "^Z", "getvpn-end", NULL);
	/* Ctrl-C and Ctrl-Z are keys while a line is edited, not signals. */
	el_set(e->el, EL_SETTY, "-d", "-isig", NULL);
	return 0;
}

static void one_line(struct editor *e)
{
	HistEvent ev;
	int n;
	const char *line = el_gets(e->el, &n);
	char *copy;

	if (e->cancelled) {
		if (e->ended)
			run_line(e->c, "end");
		e->cancelled = e->ended = false;
		return;
	}
	if (line == NULL || n <= 0) {
		printf("\n");
		e->c->over = true;
		return;
	}
	copy = strdup(line);
	if (copy == NULL)
		return;
	copy[strcspn(copy, "\r\n")] = '\0';
	if (copy[strspn(copy, " \t")] != '\0')
		history(e->history, &ev, H_ENTER, copy);
	run_line(e->c, copy);
	free(copy);
}

int edit_loop(struct client *c)
{
	struct editor e = {.c = c};
	int rc = set_up(&e);

	while (rc == 0 && !c->over)
		one_line(&e);
	if (e.el != NULL)
		el_end(e.el);
	if (e.history != NULL)
		history_end(e.history);
	return rc;
}
