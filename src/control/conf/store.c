/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration in force and its listeners. */
#include "control/conf/store.h"

#include <stdlib.h>

#define LISTENERS_MAX 8

struct conf_store {
	struct conf *now;
	struct conf_limits lim;
	bool key_server;
	struct {
		conf_listen_fn *fn;
		void *arg;
	} listeners[LISTENERS_MAX];
	unsigned int n;
};

int conf_store_new(struct conf_store **out, const struct conf_limits *lim, bool key_server)
{
	struct conf_store *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return -ENOMEM;
	s->lim = *lim;
	s->key_server = key_server;
	rc = conf_new(&s->now);
	if (rc < 0) {
		free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void conf_store_free(struct conf_store *s)
{
	if (s == NULL)
		return;
	conf_free(s->now);
	free(s);
}

const struct conf *conf_store_now(const struct conf_store *s)
{
	return s->now;
}

const struct conf_limits *conf_store_limits(const struct conf_store *s)
{
	return &s->lim;
}

bool conf_store_is_key_server(const struct conf_store *s)
{
	return s->key_server;
}

int conf_store_listen(struct conf_store *s, conf_listen_fn *fn, void *arg)
{
	if (s->n == LISTENERS_MAX)
		return -ENOSPC;
	s->listeners[s->n].fn = fn;
	s->listeners[s->n].arg = arg;
	s->n++;
	return 0;
}

/* What was in force before is not refused: it was accepted once. Who refused gets it too, so
 * that he need not remember how far he came. */
static void back_out(struct conf_store *s, unsigned int asked)
{
	struct err_text ignored;

	while (asked-- > 0)
		s->listeners[asked].fn(s->now, s->listeners[asked].arg, &ignored);
}

int conf_store_commit(struct conf_store *s, struct conf *next, struct err_text *e)
{
	int rc = conf_validate(next, &s->lim, s->key_server, e);
	unsigned int i;

	for (i = 0; rc == 0 && i < s->n; i++)
		rc = s->listeners[i].fn(next, s->listeners[i].arg, e);
	if (rc < 0) {
		back_out(s, i);
		return rc;
	}
	conf_free(s->now);
	s->now = next;
	return 0;
}
