/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GROUPKEY-PULL, group member (RFC 6407 3):
 *
 *	1 ->  HDR*, HASH(1), Ni, ID
 *	2 <-  HDR*, HASH(2), Nr, SA
 *	3 ->  HDR*, HASH(3) [, GAP]
 *	4 <-  HDR*, HASH(4) [, SEQ], KD
 *
 * A message that is not authentic changes nothing; an authentic one that makes no sense, or a
 * policy that is not supported, ends the pull.
 */
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "control/gdoi/codec.h"
#include "control/gdoi/gdoi.h"
#include "control/gdoi/group_id.h"
#include "crypto/rand.h"

#define NONCE_LEN    16
#define NONCE_MAX    128 /* octets of a GDOI nonce (RFC 6407 3.4) */
#define TRIES_MAX    3   /* of messages 1 and 2, for a good round trip */
#define GOOD_RTT_NS  (200 * LOOP_NS_PER_MS)
#define SMALL_MSG    1024 /* octets of payloads of messages 1 and 3 */
#define RTT_FRACTION 4    /* of the window */

/* Messages 1 and 2 of one exchange. */
struct
try {
	struct ike_phase2 *x; /* NULL: there is none */
	uint8_t ni[NONCE_LEN], nr[NONCE_MAX];
	size_t nr_len;
	struct gdoi_policy policy;
	uint64_t rtt_ns, msg2_ns;
};

struct gdoi_pull {
	struct ike *ike;
	struct gdoi_pull_request rq;
	gdoi_pull_fn *fn;
	void *arg;
	struct ike_sa *sa;
	bool own_sa;          /* we hear of its end */
	bool reused;          /* the key server may have lost it */
	struct try best, now; /* best: has message 2; now: waits for it */
	unsigned int tries;
	bool sent_3;              /* under best */
	struct loop_timer *later; /* reports what failed before we could return */
	struct gdoi_pull_result result;
};

/* ---- end ---------------------------------------------------------------------------------- */

static void drop_try(struct try *t)
{
	if (t->x != NULL)
		ike_phase2_done(t->x);
	t->x = NULL;
	gdoi_policy_clear(&t->policy);
}

static void pull_free(struct gdoi_pull *p)
{
	drop_try(&p->now);
	drop_try(&p->best);
	if (p->own_sa && p->sa != NULL)
		ike_sa_detach(p->sa);
	loop_timer_free(p->later);
	free(p);
}

static void finish(struct gdoi_pull *p, enum gdoi_fail fail)
{
	struct gdoi_pull_result *r = &p->result;

	r->fail = fail;
	r->policy = fail == GDOI_FAIL_NONE ? &p->best.policy : NULL;
	r->rtt_ns = p->best.rtt_ns;
	r->msg2_ns = p->best.msg2_ns;
	if (p->sa != NULL)
		r->peer = *ike_sa_peer(p->sa);
	if (fail != GDOI_FAIL_NONE && r->detail.s[0] == '\0')
		err_set(&r->detail, 0, "%s", gdoi_fail_text(fail));
	p->fn(r, p->arg);
	pull_free(p);
}

/* What we know of the key server is not to be trusted or not acceptable: it is told by the end of
 * the SA (RFC 6407 3.3), and the next pull starts with a new one. */
static void finish_and_drop_sa(struct gdoi_pull *p, enum gdoi_fail fail)
{
	struct ike_sa *sa = p->sa;

	drop_try(&p->now);
	if (p->best.x != NULL)
		ike_phase2_done(p->best.x);
	p->best.x = NULL;
	p->result.peer = *ike_sa_peer(sa);
	p->sa = NULL;
	ike_sa_delete(sa, true);
	finish(p, fail);
}

static enum gdoi_fail fail_of(int rc)
{
	switch (rc) {
	case -EBADMSG:
		return GDOI_FAIL_MALFORMED;
	case -ENOTSUP:
		return GDOI_FAIL_UNSUPPORTED;
	default:
		return GDOI_FAIL_INTERNAL;
	}
}

static void report_later(void *arg)
{
	struct gdoi_pull *p = arg;

	finish(p, p->result.fail);
}

/* ---- messages 3 and 4 --------------------------------------------------------------------- */

static bool wants_sids(const struct gdoi_policy *p)
{
	for (unsigned int i = 0; i < p->n_teks; i++)
		if (suite_get(p->teks[i].suite)->counter_mode)
			return true;
	return false;
}

