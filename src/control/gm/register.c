/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registration: the key servers in the order of configuration, then a pause that grows. A policy
 * that this box cannot do is the same on every key server, so it goes straight to the pause.
 */
#include <stdlib.h>

#include "base/trace.h"
#include "control/gm/group.h"
#include "crypto/rand.h"

#define NEXT_SERVER_NS LOOP_NS_PER_MS

static void attempt(struct gm_group *g);

static const struct addr *server_now(const struct gm_group *g)
{
	return &g->conf->servers[g->server];
}

/* ---- failure ------------------------------------------------------------------------------------- */

static uint64_t backoff_ns(const struct gm_group *g, uint32_t most_s)
{
	uint64_t s = (uint64_t)g->gm->backoff_min_s << GV_MIN(g->failures - 1, 20u);

	s = GV_MIN(s, GV_MAX(most_s, g->gm->backoff_min_s));
	/* up to a tenth more, so that a site does not come back as one */
	return s * LOOP_NS_PER_S + s * rand_below(100) * LOOP_NS_PER_MS;
}

static void round_failed(struct gm_group *g, uint32_t most_s)
{
	g->server = 0;
	g->failures++;
	g->state = g->hold.n_teks > 0 ? GM_REGISTERED : GM_NOT_REGISTERED;
	loop_timer_set(g->reg_timer, backoff_ns(g, most_s));
	if (g->hold.n_teks == 0)
		gm_life_fired(g);
}

static void failed(struct gm_group *g, bool policy, const char *why)
{
	const struct addr *ks = server_now(g);
	struct addr_text text = addr_text(ks);

	err_set(&g->failure, 0, "%s: %s", text.s, why);
	gm_bump(g->gm, REG_FAILED);
	trace_add(TRACE_EV_REG_FAILED, &g->address, ks, 0, g->name, why);
	if (policy)
		log_msg(GDOI_GM_FAILED_TO_INSTALL_POLICIES, g->name, text.s, g->name,
			addr_text(&g->address).s, why);
	log_msg(CRYPTO_IKMP_MODE_FAILURE, g->name, "GDOI", text.s);
	if (policy) {
		round_failed(g, GM_BACKOFF_MAX_S);
	} else if (g->server + 1 < g->conf->n_servers) {
		g->server++;
		loop_timer_set(g->reg_timer, NEXT_SERVER_NS);
	} else {
		round_failed(g, GM_BACKOFF_SILENT_S);
	}
}

/* ---- success -------------------------------------------------------------------------------------- */

static void say_registered(struct gm_group *g, const struct gm_change *what)
{
	struct addr_text ks = addr_text(&g->registered_with), own = addr_text(&g->address);

	trace_add(TRACE_EV_POLICY_DOWNLOADED, &g->registered_with, &g->address, g->hold.n_aces,
		  g->name, NULL);
	for (unsigned int i = 0; i < g->hold.n_teks; i++)
		trace_add(TRACE_EV_SA_INSTALLED, NULL, NULL, g->hold.teks[i].tek.spi, g->name,
			  NULL);
	trace_add(TRACE_EV_REG_COMPLETE, &g->address, &g->registered_with, 0, g->name, NULL);
	gm_say_change(g, what);
	log_msg(GDOI_GM_REGS_COMPL, g->name, ks.s, g->name, own.s);
	log_msg(GDOI_GM_INSTALL_POLICIES_SUCCESS, g->name, ks.s, g->name, own.s);
}

static void registered(struct gm_group *g, const struct gdoi_pull_result *r,
		       const struct gm_change *what)
{
	g->registered_with = *server_now(g);
	g->peer_ours = r->peer.ours;
	g->rtt_ns = r->rtt_ns;
	g->state = GM_REGISTERED;
	g->succeeded++;
	g->rekeys_since_reg = 0;
	g->failures = 0;
	g->server = 0;
	g->failure = (struct err_text){{0}};
	gm_bump(g->gm, REG_OK);
	say_registered(g, what);
	gm_life_set(g);
}

/* The clock of a registration is believed; a jump that refuses packets is worth a line. */
static void follow_clock(struct gm_group *g, struct gm_hold *h, const struct gdoi_pull_result *r)
{
	const struct gdoi_policy *p = r->policy;
	struct tbar_clock before = h->clock;
	uint64_t window_ns = gm_hold_window_s(h) * LOOP_NS_PER_S;
	int64_t jump_ns;

	tbar_clock_pull(&h->clock, r->msg2_ns, p->pseudotime, p->epoch, r->rtt_ns);
	jump_ns = (int64_t)((uint64_t)h->clock.off_ns - (uint64_t)before.off_ns);
	if (!before.synced || before.epoch != p->epoch || window_ns == 0)
		return;
	if (jump_ns <= (int64_t)window_ns / 2 && jump_ns >= -(int64_t)window_ns / 2)
		return;
	g->clock_steps++;
	log_msg(GDOI_PSEUDO_TIME_LARGE, g->name,
		(unsigned long long)p->pseudotime / TBAR_TICKS_PER_S,
		(unsigned long long)tbar_clock_ticks(&before, r->msg2_ns) / TBAR_TICKS_PER_S,
		g->name);
}

