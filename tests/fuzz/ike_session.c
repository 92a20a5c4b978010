/* SPDX-License-Identifier: BSD-3-Clause */
/* A registration that goes the same way in every run. */
#include "ike_session.h"

#include <string.h>

#include "crypto/rand.h"
#include "sample_policy.h"

static size_t same_octets(enum rand_use use, uint8_t *out, size_t len, size_t room, void *arg)
{
	struct ike_session *s = arg;

	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(0x9e3779b97f4a7c15ull * ++s->drawn >> 56);
	out[0] |= 1; /* a cookie and a message ID are never 0 */
	return len;
}

static enum gdoi_fail offer(const struct gdoi_member_ref *m, const struct gdoi_group_id *g,
			    struct gdoi_policy *policy, void *arg)
{
	if (g->is_address || g->number != 3333)
		return GDOI_FAIL_NO_GROUP;
	gdoi_policy_clear(policy);
	sample_policy(policy, m->peer.ours, sample_key());
	/* The key pair is another in every run: its parts of the policy are not. */
	secret_unref(policy->kek.public_key);
	policy->kek.public_key = NULL;
	policy->has_kek = false;
	policy->seq = 0;
	return GDOI_FAIL_NONE;
}

static enum gdoi_fail commit(const struct gdoi_member_ref *m, const struct gdoi_group_id *g,
			     uint16_t sids_wanted, struct gdoi_policy *policy, void *arg)
{
	struct ike_session *s = arg;

	s->commits++;
	return GDOI_FAIL_NONE;
}

static void done(const struct gdoi_pull_result *r, void *arg)
{
	struct ike_session *s = arg;

	s->results++;
	s->fail = r->fail;
	s->pull = NULL;
}

void ike_session_start(struct ike_session *s)
{
	static const struct gdoi_server_ops ops = {.offer = offer, .commit = commit};
	struct gdoi_pull_request rq = {.group = {.number = 3333}, .sids_wanted = 2};

	memset(s, 0, sizeof(*s));
	rand_replace_for_tests(same_octets, s);
	pair_setup(&s->p);
	rq.local = s->p.gm.at;
	rq.remote = s->p.ks.at;
	gv_assert(gdoi_server_new(&s->server, s->p.ks.ike, &ops, s) == 0);
	gv_assert(gdoi_pull_start(&s->pull, s->p.gm.ike, &rq, done, s) == 0);
}

void ike_session_end(struct ike_session *s)
{
	if (s->pull != NULL)
		gdoi_pull_abort(s->pull);
	gdoi_server_free(s->server);
	pair_teardown(&s->p);
	rand_replace_for_tests(NULL, NULL);
}
