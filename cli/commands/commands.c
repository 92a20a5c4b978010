/* SPDX-License-Identifier: BSD-3-Clause */
/* Which commands a daemon has. */
#include "commands/commands.h"

#include "commands/private.h"

static int add(struct mgmt *m, const struct command_table *t, struct err_text *e)
{
	return mgmt_register(m, t->cmds, t->n, e);
}

int commands_register(struct mgmt *m, const struct cli_env *env, struct err_text *e)
{
	int rc = add(m, &commands_session, e);

	(void)env;
	rc = rc < 0 ? rc : add(m, &commands_config, e);
	return rc < 0 ? rc : add(m, &commands_system, e);
}
