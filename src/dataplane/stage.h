/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bursts, what travels with a packet, and the contract of a stage.
 *
 * A worker takes a burst from a queue and runs it through fixed stages; packets never jump
 * backwards. A stage is `void dp_stage_X(struct dp_worker *, struct dp_burst *)`. For each
 * packet it does one of:
 *
 *	keep it		left in the burst, order kept
 *	move it		to another burst the stage names, to dp_punt()
 *	drop it		dp_drop() with a reason of drops.def
 *
 * No system call, allocation, lock, log or floating point in a stage. The root (policy, keys,
 * routes) and the time of a burst are fixed before its first stage: w->root, w->now_ns.
 *
 * Shape of a packet. Up to and including l2 the data start at the Ethernet header. l2 copies that
 * header to meta->eth and takes it off: from there on the data start at the IP header, one
 * segment, exactly `total length` octets. fwd overwrites meta->eth with the header of the output
 * link; tx and the punt ring put it in front again. So ESP never has to step over link headers,
 * and a stage that needs room in front has the whole headroom.
 */
#ifndef DATAPLANE_STAGE_H
#define DATAPLANE_STAGE_H

#include <stdint.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#define DP_RX_BURST  32  /* packets a worker takes at once */
#define DP_BURST_MAX 256 /* with the fragments a burst may become */
#define DP_PORT_NONE 0xff

enum dp_drop_reason {
	DP_DROP_NONE,
#define DROP(name, text, ios, what) DP_DROP_##name,
#include "dataplane/drops.def"
#undef DROP
	DP_DROP_COUNT
};

struct dp_worker;
struct dp_sa;
struct dp_rule;

enum dp_meta_flag {
	DP_META_INJECTED = 1,    /* made by this box: from its kernel or an ICMP error of a stage */
	DP_META_CONTROL = 2,     /* the box's own control traffic: the SPD lets it through */
	DP_META_DECRYPTED = 4,   /* came as ESP, rule and sa are those it came under */
	DP_META_UNKNOWN_SPI = 8, /* ESP no TEK of ours fits, would need one if it ends here */
	DP_META_L2_ONLY = 16,    /* not IPv4 (ARP): data start at the Ethernet header, tx alone */
	DP_META_FRAGMENTED = 32, /* made here before encryption: keeps the verdict of the whole */
	DP_META_UNANSWERED = 64, /* comes back from waiting for a neighbour that did not answer */
};

/* Private area of each mbuf: dp_meta(). */
struct dp_meta {
	struct rte_ether_hdr eth; /* link header it came with, after fwd the one to leave with */
	uint8_t port_in;          /* DP_PORT_NONE: injected */
	uint8_t port_out;         /* from fwd on */
	uint8_t flags;            /* enum dp_meta_flag */
	uint8_t spare[7];
	const struct dp_sa *sa;     /* TEK it came under, from sa_out on the one to leave under */
	const struct dp_rule *rule; /* policy line that matched, or the default */
	uint64_t mirror[2];         /* free for punt, fwd and tx (held packets, next hop) */
	uint64_t spare2;
};

_Static_assert(sizeof(struct dp_meta) == 64, "one cache line");

static inline struct dp_meta *dp_meta(struct rte_mbuf *m)
{
	return (struct dp_meta *)rte_mbuf_to_priv(m);
}

struct dp_burst {
	uint16_t n;
	struct rte_mbuf *pkt[DP_BURST_MAX];
};

static inline void dp_burst_add(struct dp_burst *b, struct rte_mbuf *m)
{
	b->pkt[b->n++] = m;
}

/*
 * Stages in the order of the path. dp_pipeline() runs a received burst through all of them,
 * dp_pipeline_out() what the box itself sends (data at the IP header, meta: eth, port_out and
 * flags filled in) from spd_out on.
 */
void dp_stage_l2(struct dp_worker *w, struct dp_burst *b);
/* Takes the box's own control traffic off a burst of a port with a crypto map, before the policy
 * sees it. All else for the box is found by fwd. */
void dp_stage_punt(struct dp_worker *w, struct dp_burst *b);
/* ESP of a port with a crypto map: look up, verify, decrypt, strip, time stamp. What is left is
 * clear packets and decrypted ones. */
void dp_stage_esp_in(struct dp_worker *w, struct dp_burst *b);
void dp_stage_spd_in(struct dp_worker *w, struct dp_burst *b);
/* Next hop, TTL; for the box: dp_punt(). Sets port_out and eth. */
void dp_stage_fwd(struct dp_worker *w, struct dp_burst *b);
/* Moves what must be protected to `protect`. What stays leaves in clear. */
void dp_stage_spd_out(struct dp_worker *w, struct dp_burst *b, struct dp_burst *protect);
/* Chooses the TEK: meta->sa. */
void dp_stage_sa_out(struct dp_worker *w, struct dp_burst *b);
/* Too big for the output port, meta->sa with its overhead (NULL: none): fragments or ICMP. */
void dp_stage_frag(struct dp_worker *w, struct dp_burst *b);
/* Sequence number, IV, headers of the whole burst, then one pass of encryption. */
void dp_stage_esp_out(struct dp_worker *w, struct dp_burst *b);
/* Link header, send by port_out. Takes all. */
void dp_stage_tx(struct dp_worker *w, struct dp_burst *b);

void dp_pipeline(struct dp_worker *w, struct dp_burst *b);
void dp_pipeline_out(struct dp_worker *w, struct dp_burst *b);

#endif
