/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys of a group: how they are made, how long they live, when they get a successor. */
#include "control/ks/group.h"

#include <string.h>

#include "crypto/keystore.h"
#include "crypto/rand.h"

#define SHORT_MIN_S 90   /* a shortened TEK lives so long at least */
#define SHORT_MAX_S 3600 /* and so long at most */
#define SPI_TRIES   64

/* ---- lives --------------------------------------------------------------------------------------- */

static uint64_t retransmit_budget_s(const struct ks_group *g)
{
	return (uint64_t)ks_conf(g)->retransmit_s * ks_conf(g)->retransmit_n;
}

static uint64_t ahead_ns(const struct ks_group *g, uint32_t life_s, uint64_t extra_s)
{
	uint64_t s = GV_MAX((uint64_t)KS_REKEY_AHEAD_S, life_s / 20) + retransmit_budget_s(g);

	return GV_MIN((s + extra_s) * LOOP_NS_PER_S, life_s * LOOP_NS_PER_S / 2);
}

uint64_t ks_tek_ahead_ns(const struct ks_group *g, uint32_t life_s)
{
	return ahead_ns(g, life_s, 0);
}

/* The KEK goes first, so that its rekey and that of a TEK don't meet. */
uint64_t ks_kek_ahead_ns(const struct ks_group *g, uint32_t life_s)
{
	return ahead_ns(g, life_s, KS_REKEY_AHEAD_S);
}

/* ---- traffic keys --------------------------------------------------------------------------------- */

static void tek_wipe(struct ks_tek *t)
{
	secret_unref(t->key);
	secret_unref(t->auth);
	*t = (struct ks_tek){0};
}

static int secret_random(struct secret **out, size_t len)
{
	int rc;

	*out = NULL;
	if (len == 0)
		return 0;
	*out = secret_alloc(len);
	if (*out == NULL)
		return -ENOMEM;
	rc = rand_bytes(RAND_KEY, (*out)->bytes, len);
	if (rc < 0) {
		secret_unref(*out);
		*out = NULL;
	}
	return rc;
}

static bool spi_in_use(const struct ks *ks, uint32_t spi)
{
	for (unsigned int i = 0; i < ks->n_groups; i++)
		for (unsigned int s = 0; s < CONF_SA_MAX; s++)
			for (unsigned int t = 0; t < ks->groups[i]->sas[s].n; t++)
				if (ks->groups[i]->sas[s].teks[t].spi == spi)
					return true;
	return false;
}

/* The high octet marks the group, so that a member can tell an unknown SPI of its own group from
 * a stranger's. */
static int spi_make(const struct ks_group *g, uint32_t *out)
{
	uint32_t mark = (uint32_t)gdoi_spi_mark(&g->id) << 24;
	uint8_t low[3];
	int rc;

	for (unsigned int i = 0; i < SPI_TRIES; i++) {
		rc = rand_bytes(RAND_SPI, low, sizeof(low));
		if (rc < 0)
			return rc;
		*out = mark | (uint32_t)low[0] << 16 | get_be16(low + 1);
		if (!spi_in_use(g->ks, *out))
			return 0;
	}
	return -EAGAIN;
}

int ks_tek_add(struct ks_group *g, unsigned int sa)
{
	const struct ks_plan_sa *plan = &g->active.sas[sa];
	const struct suite *suite = suite_get(plan->suite);
	struct ks_sa *s = &g->sas[sa];
	struct ks_tek t = {.suite = plan->suite,
			   .replay = plan->replay,
			   .window = plan->window,
			   .life_s = plan->life_s,
			   .made_ns = ks_now(g)};
	int rc;

	if (s->n == GDOI_TEKS_PER_SA_MAX)
		return -ENOSPC;
	t.end_ns = t.made_ns + plan->life_s * LOOP_NS_PER_S;
	rc = spi_make(g, &t.spi);
	if (rc == 0)
		rc = secret_random(&t.key, (size_t)suite->key_len + suite->salt_len);
	if (rc == 0)
		rc = secret_random(&t.auth, suite->auth_key_len);
	if (rc < 0) {
		tek_wipe(&t);
		return rc;
	}
	s->teks[s->n++] = t;
	return 0;
}

/* By the rule for a changed policy: what is left, but at most 90 s or 5 % of the configured life
 * (an hour at most), whichever is more. */
void ks_teks_shorten(struct ks_group *g, unsigned int sa)
{
	struct ks_sa *s = &g->sas[sa];
	uint64_t now = ks_now(g), end;

	for (unsigned int i = 0; i < s->n; i++) {
		struct ks_tek *t = &s->teks[i];
		uint32_t slt = GV_MAX((uint32_t)SHORT_MIN_S,
				      GV_MIN(t->life_s / 20, (uint32_t)SHORT_MAX_S));

		end = now + slt * LOOP_NS_PER_S;
		if (end < t->end_ns) {
			t->end_ns = end;
			t->override_s = slt;
		}
	}
}

