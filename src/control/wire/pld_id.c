/* SPDX-License-Identifier: BSD-3-Clause */
/* ID payload (RFC 2407 4.6.2, RFC 6407 5.1.1). */
#include "control/wire/bad.h"
#include "control/wire/pld.h"

int pld_id_get(struct pld_id *out, const struct pld *p, struct buf_err *e)
{
	struct buf_rd r;

	buf_rd_init(&r, p->body.p, p->body.len);
	out->type = buf_rd_u8(&r);
	out->proto = buf_rd_u8(&r);
	out->port = buf_rd_u16(&r);
	out->data = buf_rd_bytes(&r, buf_rd_left(&r));
	return r.err ? wire_bad(e, -EBADMSG, p->at, "ID payload too short") : 0;
}

void pld_id_put(struct pld_wr *c, const struct pld_id *id)
{
	pld_begin(c, PLD_ID);
	buf_wr_u8(c->w, id->type);
	buf_wr_u8(c->w, id->proto);
	buf_wr_u16(c->w, id->port);
	buf_wr_bytes(c->w, id->data.p, id->data.len);
	pld_end(c);
}

bool pld_id_addr(const struct pld_id *id, struct addr *out)
{
	if (id->type == IDT_IPV4 && id->data.len == 4)
		*out = addr_from_bytes(ADDR_V4, id->data.p);
	else if (id->type == IDT_IPV6 && id->data.len == 16)
		*out = addr_from_bytes(ADDR_V6, id->data.p);
	else
		return false;
	return true;
}

void pld_id_put_addr(struct pld_wr *c, const struct addr *a)
{
	const struct pld_id id = {
		.type = a->family == ADDR_V6 ? IDT_IPV6 : IDT_IPV4,
		.data = bytes_of(a->a, addr_len(a)),
	};

	pld_id_put(c, &id);
}
