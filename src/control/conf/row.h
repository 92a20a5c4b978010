/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A row: one configurable with its grammar, what it does, and how it appears in running-config.
 * Private to the configuration. The order of the rows of a mode is the order of its text.
 */
#ifndef CONTROL_CONF_ROW_H
#define CONTROL_CONF_ROW_H

#include "control/conf/edit.h"
#include "control/conf/loader.h"
#include "control/conf/session.h"

/* A line being applied. */
struct conf_edit {
	struct conf *c;
	struct conf_place *at; /* a section row sets its names here */
	const struct cli_match *m;
	const struct conf_limits *lim;
	bool key_server;
	struct conf_line_error *e;
	struct conf_blame mark; /* what this line is about, for later blame */
};

/* Text being written, with the objects whose section it is in. */
struct conf_text {
	const struct conf *c;
	enum conf_secrets secrets;
	unsigned int depth;
	bool separated; /* the last line was a separator */
	conf_line_fn *fn;
	void *arg;
	const struct conf_ike_policy *ike_policy;
	const struct conf_transform_set *transform;
	const struct conf_ipsec_profile *profile;
	const struct conf_acl *acl;
	const struct conf_group *group;
	const struct conf_sa *sa;
	const struct conf_map *map;
	const struct conf_map_entry *entry;
	const struct conf_interface *interface;
};

struct conf_row {
	struct cli_cmd cmd;
	int (*apply)(struct conf_edit *x);
	/* Its line or lines for the object at hand; for a section its heading. */
	void (*write)(struct conf_text *w);
	/* A section: the mode it enters, and the choice of its i-th object (false: no more). */
	enum conf_mode enters;
	bool (*select)(struct conf_text *w, unsigned int i);
	const char *question; /* before its no form, NULL: none */
};

struct conf_rows {
	const struct conf_row *rows;
	unsigned int n;
};

extern const struct conf_rows conf_rows_global, conf_rows_ike, conf_rows_ipsec, conf_rows_acl,
	conf_rows_group, conf_rows_server, conf_rows_map, conf_rows_interface, conf_rows_tail;

#define CONF_ROWS(array)                                   \
	{                                                  \
		.rows = (array), .n = GV_ARRAY_SIZE(array) \
	}

/* All of them, in the order of running-config; NULL behind the last. */
const struct conf_row *conf_row_at(unsigned int i);
/* NULL: the command belongs to someone else. */
const struct conf_row *conf_row_of(const struct cli_cmd *cmd);

int conf_line_apply_marked(struct conf_edit *x) GV_MUST_CHECK;

/* ---- for apply functions ----------------------------------------------------------------- */

/* The sentence, and the argument it is about (NULL: none); returns -EINVAL. */
int row_refuse(struct conf_edit *x, const char *arg, const char *fmt, ...) GV_PRINTF(3, 4);
int row_no_memory(struct conf_edit *x);
void row_mark(struct conf_edit *x, enum conf_blame_kind kind, const char *name, uint32_t number);
/* Copies a name argument; refuses one that is too long. */
int row_name(struct conf_edit *x, char out[CONF_NAME_MAX], const char *arg) GV_MUST_CHECK;
/* A name, or "" for the no form. */
int row_name_or_none(struct conf_edit *x, char out[CONF_NAME_MAX], const char *arg) GV_MUST_CHECK;
int row_text(struct conf_edit *x, char out[CONF_TEXT_MAX], const char *arg) GV_MUST_CHECK;
struct addr row_addr(const struct conf_edit *x, const char *arg);
/* A prefix length from a netmask argument; refuses one with holes. */
int row_mask(struct conf_edit *x, const char *arg, uint8_t *len) GV_MUST_CHECK;

/* The objects of the place; they exist as long as the place does. */
struct conf_group *row_group(const struct conf_edit *x);
struct conf_server *row_server(const struct conf_edit *x);

/* ---- for write functions ----------------------------------------------------------------- */

void text_line(struct conf_text *w, const char *fmt, ...) GV_PRINTF(2, 3);
/* "!", unless the last line was one. */
void text_separator(struct conf_text *w);

#endif
