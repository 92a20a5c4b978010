/* SPDX-License-Identifier: BSD-3-Clause */
/* Output: the link header goes in front, packets are gathered by port and sent in one call. */
#include <rte_ethdev.h>

#include "dataplane/worker.h"

static void send_port(struct dp_worker *w, uint8_t port)
{
	struct dp_port_ctr *c = &w->ctr->port[port];
	struct rte_mbuf **pkt = w->txb[port];
	uint16_t n = w->n_txb[port], sent;
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < n; i++)
		bytes += pkt[i]->pkt_len; /* before: what was sent is not ours to read */
	sent = rte_eth_tx_burst(w->root->port[port].ethdev, w->txq[port], pkt, n);
	for (uint16_t i = sent; i < n; i++) {
		bytes -= pkt[i]->pkt_len;
		dp_drop(w, pkt[i], DP_DROP_TX_FULL);
	}
	dp_count(&c->tx_packets, sent);
	dp_count(&c->tx_bytes, bytes);
	w->n_txb[port] = 0;
}

void dp_tx_flush(struct dp_worker *w)
{
	for (uint8_t port = 0; port < w->root->n_ports; port++)
		if (w->n_txb[port] > 0)
			send_port(w, port);
}

static void put_link_header(struct rte_mbuf *m)
{
	struct rte_ether_hdr *eth;

	if ((dp_meta(m)->flags & DP_META_L2_ONLY) != 0)
		return;
	/* It was there when the packet came, and ESP leaves room for it. */
	eth = (struct rte_ether_hdr *)rte_pktmbuf_prepend(m, sizeof(*eth));
	gv_assert(eth != NULL);
	*eth = dp_meta(m)->eth;
}

void dp_stage_tx(struct dp_worker *w, struct dp_burst *b)
{
	for (uint16_t i = 0; i < b->n; i++) {
		struct rte_mbuf *m = b->pkt[i];
		uint8_t port = dp_meta(m)->port_out;

		if (!w->root->port[port].up) {
			dp_drop(w, m, DP_DROP_FWD_PORT_DOWN);
			continue;
		}
		put_link_header(m);
		if (w->n_txb[port] == DP_BURST_MAX)
			send_port(w, port);
		w->txb[port][w->n_txb[port]++] = m;
	}
	b->n = 0;
}
