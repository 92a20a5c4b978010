/* SPDX-License-Identifier: BSD-3-Clause */
/* GDOI SA payload: the frame around SAK, GAP and SATs, and the GAP (RFC 6407 5.2, 5.4). */
#include "control/wire/gdoi_sa.h"

#include "control/wire/bad.h"

#define GDOI_SA_FIXED 12 /* DOI, situation, attribute next payload, reserved */

void gdoi_sa_walk(const struct gdoi_sa *sa, struct pld_walk *w)
{
	pld_walk_init(w, PLD_IN_GDOI_SA, (uint8_t)sa->first, sa->items, sa->at);
}

int gdoi_sa_get(struct gdoi_sa *out, const struct pld *p, struct buf_err *e)
{
	struct pld_walk w;
	struct buf_rd r;
	struct pld item;
	int rc;

	buf_rd_init(&r, p->body.p, p->body.len);
	out->doi = buf_rd_u32(&r);
	out->situation = buf_rd_u32(&r);
	out->first = buf_rd_u16(&r);
	out->reserved = buf_rd_u16(&r);
	out->items = buf_rd_bytes(&r, buf_rd_left(&r));
	out->at = p->at + PLD_HDR_LEN + GDOI_SA_FIXED;
	if (r.err || out->first > UINT8_MAX || out->first == PLD_NONE)
		return wire_bad(e, -EBADMSG, p->at, "SA payload without policy");
	gdoi_sa_walk(out, &w);
	while ((rc = pld_walk_next(&w, &item, e)) == 1)
		;
	out->tail = pld_walk_rest(&w);
	return rc;
}

void gdoi_sa_begin(struct pld_wr *c, struct pld_wr *items, const struct gdoi_sa *sa)
{
	pld_begin(c, PLD_SA);
	buf_wr_u32(c->w, sa->doi);
	buf_wr_u32(c->w, sa->situation);
	(void)buf_wr_mark(c->w);
	buf_wr_u16(c->w, sa->reserved);
	pld_wr_init(items, c->w);
}

void gdoi_sa_end(struct pld_wr *c, struct pld_wr *items, const struct gdoi_sa *sa)
{
	buf_wr_patch_u16(c->w, c->at + PLD_HDR_LEN + 8, items->first);
	buf_wr_bytes(c->w, sa->tail.p, sa->tail.len);
	pld_end(c);
}

int gdoi_gap_get(struct gdoi_gap *out, const struct pld *p, struct buf_err *e)
{
	return attrs_get(&out->attrs, p->body, p->at + PLD_HDR_LEN, e);
}

void gdoi_gap_begin(struct pld_wr *c, const struct gdoi_gap *gap)
{
	pld_begin(c, PLD_GAP);
	attrs_put(c->w, &gap->attrs);
}