static void teks_remove_oldest(struct ks_sa *s)
{
	tek_wipe(&s->teks[0]);
	memmove(&s->teks[0], &s->teks[1], (s->n - 1u) * sizeof(s->teks[0]));
	s->teks[--s->n] = (struct ks_tek){0};
}

void ks_teks_delete(struct ks_group *g, struct ks_sa *sa, unsigned int keep)
{
	while (sa->n > keep) {
		if (g->dying.n_spis < GDOI_TEKS_MAX)
			g->dying.spis[g->dying.n_spis++] = sa->teks[0].spi;
		teks_remove_oldest(sa);
	}
}

void ks_teks_drop(struct ks_sa *sa)
{
	while (sa->n > 0)
		teks_remove_oldest(sa);
}

/* A shortened TEK may end after a younger one was shortened to less: each is looked at. */
void ks_teks_expire(struct ks_group *g)
{
	uint64_t now = ks_now(g);

	for (unsigned int i = 0; i < g->active.n_sas; i++) {
		struct ks_sa *s = &g->sas[i];
		unsigned int kept = 0;

		for (unsigned int t = 0; t < s->n; t++) {
			if (s->teks[t].end_ns <= now)
				tek_wipe(&s->teks[t]);
			else
				s->teks[kept++] = s->teks[t];
		}
		for (unsigned int t = kept; t < s->n; t++)
			s->teks[t] = (struct ks_tek){0};
		s->n = (uint8_t)kept;
	}
}

/* ---- key encryption key ---------------------------------------------------------------------------- */

void ks_kek_drop(struct ks_kek *k)
{
	secret_unref(k->kek.iv_key);
	secret_unref(k->kek.public_key);
	*k = (struct ks_kek){0};
}

int ks_kek_make(struct ks_group *g, struct ks_kek *out)
{
	const struct conf_server *cs = ks_conf(g);
	const struct sign_key *pair = ks_group_sign_key(g);
	bool aes = cs->kek_alg == GDOI_KEK_AES;
	struct ks_kek k = {.life_s = cs->kek_lifetime_s,
			   .made_ns = ks_now(g),
			   .kek = {.alg = cs->kek_alg,
				   .key_len = (uint8_t)(aes ? cs->kek_bits / 8 : 24),
				   .sig_hash = cs->sig_hash,
				   .src = {.addr = cs->address, .port = g->ks->env.port}}};
	int rc;

	if (pair == NULL)
		return -ENOKEY;
	k.end_ns = k.made_ns + k.life_s * LOOP_NS_PER_S;
	k.kek.sig_bits = (uint16_t)sign_key_bits(pair);
	rc = rand_bytes(RAND_SPI, k.kek.spi, sizeof(k.kek.spi));
	if (rc == 0)
		rc = secret_random(&k.kek.iv_key, (aes ? 16u : 8u) + k.kek.key_len);
	if (rc == 0)
		rc = sign_key_to_spki(pair, &k.kek.public_key);
	if (rc < 0) {
		ks_kek_drop(&k);
		return rc;
	}
	k.id = ++g->kek_ids;
	*out = k;
	return 0;
}

static bool kek_orphaned(const struct ks_group *g, const struct sign_key *pair)
{
	struct secret *now = NULL;
	bool orphaned;

	if (g->kek.id == 0 || pair == NULL || sign_key_to_spki(pair, &now) < 0)
		return false;
	orphaned = !secret_equal(now, g->kek.kek.public_key);
	secret_unref(now);
	return orphaned;
}

bool ks_kek_follow_pair(struct ks_group *g)
{
	if (!kek_orphaned(g, keystore_find(g->ks->env.keys, ks_conf(g)->rsa_label)))
		return false;
	ks_round_stop(g);
	ks_kek_drop(&g->old_kek);
	ks_kek_drop(&g->kek);
	return true;
}

/* Without the key pair members get traffic keys alone: they register again instead of being
 * rekeyed. */
int ks_keys_ensure(struct ks_group *g)
{
	int rc = 0;

	if (g->kek.id == 0) {
		rc = ks_kek_make(g, &g->kek);
		if (rc == -ENOKEY)
			rc = 0;
	}
	for (unsigned int i = 0; i < g->active.n_sas && rc == 0; i++)
		if (g->sas[i].n == 0)
			rc = ks_tek_add(g, i);
	return rc;
}
