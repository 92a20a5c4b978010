/* SPDX-License-Identifier: BSD-3-Clause */
/* show crypto gdoi, show crypto gdoi gm, show crypto gdoi gm acl: the state of a group member. */
#include <inttypes.h>
#include <string.h>

#include "commands/gm.h"
#include "commands/show.h"
#include "control/gm/gm.h"

int gm_each(struct mgmt_call *call, gm_show_fn *show, const char *array)
{
	const struct gm *gm = env_of(call)->gm;
	const char *name = cli_arg(call->m, "group-name");
	unsigned int shown = 0;

	if (name != NULL && gm_group_find(gm, name) == NULL)
		return mgmt_refuse(call, -ENOENT, "Group %s is not attached to any interface",
				   name);
	emit_arr(call->out, array);
	for (unsigned int i = 0; i < gm_group_count(gm); i++) {
		const struct gm_group *g = gm_group_at(gm, i);
		struct gm_info info;

		gm_group_info(g, &info);
		if (name != NULL && strcmp(name, info.group) != 0)
			continue;
		if (shown++ > 0)
			emit_text(call->out, "\n");
		emit_obj(call->out, NULL);
		show(call, g, &info);
		emit_end(call->out);
	}
	emit_end(call->out);
	return 0;
}

/* ---- pieces ------------------------------------------------------------------------------ */

static void servers(struct emit *o, const struct gm_info *g)
{
	emit_text(o, "     Group Server list       : %s", g->n_servers == 0 ? "\n" : "");
	emit_arr(o, "servers");
	for (unsigned int i = 0; i < g->n_servers; i++)
		show_addr(o, NULL, i == 0 ? "%s\n" : "                               %s\n",
			  &g->servers[i]);
	emit_end(o);
	emit_text(o, "\n");
}

static void registration(struct emit *o, const struct gm_info *g)
{
	emit_str(o, "status", "       Registration status   : %s\n", gm_state_text(g->state));
	if (g->registered_with.family != ADDR_NONE)
		show_addr(o, "registered_with", "       Registered with       : %s\n",
			  &g->registered_with);
	if (g->reregister_known)
		emit_u64(o, "reregister_s", "       Re-registers in       : %" PRIu64 " sec\n",
			 g->reregister_s);
	if (g->retry_s > 0)
		emit_u64(o, "retry_s", "       Next attempt in       : %" PRIu64 " sec\n",
			 g->retry_s);
	if (g->failure[0] != '\0')
		emit_str(o, "failure", "       Last failure          : %s\n", g->failure);
	emit_u64(o, "registrations_succeeded", "       Succeeded registration: %" PRIu64 "\n",
		 g->reg_succeeded);
	emit_u64(o, "registrations_attempted", "       Attempted registration: %" PRIu64 "\n",
		 g->reg_attempted);
}

static void rekeys(struct emit *o, const struct gm_info *g)
{
	show_addr(o, "last_rekey_from", "       Last rekey from       : %s\n", &g->last_rekey_from);
	emit_u64(o, "last_rekey_seq", "       Last rekey seq num    : %" PRIu64 "\n",
		 g->last_rekey_seq);
	if (g->multicast) {
		emit_u64(o, "multicast_rekeys", "       Multicast rekey rcvd  : %" PRIu64 "\n",
			 g->multicast_rekeys);
	} else {
		emit_u64(o, "unicast_rekeys", "       Unicast rekey received: %" PRIu64 "\n",
			 g->unicast_rekeys);
		emit_u64(o, "rekey_acks_sent", "       Rekey ACKs sent       : %" PRIu64 "\n",
			 g->acks_sent);
	}
	emit_text(o, "       Rekey Rcvd(hh:mm:ss)  : %s\n",
		  g->rekeyed ? show_hms(g->since_rekey_s).s : "never");
	if (g->rekeyed)
		emit_u64(o, "since_rekey_s", NULL, g->since_rekey_s);
}

static void member(struct emit *o, const struct gm_info *g)
{
	show_addr(o, "address", "    Group member             : %-16s vrf: None\n", &g->address);
	show_version(o, "software", "       Version               : %s\n",
		     ike_vid + IKE_VID_LEN - 3);
	registration(o, g);
	rekeys(o, g);
}

