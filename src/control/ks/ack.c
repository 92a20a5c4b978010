/* SPDX-License-Identifier: BSD-3-Clause */
/* Acknowledgements of rekeys (RFC 8263). With a key that every member holds they prove no more
 * than delivery. */
#include "control/ks/group.h"

#include <string.h>

#include "base/trace.h"

struct ack_key {
	struct ks_group *group;
	const struct gdoi_kek *kek;
	uint32_t kek_id;
};

static bool kek_is(const struct gdoi_kek *k, const uint8_t *spi)
{
	return k->iv_key != NULL && memcmp(k->spi, spi, sizeof(k->spi)) == 0;
}

static bool find_key(struct ks *ks, const uint8_t *spi, struct ack_key *out)
{
	for (unsigned int i = 0; i < ks->n_groups; i++) {
		struct ks_group *g = ks->groups[i];

		*out = (struct ack_key){.group = g};
		if (kek_is(&g->kek.kek, spi)) {
			out->kek = &g->kek.kek;
			out->kek_id = g->kek.id;
		} else if (kek_is(&g->old_kek.kek, spi)) {
			out->kek = &g->old_kek.kek;
			out->kek_id = g->old_kek.id;
		}
		if (out->kek != NULL)
			return true;
	}
	return false;
}

static struct ks_sent *find_sent(struct ks_member *m, uint32_t kek_id, uint32_t seq)
{
	for (unsigned int i = 0; i < KS_SEQ_ROW; i++)
		if (m->last[i].kek_id == kek_id && m->last[i].seq == seq)
			return &m->last[i];
	return NULL;
}

static void round_finish_early(struct ks_group *g)
{
	struct ks_round *r = &g->round;

	for (unsigned int i = 0; i < g->n_members; i++)
		if (g->members[i]->in_round)
			return;
	/* Nobody is left: the timer closes the round at once. */
	if (r->active)
		loop_timer_set(r->timer, 0);
}

static void take(struct ks_group *g, struct ks_member *m, uint32_t kek_id,
		 const struct gdoi_ack *ack)
{
	struct ks_sent *s = find_sent(m, kek_id, ack->seq);

	if (s == NULL || s->state == KS_ACK_MISSED || s->state == KS_ACK_NONE) {
		ks_bump(g->ks, ACK_LATE);
		m->strikes = 0;
		return;
	}
	if (s->state == KS_ACK_RCVD) {
		ks_bump(g->ks, ACK_AGAIN);
		return;
	}
	s->state = KS_ACK_RCVD;
	m->acks++;
	m->strikes = 0;
	m->ack_form = ack->form;
	ks_bump(g->ks, ACK_OK);
	if (ack->form < 4)
		g->ks->counts[KS_COUNT_ACK_FORM_0 + ack->form]++;
	trace_add(TRACE_EV_ACK_RCVD, &ks_conf(g)->address, &m->address, ack->seq, g->name, NULL);
	if (s == &m->last[0]) {
		m->in_round = m->due = false;
		round_finish_early(g);
	}
}

void ks_ack_received(const struct endpoint *local, const struct endpoint *remote, struct bytes msg,
		     void *arg)
{
	struct ks *ks = arg;
	uint8_t spi[GDOI_KEK_SPI_LEN];
	struct ks_member *m = NULL;
	struct ack_key k;
	struct gdoi_ack ack;
	int rc;

	if (!gdoi_push_spi(msg, spi)) {
		ks_bump(ks, ACK_SHORT);
		return;
	}
	if (!find_key(ks, spi, &k)) {
		ks_bump(ks, ACK_UNKNOWN_KEK);
		return;
	}
	rc = gdoi_ack_open(&ack, k.kek, msg);
	if (rc < 0) {
		if (rc == -EACCES)
			ks_bump(ks, ACK_HASH);
		else
			ks_bump(ks, ACK_MALFORMED);
		trace_add(TRACE_EV_ACK_REFUSED, &local->addr, &remote->addr, 0, k.group->name,
			  rc == -EACCES ? "wrong hash" : "malformed");
		return;
	}
	if (ack.gm.family != ADDR_NONE)
		m = ks_member_get(k.group, &ack.gm);
	if (m == NULL)
		m = ks_member_get(k.group, &remote->addr);
	if (m == NULL) {
		ks_bump(ks, ACK_UNKNOWN_MEMBER);
		return;
	}
	take(k.group, m, k.kek_id, &ack);
}
