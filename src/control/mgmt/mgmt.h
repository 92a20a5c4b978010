/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line served on a Unix socket: sessions with their modes and privilege, commands
 * run on the event loop, output streamed to clients that may be slow. The protocol is in
 * proto.h. A session has one command under way at a time; its output waits in the session's own
 * bounded buffer, so that a client that does not read holds up nobody.
 */
#ifndef CONTROL_MGMT_MGMT_H
#define CONTROL_MGMT_MGMT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/emit.h"
#include "base/err.h"
#include "grammar/grammar.h"

struct conf_store;
struct loop;
struct mgmt;
struct mgmt_session;

struct mgmt_config {
	const char *socket_path;
	const char *group;        /* whose members may connect; NULL: root and our own user */
	const char *program;      /* "getvpnd" */
	const char *startup_path; /* `write memory` */
};

/*
 * Listens. env is handed to every command. -EADDRINUSE: somebody answers on that socket already.
 * A socket file that nobody answers on is replaced.
 */
int mgmt_new(struct mgmt **out, struct loop *loop, struct conf_store *store,
	     const struct mgmt_config *cfg, void *env, struct err_text *e) GV_MUST_CHECK;
void mgmt_free(struct mgmt *m); /* NULL is fine */

/* ---- commands ---------------------------------------------------------------------------- */

struct mgmt_call {
	const struct cli_match *m;
	struct emit *out;
	struct mgmt_session *session;
	struct mgmt *mgmt;
	void *env;
	bool confirmed; /* the question of mgmt_ask() was answered by yes */
};

/* 0, or a negative errno with "% ..." already written to call->out by mgmt_refuse(). */
typedef int mgmt_run_fn(struct mgmt_call *call);

struct mgmt_cmd {
	struct cli_cmd cmd;
	mgmt_run_fn *run;
};

/* cmds must outlive m. */
int mgmt_register(struct mgmt *m, const struct mgmt_cmd *cmds, unsigned int n,
		  struct err_text *e) GV_MUST_CHECK;
/* Writes "% sentence" and returns code. */
int mgmt_refuse(struct mgmt_call *call, int code, const char *fmt, ...) GV_PRINTF(3, 4);
/* Returns 0 when the user has said yes already; else a code to be returned at once, after which
 * the command is run again if he does. A client that nobody types at says yes. */
int mgmt_ask(struct mgmt_call *call, const char *question) GV_MUST_CHECK;

struct conf_store *mgmt_store(const struct mgmt *m);

#endif
