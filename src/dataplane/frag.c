/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fragmentation before encryption: the receiver decrypts each fragment by itself and nobody has
 * to reassemble ESP. A packet with DF is answered with the size that would fit.
 */
#include "dataplane/frag.h"

#include "dataplane/icmp.h"
#include "dataplane/ipv4.h"
#include "dataplane/sad.h"
#include "dataplane/worker.h"

/* RFC 791 3.1: end of options, no operation, and options copied into every fragment. */
#define OPT_END    0
#define OPT_NOP    1
#define OPT_COPIED 0x80

/* The largest IP packet that may go out as m will: in clear or under its TEK. */
static uint32_t size_limit(const struct dp_worker *w, const struct dp_meta *meta)
{
	uint32_t mtu = w->root->port[meta->port_out].mtu;

	return meta->sa == NULL ? mtu : esp_inner_max(&meta->sa->form, mtu);
}

uint32_t frag_later_header(uint8_t out[FRAG_HEAD_MAX], const uint8_t *hdr, uint32_t ihl)
{
	uint32_t n = sizeof(struct rte_ipv4_hdr);

	memcpy(out, hdr, n);
	for (uint32_t i = n; i < ihl && hdr[i] != OPT_END;) {
		uint32_t len = hdr[i] == OPT_NOP ? 1 : i + 1 < ihl ? hdr[i + 1] : 0;

		if (len == 0 || i + len > ihl)
			break; /* malformed: what is left is not copied */
		if ((hdr[i] & OPT_COPIED) != 0) {
			memcpy(out + n, hdr + i, len);
			n += len;
		}
		i += len;
	}
	while (n % 4 != 0)
		out[n++] = OPT_END;
	out[0] = (uint8_t)(0x40 | n / 4);
	return n;
}

bool frag_plan(struct frag_plan *p, const uint8_t *hdr, uint32_t total, uint32_t limit)
{
	uint32_t ihl = (hdr[0] & 0xfu) * 4;

	p->head_len = frag_later_header(p->head, hdr, ihl);
	if (limit < ihl + FRAG_UNIT || limit < p->head_len + FRAG_UNIT || total <= limit)
		return false;
	p->payload = total - ihl;
	p->first = (limit - ihl) & ~(FRAG_UNIT - 1);
	p->later = (limit - p->head_len) & ~(FRAG_UNIT - 1);
	p->n = 1 + (p->payload - p->first + p->later - 1) / p->later;
	return true;
}

/* Length, place and checksum; more: others follow, ours or the original's. */
static void finish(struct rte_mbuf *m, uint32_t offset, bool more)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	uint16_t place = (uint16_t)(offset / FRAG_UNIT);

	ip->total_length = rte_cpu_to_be_16(m->data_len);
	ip->fragment_offset = rte_cpu_to_be_16(place) | (more ? IPV4_MF : 0);
	ip->hdr_checksum = 0;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

/* The piece of `whole` that begins off octets into its payload, in a buffer of its own. */
static struct rte_mbuf *copy_piece(struct dp_worker *w, struct rte_mbuf *whole,
				   const struct frag_plan *p, uint32_t off)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(whole, const struct rte_ipv4_hdr *);
	uint32_t before = (rte_be_to_cpu_16(ip->fragment_offset) & 0x1fffu) * FRAG_UNIT;
	uint32_t len = RTE_MIN(p->later, p->payload - off);
	bool last = off + len == p->payload;
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->pool);
	uint8_t *data;

	if (m == NULL)
		return NULL;
	data = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(p->head_len + len));
	if (data == NULL) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	memcpy(data, p->head, p->head_len);
	memcpy(data + p->head_len, (const uint8_t *)ip + ipv4_ihl(ip) + off, len);
	*dp_meta(m) = *dp_meta(whole);
	dp_meta(m)->flags |= DP_META_FRAGMENTED;
	finish(m, before + off, !last || (ip->fragment_offset & IPV4_MF) != 0);
	return m;
}

/* The original becomes the first piece, after the others were copied out of it. */
static void trim_to_first(struct rte_mbuf *m, const struct frag_plan *p)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint32_t before = (rte_be_to_cpu_16(ip->fragment_offset) & 0x1fffu) * FRAG_UNIT;

	(void)rte_pktmbuf_trim(m, (uint16_t)(p->payload - p->first));
	dp_meta(m)->flags |= DP_META_FRAGMENTED;
	finish(m, before, true);
}

static void fragment(struct dp_worker *w, struct rte_mbuf *m, uint32_t limit, struct dp_burst *out)
{
	const uint8_t *hdr = rte_pktmbuf_mtod(m, const uint8_t *);
	uint16_t at = out->n;
	struct frag_plan p;

	if (!frag_plan(&p, hdr, m->data_len, limit) || out->n + p.n > DP_BURST_MAX) {
		dp_drop(w, m, DP_DROP_FRAG_FAILED);
		return;
	}
	dp_burst_add(out, m);
	for (uint32_t off = p.first; off < p.payload; off += p.later) {
		struct rte_mbuf *f = copy_piece(w, m, &p, off);

		if (f == NULL) { /* half a packet is of no use, and counts as the one it was */
			while (out->n > at + 1)
				rte_pktmbuf_free(out->pkt[--out->n]);
			dp_drop(w, out->pkt[--out->n], DP_DROP_FRAG_FAILED);
			return;
		}
		dp_burst_add(out, f);
	}
	trim_to_first(m, &p);
}

void dp_stage_frag(struct dp_worker *w, struct dp_burst *b)
{
	struct dp_burst out;

	out.n = 0;
	for (uint16_t i = 0; i < b->n; i++) {
		struct rte_mbuf *m = b->pkt[i];
		const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
		uint32_t limit = size_limit(w, dp_meta(m));

		if (m->data_len > limit && (ip->fragment_offset & IPV4_DF) != 0) {
			icmp_error(w, m, ICMP_UNREACHABLE, ICMP_UNREACH_TOO_BIG, (uint16_t)limit);
			dp_drop(w, m, DP_DROP_FRAG_DF);
		} else if (m->data_len > limit) {
			fragment(w, m, limit, &out);
		} else if (out.n < DP_BURST_MAX) {
			dp_burst_add(&out, m);
		} else { /* the fragments of those before it have taken all the room */
			dp_drop(w, m, DP_DROP_FRAG_FAILED);
		}
	}
	b->n = out.n;
	memcpy(b->pkt, out.pkt, out.n * sizeof(out.pkt[0]));
}
