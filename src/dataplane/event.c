/* SPDX-License-Identifier: BSD-3-Clause */
/* The event ring, worker's end and control's end. */
#include "dataplane/event.h"

#include <rte_ring_elem.h>

#include "base/buf.h"
#include "base/loop.h"
#include "dataplane/dp.h"
#include "dataplane/esp.h"
#include "dataplane/ipv4.h"
#include "dataplane/sad.h"

#define EVENT_GAP_NS (100 * LOOP_NS_PER_MS)

_Static_assert(sizeof(struct dp_event) % 4 == 0, "what rte_ring takes");

bool dp_event_due(struct dp_worker *w, enum dp_event_kind kind, uint8_t port)
{
	uint64_t *next = &w->event_next_ns[port][kind];

	if (w->now_ns < *next)
		return false;
	*next = w->now_ns + EVENT_GAP_NS;
	return true;
}

void dp_event_fill(const struct dp_worker *w, struct dp_event *ev, enum dp_event_kind kind,
		   const struct rte_mbuf *m, uint8_t port)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const void *);
	const struct dp_sa *sa = dp_meta((struct rte_mbuf *)m)->sa;
	uint32_t ihl = ipv4_ihl(ip);

	*ev = (struct dp_event){
		.kind = kind,
		.src = addr_from_bytes(ADDR_V4, &ip->src_addr),
		.dst = addr_from_bytes(ADDR_V4, &ip->dst_addr),
		.proto = ip->next_proto_id,
		.mono_ns = w->now_ns,
	};
	memcpy(ev->port, w->dp->port_name[port], sizeof(ev->port));
	if (ip->next_proto_id == IPPROTO_ESP && m->data_len >= ihl + ESP_HDR_LEN) {
		const uint8_t *esp = (const uint8_t *)ip + ihl;

		ev->spi = get_be32(esp);
		ev->seq = get_be32(esp + 4);
	} else if (sa != NULL) {
		ev->spi = rte_be_to_cpu_32(sa->form.spi_be);
	}
}

bool dp_event_put(struct dp_worker *w, const struct dp_event *ev)
{
	if (rte_ring_sp_enqueue_elem(w->event_ring, (void *)ev, sizeof(*ev)) != 0)
		return false;
	w->to_control = true;
	return true;
}

static bool is_outbound(enum dp_event_kind kind)
{
	return kind == DP_EVENT_FAIL_OPEN || kind == DP_EVENT_NO_SA || kind == DP_EVENT_SEQ_END;
}

void dp_event_sample(struct dp_worker *w, enum dp_event_kind kind, const struct rte_mbuf *m)
{
	const struct dp_meta *meta = dp_meta((struct rte_mbuf *)m);
	uint8_t port = is_outbound(kind) ? meta->port_out : meta->port_in;
	struct dp_event ev;

	if (port >= DP_PORTS_MAX || !dp_event_due(w, kind, port))
		return;
	dp_event_fill(w, &ev, kind, m, port);
	dp_event_put(w, &ev);
}

void dp_events_drain(struct dp *dp)
{
	struct dp_event ev;

	for (unsigned int i = 0; i < dp->n_workers; i++)
		while (rte_ring_sc_dequeue_elem(dp->worker[i]->event_ring, &ev, sizeof(ev)) == 0)
			if (dp->event_fn != NULL)
				dp->event_fn(&ev, dp->event_arg);
}

void dp_set_event_fn(struct dp *dp, dp_event_fn *fn, void *arg)
{
	dp->event_fn = fn;
	dp->event_arg = arg;
}
