/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Output modifiers: what follows `|` on a show command. They run here and not in the daemon, so
 * that a regular expression costs only the one who typed it.
 */
#ifndef CLIENT_FILTER_H
#define CLIENT_FILTER_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum filter_kind {
	FILTER_NONE,
	FILTER_BEGIN,
	FILTER_COUNT,
	FILTER_EXCLUDE,
	FILTER_INCLUDE,
	FILTER_JSON,
	FILTER_SECTION,
};

struct filter {
	enum filter_kind kind;
	regex_t re; /* of all kinds but NONE and JSON */
	bool open;  /* begin: found; section: inside one */
	size_t indent;
	unsigned long count;
};

/*
 * Cuts a modifier off the line: *command_len octets of it are for the daemon. *bad is the offset
 * of what was not understood. The expression is the rest of the line, alternation included.
 */
int filter_parse(struct filter *f, const char *line, size_t *command_len, size_t *bad,
		 struct err_text *e) GV_MUST_CHECK;
void filter_free(struct filter *f);
/* Is this line printed? */
bool filter_line(struct filter *f, const char *line);
/* What is printed after the last line; "" for nothing. */
void filter_end(const struct filter *f, char *out, size_t cap);

/* Where the modifier part of a line begins, behind the bar; NULL: it has none. */
const char *filter_part(const char *line);
/* Calls fn with each modifier that begins with the n octets at word, and its help. */
void filter_words(const char *word, size_t n,
		  void (*fn)(const char *word, const char *help, void *arg), void *arg);

#endif
