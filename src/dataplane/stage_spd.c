/* SPDX-License-Identifier: BSD-3-Clause */
/* The policy applied: to what came in on a port with a crypto map, and to what leaves by one. */
#include "dataplane/control.h"
#include "dataplane/event.h"
#include "dataplane/sad.h"
#include "dataplane/spd.h"
#include "dataplane/tek.h"
#include "dataplane/worker.h"

/* ---- inbound ------------------------------------------------------------------------------ */

/* ESP nobody here can read is somebody else's, unless it is for us or what is behind us. */
static enum dp_drop_reason unknown_spi(struct dp_worker *w, struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const void *);
	struct dp_meta *meta = dp_meta(m);

	if (dp_fwd_is_own(w->root->fwd, ip->dst_addr)) {
		dp_event_sample(w, DP_EVENT_INV_SPI, m);
		return DP_DROP_SA_IN_UNKNOWN_SPI;
	}
	if (meta->rule->verdict != DP_PROTECT)
		meta->flags &= (uint8_t)~DP_META_UNKNOWN_SPI;
	return DP_DROP_NONE; /* where it leaves decides */
}

static enum dp_drop_reason judge_clear(struct dp_worker *w, const struct dp_group *g,
				       struct rte_mbuf *m)
{
	struct dp_meta *meta = dp_meta(m);

	if (meta->rule->verdict == DP_DENY)
		return DP_DROP_SPD_IN_CLOSED;
	if (meta->flags & DP_META_UNKNOWN_SPI)
		return unknown_spi(w, m);
	if (meta->rule->verdict == DP_PROTECT && !g->passive) {
		dp_event_sample(w, DP_EVENT_NOT_IPSEC, m);
		return DP_DROP_SPD_IN_CLEAR;
	}
	dp_count(&meta->rule->line->slot[w->index].clear_in, 1);
	return DP_DROP_NONE;
}

static enum dp_drop_reason judge_inner(struct dp_worker *w, const struct dp_group *g,
				       const struct rte_mbuf *m)
{
	const struct dp_meta *meta = dp_meta((struct rte_mbuf *)m);
	struct dp_line_slot *line = &meta->rule->line->slot[w->index];

	if (meta->rule->verdict != DP_PROTECT || meta->rule->sa != meta->sa->sa) {
		dp_count(&meta->sa->tek->slot[w->index].recv_errors, 1);
		dp_count(&g->spd->errors_of[meta->sa->sa]->slot[w->index].recv_errors, 1);
		return DP_DROP_SPD_IN_POLICY;
	}
	dp_count(&line->decaps, 1);
	dp_count(&line->decaps_bytes, m->data_len);
	return DP_DROP_NONE;
}

static bool decrypted(struct rte_mbuf *m)
{
	return dp_meta(m)->flags & DP_META_DECRYPTED;
}

/* Length of the run of packets at p that are all decrypted, or all not. */
static unsigned int run_length(struct rte_mbuf *const *p, unsigned int n)
{
	unsigned int i = 1;

	n = RTE_MIN(n, SPD_CHUNK);
	while (i < n && decrypted(p[i]) == decrypted(p[0]))
		i++;
	return i;
}

void dp_stage_spd_in(struct dp_worker *w, struct dp_burst *b)
{
	const struct dp_group *g;
	unsigned int k = 0, r;

	if (b->n == 0)
		return;
	g = w->root->port[dp_meta(b->pkt[0])->port_in].group;
	if (g == NULL)
		return;
	for (unsigned int i = 0; i < b->n; i += r) {
		bool inner = decrypted(b->pkt[i]);

		r = run_length(&b->pkt[i], b->n - i);
		spd_classify(inner ? g->spd->inner : g->spd->in, &b->pkt[i], r);
		for (unsigned int j = i; j < i + r; j++) {
			struct rte_mbuf *m = b->pkt[j];
			enum dp_drop_reason why =
				inner ? judge_inner(w, g, m) : judge_clear(w, g, m);

			if (why == DP_DROP_NONE)
				b->pkt[k++] = m;
			else
				dp_drop(w, m, why);
		}
	}
	b->n = (uint16_t)k;
}

