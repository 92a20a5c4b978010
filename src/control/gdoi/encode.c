/* SPDX-License-Identifier: BSD-3-Clause */
/* A policy into the SA payload: SAK, GAP, SATs. */
#include <string.h>

#include "control/gdoi/codec.h"

/* ---- SAK ---------------------------------------------------------------------------------- */

static struct gdoi_id id_of(const struct endpoint *e, uint8_t scratch[GDOI_ID_SCRATCH])
{
	struct prefix host = prefix_of(&e->addr, (uint8_t)(8 * addr_len(&e->addr)));
	struct gdoi_id id = {0};

	gdoi_id_set(&id, scratch, &host, e->port);
	return id;
}

static void put_sak(struct pld_wr *items, const struct gdoi_kek *k, const struct codec_out *how)
{
	uint8_t src[GDOI_ID_SCRATCH], dst[GDOI_ID_SCRATCH];
	struct endpoint nobody = {.addr = addr_v4(0), .port = k->dst.port};
	const struct endpoint *to = &nobody;
	struct gdoi_sak sak = {.proto = IPPROTO_UDP};

	if (gdoi_kek_is_multicast(k))
		to = &k->dst;
	else if (how->pull)
		to = &how->member;
	sak.src = id_of(&k->src, src);
	sak.dst = id_of(to, dst);
	memcpy(sak.spi, k->spi, sizeof(sak.spi));
	gdoi_sak_begin(items, &sak);
	attr_put_basic(items->w, SAKATTR_ALGORITHM, k->alg);
	if (k->alg == GDOI_KEK_AES)
		attr_put_basic(items->w, SAKATTR_KEY_LENGTH, (uint16_t)(8 * k->key_len));
	attr_put_u32(items->w, SAKATTR_KEY_LIFETIME, k->life_s);
	attr_put_basic(items->w, SAKATTR_SIG_HASH, k->sig_hash);
	attr_put_basic(items->w, SAKATTR_SIG_ALGORITHM, SIGALG_RSA);
	attr_put_basic(items->w, SAKATTR_SIG_KEY_LENGTH, k->sig_bits);
	if (!how->pull && k->ack != 0)
		attr_put_basic(items->w, SAKATTR_ACK_REQUESTED, k->ack);
	pld_end(items);
}

/* ---- GAP ---------------------------------------------------------------------------------- */

static void put_time(struct buf_wr *w, const struct gdoi_policy *p)
{
	uint8_t ticks[8];

	put_be64(ticks, p->pseudotime);
	attr_put_var(w, GAPATTR_PSEUDOTIME, bytes_of(ticks, sizeof(ticks)));
	attr_put_u32(w, GAPATTR_PSEUDOTIME_EPOCH, p->epoch);
	attr_put_basic(w, GAPATTR_SYNC_PERIOD, p->sync_period_s);
	attr_put_basic(w, GAPATTR_MAX_AGE, p->max_age_s);
}

static void put_gap(struct pld_wr *items, const struct gdoi_policy *p, const struct codec_out *how)
{
	bool time = p->full_form && p->has_time;

	if (!p->has_gap && !time && !how->confirm)
		return;
	gdoi_gap_begin(items, &(struct gdoi_gap){0});
	/* First of the private ones, so that a member that was kept from seeing our vendor ID
	 * knows why it meets them. */
	if (how->confirm)
		attr_put_basic(items->w, GAPATTR_EXT_VERSION, CODEC_EXT_VERSION);
	if (p->has_gap) {
		attr_put_basic(items->w, GAPATTR_ATD, p->atd_s);
		attr_put_basic(items->w, GAPATTR_DTD, p->dtd_s);
	}
	if (time)
		put_time(items->w, p);
	pld_end(items);
}

/* ---- SAT ---------------------------------------------------------------------------------- */

/* The SAT has room for one port a side; the rest needs a private attribute. */
static bool port_fits(const struct ace_ports *p)
{
	return ace_ports_any(p) || (p->lo == p->hi && p->lo != 0);
}

static bool ports_fit(const struct ace *a)
{
	return port_fits(&a->sport) && port_fits(&a->dport);
}

static uint16_t sat_port(const struct ace *a, const struct ace_ports *p)
{
	return !ports_fit(a) || ace_ports_any(p) ? 0 : p->lo;
}