static int take_policy(struct gm_group *g, const struct gdoi_pull_result *r, struct gm_change *what,
		       struct err_text *why)
{
	const struct gdoi_policy *p = r->policy;
	uint64_t now = gm_now(g);
	struct gm_message m = {.policy = p,
			       .from = *server_now(g),
			       .now_ns = now,
			       .age_ns = now - r->msg2_ns,
			       .pull = true,
			       .peer_ours = r->peer.ours,
			       .conn_ids = &g->gm->conn_ids};
	struct gm_hold h;
	int rc;

	gm_hold_copy(&h, &g->hold);
	if (p->has_time) {
		follow_clock(g, &h, r);
		m.age_ns += r->rtt_ns / 2;
	}
	rc = gm_merge(&h, &m, what, why);
	if (rc == 0 && h.n_teks == 0)
		rc = err_set(why, -ENODATA, "no traffic key in the policy");
	if (rc < 0) {
		gm_hold_clear(&h);
		return rc;
	}
	return gm_install(g, &h, why);
}

static void pull_done(const struct gdoi_pull_result *r, void *arg)
{
	struct gm_group *g = arg;
	struct gm_change what;
	struct err_text why = {{0}};

	g->pull = NULL;
	if (r->fail != GDOI_FAIL_NONE) {
		failed(g, r->fail == GDOI_FAIL_UNSUPPORTED,
		       r->detail.s[0] != '\0' ? r->detail.s : gdoi_fail_text(r->fail));
		return;
	}
	if (take_policy(g, r, &what, &why) < 0) {
		gm_bump(g->gm, REG_NOT_INSTALLED);
		failed(g, true, why.s);
		return;
	}
	registered(g, r, &what);
}

/* ---- attempts --------------------------------------------------------------------------------------- */

static bool complete(struct gm_group *g)
{
	bool ok = g->conf->n_servers > 0 &&
		  (g->conf->has_number || g->conf->id_address.family != ADDR_NONE);

	if (!ok && !g->incomplete_said)
		log_msg(GDOI_GM_INCOMPLETE_CFG, g->name, g->name);
	g->incomplete_said = !ok;
	return ok;
}

/* An old phase 1 may be unknown to a key server that was restarted, and to learn that by silence
 * takes longer than the keys may last: whoever comes back starts from the beginning. */
static void drop_old_phase1(struct gm_group *g, const struct gdoi_pull_request *rq)
{
	const struct gm *gm = g->gm;
	struct ike_sa *sa;

	for (unsigned int i = 0; i < gm->n_groups; i++)
		if (gm->groups[i]->pull != NULL)
			return; /* it may be using it */
	if (g->attempted == 0)
		return;
	sa = ike_sa_find(gm->env.ike, &rq->local, &rq->remote);
	if (sa != NULL)
		ike_sa_delete(sa, true);
}

static void attempt(struct gm_group *g)
{
	const struct gm_env *env = &g->gm->env;
	struct gdoi_pull_request rq = {
		.local = {.addr = g->address, .port = env->port},
		.group = {.is_address = !g->conf->has_number,
			  .number = g->conf->number,
			  .address = g->conf->id_address},
		.sids_wanted = env->dp->workers(env->dp_arg),
	};
	int rc;

	if (g->pull != NULL || !complete(g) || g->address.family == ADDR_NONE)
		return;
	if (g->server >= g->conf->n_servers)
		g->server = 0;
	rq.remote = (struct endpoint){.addr = *server_now(g), .port = env->port};
	drop_old_phase1(g, &rq);
	g->ordered_ns = 0;
	g->state = GM_REGISTERING;
	g->attempted++;
	gm_bump(g->gm, REG_STARTED);
	log_msg(CRYPTO_GM_REGSTER, g->name, addr_text(server_now(g)).s, g->name,
		addr_text(&g->address).s);
	trace_add(TRACE_EV_KS_SELECTED, &g->address, server_now(g), 0, g->name, NULL);
	trace_add(TRACE_EV_REG_STARTED, &g->address, server_now(g), 0, g->name, NULL);
	rc = gdoi_pull_start(&g->pull, env->ike, &rq, pull_done, g);
	if (rc < 0) {
		g->pull = NULL;
		failed(g, false, gdoi_fail_text(GDOI_FAIL_INTERNAL));
	}
}

/* The timer stands for a retry, for the next server, or for keys that come to their end without a
 * successor; only the last one is news. */
void gm_register_fired(void *arg)
{
	struct gm_group *g = arg;

	if (g->failures == 0 && g->server == 0 && g->succeeded > 0 && g->state == GM_REGISTERED) {
		trace_add(TRACE_EV_TIMER_EXPIRED, NULL, NULL, 0, g->name, "re-registration");
		log_msg(GDOI_GM_RE_REGISTER, g->name, g->name);
	}
	attempt(g);
}

void gm_register_start(struct gm_group *g)
{
	gm_register_stop(g);
	g->server = 0;
	attempt(g);
}

void gm_register_in(struct gm_group *g, uint64_t delay_ns)
{
	gm_register_stop(g);
	g->server = 0;
	g->ordered_ns = gm_now(g) + delay_ns;
	loop_timer_set_at(g->reg_timer, g->ordered_ns);
}

void gm_register_stop(struct gm_group *g)
{
	if (g->pull != NULL)
		gdoi_pull_abort(g->pull);
	g->pull = NULL;
	g->failures = 0;
	loop_timer_cancel(g->reg_timer);
}
