/* SPDX-License-Identifier: BSD-3-Clause */
/* Modes of a session and its terminal. */
#include "base/cliproto.h"
#include "commands/private.h"

static int enable(struct mgmt_call *call)
{
	if (!mgmt_privileged(call))
		return mgmt_refuse(call, -EPERM, "Access denied");
	mgmt_enter(call, MODE_EXEC);
	return 0;
}

static int disable(struct mgmt_call *call)
{
	mgmt_enter(call, MODE_USER);
	return 0;
}

static int configure(struct mgmt_call *call)
{
	emit_text(call->out, "Enter configuration commands, one per line.  End with CNTL/Z.\n");
	mgmt_enter(call, MODE_CONFIG);
	return 0;
}

static int end(struct mgmt_call *call)
{
	mgmt_enter(call, MODE_EXEC);
	return 0;
}

static int leave(struct mgmt_call *call)
{
	mgmt_exit(call);
	return 0;
}

static int do_exec(struct mgmt_call *call)
{
	return mgmt_do(call, "command");
}

static int terminal_length(struct mgmt_call *call)
{
	mgmt_page(call, (uint16_t)(call->m->no ? CLIPROTO_PAGE_WINDOW
					       : cli_arg_u32(call->m, "lines", 0)));
	return 0;
}

static int prompt_timestamp(struct mgmt_call *call)
{
	mgmt_prompt_timestamp(call, !call->m->no);
	return 0;
}

static const struct mgmt_cmd cmds[] = {
	{{CLI_LOOK, 0, "enable", NULL, "Turn on privileged commands"}, enable},
	{{CLI_CHANGE, 0, "disable", NULL, "Turn off privileged commands"}, disable},
	{{CLI_CHANGE, 0, "configure terminal", NULL,
	  "Enter configuration mode\n"
	  "Configure from the terminal"},
	 configure},
	{{CLI_LOOK | CLI_CONFIG, 0, "exit", NULL, "Leave this mode, or the session"}, leave},
	{{CLI_LOOK, CLI_HIDDEN, "quit", NULL, "Leave the session"}, leave},
	{{CLI_LOOK, CLI_HIDDEN, "logout", NULL, "Leave the session"}, leave},
	{{CLI_CONFIG, 0, "end", NULL, "Leave configuration mode"}, end},
	{{CLI_CONFIG, 0, "do LINE:command", NULL,
	  "Run a command of privileged mode\n"
	  "The command"},
	 do_exec},
	{{CLI_LOOK, 0, "terminal length <0-512>:lines", "terminal length [<0-512>:lines]",
	  "Set parameters of this terminal\n"
	  "Lines on a page\n"
	  "Number of lines, 0 for no pausing"},
	 terminal_length},
	{{CLI_LOOK, 0, "terminal exec prompt timestamp", "terminal exec prompt timestamp",
	  "Set parameters of this terminal\n"
	  "Exec commands\n"
	  "What precedes their output\n"
	  "Load and clock before every show command"},
	 prompt_timestamp},
};

const struct command_table commands_session = COMMAND_TABLE(cmds);
