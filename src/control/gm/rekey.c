/* SPDX-License-Identifier: BSD-3-Clause */
/* Rekeys: GROUPKEY-PUSH received, judged, installed, acknowledged (RFC 6407 4, RFC 8263). */
#include <stdlib.h>
#include <string.h>

#include "base/trace.h"
#include "control/gm/group.h"
#include "crypto/rand.h"

#define SID_SPREAD_MS 5000

struct arrival {
	const struct endpoint *local, *remote;
	struct bytes msg;
	struct gm_kek *kek; /* in the group's hold */
};

struct outcome {
	struct gm_change what;
	struct err_text why; /* of a refusal */
};

/* ---- refusals -------------------------------------------------------------------------------------- */

/* After the message that says what was wrong. */
static void say_failure(struct gm_group *g, const struct arrival *a, uint32_t seq, const char *why)
{
	struct addr_text own = addr_text(&g->address), ks = addr_text(&a->remote->addr);

	trace_add(TRACE_EV_REKEY_FAILED, &a->remote->addr, &g->address, seq, g->name, why);
	log_msg(GDOI_GDOI_REKEY_FAILURE, g->name, own.s, g->name, ks.s);
	log_msg(CRYPTO_IKMP_MODE_FAILURE, g->name, "GDOI", ks.s);
}

static void refuse(struct gm_group *g, const struct arrival *a, const struct gdoi_push *p,
		   enum gdoi_push_status why)
{
	switch (why) {
	case GDOI_PUSH_SEQ:
		gm_bump(g->gm, REKEY_SEQ);
		log_msg(GDOI_GDOI_REKEY_SEQ_FAILURE, g->name, p->seq, g->name, a->kek->st.last_seq);
		break;
	case GDOI_PUSH_SIGNATURE:
		gm_bump(g->gm, REKEY_SIGNATURE);
		break;
	case GDOI_PUSH_POLICY:
		gm_bump(g->gm, REKEY_POLICY);
		log_msg(GDOI_GM_FAILED_TO_INSTALL_POLICIES, g->name, addr_text(&a->remote->addr).s,
			g->name, addr_text(&g->address).s, p->detail.s);
		break;
	case GDOI_PUSH_UNKNOWN_KEK:
		gm_bump(g->gm, REKEY_UNKNOWN_KEK);
		return;
	case GDOI_PUSH_MALFORMED:
		gm_bump(g->gm, REKEY_MALFORMED);
		break;
	case GDOI_PUSH_OK:
	case GDOI_PUSH_COPY:
		return;
	}
	say_failure(g, a, p->seq, p->detail.s);
}

static void refuse_install(struct gm_group *g, const struct arrival *a, const struct gdoi_push *p,
			   const struct err_text *why)
{
	g->failure = *why;
	log_msg(GDOI_GM_FAILED_TO_INSTALL_POLICIES, g->name, addr_text(&a->remote->addr).s, g->name,
		addr_text(&g->address).s, why->s);
	say_failure(g, a, p->seq, why->s);
}

/* ---- the clock -------------------------------------------------------------------------------------- */

static uint32_t max_age_s(const struct gdoi_policy *p, const struct gm_hold *h)
{
	return p->max_age_s != 0 ? p->max_age_s : h->max_age_s;
}

/* False: the message is too old and refused whole. */
static bool follow_clock(struct gm_group *g, struct gm_hold *h, const struct gdoi_policy *p,
			 uint64_t *age_ns)
{
	uint64_t now = gm_now(g), mine = tbar_clock_ticks(&h->clock, now);
	struct tbar_stamp stamp = {.ticks = p->pseudotime,
				   .epoch = p->epoch,
				   .max_age_s = max_age_s(p, h),
				   .window_s = gm_hold_window_s(h)};

	*age_ns = 0;
	if (!p->has_time)
		return true;
	switch (tbar_clock_push(&h->clock, now, &stamp, age_ns)) {
	case TBAR_SYNC_TOO_OLD:
		g->sync_errors++;
		gm_bump(g->gm, REKEY_TOO_OLD);
		log_msg(GDOI_PSEUDO_TIME_TOO_OLD, g->name, g->name,
			(unsigned long long)mine / TBAR_TICKS_PER_S,
			(unsigned long long)p->pseudotime / TBAR_TICKS_PER_S,
			max_age_s(p, h) != 0 ? max_age_s(p, h) : 30);
		return false;
	case TBAR_SYNC_LARGE:
		g->clock_steps++;
		log_msg(GDOI_PSEUDO_TIME_LARGE, g->name,
			(unsigned long long)p->pseudotime / TBAR_TICKS_PER_S,
			(unsigned long long)mine / TBAR_TICKS_PER_S, g->name);
		return true;
	case TBAR_SYNC_FIRST:
		trace_add(TRACE_EV_PST_UPDATED, NULL, NULL, 0, g->name, "new pseudotime epoch");
		return true;
	case TBAR_SYNC_FORWARD:
	case TBAR_SYNC_BACK:
		return true;
	}
	return true;
}

