/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a registration or a rekey changes what a member holds. A rekey carries the whole policy:
 * it replaces the lines and names every TEK that lives; a TEK it does not name lives on until it
 * ends, unless the message deletes it. Lives in a message are as old as the message.
 */
#include <string.h>

#include "control/gm/group.h"
#include "crypto/rand.h"

/* ---- lives ------------------------------------------------------------------------------------ */

static uint64_t end_of(const struct gm_message *m, uint32_t life_s)
{
	uint64_t life = (uint64_t)life_s * LOOP_NS_PER_S;

	return m->now_ns + (life > m->age_ns ? life - m->age_ns : 0);
}

/* So long before the end to register again: 60 s to 5 % of the life, spread so that members don't
 * come all at once, and never more than a quarter of it. */
static uint64_t margin_ns(uint32_t life_s)
{
	uint32_t most = GV_MAX((uint32_t)GM_REREGISTER_S, life_s / 20);
	uint32_t s = GM_REREGISTER_S + rand_below(most - GM_REREGISTER_S + 1);

	return GV_MIN(s * LOOP_NS_PER_S, life_s * LOOP_NS_PER_S / 4);
}

/* ---- lines --------------------------------------------------------------------------------------- */

static bool same_permits(const struct gm_hold *h, const struct gdoi_policy *p)
{
	unsigned int k = 0;

	for (unsigned int i = 0; i < h->n_aces; i++) {
		if (!h->aces[i].ace.permit)
			continue;
		if (k == p->n_aces || h->aces[i].sa != p->aces[k].sa ||
		    !ace_equal(&h->aces[i].ace, &p->aces[k].ace))
			return false;
		k++;
	}
	return k == p->n_aces;
}

/* The plain form has no deny lines. Those a member knows from the full form stay in front. */
static void merge_plain_lines(struct gm_hold *h, const struct gdoi_policy *p)
{
	uint16_t n = 0;

	if (p->n_aces == 0 || (h->full_form && same_permits(h, p)))
		return;
	for (unsigned int i = 0; h->full_form && i < h->n_aces; i++)
		if (!h->aces[i].ace.permit)
			h->aces[n++] = h->aces[i];
	for (unsigned int i = 0; i < p->n_aces && n < ACE_MAX_PER_POLICY; i++)
		h->aces[n++] = p->aces[i];
	h->n_aces = n;
}

static void merge_lines(struct gm_hold *h, const struct gm_message *m)
{
	const struct gdoi_policy *p = m->policy;

	if (!p->full_form && !m->pull) {
		merge_plain_lines(h, p);
	} else if (m->pull || p->n_aces > 0) {
		memcpy(h->aces, p->aces, sizeof(h->aces));
		h->n_aces = p->n_aces;
		h->full_form = p->full_form;
	}
	if (p->n_aces > 0)
		h->acl_from = m->from;
}

/* ---- traffic keys ----------------------------------------------------------------------------------- */

static bool named(const struct gdoi_policy *p, uint32_t spi)
{
	for (unsigned int i = 0; i < p->n_teks; i++)
		if (p->teks[i].spi == spi)
			return true;
	return false;
}

static bool deleted(const struct gdoi_delete *del, uint32_t spi)
{
	if (del == NULL)
		return false;
	if (del->all_teks)
		return true;
	for (unsigned int i = 0; i < del->n_spis; i++)
		if (del->spis[i] == spi)
			return true;
	return false;
}

static bool same_key(const struct gdoi_tek *a, const struct gdoi_tek *b)
{
	return a->suite == b->suite && (a->key == b->key || secret_equal(a->key, b->key)) &&
	       (a->auth == b->auth || secret_equal(a->auth, b->auth));
}

static int check_known(const struct gm_hold *h, const struct gdoi_policy *p, struct err_text *why)
{
	for (unsigned int i = 0; i < p->n_teks; i++) {
		const struct gm_tek *t = gm_hold_tek(h, p->teks[i].spi);

		if (t != NULL && !same_key(&t->tek, &p->teks[i]))
			return err_set(why, -EEXIST, "spi 0x%08X comes with another key",
				       p->teks[i].spi);
	}
	return 0;
}

static bool has_older(const struct gm_hold *h, uint8_t sa)
{
	for (unsigned int i = 0; i < h->n_teks; i++)
		if (h->teks[i].tek.sa == sa)
			return true;
	return false;
}

