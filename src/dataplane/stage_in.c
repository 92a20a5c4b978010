/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ESP that arrives on a port with a crypto map, whether it is addressed to the box or, as header
 * preservation makes most of it, to a host behind: look up, verify and decrypt in one go, strip,
 * check the time stamp.
 */
#include <string.h>

#include <rte_prefetch.h>

#include "dataplane/esp.h"
#include "dataplane/event.h"
#include "dataplane/ipv4.h"
#include "dataplane/sad.h"
#include "dataplane/spd.h"
#include "dataplane/tek.h"
#include "dataplane/worker.h"
#include "tbar/tbar.h"

static struct dp_tek_slot *slot_of(const struct dp_worker *w, const struct dp_sa *sa)
{
	return &sa->tek->slot[w->index];
}

static struct dp_line_slot *error_line(const struct dp_worker *w, const struct dp_group *g,
				       const struct dp_sa *sa)
{
	return &g->spd->errors_of[sa->sa]->slot[w->index];
}

static void recv_error(const struct dp_worker *w, const struct dp_group *g, const struct dp_sa *sa)
{
	dp_count(&slot_of(w, sa)->recv_errors, 1);
	dp_count(&error_line(w, g, sa)->recv_errors, 1);
}

/* ---- sa_in -------------------------------------------------------------------------------- */

static enum dp_drop_reason refuse(struct dp_worker *w, const struct dp_sa *sa, int32_t text_len)
{
	if (w->now_ns >= sa->expire_ns)
		return DP_DROP_SA_IN_EXPIRED;
	if (!sa->receives)
		return DP_DROP_SA_IN_DIRECTION;
	if (text_len < 0)
		return DP_DROP_ESP_IN_LENGTH;
	return DP_DROP_NONE;
}

/* Finds the SA (meta->sa) and prepares decryption. NULL in meta->sa: a TEK nobody here has. */
static enum dp_drop_reason sa_in(struct dp_worker *w, const struct dp_group *g, struct rte_mbuf *m,
				 struct bulk_op *op)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const void *);
	struct dp_meta *meta = dp_meta(m);
	uint32_t ihl = ipv4_ihl(ip);
	uint8_t *esp = rte_pktmbuf_mtod_offset(m, uint8_t *, ihl);
	enum dp_drop_reason why;
	const struct dp_sa *sa;
	int32_t text_len;
	rte_be32_t spi_be;

	if (ipv4_is_fragment(ip))
		return DP_DROP_ESP_IN_FRAGMENT;
	if (m->data_len < ihl + ESP_HDR_LEN)
		return DP_DROP_ESP_IN_LENGTH;
	memcpy(&spi_be, esp, sizeof(spi_be)); /* an IP packet is never aligned in its frame */
	sa = dp_sad_lookup(g->sad, spi_be);
	if (sa == NULL) {
		meta->flags |= DP_META_UNKNOWN_SPI;
		return DP_DROP_NONE;
	}
	text_len = esp_in_text_len(&sa->form, ihl, m->data_len);
	why = refuse(w, sa, text_len);
	if (why != DP_DROP_NONE) {
		recv_error(w, g, sa);
		return why;
	}
	meta->sa = sa;
	*op = (struct bulk_op){.key = sa->key, .esp = esp, .text_len = (uint32_t)text_len};
	return DP_DROP_NONE;
}

/* Fills w->ops from the ESP packets of the burst; returns how many. */
static unsigned int look_up_all(struct dp_worker *w, const struct dp_group *g, struct dp_burst *b)
{
	unsigned int n = 0, k = 0;

	for (unsigned int i = 0; i < b->n; i++) {
		struct rte_mbuf *m = b->pkt[i];
		const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const void *);
		enum dp_drop_reason why = DP_DROP_NONE;

		if (ip->next_proto_id == IPPROTO_ESP)
			why = sa_in(w, g, m, &w->ops[n]);
		if (why != DP_DROP_NONE) {
			dp_drop(w, m, why);
			continue;
		}
		n += dp_meta(m)->sa != NULL;
		b->pkt[k++] = m;
	}
	b->n = (uint16_t)k;
	return n;
}

/* ---- tbar --------------------------------------------------------------------------------- */

static void tbar_accepted(const struct dp_worker *w, struct dp_tbar_ctr *c, uint64_t delta)
{
	dp_count(&c->in_packets, 1);
	if (c->clear_epoch != w->root->clear_epoch) {
		__atomic_store_n(&c->max_delta, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&c->clear_epoch, w->root->clear_epoch, __ATOMIC_RELEASE);
	}
	if (delta > c->max_delta)
		__atomic_store_n(&c->max_delta, delta, __ATOMIC_RELAXED);
}

