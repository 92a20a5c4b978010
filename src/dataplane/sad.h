/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The SAs of a group: a small open-addressing table from SPI to SA for what comes in, and under
 * each `sa ipsec` its TEKs by age for what goes out. Immutable; a rekey builds a new one.
 */
#ifndef DATAPLANE_SAD_H
#define DATAPLANE_SAD_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#include "dataplane/dp_api.h"
#include "dataplane/dp_retire.h"
#include "dataplane/dp_root.h"
#include "dataplane/esp.h"

#define SAD_SLOTS 64 /* a power of two, at least three times DP_TEKS_MAX: short probes */

struct dp_tek;

/* The read half of an SA: what a worker touches, precomputed. */
struct dp_sa {
	const struct bulk_key *key;
	struct dp_tek *tek; /* the written half: workers write their slot of it */
	struct esp_form form;
	uint8_t sa; /* index of the `sa ipsec` */
	bool counter_mode;
	bool sends, receives;
	uint64_t expire_ns;    /* hard end, both directions */
	uint64_t switch_ns;    /* from then on its successor sends, if there is one */
	uint64_t atd_ns;       /* from then on it sends even if an older one could; 0: never */
	uint64_t window_ticks; /* time based anti-replay; 0: none */
} __rte_cache_aligned;

_Static_assert(sizeof(struct dp_sa) <= 2 * RTE_CACHE_LINE_SIZE, "two cache lines");

struct dp_sad {
	struct dp_part part;
	unsigned int n;
	struct dp_sa sa[DP_TEKS_MAX];
	uint8_t n_of[DP_SA_MAX];
	uint8_t of[DP_SA_MAX][DP_SA_TEKS_MAX]; /* indices, oldest first */
	struct {
		uint32_t spi_be;
		uint32_t index; /* + 1; 0: empty */
	} slot[SAD_SLOTS];
};

/* old: the one it replaces, or NULL. -EEXIST: an SPI of it came back with another key. */
int dp_sad_new(struct dp_sad **out, struct dp *dp, const struct dp_group_spec *g,
	       const struct dp_sad *old, struct err_text *e) GV_MUST_CHECK;

static inline unsigned int sad_hash(uint32_t spi_be)
{
	return (spi_be * 0x9e3779b1u) >> 26;
}

_Static_assert(SAD_SLOTS == 1 << (32 - 26), "sad_hash gives a slot");

/* NULL: nobody knows that SPI. */
static inline const struct dp_sa *dp_sad_lookup(const struct dp_sad *d, uint32_t spi_be)
{
	for (unsigned int h = sad_hash(spi_be);; h = (h + 1) % SAD_SLOTS) {
		if (d->slot[h].index == 0)
			return NULL;
		if (d->slot[h].spi_be == spi_be)
			return &d->sa[d->slot[h].index - 1];
	}
}

/*
 * The TEK that sends now: the oldest that has more than A left, A = min(30, max(2, L/8)) seconds
 * of a life L; if none has, the one with the most life left. A TEK whose activation time has come
 * sends instead of every older one. NULL when the list is empty; what it returns may be expired.
 */
const struct dp_sa *dp_sad_choose(const struct dp_sad *d, unsigned int sa, uint64_t now_ns);

#endif
