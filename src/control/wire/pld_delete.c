/* SPDX-License-Identifier: BSD-3-Clause */
/* Delete payload (RFC 2408 3.15, RFC 6407 5.9): a count of SPIs of one length. */
#include "control/wire/bad.h"
#include "control/wire/pld.h"

int pld_delete_get(struct pld_delete *out, const struct pld *p, struct buf_err *e)
{
	struct buf_rd r;

	buf_rd_init(&r, p->body.p, p->body.len);
	out->doi = buf_rd_u32(&r);
	out->proto = buf_rd_u8(&r);
	out->spi_len = buf_rd_u8(&r);
	out->n = buf_rd_u16(&r);
	out->spis = buf_rd_bytes(&r, (size_t)out->n * out->spi_len);
	if (r.err || buf_rd_left(&r) != 0 || out->n == 0)
		return wire_bad(e, -EBADMSG, p->at, "SPIs of a deletion");
	if (out->n > PLD_SPIS_MAX || out->spi_len > PLD_SPI_MAX)
		return wire_bad(e, -E2BIG, p->at, "too many SPIs in a deletion");
	return 0;
}

void pld_delete_put(struct pld_wr *c, const struct pld_delete *d)
{
	gv_assert(d->spis.len == (size_t)d->n * d->spi_len);
	pld_begin(c, PLD_D);
	buf_wr_u32(c->w, d->doi);
	buf_wr_u8(c->w, d->proto);
	buf_wr_u8(c->w, d->spi_len);
	buf_wr_u16(c->w, d->n);
	buf_wr_bytes(c->w, d->spis.p, d->spis.len);
	pld_end(c);
}

struct bytes pld_delete_spi(const struct pld_delete *d, unsigned int i)
{
	gv_assert(i < d->n);
	return bytes_of(d->spis.p + (size_t)i * d->spi_len, d->spi_len);
}