static struct gm_tek tek_made(const struct gm_hold *before, const struct gm_message *m,
			      const struct gdoi_tek *in)
{
	struct gm_tek t = {.tek = *in, .installed_ns = m->now_ns};
	uint64_t atd = end_of(m, m->policy->atd_s);

	secret_ref(t.tek.key);
	secret_ref(t.tek.auth);
	t.expire_ns = end_of(m, in->life_s);
	t.tek.life_s = (uint32_t)((t.expire_ns - m->now_ns) / LOOP_NS_PER_S);
	t.margin_ns = margin_ns(t.tek.life_s);
	if (m->policy->has_gap && m->policy->atd_s > 0 && has_older(before, in->sa))
		t.atd_ns = atd;
	if (!m->pull && gm_hold_spent(before, in->spi))
		t.tek.direction = GDOI_DIR_RECEIVE_ONLY;
	return t;
}

/* The same key again keeps what was settled when it came: its L and its margin. */
static struct gm_tek tek_refreshed(const struct gm_tek *known, const struct gm_message *m,
				   const struct gdoi_tek *in)
{
	struct gm_tek t = *known;

	secret_ref(t.tek.key);
	secret_ref(t.tek.auth);
	t.tek.sa = in->sa;
	t.expire_ns = end_of(m, in->life_s);
	return t;
}

/*
 * Sender IDs of a registration are unique under the keys that came with it. Under any other key,
 * of a key server that has started again or has reset its numbers since, somebody else may have
 * sent with the same ones: the same IV twice. Such a key only receives from now on.
 */
static enum gdoi_direction unnamed_direction(const struct gm_tek *t, const struct gm_message *m)
{
	return m->pull && suite_get(t->tek.suite)->counter_mode ? GDOI_DIR_RECEIVE_ONLY
								: t->tek.direction;
}

/* Foreign key servers say how long the TEKs they replace may still be received. */
static uint64_t unnamed_end(const struct gm_tek *t, const struct gm_message *m)
{
	const struct gdoi_policy *p = m->policy;

	if (m->pull || p->full_form || !p->has_gap || p->dtd_s == 0 || p->n_teks == 0)
		return t->expire_ns;
	return GV_MIN(t->expire_ns, end_of(m, p->dtd_s));
}

static unsigned int of_sa(const struct gm_tek *teks, unsigned int n, uint8_t sa)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < n; i++)
		count += teks[i].tek.sa == sa;
	return count;
}

static bool goes_before(const struct gm_tek *a, const struct gm_tek *b, const struct gdoi_policy *p)
{
	bool a_named = named(p, a->tek.spi), b_named = named(p, b->tek.spi);

	return a_named != b_named ? b_named : a->expire_ns < b->expire_ns;
}

/* Room for one more of that SA: of those the message does not name the one that ends first goes. */
static void make_room(struct gm_hold *h, uint8_t sa, const struct gdoi_policy *p,
		      struct gm_change *what)
{
	unsigned int first = h->n_teks;

	if (of_sa(h->teks, h->n_teks, sa) < GDOI_TEKS_PER_SA_MAX && h->n_teks < GDOI_TEKS_MAX)
		return;
	for (unsigned int i = 0; i < h->n_teks; i++)
		if (h->teks[i].tek.sa == sa &&
		    (first == h->n_teks || goes_before(&h->teks[i], &h->teks[first], p)))
			first = i;
	if (first == h->n_teks)
		first = 0;
	gm_hold_spend(h, &h->teks[first]);
	secret_unref(h->teks[first].tek.key);
	secret_unref(h->teks[first].tek.auth);
	h->n_teks--;
	memmove(&h->teks[first], &h->teks[first + 1], (h->n_teks - first) * sizeof(h->teks[0]));
	what->teks_given_up++;
}