static void put_gap(struct pld_wr *c, const struct gdoi_pull *p)
{
	bool sids = p->rq.sids_wanted > 0 && wants_sids(&p->best.policy);
	bool confirm = ike_sa_peer(p->sa)->ours;

	if (!sids && !confirm)
		return;
	gdoi_gap_begin(c, &(struct gdoi_gap){0});
	if (sids)
		attr_put_basic(c->w, GAPATTR_SENDER_ID_REQUEST, p->rq.sids_wanted);
	if (confirm)
		attr_put_basic(c->w, GAPATTR_EXT_VERSION, CODEC_EXT_VERSION);
	pld_end(c);
}

static void send_3(struct gdoi_pull *p)
{
	struct try *t = &p->best;
	uint8_t buf[SMALL_MSG];
	struct bytes parts[3];
	struct buf_wr w;
	struct pld_wr c;

	buf_wr_init(&w, buf, sizeof(buf));
	pld_wr_init(&c, &w);
	put_gap(&c, p);
	parts[0] = bytes_of(t->ni, NONCE_LEN);
	parts[1] = bytes_of(t->nr, t->nr_len);
	parts[2] = bytes_of(buf, w.pos);
	p->sent_3 = true;
	if (w.err ||
	    ike_phase2_send(t->x, parts, GV_ARRAY_SIZE(parts), c.first, parts[2], true) < 0)
		finish(p, GDOI_FAIL_INTERNAL);
}

static int read_4(struct gdoi_policy *policy, const struct pld_chain *c, const struct codec_in *in,
		  struct err_text *e)
{
	const struct pld *kd = pld_find(c, PLD_KD), *seq = pld_find(c, PLD_SEQ);
	int rc;

	if (kd == NULL)
		return err_set(e, -EBADMSG, "message 4 without KD");
	rc = codec_get_kd(policy, kd, in, e);
	if (rc < 0 || !policy->has_kek)
		return rc;
	if (policy->kek.iv_key == NULL || policy->kek.public_key == NULL)
		return err_set(e, -EBADMSG, "KEK without %s",
			       policy->kek.iv_key == NULL ? "key" : "public key");
	if (seq != NULL)
		rc = pld_seq_get(&policy->seq, seq, NULL);
	return rc;
}

static void take_4(struct gdoi_pull *p, uint8_t first, struct bytes payloads, struct bytes hash)
{
	struct try *t = &p->best;
	struct bytes parts[] = {bytes_of(t->ni, NONCE_LEN), bytes_of(t->nr, t->nr_len), payloads};
	struct codec_in in = {.ours = ike_sa_peer(p->sa)->ours};
	struct pld_chain c;
	int rc;

	if (!ike_phase2_check(t->x, hash, parts, GV_ARRAY_SIZE(parts)))
		return;
	rc = pld_chain_get(&c, PLD_IN_PULL, first, payloads, NULL);
	if (rc == 0)
		rc = read_4(&t->policy, &c, &in, &p->result.detail);
	if (rc < 0)
		finish_and_drop_sa(p, fail_of(rc == -ENOTSUP || rc == -ENOMEM ? rc : -EBADMSG));
	else
		finish(p, GDOI_FAIL_NONE);
}

/* ---- messages 1 and 2 --------------------------------------------------------------------- */

static int start_try(struct gdoi_pull *p);

/* The offset of the clock is only as good as the round trip is short (a quarter of the window, as
 * far as the group has one). */
static bool is_slow(const struct try *t)
{
	uint64_t good = UINT64_MAX;

	for (unsigned int i = 0; i < t->policy.n_teks; i++) {
		const struct gdoi_tek *k = &t->policy.teks[i];

		if (k->replay == GDOI_REPLAY_TIME)
			good = GV_MIN(good, GV_MIN(GOOD_RTT_NS,
						   k->window * LOOP_NS_PER_S / RTT_FRACTION));
	}
	return t->policy.has_time && t->rtt_ns > good;
}

/* The better of the two exchanges stays. */
static void keep_better(struct gdoi_pull *p)
{
	if (p->best.x != NULL && p->best.rtt_ns <= p->now.rtt_ns) {
		drop_try(&p->now);
		return;
	}
	drop_try(&p->best);
	p->best = p->now;
	p->now = (struct try){0};
}

