/* SPDX-License-Identifier: BSD-3-Clause */
/* show crypto isakmp: phase 1 with the peers. */
#include <inttypes.h>

#include "commands/private.h"
#include "commands/show.h"
#include "control/ike/ike.h"

static void sa_row(const struct ike_sa_row *r, void *arg)
{
	struct emit *o = arg;

	emit_obj(o, NULL);
	show_addr(o, "dst", "%-16s", &r->dst);
	show_addr(o, "src", "%-16s", &r->src);
	emit_str(o, "state", "%-14s", r->state);
	emit_u64(o, "conn_id", "%8" PRIu64, r->conn_id);
	emit_str(o, "status", " %s\n", r->active ? "ACTIVE" : "ACTIVE (deleted)");
	emit_end(o);
}

static int show_sa(struct mgmt_call *call)
{
	struct emit *o = call->out;

	emit_text(o, "IPv4 Crypto ISAKMP SA\n");
	emit_text(o, "dst             src             state          conn-id status\n");
	emit_arr(o, "sas");
	ike_sa_each(env_of(call)->ike, sa_row, o);
	emit_end(o);
	emit_text(o, "\nIPv6 Crypto ISAKMP SA\n\n");
	return 0;
}

static int show_drops(struct mgmt_call *call)
{
	struct emit *o = call->out;

	emit_text(o, "Datagrams and payloads refused on UDP 848:\n");
	emit_obj(o, "refused");
	for (int i = 0; i < IKE_DROP_COUNT; i++) {
		uint64_t n = ike_drop_count(env_of(call)->ike, (enum ike_drop)i);

		emit_text(o, "  %10" PRIu64 "  %s\n", n, ike_drop_text((enum ike_drop)i));
		emit_u64(o, ike_drop_text((enum ike_drop)i), NULL, n);
	}
	emit_end(o);
	return 0;
}

static const struct mgmt_cmd cmds[] = {
	{{CLI_LOOK, 0, "show crypto isakmp sa", NULL,
	  SHOW_CRYPTO_HELP "ISAKMP (IKE)\n"
			   "Phase 1 security associations"},
	 show_sa},
	{{CLI_LOOK, 0, "show crypto isakmp errors", NULL,
	  SHOW_CRYPTO_HELP "ISAKMP (IKE)\n"
			   "What was refused, by reason"},
	 show_drops},
};

const struct command_table commands_ike = COMMAND_TABLE(cmds);
