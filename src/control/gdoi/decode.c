/* SPDX-License-Identifier: BSD-3-Clause */
/* SA and KD payloads into a policy. */
#include <string.h>

#include "control/gdoi/codec.h"

/* ---- GAP ---------------------------------------------------------------------------------- */

static int bad_gap(struct err_text *e, const struct attr *a)
{
	return err_set(e, -EBADMSG, "%s malformed", name_of(NAMES_GAPATTR, a->type).s);
}

static int read_private_gap(struct gdoi_policy *p, const struct attr *a, struct codec_in *in,
			    struct err_text *e)
{
	uint32_t v = 0;

	in->ext_version |=
		a->type == GAPATTR_EXT_VERSION && a->basic && a->value == CODEC_EXT_VERSION;
	if (!in->ours)
		return err_set(e, -ENOTSUP,
			       "private GAP attribute %u of a foreign key server not supported",
			       a->type);
	if (a->type == GAPATTR_PSEUDOTIME) {
		if (a->basic || a->v.len != 8)
			return bad_gap(e, a);
		p->has_time = true;
		p->pseudotime = get_be64(a->v.p);
		return 0;
	}
	if (a->type == GAPATTR_MEMBER_REMOVAL)
		return 0; /* for one member among many; acted on elsewhere, if it is us */
	if (!attr_number(a, &v))
		return bad_gap(e, a);
	switch (a->type) {
	case GAPATTR_PSEUDOTIME_EPOCH:
		p->epoch = v;
		return 0;
	case GAPATTR_SYNC_PERIOD:
		p->sync_period_s = (uint16_t)GV_MIN(v, (uint32_t)UINT16_MAX);
		return 0;
	case GAPATTR_MAX_AGE:
		p->max_age_s = (uint16_t)GV_MIN(v, (uint32_t)UINT16_MAX);
		return 0;
	case GAPATTR_EXT_VERSION:
		return 0;
	default:
		return err_set(e, -ENOTSUP, "%s not supported", name_of(NAMES_GAPATTR, a->type).s);
	}
}

static int read_gap_attr(struct gdoi_policy *p, const struct attr *a, struct codec_in *in,
			 struct err_text *e)
{
	uint32_t v;

	if (a->type >= 128)
		return read_private_gap(p, a, in, e);
	if (!attr_number(a, &v) || v > UINT16_MAX)
		return bad_gap(e, a);
	switch (a->type) {
	case GAPATTR_ATD:
		p->atd_s = (uint16_t)v;
		p->has_gap = true;
		return 0;
	case GAPATTR_DTD:
		p->dtd_s = (uint16_t)v;
		p->has_gap = true;
		return 0;
	default:
		return err_set(e, -ENOTSUP, "%s not supported", name_of(NAMES_GAPATTR, a->type).s);
	}
}

static int get_gap(struct gdoi_policy *p, const struct pld *item, struct codec_in *in,
		   struct err_text *e)
{
	struct gdoi_gap gap;
	struct attr a;
	size_t pos = 0;
	int rc = 0;

	if (gdoi_gap_get(&gap, item, NULL) < 0)
		return err_set(e, -EBADMSG, "malformed GAP");
	while (rc == 0 && attrs_next(&gap.attrs, &pos, &a))
		rc = read_gap_attr(p, &a, in, e);
	return rc;
}

/* ---- SA ----------------------------------------------------------------------------------- */

static int get_item(struct gdoi_policy *p, const struct pld *item, struct codec_in *in,
		    struct err_text *e)
{
	switch (item->type) {
	case PLD_SAK:
		return codec_get_sak(p, item, e);
	case PLD_GAP:
		return get_gap(p, item, in, e);
	case PLD_SAT:
		return codec_get_sat(p, item, in, e);
	default:
		return err_set(e, -ENOTSUP, "%s inside an SA not supported",
			       name_of(NAMES_PLD, item->type).s);
	}
}

int codec_get_sa(struct gdoi_policy *p, const struct pld *pld, struct codec_in *in,
		 struct err_text *e)
{
	struct buf_err be = {.what = "SA"};
	struct pld_walk w;
	struct gdoi_sa sa;
	struct pld item;
	int rc;

	if (gdoi_sa_get(&sa, pld, &be) < 0)
		return err_set(e, -EBADMSG, "%s at %zu", be.what, be.offset);
	if (sa.doi != DOI_GDOI)
		return err_set(e, -ENOTSUP, "%s in the policy not supported",
			       name_of(NAMES_DOI, sa.doi).s);
	gdoi_sa_walk(&sa, &w);
	while ((rc = pld_walk_next(&w, &item, &be)) == 1) {
		rc = get_item(p, &item, in, e);
		if (rc < 0)
			return rc;
	}
	if (rc < 0)
		return err_set(e, -EBADMSG, "%s at %zu", be.what, be.offset);
	if (!p->has_kek && p->n_teks == 0)
		return err_set(e, -EBADMSG, "SA with neither SAK nor SAT");
	return codec_finish_sats(p, e);
}

/* ---- KD ----------------------------------------------------------------------------------- */

static int keep(struct secret **out, struct bytes v, size_t want, struct err_text *e)
{
	if (*out != NULL || v.len != want || want == 0)
		return err_set(e, -EBADMSG, "TEK key of %zu octets, %zu expected", v.len, want);
	*out = secret_new(v.p, v.len);
	return *out == NULL ? -ENOMEM : 0;
}

