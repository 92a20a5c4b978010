/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of packet suites. */
#include "crypto/suite.h"

#include <stddef.h>
#include <strings.h>

static const struct suite suites[SUITE_COUNT] = {
#define SUITE(n, t, c, a, k, s, ak, iv, bl, ic)    \
	[SUITE_##n] = {.id = SUITE_##n,            \
		       .name = #n,                 \
		       .text = t,                  \
		       .cipher = SUITE_CIPHER_##c, \
		       .auth = SUITE_AUTH_##a,     \
		       .key_len = k,               \
		       .salt_len = s,              \
		       .auth_key_len = ak,         \
		       .iv_len = iv,               \
		       .block_len = bl,            \
		       .icv_len = ic,              \
		       .counter_mode = SUITE_CIPHER_##c == SUITE_CIPHER_AES_GCM},
#include "crypto/suites.def"
#undef SUITE
};

const struct suite *suite_get(enum suite_id id)
{
	gv_assert(id > SUITE_NONE && id < SUITE_COUNT);
	return &suites[id];
}

const struct suite *suite_by_name(const char *name)
{
	for (unsigned int i = SUITE_NONE + 1; i < SUITE_COUNT; i++)
		if (strcasecmp(suites[i].name, name) == 0)
			return &suites[i];
	return NULL;
}

const struct suite *suite_find(enum suite_cipher c, unsigned int key_len, enum suite_auth a)
{
	for (unsigned int i = SUITE_NONE + 1; i < SUITE_COUNT; i++)
		if (suites[i].cipher == c && suites[i].key_len == key_len && suites[i].auth == a)
			return &suites[i];
	return NULL;
}
