/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exec commands: thin handlers that read state through the public headers of control and write
 * it through base/emit.
 */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include <stdint.h>

#include "base/err.h"

struct conf_store;
struct dp_reader; /* control/dp/reader.h */
struct gm;
struct ike;
struct keystore;
struct ks;
struct loop;
struct mgmt;

/* What commands read; NULL where a daemon does not have it. */
struct cli_env {
	const char *program;      /* "getvpnd" */
	const char *startup_path; /* what `write memory` replaces */
	struct loop *loop;
	struct conf_store *store;
	struct ike *ike;
	struct gm *gm;              /* group member */
	const struct dp_reader *dp; /* group member */
	struct ks *ks;              /* key server */
	struct keystore *keys;      /* key server */
	uint64_t started_ns;        /* loop time */
};

/*
 * A daemon calls one of these; the environment is the one mgmt_new() was given. Only what is
 * called is linked, so that a key server needs no group member and the other way round.
 */
int commands_register_member(struct mgmt *m, struct err_text *e) GV_MUST_CHECK;
int commands_register_server(struct mgmt *m, struct err_text *e) GV_MUST_CHECK;
/* Without either: sessions, configuration, version, clock, messages, traces. */
int commands_register(struct mgmt *m, struct err_text *e) GV_MUST_CHECK;

#endif
