/* SPDX-License-Identifier: BSD-3-Clause */
/* show crypto gdoi, ks, ks rekey, ks acl: the groups of a key server. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands/ks.h"
#include "commands/show.h"
#include "control/ks/ks.h"

int ks_each(struct mgmt_call *call, ks_show_fn *show, const char *array)
{
	const struct ks *ks = env_of(call)->ks;
	const char *name = cli_arg(call->m, "group-name");
	unsigned int shown = 0;

	if (name != NULL && ks_group_find(ks, name) == NULL)
		return mgmt_refuse(call, -ENOENT, "This box is no key server of group %s", name);
	emit_arr(call->out, array);
	for (unsigned int i = 0; i < ks_group_count(ks); i++) {
		const struct ks_group *g = ks_group_at(ks, i);
		struct ks_info info;

		ks_group_info(g, &info);
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

static const char *transport(const struct ks_info *info)
{
	return info->multicast ? "Multicast" : "Unicast";
}

static uint32_t kek_left_s(const struct ks_group *g)
{
	struct ks_kek_row k;

	return ks_kek_row(g, &k) ? k.left_s : 0;
}

/* ---- show crypto gdoi -------------------------------------------------------------------- */

static void redundancy(struct emit *o, const struct ks_info *info)
{
	if (!info->redundancy)
		return;
	emit_text(o, "    Redundancy               : Configured\n");
	show_addr(o, "address", "        Local Address        : %s\n", &info->address);
	emit_u64(o, "priority", "        Local Priority       : %" PRIu64 "\n", info->priority);
}

static const char *replay_method(enum gdoi_replay r)
{
	switch (r) {
	case GDOI_REPLAY_TIME:
		return "Time Based";
	case GDOI_REPLAY_COUNTER:
		return "Count Based";
	case GDOI_REPLAY_NONE:
		break;
	}
	return "None";
}

static void sa(struct emit *o, const struct ks_group *g, unsigned int i)
{
	struct ks_sa_row s;

	ks_sa_row(g, i, &s);
	emit_obj(o, NULL);
	emit_u64(o, "number", "\n      IPSec SA Number        : %" PRIu64 "\n", s.number);
	emit_u64(o, "lifetime_s", "      IPSec SA Rekey Lifetime: %" PRIu64 " secs\n", s.life_s);
	emit_str(o, "profile", "      Profile Name           : %s\n", s.profile);
	emit_str(o, "replay", "      Replay method          : %s\n", replay_method(s.replay));
	if (s.replay != GDOI_REPLAY_NONE)
		emit_u64(o, "window", "      Replay Window Size     : %" PRIu64 "\n", s.window);
	emit_text(o, "      SA Rekey\n");
	emit_u64(o, "left_s", "         Remaining Lifetime  : %" PRIu64 " secs\n", s.left_s);
	emit_str(o, "acl", "      ACL Configured         : access-list %s\n", s.acl);
	emit_end(o);
}

static void show_group(struct mgmt_call *call, const struct ks_group *g, const struct ks_info *info)
{
	struct emit *o = call->out;

	emit_text(o, "GROUP INFORMATION\n\n");
	emit_str(o, "name", "    Group Name               : %s", info->group);
	emit_str(o, "transport", " (%s)\n", transport(info));
	show_identity(o, "    Group Identity           : %s\n", &info->id);
	emit_text(o, "    Crypto Path              : ipv4\n"
		     "    Key Management Path      : ipv4\n");
	emit_u64(o, "members", "    Group Members            : %" PRIu64 "\n", info->n_members);
	emit_text(o, "    IPSec SA Direction       : Both\n");
	redundancy(o, info);
	emit_bool(o, "ready", NULL, info->ready, NULL, NULL);
	if (!info->ready)
		emit_str(o, "not_ready", "    Not ready                : %s\n", info->not_ready);
	emit_u64(o, "kek_lifetime_s", "    Group Rekey Lifetime     : %" PRIu64 " secs\n",
		 info->kek_life_s);
	emit_text(o, "    Group Rekey\n");
	emit_u64(o, "kek_left_s", "        Remaining Lifetime   : %" PRIu64 " secs\n",
		 kek_left_s(g));
	emit_u64(o, "retransmit_s", "    Rekey Retransmit Period  : %" PRIu64 " secs\n",
		 info->retransmit_s);
	emit_u64(o, "retransmits", "    Rekey Retransmit Attempts: %" PRIu64 "\n",
		 info->retransmit_n);
	emit_text(o, "    Group Retransmit\n");
	emit_u64(o, "retransmit_left_s", "        Remaining Lifetime   : %" PRIu64 " secs\n",
		 info->retransmit_left_s);
	emit_arr(o, "sas");
	for (unsigned int i = 0; i < info->n_sas; i++)
		sa(o, g, i);
	emit_end(o);
	emit_text(o, "\n     Group Server list       : Local\n");
}

static int show_gdoi(struct mgmt_call *call)
{
	return ks_each(call, show_group, "groups");
}

/* ---- show crypto gdoi ks ----------------------------------------------------------------- */

static const char *ack_name(enum conf_rekey_ack ack)
{
	switch (ack) {
	case CONF_ACK_ANY:
		return "Any";
	case CONF_ACK_INTEROPERABLE:
		return "Interoperable";
	case CONF_ACK_NONE:
		break;
	}
	return "None";
}

