/* SPDX-License-Identifier: BSD-3-Clause */
/* A policy with something of everything. */
#include "sample_policy.h"

#include <stdio.h>
#include <string.h>

#include "tbar/tbar.h"

struct sign_key *sample_key(void)
{
	static struct sign_key *key;

	if (key == NULL)
		gv_assert(sign_key_generate(&key, 1024) == 0);
	return key;
}

static struct secret *pattern(uint8_t first, size_t len)
{
	struct secret *s = secret_alloc(len);

	gv_assert(s != NULL);
	for (size_t i = 0; i < len; i++)
		s->bytes[i] = (uint8_t)(first + i);
	return s;
}

void sample_kek(struct gdoi_kek *k, uint8_t tag, const struct sign_key *key)
{
	*k = (struct gdoi_kek){
		.alg = GDOI_KEK_AES,
		.key_len = 16,
		.iv_key = pattern(tag, 32),
		.sig_hash = GDOI_SIG_SHA256,
		.sig_bits = (uint16_t)sign_key_bits(key),
		.life_s = 86000,
		.src = {.addr = addr_v4(0x0a010c02), .port = 848},
		.dst = {.addr = addr_v4(0), .port = 848},
	};
	memset(k->spi, tag, sizeof(k->spi));
	gv_assert(sign_key_to_spki(key, &k->public_key) == 0);
}

static void add_line(struct gdoi_policy *p, uint8_t sa, const char *text)
{
	const char *words[16];
	char copy[128];
	unsigned int n = 0, bad;
	struct gdoi_ace *l = &p->aces[p->n_aces++];

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *rest = copy, *w; (w = strsep(&rest, " ")) != NULL;)
		words[n++] = w;
	gv_assert(ace_parse(&l->ace, words, n, &bad, NULL) == 0);
	l->order = (uint16_t)(2 * p->n_aces); /* gaps are legal */
	l->sa = sa;
}

static void add_tek(struct gdoi_policy *p, uint8_t sa, enum suite_id id, uint32_t life_s,
		    bool timed)
{
	const struct suite *s = suite_get(id);
	uint8_t tag = (uint8_t)(0x40 + 16 * p->n_teks);

	p->teks[p->n_teks] = (struct gdoi_tek){
		.spi = 0xa5000001 + p->n_teks,
		.sa = sa,
		.suite = id,
		.key = pattern(tag, (size_t)s->key_len + s->salt_len),
		.auth = s->auth_key_len == 0 ? NULL : pattern(tag ^ 0xff, s->auth_key_len),
		.life_s = life_s,
		.replay = timed ? GDOI_REPLAY_TIME : GDOI_REPLAY_NONE,
		.window = timed ? 20 : 0,
		.shim_proto = timed ? TBAR_NEXT_HDR : 0,
	};
	p->n_teks++;
}

static void add_full_parts(struct gdoi_policy *p)
{
	p->has_time = true;
	p->pseudotime = 361173521;
	p->epoch = 7;
	p->sync_period_s = 6000;
	p->max_age_s = 50;
}

void sample_policy(struct gdoi_policy *p, bool full, const struct sign_key *key)
{
	gdoi_policy_init(p);
	p->full_form = full;
	if (full) {
		add_line(p, 0, "deny tcp any any eq 22");
		add_line(p, 0, "permit udp host 10.9.9.9 range 1000 2000 any gt 1023");
		add_line(p, 0, "deny ip any any precedence internet");
		add_full_parts(p);
	}
	add_line(p, 0, "permit ip 192.168.0.0 0.0.255.255 192.168.0.0 0.0.255.255");
	add_line(p, 1, "permit tcp any eq 179 host 10.0.0.1");
	add_tek(p, 0, SUITE_AES256_SHA256, 100, full);
	add_tek(p, 0, SUITE_AES256_SHA256, 3000, full);
	add_tek(p, 0, SUITE_AES256_SHA256, 70000, full);
	add_tek(p, 1, SUITE_GCM128, 3600, false);
	p->has_kek = true;
	sample_kek(&p->kek, 0x61, key);
	p->seq = 12;
	p->has_gap = true;
	p->atd_s = 70;
	p->dtd_s = 100;
	p->sid_bits = 24;
	p->n_sids = 3;
	p->sids[0] = 1;
	p->sids[1] = 0xfffffe;
	p->sids[2] = 0x010203;
}

