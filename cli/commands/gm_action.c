/* SPDX-License-Identifier: BSD-3-Clause */
/* clear crypto gdoi on a group member. */
#include "commands/private.h"
#include "control/gm/gm.h"

static int clear_gdoi(struct mgmt_call *call)
{
	const char *group = cli_arg(call->m, "group-name");
	int rc = mgmt_ask(call, "% The Group Member will destroy downloaded policies and keys.\n"
				"Are you sure you want to proceed ?");

	if (rc != 0)
		return rc;
	rc = gm_clear(env_of(call)->gm, group);
	if (rc == -ENOENT && group != NULL)
		return mgmt_refuse(call, rc, "Group %s is not attached to any interface", group);
	return rc == -ENOENT ? 0 : rc;
}

static int clear_replay(struct mgmt_call *call)
{
	gm_clear_replay(env_of(call)->gm, cli_arg(call->m, "group-name"));
	return 0;
}

#define CLEAR_GDOI_HELP     \
	"Reset functions\n" \
	"Encryption\n"      \
	"GDOI\n"            \
	"GDOI\n"

static const struct mgmt_cmd cmds[] = {
	{{CLI_CHANGE, 0, "clear crypto (gdoi | gkm) [group WORD:group-name]", NULL,
	  CLEAR_GDOI_HELP "A group\n"
			  "Its name"},
	 clear_gdoi},
	{{CLI_CHANGE, 0, "clear crypto (gdoi | gkm) (gm replay | replay counter)", NULL,
	  CLEAR_GDOI_HELP "Group member\n"
			  "Counters and history of show crypto gdoi gm replay\n"
			  "Those of anti-replay"},
	 clear_replay},
};

const struct command_table commands_gm_action = COMMAND_TABLE(cmds);
