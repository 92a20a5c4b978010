/* SPDX-License-Identifier: BSD-3-Clause */
/* Notification payload (RFC 2408 3.14). */
#include "control/wire/bad.h"
#include "control/wire/pld.h"

int pld_notify_get(struct pld_notify *out, const struct pld *p, struct buf_err *e)
{
	struct buf_rd r;
	uint8_t spi_len;

	buf_rd_init(&r, p->body.p, p->body.len);
	out->doi = buf_rd_u32(&r);
	out->proto = buf_rd_u8(&r);
	spi_len = buf_rd_u8(&r);
	out->type = buf_rd_u16(&r);
	out->spi = buf_rd_bytes(&r, spi_len);
	out->data = buf_rd_bytes(&r, buf_rd_left(&r));
	return r.err ? wire_bad(e, -EBADMSG, p->at, "SPI of a notification") : 0;
}

void pld_notify_put(struct pld_wr *c, const struct pld_notify *n)
{
	if (n->spi.len > UINT8_MAX)
		c->w->err = true;
	pld_begin(c, PLD_N);
	buf_wr_u32(c->w, n->doi);
	buf_wr_u8(c->w, n->proto);
	buf_wr_u8(c->w, (uint8_t)n->spi.len);
	buf_wr_u16(c->w, n->type);
	buf_wr_bytes(c->w, n->spi.p, n->spi.len);
	buf_wr_bytes(c->w, n->data.p, n->data.len);
	pld_end(c);
}
