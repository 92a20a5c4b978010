/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Key bytes. A struct secret is the only home of key material on the control side: reference
 * counted by one thread, wiped when the last reference goes, never printed. Compare only with
 * secret_equal(), which takes the same time for every content.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct secret {
	uint32_t refs;
	size_t len;
	uint8_t bytes[];
};

/* len octets, zero; NULL only without memory. */
struct secret *secret_alloc(size_t len);
/* A copy of len octets at p. The caller still wipes its own copy. */
struct secret *secret_new(const void *p, size_t len);
/* Takes a reference; s may be NULL. */
struct secret *secret_ref(struct secret *s);
/* Gives one up; the last one wipes. s may be NULL. */
void secret_unref(struct secret *s);
bool secret_equal(const struct secret *a, const struct secret *b);
/* Overwrites in a way the compiler cannot leave out. */
void secret_wipe(void *p, size_t len);
/* Constant time in len. */
bool secret_mem_equal(const void *a, const void *b, size_t len);

static inline struct bytes secret_bytes(const struct secret *s)
{
	return s == NULL ? (struct bytes){0} : bytes_of(s->bytes, s->len);
}

#endif