/* ---- acknowledgement ---------------------------------------------------------------------------------- */

/* Only a key server of the group gets one: the source of a datagram proves nothing. */
static bool is_key_server(const struct gm_group *g, const struct gdoi_kek *kek,
			  const struct addr *a)
{
	for (unsigned int i = 0; i < g->conf->n_servers; i++)
		if (addr_equal(&g->conf->servers[i], a))
			return true;
	return addr_equal(&kek->src.addr, a);
}

static bool send_ack(struct gm_group *g, const struct gdoi_kek *kek, uint32_t seq,
		     const struct endpoint *remote)
{
	struct endpoint own = {.addr = g->address, .port = g->gm->env.port};
	uint8_t msg[256];
	size_t len = sizeof(msg);

	if (!is_key_server(g, kek, &remote->addr)) {
		gm_bump(g->gm, ACK_NOT_KS);
		return false;
	}
	if (gdoi_ack_build(kek, seq, &g->address, msg, &len) < 0)
		return false;
	g->gm->env.send(&own, remote, bytes_of(msg, len), g->gm->env.send_arg);
	trace_add(TRACE_EV_ACK_SENT, &remote->addr, &g->address, seq, g->name, NULL);
	return true;
}

static void acknowledge(struct gm_group *g, const struct arrival *a, const struct gdoi_kek *kek,
			uint32_t seq)
{
	struct gm_kek *held = gm_hold_kek(&g->hold, kek->spi);

	/* To a multicast all members would answer at once. */
	if (kek->ack == 0 || addr_is_multicast(&a->local->addr) ||
	    !send_ack(g, kek, seq, a->remote))
		return;
	g->acks++;
	gm_bump(g->gm, ACK_SENT);
	if (held == NULL) /* the rekey took its own KEK away */
		return;
	held->acked = true;
	held->acked_ns = gm_now(g);
	held->acked_to = *a->remote;
	held->st.kek.ack = kek->ack;
}

/* The acknowledgement was lost: once more, to the same place, at most once a second. */
static void copy_received(struct gm_group *g, const struct arrival *a)
{
	struct gm_kek *k = a->kek;

	g->copies++;
	gm_bump(g->gm, REKEY_COPY);
	if (!k->acked || !endpoint_equal(&k->acked_to, a->remote))
		return;
	if (gm_now(g) - k->acked_ns < GM_ACK_GAP_NS) {
		gm_bump(g->gm, ACK_LIMITED);
		return;
	}
	k->acked_ns = gm_now(g);
	if (!send_ack(g, &k->st.kek, k->st.last_seq, a->remote))
		return;
	g->acks_resent++;
	gm_bump(g->gm, ACK_RESENT);
}

/* ---- acceptance ------------------------------------------------------------------------------------------ */

static void count_rekey(struct gm_group *g, const struct arrival *a)
{
	gm_bump(g->gm, REKEY_OK);
	g->rekeyed = true;
	g->rekey_from = a->remote->addr;
	g->rekey_ns = gm_now(g);
	g->rekeys++;
	g->rekeys_since_reg++;
	if (addr_is_multicast(&a->local->addr))
		g->multicast_rekeys++;
	else
		g->unicast_rekeys++;
	if (g->pull == NULL)
		g->failures = 0;
	g->failure = (struct err_text){{0}};
}

/* All keys or the KEK are gone by order: register again, not all members at the same moment. */
static void deleted(struct gm_group *g, const struct gdoi_delete *del)
{
	uint32_t s = 1 + rand_below(GM_DELETE_SPREAD_S);

	if (del->all_teks)
		log_msg(GDOI_GM_RECV_DELETE_IMMEDIATE, g->name, g->name, s);
	else
		log_msg(GDOI_GM_RECV_DELETE, g->name, g->name);
	if (g->hold.n_teks == 0)
		g->state = GM_NOT_REGISTERED;
	gm_register_in(g, s * LOOP_NS_PER_S);
}

static bool lacks_sids(const struct gm_hold *h)
{
	for (unsigned int i = 0; i < h->n_teks; i++)
		if (suite_get(h->teks[i].tek.suite)->counter_mode && h->n_sids == 0)
			return true;
	return false;
}

