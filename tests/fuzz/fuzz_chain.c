/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A chain of payloads as decryption gives it: one octet for where it stands, one for the type of
 * the first payload, then the octets. Whatever is taken must come out as it went in.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "recode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[ISAKMP_MSG_MAX];
	struct buf_err e = {0};
	struct buf_wr w;
	int rc;

	if (size < 2 || size > sizeof(again) || data[0] > PLD_IN_INFO)
		return 0;
	buf_wr_init(&w, again, sizeof(again));
	rc = recode_chain(&w, (enum pld_context)data[0], data[1], bytes_of(data + 2, size - 2), &e);
	if (rc == -EILSEQ || (rc != 0 && (e.what == NULL || e.offset > size)))
		abort();
	return 0;
}
