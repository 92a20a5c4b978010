/* SPDX-License-Identifier: BSD-3-Clause */
/* What a key server has besides. */
#include "commands/commands.h"
#include "commands/private.h"

int commands_register_server(struct mgmt *m, struct err_text *e)
{
	static const struct command_table *const tables[] = {
		&commands_ike, &commands_ks_group, &commands_ks_member, &commands_ks_action};
	int rc = commands_register(m, e);

	return rc < 0 ? rc : commands_add(m, tables, GV_ARRAY_SIZE(tables), e);
}
