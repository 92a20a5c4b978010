/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One payload, past the checks of the chain: one octet for its type, then its body. SA payloads
 * are read in both ways.
 */
#include <stdlib.h>
#include <string.h>

#include "control/wire/gdoi_sa.h"
#include "control/wire/sa1.h"
#include "fuzz.h"
#include "recode.h"

static void recode(enum pld_context context, const struct pld *p)
{
	static uint8_t again[ISAKMP_MSG_MAX];
	struct buf_err e;
	struct buf_wr w;
	struct pld_wr c;

	buf_wr_init(&w, again, sizeof(again));
	pld_wr_init(&c, &w);
	if (recode_payload(&c, context, p, &e) != 0)
		return;
	if (w.err || w.pos != p->body.len + PLD_HDR_LEN ||
	    memcmp(again + PLD_HDR_LEN, p->body.p, p->body.len) != 0)
		abort();
}

/* SAK and SAT stand inside an SA only: put one around it. */
static void recode_item(const struct pld *p)
{
	static uint8_t body[ISAKMP_MSG_MAX];
	const struct gdoi_sa sa = {.doi = DOI_GDOI};
	struct pld_wr c, items;
	struct buf_wr w;

	buf_wr_init(&w, body, sizeof(body));
	pld_wr_init(&c, &w);
	gdoi_sa_begin(&c, &items, &sa);
	pld_put(&items, p->type, p->body);
	gdoi_sa_end(&c, &items, &sa);
	if (!w.err)
		recode(PLD_IN_PULL,
		       &(struct pld){.type = PLD_SA,
				     .body = bytes_of(body + PLD_HDR_LEN, w.pos - PLD_HDR_LEN)});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pld p;

	if (size < 2 || size > 65000)
		return 0;
	p = (struct pld){.type = data[0], .body = bytes_of(data + 1, size - 1)};
	if (p.type == PLD_SA)
		recode(PLD_IN_PHASE1_CLEAR, &p);
	if (p.type == PLD_SAK || p.type == PLD_SAT)
		recode_item(&p);
	else
		recode(PLD_IN_PULL, &p);
	return 0;
}