static void follow_up(struct gm_group *g, const struct gdoi_push *p)
{
	bool keys_back = p->policy.n_teks > 0 && p->policy.has_kek;

	if ((p->del.all_teks || p->del.kek) && !keys_back)
		deleted(g, &p->del);
	else if (lacks_sids(&g->hold) && g->pull == NULL)
		gm_register_in(g, rand_below(SID_SPREAD_MS) * LOOP_NS_PER_MS);
}

static void accepted(struct gm_group *g, const struct arrival *a, const struct gdoi_push *p,
		     const struct gm_change *what, const struct gdoi_kek *under)
{
	struct addr_text ks = addr_text(&a->remote->addr), own = addr_text(&g->address);

	acknowledge(g, a, under, p->seq);
	trace_add(TRACE_EV_REKEY_RCVD, &a->remote->addr, &g->address, p->seq, g->name, NULL);
	log_msg(GDOI_GM_RECV_REKEY, g->name, g->name, ks.s, addr_text(&a->local->addr).s, p->seq);
	gm_say_change(g, what);
	log_msg(GDOI_GM_INSTALL_POLICIES_SUCCESS, g->name, ks.s, g->name, own.s);
	follow_up(g, p);
}

/* What the datagram was under, kept while the KEK itself may go. */
static struct gdoi_kek kek_keep(const struct arrival *a, const struct gdoi_push *p)
{
	struct gdoi_kek k = a->kek->st.kek;

	if (p->policy.has_kek)
		k.ack = p->policy.kek.ack;
	secret_ref(k.iv_key);
	secret_ref(k.public_key);
	return k;
}

/* Puts what the push says on h and h in force. */
static int take(struct gm_group *g, const struct arrival *a, const struct gdoi_push *p,
		const struct gm_message *m, struct gm_hold *h, struct outcome *out)
{
	struct gm_kek *k = gm_hold_kek(h, a->kek->st.kek.spi);
	int rc;

	k->prev_seq = k->st.last_seq;
	gdoi_push_accept(&k->st, p->seq, a->msg);
	rc = gm_merge(h, m, &out->what, &out->why);
	if (rc < 0) {
		gm_hold_clear(h);
		gm_bump(g->gm, REKEY_KEY_CHANGED);
		return rc;
	}
	rc = gm_install(g, h, &out->why);
	if (rc < 0)
		gm_bump(g->gm, REKEY_NOT_INSTALLED);
	return rc;
}

static void judge(struct gm_group *g, const struct arrival *a, const struct gdoi_push *p)
{
	struct gm_message m = {.policy = &p->policy,
			       .del = &p->del,
			       .from = a->remote->addr,
			       .now_ns = gm_now(g),
			       .conn_ids = &g->gm->conn_ids};
	struct gdoi_kek under = kek_keep(a, p);
	struct outcome out = {0};
	struct gm_hold h;

	gm_hold_copy(&h, &g->hold);
	if (!follow_clock(g, &h, &p->policy, &m.age_ns)) {
		gm_hold_clear(&h);
		say_failure(g, a, p->seq, "pseudotime too old");
	} else if (take(g, a, p, &m, &h, &out) < 0) {
		refuse_install(g, a, p, &out.why);
	} else {
		count_rekey(g, a);
		gm_life_set(g);
		accepted(g, a, p, &out.what, &under);
	}
	secret_unref(under.iv_key);
	secret_unref(under.public_key);
}

static void received(struct gm_group *g, const struct arrival *a)
{
	struct gdoi_push *p = calloc(1, sizeof(*p));
	enum gdoi_push_status st;

	if (p == NULL)
		return;
	gdoi_policy_init(&p->policy);
	st = gdoi_push_open(p, &a->kek->st, a->msg);
	if (st == GDOI_PUSH_OK)
		judge(g, a, p);
	else if (st == GDOI_PUSH_COPY)
		copy_received(g, a);
	else
		refuse(g, a, p, st);
	gdoi_policy_clear(&p->policy);
	free(p);
}

void gm_rekey_received(const struct endpoint *local, const struct endpoint *remote,
		       struct bytes msg, void *arg)
{
	struct gm *gm = arg;
	uint8_t spi[GDOI_KEK_SPI_LEN];
	bool known = false;

	if (!gdoi_push_spi(msg, spi)) {
		gm_bump(gm, REKEY_SHORT);
		return;
	}
	for (unsigned int i = 0; i < gm->n_groups; i++) {
		struct gm_group *g = gm->groups[i];
		struct arrival a = {local, remote, msg, gm_hold_kek(&g->hold, spi)};

		/* Two attachments of a group hold the same KEK: each has its own address. */
		if (a.kek == NULL ||
		    !(addr_equal(&g->address, &local->addr) || addr_is_multicast(&local->addr)))
			continue;
		known = true;
		received(g, &a);
	}
	if (!known)
		gm_bump(gm, REKEY_UNKNOWN_KEK);
}
