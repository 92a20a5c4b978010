/* SPDX-License-Identifier: BSD-3-Clause */
/* show crypto gdoi ks members, ks policy: who has registered, and what is handed out. */
#include <inttypes.h>
#include <stdio.h>

#include "commands/ks.h"
#include "commands/show.h"
#include "control/ks/ks.h"
#include "tbar/tbar.h"

/* ---- members ----------------------------------------------------------------------------- */

static void seq_row(struct emit *o, const char *title, const char *key, const uint32_t *seq)
{
	emit_text(o, "%s", title);
	emit_arr(o, key);
	for (unsigned int i = 0; i < KS_SEQ_ROW; i++)
		emit_u64(o, NULL, i + 1 < KS_SEQ_ROW ? "%-8" PRIu64 : "%" PRIu64 "\n", seq[i]);
	emit_end(o);
}

static void member(struct emit *o, const struct ks_info *info, const struct ks_member_row *m)
{
	emit_obj(o, NULL);
	show_addr(o, "address", "\nGroup Member ID    : %s", &m->address);
	if (m->ours)
		show_version(o, "software", "  GM Version: %s\n", m->version);
	else
		emit_text(o, "  GM Version: Unknown\n");
	show_identity(o, " Group ID          : %s\n", &info->id);
	emit_text(o, " Group Name        : %s\n", info->group);
	show_addr(o, "key_server", " Key Server ID     : %s\n", &m->server);
	emit_u64(o, "rekeys_sent", " Rekeys sent       : %" PRIu64 "\n", m->rekeys_sent);
	emit_u64(o, "rekey_retries", " Rekeys retries    : %" PRIu64 "\n", m->retries);
	emit_u64(o, "rekey_acks_rcvd", " Rekey Acks Rcvd   : %" PRIu64 "\n", m->acks_rcvd);
	emit_u64(o, "rekey_acks_missed", " Rekey Acks missed : %" PRIu64 "\n", m->acks_missed);
	emit_text(o, "\n");
	seq_row(o, " Sent seq num : ", "sent_seq", m->sent_seq);
	seq_row(o, "Rcvd seq num :  ", "rcvd_seq", m->rcvd_seq);
	emit_u64(o, "registered_s", NULL, m->registered_s);
	emit_u64(o, "sender_ids", NULL, m->n_sids);
	emit_end(o);
}

static void group_members(struct mgmt_call *call, const struct ks_group *g,
			  const struct ks_info *info)
{
	struct emit *o = call->out;
	struct ks_member_row m;

	emit_str(o, "name", "Number of rekeys sent for group %s", info->group);
	emit_u64(o, "rekeys_sent", " : %" PRIu64 "\n", info->rekeys_sent);
	emit_u64(o, "last_retransmits", NULL, info->last_retransmits);
	emit_u64(o, "last_duration_ms", NULL, info->last_duration_ms);
	emit_arr(o, "members");
	for (unsigned int i = 0; i < ks_member_count(g); i++) {
		ks_member_row(g, i, &m);
		member(o, info, &m);
	}
	emit_end(o);
}

static int show_members(struct mgmt_call *call)
{
	emit_text(call->out, "Group Member Information : \n\n");
	return ks_each(call, group_members, "groups");
}

static void one_member(struct mgmt_call *call, const struct ks_group *g, const struct ks_info *info)
{
	struct addr a;
	struct ks_member_row m;

	if (addr_parse(&a, cli_arg(call->m, "member")) < 0 || !ks_member_find(g, &a, &m)) {
		emit_text(call->out, "Group Member not Found\n");
		return;
	}
	emit_str(call->out, "name", "Number of rekeys sent for group %s", info->group);
	emit_u64(call->out, "rekeys_sent", " : %" PRIu64 "\n", info->rekeys_sent);
	emit_arr(call->out, "members");
	member(call->out, info, &m);
	emit_end(call->out);
}

static int show_member(struct mgmt_call *call)
{
	emit_text(call->out, "Group Member Information : \n\n");
	return ks_each(call, one_member, "groups");
}

