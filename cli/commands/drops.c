/* SPDX-License-Identifier: BSD-3-Clause */
/* Drops by reason, under the commands by which runbooks ask for them. */
#include <inttypes.h>
#include <string.h>

#include "commands/private.h"
#include "control/dp/reader.h"

#define RULE "-------------------------------------------------------------------------\n"

static void clear_if_asked(struct mgmt_call *call)
{
	const struct dp_reader *dp = env_of(call)->dp;

	if (cli_has(call->m, "clear"))
		dp->counters_clear(dp->dp);
}

/* Those that happened; all of them with `all`, and always in JSON. */
static bool is_shown(const struct mgmt_call *call, const struct dp_drop_stat *d)
{
	return d->packets > 0 || cli_has(call->m, "all") || emit_mode(call->out) == EMIT_JSON;
}

static int show_all(struct mgmt_call *call)
{
	const struct dp_reader *dp = env_of(call)->dp;
	struct emit *o = call->out;
	struct dp_drop_stat d;

	emit_text(
		o, RULE
		"Global Drop Stats                         Packets                  Octets\n" RULE);
	emit_arr(o, "drops");
	for (unsigned int i = 0; i < dp->drop_count(); i++) {
		if (dp->drop_stat(dp->dp, i, &d) < 0 || !is_shown(call, &d))
			continue;
		emit_obj(o, NULL);
		emit_str(o, "name", "%-32s", d.name);
		emit_u64(o, "packets", "%17" PRIu64, d.packets);
		emit_u64(o, "bytes", "%24" PRIu64 "\n", d.bytes);
		emit_str(o, "what", NULL, d.what);
		emit_end(o);
	}
	emit_end(o);
	clear_if_asked(call);
	return 0;
}

static int show_ipsec(struct mgmt_call *call)
{
	const struct dp_reader *dp = env_of(call)->dp;
	struct emit *o = call->out;
	struct dp_drop_stat d;

	emit_text(o, "------------------------------------------------------------------------\n"
		     "Drop Type  Name                                     Packets\n"
		     "------------------------------------------------------------------------\n");
	emit_arr(o, "drops");
	for (unsigned int i = 0; i < dp->drop_count(); i++) {
		if (dp->drop_stat(dp->dp, i, &d) < 0 || d.ios[0] == '\0' || !is_shown(call, &d))
			continue;
		emit_obj(o, NULL);
		emit_u64(o, "type", "%9" PRIu64, i);
		emit_str(o, "name", "  %-41s", d.ios);
		emit_u64(o, "packets", "%20" PRIu64 "\n", d.packets);
		emit_end(o);
	}
	emit_end(o);
	clear_if_asked(call);
	return 0;
}

#define QFP "show platform hardware qfp active "
#define QFP_HELP                 \
	SHOW_HELP                \
	"Platform information\n" \
	"Packet processing\n"    \
	"Data plane\n"           \
	"The one in use\n"

static const struct mgmt_cmd cmds[] = {
	{{CLI_CHANGE, 0, QFP "statistics drop [all] [clear]", NULL,
	  QFP_HELP "Statistics\n"
		   "Drops by reason\n"
		   "Also those that did not happen\n"
		   "Zero the counters afterwards"},
	 show_all},
	{{CLI_CHANGE, 0, QFP "feature ipsec (data | datapath) (drop | drops) [all] [clear]", NULL,
	  QFP_HELP "A feature\n"
		   "IPsec\n"
		   "Packets\n"
		   "Packets\n"
		   "Drops by reason\n"
		   "Drops by reason\n"
		   "Also those that did not happen\n"
		   "Zero the counters afterwards"},
	 show_ipsec},
};

const struct command_table commands_drops = COMMAND_TABLE(cmds);
