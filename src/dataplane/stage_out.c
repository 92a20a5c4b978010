/* SPDX-License-Identifier: BSD-3-Clause */
/* Encryption: the TEK, then numbers and headers for the whole burst, then one pass of the cipher.
 * Writing a header and encrypting behind it at once would make the cipher wait for the stores. */
#include <rte_prefetch.h>

#include "dataplane/esp.h"
#include "dataplane/event.h"
#include "dataplane/sad.h"
#include "dataplane/spd.h"
#include "dataplane/tek.h"
#include "dataplane/worker.h"

static const struct dp_group *group_of(const struct dp_worker *w, struct rte_mbuf *m)
{
	return w->root->port[dp_meta(m)->port_out].group;
}

static void send_error(struct dp_worker *w, const struct dp_meta *meta)
{
	dp_count(&meta->rule->line->slot[w->index].send_errors, 1);
	if (meta->sa != NULL)
		dp_count(&meta->sa->tek->slot[w->index].send_errors, 1);
}

static void drop_out(struct dp_worker *w, struct rte_mbuf *m, enum dp_drop_reason why)
{
	send_error(w, dp_meta(m));
	dp_drop(w, m, why);
}

/* ---- sa_out ------------------------------------------------------------------------------- */

static enum dp_drop_reason may_send(const struct dp_worker *w, const struct dp_group *g,
				    const struct dp_sa *sa)
{
	if (sa == NULL)
		return DP_DROP_SA_OUT_NONE;
	if (w->now_ns >= sa->expire_ns)
		return DP_DROP_SA_OUT_EXPIRED;
	if (sa->counter_mode && g->sender[w->index].max == 0)
		return DP_DROP_SA_OUT_SENDER_ID;
	if (sa->window_ticks != 0 && !g->clock_valid)
		return DP_DROP_SA_OUT_UNSYNCED;
	return DP_DROP_NONE;
}

/* What was decided for the packet before; most often the next one is the same. */
struct choice {
	const struct dp_group *g;
	unsigned int index;
	const struct dp_sa *sa;
	enum dp_drop_reason why;
};

static void choose(const struct dp_worker *w, struct choice *c, const struct dp_group *g,
		   unsigned int index)
{
	c->g = g;
	c->index = index;
	c->sa = dp_sad_choose(g->sad, index, w->now_ns);
	c->why = may_send(w, g, c->sa);
}

void dp_stage_sa_out(struct dp_worker *w, struct dp_burst *b)
{
	struct choice c = {0};
	unsigned int k = 0;

	for (unsigned int i = 0; i < b->n; i++) {
		struct rte_mbuf *m = b->pkt[i];
		struct dp_meta *meta = dp_meta(m);
		const struct dp_group *g = group_of(w, m);

		if (g != c.g || meta->rule->sa != c.index)
			choose(w, &c, g, meta->rule->sa);
		meta->sa = c.sa;
		if (c.why == DP_DROP_NONE) {
			b->pkt[k++] = m;
			continue;
		}
		if (c.why == DP_DROP_SA_OUT_UNSYNCED)
			dp_count(&w->ctr->tbar[g->port].out_errors, 1);
		dp_event_sample(w, DP_EVENT_NO_SA, m);
		drop_out(w, m, c.why);
	}
	b->n = (uint16_t)k;
}

/* ---- esp_out ------------------------------------------------------------------------------ */

/* Packets under one SA and one policy line: what they share, and what to add when it ends. */
struct run {
	const struct dp_sa *sa;
	const struct dp_rule *rule;
	const struct dp_group *g;
	struct dp_tek_slot *slot;
	const struct iv_sender *sender;
	uint64_t ticks;
	uint64_t packets, bytes;
};

#define IV_END_SHARE 16 /* the last sixteenth of the IVs asks for a new registration */

static void say_iv_end(struct dp_worker *w, const struct run *r, const struct rte_mbuf *m)
{
	struct dp_event ev;

	if (r->slot->end_said)
		return;
	dp_event_fill(w, &ev, DP_EVENT_SEQ_END, m, r->g->port);
	r->slot->end_said = dp_event_put(w, &ev);
}

