/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The policy of a group, compiled. Three readings of it:
 *
 *	out	leaves by the port: local lines, then the downloaded list
 *	in	came in clear by the port: local lines with the two sides swapped, then the same list
 *	inner	came out of ESP: the downloaded list alone, for the local one is another box's
 *
 * The downloaded list is the group's: it is compared as packets stand, in both directions. A later
 * fragment has no ports: a permit line with ports matches it by the rest, a deny line with ports
 * is passed over; so each reading has a second classifier for those, unless both are the same.
 */
#ifndef DATAPLANE_SPD_H
#define DATAPLANE_SPD_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#include "dataplane/dp_api.h"
#include "dataplane/dp_retire.h"
#include "dataplane/dp_root.h"
#include "dataplane/ipv4.h"

struct rte_acl_ctx;
struct dp;

enum dp_verdict { DP_BYPASS, DP_PROTECT, DP_DENY };

/* Counters of a line of the downloaded list: written by workers in their slot, carried from one
 * compiled policy to the next while the line is the same. */
struct dp_line_slot {
	uint64_t encaps, encaps_bytes, decaps, decaps_bytes;
	uint64_t send_errors, recv_errors, verify_failed, replay_failed;
	uint64_t clear_out, clear_in;
} __rte_cache_aligned;

struct dp_line {
	uint32_t refs; /* control */
	unsigned int n_slots;
	struct dp_ace_spec spec;
	struct dp_ace_stats base; /* of the last clear */
	struct dp_line_slot slot[];
};

struct dp_rule {
	struct dp_line *line; /* of a local line or the default: one that nobody shows */
	uint8_t verdict;      /* enum dp_verdict */
	uint8_t sa;           /* index of the `sa ipsec` */
};

/* What a packet is compared by: four octets a step, network order. */
struct spd_key {
	uint8_t proto, spare[3];
	uint32_t src, dst;
	uint16_t sport, dport;
	uint8_t tos, spare2[3];
};

_Static_assert(sizeof(struct spd_key) == 20, "no holes");

struct dp_classifier {
	uint32_t refs;
	struct rte_acl_ctx *whole; /* NULL: no line, the default for all */
	struct rte_acl_ctx *later; /* may be the same */
	struct dp_rule rule[];     /* 0: the default */
};

struct dp_spd {
	struct dp_part part;
	struct dp_classifier *out, *in, *inner;
	struct dp_line *other; /* default and local lines count here */
	struct dp_line *line[ACE_MAX_PER_POLICY];
	unsigned int n_lines;
	/* First permit line of each `sa ipsec`: what could not be decrypted never met a line, and
	 * counts there; `other` when there is none. */
	struct dp_line *errors_of[DP_SA_MAX];
	/* what it was made from */
	enum dp_gate gate;
	struct ace local[ACE_MAX_PER_POLICY], fail_close[ACE_MAX_PER_POLICY];
	unsigned int n_local, n_fail_close;
};

/* old: the one it replaces, or NULL. Lines that stay the same keep their counters. */
int dp_spd_new(struct dp_spd **out, struct dp *dp, const struct dp_group_spec *g,
	       const struct dp_spd *old, struct err_text *e) GV_MUST_CHECK;
/* g would compile to the same. */
bool dp_spd_same(const struct dp_spd *s, const struct dp_group_spec *g);
void dp_line_stats(const struct dp_line *l, struct dp_ace_stats *out);
void dp_line_clear(struct dp_line *l);

/* ip: validated, data to its total length. */
static inline void spd_key_make(struct spd_key *k, const struct rte_ipv4_hdr *ip)
{
	const uint8_t *l4 = (const uint8_t *)ip + ipv4_ihl(ip);
	bool ports = ip->next_proto_id == IPPROTO_TCP || ip->next_proto_id == IPPROTO_UDP;

	k->proto = ip->next_proto_id;
	k->src = ip->src_addr;
	k->dst = ip->dst_addr;
	k->sport = k->dport = 0;
	if (ports && rte_be_to_cpu_16(ip->total_length) >= ipv4_ihl(ip) + 4)
		memcpy(&k->sport, l4, 4);
	k->tos = ip->type_of_service;
}

#define SPD_CHUNK 32

struct rte_mbuf;
struct dp_worker;

/* meta->rule of n packets (at most SPD_CHUNK), data at their IP headers. */
void spd_classify(const struct dp_classifier *c, struct rte_mbuf *const *m, unsigned int n);

/* ---- behind rte_acl: spd_acl.c ------------------------------------------------------------ */

/* A line in its place; index: the rule it stands for. */
struct spd_acl_line {
	struct ace ace;
	uint32_t index; /* > 0 */
};

/* Compiles lines, first match wins, for whole packets or for later fragments. *out NULL when
 * none of them can match. */
int spd_acl_new(struct rte_acl_ctx **out, const struct spd_acl_line *l, unsigned int n,
		bool later_fragments) GV_MUST_CHECK;
/* Index of the matched line of each key (struct spd_key), 0: none. */
void spd_acl_match(const struct rte_acl_ctx *ctx, const uint8_t *keys[], uint32_t *index,
		   unsigned int n);
void spd_acl_free(struct rte_acl_ctx *ctx); /* NULL is fine */

#endif
