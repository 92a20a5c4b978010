/* SPDX-License-Identifier: BSD-3-Clause */
/* KD payload: key packets read and written. */
#include "control/wire/gdoi_kd.h"

#include "control/wire/bad.h"

#define KD_FIXED      4 /* count, reserved */
#define KEY_FIXED     5 /* type, reserved, length, SPI length */
#define KEY_LENGTH_AT 2 /* in a key packet */

/* One packet; its attributes are not checked. */
static struct bytes key_split(struct buf_rd *r, struct gdoi_key_packet *out)
{
	uint16_t len;
	uint8_t spi_len;
	struct buf_rd in;

	out->type = buf_rd_u8(r);
	out->reserved = buf_rd_u8(r);
	len = buf_rd_u16(r);
	spi_len = buf_rd_u8(r);
	if (len < KEY_FIXED)
		r->err = true;
	in = buf_rd_sub(r, r->err ? 0 : (size_t)len - KEY_FIXED);
	out->spi = buf_rd_bytes(&in, spi_len);
	r->err |= in.err || spi_len > PLD_SPI_MAX;
	return buf_rd_bytes(&in, buf_rd_left(&in));
}

int gdoi_kd_get(struct gdoi_kd *out, const struct pld *p, struct buf_err *e)
{
	struct gdoi_key_packet k;
	struct buf_rd r;
	int rc;

	buf_rd_init(&r, p->body.p, p->body.len);
	out->n = buf_rd_u16(&r);
	out->reserved = buf_rd_u16(&r);
	if (out->n > PLD_KD_PACKETS_MAX)
		return wire_bad(e, -E2BIG, p->at, "too many key packets");
	for (unsigned int i = 0; i < out->n; i++) {
		size_t at = p->at + PLD_HDR_LEN + r.pos;
		struct bytes attrs = key_split(&r, &k);

		if (r.err)
			return wire_bad(e, -EBADMSG, at, "key packet");
		rc = attrs_get(&k.attrs, attrs, at + KEY_FIXED + k.spi.len, e);
		if (rc != 0)
			return rc;
	}
	if (r.err)
		return wire_bad(e, -EBADMSG, p->at, "KD payload too short");
	out->packets = bytes_of(p->body.p + KD_FIXED, r.pos - KD_FIXED);
	out->tail = buf_rd_bytes(&r, buf_rd_left(&r));
	return 0;
}

bool gdoi_kd_next(const struct gdoi_kd *kd, size_t *pos, struct gdoi_key_packet *out)
{
	struct buf_rd r;
	struct bytes attrs;

	if (*pos >= kd->packets.len)
		return false;
	buf_rd_init(&r, kd->packets.p, kd->packets.len);
	buf_rd_skip(&r, *pos);
	attrs = key_split(&r, out);
	*pos = r.pos;
	return !r.err && attrs_get(&out->attrs, attrs, 0, NULL) == 0;
}

void gdoi_kd_begin(struct gdoi_kd_wr *k, struct pld_wr *c, uint16_t reserved)
{
	*k = (struct gdoi_kd_wr){.c = c};
	pld_begin(c, PLD_KD);
	k->count_at = buf_wr_mark(c->w);
	buf_wr_u16(c->w, reserved);
}

void gdoi_key_begin(struct gdoi_kd_wr *k, const struct gdoi_key_packet *p)
{
	struct buf_wr *w = k->c->w;

	gv_assert(p->spi.len <= PLD_SPI_MAX);
	k->packet_at = w->pos;
	buf_wr_u8(w, p->type);
	buf_wr_u8(w, p->reserved);
	(void)buf_wr_mark(w);
	buf_wr_u8(w, (uint8_t)p->spi.len);
	buf_wr_bytes(w, p->spi.p, p->spi.len);
	attrs_put(w, &p->attrs);
}

void gdoi_key_end(struct gdoi_kd_wr *k)
{
	struct buf_wr *w = k->c->w;
	size_t len = w->pos - k->packet_at;

	if (len > UINT16_MAX)
		w->err = true;
	buf_wr_patch_u16(w, k->packet_at + KEY_LENGTH_AT, (uint16_t)len);
	k->n++;
}

void gdoi_kd_end(struct gdoi_kd_wr *k)
{
	buf_wr_patch_u16(k->c->w, k->count_at, k->n);
	pld_end(k->c);
}
