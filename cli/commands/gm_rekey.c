/* SPDX-License-Identifier: BSD-3-Clause */
/* show crypto gdoi gm rekey, gm replay, rekey sa: what keeps a member's keys and clock fresh. */
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "commands/gm.h"
#include "commands/show.h"
#include "control/dp/reader.h"
#include "control/gm/gm.h"
#include "tbar/tbar.h"

/* ---- rekey ------------------------------------------------------------------------------- */

static void kek_line(struct emit *o, const char *title, const struct gm_kek_row *k)
{
	emit_text(o, "%s: %-15s %-16s %-7" PRIu32 " %08" PRIX32 "   %08" PRIX32 "\n", title,
		  addr_text(&k->local.addr).s, addr_text(&k->remote.addr).s, k->conn_id,
		  get_be32(k->spi), get_be32(k->spi + 8));
}

/* Rows come newest first; one of them alone is the current one. */
static void kek_table(struct emit *o, const struct gm_group *g)
{
	static const char *const titles[] = {"New     ", "Current ", "Previous"};
	static const char none[] = "---             ---               ---    ---        ---";
	unsigned int n = gm_kek_count(g), first = n > 1 ? 0 : 1;
	struct gm_kek_row k;

	emit_text(o, "\nRekey (KEK) SA information :\n"
		     "          dst             src             conn-id  my-cookie  his-cookie\n");
	for (unsigned int i = 0; i < GV_ARRAY_SIZE(titles); i++) {
		if (i < first || i - first >= n) {
			emit_text(o, "%s: %s\n", titles[i], none);
			continue;
		}
		gm_kek_row(g, i - first, &k);
		kek_line(o, titles[i], &k);
	}
}

static void show_rekey(struct mgmt_call *call, const struct gm_group *g, const struct gm_info *info)
{
	struct emit *o = call->out;

	emit_str(o, "name", "Group %s", info->group);
	emit_str(o, "transport", " (%s)\n", info->multicast ? "Multicast" : "Unicast");
	emit_u64(o, "rekeys_total",
		 "    Number of Rekeys received (cumulative)       : %" PRIu64 "\n",
		 info->rekeys_total);
	emit_u64(o, "rekeys_since_registration",
		 "    Number of Rekeys received after registration : %" PRIu64 "\n",
		 info->rekeys_since_reg);
	if (!info->multicast)
		emit_u64(o, "rekey_acks_sent",
			 "    Number of Rekey Acks sent                    : %" PRIu64 "\n",
			 info->acks_sent);
	emit_u64(o, "rekey_copies", NULL, info->rekey_copies);
	emit_u64(o, "rekey_acks_resent", NULL, info->acks_resent);
	if (cli_has(call->m, "detail"))
		kek_table(o, g);
}

static int show_gm_rekey(struct mgmt_call *call)
{
	return gm_each(call, show_rekey, "groups");
}

/* ---- rekey sa ---------------------------------------------------------------------------- */

static void kek_detail(struct emit *o, const struct gm_kek_row *k, const struct gm_info *info)
{
	emit_text(o, "\n  KEK POLICY (transport type : %s)\n",
		  k->multicast ? "Multicast" : "Unicast");
	emit_text(o, "   Local addr/port : %s/%u\n", addr_text(&k->local.addr).s, k->local.port);
	emit_text(o, "   Remote addr/port : %s/%u\n", addr_text(&k->remote.addr).s, k->remote.port);
	emit_text(o, "    spi : %s\n", show_kek_spi(k->spi).s);
	emit_text(o, "    management alg     : disabled    encrypt alg       : %-10s\n",
		  show_kek_alg(k->alg));
	emit_text(o, "    crypto iv length   : %-11u key size          : %-8u\n", k->iv_len,
		  k->key_len);
	emit_text(o, "    orig life(sec)     : %-10" PRIu32 " remaining life(sec): %" PRIu32 "\n",
		  k->life_s, k->left_s);
	emit_text(o, "    sig hash algorithm : enabled     sig key length    : %u\n",
		  k->sig_der_len);
	emit_text(o, "    sig size           : %u\n", k->sig_bits / 8u);
	emit_text(o, "    acknowledgement    : %s\n", k->ack != 0 ? "RFC 8263" : "None");
	emit_text(o, "    conn_id (IKEv1)    : %" PRIu32 "\n", k->conn_id);
	emit_text(o, "    seq num            : %-11" PRIu32 " prev seq num      : %" PRIu32 "\n",
		  k->seq, k->prev_seq);
	emit_text(o, "    Interface          : %s\n", info->interface);
	emit_text(o, "    Group Name         : %s\n", info->group);
}

static void kek_row(struct emit *o, const struct gm_kek_row *k, const struct gm_info *info)
{
	emit_obj(o, NULL);
	show_addr(o, "dst", "%-16s", &k->local.addr);
	show_addr(o, "src", "%-16s", &k->remote.addr);
	emit_u64(o, "conn_id", "%-16" PRIu64, k->conn_id);
	emit_str(o, "status", "%s\n", "ACTIVE");
	emit_str(o, "group", NULL, info->group);
	emit_str(o, "spi", NULL, show_kek_spi(k->spi).s);
	emit_u64(o, "lifetime_s", NULL, k->left_s);
	emit_u64(o, "seq", NULL, k->seq);
	emit_end(o);
}

