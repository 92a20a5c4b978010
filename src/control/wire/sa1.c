/* SPDX-License-Identifier: BSD-3-Clause */
/* Phase 1 SA payload: proposals and transforms. */
#include "control/wire/sa1.h"

#include "control/wire/bad.h"

/* Octets before the nested payloads: DOI and situation, the fixed part of a proposal, of a
 * transform. For offsets in messages. */
#define SA1_FIXED       8
#define PROPOSAL_FIXED  4
#define TRANSFORM_FIXED 4

void sa1_walk(const struct sa1 *sa, struct pld_walk *w)
{
	pld_walk_init(w, PLD_IN_SA1, PLD_P, sa->proposals, sa->at);
}

void proposal_walk(const struct proposal *p, struct pld_walk *w)
{
	pld_walk_init(w, PLD_IN_PROPOSAL, PLD_T, p->transforms, p->at);
}

int transform_get(struct transform *out, const struct pld *p, struct buf_err *e)
{
	struct buf_rd r;

	buf_rd_init(&r, p->body.p, p->body.len);
	out->number = buf_rd_u8(&r);
	out->id = buf_rd_u8(&r);
	out->reserved = buf_rd_u16(&r);
	if (r.err)
		return wire_bad(e, -EBADMSG, p->at, "transform too short");
	return attrs_get(&out->attrs, buf_rd_bytes(&r, buf_rd_left(&r)),
			 p->at + PLD_HDR_LEN + TRANSFORM_FIXED, e);
}

/* As many transforms as the proposal says, and nothing after them. */
static int transforms_check(const struct proposal *p, struct buf_err *e)
{
	struct transform t;
	struct pld_walk w;
	struct pld pld;
	int rc;

	proposal_walk(p, &w);
	while ((rc = pld_walk_next(&w, &pld, e)) == 1) {
		rc = transform_get(&t, &pld, e);
		if (rc != 0)
			return rc;
	}
	if (rc != 0)
		return rc;
	if (w.n != p->n_transforms || pld_walk_rest(&w).len != 0)
		return wire_bad(e, -EBADMSG, p->at, "number of transforms");
	return 0;
}

int proposal_get(struct proposal *out, const struct pld *p, struct buf_err *e)
{
	struct buf_rd r;
	uint8_t spi_len;

	buf_rd_init(&r, p->body.p, p->body.len);
	out->number = buf_rd_u8(&r);
	out->proto = buf_rd_u8(&r);
	spi_len = buf_rd_u8(&r);
	out->n_transforms = buf_rd_u8(&r);
	out->spi = buf_rd_bytes(&r, spi_len);
	out->transforms = buf_rd_bytes(&r, buf_rd_left(&r));
	out->at = p->at + PLD_HDR_LEN + PROPOSAL_FIXED + spi_len;
	if (r.err || spi_len > PLD_SPI_MAX)
		return wire_bad(e, -EBADMSG, p->at, "SPI of a proposal");
	return transforms_check(out, e);
}

int sa1_get(struct sa1 *out, const struct pld *p, struct buf_err *e)
{
	struct proposal prop;
	struct pld_walk w;
	struct buf_rd r;
	struct pld pld;
	int rc;

	buf_rd_init(&r, p->body.p, p->body.len);
	out->doi = buf_rd_u32(&r);
	out->situation = buf_rd_u32(&r);
	out->proposals = buf_rd_bytes(&r, buf_rd_left(&r));
	out->at = p->at + PLD_HDR_LEN + SA1_FIXED;
	if (r.err)
		return wire_bad(e, -EBADMSG, p->at, "SA payload too short");
	sa1_walk(out, &w);
	while ((rc = pld_walk_next(&w, &pld, e)) == 1) {
		rc = proposal_get(&prop, &pld, e);
		if (rc != 0)
			return rc;
	}
	if (rc == 0 && pld_walk_rest(&w).len != 0)
		return wire_bad(e, -EBADMSG, p->at, "octets after the last proposal");
	return rc;
}

void sa1_begin(struct pld_wr *c, struct pld_wr *proposals, const struct sa1 *sa)
{
	pld_begin(c, PLD_SA);
	buf_wr_u32(c->w, sa->doi);
	buf_wr_u32(c->w, sa->situation);
	pld_wr_init(proposals, c->w);
}

void proposal_begin(struct pld_wr *c, struct pld_wr *transforms, const struct proposal *p)
{
	gv_assert(p->spi.len <= PLD_SPI_MAX);
	pld_begin(c, PLD_P);
	buf_wr_u8(c->w, p->number);
	buf_wr_u8(c->w, p->proto);
	buf_wr_u8(c->w, (uint8_t)p->spi.len);
	buf_wr_u8(c->w, p->n_transforms);
	buf_wr_bytes(c->w, p->spi.p, p->spi.len);
	pld_wr_init(transforms, c->w);
}

void transform_begin(struct pld_wr *c, const struct transform *t)
{
	pld_begin(c, PLD_T);
	buf_wr_u8(c->w, t->number);
	buf_wr_u8(c->w, t->id);
	buf_wr_u16(c->w, t->reserved);
	attrs_put(c->w, &t->attrs);
}
