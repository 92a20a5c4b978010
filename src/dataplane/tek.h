/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The written half of an SA: what must never go back. A struct dp_tek belongs to (SPI, key); it is
 * made when that key is first installed, every later SAD that has the key points to it, and
 * workers write only their own slot. Its IV and sequence counters therefore run on through every
 * rebuilt root, changed policy or repeated rekey message, and no IV is used twice under a key.
 *
 * When the last SAD has let go of it, the key is wiped but the counters stay until an hour after
 * the key's end: the same SPI handed out again goes on counting where it stopped.
 */
#ifndef DATAPLANE_TEK_H
#define DATAPLANE_TEK_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#include "base/err.h"
#include "crypto/bulk.h"
#include "dataplane/dp_api.h"

struct dp;

/* worker: rw, control: ro */
struct dp_tek_slot {
	uint64_t ssiv; /* last counter used in an IV */
	uint32_t seq;  /* last sequence number used; wraps */
	bool end_said; /* that IVs are nearly used up: once, each time costs the key server IDs */
	uint64_t encaps, encaps_bytes, decaps, decaps_bytes;
	uint64_t send_errors, recv_errors, verify_failed, replay_failed;
} __rte_cache_aligned;

/* control: rw, except the slots */
struct dp_tek {
	struct dp_tek *next;
	uint32_t refs; /* SADs */
	uint32_t spi;
	enum suite_id suite;
	uint64_t expire_ns; /* the latest end it was ever given */
	struct secret *key, *auth;
	struct bulk_key *bulk; /* expanded; NULL once given up */
	unsigned int n_slots;
	struct dp_sa_stats base; /* of the last clear */
	struct dp_tek_slot slot[];
};

/* A reference to the TEK of that SPI and key, made when it is new. */
int dp_tek_get(struct dp_tek **out, struct dp *dp, const struct dp_tek_spec *spec,
	       struct err_text *e) GV_MUST_CHECK;
void dp_tek_unref(struct dp_tek *t);
/* Forgets what no SAD has and whose life has long been over. */
void dp_tek_sweep(struct dp *dp, uint64_t now_ns);
/* Forgets everything; no SAD may be left. */
void dp_tek_fini(struct dp *dp);
/* Sum over workers since the last clear. */
void dp_tek_stats(const struct dp_tek *t, struct dp_sa_stats *out);
void dp_tek_clear(struct dp_tek *t);

#endif
