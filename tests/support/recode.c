/* SPDX-License-Identifier: BSD-3-Clause */
/* Decode and encode again. */
#include "recode.h"

#include <string.h>

#include "control/wire/gdoi_kd.h"
#include "control/wire/gdoi_sa.h"
#include "control/wire/pld.h"
#include "control/wire/sa1.h"

static int proposal_recode(struct pld_wr *c, const struct pld *p, struct buf_err *e)
{
	struct proposal prop;
	struct transform t;
	struct pld_wr inner;
	struct pld_walk w;
	struct pld pld;
	int rc = proposal_get(&prop, p, e);

	if (rc != 0)
		return rc;
	proposal_begin(c, &inner, &prop);
	proposal_walk(&prop, &w);
	while ((rc = pld_walk_next(&w, &pld, e)) == 1) {
		rc = transform_get(&t, &pld, e);
		if (rc != 0)
			return rc;
		transform_begin(&inner, &t);
		pld_end(&inner);
	}
	pld_end(c);
	return rc;
}

static int sa1_recode(struct pld_wr *c, const struct pld *p, struct buf_err *e)
{
	struct sa1 sa;
	struct pld_wr inner;
	struct pld_walk w;
	struct pld pld;
	int rc = sa1_get(&sa, p, e);

	if (rc != 0)
		return rc;
	sa1_begin(c, &inner, &sa);
	sa1_walk(&sa, &w);
	while ((rc = pld_walk_next(&w, &pld, e)) == 1) {
		rc = proposal_recode(&inner, &pld, e);
		if (rc != 0)
			return rc;
	}
	pld_end(c);
	return rc;
}

static int item_recode(struct pld_wr *c, const struct pld *p, struct buf_err *e)
{
	struct gdoi_sak sak;
	struct gdoi_sat sat;
	struct gdoi_gap gap;
	int rc;

	if (p->type == PLD_SAK) {
		rc = gdoi_sak_get(&sak, p, e);
		if (rc == 0)
			gdoi_sak_begin(c, &sak);
	} else if (p->type == PLD_SAT) {
		rc = gdoi_sat_get(&sat, p, e);
		if (rc == 0)
			gdoi_sat_begin(c, &sat);
	} else {
		rc = gdoi_gap_get(&gap, p, e);
		if (rc == 0)
			gdoi_gap_begin(c, &gap);
	}
	if (rc == 0)
		pld_end(c);
	return rc;
}

static int gdoi_sa_recode(struct pld_wr *c, const struct pld *p, struct buf_err *e)
{
	struct gdoi_sa sa;
	struct pld_wr items;
	struct pld_walk w;
	struct pld pld;
	int rc = gdoi_sa_get(&sa, p, e);

	if (rc != 0)
		return rc;
	gdoi_sa_begin(c, &items, &sa);
	gdoi_sa_walk(&sa, &w);
	while ((rc = pld_walk_next(&w, &pld, e)) == 1) {
		rc = item_recode(&items, &pld, e);
		if (rc != 0)
			return rc;
	}
	gdoi_sa_end(c, &items, &sa);
	return rc;
}

static int kd_recode(struct pld_wr *c, const struct pld *p, struct buf_err *e)
{
	struct gdoi_kd kd;
	struct gdoi_key_packet k;
	struct gdoi_kd_wr kw;
	size_t pos = 0;
	int rc = gdoi_kd_get(&kd, p, e);

	if (rc != 0)
		return rc;
	gdoi_kd_begin(&kw, c, kd.reserved);
	while (gdoi_kd_next(&kd, &pos, &k)) {
		gdoi_key_begin(&kw, &k);
		gdoi_key_end(&kw);
	}
	buf_wr_bytes(c->w, kd.tail.p, kd.tail.len);
	gdoi_kd_end(&kw);
	return 0;
}

static int small_recode(struct pld_wr *c, const struct pld *p, struct buf_err *e)
{
	struct pld_id id;
	struct pld_cert cert;
	struct pld_notify n;
	struct pld_delete d;
	uint32_t seq;
	int rc = 0;

	switch (p->type) {
	case PLD_ID:
		rc = pld_id_get(&id, p, e);
		if (rc == 0)
			pld_id_put(c, &id);
		break;
	case PLD_CERT:
	case PLD_CERTREQ:
		rc = pld_cert_get(&cert, p, e);
		if (rc == 0)
			pld_cert_put(c, p->type, &cert);
		break;
	case PLD_N:
		rc = pld_notify_get(&n, p, e);
		if (rc == 0)
			pld_notify_put(c, &n);
		break;
	case PLD_D:
		rc = pld_delete_get(&d, p, e);
		if (rc == 0)
			pld_delete_put(c, &d);
		break;
	case PLD_SEQ:
		rc = pld_seq_get(&seq, p, e);
		if (rc == 0)
			pld_seq_put(c, seq);
		break;
	default:
		pld_put(c, p->type, p->body);
		break;
	}
	return rc;
}

int recode_payload(struct pld_wr *c, enum pld_context context, const struct pld *p,
		   struct buf_err *e)
{
	switch (p->type) {
	case PLD_SA:
		return context == PLD_IN_PHASE1_CLEAR ? sa1_recode(c, p, e)
						      : gdoi_sa_recode(c, p, e);
	case PLD_KD:
		return kd_recode(c, p, e);
	case PLD_GAP:
		return item_recode(c, p, e);
	default:
		return small_recode(c, p, e);
	}
}

int recode_chain(struct buf_wr *w, enum pld_context context, uint8_t first, struct bytes b,
		 struct buf_err *e)
{
	struct pld_chain chain;
	struct pld_wr c;
	size_t start = w->pos;
	int rc = pld_chain_get(&chain, context, first, b, e);

	pld_wr_init(&c, w);
	for (unsigned int i = 0; i < chain.n && rc == 0; i++)
		rc = recode_payload(&c, context, &chain.p[i], e);
	if (rc != 0)
		return rc;
	if (w->err || c.first != first || w->pos - start != chain.used ||
	    memcmp(w->base + start, b.p, chain.used) != 0) {
		*e = (struct buf_err){.what = "encoded differently"};
		return -EILSEQ;
	}
	return 0;
}
