/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The place in the configuration language where a person or a file is: the mode and the objects
 * its lines belong to. And the rows: every configurable once, with its grammar, what it does to
 * a configuration and how it appears in running-config.
 */
#ifndef CONTROL_CONF_SESSION_H
#define CONTROL_CONF_SESSION_H

#include "control/conf/conf.h"
#include "control/conf/modes.h"
#include "grammar/grammar.h"

/* Names, not pointers: the objects are copied at every commit. */
struct conf_place {
	enum conf_mode mode;
	char name[CONF_NAME_MAX]; /* transform set, profile, ACL, group, map, interface */
	uint16_t number;          /* IKE policy, map entry, sa ipsec */
};

/* Adds every configuration row and the order of modes. */
int conf_rows_register(struct cli_table *t, struct err_text *e) GV_MUST_CHECK;
/* Is this command a configuration row? Else it belongs to someone else. */
bool conf_is_row(const struct cli_cmd *cmd);

struct conf_line_error {
	struct err_text text;
	int word; /* of the line, -1: none in particular */
};

/*
 * Applies a matched row to c, which is a copy nobody else reads yet. On refusal c is undefined
 * and the place has not moved.
 */
int conf_line_apply(struct conf *c, struct conf_place *at, const struct cli_match *m,
		    const struct conf_limits *lim, bool key_server,
		    struct conf_line_error *e) GV_MUST_CHECK;
/* What a person should be asked before this line is applied; NULL: nothing. */
const char *conf_question(const struct cli_match *m);
/* One mode up; MODE_EXEC from MODE_CONFIG. */
void conf_place_exit(struct conf_place *at);

#endif
