/* SPDX-License-Identifier: BSD-3-Clause */
/* Building the SAs of a group and choosing the one that sends. */
#include "dataplane/sad.h"

#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "dataplane/dp.h"
#include "dataplane/tek.h"
#include "tbar/tbar.h"

static void sad_free(struct dp_part *p)
{
	struct dp_sad *d = (struct dp_sad *)p;

	for (unsigned int i = 0; i < d->n; i++)
		dp_tek_unref(d->sa[i].tek);
	free(d);
}

/* How long before its end a TEK hands over to its successor. */
static uint64_t handover_ns(uint32_t life_s)
{
	uint64_t a = life_s * LOOP_NS_PER_S / 8;

	return GV_MIN(30 * LOOP_NS_PER_S, GV_MAX(2 * LOOP_NS_PER_S, a));
}

static void sa_init(struct dp_sa *sa, struct dp_tek *tek, const struct dp_tek_spec *s)
{
	const struct suite *su = suite_get(s->suite);
	uint64_t before = handover_ns(s->life_s);

	*sa = (struct dp_sa){
		.key = tek->bulk,
		.tek = tek,
		.sa = s->sa,
		.counter_mode = su->counter_mode,
		.sends = s->direction != DP_DIR_RECEIVE_ONLY,
		.receives = s->direction != DP_DIR_SEND_ONLY,
		.expire_ns = s->expire_ns,
		.switch_ns = s->expire_ns > before ? s->expire_ns - before : 0,
		.atd_ns = s->atd_ns,
		.window_ticks =
			s->replay == DP_REPLAY_TIME ? (uint64_t)s->window * TBAR_TICKS_PER_S : 0,
	};
	esp_form_init(&sa->form, su, s->spi, s->replay == DP_REPLAY_TIME ? s->shim_proto : 0);
}

static void table_add(struct dp_sad *d, uint32_t spi_be, uint32_t index)
{
	unsigned int h = sad_hash(spi_be);

	while (d->slot[h].index != 0)
		h = (h + 1) % SAD_SLOTS;
	d->slot[h].spi_be = spi_be;
	d->slot[h].index = index + 1;
}

static int spec_check(const struct dp_tek_spec *s, struct err_text *e)
{
	if (s->spi < 256)
		return err_set(e, -EINVAL, "TEK 0x%08X: reserved SPI", s->spi);
	if (s->suite <= SUITE_NONE || s->suite >= SUITE_COUNT)
		return err_set(e, -ENOTSUP, "TEK 0x%08X: unknown suite", s->spi);
	if (s->sa >= DP_SA_MAX)
		return err_set(e, -EINVAL, "TEK 0x%08X: more than %d sa ipsec", s->spi, DP_SA_MAX);
	if (s->replay == DP_REPLAY_COUNTER)
		return err_set(e, -ENOTSUP,
			       "TEK 0x%08X: counter-based anti-replay is not supported", s->spi);
	if (s->replay != DP_REPLAY_TIME)
		return 0;
	if (s->window < TBAR_WINDOW_MIN_S || s->window > TBAR_WINDOW_MAX_S)
		return err_set(e, -EINVAL, "TEK 0x%08X: time window of %u s", s->spi, s->window);
	switch (s->shim_proto) {
	case 0:
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
	case IPPROTO_ESP:
	case IPPROTO_AH:
	case IPPROTO_NONE:
		return err_set(e, -EINVAL, "TEK 0x%08X: time stamp announced by protocol %u",
			       s->spi, s->shim_proto);
	}
	return 0;
}

static int sad_add(struct dp_sad *d, struct dp *dp, const struct dp_tek_spec *s,
		   const struct dp_sad *old, struct err_text *e)
{
	uint32_t spi_be = rte_cpu_to_be_32(s->spi);
	const struct dp_sa *before;
	struct dp_tek *tek;
	int rc = spec_check(s, e);

	if (rc < 0)
		return rc;
	if (d->n_of[s->sa] == DP_SA_TEKS_MAX || d->n == DP_TEKS_MAX)
		return err_set(e, -E2BIG, "more than %d TEKs alive at once", DP_SA_TEKS_MAX);
	if (dp_sad_lookup(d, spi_be) != NULL)
		return err_set(e, -EEXIST, "TEK 0x%08X is there twice", s->spi);
	rc = dp_tek_get(&tek, dp, s, e);
	if (rc < 0)
		return rc;
	before = old == NULL ? NULL : dp_sad_lookup(old, spi_be);
	if (before != NULL && before->tek != tek) {
		dp_tek_unref(tek);
		return err_set(e, -EEXIST, "TEK 0x%08X came back with another key", s->spi);
	}
	sa_init(&d->sa[d->n], tek, s);
	table_add(d, spi_be, d->n);
	d->of[s->sa][d->n_of[s->sa]++] = (uint8_t)d->n;
	d->n++;
	return 0;
}

int dp_sad_new(struct dp_sad **out, struct dp *dp, const struct dp_group_spec *g,
	       const struct dp_sad *old, struct err_text *e)
{
	struct dp_sad *d = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_CACHE_LINE_ROUNDUP(sizeof(*d)));

	if (d == NULL)
		return err_set(e, -ENOMEM, "no memory");
	memset(d, 0, sizeof(*d));
	dp_part_init(&d->part, sad_free);
	for (unsigned int i = 0; i < g->n_teks; i++) {
		int rc = sad_add(d, dp, &g->teks[i], old, e);

		if (rc < 0) {
			dp_part_unref(&d->part);
			return rc;
		}
	}
	*out = d;
	return 0;
}

const struct dp_sa *dp_sad_choose(const struct dp_sad *d, unsigned int sa, uint64_t now_ns)
{
	const struct dp_sa *oldest = NULL, *longest = NULL;

	for (unsigned int i = 0; i < d->n_of[sa]; i++) {
		const struct dp_sa *s = &d->sa[d->of[sa][i]];

		if (!s->sends)
			continue;
		if (s->atd_ns != 0 && now_ns >= s->atd_ns && now_ns < s->expire_ns)
			oldest = NULL; /* older ones have had their time */
		if (oldest == NULL && now_ns < s->switch_ns)
			oldest = s;
		if (longest == NULL || s->expire_ns > longest->expire_ns)
			longest = s;
	}
	return oldest != NULL ? oldest : longest;
}
