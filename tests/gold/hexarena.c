/* SPDX-License-Identifier: BSD-3-Clause */
/* Hexadecimal into octets. */
#include "hexarena.h"

#include <string.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct bytes gold_hex(struct gold_arena *a, const char *text)
{
	size_t digits = text == NULL ? 0 : strlen(text);
	size_t n = (digits + 1) / 2;
	uint8_t *out = a->bytes + a->used;

	if (n > sizeof(a->bytes) - a->used)
		return (struct bytes){0};
	memset(out, 0, n);
	for (size_t i = 0; i < digits; i++) {
		size_t place = i + digits % 2; /* an odd one has its zero in front left out */
		int d = digit(text[i]);

		if (d < 0)
			return (struct bytes){0};
		out[place / 2] |= (uint8_t)(place % 2 ? d : d << 4);
	}
	a->used += n;
	return bytes_of(out, n);
}