static void put_line_attrs(struct buf_wr *w, const struct gdoi_ace *line)
{
	const struct ace *a = &line->ace;
	uint8_t ports[8], tos[3] = {a->tos_mask, a->tos_value, a->fragments ? 1 : 0};

	if (!a->permit)
		attr_put_basic(w, SATATTR_POLICY_ACTION, ACTION_BYPASS);
	attr_put_basic(w, SATATTR_POLICY_ORDER, line->order);
	if (!ports_fit(a)) {
		put_be16(ports, a->sport.lo);
		put_be16(ports + 2, a->sport.hi);
		put_be16(ports + 4, a->dport.lo);
		put_be16(ports + 6, a->dport.hi);
		attr_put_var(w, SATATTR_PORT_RANGES, bytes_of(ports, sizeof(ports)));
	}
	if (a->tos_mask != 0 || a->fragments)
		attr_put_var(w, SATATTR_TOS_FRAG_MATCH, bytes_of(tos, sizeof(tos)));
}

static void put_replay_attrs(struct buf_wr *w, const struct gdoi_tek *t)
{
	if (t->replay == GDOI_REPLAY_NONE)
		return;
	attr_put_basic(w, SATATTR_REPLAY_METHOD, (uint16_t)t->replay);
	attr_put_basic(w, SATATTR_REPLAY_WINDOW, (uint16_t)t->window);
	if (t->replay == GDOI_REPLAY_TIME)
		attr_put_basic(w, SATATTR_REPLAY_SHIM_PROTO, t->shim_proto);
}

static uint8_t esp_transform(const struct suite *s)
{
	switch (s->cipher) {
	case SUITE_CIPHER_NULL:
		return ESPT_NULL;
	case SUITE_CIPHER_3DES_CBC:
		return ESPT_3DES;
	case SUITE_CIPHER_AES_CBC:
		return ESPT_AES_CBC;
	case SUITE_CIPHER_AES_GCM:
		break;
	}
	return ESPT_AES_GCM_16;
}

static void put_tek_attrs(struct buf_wr *w, const struct gdoi_tek *t)
{
	const struct suite *s = suite_get(t->suite);

	attr_put_basic(w, SATATTR_ENCAPSULATION, ENCAP_TUNNEL);
	if (s->auth != SUITE_AUTH_NONE)
		attr_put_basic(w, SATATTR_AUTH_ALGORITHM,
			       s->auth == SUITE_AUTH_SHA1 ? AUTHALG_HMAC_SHA1
							  : AUTHALG_HMAC_SHA256);
	attr_put_basic(w, SATATTR_LIFE_TYPE, LIFE_SECONDS);
	attr_put_number(w, SATATTR_LIFE_DURATION, t->life_s);
	if (s->cipher == SUITE_CIPHER_AES_CBC || s->cipher == SUITE_CIPHER_AES_GCM)
		attr_put_basic(w, SATATTR_KEY_LENGTH, (uint16_t)(8 * s->key_len));
	if (t->direction == GDOI_DIR_SEND_ONLY)
		attr_put_basic(w, SATATTR_DIRECTION, SADIR_SENDER_ONLY);
	else if (t->direction == GDOI_DIR_RECEIVE_ONLY)
		attr_put_basic(w, SATATTR_DIRECTION, SADIR_RECEIVER_ONLY);
}

/* t NULL: a line that lets traffic pass in clear. */
static void put_sat(struct pld_wr *items, const struct gdoi_ace *line, const struct gdoi_tek *t,
		    bool full)
{
	uint8_t src[GDOI_ID_SCRATCH], dst[GDOI_ID_SCRATCH];
	const struct ace *a = &line->ace;
	struct gdoi_sat sat = {
		.proto = SATPROTO_ESP,
		.ip_proto = a->proto,
		.transform = t == NULL ? ESPT_NULL : esp_transform(suite_get(t->suite)),
		.spi = t == NULL ? 0 : t->spi,
	};

	gdoi_id_set(&sat.src, src, &a->src, sat_port(a, &a->sport));
	gdoi_id_set(&sat.dst, dst, &a->dst, sat_port(a, &a->dport));
	gdoi_sat_begin(items, &sat);
	if (t != NULL)
		put_tek_attrs(items->w, t);
	if (t != NULL && full)
		put_replay_attrs(items->w, t);
	if (full)
		put_line_attrs(items->w, line);
	pld_end(items);
}

static bool plain_can_say(const struct ace *a)
{
	return ports_fit(a) && a->tos_mask == 0 && !a->fragments;
}

/* The nth newest TEK of a line's SA, 0 the newest. */
static const struct gdoi_tek *tek_of(const struct gdoi_policy *p, uint8_t sa, unsigned int nth)
{
	for (unsigned int i = p->n_teks; i-- > 0;)
		if (p->teks[i].sa == sa && nth-- == 0)
			return &p->teks[i];
	return NULL;
}