/* Order is age: those the message does not name are older than those it names. */
static void merge_teks(struct gm_hold *h, const struct gm_message *m, struct gm_change *what)
{
	struct gm_hold old;

	gm_hold_copy(&old, h);
	gm_hold_drop_teks(h);
	for (unsigned int i = 0; i < old.n_teks; i++) {
		const struct gm_tek *t = &old.teks[i];

		if (named(m->policy, t->tek.spi))
			continue;
		if (deleted(m->del, t->tek.spi)) {
			gm_hold_spend(h, t);
			what->teks_deleted++;
			continue;
		}
		h->teks[h->n_teks] = *t;
		secret_ref(t->tek.key);
		secret_ref(t->tek.auth);
		h->teks[h->n_teks].tek.direction = unnamed_direction(t, m);
		h->teks[h->n_teks++].expire_ns = unnamed_end(t, m);
	}
	for (unsigned int i = 0; i < m->policy->n_teks; i++) {
		const struct gdoi_tek *in = &m->policy->teks[i];
		const struct gm_tek *known = gm_hold_tek(&old, in->spi);

		if (end_of(m, in->life_s) <= m->now_ns)
			continue;
		make_room(h, in->sa, m->policy, what);
		h->teks[h->n_teks++] =
			known != NULL ? tek_refreshed(known, m, in) : tek_made(&old, m, in);
		what->new_tek |= known == NULL;
	}
	gm_hold_clear(&old);
}

/* ---- key encryption keys ------------------------------------------------------------------------------- */

static void add_kek(struct gm_hold *h, const struct gm_message *m)
{
	const struct gdoi_kek *in = &m->policy->kek;
	struct gm_kek k = {.st.kek = *in, .conn_id = ++*m->conn_ids};

	/* A push may leave out the public key when it stays the same. */
	if (k.st.kek.public_key == NULL && h->n_keks > 0) {
		k.st.kek.public_key = h->keks[0].st.kek.public_key;
		k.st.kek.sig_bits = h->keks[0].st.kek.sig_bits;
	}
	secret_ref(k.st.kek.iv_key);
	secret_ref(k.st.kek.public_key);
	k.expire_ns = end_of(m, in->life_s);
	k.life_s = (uint32_t)((k.expire_ns - m->now_ns) / LOOP_NS_PER_S);
	k.margin_ns = margin_ns(k.life_s);
	k.st.last_seq = m->pull ? m->policy->seq : 0;
	k.st.ours = m->pull ? m->peer_ours : h->n_keks > 0 && h->keks[0].st.ours;
	if (h->n_keks == GM_KEKS_MAX) {
		h->n_keks--;
		secret_unref(h->keks[h->n_keks].st.kek.iv_key);
		secret_unref(h->keks[h->n_keks].st.kek.public_key);
	}
	memmove(&h->keks[1], &h->keks[0], h->n_keks * sizeof(h->keks[0]));
	h->keks[0] = k;
	h->n_keks++;
}

static int merge_kek(struct gm_hold *h, const struct gm_message *m, struct gm_change *what,
		     struct err_text *why)
{
	const struct gdoi_kek *in = &m->policy->kek;
	struct gm_kek *known;

	if (m->del != NULL && m->del->kek)
		gm_hold_drop_keks(h);
	if (!m->policy->has_kek || end_of(m, in->life_s) <= m->now_ns)
		return 0;
	known = gm_hold_kek(h, in->spi);
	if (known == NULL) {
		add_kek(h, m);
		what->new_kek = true;
		return 0;
	}
	if (in->iv_key != NULL && in->iv_key != known->st.kek.iv_key &&
	    !secret_equal(in->iv_key, known->st.kek.iv_key))
		return err_set(why, -EEXIST, "a known KEK comes with another key");
	known->expire_ns = end_of(m, in->life_s);
	known->st.kek.ack = in->ack;
	/* A number from a pull may be behind the pushes that overtook it. */
	if (m->pull)
		known->st.last_seq = GV_MAX(known->st.last_seq, m->policy->seq);
	return 0;
}

/* ---- all of it ------------------------------------------------------------------------------------------ */

static void merge_rest(struct gm_hold *h, const struct gm_message *m)
{
	const struct gdoi_policy *p = m->policy;

	if (m->pull) {
		h->sid_bits = p->sid_bits;
		h->n_sids = p->n_sids;
		memcpy(h->sids, p->sids, sizeof(h->sids));
		memset(h->spent, 0, sizeof(h->spent));
	}
	if (!p->has_time)
		return;
	h->sync_period_s = p->sync_period_s;
	h->max_age_s = p->max_age_s;
}

int gm_merge(struct gm_hold *h, const struct gm_message *m, struct gm_change *what,
	     struct err_text *why)
{
	int rc = check_known(h, m->policy, why);

	*what = (struct gm_change){0};
	if (rc == 0)
		rc = merge_kek(h, m, what, why);
	if (rc < 0)
		return rc;
	merge_lines(h, m);
	merge_teks(h, m, what);
	merge_rest(h, m);
	return 0;
}
