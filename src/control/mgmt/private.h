/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside of the management socket. */
#ifndef CONTROL_MGMT_PRIVATE_H
#define CONTROL_MGMT_PRIVATE_H

#include "base/cliproto.h"
#include "base/loop.h"
#include "control/conf/session.h"
#include "control/conf/store.h"
#include "control/mgmt/mgmt.h"

#define MGMT_SESSIONS_MAX 16
#define MGMT_COMMANDS_MAX 16 /* tables of commands */

/* What is still to be sent for the request under way, in this order. */
struct mgmt_answer {
	bool busy;
	const char *question; /* static */
	bool has_caret;
	uint16_t caret;
	struct emit *emit; /* owned: the DATA */
	const char *text;  /* of emit, once it is complete */
	size_t len, sent;
	enum cliproto_status status;
};

struct mgmt_session {
	struct mgmt *mgmt;
	struct mgmt_session *next;
	int fd;
	struct loop_fd *watch;
	bool greeted;
	bool closing; /* nothing more is read; closed when all is sent */
	bool privileged;
	bool timestamp;
	bool configured; /* since configuration mode was entered */
	uint16_t page;
	char user[32];
	struct conf_place place;
	struct mgmt_answer answer;
	size_t in_len;
	size_t out_len, out_sent;
	uint8_t in[CLIPROTO_HEAD + CLIPROTO_REQUEST_MAX];
	uint8_t out[2 * (CLIPROTO_HEAD + CLIPROTO_ANSWER_MAX)];
};

struct mgmt {
	struct loop *loop;
	struct conf_store *store;
	const void *env;
	const char *program;
	char *path; /* owned */
	int fd;
	struct loop_fd *watch;
	struct loop_timer *rest; /* no descriptors left: accepts again when it fires */
	struct cli_table *table;
	struct {
		const struct mgmt_cmd *cmds;
		unsigned int n;
	} tables[MGMT_COMMANDS_MAX];
	unsigned int n_tables;
	struct mgmt_session *sessions;
	unsigned int n_sessions;
};

/* Takes fd over, also on failure. */
void mgmt_session_open(struct mgmt *m, int fd);
void mgmt_session_free(struct mgmt_session *s);

/* Handles one request: fills s->answer. */
void mgmt_run(struct mgmt_session *s, uint8_t flags, const char *line);
void mgmt_help(struct mgmt_session *s, const char *text);
void mgmt_complete(struct mgmt_session *s, const char *text);
/* "GM1(config-if)#" */
void mgmt_prompt(const struct mgmt_session *s, char *out, size_t cap);

const struct mgmt_cmd *mgmt_command_of(const struct mgmt *m, const struct cli_cmd *cmd);

#endif
