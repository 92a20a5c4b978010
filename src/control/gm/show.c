/* SPDX-License-Identifier: BSD-3-Clause */
/* What show commands read: rows made of a group's state, no state of their own. */
#include <string.h>

#include "control/gm/group.h"

static uint32_t left_s(uint64_t end_ns, uint64_t now_ns)
{
	return end_ns <= now_ns ? 0 : (uint32_t)((end_ns - now_ns) / LOOP_NS_PER_S);
}

const char *gm_state_text(enum gm_state s)
{
	switch (s) {
	case GM_NOT_REGISTERED:
		return "Not registered";
	case GM_REGISTERING:
		return "Registering";
	case GM_REGISTERED:
		return "Registered";
	}
	return "?";
}

const char *gm_tek_use_text(enum gm_tek_use u)
{
	switch (u) {
	case GM_TEK_NEXT:
		return "next";
	case GM_TEK_CURRENT:
		return "current";
	case GM_TEK_PREVIOUS:
		return "previous";
	}
	return "?";
}

static void info_registration(const struct gm_group *g, struct gm_info *out)
{
	uint64_t now = gm_now(g), due = loop_timer_due_ns(g->reg_timer), end;
	uint64_t again = gm_hold_reregister_ns(&g->hold, &end);

	out->state = g->state;
	out->registered_with = g->registered_with;
	out->peer_ours = g->peer_ours;
	out->reregister_known = again != UINT64_MAX;
	out->reregister_s = out->reregister_known ? left_s(again, now) : 0;
	if (g->failures > 0 && due != UINT64_MAX)
		out->retry_s = left_s(due, now);
	out->reg_attempted = g->attempted;
	out->reg_succeeded = g->succeeded;
	out->failure = g->failure.s;
}

static void info_rekeys(const struct gm_group *g, struct gm_info *out)
{
	out->multicast = g->multicast;
	out->last_rekey_from = g->rekey_from;
	out->last_rekey_seq = g->hold.n_keks > 0 ? g->hold.keks[0].st.last_seq : 0;
	out->rekeyed = g->rekeyed;
	if (g->rekeyed)
		out->since_rekey_s = (uint32_t)((gm_now(g) - g->rekey_ns) / LOOP_NS_PER_S);
	out->rekeys_total = g->rekeys;
	out->rekeys_since_reg = g->rekeys_since_reg;
	out->unicast_rekeys = g->unicast_rekeys;
	out->multicast_rekeys = g->multicast_rekeys;
	out->acks_sent = g->acks;
	out->acks_resent = g->acks_resent;
	out->rekey_copies = g->copies;
}

void gm_group_info(const struct gm_group *g, struct gm_info *out)
{
	*out = (struct gm_info){
		.group = g->name,
		.interface = g->interface,
		.map = g->map,
		.id = {.is_address = !g->conf->has_number,
		       .number = g->conf->number,
		       .address = g->conf->id_address},
		.address = g->address,
		.acl_from = g->hold.acl_from,
		.servers = g->conf->servers,
		.n_servers = g->conf->n_servers,
		.gate = g->gate,
		.passive = g->conf->passive,
		.fail_close = g->wants_fail_close,
		.fail_close_revert = g->conf->fail_close_revert,
		.has_kek = g->hold.n_keks > 0,
		.sid_bits = g->hold.sid_bits,
		.sids = g->hold.sids,
		.n_sids = g->hold.n_sids,
	};
	info_registration(g, out);
	info_rekeys(g, out);
}

unsigned int gm_kek_count(const struct gm_group *g)
{
	return g->hold.n_keks;
}

void gm_kek_row(const struct gm_group *g, unsigned int i, struct gm_kek_row *out)
{
	const struct gm_kek *k = &g->hold.keks[i];
	const struct gdoi_kek *kek = &k->st.kek;

	*out = (struct gm_kek_row){
		.local = {.addr = g->address, .port = g->gm->env.port},
		.remote = kek->src,
		.conn_id = k->conn_id,
		.multicast = gdoi_kek_is_multicast(kek),
		.alg = kek->alg,
		.iv_len = (uint8_t)(kek->iv_key->len - kek->key_len),
		.key_len = kek->key_len,
		.sig_hash = kek->sig_hash,
		.sig_bits = kek->sig_bits,
		.sig_der_len = kek->public_key != NULL ? (uint16_t)kek->public_key->len : 0,
		.ack = kek->ack,
		.life_s = k->life_s,
		.left_s = left_s(k->expire_ns, gm_now(g)),
		.seq = k->st.last_seq,
		.prev_seq = k->prev_seq,
	};
	memcpy(out->spi, kek->spi, sizeof(out->spi));
}

struct bytes gm_public_key(const struct gm_group *g)
{
	return g->hold.n_keks > 0 ? secret_bytes(g->hold.keks[0].st.kek.public_key)
				  : (struct bytes){0};
}

unsigned int gm_tek_count(const struct gm_group *g)
{
	return g->hold.n_teks;
}

const struct gm_tek *gm_tek_at(const struct gm_group *g, unsigned int i)
{
	return &g->hold.teks[i];
}

enum gm_tek_use gm_tek_use(const struct gm_group *g, unsigned int i)
{
	int now = gm_tek_select(g->hold.teks, g->hold.n_teks, g->hold.teks[i].tek.sa, gm_now(g));

	if (now == (int)i)
		return GM_TEK_CURRENT;
	return now < (int)i ? GM_TEK_NEXT : GM_TEK_PREVIOUS;
}

uint32_t gm_tek_left_s(const struct gm_group *g, unsigned int i)
{
	return left_s(g->hold.teks[i].expire_ns, gm_now(g));
}

const struct gdoi_ace *gm_aces(const struct gm_group *g, unsigned int *n)
{
	*n = g->hold.n_aces;
	return g->hold.aces;
}

const struct ace *gm_local_aces(const struct gm_group *g, unsigned int *n)
{
	*n = g->n_local;
	return g->local;
}