static int read_2(struct gdoi_pull *p, const struct pld_chain *c, struct codec_in *in)
{
	const struct pld *nonce = pld_find(c, PLD_NONCE), *sa = pld_find(c, PLD_SA);
	struct try *t = &p->now;

	if (nonce == NULL || sa == NULL || nonce->body.len > NONCE_MAX)
		return err_set(&p->result.detail, -EBADMSG, "message 2 without nonce or SA");
	memcpy(t->nr, nonce->body.p, nonce->body.len);
	t->nr_len = nonce->body.len;
	return codec_get_sa(&t->policy, sa, in, &p->result.detail);
}

static void take_2(struct gdoi_pull *p, uint8_t first, struct bytes payloads, struct bytes hash)
{
	struct try *t = &p->now;
	struct bytes parts[] = {bytes_of(t->ni, NONCE_LEN), payloads};
	struct codec_in in = {.ours = ike_sa_peer(p->sa)->ours};
	struct pld_chain c;
	int rc;

	if (!ike_phase2_check(t->x, hash, parts, GV_ARRAY_SIZE(parts)))
		return;
	t->msg2_ns = loop_now_ns(ike_loop(p->ike));
	t->rtt_ns = t->msg2_ns - ike_phase2_sent_ns(t->x);
	rc = pld_chain_get(&c, PLD_IN_PULL, first, payloads, NULL) < 0 ? -EBADMSG : 0;
	if (rc == 0)
		rc = read_2(p, &c, &in);
	if (rc != -EBADMSG && in.ext_version != in.ours) {
		err_set(&p->result.detail, 0, "%s", gdoi_fail_text(GDOI_FAIL_VID_STRIPPED));
		finish_and_drop_sa(p, GDOI_FAIL_VID_STRIPPED);
		return;
	}
	if (rc < 0) {
		finish_and_drop_sa(p, fail_of(rc));
		return;
	}
	keep_better(p);
	if (is_slow(&p->best) && p->tries < TRIES_MAX && start_try(p) == 0)
		return;
	send_3(p);
}

static void message(struct ike_phase2 *x, uint8_t first, struct bytes payloads, struct bytes hash,
		    void *arg)
{
	struct gdoi_pull *p = arg;

	if (x == p->now.x)
		take_2(p, first, payloads, hash);
	else if (x == p->best.x && p->sent_3)
		take_4(p, first, payloads, hash);
}

static enum gdoi_fail end_fail(enum ike_end why)
{
	switch (why) {
	case IKE_END_TIMEOUT:
		return GDOI_FAIL_TIMEOUT;
	case IKE_END_NO_PROPOSAL:
		return GDOI_FAIL_PHASE1_PROPOSAL;
	case IKE_END_AUTH:
		return GDOI_FAIL_PHASE1_AUTH;
	case IKE_END_DELETED:
		return GDOI_FAIL_REFUSED;
	default:
		return GDOI_FAIL_PHASE1_OTHER;
	}
}

static int start_phase1(struct gdoi_pull *p);

/* An SA from before, on which the key server is silent: it may have been restarted. */
static bool restart_on_new_sa(struct gdoi_pull *p)
{
	struct ike_sa *sa = p->sa;

	if (!p->reused)
		return false;
	p->reused = false;
	p->sa = NULL;
	ike_sa_delete(sa, false);
	return start_phase1(p) == 0;
}

static void exchange_over(struct ike_phase2 *x, enum ike_end why, void *arg)
{
	struct gdoi_pull *p = arg;

	if (x == p->now.x) {
		p->now.x = NULL;
		drop_try(&p->now);
		/* The other exchange is still there: silence on a repeat is no reason to fail. */
		if (why == IKE_END_TIMEOUT && p->best.x != NULL) {
			send_3(p);
			return;
		}
	} else if (x == p->best.x) {
		p->best.x = NULL;
		drop_try(&p->now);
	}
	if (why != IKE_END_TIMEOUT)
		p->sa = NULL; /* it is what ended */
	else if (!p->sent_3 && restart_on_new_sa(p))
		return;
	finish(p, end_fail(why));
}

/* The key server refuses (protected notification, RFC 6407 leaves the numbers open). */
static void refused(struct ike_phase2 *x, uint16_t type, void *arg)
{
	struct gdoi_pull *p = arg;
	enum gdoi_fail fail = GDOI_FAIL_REFUSED;

	if (type >= NOTIFY_CONNECTED) /* status, not an error */
		return;
	if (type == NOTIFY_INVALID_ID_INFORMATION)
		fail = GDOI_FAIL_NO_GROUP;
	else if (type == NOTIFY_AUTHENTICATION_FAILED)
		fail = GDOI_FAIL_UNAUTHORIZED;
	else if (type == NOTIFY_NO_PROPOSAL_CHOSEN)
		fail = GDOI_FAIL_PEER_FORM;
	err_set(&p->result.detail, 0, "%s (%s)", gdoi_fail_text(fail),
		name_of(NAMES_NOTIFY, type).s);
	finish(p, fail);
}