static int check_lines(const struct gdoi_policy *p, struct err_text *e)
{
	for (unsigned int i = 0; i < p->n_aces; i++) {
		const struct ace *a = &p->aces[i].ace;

		if (!a->permit)
			continue;
		if (!p->full_form && !plain_can_say(a))
			return err_set(e, -EINVAL, "a member without our vendor ID cannot take: %s",
				       ace_text(a).s);
		if (tek_of(p, p->aces[i].sa, 0) == NULL)
			return err_set(e, -EINVAL, "no TEK for: %s", ace_text(a).s);
	}
	return 0;
}

/* The whole list under the newest TEKs first, then its permit lines again under each older one. */
static void put_sats(struct pld_wr *items, const struct gdoi_policy *p)
{
	for (unsigned int nth = 0; nth < GDOI_TEKS_PER_SA_MAX; nth++) {
		for (unsigned int i = 0; i < p->n_aces; i++) {
			const struct gdoi_ace *line = &p->aces[i];
			const struct gdoi_tek *t = tek_of(p, line->sa, nth);

			if (line->ace.permit && t != NULL)
				put_sat(items, line, t, p->full_form);
			else if (!line->ace.permit && p->full_form && nth == 0)
				put_sat(items, line, NULL, true);
		}
	}
}

int codec_put_sa(struct pld_wr *c, const struct gdoi_policy *p, const struct codec_out *how,
		 struct err_text *e)
{
	struct gdoi_sa sa = {.doi = DOI_GDOI};
	struct pld_wr items;
	int rc = check_lines(p, e);

	if (rc < 0)
		return rc;
	gdoi_sa_begin(c, &items, &sa);
	if (p->has_kek)
		put_sak(&items, &p->kek, how);
	put_gap(&items, p, how);
	put_sats(&items, p);
	gdoi_sa_end(c, &items, &sa);
	return 0;
}

/* ---- KD ----------------------------------------------------------------------------------- */

static void put_kek_key(struct gdoi_kd_wr *k, const struct gdoi_kek *kek,
			const struct codec_out *how)
{
	bool known = how->under != NULL && memcmp(how->under, kek->spi, sizeof(kek->spi)) == 0;

	gdoi_key_begin(k, &(struct gdoi_key_packet){.type = KDTYPE_KEK,
						    .spi = bytes_of(kek->spi, sizeof(kek->spi))});
	attr_put_var(k->c->w, KDKEK_ALGORITHM_KEY, secret_bytes(kek->iv_key));
	if (!known && kek->public_key != NULL)
		attr_put_var(k->c->w, KDKEK_SIG_ALGORITHM_KEY, secret_bytes(kek->public_key));
	gdoi_key_end(k);
}

static void put_tek_key(struct gdoi_kd_wr *k, const struct gdoi_tek *t)
{
	uint8_t spi[4];

	put_be32(spi, t->spi);
	gdoi_key_begin(k, &(struct gdoi_key_packet){.type = KDTYPE_TEK,
						    .spi = bytes_of(spi, sizeof(spi))});
	if (t->key != NULL)
		attr_put_var(k->c->w, KDTEK_ALGORITHM_KEY, secret_bytes(t->key));
	if (t->auth != NULL)
		attr_put_var(k->c->w, KDTEK_INTEGRITY_KEY, secret_bytes(t->auth));
	gdoi_key_end(k);
}

static void put_sids(struct gdoi_kd_wr *k, const struct gdoi_policy *p)
{
	gdoi_key_begin(k, &(struct gdoi_key_packet){.type = KDTYPE_SID});
	attr_put_basic(k->c->w, KDSID_NUMBER_OF_SID_BITS, p->sid_bits);
	for (unsigned int i = 0; i < p->n_sids; i++)
		attr_put_u32(k->c->w, KDSID_SID_VALUE, p->sids[i]);
	gdoi_key_end(k);
}

void codec_put_kd(struct pld_wr *c, const struct gdoi_policy *p, const struct codec_out *how)
{
	struct gdoi_kd_wr k;

	gdoi_kd_begin(&k, c, 0);
	if (p->has_kek)
		put_kek_key(&k, &p->kek, how);
	for (unsigned int i = 0; i < p->n_teks; i++)
		put_tek_key(&k, &p->teks[i]);
	if (how->pull && p->sid_bits != 0)
		put_sids(&k, p);
	gdoi_kd_end(&k);
}
