/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines out, page by page. */
#include "client/output.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define MORE         " --More-- "
#define WINDOW_LINES 24

unsigned int output_window_lines(void)
{
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_row < 2)
		return WINDOW_LINES;
	return w.ws_row;
}

/* One key without Enter and echo. */
static int read_key(void)
{
	struct termios old, raw;
	char c = 'q';
	ssize_t n;

	if (tcgetattr(STDIN_FILENO, &old) < 0)
		return 'q';
	raw = old;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	n = read(STDIN_FILENO, &c, 1);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &old);
	return n == 1 ? c : 'q';
}

/* Space: a page; Enter: a line; any other key: enough. */
static void more(struct output *o)
{
	int key;

	fputs(MORE, stdout);
	fflush(stdout);
	key = read_key();
	fputs("\r          \r", stdout);
	if (key == ' ')
		o->shown = 0;
	else if (key == '\n' || key == '\r')
		o->shown--;
	else
		o->quit = true;
}

static void put_line(struct output *o, const char *line, const char *newline, FILE *to)
{
	if (o->quit)
		return;
	/* The last line of the window is for the question. */
	if (o->page > 1 && o->shown >= o->page - 1)
		more(o);
	if (o->quit)
		return;
	fprintf(to, "%s%s", line, newline);
	o->shown++;
}

static FILE *stream(const struct output *o, bool error)
{
	return error && o->errors_apart ? stderr : stdout;
}

static void whole_line(struct output *o, const char *newline, bool error)
{
	o->line[o->len] = '\0';
	o->len = 0;
	if (error || o->filter == NULL || filter_line(o->filter, o->line))
		put_line(o, o->line, newline, stream(o, error));
}

void output_data(struct output *o, const char *p, size_t len, bool error)
{
	o->failed = o->failed || error;
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '\n')
			whole_line(o, "\n", error);
		else if (o->len + 1 < sizeof(o->line))
			o->line[o->len++] = p[i];
	}
}

void output_end(struct output *o)
{
	char tail[128] = "";

	if (o->len > 0)
		whole_line(o, "\n", o->failed);
	if (o->filter != NULL && !o->failed)
		filter_end(o->filter, tail, sizeof(tail));
	if (!o->quit)
		fputs(tail, stdout);
	fflush(stdout);
}
