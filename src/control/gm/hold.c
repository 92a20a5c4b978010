/* SPDX-License-Identifier: BSD-3-Clause */
/* What a member holds: lines, TEKs, KEKs, sender IDs, the clock. */
#include <string.h>

#include "control/gm/group.h"

static void kek_ref(struct gdoi_kek *k)
{
	secret_ref(k->iv_key);
	secret_ref(k->public_key);
}

static void kek_unref(struct gdoi_kek *k)
{
	secret_unref(k->iv_key);
	secret_unref(k->public_key);
}

static void tek_unref(struct gm_tek *t)
{
	secret_unref(t->tek.key);
	secret_unref(t->tek.auth);
}

void gm_hold_copy(struct gm_hold *dst, const struct gm_hold *src)
{
	*dst = *src;
	for (unsigned int i = 0; i < dst->n_teks; i++) {
		secret_ref(dst->teks[i].tek.key);
		secret_ref(dst->teks[i].tek.auth);
	}
	for (unsigned int i = 0; i < dst->n_keks; i++)
		kek_ref(&dst->keks[i].st.kek);
}

void gm_hold_drop_teks(struct gm_hold *h)
{
	for (unsigned int i = 0; i < h->n_teks; i++)
		tek_unref(&h->teks[i]);
	h->n_teks = 0;
}

void gm_hold_drop_keks(struct gm_hold *h)
{
	for (unsigned int i = 0; i < h->n_keks; i++)
		kek_unref(&h->keks[i].st.kek);
	h->n_keks = 0;
}

void gm_hold_clear(struct gm_hold *h)
{
	gm_hold_drop_teks(h);
	gm_hold_drop_keks(h);
	*h = (struct gm_hold){0};
}

struct gm_kek *gm_hold_kek(struct gm_hold *h, const uint8_t spi[GDOI_KEK_SPI_LEN])
{
	for (unsigned int i = 0; i < h->n_keks; i++)
		if (memcmp(h->keks[i].st.kek.spi, spi, GDOI_KEK_SPI_LEN) == 0)
			return &h->keks[i];
	return NULL;
}

const struct gm_tek *gm_hold_tek(const struct gm_hold *h, uint32_t spi)
{
	for (unsigned int i = 0; i < h->n_teks; i++)
		if (h->teks[i].tek.spi == spi)
			return &h->teks[i];
	return NULL;
}

void gm_hold_spend(struct gm_hold *h, const struct gm_tek *t)
{
	if (!suite_get(t->tek.suite)->counter_mode)
		return;
	h->spent[h->spent_next] = t->tek.spi;
	h->spent_next = (uint8_t)((h->spent_next + 1) % GM_SPENT_MAX);
}

bool gm_hold_spent(const struct gm_hold *h, uint32_t spi)
{
	for (unsigned int i = 0; i < GM_SPENT_MAX; i++)
		if (h->spent[i] == spi)
			return true;
	return false;
}

uint32_t gm_hold_window_s(const struct gm_hold *h)
{
	for (unsigned int i = h->n_teks; i-- > 0;)
		if (h->teks[i].tek.replay == GDOI_REPLAY_TIME)
			return h->teks[i].tek.window;
	return 0;
}

unsigned int gm_hold_expire(struct gm_hold *h, uint64_t now_ns)
{
	uint8_t teks = 0, keks = 0;
	unsigned int gone;

	for (unsigned int i = 0; i < h->n_teks; i++) {
		if (h->teks[i].expire_ns <= now_ns) {
			gm_hold_spend(h, &h->teks[i]);
			tek_unref(&h->teks[i]);
		} else {
			h->teks[teks++] = h->teks[i];
		}
	}
	gone = h->n_teks - teks;
	h->n_teks = teks;
	for (unsigned int i = 0; i < h->n_keks; i++) {
		if (h->keks[i].expire_ns <= now_ns)
			kek_unref(&h->keks[i].st.kek);
		else
			h->keks[keks++] = h->keks[i];
	}
	h->n_keks = keks;
	return gone;
}

uint64_t gm_hold_next_expiry_ns(const struct gm_hold *h)
{
	uint64_t next = UINT64_MAX;

	for (unsigned int i = 0; i < h->n_teks; i++)
		next = GV_MIN(next, h->teks[i].expire_ns);
	for (unsigned int i = 0; i < h->n_keks; i++)
		next = GV_MIN(next, h->keks[i].expire_ns);
	return next;
}

static const struct gm_tek *longest_tek(const struct gm_hold *h, uint8_t sa)
{
	const struct gm_tek *best = NULL;

	for (unsigned int i = 0; i < h->n_teks; i++)
		if (h->teks[i].tek.sa == sa &&
		    (best == NULL || h->teks[i].expire_ns > best->expire_ns))
			best = &h->teks[i];
	return best;
}

/* Do lines of that policy protect something? */
static bool protects(const struct gm_hold *h, uint8_t sa)
{
	for (unsigned int i = 0; i < h->n_aces; i++)
		if (h->aces[i].ace.permit && h->aces[i].sa == sa)
			return true;
	return false;
}

/*
 * A key whose successor is here may end without anybody noticing; what counts is the last TEK of
 * each policy and the last KEK. Without any KEK the TEKs alone decide. A policy without a TEK
 * drops what it should protect: that is due, whatever other keys have left.
 */
uint64_t gm_hold_reregister_ns(const struct gm_hold *h, uint64_t *end_ns)
{
	uint64_t when = UINT64_MAX, longest = 0, margin = 0;

	*end_ns = UINT64_MAX;
	for (uint8_t sa = 0; sa < GDOI_SAS_MAX; sa++) {
		const struct gm_tek *t = longest_tek(h, sa);

		if (t == NULL && protects(h, sa)) {
			*end_ns = UINT64_MAX;
			return 0;
		}
		if (t == NULL || t->expire_ns - t->margin_ns >= when)
			continue;
		when = t->expire_ns - t->margin_ns;
		*end_ns = t->expire_ns;
	}
	for (unsigned int i = 0; i < h->n_keks; i++) {
		if (h->keks[i].expire_ns <= longest)
			continue;
		longest = h->keks[i].expire_ns;
		margin = h->keks[i].margin_ns;
	}
	if (h->n_keks > 0 && longest - margin < when) {
		when = longest - margin;
		*end_ns = longest;
	}
	return when;
}
