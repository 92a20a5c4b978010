/* SPDX-License-Identifier: BSD-3-Clause */
/* The connection to a daemon: one request, its answer. */
#ifndef CLIENT_CONN_H
#define CLIENT_CONN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cliproto.h"

struct conn;

struct conn_end {
	enum cliproto_status status;
	unsigned int page; /* lines; CLIPROTO_PAGE_WINDOW: of the window; 0: no paging */
	char prompt[CLIPROTO_PROMPT_MAX];
};

/* Pieces of the answer as they come: DATA, ERROR or QUESTION. */
struct conn_sink {
	void (*caret)(unsigned int offset, void *arg);
	void (*data)(const char *p, size_t len, enum cliproto_type what, void *arg);
	void *arg;
};

/* Says hello and gets the first prompt. The sentence says what is wrong. */
int conn_open(struct conn **out, const char *socket_path, struct conn_end *first,
	      struct err_text *e) GV_MUST_CHECK;
void conn_close(struct conn *c); /* NULL is fine */
/* type RUN takes flags. Negative when the daemon is gone. */
int conn_request(struct conn *c, uint8_t type, uint8_t flags, const char *text,
		 const struct conn_sink *sink, struct conn_end *end) GV_MUST_CHECK;

#endif
