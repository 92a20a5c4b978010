/* SPDX-License-Identifier: BSD-3-Clause */
/* Compiling the policy of a group, and the classification every packet goes through. */
#include "dataplane/spd.h"

#include <stdlib.h>
#include <string.h>

#include "dataplane/dp.h"
#include "dataplane/stats.h"
#include "dataplane/worker.h"

#define LINES_MAX (2 * ACE_MAX_PER_POLICY)

/* ---- counters of lines -------------------------------------------------------------------- */

static struct dp_line *line_new(unsigned int n_slots, const struct dp_ace_spec *spec)
{
	size_t size = sizeof(struct dp_line) + n_slots * sizeof(struct dp_line_slot);
	struct dp_line *l = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_CACHE_LINE_ROUNDUP(size));

	if (l == NULL)
		return NULL;
	memset(l, 0, size);
	l->refs = 1;
	l->n_slots = n_slots;
	l->spec = *spec;
	return l;
}

static void line_unref(struct dp_line *l)
{
	if (l != NULL && --l->refs == 0)
		free(l);
}

static bool line_same(const struct dp_ace_spec *a, const struct dp_ace_spec *b)
{
	return a->sa == b->sa && ace_equal(&a->ace, &b->ace);
}

/* The old policy's counters of the same line. Of equal lines in one policy only the first ever
 * matches, so the first is the one to find. */
static struct dp_line *line_carry(const struct dp_spd *old, const struct dp_ace_spec *spec)
{
	for (unsigned int i = 0; old != NULL && i < old->n_lines; i++)
		if (line_same(&old->line[i]->spec, spec)) {
			old->line[i]->refs++;
			return old->line[i];
		}
	return NULL;
}

static void line_sum(const struct dp_line *l, struct dp_ace_stats *out)
{
	*out = (struct dp_ace_stats){0};
	for (unsigned int i = 0; i < l->n_slots; i++) {
		const struct dp_line_slot *s = &l->slot[i];

		out->sa.encaps += dp_count_read(&s->encaps);
		out->sa.encaps_bytes += dp_count_read(&s->encaps_bytes);
		out->sa.decaps += dp_count_read(&s->decaps);
		out->sa.decaps_bytes += dp_count_read(&s->decaps_bytes);
		out->sa.send_errors += dp_count_read(&s->send_errors);
		out->sa.recv_errors += dp_count_read(&s->recv_errors);
		out->sa.verify_failed += dp_count_read(&s->verify_failed);
		out->sa.replay_failed += dp_count_read(&s->replay_failed);
		out->clear_out += dp_count_read(&s->clear_out);
		out->clear_in += dp_count_read(&s->clear_in);
	}
}

void dp_line_stats(const struct dp_line *l, struct dp_ace_stats *out)
{
	line_sum(l, out);
	dp_sa_stats_sub(&out->sa, &l->base.sa);
	out->clear_out -= l->base.clear_out;
	out->clear_in -= l->base.clear_in;
}

void dp_line_clear(struct dp_line *l)
{
	line_sum(l, &l->base);
}

/* ---- compiling ---------------------------------------------------------------------------- */

/* A reading under construction: lines in order with what they lead to. */
struct reading {
	struct spd_acl_line line[LINES_MAX];
	struct dp_rule rule[LINES_MAX + 1];
	unsigned int n;
};

static void reading_add(struct reading *r, const struct ace *a, struct dp_rule rule)
{
	r->n++;
	r->line[r->n - 1] = (struct spd_acl_line){.ace = *a, .index = r->n};
	r->rule[r->n] = rule;
}

static struct ace swapped(const struct ace *a)
{
	struct ace s = *a;

	s.src = a->dst;
	s.dst = a->src;
	s.sport = a->dport;
	s.dport = a->sport;
	return s;
}

/* The box's own lines: what they deny goes in clear. */
static void reading_add_own(struct reading *r, struct dp_line *other, const struct ace *a,
			    unsigned int n, bool inbound)
{
	for (unsigned int i = 0; i < n; i++) {
		struct ace line = inbound ? swapped(&a[i]) : a[i];

		reading_add(r, &line,
			    (struct dp_rule){.line = other,
					     .verdict = a[i].permit ? DP_DENY : DP_BYPASS});
	}
}