static void summary(struct mgmt_call *call, const struct ks_group *g, const struct ks_info *info)
{
	struct emit *o = call->out;
	unsigned int n = ks_member_count(g);
	struct ks_member_row m;

	emit_str(o, "name", "Group Name: %s", info->group);
	show_identity(o, ", ID: %s", &info->id);
	emit_text(o, ", Group Members: %u\n", n);
	show_addr(o, "key_server", "Key Server ID: %s", &info->address);
	emit_u64(o, "n_members", ", GMDB state: LOCAL, Group Members: %" PRIu64 "\n", n);
	emit_text(o, "  Member ID     Version      Rekey sent     Rekey Ack missed\n");
	emit_arr(o, "members");
	for (unsigned int i = 0; i < n; i++) {
		ks_member_row(g, i, &m);
		emit_obj(o, NULL);
		show_addr(o, "address", "  %s   ", &m.address);
		show_version(o, "software", "%s         ", m.version);
		emit_u64(o, "rekeys_sent", "%-16" PRIu64, m.rekeys_sent);
		emit_u64(o, "rekey_acks_missed", "%" PRIu64 "\n", m.acks_missed);
		emit_end(o);
	}
	emit_end(o);
}

static int show_summary(struct mgmt_call *call)
{
	emit_text(call->out, "Group Member Information : \n\n");
	return ks_each(call, summary, "groups");
}

/* ---- policy ------------------------------------------------------------------------------ */

static void servers(struct emit *o, const struct ks_info *info)
{
	emit_text(o, "For group %s (handle: %" PRIu32 ") server %s (handle: %" PRIu32 "):\n",
		  info->group, info->group_handle, addr_text(&info->address).s,
		  info->server_handle);
	for (unsigned int i = 0; i < info->n_peers; i++)
		emit_text(o,
			  "For group %s (handle: %" PRIu32 ") server %s (handle: %" PRIu32 "):\n",
			  info->group, info->group_handle, addr_text(&info->peers[i]).s,
			  info->server_handle + 1 + i);
}

static void two(struct emit *o, const char *first, uint64_t a, const char *second, uint64_t b)
{
	emit_text(o, "    %-19s: %-14" PRIu64 "%-22s: %" PRIu64 "\n", first, a, second, b);
}

static void policy_kek(struct emit *o, const struct ks_kek_row *k, const struct ks_info *info)
{
	emit_text(o, "  KEK POLICY (transport type : %s)\n",
		  info->multicast ? "Multicast" : "Unicast");
	emit_obj(o, "kek");
	emit_str(o, "spi", "    spi : %s\n", show_kek_spi(k->spi).s);
	emit_text(o, "    %-19s: %-14s%-22s: %s\n", "management alg", "disabled", "encrypt alg",
		  show_kek_alg(k->alg));
	two(o, "crypto iv length", k->iv_len, "key size", k->key_len);
	two(o, "orig life(sec)", k->life_s, "remaining life(sec)", k->left_s);
	emit_text(o, "    time to rekey (sec): %" PRIu32 "\n", k->rekey_s);
	emit_text(o, "    %-19s: %-14s%-22s: %u\n", "sig hash algorithm", "enabled",
		  "sig key length", k->sig_key_len);
	emit_text(o, "    sig size           : %u\n", k->sig_size);
	emit_text(o, "    sig key name       : %s\n", info->rsa_label);
	emit_text(o, "    acknowledgement    : %s\n",
		  info->ack == CONF_ACK_NONE ? "None" : "RFC 8263");
	emit_str(o, "algorithm", NULL, show_kek_alg(k->alg));
	emit_u64(o, "lifetime_s", NULL, k->life_s);
	emit_u64(o, "left_s", NULL, k->left_s);
	emit_u64(o, "rekey_s", NULL, k->rekey_s);
	emit_str(o, "sig_hash", NULL, show_sig_hash(k->sig_hash));
	emit_end(o);
}

