/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exec commands: thin handlers that read state through the public headers of control and write
 * it through base/emit. What a daemon does not have is NULL in its environment, and the commands
 * that need it are not registered.
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

/* env must outlive m. */
int commands_register(struct mgmt *m, const struct cli_env *env, struct err_text *e) GV_MUST_CHECK;

#endif
