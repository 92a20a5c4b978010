/* SPDX-License-Identifier: BSD-3-Clause */
/* What show commands read: rows made of a group's state, no state of their own. */
#include <string.h>

#include "control/ks/group.h"
#include "crypto/keystore.h"

static unsigned int group_index(const struct ks_group *g)
{
	unsigned int i = 0;

	while (g->ks->groups[i] != g)
		i++;
	return i;
}

static void info_round(const struct ks_group *g, struct ks_info *out)
{
	const struct ks_round *r = &g->round;
	uint64_t now = ks_now(g), end = r->active ? now : r->done_ns;

	if (r->started_ns != 0)
		out->last_duration_ms = (uint32_t)((end - r->started_ns) / LOOP_NS_PER_MS);
	if (r->active && loop_timer_pending(r->timer))
		out->retransmit_left_s = ks_left_s(loop_timer_due_ns(r->timer), now);
	out->last_retransmits = r->retransmits;
	out->rekeys_sent = g->rekeys;
	out->rekeys_retransmitted = g->retransmitted;
}

void ks_group_info(const struct ks_group *g, struct ks_info *out)
{
	const struct conf_server *cs = ks_conf(g);
	struct endpoint dst = {0};

	*out = (struct ks_info){
		.group = g->name,
		.id = g->id,
		.group_handle = KS_HANDLE_FIRST + group_index(g),
		.server_handle = KS_HANDLE_FIRST,
		.address = cs->address,
		.peers = cs->peers,
		.n_peers = cs->n_peers,
		.redundancy = cs->redundancy,
		.priority = cs->priority,
		.ready = g->not_ready.s[0] == '\0',
		.not_ready = g->not_ready.s,
		.rsa_found = keystore_find(g->ks->env.keys, cs->rsa_label) != NULL,
		.rsa_label = cs->rsa_label,
		.multicast = ks_policy_multicast(g, &dst),
		.ack = cs->ack,
		.kek_life_s = cs->kek_lifetime_s,
		.retransmit_s = cs->retransmit_s,
		.retransmit_n = cs->retransmit_n,
		.n_members = g->n_members,
		.n_sas = g->active.n_sas,
		.policy_changed = g->changed,
		.clock_running = g->clock_running,
		.pseudotime = ks_group_ticks(g, ks_now(g)),
		.epoch = g->epoch,
		.sid_bits = g->sids.bits,
		.sids_given = g->sids_given,
	};
	out->rekey_dst = dst.addr;
	info_round(g, out);
}

bool ks_kek_row(const struct ks_group *g, struct ks_kek_row *out)
{
	const struct ks_kek *k = &g->kek;

	if (k->id == 0)
		return false;
	*out = (struct ks_kek_row){
		.alg = k->kek.alg,
		.iv_len = (uint8_t)(k->kek.iv_key->len - k->kek.key_len),
		.key_len = k->kek.key_len,
		.sig_hash = k->kek.sig_hash,
		.sig_size = (uint16_t)(k->kek.sig_bits / 8),
		.sig_key_len = (uint16_t)k->kek.public_key->len,
		.life_s = k->life_s,
		.left_s = ks_left_s(k->end_ns, ks_now(g)),
		.rekey_s = ks_left_s(ks_schedule_kek_ns(g), ks_now(g)),
		.seq = k->seq,
	};
	memcpy(out->spi, k->kek.spi, sizeof(out->spi));
	return true;
}

void ks_sa_row(const struct ks_group *g, unsigned int i, struct ks_sa_row *out)
{
	const struct ks_plan_sa *p = &g->active.sas[i];
	const struct ks_sa *s = &g->sas[i];

	*out = (struct ks_sa_row){
		.number = p->number,
		.profile = p->profile,
		.acl = p->acl,
		.suite = p->suite,
		.replay = p->replay,
		.window = p->window,
		.life_s = p->life_s,
		.left_s = s->n > 0 ? ks_left_s(s->teks[s->n - 1].end_ns, ks_now(g)) : 0,
		.rekey_s = ks_left_s(ks_schedule_tek_ns(g, i), ks_now(g)),
		.aces = g->active.aces,
		.n_aces = g->active.n_aces,
		.index = (uint8_t)i,
	};
}

unsigned int ks_tek_count(const struct ks_group *g)
{
	unsigned int n = 0;

	for (unsigned int s = 0; s < g->active.n_sas; s++)
		n += g->sas[s].n;
	return n;
}

/* Newest first within an SA, SAs by number. */
static const struct ks_tek *tek_at(const struct ks_group *g, unsigned int i, uint8_t *sa,
				   bool *newest)
{
	for (*sa = 0; i >= g->sas[*sa].n; (*sa)++)
		i -= g->sas[*sa].n;
	*newest = i == 0;
	return &g->sas[*sa].teks[g->sas[*sa].n - 1 - i];
}

void ks_tek_row(const struct ks_group *g, unsigned int i, struct ks_tek_row *out)
{
	uint64_t now = ks_now(g);
	uint8_t sa;
	bool newest;
	const struct ks_tek *t = tek_at(g, i, &sa, &newest);

	*out = (struct ks_tek_row){
		.spi = t->spi,
		.sa = sa,
		.suite = t->suite,
		.orig_s = t->life_s,
		.left_s = ks_left_s(t->end_ns, now),
		.life_s = (uint32_t)((t->end_ns - t->made_ns) / LOOP_NS_PER_S),
		.override_s = t->override_s,
		.newest = newest,
		.rekey_s = newest ? ks_left_s(ks_schedule_tek_ns(g, sa), now) : 0,
		.replay = t->replay,
		.window = t->window,
	};
	/* so that the three numbers on the screen add up */
	out->elapsed_s = out->life_s - GV_MIN(out->left_s, out->life_s);
}

unsigned int ks_member_count(const struct ks_group *g)
{
	return g->n_members;
}

static void member_row(const struct ks_group *g, const struct ks_member *m,
		       struct ks_member_row *out)
{
	*out = (struct ks_member_row){
		.address = m->address,
		.port = m->remote.port,
		.ours = m->ours,
		.server = ks_conf(g)->address,
		.rekeys_sent = m->sent,
		.retries = m->retries,
		.acks_rcvd = m->acks,
		.acks_missed = m->missed,
		.strikes = m->strikes,
		.ack_form = m->ack_form,
		.registered_s = (uint32_t)((ks_now(g) - m->registered_ns) / LOOP_NS_PER_S),
		.n_sids = m->n_sids,
	};
	memcpy(out->version, m->version, sizeof(out->version));
	for (unsigned int i = 0; i < KS_SEQ_ROW; i++) {
		out->sent_seq[i] = m->last[i].seq;
		if (m->last[i].state == KS_ACK_RCVD)
			out->rcvd_seq[i] = m->last[i].seq;
	}
}

void ks_member_row(const struct ks_group *g, unsigned int i, struct ks_member_row *out)
{
	member_row(g, g->members[i], out);
}

bool ks_member_find(const struct ks_group *g, const struct addr *a, struct ks_member_row *out)
{
	const struct ks_member *m = ks_member_get(g, a);

	if (m == NULL)
		return false;
	member_row(g, m, out);
	return true;
}
