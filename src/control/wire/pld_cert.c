/* SPDX-License-Identifier: BSD-3-Clause */
/* CERT and CERTREQ payloads (RFC 2408 3.9, 3.10): an encoding and its octets. */
#include "control/wire/bad.h"
#include "control/wire/pld.h"

int pld_cert_get(struct pld_cert *out, const struct pld *p, struct buf_err *e)
{
	struct buf_rd r;

	buf_rd_init(&r, p->body.p, p->body.len);
	out->encoding = buf_rd_u8(&r);
	out->data = buf_rd_bytes(&r, buf_rd_left(&r));
	return r.err ? wire_bad(e, -EBADMSG, p->at, "certificate payload empty") : 0;
}

void pld_cert_put(struct pld_wr *c, uint8_t type, const struct pld_cert *cert)
{
	pld_begin(c, type);
	buf_wr_u8(c->w, cert->encoding);
	buf_wr_bytes(c->w, cert->data.p, cert->data.len);
	pld_end(c);
}
