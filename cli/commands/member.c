/* SPDX-License-Identifier: BSD-3-Clause */
/* What a group member has besides. */
#include "commands/commands.h"
#include "commands/private.h"

int commands_register_member(struct mgmt *m, struct err_text *e)
{
	static const struct command_table *const tables[] = {
		&commands_ike,   &commands_gm_group, &commands_gm_rekey, &commands_gm_action,
		&commands_ipsec, &commands_ports,    &commands_drops};
	int rc = commands_register(m, e);

	return rc < 0 ? rc : commands_add(m, tables, GV_ARRAY_SIZE(tables), e);
}