static void tek_sizes(struct emit *o, const struct ks_tek_row *t)
{
	const struct suite *s = suite_get(t->suite);

	two(o, "alg key size", s->key_len, "sig key size", s->auth_key_len);
}

static void replay_value(struct emit *o, const struct ks_tek_row *t, const struct ks_info *info)
{
	char value[32];

	if (t->replay != GDOI_REPLAY_TIME)
		return;
	snprintf(value, sizeof(value), "%" PRIu64 ".%02" PRIu64,
		 info->pseudotime / TBAR_TICKS_PER_S, info->pseudotime % TBAR_TICKS_PER_S);
	emit_str(o, "replay_value", "    Replay Value %s secs\n", value);
}

static void policy_tek(struct emit *o, const struct ks_group *g, unsigned int i,
		       const struct ks_info *info)
{
	struct ks_tek_row t;
	struct ks_sa_row s;

	ks_tek_row(g, i, &t);
	ks_sa_row(g, t.sa, &s);
	emit_obj(o, NULL);
	emit_text(o, "\n  TEK POLICY (encaps : ENCAPS_TUNNEL)\n");
	emit_text(o, "    spi                : 0x%08" PRIX32 "\n", t.spi);
	emit_u64(o, "spi", NULL, t.spi);
	emit_str(o, "acl", "    access-list        : %s\n", s.acl);
	emit_str(o, "transform", "    transform          : %s\n", show_transform(t.suite));
	tek_sizes(o, &t);
	two(o, "orig life(sec)", t.orig_s, "remaining life(sec)", t.left_s);
	two(o, "tek life(sec)", t.life_s, "elapsed time(sec)", t.elapsed_s);
	two(o, "override life (sec)", t.override_s, "antireplay window size", t.window);
	if (t.newest)
		emit_u64(o, "rekey_s", "    time to rekey (sec): %" PRIu64 "\n", t.rekey_s);
	else
		emit_text(o, "    time to rekey (sec): n/a\n");
	replay_value(o, &t, info);
	emit_u64(o, "lifetime_s", NULL, t.orig_s);
	emit_u64(o, "left_s", NULL, t.left_s);
	emit_u64(o, "window", NULL, t.window);
	emit_end(o);
}

static void policy(struct mgmt_call *call, const struct ks_group *g, const struct ks_info *info)
{
	struct emit *o = call->out;
	struct ks_kek_row k;

	emit_str(o, "name", NULL, info->group);
	servers(o, info);
	if (!ks_kek_row(g, &k)) {
		emit_str(o, "not_ready", "\n  No policy: %s\n", info->not_ready);
		return;
	}
	emit_u64(o, "n_teks", "\n  # of teks : %" PRIu64, ks_tek_count(g));
	emit_u64(o, "seq", "  Seq num : %" PRIu64 "\n", k.seq);
	policy_kek(o, &k, info);
	emit_arr(o, "teks");
	for (unsigned int i = 0; i < ks_tek_count(g); i++)
		policy_tek(o, g, i, info);
	emit_end(o);
}

static int show_policy(struct mgmt_call *call)
{
	emit_text(call->out, "Key Server Policy:\n");
	return ks_each(call, policy, "groups");
}

#define KS SHOW_GDOI "[group WORD:group-name] ks "
#define KS_HELP                     \
	SHOW_GDOI_HELP "A group\n"  \
		       "Its name\n" \
		       "Key server\n"

static const struct mgmt_cmd cmds[] = {
	{{CLI_LOOK, 0, KS "members", NULL, KS_HELP "Members with their rekeys"}, show_members},
	{{CLI_LOOK, 0, KS "members A.B.C.D:member", NULL,
	  KS_HELP "Members with their rekeys\n"
		  "Address of one"},
	 show_member},
	{{CLI_LOOK, 0, KS "members summary", NULL,
	  KS_HELP "Members with their rekeys\n"
		  "One line each"},
	 show_summary},
	{{CLI_LOOK, 0, KS "policy", NULL, KS_HELP "Keys as they are handed out"}, show_policy},
};

const struct command_table commands_ks_member = COMMAND_TABLE(cmds);
