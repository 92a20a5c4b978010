/* SPDX-License-Identifier: BSD-3-Clause */
/* Vectors as text: hexadecimal into octets, blanks ignored. */
#ifndef TESTS_UNIT_HEX_H
#define TESTS_UNIT_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Returns the number of octets; text must be well formed and fit. */
static inline size_t hex_read(uint8_t *out, size_t max, const char *text)
{
	size_t n = 0;

	for (const char *p = text; *p != '\0' && n < max; p++) {
		unsigned int v;

		if (*p == ' ')
			continue;
		if (sscanf(p, "%2x", &v) != 1)
			break;
		out[n++] = (uint8_t)v;
		p++;
	}
	return n;
}

#endif
