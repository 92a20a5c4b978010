/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration text to objects and back. A file is one transaction: the first line at fault
 * ends it and nothing is applied.
 *
 *	struct conf_report why;
 *	struct conf *c;
 *
 *	if (conf_load_file(&c, path, &limits, false, &why) < 0)
 *		fprintf(stderr, "%s\n", why.s);
 */
#ifndef CONTROL_CONF_LOADER_H
#define CONTROL_CONF_LOADER_H

#include <stddef.h>

#include "control/conf/conf.h"

/* "FILE:LINE: reason", then the line and a caret under the word at fault. Secrets are masked. */
struct conf_report {
	char s[1600];
};

/* -ENOENT and the like when the file cannot be read, -EINVAL when a line is refused. */
int conf_load_file(struct conf **out, const char *path, const struct conf_limits *lim,
		   bool key_server, struct conf_report *why) GV_MUST_CHECK;
/* The same for text in memory; name stands for the file in the report. */
int conf_load_text(struct conf **out, const char *name, const char *text,
		   const struct conf_limits *lim, bool key_server,
		   struct conf_report *why) GV_MUST_CHECK;

/* How secrets appear in text. */
enum conf_secrets {
	CONF_SECRETS_HIDDEN, /* asterisks, for show running-config */
	CONF_SECRETS_KEPT,   /* as they are, for the startup-config file alone */
};

/* One call a line, without its newline. */
typedef void conf_line_fn(const char *line, void *arg);
void conf_write(const struct conf *c, enum conf_secrets how, conf_line_fn *fn, void *arg);

/* Replaces the file by the configuration: a new file of mode 0600 beside it, synced, renamed. */
int conf_save_file(const struct conf *c, const char *path, struct err_text *e) GV_MUST_CHECK;

#endif
