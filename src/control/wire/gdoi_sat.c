/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SAT payload (RFC 6407 5.5): one traffic selector and the SA that protects it. Lengths of its
 * identities have one octet by the RFC; some peers write two. The layout is taken whose
 * identities have the lengths of their types and whose attributes end with the payload; where
 * both fit, the RFC's.
 */
#include "control/wire/bad.h"
#include "control/wire/gdoi_id.h"

static bool sat_read(struct gdoi_sat *out, const struct pld *p, bool wide)
{
	struct buf_rd r;
	struct attr a;
	size_t attrs_at;

	*out = (struct gdoi_sat){0};
	buf_rd_init(&r, p->body.p, p->body.len);
	out->proto = buf_rd_u8(&r);
	out->ip_proto = buf_rd_u8(&r);
	gdoi_id_read(&r, &out->src, wide);
	gdoi_id_read(&r, &out->dst, wide);
	out->transform = buf_rd_u8(&r);
	out->spi = buf_rd_u32(&r);
	attrs_at = p->at + PLD_HDR_LEN + r.pos;
	if (r.err || !gdoi_id_len_fits(&out->src) || !gdoi_id_len_fits(&out->dst))
		return false;
	if (attrs_get(&out->attrs, buf_rd_bytes(&r, buf_rd_left(&r)), attrs_at, NULL) != 0)
		return false;
	return !attrs_find(&out->attrs, 0, &a); /* type 0 is no attribute: a wrong guess */
}

int gdoi_sat_get(struct gdoi_sat *out, const struct pld *p, struct buf_err *e)
{
	uint8_t proto = p->body.p[0];

	if (proto != SATPROTO_ESP && proto != SATPROTO_AH) {
		*out = (struct gdoi_sat){
			.proto = proto,
			.foreign = bytes_of(p->body.p + 1, p->body.len - 1),
		};
		return 0;
	}
	if (sat_read(out, p, false) || sat_read(out, p, true))
		return 0;
	return wire_bad(e, -EBADMSG, p->at, "SAT payload");
}

void gdoi_sat_begin(struct pld_wr *c, const struct gdoi_sat *sat)
{
	pld_begin(c, PLD_SAT);
	buf_wr_u8(c->w, sat->proto);
	if (sat->foreign.p != NULL) {
		buf_wr_bytes(c->w, sat->foreign.p, sat->foreign.len);
		return;
	}
	buf_wr_u8(c->w, sat->ip_proto);
	gdoi_id_write(c->w, &sat->src);
	gdoi_id_write(c->w, &sat->dst);
	buf_wr_u8(c->w, sat->transform);
	buf_wr_u32(c->w, sat->spi);
	attrs_put(c->w, &sat->attrs);
}