static void cumulative(struct emit *o, const struct gm_info *g)
{
	emit_text(o, "\n    Rekeys cumulative\n");
	emit_u64(o, "rekeys_total", "       Total received        : %" PRIu64 "\n",
		 g->rekeys_total);
	emit_u64(o, "rekeys_since_registration", "       After latest register : %" PRIu64 "\n",
		 g->rekeys_since_reg);
	emit_u64(o, NULL, "       Rekey Acks sents      : %" PRIu64 "\n", g->acks_sent);
}

static void downloaded_acl(struct emit *o, const struct gm_group *g, const struct gm_info *info)
{
	unsigned int n;
	const struct gdoi_ace *aces = gm_aces(g, &n);

	show_addr(o, "acl_from", " ACL Downloaded From KS %s:\n", &info->acl_from);
	emit_arr(o, "acl");
	for (unsigned int i = 0; i < n; i++)
		show_ace(o, "   access-list  ", &aces[i].ace);
	emit_end(o);
}

static void kek(struct emit *o, const struct gm_group *g)
{
	struct gm_kek_row k;

	if (gm_kek_count(g) == 0)
		return;
	gm_kek_row(g, 0, &k);
	emit_text(o, "\nKEK POLICY:\n");
	emit_obj(o, "kek");
	emit_str(o, "transport", "    Rekey Transport Type     : %s\n",
		 k.multicast ? "Multicast" : "Unicast");
	emit_u64(o, "lifetime_s", "    Lifetime (secs)          : %" PRIu64 "\n", k.left_s);
	emit_str(o, "algorithm", "    Encrypt Algorithm        : %s\n", show_kek_alg(k.alg));
	emit_u64(o, "key_bits", "    Key Size                 : %" PRIu64 "     \n",
		 8u * k.key_len);
	emit_str(o, "sig_hash", "    Sig Hash Algorithm       : %s\n", show_sig_hash(k.sig_hash));
	emit_u64(o, "sig_key_bits", "    Sig Key Length (bits)    : %" PRIu64 "\n", k.sig_bits);
	emit_str(o, "spi", NULL, show_kek_spi(k.spi).s);
	emit_end(o);
}

static void anti_replay(struct emit *o, const struct gdoi_tek *t)
{
	if (t->replay == GDOI_REPLAY_TIME)
		emit_text(o, "        Anti-Replay(Time Based) : %" PRIu32 " sec interval\n",
			  t->window);
	else if (t->replay == GDOI_REPLAY_COUNTER)
		emit_text(o, "        Anti-Replay(Counter Based) : %" PRIu32 "\n", t->window);
	emit_str(o, "replay", NULL,
		 t->replay == GDOI_REPLAY_TIME      ? "time"
		 : t->replay == GDOI_REPLAY_COUNTER ? "counter"
						    : "none");
	emit_u64(o, "window", NULL, t->window);
}

static void teks(struct emit *o, const struct gm_group *g, const struct gm_info *info)
{
	emit_text(o, "\nTEK POLICY for the current KS-Policy ACEs Downloaded:\n");
	emit_text(o, "  %s:\n", info->interface);
	emit_arr(o, "teks");
	for (unsigned int i = 0; i < gm_tek_count(g); i++) {
		const struct gm_tek *t = gm_tek_at(g, i);

		emit_obj(o, NULL);
		emit_text(o, "%s    IPsec SA:\n", i > 0 ? "\n" : "");
		show_spi(o, "        spi: %s\n", t->tek.spi);
		emit_str(o, "transform", "        transform: %s\n", show_transform(t->tek.suite));
		emit_u64(o, "lifetime_s",
			 "        sa timing:remaining key lifetime (sec): (%" PRIu64 ")\n",
			 gm_tek_left_s(g, i));
		anti_replay(o, &t->tek);
		emit_str(o, "use", NULL, gm_tek_use_text(gm_tek_use(g, i)));
		emit_end(o);
	}
	emit_end(o);
}

/* ---- show crypto gdoi -------------------------------------------------------------------- */

static const char *direction(const struct gm_info *g)
{
	return g->passive ? "Inbound Optional" : "Both";
}

