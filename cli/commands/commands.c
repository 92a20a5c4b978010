/* SPDX-License-Identifier: BSD-3-Clause */
/* What every daemon has. */
#include "commands/commands.h"

#include "commands/private.h"

int commands_add(struct mgmt *m, const struct command_table *const *tables, unsigned int n,
		 struct err_text *e)
{
	int rc = 0;

	for (unsigned int i = 0; rc == 0 && i < n; i++)
		rc = mgmt_register(m, tables[i]->cmds, tables[i]->n, e);
	return rc;
}

int commands_register(struct mgmt *m, struct err_text *e)
{
	static const struct command_table *const tables[] = {&commands_session, &commands_config,
							     &commands_system, &commands_trace};

	return commands_add(m, tables, GV_ARRAY_SIZE(tables), e);
}
