/* SPDX-License-Identifier: BSD-3-Clause */
/* Bounded reader and writer over octets. */
#include "base/buf.h"

#include <string.h>

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

void buf_rd_init(struct buf_rd *r, const void *p, size_t len)
{
	*r = (struct buf_rd){.base = p, .end = len};
}

size_t buf_rd_left(const struct buf_rd *r)
{
	return r->err ? 0 : r->end - r->pos;
}

struct bytes buf_rd_bytes(struct buf_rd *r, size_t len)
{
	struct bytes b;

	if (r->err || len > r->end - r->pos) {
		r->err = true;
		return (struct bytes){0};
	}
	b = bytes_of(r->base + r->pos, len);
	r->pos += len;
	return b;
}

void buf_rd_copy(struct buf_rd *r, void *dst, size_t len)
{
	struct bytes b = buf_rd_bytes(r, len);

	if (b.len != len)
		memset(dst, 0, len);
	else if (len > 0)
		memcpy(dst, b.p, len);
}

void buf_rd_skip(struct buf_rd *r, size_t len)
{
	(void)buf_rd_bytes(r, len);
}

struct buf_rd buf_rd_sub(struct buf_rd *r, size_t len)
{
	struct buf_rd sub = {.base = r->base, .pos = r->pos, .end = r->pos};

	if (buf_rd_bytes(r, len).len != len || r->err)
		sub.err = true;
	else
		sub.end = sub.pos + len;
	return sub;
}

uint8_t buf_rd_u8(struct buf_rd *r)
{
	uint8_t v[1];

	buf_rd_copy(r, v, sizeof(v));
	return v[0];
}

uint16_t buf_rd_u16(struct buf_rd *r)
{
	uint8_t v[2];

	buf_rd_copy(r, v, sizeof(v));
	return get_be16(v);
}

uint32_t buf_rd_u32(struct buf_rd *r)
{
	uint8_t v[4];

	buf_rd_copy(r, v, sizeof(v));
	return get_be32(v);
}

uint64_t buf_rd_u64(struct buf_rd *r)
{
	uint8_t v[8];

	buf_rd_copy(r, v, sizeof(v));
	return get_be64(v);
}

void buf_wr_init(struct buf_wr *w, void *p, size_t cap)
{
	*w = (struct buf_wr){.base = p, .cap = cap};
}

/* Room for len octets, or NULL and err. */
static uint8_t *wr_room(struct buf_wr *w, size_t len)
{
	uint8_t *p;

	if (w->err || len > w->cap - w->pos) {
		w->err = true;
		return NULL;
	}
	p = w->base + w->pos;
	w->pos += len;
	return p;
}

void buf_wr_u8(struct buf_wr *w, uint8_t v)
{
	uint8_t *p = wr_room(w, 1);

	if (p != NULL)
		*p = v;
}

void buf_wr_u16(struct buf_wr *w, uint16_t v)
{
	uint8_t *p = wr_room(w, 2);

	if (p != NULL)
		put_be16(p, v);
}

void buf_wr_u32(struct buf_wr *w, uint32_t v)
{
	uint8_t *p = wr_room(w, 4);

	if (p != NULL)
		put_be32(p, v);
}

void buf_wr_u64(struct buf_wr *w, uint64_t v)
{
	uint8_t *p = wr_room(w, 8);

	if (p != NULL)
		put_be64(p, v);
}

void buf_wr_bytes(struct buf_wr *w, const void *src, size_t len)
{
	uint8_t *p = wr_room(w, len);

	if (p != NULL && len > 0)
		memcpy(p, src, len);
}

void buf_wr_zero(struct buf_wr *w, size_t len)
{
	uint8_t *p = wr_room(w, len);

	if (p != NULL)
		memset(p, 0, len);
}

size_t buf_wr_mark(struct buf_wr *w)
{
	size_t at = w->pos;

	buf_wr_u16(w, 0);
	return at;
}

void buf_wr_patch_u8(struct buf_wr *w, size_t at, uint8_t v)
{
	if (!w->err && at < w->pos)
		w->base[at] = v;
}

void buf_wr_patch_u16(struct buf_wr *w, size_t at, uint16_t v)
{
	if (!w->err && at <= w->pos && w->pos - at >= 2)
		put_be16(w->base + at, v);
}

void buf_wr_patch_u32(struct buf_wr *w, size_t at, uint32_t v)
{
	if (!w->err && at <= w->pos && w->pos - at >= 4)
		put_be32(w->base + at, v);
}
