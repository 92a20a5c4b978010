/* SPDX-License-Identifier: BSD-3-Clause */
/* Output of a command on the way to the terminal: lines, modifier, pages. */
#ifndef CLIENT_OUTPUT_H
#define CLIENT_OUTPUT_H

#include "client/filter.h"

#define OUTPUT_LINE_MAX 4096

struct output {
	struct filter *filter;
	unsigned int page; /* lines before --More--, 0: never */
	unsigned int shown;
	bool quit;         /* the reader has seen enough: the rest is dropped */
	bool errors_apart; /* errors go to stderr */
	bool failed;
	size_t len;
	char line[OUTPUT_LINE_MAX];
};

void output_data(struct output *o, const char *p, size_t len, bool error);
/* The last line, if it has no newline, and what the modifier has to add. */
void output_end(struct output *o);

/* Lines of the window, 24 when there is none. */
unsigned int output_window_lines(void);

#endif