/* ---- outbound ----------------------------------------------------------------------------- */

static void said_fail_open(struct dp_worker *w, const struct dp_group *g, struct rte_mbuf *m)
{
	struct dp_event ev;

	dp_event_fill(w, &ev, DP_EVENT_FAIL_OPEN, m, g->port);
	if (dp_event_put(w, &ev))
		w->fail_open_said[g->port] = g->attachment;
}

/* Where one packet goes: DP_BYPASS keeps it in the burst. */
static enum dp_verdict judge_out(struct dp_worker *w, const struct dp_group *g, struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const void *);
	struct dp_meta *meta = dp_meta(m);

	if ((meta->flags & DP_META_INJECTED) && control_out(w, ip)) {
		meta->flags |= DP_META_CONTROL;
		return DP_BYPASS;
	}
	if (meta->rule->verdict == DP_BYPASS) {
		dp_count(&meta->rule->line->slot[w->index].clear_out, 1);
		if (g->gate == DP_FAIL_OPEN && w->fail_open_said[g->port] != g->attachment)
			said_fail_open(w, g, m);
	}
	return meta->rule->verdict;
}

static void group_out(struct dp_worker *w, const struct dp_group *g, struct dp_burst *b,
		      struct dp_burst *protect, struct rte_mbuf *const *p, unsigned int n)
{
	spd_classify(g->spd->out, p, n);
	for (unsigned int i = 0; i < n; i++)
		switch (judge_out(w, g, p[i])) {
		case DP_BYPASS:
			dp_burst_add(b, p[i]);
			break;
		case DP_PROTECT:
			dp_burst_add(protect, p[i]);
			break;
		case DP_DENY:
			dp_drop(w, p[i], DP_DROP_SPD_OUT_CLOSED);
			break;
		}
}

/* Before the configuration is applied nobody knows which ports will have a crypto map: of the box
 * itself only control traffic may leave. */
static bool too_early(struct dp_worker *w, const struct rte_mbuf *m)
{
	return !w->root->forwarding && !control_out(w, rte_pktmbuf_mtod(m, const void *));
}

/* A port without a group takes everything, but ESP that only a TEK of ours could have made
 * readable ends here. */
static void plain_out(struct dp_worker *w, struct dp_burst *b, struct rte_mbuf *const *p,
		      unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct dp_meta *meta = dp_meta(p[i]);

		meta->sa = NULL;
		if (meta->flags & DP_META_UNKNOWN_SPI) {
			dp_event_sample(w, DP_EVENT_INV_SPI, p[i]);
			dp_drop(w, p[i], DP_DROP_SA_IN_UNKNOWN_SPI);
			continue;
		}
		if (too_early(w, p[i])) {
			dp_drop(w, p[i], DP_DROP_FWD_NOT_STARTED);
			continue;
		}
		dp_burst_add(b, p[i]);
	}
}

static unsigned int port_run(struct rte_mbuf *const *p, unsigned int n)
{
	unsigned int i = 1;

	n = RTE_MIN(n, SPD_CHUNK);
	while (i < n && dp_meta(p[i])->port_out == dp_meta(p[0])->port_out)
		i++;
	return i;
}

void dp_stage_spd_out(struct dp_worker *w, struct dp_burst *b, struct dp_burst *protect)
{
	unsigned int n = b->n, r;

	b->n = 0; /* refilled from its own front: never ahead of what was read */
	for (unsigned int i = 0; i < n; i += r) {
		struct rte_mbuf *p[SPD_CHUNK];
		const struct dp_group *g;

		r = port_run(&b->pkt[i], n - i);
		memcpy(p, &b->pkt[i], r * sizeof(p[0]));
		g = w->root->port[dp_meta(p[0])->port_out].group;
		if (g == NULL)
			plain_out(w, b, p, r);
		else
			group_out(w, g, b, protect, p, r);
	}
}