static void reading_add_downloaded(struct reading *r, const struct dp_spd *s)
{
	for (unsigned int i = 0; i < s->n_lines; i++) {
		const struct dp_ace_spec *a = &s->line[i]->spec;

		reading_add(r, &a->ace,
			    (struct dp_rule){.line = s->line[i],
					     .verdict = a->ace.permit ? DP_PROTECT : DP_BYPASS,
					     .sa = a->sa});
	}
}

static bool needs_later(const struct reading *r)
{
	for (unsigned int i = 0; i < r->n; i++) {
		const struct ace *a = &r->line[i].ace;

		if (a->fragments || !ace_ports_any(&a->sport) || !ace_ports_any(&a->dport))
			return true;
	}
	return false;
}

static void classifier_unref(struct dp_classifier *c)
{
	if (c == NULL || --c->refs > 0)
		return;
	if (c->later != c->whole)
		spd_acl_free(c->later);
	spd_acl_free(c->whole);
	free(c);
}

static int classifier_new(struct dp_classifier **out, const struct reading *r)
{
	struct dp_classifier *c = calloc(1, sizeof(*c) + (r->n + 1) * sizeof(struct dp_rule));
	int rc;

	if (c == NULL)
		return -ENOMEM;
	c->refs = 1;
	memcpy(c->rule, r->rule, (r->n + 1) * sizeof(struct dp_rule));
	rc = spd_acl_new(&c->whole, r->line, r->n, false);
	if (rc == 0 && needs_later(r))
		rc = spd_acl_new(&c->later, r->line, r->n, true);
	else
		c->later = c->whole;
	if (rc < 0) {
		classifier_unref(c);
		return rc;
	}
	*out = c;
	return 0;
}

enum which { OUT, IN, INNER };

static void reading_make(struct reading *r, const struct dp_spd *s, enum which w)
{
	static const enum dp_verdict otherwise[] = {
		[DP_GATE_CLOSED] = DP_DENY,
		[DP_FAIL_CLOSE] = DP_DENY,
		[DP_FAIL_OPEN] = DP_BYPASS,
		[DP_POLICY] = DP_BYPASS,
	};

	r->n = 0;
	r->rule[0] = (struct dp_rule){.line = s->other, .verdict = otherwise[s->gate]};
	if (w != INNER && (s->gate == DP_POLICY || s->gate == DP_FAIL_CLOSE))
		reading_add_own(r, s->other, s->local, s->n_local, w == IN);
	if (w != INNER && s->gate == DP_FAIL_CLOSE)
		reading_add_own(r, s->other, s->fail_close, s->n_fail_close, w == IN);
	if (s->gate == DP_POLICY)
		reading_add_downloaded(r, s);
}

static int compile(struct dp_spd *s)
{
	struct reading *r = malloc(sizeof(*r));
	bool own = s->n_local > 0 || s->n_fail_close > 0;
	int rc;

	if (r == NULL)
		return -ENOMEM;
	reading_make(r, s, OUT);
	rc = classifier_new(&s->out, r);
	if (rc == 0 && own) {
		reading_make(r, s, IN);
		rc = classifier_new(&s->in, r);
	}
	if (rc == 0 && own) {
		reading_make(r, s, INNER);
		rc = classifier_new(&s->inner, r);
	}
	if (rc == 0 && !own) {
		s->in = s->inner = s->out;
		s->out->refs += 2;
	}
	free(r);
	return rc;
}

static void spd_free(struct dp_part *p)
{
	struct dp_spd *s = (struct dp_spd *)p;

	classifier_unref(s->out);
	classifier_unref(s->in);
	classifier_unref(s->inner);
	for (unsigned int i = 0; i < s->n_lines; i++)
		line_unref(s->line[i]);
	line_unref(s->other);
	free(s);
}

static int take_lines(struct dp_spd *s, struct dp *dp, const struct dp_group_spec *g,
		      const struct dp_spd *old)
{
	static const struct dp_ace_spec none;

	s->other = line_new(dp->n_workers, &none);
	if (s->other == NULL)
		return -ENOMEM;
	for (unsigned int i = 0; i < g->n_aces; i++) {
		struct dp_line *l = line_carry(old, &g->aces[i]);

		if (l == NULL)
			l = line_new(dp->n_workers, &g->aces[i]);
		if (l == NULL)
			return -ENOMEM;
		s->line[s->n_lines++] = l;
	}
	return 0;
}

static void find_error_lines(struct dp_spd *s)
{
	for (unsigned int i = 0; i < DP_SA_MAX; i++)
		s->errors_of[i] = s->other;
	for (unsigned int i = s->n_lines; i-- > 0;)
		if (s->line[i]->spec.ace.permit)
			s->errors_of[s->line[i]->spec.sa] = s->line[i];
}

