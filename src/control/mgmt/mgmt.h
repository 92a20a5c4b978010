/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line served on a Unix socket: sessions with their modes and privilege, commands
 * run on the event loop, output streamed to terminals that may be slow. The protocol is
 * base/cliproto. A session has one command under way at a time and takes no other before the
 * output of that one is gone, so that a terminal that does not read holds up nobody.
 *
 * Whoever may open the socket may look; root and the daemon's own user may change things.
 */
#ifndef CONTROL_MGMT_MGMT_H
#define CONTROL_MGMT_MGMT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/emit.h"
#include "base/err.h"
#include "control/conf/modes.h"
#include "grammar/grammar.h"

struct conf_store;
struct loop;
struct mgmt;
struct mgmt_session;

struct mgmt_config {
	const char *socket_path;
	const char *group;   /* whose members may connect; NULL: everybody who reaches the path */
	const char *program; /* "getvpnd" */
};

/*
 * Listens. env is handed to every command. -EADDRINUSE: somebody answers on that socket already.
 * A socket file that nobody answers on is replaced.
 */
int mgmt_new(struct mgmt **out, struct loop *loop, struct conf_store *store,
	     const struct mgmt_config *cfg, const void *env, struct err_text *e) GV_MUST_CHECK;
void mgmt_free(struct mgmt *m); /* NULL is fine */

/* ---- commands ---------------------------------------------------------------------------- */

struct mgmt_call {
	const struct cli_match *m;
	const char *line; /* as typed */
	struct emit *out;
	struct mgmt_session *session;
	const void *env;
	bool confirmed; /* the question of mgmt_ask() was answered by yes */
};

/* 0, or a negative errno after mgmt_refuse(), or what mgmt_ask() gave. */
typedef int mgmt_run_fn(struct mgmt_call *call);

struct mgmt_cmd {
	struct cli_cmd cmd;
	mgmt_run_fn *run;
};

/* cmds must outlive m. */
int mgmt_register(struct mgmt *m, const struct mgmt_cmd *cmds, unsigned int n,
		  struct err_text *e) GV_MUST_CHECK;
const struct cli_table *mgmt_table(const struct mgmt *m);

/* Writes "% sentence" and returns code. */
int mgmt_refuse(struct mgmt_call *call, int code, const char *fmt, ...) GV_PRINTF(3, 4);
/* 0 when the answer is yes already, as it is when nobody types; else a code to be returned at
 * once: the command is run again if the answer is yes. */
int mgmt_ask(struct mgmt_call *call, const char *question) GV_MUST_CHECK;

/* ---- the session of a call --------------------------------------------------------------- */

enum conf_mode mgmt_mode(const struct mgmt_call *call);
bool mgmt_privileged(const struct mgmt_call *call);
/* "root on unix" */
const char *mgmt_user(const struct mgmt_call *call);
/* MODE_USER, MODE_EXEC or MODE_CONFIG. */
void mgmt_enter(struct mgmt_call *call, enum conf_mode mode);
/* One mode up; out of MODE_EXEC and MODE_USER the session ends. */
void mgmt_exit(struct mgmt_call *call);
/* Runs the argument of that name as a command of privileged mode. */
int mgmt_do(struct mgmt_call *call, const char *arg);
/* CLIPROTO_PAGE_WINDOW: as long as the window. */
void mgmt_page(struct mgmt_call *call, uint16_t lines);
/* Load and clock in front of every show command. */
void mgmt_prompt_timestamp(struct mgmt_call *call, bool on);

#endif
