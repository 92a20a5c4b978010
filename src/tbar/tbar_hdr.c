/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The time stamp header: next header, length in 4-octet words, version, type, pseudotime. It is
 * the first thing after the IV of a packet whose TEK asks for time based anti-replay.
 */
#include "tbar/tbar.h"

#include "base/buf.h"

#define HDR_WORDS   (TBAR_HDR_LEN / 4)
#define HDR_VERSION 1
#define HDR_TYPE    1
#define NEXT_IPV4   4
#define NEXT_IPV6   41

void tbar_hdr_write(uint8_t out[TBAR_HDR_LEN], uint8_t next, uint64_t ticks)
{
	out[0] = next;
	out[1] = HDR_WORDS;
	out[2] = HDR_VERSION;
	out[3] = HDR_TYPE;
	put_be64(out + 4, ticks);
}

enum tbar_hdr_status tbar_hdr_read(const uint8_t in[TBAR_HDR_LEN], uint8_t *next, uint64_t *ticks)
{
	if (in[2] != HDR_VERSION)
		return TBAR_HDR_BAD_VERSION;
	if (in[3] != HDR_TYPE)
		return TBAR_HDR_BAD_TYPE;
	if (in[1] != HDR_WORDS)
		return TBAR_HDR_BAD_LEN;
	if (in[0] != NEXT_IPV4 && in[0] != NEXT_IPV6)
		return TBAR_HDR_BAD_NEXT;
	*next = in[0];
	*ticks = get_be64(in + 4);
	return TBAR_HDR_OK;
}