/* ---- comparison --------------------------------------------------------------------------- */

static bool tek_equal(const struct gdoi_tek *a, const struct gdoi_tek *b)
{
	return a->spi == b->spi && a->suite == b->suite && a->life_s == b->life_s &&
	       a->replay == b->replay && a->window == b->window && a->shim_proto == b->shim_proto &&
	       a->direction == b->direction && secret_equal(a->key, b->key) &&
	       (a->auth == NULL ? b->auth == NULL : secret_equal(a->auth, b->auth));
}

static const struct gdoi_tek *tek_by_spi(const struct gdoi_policy *p, uint32_t spi)
{
	for (unsigned int i = 0; i < p->n_teks; i++)
		if (p->teks[i].spi == spi)
			return &p->teks[i];
	return NULL;
}

/* Oldest first within an SA, and the same TEKs in the same SAs, whatever their numbers. */
static bool teks_equal(const struct gdoi_policy *a, const struct gdoi_policy *b)
{
	if (a->n_teks != b->n_teks)
		return false;
	for (unsigned int i = 0; i < a->n_teks; i++) {
		const struct gdoi_tek *t = tek_by_spi(b, a->teks[i].spi);

		if (t == NULL || !tek_equal(&a->teks[i], t))
			return false;
		for (unsigned int j = 0; j < i; j++) {
			const struct gdoi_tek *u = tek_by_spi(b, a->teks[j].spi);

			if ((a->teks[i].sa == a->teks[j].sa) != (t->sa == u->sa) ||
			    (t->sa == u->sa && t < u))
				return false;
		}
	}
	return true;
}

static bool lines_equal(const struct gdoi_policy *a, const struct gdoi_policy *b)
{
	if (a->n_aces != b->n_aces)
		return false;
	for (unsigned int i = 0; i < a->n_aces; i++)
		if (!ace_equal(&a->aces[i].ace, &b->aces[i].ace) ||
		    (a->full_form && a->aces[i].order != b->aces[i].order))
			return false;
	return true;
}

static bool kek_equal(const struct gdoi_kek *a, const struct gdoi_kek *b)
{
	return memcmp(a->spi, b->spi, sizeof(a->spi)) == 0 && a->alg == b->alg &&
	       a->key_len == b->key_len && secret_equal(a->iv_key, b->iv_key) &&
	       a->sig_hash == b->sig_hash && a->sig_bits == b->sig_bits &&
	       secret_equal(a->public_key, b->public_key) && a->life_s == b->life_s &&
	       endpoint_equal(&a->src, &b->src);
}

static bool rest_equal(const struct gdoi_policy *a, const struct gdoi_policy *b, bool pull)
{
	if (pull && (a->seq != b->seq || a->sid_bits != b->sid_bits || a->n_sids != b->n_sids ||
		     memcmp(a->sids, b->sids, a->n_sids * sizeof(a->sids[0])) != 0))
		return false;
	if (!pull && a->kek.ack != b->kek.ack)
		return false;
	return a->has_gap == b->has_gap && a->atd_s == b->atd_s && a->dtd_s == b->dtd_s &&
	       a->has_time == b->has_time && a->pseudotime == b->pseudotime &&
	       a->epoch == b->epoch && a->sync_period_s == b->sync_period_s &&
	       a->max_age_s == b->max_age_s && a->full_form == b->full_form;
}

bool sample_policy_equal(const struct gdoi_policy *a, const struct gdoi_policy *b, bool pull,
			 struct err_text *why)
{
	const char *what = NULL;

	if (!lines_equal(a, b))
		what = "lines";
	else if (!teks_equal(a, b))
		what = "TEKs";
	else if (a->has_kek != b->has_kek || (a->has_kek && !kek_equal(&a->kek, &b->kek)))
		what = "KEK";
	else if (!rest_equal(a, b, pull))
		what = "the rest";
	if (what != NULL)
		err_set(why, 0, "%s differ", what);
	return what == NULL;
}