static int spec_check(const struct dp_group_spec *g, struct err_text *e)
{
	if (g->n_aces > ACE_MAX_PER_POLICY || g->n_local > ACE_MAX_PER_POLICY ||
	    g->n_fail_close > ACE_MAX_PER_POLICY)
		return err_set(e, -E2BIG, "more than %d lines in an access list",
			       ACE_MAX_PER_POLICY);
	for (unsigned int i = 0; i < g->n_aces; i++)
		if (g->aces[i].sa >= DP_SA_MAX)
			return err_set(e, -EINVAL, "more than %d sa ipsec", DP_SA_MAX);
	return 0;
}

int dp_spd_new(struct dp_spd **out, struct dp *dp, const struct dp_group_spec *g,
	       const struct dp_spd *old, struct err_text *e)
{
	struct dp_spd *s;
	int rc = spec_check(g, e);

	if (rc < 0)
		return rc;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return err_set(e, -ENOMEM, "no memory");
	dp_part_init(&s->part, spd_free);
	s->gate = g->gate;
	for (; s->n_local < g->n_local; s->n_local++)
		s->local[s->n_local] = g->local[s->n_local];
	for (; s->n_fail_close < g->n_fail_close; s->n_fail_close++)
		s->fail_close[s->n_fail_close] = g->fail_close[s->n_fail_close];
	rc = take_lines(s, dp, g, old);
	find_error_lines(s);
	if (rc == 0)
		rc = compile(s);
	if (rc < 0) {
		dp_part_unref(&s->part);
		return err_set(e, rc, "the access list could not be compiled");
	}
	*out = s;
	return 0;
}

static bool aces_same(const struct ace *a, unsigned int n, const struct ace *b, unsigned int m)
{
	if (n != m)
		return false;
	for (unsigned int i = 0; i < n; i++)
		if (!ace_equal(&a[i], &b[i]))
			return false;
	return true;
}

bool dp_spd_same(const struct dp_spd *s, const struct dp_group_spec *g)
{
	if (s->gate != g->gate || s->n_lines != g->n_aces)
		return false;
	for (unsigned int i = 0; i < s->n_lines; i++)
		if (!line_same(&s->line[i]->spec, &g->aces[i]))
			return false;
	return aces_same(s->local, s->n_local, g->local, g->n_local) &&
	       aces_same(s->fail_close, s->n_fail_close, g->fail_close, g->n_fail_close);
}

/* ---- classifying -------------------------------------------------------------------------- */

static void classify_later(const struct dp_classifier *c, struct rte_mbuf *m, const uint8_t *key)
{
	uint32_t index = 0;

	if (c->later != NULL)
		spd_acl_match(c->later, &key, &index, 1);
	dp_meta(m)->rule = &c->rule[index];
}

/* A worker has one on its stack that is never cleared: only what is compared is written. */
struct keys {
	struct spd_key key[SPD_CHUNK];
	const uint8_t *ptr[SPD_CHUNK];
	uint32_t index[SPD_CHUNK];
};

/* Bit i: packet i is a later fragment. */
static uint32_t make_keys(struct keys *k, struct rte_mbuf *const *m, unsigned int n)
{
	uint32_t later = 0;

	for (unsigned int i = 0; i < n; i++) {
		const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m[i], const void *);

		spd_key_make(&k->key[i], ip);
		later |= (uint32_t)ipv4_is_later_fragment(ip) << i;
		k->ptr[i] = (const uint8_t *)&k->key[i];
	}
	return later;
}

void spd_classify(const struct dp_classifier *c, struct rte_mbuf *const *m, unsigned int n)
{
	struct keys k;
	uint32_t later;

	if (c->whole == NULL && c->later == NULL) {
		for (unsigned int i = 0; i < n; i++)
			dp_meta(m[i])->rule = &c->rule[0];
		return;
	}
	later = make_keys(&k, m, n);
	if (c->whole != NULL)
		spd_acl_match(c->whole, k.ptr, k.index, n);
	else
		memset(k.index, 0, sizeof(k.index));
	for (unsigned int i = 0; i < n; i++)
		dp_meta(m[i])->rule = &c->rule[k.index[i]];
	if (later == 0 || c->later == c->whole)
		return;
	for (unsigned int i = 0; i < n; i++)
		if (later & (1u << i))
			classify_later(c, m[i], k.ptr[i]);
}
