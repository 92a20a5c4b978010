/* SPDX-License-Identifier: BSD-3-Clause */
/* SEQ payload (RFC 6407 5.7): the number of a push under its KEK. */
#include "control/wire/bad.h"
#include "control/wire/pld.h"

int pld_seq_get(uint32_t *seq, const struct pld *p, struct buf_err *e)
{
	if (p->body.len != sizeof(*seq))
		return wire_bad(e, -EBADMSG, p->at, "length of a sequence number");
	*seq = get_be32(p->body.p);
	return 0;
}

void pld_seq_put(struct pld_wr *c, uint32_t seq)
{
	pld_begin(c, PLD_SEQ);
	buf_wr_u32(c->w, seq);
	pld_end(c);
}
