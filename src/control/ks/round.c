/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A rekey round: the push is built and signed once for each form in use, goes to every member a
 * batch at a time (starting at another one each round, so that being last is nobody's fate), and
 * the same octets go again to those whose acknowledgement is missing.
 */
#include "control/ks/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/trace.h"

#define ACK_KEK_SHA256 1 /* RFC 8263 REKEY_ACK_KEK_SHA256 */

/* ---- building ------------------------------------------------------------------------------------ */

static bool asks(const struct ks_group *g, bool full)
{
	if (ks_policy_multicast(g, &(struct endpoint){0}))
		return false;
	return ks_conf(g)->ack == CONF_ACK_INTEROPERABLE ||
	       (ks_conf(g)->ack == CONF_ACK_ANY && full);
}

static int build(struct ks_group *g, bool full, const struct ks_kek *new_kek, uint8_t **out,
		 size_t *len, struct err_text *e)
{
	const struct sign_key *pair = ks_group_sign_key(g);
	struct gdoi_policy *p = malloc(sizeof(*p));
	uint8_t *room = malloc(GDOI_PUSH_MAX);
	int rc = -ENOMEM;

	*len = GDOI_PUSH_MAX;
	if (p != NULL && room != NULL && pair != NULL) {
		gdoi_policy_init(p);
		ks_policy_fill(g, full, new_kek != NULL ? new_kek : &g->kek, p);
		if (g->dying.all_teks) /* nothing but the deletion */
			gdoi_policy_clear(p);
		p->kek.ack = asks(g, full) ? ACK_KEK_SHA256 : 0;
		if (new_kek == NULL) {
			secret_unref(p->kek.public_key);
			p->kek.public_key = NULL;
		}
		rc = gdoi_push_build(&(struct gdoi_push_spec){.policy = p,
							      .kek = &g->kek.kek,
							      .seq = g->kek.seq + 1,
							      .del = &g->dying,
							      .key = pair,
							      .digest_info = true},
				     room, len, e);
		gdoi_policy_clear(p);
	}
	if (rc == 0) {
		*out = malloc(*len);
		rc = *out == NULL ? -ENOMEM : 0;
	}
	if (rc == 0)
		memcpy(*out, room, *len);
	free(room);
	free(p);
	return rc;
}

static void drop_datagrams(struct ks_round *r)
{
	free(r->full);
	free(r->plain);
	r->full = r->plain = NULL;
	secret_unref(r->kek.iv_key);
	secret_unref(r->kek.public_key);
	r->kek = (struct gdoi_kek){0};
}

static bool form_in_use(const struct ks_group *g, bool full)
{
	if (ks_policy_multicast(g, &(struct endpoint){0}))
		return full == ks_policy_all_ours(g);
	for (unsigned int i = 0; i < g->n_members; i++)
		if (g->members[i]->ours == full)
			return true;
	return false;
}

static int build_forms(struct ks_group *g, const struct ks_kek *new_kek)
{
	struct ks_round *r = &g->round;
	struct err_text e = {{0}};
	int rc = 0;

	drop_datagrams(r);
	if (form_in_use(g, true))
		rc = build(g, true, new_kek, &r->full, &r->full_len, &e);
	if (rc == 0 && form_in_use(g, false))
		rc = build(g, false, new_kek, &r->plain, &r->plain_len, &e);
	if (rc < 0) {
		ks_bump(g->ks, PUSH_BUILD_FAILED);
		trace_add(TRACE_EV_REKEY_FAILED, &ks_conf(g)->address, NULL, g->kek.seq + 1,
			  g->name, e.s);
		drop_datagrams(r);
		return rc;
	}
	r->kek = g->kek.kek;
	secret_ref(r->kek.iv_key);
	secret_ref(r->kek.public_key);
	r->kek_id = g->kek.id;
	r->seq = ++g->kek.seq;
	g->dying = (struct gdoi_delete){0};
	return 0;
}

/* ---- sending -------------------------------------------------------------------------------------- */

static void send_to(struct ks_group *g, struct ks_member *m)
{
	struct ks_round *r = &g->round;
	struct endpoint from = {.addr = ks_conf(g)->address, .port = g->ks->env.port};
	struct bytes msg =
		m->ours ? bytes_of(r->full, r->full_len) : bytes_of(r->plain, r->plain_len);

	m->due = false;
	if (msg.p == NULL)
		return;
	if (r->copies > 0) {
		m->retries++;
		r->retransmits++;
		g->retransmitted++;
		ks_bump(g->ks, PUSH_RETRANSMITTED);
	} else {
		ks_bump(g->ks, PUSH_SENT);
	}
	trace_add(r->copies > 0 ? TRACE_EV_REKEY_RETRANS : TRACE_EV_REKEY_SENT, &from.addr,
		  &m->address, r->seq, g->name, NULL);
	g->ks->env.send(&from, &m->remote, msg, g->ks->env.send_arg);
}

static void send_multicast(struct ks_group *g, const struct endpoint *dst)
{
	struct ks_round *r = &g->round;
	struct endpoint from = {.addr = ks_conf(g)->address, .port = g->ks->env.port};

	if (r->copies > 0) {
		r->retransmits++;
		g->retransmitted++;
		ks_bump(g->ks, PUSH_RETRANSMITTED);
	} else {
		ks_bump(g->ks, PUSH_SENT);
	}
	trace_add(r->copies > 0 ? TRACE_EV_REKEY_RETRANS : TRACE_EV_REKEY_SENT, &from.addr,
		  &dst->addr, r->seq, g->name, NULL);
	g->ks->env.send(&from, dst,
			r->full != NULL ? bytes_of(r->full, r->full_len)
					: bytes_of(r->plain, r->plain_len),
			g->ks->env.send_arg);
}

/* One batch; true when members are left that have to get theirs. */
static bool send_batch(struct ks_group *g)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < g->n_members; i++) {
		struct ks_member *m = g->members[(g->round_first + i) % g->n_members];

		if (!m->due)
			continue;
		if (n == KS_BATCH)
			return true;
		send_to(g, m);
		n++;
	}
	return false;
}