static int send_1(struct gdoi_pull *p)
{
	uint8_t buf[SMALL_MSG];
	struct bytes payloads;
	struct buf_wr w;
	struct pld_wr c;

	buf_wr_init(&w, buf, sizeof(buf));
	pld_wr_init(&c, &w);
	pld_put(&c, PLD_NONCE, bytes_of(p->now.ni, NONCE_LEN));
	group_id_put(&c, &p->rq.group);
	payloads = bytes_of(buf, w.pos);
	if (w.err)
		return -EMSGSIZE;
	return ike_phase2_send(p->now.x, &payloads, 1, c.first, payloads, true);
}

static int start_try(struct gdoi_pull *p)
{
	struct ike_phase2 *x;
	int rc;

	gdoi_policy_init(&p->now.policy);
	rc = ike_phase2_start(&x, p->sa, EXCH_PULL, message, exchange_over, p);
	if (rc < 0)
		return rc;
	p->now.x = x;
	p->tries++;
	ike_phase2_on_notify(x, refused);
	rc = rand_bytes(RAND_NONCE, p->now.ni, NONCE_LEN);
	if (rc == 0)
		rc = send_1(p);
	if (rc < 0)
		drop_try(&p->now);
	return rc;
}

/* ---- phase 1 ------------------------------------------------------------------------------ */

static void sa_changed(struct ike_sa *sa, enum ike_end what, void *arg)
{
	struct gdoi_pull *p = arg;

	if (what != IKE_END_ESTABLISHED) {
		/* Exchanges under it, if there were any, have reported already. */
		p->sa = NULL;
		err_set(&p->result.detail, 0, "phase 1: %s", ike_end_text(what));
		finish(p, end_fail(what));
		return;
	}
	p->own_sa = false;
	ike_sa_detach(sa);
	if (start_try(p) < 0)
		finish(p, GDOI_FAIL_INTERNAL);
}

static int start_phase1(struct gdoi_pull *p)
{
	int rc = ike_sa_start(&p->sa, p->ike, &p->rq.local, &p->rq.remote, sa_changed, p);

	p->own_sa = rc == 0;
	if (rc < 0)
		p->sa = NULL;
	return rc;
}

/* What configuration lacks is a failure like any other, reported once we have returned. */
static int fail_later(struct gdoi_pull *p, int rc)
{
	if (rc == -ENOKEY) {
		p->result.fail = GDOI_FAIL_PHASE1_AUTH;
		err_set(&p->result.detail, 0, "no pre-shared key for %s",
			addr_text(&p->rq.remote.addr).s);
	} else if (rc == -ENOENT) {
		p->result.fail = GDOI_FAIL_PHASE1_PROPOSAL;
		err_set(&p->result.detail, 0, "no usable crypto isakmp policy");
	} else {
		return rc;
	}
	loop_timer_set(p->later, 0);
	return 0;
}

int gdoi_pull_start(struct gdoi_pull **out, struct ike *ike, const struct gdoi_pull_request *rq,
		    gdoi_pull_fn *fn, void *arg)
{
	struct gdoi_pull *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL)
		return -ENOMEM;
	p->ike = ike;
	p->rq = *rq;
	p->fn = fn;
	p->arg = arg;
	rc = loop_timer_new(&p->later, ike_loop(ike), report_later, p);
	if (rc < 0) {
		free(p);
		return rc;
	}
	p->sa = ike_sa_find(ike, &rq->local, &rq->remote);
	p->reused = p->sa != NULL && start_try(p) == 0;
	rc = p->reused ? 0 : start_phase1(p);
	if (rc < 0)
		rc = fail_later(p, rc);
	if (rc < 0)
		pull_free(p);
	else
		*out = p;
	return rc;
}

void gdoi_pull_abort(struct gdoi_pull *p)
{
	struct ike_sa *sa = p->sa;
	bool own = p->own_sa && sa != NULL;

	pull_free(p);
	if (own) /* nobody else waits for it */
		ike_sa_delete(sa, false);
}
