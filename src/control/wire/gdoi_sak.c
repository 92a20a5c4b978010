/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SAK payload (RFC 6407 5.3): the rekey SA. Two deviations are met in the field: an old stack
 * that puts two octets more between RESERVED2 and the attributes, and one that writes the
 * lengths of identities in two octets. Neither is announced, so the layout is taken whose
 * attributes end exactly where the payload ends.
 */
#include "control/wire/bad.h"
#include "control/wire/gdoi_id.h"

#define STRAY_LEN 2

static bool sak_read(struct gdoi_sak *out, const struct pld *p, bool wide, size_t stray)
{
	struct buf_rd r;
	struct attr a;
	size_t attrs_at;

	buf_rd_init(&r, p->body.p, p->body.len);
	out->proto = buf_rd_u8(&r);
	gdoi_id_read(&r, &out->src, wide);
	gdoi_id_read(&r, &out->dst, wide);
	buf_rd_copy(&r, out->spi, sizeof(out->spi));
	out->reserved2 = buf_rd_u32(&r);
	out->stray = buf_rd_bytes(&r, stray);
	attrs_at = p->at + PLD_HDR_LEN + r.pos;
	if (r.err || !gdoi_id_len_fits(&out->src) || !gdoi_id_len_fits(&out->dst))
		return false;
	if (attrs_get(&out->attrs, buf_rd_bytes(&r, buf_rd_left(&r)), attrs_at, NULL) != 0)
		return false;
	return !attrs_find(&out->attrs, 0, &a); /* type 0 is no attribute: a wrong guess */
}

int gdoi_sak_get(struct gdoi_sak *out, const struct pld *p, struct buf_err *e)
{
	if (sak_read(out, p, false, 0) || sak_read(out, p, false, STRAY_LEN) ||
	    sak_read(out, p, true, 0))
		return 0;
	return wire_bad(e, -EBADMSG, p->at, "SAK payload");
}

void gdoi_sak_begin(struct pld_wr *c, const struct gdoi_sak *sak)
{
	pld_begin(c, PLD_SAK);
	buf_wr_u8(c->w, sak->proto);
	gdoi_id_write(c->w, &sak->src);
	gdoi_id_write(c->w, &sak->dst);
	buf_wr_bytes(c->w, sak->spi, sizeof(sak->spi));
	buf_wr_u32(c->w, sak->reserved2);
	buf_wr_bytes(c->w, sak->stray.p, sak->stray.len);
	attrs_put(c->w, &sak->attrs);
}
