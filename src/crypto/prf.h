/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hash and pseudo-random function of IKEv1 (RFC 2409 4: prf = HMAC of the negotiated hash), over
 * parts, so that callers need not glue messages together. Failures are those of the library
 * (-EIO, -ENOMEM), never of the data.
 */
#ifndef CRYPTO_PRF_H
#define CRYPTO_PRF_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum prf_hash { PRF_MD5, PRF_SHA1, PRF_SHA256, PRF_SHA384, PRF_SHA512, PRF_COUNT };

#define PRF_MAX 64 /* octets of the longest output */

size_t prf_len(enum prf_hash h);
const char *prf_name(enum prf_hash h);
/* HMAC(key, parts...) into out, prf_len(h) octets. An empty key is allowed. */
int prf(enum prf_hash h, struct bytes key, const struct bytes *parts, unsigned int n,
	uint8_t *out) GV_MUST_CHECK;
/* The bare hash over the parts. */
int prf_digest(enum prf_hash h, const struct bytes *parts, unsigned int n,
	       uint8_t *out) GV_MUST_CHECK;

#endif
