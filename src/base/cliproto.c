/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames of the terminal protocol. */
#include "base/cliproto.h"

int cliproto_take(struct cliproto_frame *out, const void *p, size_t n, size_t max, size_t *used)
{
	struct buf_rd r;
	uint32_t len;

	if (n < CLIPROTO_HEAD)
		return -EAGAIN;
	buf_rd_init(&r, p, n);
	len = buf_rd_u32(&r);
	if (len < 1 || len - 1 > max)
		return -EMSGSIZE;
	if (buf_rd_left(&r) < len)
		return -EAGAIN;
	out->type = buf_rd_u8(&r);
	out->body = buf_rd_bytes(&r, len - 1);
	*used = r.pos;
	return 0;
}

void cliproto_put(struct buf_wr *w, uint8_t type, const void *body, size_t len)
{
	buf_wr_u32(w, (uint32_t)len + 1);
	buf_wr_u8(w, type);
	buf_wr_bytes(w, body, len);
}
