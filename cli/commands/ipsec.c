/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * show crypto ipsec sa: a block for each permit line of the downloaded ACL, with its counters
 * and the TEKs it is protected by. Inbound and outbound are the same TEK; what only one
 * direction uses is listed there alone.
 */
#include <inttypes.h>
#include <string.h>

#include "commands/gm.h"
#include "commands/show.h"
#include "control/dp/reader.h"
#include "control/gm/gm.h"

#define MTU_UNKNOWN 1500

struct block {
	struct emit *o;
	const struct dp_reader *dp; /* may be NULL */
	const struct gm_group *g;
	const struct gm_info *info;
	bool detail;
	uint16_t mtu;
};

static uint16_t port_mtu(const struct dp_reader *dp, const char *name)
{
	struct dp_port_info p;

	for (unsigned int i = 0; dp != NULL && i < dp->port_count(dp->dp); i++)
		if (dp->port_info(dp->dp, i, &p) == 0 && strcmp(p.name, name) == 0)
			return p.mtu;
	return MTU_UNKNOWN;
}

static void ident(struct emit *o, const char *side, const struct prefix *p, uint8_t proto,
		  const struct ace_ports *ports)
{
	struct addr mask = addr_v4(prefix_mask(p->len));

	emit_text(o, "   %s ident (addr/mask/prot/port): (%s/%s/%u/%u)\n", side,
		  addr_text(&p->addr).s, addr_text(&mask).s, proto,
		  ports->lo == ports->hi ? ports->lo : 0);
}

/* ---- counters ---------------------------------------------------------------------------- */

static void error_counters(struct emit *o, const struct dp_sa_stats *st)
{
	emit_text(o,
		  "    #pkts encaps failed (send) %" PRIu64 ", #pkts decaps failed (rcv) %" PRIu64
		  "\n",
		  st->send_errors, st->recv_errors - st->verify_failed - st->replay_failed);
	emit_text(o, "    #pkts verify failed: %" PRIu64 "\n", st->verify_failed);
	emit_text(o, "    ##pkts replay failed (rcv): %" PRIu64 "\n", st->replay_failed);
}

static void counters(const struct block *b, unsigned int line)
{
	struct dp_ace_stats all = {0};
	struct dp_sa_stats st;
	struct emit *o = b->o;

	if (b->dp != NULL && b->dp->ace_stats(b->dp->dp, b->info->interface, line, &all) < 0)
		all = (struct dp_ace_stats){0};
	st = all.sa;
	emit_text(o,
		  "    #pkts encaps: %" PRIu64 ", #pkts encrypt: %" PRIu64
		  ", #pkts digest: %" PRIu64 "\n",
		  st.encaps, st.encaps, st.encaps);
	emit_text(o,
		  "    #pkts decaps: %" PRIu64 ", #pkts decrypt: %" PRIu64
		  ", #pkts verify: %" PRIu64 "\n",
		  st.decaps, st.decaps, st.decaps);
	emit_text(o, "    #pkts compressed: 0, #pkts decompressed: 0\n"
		     "    #pkts not compressed: 0, #pkts compr. failed: 0\n"
		     "    #pkts not decompressed: 0, #pkts decompress failed: 0\n");
	if (b->detail)
		error_counters(o, &st);
	else
		emit_text(o, "    #send errors %" PRIu64 ", #recv errors %" PRIu64 "\n",
			  st.send_errors, st.recv_errors);
	emit_text(o, "\n");
	emit_u64(o, "encaps", NULL, st.encaps);
	emit_u64(o, "decaps", NULL, st.decaps);
	emit_u64(o, "encaps_bytes", NULL, st.encaps_bytes);
	emit_u64(o, "decaps_bytes", NULL, st.decaps_bytes);
	emit_u64(o, "send_errors", NULL, st.send_errors);
	emit_u64(o, "recv_errors", NULL, st.recv_errors);
	emit_u64(o, "verify_failed", NULL, st.verify_failed);
	emit_u64(o, "replay_failed", NULL, st.replay_failed);
}

/* ---- TEKs -------------------------------------------------------------------------------- */

static void endpoint_lines(const struct block *b, uint32_t spi)
{
	emit_text(b->o, "     local crypto endpt.: %s, remote crypto endpt.: 0.0.0.0\n",
		  addr_text(&b->info->address).s);
	emit_text(b->o, "     path mtu %u, ip mtu %u, ip mtu idb %s\n", b->mtu, b->mtu,
		  b->info->interface);
	emit_text(b->o, "     current outbound spi: 0x%" PRIX32 "(%" PRIu32 ")\n", spi, spi);
	emit_text(b->o, "     PFS (Y/N): N, DH group: none\n\n");
}

static uint32_t sending_spi(const struct block *b, uint8_t sa)
{
	if (b->dp == NULL)
		return 0;
	return b->dp->current_spi(b->dp->dp, b->info->interface, sa);
}

static uint32_t conn_id(const struct block *b, uint32_t spi)
{
	return b->dp == NULL || b->dp->conn_id == NULL ? 0 : b->dp->conn_id(b->dp->bridge, spi);
}