static void pass_continue(struct ks_group *g)
{
	struct ks_round *r = &g->round;
	struct endpoint dst;
	uint64_t period = (uint64_t)ks_conf(g)->retransmit_s * LOOP_NS_PER_S;

	if (ks_policy_multicast(g, &dst)) {
		send_multicast(g, &dst);
	} else if (send_batch(g)) {
		loop_timer_set(r->timer, KS_BATCH_GAP_NS);
		return;
	}
	loop_timer_set_at(r->timer, GV_MAX(r->pass_ns + period, ks_now(g)));
}

static void pass_start(struct ks_group *g)
{
	g->round.pass_ns = ks_now(g);
	pass_continue(g);
}

/* ---- the end of a round ------------------------------------------------------------------------------ */

static void remove_silent(struct ks_group *g)
{
	for (unsigned int i = g->n_members; i-- > 0;) {
		struct ks_member *m = g->members[i];

		if (m->strikes < KS_STRIKES_MAX)
			continue;
		log_msg(GDOI_KS_GM_REMOVED, g->name, g->name, addr_text(&m->address).s,
			(unsigned int)m->strikes);
		ks_bump(g->ks, MEMBER_REMOVED);
		ks_member_remove(g, m);
	}
}

static void strike(struct ks_group *g, struct ks_member *m)
{
	m->strikes++;
	trace_add(TRACE_EV_ACK_MISSED, &ks_conf(g)->address, &m->address, g->round.seq, g->name,
		  NULL);
}

static void round_close(struct ks_group *g)
{
	struct ks_round *r = &g->round;

	r->active = false;
	r->done_ns = ks_now(g);
	loop_timer_cancel(r->timer);
	for (unsigned int i = 0; i < g->n_members; i++) {
		struct ks_member *m = g->members[i];

		if (m->asked && m->last[0].state == KS_ACK_WAITING)
			strike(g, m);
		for (unsigned int k = 0; k < KS_SEQ_ROW; k++) {
			if (m->last[k].state != KS_ACK_WAITING)
				continue;
			m->last[k].state = KS_ACK_MISSED;
			m->missed++;
		}
		m->in_round = m->due = m->asked = false;
	}
	remove_silent(g);
}

static bool anyone_left(const struct ks_group *g)
{
	for (unsigned int i = 0; i < g->n_members; i++)
		if (g->members[i]->in_round)
			return true;
	return false;
}