static int show_rekey_sa(struct mgmt_call *call)
{
	const struct gm *gm = env_of(call)->gm;
	struct emit *o = call->out;
	bool detail = cli_has(call->m, "detail");

	emit_text(o, "GETVPN REKEY SA\n");
	emit_text(o, "dst             src             conn-id         status\n");
	emit_arr(o, "rekey_sas");
	for (unsigned int i = 0; i < gm_group_count(gm); i++) {
		const struct gm_group *g = gm_group_at(gm, i);
		struct gm_kek_row k;
		struct gm_info info;

		gm_group_info(g, &info);
		for (unsigned int n = 0; n < gm_kek_count(g); n++) {
			gm_kek_row(g, n, &k);
			kek_row(o, &k, &info);
			if (detail)
				kek_detail(o, &k, &info);
		}
	}
	emit_end(o);
	return 0;
}

/* ---- replay ------------------------------------------------------------------------------ */

/* Ticks of 10 ms as "621388.66". */
static void secs(char *out, size_t cap, uint64_t ticks)
{
	snprintf(out, cap, "%" PRIu64 ".%02" PRIu64, ticks / TBAR_TICKS_PER_S,
		 ticks % TBAR_TICKS_PER_S);
}

static void pair(struct emit *o, const char *first, uint64_t a, const char *second, uint64_t b)
{
	emit_text(o, "    %-24s : %-11" PRIu64 "%-24s : %" PRIu64 "\n", first, a, second, b);
}

static void traffic(struct mgmt_call *call, const struct gm_info *info,
		    const struct gm_replay_info *r)
{
	const struct dp_reader *dp = env_of(call)->dp;
	struct dp_tbar_stats st = {0};
	char delta[32];
	struct emit *o = call->out;

	if (dp != NULL && dp->tbar_stats(dp->dp, info->interface, &st) < 0)
		st = (struct dp_tbar_stats){0};
	secs(delta, sizeof(delta), st.max_delta_ticks);
	pair(o, "Input Packets", st.in_packets, "Output Packets", st.out_packets);
	pair(o, "Input Error Packets", st.in_errors, "Output Error Packets", st.out_errors);
	emit_text(o, "    %-24s : %-11" PRIu64 "%-24s : %s secs\n", "Time Sync Error",
		  r->sync_errors, "Max time delta", delta);
	emit_u64(o, "input_packets", NULL, st.in_packets);
	emit_u64(o, "output_packets", NULL, st.out_packets);
	emit_u64(o, "input_errors", NULL, st.in_errors);
	emit_u64(o, "output_errors", NULL, st.out_errors);
	emit_u64(o, "time_sync_errors", NULL, r->sync_errors);
	emit_f64(o, "max_time_delta_s", NULL, (double)st.max_delta_ticks / TBAR_TICKS_PER_S);
}

static void history(struct emit *o, const struct gm_group *g)
{
	unsigned int n = gm_tbar_error_count(g);

	emit_text(o, "\nTBAR Error History (sampled at 10pak/min):\n");
	if (n == 0)
		emit_text(o, "    No TBAR errors detected\n");
	emit_arr(o, "errors");
	for (unsigned int i = 0; i < n; i++) {
		const struct gm_tbar_error *e = gm_tbar_error_at(g, i);
		char mine[32], his[32];

		secs(mine, sizeof(mine), e->my_ticks);
		secs(his, sizeof(his), e->peer_ticks);
		emit_obj(o, NULL);
		emit_str(o, "time", "    %s:", log_clock_text(e->wall_ms).s);
		show_addr(o, "src", " src=%s;", &e->src);
		show_addr(o, "dst", NULL, &e->dst);
		emit_str(o, "my_pst", " my_pst=%s secs;", mine);
		emit_str(o, "peer_pst", " peer_pst=%s secs;", his);
		emit_u64(o, "window_s", " win=%" PRIu64 "\n", e->window_s);
		emit_end(o);
	}
	emit_end(o);
}

static void show_replay(struct mgmt_call *call, const struct gm_group *g,
			const struct gm_info *info)
{
	struct emit *o = call->out;
	struct gm_replay_info r;
	char now[32];

	gm_replay_info(g, &r);
	emit_str(o, "name", "Anti-replay Information For Group %s:\n", info->group);
	emit_text(o, "Timebased Replay:\n");
	emit_bool(o, "time_based", NULL, r.time_based, NULL, NULL);
	if (!r.time_based) {
		emit_text(o, "         is not enabled\n");
		return;
	}
	secs(now, sizeof(now), r.ticks);
	emit_text(o, "    %-24s : %s secs\n", "Replay Value", now);
	emit_str(o, "replay_value", NULL, now);
	emit_bool(o, "synchronized", NULL, r.synced, NULL, NULL);
	emit_u64(o, "window_s", NULL, r.window);
	emit_u64(o, "clock_error_ms", NULL, r.error_ms);
	emit_u64(o, "since_sync_s", NULL, r.since_sync_s);
	traffic(call, info, &r);
	history(o, g);
}

static int show_gm_replay(struct mgmt_call *call)
{
	return gm_each(call, show_replay, "groups");
}

static const struct mgmt_cmd cmds[] = {
	{{CLI_LOOK, 0, SHOW_GDOI "[group WORD:group-name] gm rekey [detail]", NULL,
	  SHOW_GDOI_HELP "A group\n"
			 "Its name\n"
			 "Group member\n"
			 "Rekeys received and acknowledged\n"
			 "With the rekey SAs"},
	 show_gm_rekey},
	{{CLI_LOOK, 0, SHOW_GDOI "[group WORD:group-name] gm replay", NULL,
	  SHOW_GDOI_HELP "A group\n"
			 "Its name\n"
			 "Group member\n"
			 "Pseudotime and refused packets"},
	 show_gm_replay},
	{{CLI_LOOK, 0, SHOW_GDOI "rekey sa [detail]", NULL,
	  SHOW_GDOI_HELP "Rekeying\n"
			 "Rekey SAs\n"
			 "With their parameters"},
	 show_rekey_sa},
};

const struct command_table commands_gm_rekey = COMMAND_TABLE(cmds);
