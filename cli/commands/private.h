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

extern const struct command_table commands_session, commands_config, commands_system;

/* Looking, and changing things. */
#define CLI_LOOK   (CLI_IN(MODE_USER) | CLI_IN(MODE_EXEC))
#define CLI_CHANGE CLI_IN(MODE_EXEC)
/* Every configuration mode. */
#define CLI_CONFIG (~(CLI_IN(MODE_USER) | CLI_IN(MODE_EXEC)) & (CLI_IN(MODE_COUNT) - 1))

static inline const struct cli_env *env_of(const struct mgmt_call *call)
{
	return call->env;
}

#endif