static void tek(const struct block *b, unsigned int i)
{
	const struct gm_tek *t = gm_tek_at(b->g, i);
	struct emit *o = b->o;
	uint32_t id = conn_id(b, t->tek.spi);

	emit_obj(o, NULL);
	show_spi(o, "      spi: %s\n", t->tek.spi);
	emit_str(o, "transform", "        transform: %s ,\n", show_transform(t->tek.suite));
	emit_text(o, "        in use settings ={Tunnel, }\n");
	emit_u64(o, "conn_id", "        conn id: %" PRIu64, id);
	emit_text(o, ", flow_id: DP:%" PRIu32 ", sibling_flags 80000040, crypto map: %s\n", id,
		  b->info->map);
	emit_u64(o, "lifetime_s",
		 "        sa timing: remaining key lifetime (sec): (%" PRIu64 ")\n",
		 gm_tek_left_s(b->g, i));
	emit_text(o, "        Kilobyte Volume Rekey has been disabled\n");
	emit_text(o, "        IV size: %u bytes\n", suite_get(t->tek.suite)->iv_len);
	if (t->tek.replay == GDOI_REPLAY_NONE)
		emit_text(o, "        replay detection support: N\n");
	else
		emit_text(o,
			  "        replay detection support: Y  replay window size: %" PRIu32 "\n",
			  t->tek.window);
	emit_text(o, "        Status: ACTIVE(ACTIVE)\n");
	emit_str(o, "use", NULL, gm_tek_use_text(gm_tek_use(b->g, i)));
	emit_end(o);
}

static void inbound(const struct block *b, uint8_t sa)
{
	emit_text(b->o, "     inbound esp sas:\n");
	emit_arr(b->o, "inbound");
	for (unsigned int i = 0; i < gm_tek_count(b->g); i++) {
		const struct gdoi_tek *t = &gm_tek_at(b->g, i)->tek;

		if (t->sa == sa && t->direction != GDOI_DIR_SEND_ONLY)
			tek(b, i);
	}
	emit_end(b->o);
	emit_text(b->o, "\n     inbound ah sas:\n\n     inbound pcp sas:\n\n");
}

/* The TEK that is sent with comes first. */
static void outbound(const struct block *b, uint8_t sa, uint32_t sending)
{
	emit_text(b->o, "     outbound esp sas:\n");
	emit_arr(b->o, "outbound");
	for (unsigned int pass = 0; pass < 2; pass++)
		for (unsigned int i = 0; i < gm_tek_count(b->g); i++) {
			const struct gdoi_tek *t = &gm_tek_at(b->g, i)->tek;

			if (t->sa == sa && t->direction != GDOI_DIR_RECEIVE_ONLY &&
			    (t->spi == sending) == (pass == 0))
				tek(b, i);
		}
	emit_end(b->o);
	emit_text(b->o, "\n     outbound ah sas:\n\n     outbound pcp sas:\n");
}

/* ---- blocks ------------------------------------------------------------------------------ */

static void line_block(const struct block *b, const struct gdoi_ace *a, unsigned int line)
{
	struct emit *o = b->o;
	uint32_t sending = sending_spi(b, a->sa);

	emit_obj(o, NULL);
	emit_text(o, "   protected vrf: (none)\n");
	ident(o, "local ", &a->ace.src, a->ace.proto, &a->ace.sport);
	ident(o, "remote", &a->ace.dst, a->ace.proto, &a->ace.dport);
	emit_str(o, "ace", NULL, ace_text(&a->ace).s);
	emit_text(o, "   current_peer 0.0.0.0 port 848\n     PERMIT, flags={}\n");
	counters(b, line);
	endpoint_lines(b, 0);
	if (sending != 0)
		endpoint_lines(b, sending);
	emit_u64(o, "current_outbound_spi", NULL, sending);
	inbound(b, a->sa);
	outbound(b, a->sa, sending);
	emit_end(o);
}

static void show_interface(struct mgmt_call *call, const struct gm_group *g,
			   const struct gm_info *info)
{
	const struct dp_reader *dp = env_of(call)->dp;
	struct block b = {.o = call->out,
			  .dp = dp,
			  .g = g,
			  .info = info,
			  .detail = cli_has(call->m, "detail"),
			  .mtu = port_mtu(dp, info->interface)};
	unsigned int n, shown = 0;
	const struct gdoi_ace *aces = gm_aces(g, &n);

	emit_str(b.o, "interface", "interface: %s\n", info->interface);
	emit_str(b.o, "map", "    Crypto map tag: %s", info->map);
	show_addr(b.o, "local_address", ", local addr %s\n\n", &info->address);
	emit_str(b.o, "group", NULL, info->group);
	emit_arr(b.o, "flows");
	for (unsigned int i = 0; i < n; i++)
		if (aces[i].ace.permit) {
			emit_text(b.o, "%s", shown++ > 0 ? "\n" : "");
			line_block(&b, &aces[i], i);
		}
	emit_end(b.o);
	if (shown == 0)
		emit_text(b.o, "   No SAs found\n");
}

static int show_sa(struct mgmt_call *call)
{
	return gm_each(call, show_interface, "interfaces");
}

static const struct mgmt_cmd cmds[] = {
	{{CLI_LOOK, 0, "show crypto ipsec sa [detail]", NULL,
	  SHOW_CRYPTO_HELP "IPsec\n"
			   "Security associations\n"
			   "With error counters"},
	 show_sa},
};

const struct command_table commands_ipsec = COMMAND_TABLE(cmds);