/*
 * The next rekey comes before this one is over. Its acknowledgements may still arrive, so nothing
 * counts as missed yet; but who did not answer a repetition either gets the strike.
 */
void ks_round_stop(struct ks_group *g)
{
	struct ks_round *r = &g->round;

	if (!r->active)
		return;
	r->active = false;
	r->done_ns = ks_now(g);
	loop_timer_cancel(r->timer);
	for (unsigned int i = 0; i < g->n_members; i++) {
		struct ks_member *m = g->members[i];

		if (m->asked && m->last[0].state == KS_ACK_WAITING && r->copies > 0)
			strike(g, m);
		m->in_round = m->due = m->asked = false;
	}
	remove_silent(g);
}

void ks_round_flush(struct ks_group *g)
{
	while (send_batch(g))
		;
}

void ks_round_free(struct ks_round *r)
{
	drop_datagrams(r);
	loop_timer_free(r->timer);
	r->timer = NULL;
}

void ks_round_fired(void *arg)
{
	struct ks_group *g = arg;
	struct ks_round *r = &g->round;
	bool due = false, again = r->copies < ks_conf(g)->retransmit_n;
	bool multicast = ks_policy_multicast(g, &(struct endpoint){0});

	for (unsigned int i = 0; i < g->n_members && !due; i++)
		due = g->members[i]->due;
	if (due) {
		pass_continue(g);
		return;
	}
	if (!again || (!multicast && !anyone_left(g))) {
		round_close(g);
		return;
	}
	r->copies++;
	for (unsigned int i = 0; i < g->n_members; i++)
		g->members[i]->due = g->members[i]->in_round;
	pass_start(g);
}

/* ---- the start ---------------------------------------------------------------------------------------- */

static void remove_revoked(struct ks_group *g)
{
	for (unsigned int i = g->n_members; i-- > 0;) {
		struct ks_member *m = g->members[i];

		if (ks_group_authorized(g, &m->address))
			continue;
		log_msg(GDOI_KS_GM_REVOKED, g->name, g->name, addr_text(&m->address).s);
		ks_bump(g->ks, MEMBER_REVOKED);
		ks_member_remove(g, m);
	}
}

static void say_sending(const struct ks_group *g, const struct endpoint *dst)
{
	struct addr_text from = addr_text(&ks_conf(g)->address);

	if (dst == NULL)
		log_msg(GDOI_KS_SEND_UNICAST_REKEY, g->name, g->name, from.s, g->round.seq);
	else
		log_msg(GDOI_KS_SEND_MCAST_REKEY, g->name, g->name, from.s, addr_text(&dst->addr).s,
			g->round.seq);
}

int ks_round_start(struct ks_group *g, const struct ks_kek *new_kek)
{
	struct ks_round *r = &g->round;
	struct endpoint dst;
	bool multicast = ks_policy_multicast(g, &dst);
	int rc;

	ks_round_stop(g);
	remove_revoked(g);
	g->last_push_ns = ks_now(g);
	if (g->n_members == 0 && !multicast)
		return 0;
	if (ks_group_sign_key(g) == NULL) {
		ks_bump(g->ks, PUSH_NO_RSA_KEY);
		return -ENOKEY;
	}
	if (g->kek.id == 0) /* nobody holds a KEK: they register again */
		return 0;
	rc = build_forms(g, new_kek);
	if (rc < 0)
		return rc;
	r->active = true;
	r->copies = r->retransmits = 0;
	r->started_ns = ks_now(g);
	g->rekeys++;
	g->round_first++;
	for (unsigned int i = 0; i < g->n_members && !multicast; i++)
		ks_member_pushed(g->members[i], r->kek_id, r->seq, asks(g, g->members[i]->ours));
	say_sending(g, multicast ? &dst : NULL);
	pass_start(g);
	return 0;
}

/* The push it has not seen goes to it with the next repetition, once its registration is over. */
void ks_round_join(struct ks_group *g, struct ks_member *m)
{
	struct ks_round *r = &g->round;

	ks_member_pushed(m, r->kek_id, r->seq, asks(g, m->ours));
	m->due = false;
	r->copies = 0;
	r->active = true;
	if (!loop_timer_pending(r->timer))
		loop_timer_set(r->timer, (uint64_t)ks_conf(g)->retransmit_s * LOOP_NS_PER_S);
}
