/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of packet suites: sizes and names, no cryptography. Used by both daemons. */
#ifndef CRYPTO_SUITE_H
#define CRYPTO_SUITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum suite_cipher {
	SUITE_CIPHER_NULL,
	SUITE_CIPHER_3DES_CBC,
	SUITE_CIPHER_AES_CBC,
	SUITE_CIPHER_AES_GCM
};
enum suite_auth { SUITE_AUTH_NONE, SUITE_AUTH_SHA1, SUITE_AUTH_SHA256 };

enum suite_id {
	SUITE_NONE, /* no suite; never in the table */
#define SUITE(name, text, cipher, auth, key, salt, akey, iv, block, icv) SUITE_##name,
#include "crypto/suites.def"
#undef SUITE
	SUITE_COUNT
};

struct suite {
	enum suite_id id;
	const char *name; /* "AES128_SHA1", also what getvpn-bench --suite takes */
	const char *text; /* "esp-aes esp-sha-hmac" */
	enum suite_cipher cipher;
	enum suite_auth auth;
	uint8_t key_len, salt_len, auth_key_len; /* octets */
	uint8_t iv_len, block_len, icv_len;      /* octets */
	bool counter_mode;                       /* needs a sender ID (RFC 6054) */
};

/* id must be a real suite. */
const struct suite *suite_get(enum suite_id id);
const struct suite *suite_by_name(const char *name); /* NULL when there is none */
/* From cipher, its key length in octets and the authenticator; NULL when there is none. */
const struct suite *suite_find(enum suite_cipher c, unsigned int key_len, enum suite_auth a);

#endif