static void show_group(struct mgmt_call *call, const struct gm_group *g, const struct gm_info *info)
{
	struct emit *o = call->out;

	emit_text(o, "GROUP INFORMATION\n\n");
	emit_str(o, "name", "    Group Name               : %s\n", info->group);
	show_identity(o, "    Group Identity           : %s\n", &info->id);
	emit_text(o, "    Crypto Path              : ipv4\n");
	emit_text(o, "    Key Management Path      : ipv4\n");
	emit_u64(o, "rekeys_received", "    Rekeys received          : %" PRIu64 "\n",
		 info->rekeys_total);
	emit_str(o, "direction", "    IPSec SA Direction       : %s\n\n", direction(info));
	emit_str(o, "interface", NULL, info->interface);
	servers(o, info);
	member(o, info);
	emit_text(o, "       allowable rekey cipher: any\n"
		     "       allowable rekey hash  : any\n"
		     "       allowable transformtag: any ESP\n");
	cumulative(o, info);
	emit_text(o, "\n");
	downloaded_acl(o, g, info);
	kek(o, g);
	teks(o, g, info);
}

static int show_gdoi(struct mgmt_call *call)
{
	return gm_each(call, show_group, "groups");
}

/* ---- show crypto gdoi gm ----------------------------------------------------------------- */

static void show_member(struct mgmt_call *call, const struct gm_group *g,
			const struct gm_info *info)
{
	struct emit *o = call->out;

	emit_str(o, "name", "Group Member Information For Group %s:\n", info->group);
	emit_str(o, "direction", "    IPSec SA Direction       : %s\n", direction(info));
	emit_text(o, "    ACL Received From KS     : gdoi_group_%s_temp_acl\n\n", info->group);
	member(o, info);
	emit_u64(o, "active_teks", "       Active TEK Number     : %" PRIu64 "\n", gm_tek_count(g));
	emit_bool(o, "fail_close", "       Fail-Close            : %s\n", info->fail_close,
		  "Enabled", "Disabled");
	emit_bool(o, "fail_close_revert", "       Fail-Close Revert : %s\n",
		  info->fail_close_revert, "Enabled", "Disabled");
}

static int show_gm(struct mgmt_call *call)
{
	return gm_each(call, show_member, "groups");
}

/* ---- show crypto gdoi gm acl ------------------------------------------------------------- */

static void local_acl(struct emit *o, const struct gm_group *g, const struct gm_info *info)
{
	unsigned int n;
	const struct ace *aces = gm_local_aces(g, &n);

	emit_text(o, " ACL Configured Locally: \n");
	if (n > 0)
		emit_str(o, "map", "  Map Name: %s\n", info->map);
	emit_arr(o, "local_acl");
	for (unsigned int i = 0; i < n; i++)
		show_ace(o, "   access-list bypass ", &aces[i]);
	emit_end(o);
}

static void show_acl(struct mgmt_call *call, const struct gm_group *g, const struct gm_info *info)
{
	emit_str(call->out, "name", "Group Name: %s\n", info->group);
	if (!cli_has(call->m, "local"))
		downloaded_acl(call->out, g, info);
	local_acl(call->out, g, info);
}

static int show_gm_acl(struct mgmt_call *call)
{
	return gm_each(call, show_acl, "groups");
}

static const struct mgmt_cmd cmds[] = {
	{{CLI_LOOK, 0, SHOW_GDOI "[group WORD:group-name]", NULL,
	  SHOW_GDOI_HELP "A group\n"
			 "Its name"},
	 show_gdoi},
	{{CLI_LOOK, 0, SHOW_GDOI "[group WORD:group-name] gm", NULL,
	  SHOW_GDOI_HELP "A group\n"
			 "Its name\n"
			 "Group member"},
	 show_gm},
	{{CLI_LOOK, 0, SHOW_GDOI "[group WORD:group-name] gm acl [download | local]", NULL,
	  SHOW_GDOI_HELP "A group\n"
			 "Its name\n"
			 "Group member\n"
			 "Access lists in force\n"
			 "Downloaded and local\n"
			 "The local one only"},
	 show_gm_acl},
};

const struct command_table commands_gm_group = COMMAND_TABLE(cmds);
