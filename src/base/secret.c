/* SPDX-License-Identifier: BSD-3-Clause */
/* Key bytes: allocate, share, compare in constant time, wipe. */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

struct secret *secret_alloc(size_t len)
{
	struct secret *s = calloc(1, sizeof(*s) + len);

	if (s != NULL) {
		s->refs = 1;
		s->len = len;
	}
	return s;
}

struct secret *secret_new(const void *p, size_t len)
{
	struct secret *s = secret_alloc(len);

	if (s != NULL && len > 0)
		memcpy(s->bytes, p, len);
	return s;
}

struct secret *secret_ref(struct secret *s)
{
	if (s != NULL)
		s->refs++;
	return s;
}

void secret_unref(struct secret *s)
{
	if (s == NULL)
		return;
	gv_assert(s->refs > 0);
	if (--s->refs > 0)
		return;
	secret_wipe(s->bytes, s->len);
	free(s);
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->len == b->len && secret_mem_equal(a->bytes, b->bytes, a->len);
}

void secret_wipe(void *p, size_t len)
{
	explicit_bzero(p, len);
}

bool secret_mem_equal(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < len; i++)
		diff |= (uint8_t)(x[i] ^ y[i]);
	return diff == 0;
}
