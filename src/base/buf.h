/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bounded reader and writer over octets: the only way this program touches bytes from a wire.
 * Both are sticky: the first step outside the bounds sets `err` and every later step is a no-op
 * (a reader gives zeros), so a parser checks once, at its end.
 * All multi-octet numbers are big-endian.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A borrowed run of octets. */
struct bytes {
	const uint8_t *p;
	size_t len;
};

static inline struct bytes bytes_of(const void *p, size_t len)
{
	return (struct bytes){.p = p, .len = len};
}

bool bytes_equal(struct bytes a, struct bytes b);

/* What was wrong with a message and where, for the one log line the caller writes. */
struct buf_err {
	const char *what; /* static string */
	size_t offset;    /* octets from the start of the message */
};

struct buf_rd {
	const uint8_t *base; /* start of the whole message */
	size_t pos;
	size_t end; /* not beyond this offset */
	bool err;
};

void buf_rd_init(struct buf_rd *r, const void *p, size_t len);
size_t buf_rd_left(const struct buf_rd *r);
uint8_t buf_rd_u8(struct buf_rd *r);
uint16_t buf_rd_u16(struct buf_rd *r);
uint32_t buf_rd_u32(struct buf_rd *r);
uint64_t buf_rd_u64(struct buf_rd *r);
/* Borrowed from the message; {NULL, 0} and err when there are fewer than len octets left. */
struct bytes buf_rd_bytes(struct buf_rd *r, size_t len);
/* Copies len octets; zeros and err when there are fewer left. */
void buf_rd_copy(struct buf_rd *r, void *dst, size_t len);
void buf_rd_skip(struct buf_rd *r, size_t len);
/* Splits off the next len octets as a reader of their own (offsets stay those of the message). */
struct buf_rd buf_rd_sub(struct buf_rd *r, size_t len);

struct buf_wr {
	uint8_t *base; /* owned by the caller */
	size_t pos;
	size_t cap;
	bool err;
};

void buf_wr_init(struct buf_wr *w, void *p, size_t cap);
void buf_wr_u8(struct buf_wr *w, uint8_t v);
void buf_wr_u16(struct buf_wr *w, uint16_t v);
void buf_wr_u32(struct buf_wr *w, uint32_t v);
void buf_wr_u64(struct buf_wr *w, uint64_t v);
void buf_wr_bytes(struct buf_wr *w, const void *p, size_t len);
void buf_wr_zero(struct buf_wr *w, size_t len);
/* Leaves room for a 16-bit length, to be filled in later by buf_wr_patch_u16(). */
size_t buf_wr_mark(struct buf_wr *w);
void buf_wr_patch_u8(struct buf_wr *w, size_t at, uint8_t v);
void buf_wr_patch_u16(struct buf_wr *w, size_t at, uint16_t v);
void buf_wr_patch_u32(struct buf_wr *w, size_t at, uint32_t v);

static inline void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, (uint16_t)(v >> 16));
	put_be16(p + 2, (uint16_t)v);
}

static inline void put_be64(uint8_t *p, uint64_t v)
{
	put_be32(p, (uint32_t)(v >> 32));
	put_be32(p + 4, (uint32_t)v);
}

static inline uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)((p[0] << 8) | p[1]);
}

static inline uint32_t get_be32(const uint8_t *p)
{
	return ((uint32_t)get_be16(p) << 16) | get_be16(p + 2);
}

static inline uint64_t get_be64(const uint8_t *p)
{
	return ((uint64_t)get_be32(p) << 32) | get_be32(p + 4);
}

#endif