static int get_tek_key(struct gdoi_policy *p, const struct gdoi_key_packet *k, struct err_text *e)
{
	struct gdoi_tek *t = NULL;
	const struct suite *s;
	struct attr a;
	size_t pos = 0;
	int rc = 0;

	for (unsigned int i = 0; i < p->n_teks && k->spi.len == 4; i++)
		if (p->teks[i].spi == get_be32(k->spi.p))
			t = &p->teks[i];
	if (t == NULL) /* of a policy that is not in this message */
		return 0;
	s = suite_get(t->suite);
	while (rc == 0 && attrs_next(&k->attrs, &pos, &a)) {
		if (a.basic)
			rc = err_set(e, -EBADMSG, "%s malformed", name_of(NAMES_KDTEK, a.type).s);
		else if (a.type == KDTEK_ALGORITHM_KEY)
			rc = keep(&t->key, a.v, (size_t)s->key_len + s->salt_len, e);
		else if (a.type == KDTEK_INTEGRITY_KEY)
			rc = keep(&t->auth, a.v, s->auth_key_len, e);
		else
			rc = err_set(e, -ENOTSUP, "%s not supported",
				     name_of(NAMES_KDTEK, a.type).s);
	}
	return rc;
}

/* RFC 6407 fixes no width for a sender ID: 1 to 8 octets. */
static int read_sid(struct gdoi_policy *p, const struct attr *a, struct err_text *e)
{
	uint64_t v = a->basic ? a->value : 0;

	if (!a->basic && (a->v.len == 0 || a->v.len > 8))
		return err_set(e, -EBADMSG, "sender ID of %zu octets", a->v.len);
	for (size_t i = 0; !a->basic && i < a->v.len; i++)
		v = v << 8 | a->v.p[i];
	if (v > UINT32_MAX)
		return err_set(e, -EBADMSG, "sender ID above 32 bits");
	if (p->n_sids < GDOI_SIDS_MAX)
		p->sids[p->n_sids++] = (uint32_t)v;
	return 0;
}

static int check_sids(const struct gdoi_policy *p, struct err_text *e)
{
	uint8_t bits = p->sid_bits;

	if (bits != 8 && bits != 12 && bits != 16 && bits != 24 && bits != 32)
		return err_set(e, -ENOTSUP, "sender IDs of %u bits not supported", bits);
	for (unsigned int i = 0; i < p->n_sids; i++) {
		if (bits < 32 && p->sids[i] >> bits != 0)
			return err_set(e, -EBADMSG, "sender ID above %u bits", bits);
		/* Two workers would make the same IVs. */
		for (unsigned int j = 0; j < i; j++)
			if (p->sids[j] == p->sids[i])
				return err_set(e, -EBADMSG, "sender ID %u given twice", p->sids[i]);
	}
	return 0;
}

static int get_sids(struct gdoi_policy *p, const struct gdoi_key_packet *k, struct err_text *e)
{
	struct attr a;
	uint32_t bits;
	size_t pos = 0;
	int rc = 0;

	while (rc == 0 && attrs_next(&k->attrs, &pos, &a)) {
		if (a.type == KDSID_SID_VALUE)
			rc = read_sid(p, &a, e);
		else if (a.type != KDSID_NUMBER_OF_SID_BITS)
			rc = err_set(e, -ENOTSUP, "%s not supported",
				     name_of(NAMES_KDSID, a.type).s);
		else if (!attr_number(&a, &bits) || bits > 32)
			rc = err_set(e, -ENOTSUP, "size of sender IDs not supported");
		else
			p->sid_bits = (uint8_t)bits;
	}
	return rc < 0 ? rc : check_sids(p, e);
}

static int get_packet(struct gdoi_policy *p, const struct gdoi_key_packet *k,
		      const struct codec_in *in, struct err_text *e)
{
	switch (k->type) {
	case KDTYPE_TEK:
		return get_tek_key(p, k, e);
	case KDTYPE_KEK:
		return codec_get_kek_key(p, k, in, e);
	case KDTYPE_SID: /* RFC 6407 5.6.4: has no place in a push */
		return in->kek == NULL ? get_sids(p, k, e) : 0;
	default:
		return err_set(e, -ENOTSUP, "%s key packet not supported",
			       name_of(NAMES_KDTYPE, k->type).s);
	}
}

static int check_complete(const struct gdoi_policy *p, struct err_text *e)
{
	for (unsigned int i = 0; i < p->n_teks; i++) {
		const struct gdoi_tek *t = &p->teks[i];
		const struct suite *s = suite_get(t->suite);

		if ((s->key_len > 0 && t->key == NULL) || (s->auth_key_len > 0 && t->auth == NULL))
			return err_set(e, -EBADMSG, "no key for SPI 0x%08X", t->spi);
	}
	return 0;
}

int codec_get_kd(struct gdoi_policy *p, const struct pld *pld, const struct codec_in *in,
		 struct err_text *e)
{
	struct buf_err be = {.what = "KD"};
	struct gdoi_key_packet k;
	struct gdoi_kd kd;
	size_t pos = 0;
	int rc = 0;

	if (gdoi_kd_get(&kd, pld, &be) < 0)
		return err_set(e, -EBADMSG, "%s at %zu", be.what, be.offset);
	while (rc == 0 && gdoi_kd_next(&kd, &pos, &k))
		rc = get_packet(p, &k, in, e);
	return rc < 0 ? rc : check_complete(p, e);
}
