/* SPDX-License-Identifier: BSD-3-Clause */
/* A line of the user: run, explained, completed. */
#ifndef CLIENT_RUN_H
#define CLIENT_RUN_H

#include "client/conn.h"

struct client {
	struct conn *conn;
	struct conn_end end; /* of the last request: prompt, page length */
	bool json;           /* -j */
	bool terminal;       /* a person types and reads */
	bool failed;         /* some command was not done */
	bool over;           /* the session was left, or the daemon is gone */
};

/* False when it was not done. */
bool run_line(struct client *c, const char *line);
/* Answers `?` behind text on stdout. */
void run_help(struct client *c, const char *text);

#define COMPLETIONS_MAX 64
struct completions {
	unsigned int n;
	char word[COMPLETIONS_MAX][64];
	size_t partial; /* octets that are typed already */
};
void run_complete(struct client *c, const char *text, struct completions *out);

#endif
