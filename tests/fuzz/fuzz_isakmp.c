/* SPDX-License-Identifier: BSD-3-Clause */
/* A datagram as it arrives on the port: header, then the payloads of messages in clear. */
#include <stdlib.h>

#include "fuzz.h"
#include "recode.h"

static enum pld_context context_of(const struct isakmp_hdr *h)
{
	switch (h->exchange) {
	case EXCH_MAIN:
		return PLD_IN_PHASE1_CLEAR;
	case EXCH_PUSH_ACK:
		return PLD_IN_ACK;
	default:
		return PLD_IN_INFO_CLEAR;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[ISAKMP_MSG_MAX];
	struct bytes body;
	struct isakmp_hdr h;
	struct buf_err e;
	struct buf_wr w;

	if (size > sizeof(again) || isakmp_hdr_get(&h, bytes_of(data, size)) != 0)
		return 0;
	body = bytes_of(data + ISAKMP_HDR_LEN, size - ISAKMP_HDR_LEN);
	buf_wr_init(&w, again, sizeof(again));
	isakmp_hdr_put(&w, &h);
	if (recode_chain(&w, context_of(&h), h.next, body, &e) == -EILSEQ)
		abort(); /* read, but not whole */
	return 0;
}
