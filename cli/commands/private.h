/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables of commands, one a family. */
#ifndef COMMANDS_PRIVATE_H
#define COMMANDS_PRIVATE_H

#include "commands/commands.h"
#include "control/mgmt/mgmt.h"

struct command_table {
	const struct mgmt_cmd *cmds;
	unsigned int n;
};

#define COMMAND_TABLE(array)                               \
	{                                                  \
		.cmds = (array), .n = GV_ARRAY_SIZE(array) \
	}

extern const struct command_table commands_session, commands_config, commands_system, commands_ike,
	commands_trace, commands_gm_group, commands_gm_rekey, commands_gm_action, commands_ipsec,
	commands_ports, commands_drops, commands_ks_group, commands_ks_member, commands_ks_action;

int commands_add(struct mgmt *m, const struct command_table *const *tables, unsigned int n,
		 struct err_text *e) GV_MUST_CHECK;

/* Looking, and changing things. */
#define CLI_LOOK   (CLI_IN(MODE_USER) | CLI_IN(MODE_EXEC))
#define CLI_CHANGE CLI_IN(MODE_EXEC)
/* Every configuration mode. */
#define CLI_CONFIG (~(CLI_IN(MODE_USER) | CLI_IN(MODE_EXEC)) & (CLI_IN(MODE_COUNT) - 1))

/* Both spellings of the group commands. */
#define SHOW_GDOI        "show crypto (gdoi | gkm) "
#define SHOW_HELP        "Show running system information\n"
#define SHOW_CRYPTO_HELP SHOW_HELP "Encryption\n"
#define SHOW_GDOI_HELP            \
	SHOW_CRYPTO_HELP "GDOI\n" \
			 "GDOI\n"

static inline const struct cli_env *env_of(const struct mgmt_call *call)
{
	return call->env;
}

#endif
