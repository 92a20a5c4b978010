/* SPDX-License-Identifier: BSD-3-Clause */
/* The registry of keys. Control thread only. */
#include "dataplane/tek.h"

#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "dataplane/dp.h"
#include "dataplane/stats.h"
#include "dataplane/worker.h"

/* How long counters outlive their key. A rekey that is late, or a key server whose clock runs a
 * little behind, may bring the key once more after its end, under the same sender IDs. */
#define REMEMBER_NS (3600 * LOOP_NS_PER_S)

static bool same_key(const struct dp_tek *t, const struct dp_tek_spec *s)
{
	return t->bulk != NULL && t->spi == s->spi && t->suite == s->suite &&
	       secret_equal(t->key, s->key) && secret_equal(t->auth, s->auth);
}

static bool lengths_fit(const struct dp_tek_spec *s)
{
	const struct suite *su = suite_get(s->suite);

	return secret_bytes(s->key).len == (size_t)su->key_len + su->salt_len &&
	       secret_bytes(s->auth).len == su->auth_key_len;
}

/* Starts where any earlier TEK of that SPI stopped. */
static void resume(struct dp_tek *t, const struct dp_tek *all)
{
	for (const struct dp_tek *o = all; o != NULL; o = o->next)
		for (unsigned int i = 0; o->spi == t->spi && i < t->n_slots; i++) {
			t->slot[i].ssiv = GV_MAX(t->slot[i].ssiv, o->slot[i].ssiv);
			t->slot[i].seq = GV_MAX(t->slot[i].seq, o->slot[i].seq);
		}
}

static void give_up_key(struct dp_tek *t)
{
	bulk_key_free(t->bulk);
	secret_unref(t->key);
	secret_unref(t->auth);
	t->bulk = NULL;
	t->key = t->auth = NULL;
}

static struct dp_tek *tek_alloc(unsigned int n_slots)
{
	size_t size = sizeof(struct dp_tek) + n_slots * sizeof(struct dp_tek_slot);
	struct dp_tek *t = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_CACHE_LINE_ROUNDUP(size));

	if (t != NULL)
		memset(t, 0, size);
	return t;
}

static int tek_new(struct dp_tek **out, struct dp *dp, const struct dp_tek_spec *s)
{
	struct dp_tek *t = tek_alloc(dp->n_workers);
	int rc;

	if (t == NULL)
		return -ENOMEM;
	t->spi = s->spi;
	t->suite = s->suite;
	t->n_slots = dp->n_workers;
	rc = bulk_key_new(&t->bulk, dp->bulk, s->suite, secret_bytes(s->key).p,
			  secret_bytes(s->auth).p);
	if (rc < 0) {
		free(t);
		return rc;
	}
	t->key = secret_ref(s->key);
	t->auth = secret_ref(s->auth);
	resume(t, dp->teks);
	t->next = dp->teks;
	dp->teks = t;
	*out = t;
	return 0;
}

int dp_tek_get(struct dp_tek **out, struct dp *dp, const struct dp_tek_spec *spec,
	       struct err_text *e)
{
	struct dp_tek *t = dp->teks;
	int rc;

	if (!lengths_fit(spec))
		return err_set(e, -EINVAL, "TEK 0x%08X: key of the wrong length for %s", spec->spi,
			       suite_get(spec->suite)->name);
	while (t != NULL && !same_key(t, spec))
		t = t->next;
	if (t == NULL) {
		rc = tek_new(&t, dp, spec);
		if (rc < 0)
			return err_set(e, rc, "TEK 0x%08X: no memory", spec->spi);
	}
	t->expire_ns = GV_MAX(t->expire_ns, spec->expire_ns);
	t->refs++;
	*out = t;
	return 0;
}

void dp_tek_unref(struct dp_tek *t)
{
	if (--t->refs == 0)
		give_up_key(t);
}

static void sweep(struct dp *dp, uint64_t now_ns)
{
	struct dp_tek **p = &dp->teks;

	while (*p != NULL) {
		struct dp_tek *t = *p;

		if (t->refs > 0 || now_ns < t->expire_ns || now_ns - t->expire_ns < REMEMBER_NS) {
			p = &t->next;
			continue;
		}
		*p = t->next;
		free(t);
	}
}

void dp_tek_sweep(struct dp *dp, uint64_t now_ns)
{
	sweep(dp, now_ns);
}

void dp_tek_fini(struct dp *dp)
{
	sweep(dp, UINT64_MAX);
	gv_assert(dp->teks == NULL);
}

static void sum(const struct dp_tek *t, struct dp_sa_stats *out)
{
	*out = (struct dp_sa_stats){0};
	for (unsigned int i = 0; i < t->n_slots; i++) {
		const struct dp_tek_slot *s = &t->slot[i];

		out->encaps += dp_count_read(&s->encaps);
		out->encaps_bytes += dp_count_read(&s->encaps_bytes);
		out->decaps += dp_count_read(&s->decaps);
		out->decaps_bytes += dp_count_read(&s->decaps_bytes);
		out->send_errors += dp_count_read(&s->send_errors);
		out->recv_errors += dp_count_read(&s->recv_errors);
		out->verify_failed += dp_count_read(&s->verify_failed);
		out->replay_failed += dp_count_read(&s->replay_failed);
		out->seq_max = GV_MAX(out->seq_max, __atomic_load_n(&s->seq, __ATOMIC_RELAXED));
	}
}

void dp_tek_stats(const struct dp_tek *t, struct dp_sa_stats *out)
{
	sum(t, out);
	dp_sa_stats_sub(out, &t->base);
}

void dp_tek_clear(struct dp_tek *t)
{
	sum(t, &t->base);
}
