/* SPDX-License-Identifier: BSD-3-Clause */
/* Random octets out of OpenSSL's private generator, or of a test. */
#include "crypto/rand.h"

#include <openssl/rand.h>

static struct {
	rand_fn *fn;
	void *arg;
} replacement;

void rand_replace_for_tests(rand_fn *fn, void *arg)
{
	replacement.fn = fn;
	replacement.arg = arg;
}

int rand_bytes(enum rand_use use, void *out, size_t len)
{
	if (replacement.fn != NULL)
		return replacement.fn(use, out, len, len, replacement.arg) == len ? 0 : -EIO;
	return RAND_priv_bytes_ex(NULL, out, len, 0) == 1 ? 0 : -EIO;
}

int rand_exponent(uint8_t *out, size_t want, size_t room, size_t *len)
{
	gv_assert(want <= room);
	*len = want;
	if (replacement.fn == NULL)
		return rand_bytes(RAND_EXPONENT, out, want);
	*len = replacement.fn(RAND_EXPONENT, out, want, room, replacement.arg);
	return *len > 0 && *len <= room ? 0 : -EIO;
}

uint32_t rand_below(uint32_t bound)
{
	uint64_t product;
	uint32_t v;

	if (bound == 0)
		return 0;
	/* The high half of v * bound, passing over the values that would favour some results. */
	do {
		if (rand_bytes(RAND_OTHER, &v, sizeof(v)) != 0)
			return 0;
		product = (uint64_t)v * bound;
	} while ((uint32_t)product < (uint32_t)-bound % bound);
	return (uint32_t)(product >> 32);
}