/* last: any packet of the run. */
static void run_end(struct dp_worker *w, struct run *r, const struct rte_mbuf *last)
{
	struct dp_line_slot *line;

	if (r->packets == 0)
		return;
	line = &r->rule->line->slot[w->index];
	dp_count(&r->slot->encaps, r->packets);
	dp_count(&r->slot->encaps_bytes, r->bytes);
	dp_count(&line->encaps, r->packets);
	dp_count(&line->encaps_bytes, r->bytes);
	if (r->sa->window_ticks != 0)
		dp_count(&w->ctr->tbar[r->g->port].out_packets, r->packets);
	if (r->sa->counter_mode && r->slot->ssiv > r->sender->max - r->sender->max / IV_END_SHARE)
		say_iv_end(w, r, last);
	r->packets = r->bytes = 0;
}

static void run_begin(const struct dp_worker *w, struct run *r, struct rte_mbuf *m)
{
	const struct dp_meta *meta = dp_meta(m);

	r->sa = meta->sa;
	r->rule = meta->rule;
	r->g = group_of(w, m);
	r->slot = &meta->sa->tek->slot[w->index];
	r->sender = &r->g->sender[w->index];
	r->ticks = dp_group_ticks(r->g, w->now_ns);
}

/* The next IV in `iv`, 16 octets of room. False: none left. */
static bool next_iv(struct dp_worker *w, const struct run *r, uint8_t *iv)
{
	uint64_t v;

	if (!r->sa->counter_mode) {
		memcpy(iv, iv_maker_next(&w->iv), 16);
		return true;
	}
	if (r->slot->ssiv >= r->sender->max)
		return false;
	v = rte_cpu_to_be_64(r->sender->base | ++r->slot->ssiv);
	memcpy(iv, &v, sizeof(v));
	return true;
}

static enum dp_drop_reason seal_prepare(struct dp_worker *w, const struct run *r,
					struct rte_mbuf *m, struct bulk_op *op)
{
	const struct esp_form *f = &r->sa->form;
	struct esp_buf b = {rte_pktmbuf_mtod(m, uint8_t *), m->data_len, m->data_off,
			    rte_pktmbuf_tailroom(m)};
	uint8_t iv[16];
	struct esp_stamp st = {.iv = iv, .ticks = r->ticks};
	enum dp_drop_reason why;

	if (!next_iv(w, r, iv))
		return DP_DROP_SA_OUT_IV_END;
	st.seq = r->slot->seq + 1;
	st.ip_id = w->ip_id++;
	__atomic_store_n(&r->slot->seq, st.seq, __ATOMIC_RELAXED);
	why = esp_out_build(f, &st, &b);
	if (why != DP_DROP_NONE)
		return why;
	m->data_off = (uint16_t)b.head;
	m->data_len = (uint16_t)b.len;
	m->pkt_len = b.len;
	*op = (struct bulk_op){.key = r->sa->key,
			       .esp = b.data + ESP_OUTER_LEN,
			       .text_len = b.len - f->head_len - f->icv_len};
	return DP_DROP_NONE;
}

void dp_stage_esp_out(struct dp_worker *w, struct dp_burst *b)
{
	struct run r = {0};
	unsigned int k = 0;

	for (unsigned int i = 0; i < b->n; i++) {
		struct rte_mbuf *m = b->pkt[i];
		const struct dp_meta *meta = dp_meta(m);
		uint32_t inner = m->data_len;
		enum dp_drop_reason why;

		if (meta->sa != r.sa || meta->rule != r.rule) {
			run_end(w, &r, k > 0 ? b->pkt[k - 1] : m);
			run_begin(w, &r, m);
		}
		why = seal_prepare(w, &r, m, &w->ops[k]);
		if (why != DP_DROP_NONE) {
			if (why == DP_DROP_SA_OUT_IV_END)
				say_iv_end(w, &r, m);
			drop_out(w, m, why);
			continue;
		}
		r.packets++;
		r.bytes += inner;
		b->pkt[k++] = m;
	}
	if (k > 0)
		run_end(w, &r, b->pkt[k - 1]);
	b->n = (uint16_t)k;
	bulk_seal(w->bulk, w->ops, k);
}