static enum dp_drop_reason tbar_check(struct dp_worker *w, const struct dp_group *g,
				      const struct dp_sa *sa, const struct rte_mbuf *m,
				      uint64_t ticks)
{
	struct dp_tbar_ctr *c = &w->ctr->tbar[g->port];
	uint64_t now = dp_group_ticks(g, w->now_ns);
	int64_t ahead = (int64_t)(ticks - now);
	struct dp_event ev;

	if (!g->clock_valid)
		return DP_DROP_TBAR_UNSYNCED;
	if (tbar_accepts(ticks, now, sa->window_ticks)) {
		tbar_accepted(w, c, (uint64_t)(ahead < 0 ? -ahead : ahead));
		return DP_DROP_NONE;
	}
	dp_count(&c->in_errors, 1);
	if (dp_event_due(w, DP_EVENT_TBAR, g->port)) {
		dp_event_fill(w, &ev, DP_EVENT_TBAR, m, g->port);
		ev.my_ticks = now;
		ev.peer_ticks = ticks;
		ev.window = (uint32_t)(sa->window_ticks / TBAR_TICKS_PER_S);
		dp_event_put(w, &ev);
	}
	return ahead < 0 ? DP_DROP_TBAR_OLD : DP_DROP_TBAR_NEW;
}

/* ---- esp_in ------------------------------------------------------------------------------- */

static void count_failure(struct dp_worker *w, const struct dp_group *g, const struct rte_mbuf *m,
			  enum dp_drop_reason why)
{
	const struct dp_sa *sa = dp_meta((struct rte_mbuf *)m)->sa;
	struct dp_tek_slot *slot = slot_of(w, sa);
	struct dp_line_slot *line = error_line(w, g, sa);

	recv_error(w, g, sa);
	switch (why) {
	case DP_DROP_ESP_IN_ICV:
		dp_count(&slot->verify_failed, 1);
		dp_count(&line->verify_failed, 1);
		dp_event_sample(w, DP_EVENT_MAC, m);
		break;
	case DP_DROP_TBAR_OLD:
	case DP_DROP_TBAR_NEW:
		dp_count(&slot->replay_failed, 1);
		dp_count(&line->replay_failed, 1);
		break;
	case DP_DROP_ESP_IN_ADDRESS:
		dp_event_sample(w, DP_EVENT_ADDR_MISMATCH, m);
		break;
	default:
		break;
	}
}

/* The packet becomes its inner one only when everything was right. */
static enum dp_drop_reason open_one(struct dp_worker *w, const struct dp_group *g,
				    struct rte_mbuf *m, const struct bulk_op *op)
{
	const struct dp_sa *sa = dp_meta(m)->sa;
	struct esp_buf b = {rte_pktmbuf_mtod(m, uint8_t *), m->data_len, m->data_off,
			    rte_pktmbuf_tailroom(m)};
	struct esp_in_result res;
	enum dp_drop_reason why;

	if (!op->ok)
		return DP_DROP_ESP_IN_ICV;
	why = esp_in_strip(&sa->form, g->address_check, &b, &res);
	if (why == DP_DROP_NONE && sa->window_ticks != 0)
		why = tbar_check(w, g, sa, m, res.ticks);
	if (why != DP_DROP_NONE)
		return why;
	m->data_off = (uint16_t)b.head;
	m->data_len = (uint16_t)b.len;
	m->pkt_len = b.len;
	dp_meta(m)->flags |= DP_META_DECRYPTED;
	return DP_DROP_NONE;
}

/* Counts of a run of packets under one SA, added when the run ends. */
struct run {
	const struct dp_sa *sa;
	uint64_t packets, bytes;
};

static void run_end(const struct dp_worker *w, struct run *r)
{
	if (r->packets == 0)
		return;
	dp_count(&slot_of(w, r->sa)->decaps, r->packets);
	dp_count(&slot_of(w, r->sa)->decaps_bytes, r->bytes);
	r->packets = r->bytes = 0;
}

static void run_add(const struct dp_worker *w, struct run *r, const struct dp_sa *sa,
		    uint64_t bytes)
{
	if (r->sa != sa) {
		run_end(w, r);
		r->sa = sa;
	}
	r->packets++;
	r->bytes += bytes;
}

/* Packets with an SA are the ones `ops` has, in the same order. */
static void open_all(struct dp_worker *w, const struct dp_group *g, struct dp_burst *b)
{
	const struct bulk_op *op = w->ops;
	struct run run = {0};
	unsigned int k = 0;

	for (unsigned int i = 0; i < b->n; i++) {
		struct rte_mbuf *m = b->pkt[i];
		const struct dp_sa *sa = dp_meta(m)->sa;
		enum dp_drop_reason why;

		if (sa != NULL) {
			why = open_one(w, g, m, op++);
			if (why != DP_DROP_NONE) {
				count_failure(w, g, m, why);
				dp_drop(w, m, why);
				continue;
			}
			run_add(w, &run, sa, m->data_len);
		}
		b->pkt[k++] = m;
	}
	run_end(w, &run);
	b->n = (uint16_t)k;
}

void dp_stage_esp_in(struct dp_worker *w, struct dp_burst *b)
{
	const struct dp_group *g;
	unsigned int n;

	if (b->n == 0)
		return;
	g = w->root->port[dp_meta(b->pkt[0])->port_in].group;
	if (g == NULL)
		return;
	n = look_up_all(w, g, b);
	if (n == 0)
		return;
	bulk_open(w->bulk, w->ops, n);
	open_all(w, g, b);
}
