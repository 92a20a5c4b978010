/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration in force, and how another takes its place: validated, handed to every
 * listener, then swapped in; if one refuses, those already asked get the old one again and
 * nothing has changed.
 */
#ifndef CONTROL_CONF_STORE_H
#define CONTROL_CONF_STORE_H

#include "control/conf/conf.h"

struct conf_store;

/* An empty configuration is in force. */
int conf_store_new(struct conf_store **out, const struct conf_limits *lim,
		   bool key_server) GV_MUST_CHECK;
void conf_store_free(struct conf_store *s); /* NULL is fine */

const struct conf *conf_store_now(const struct conf_store *s);
const struct conf_limits *conf_store_limits(const struct conf_store *s);
bool conf_store_is_key_server(const struct conf_store *s);

/* now stays valid until the function is called with another one. A refusal is a sentence. */
typedef int conf_listen_fn(const struct conf *now, void *arg, struct err_text *e);
/* Called in the order of registration, from the next commit on. */
int conf_store_listen(struct conf_store *s, conf_listen_fn *fn, void *arg) GV_MUST_CHECK;

/* Takes next over when it returns 0; else it stays the caller's. */
int conf_store_commit(struct conf_store *s, struct conf *next, struct err_text *e) GV_MUST_CHECK;

#endif