static void show_server(struct mgmt_call *call, const struct ks_group *g,
			const struct ks_info *info)
{
	struct emit *o = call->out;
	struct ks_sa_row s;

	emit_str(o, "name", "Key Server Information For Group %s:\n", info->group);
	emit_text(o, "    Group Name               : %s\n", info->group);
	show_identity(o, "    Group Identity           : %s\n", &info->id);
	emit_text(o, "    Group Type               : GDOI (ISAKMP)\n");
	emit_u64(o, "members", "    Group Members            : %" PRIu64 "\n", info->n_members);
	emit_str(o, "acknowledgement", "    Rekey Acknowledgement Cfg: %s\n", ack_name(info->ack));
	emit_text(o, "    IPSec SA Direction       : Both\n");
	emit_str(o, "rsa_label", "    Rekey authentication     : key %s",
		 info->rsa_label[0] != '\0' ? info->rsa_label : "(not configured)");
	emit_bool(o, "rsa_found", "%s\n", info->rsa_found, "", " NOT FOUND");
	emit_bool(o, "policy_changed", "    Policy changed           : %s\n", info->policy_changed,
		  "yes, waits for a rekey", "no");
	if (!info->ready)
		emit_str(o, "not_ready", "    Not ready                : %s\n", info->not_ready);
	emit_text(o, "    ACL Configured:\n");
	emit_arr(o, "acls");
	for (unsigned int i = 0; i < info->n_sas; i++) {
		ks_sa_row(g, i, &s);
		emit_str(o, NULL, "        access-list %s\n", s.acl);
	}
	emit_end(o);
}

static int show_ks(struct mgmt_call *call)
{
	const struct ks *ks = env_of(call)->ks;
	uint64_t members = 0;

	for (unsigned int i = 0; i < ks_group_count(ks); i++)
		members += ks_member_count(ks_group_at(ks, i));
	emit_u64(call->out, "members",
		 "Total group members registered to this box: %" PRIu64 "\n\n", members);
	return ks_each(call, show_server, "groups");
}

/* ---- show crypto gdoi ks rekey ----------------------------------------------------------- */

static void show_rekey(struct mgmt_call *call, const struct ks_group *g, const struct ks_info *info)
{
	struct emit *o = call->out;

	emit_str(o, "name", "Group %s", info->group);
	emit_str(o, "transport", " (%s)\n", transport(info));
	emit_u64(o, "rekeys_sent", "    Number of Rekeys sent               : %" PRIu64 "\n",
		 info->rekeys_sent);
	emit_u64(o, "rekeys_retransmitted",
		 "    Number of Rekeys retransmitted      : %" PRIu64 "\n",
		 info->rekeys_retransmitted);
	emit_u64(o, "kek_lifetime_s", "    KEK rekey lifetime (sec)            : %" PRIu64 "\n",
		 info->kek_life_s);
	emit_u64(o, "kek_left_s", "        Remaining lifetime (sec)        : %" PRIu64 "\n",
		 kek_left_s(g));
	emit_u64(o, "retransmit_s", "    Retransmit period                   : %" PRIu64 "\n",
		 info->retransmit_s);
	emit_u64(o, "retransmits", "    Number of retransmissions           : %" PRIu64 "\n",
		 info->retransmit_n);
	if (info->multicast)
		show_addr(o, "destination", "    Destination                         : %s\n",
			  &info->rekey_dst);
	emit_arr(o, "sas");
	for (unsigned int i = 0; i < info->n_sas; i++) {
		struct ks_sa_row s;
		char title[48];

		ks_sa_row(g, i, &s);
		emit_obj(o, NULL);
		snprintf(title, sizeof(title), "IPSec SA %u lifetime (sec)", s.number);
		emit_text(o, "    %-36s: %" PRIu32 "\n", title, s.life_s);
		emit_u64(o, "number", NULL, s.number);
		emit_u64(o, "lifetime_s", NULL, s.life_s);
		emit_u64(o, "left_s", "        Remaining lifetime (sec)        : %" PRIu64 "\n",
			 s.left_s);
		emit_end(o);
	}
	emit_end(o);
}

static int show_ks_rekey(struct mgmt_call *call)
{
	return ks_each(call, show_rekey, "groups");
}

/* ---- show crypto gdoi ks acl ------------------------------------------------------------- */

static void show_acl(struct mgmt_call *call, const struct ks_group *g, const struct ks_info *info)
{
	struct emit *o = call->out;

	emit_str(o, "name", "Group Name: %s\n", info->group);
	emit_text(o, " Configured ACL:\n");
	emit_arr(o, "acl");
	for (unsigned int i = 0; i < info->n_sas; i++) {
		struct ks_sa_row s;

		ks_sa_row(g, i, &s);
		for (unsigned int n = 0; n < s.n_aces; n++) {
			if (s.aces[n].sa != s.index)
				continue;
			emit_text(o, "   access-list %s ", s.acl);
			show_ace(o, " ", &s.aces[n].ace);
		}
	}
	emit_end(o);
}

static int show_ks_acl(struct mgmt_call *call)
{
	return ks_each(call, show_acl, "groups");
}

#define KS SHOW_GDOI "[group WORD:group-name] ks"
#define KS_HELP                     \
	SHOW_GDOI_HELP "A group\n"  \
		       "Its name\n" \
		       "Key server"

static const struct mgmt_cmd cmds[] = {
	{{CLI_LOOK, 0, SHOW_GDOI "[group WORD:group-name]", NULL,
	  SHOW_GDOI_HELP "A group\n"
			 "Its name"},
	 show_gdoi},
	{{CLI_LOOK, 0, KS, NULL, KS_HELP}, show_ks},
	{{CLI_LOOK, 0, KS " rekey", NULL,
	  KS_HELP "\n"
		  "Rekeys sent and to come"},
	 show_ks_rekey},
	{{CLI_LOOK, 0, KS " acl", NULL,
	  KS_HELP "\n"
		  "Access lists of the policy"},
	 show_ks_acl},
};

const struct command_table commands_ks_group = COMMAND_TABLE(cmds);
