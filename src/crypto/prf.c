/* SPDX-License-Identifier: BSD-3-Clause */
/* Hash and HMAC over parts, by OpenSSL's fetched algorithms. */
#include "crypto/prf.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

static const struct {
	const char *name; /* to OpenSSL */
	size_t len;
} hashes[PRF_COUNT] = {
	[PRF_MD5] = {"MD5", 16},       [PRF_SHA1] = {"SHA1", 20},     [PRF_SHA256] = {"SHA256", 32},
	[PRF_SHA384] = {"SHA384", 48}, [PRF_SHA512] = {"SHA512", 64},
};

size_t prf_len(enum prf_hash h)
{
	return hashes[h].len;
}

const char *prf_name(enum prf_hash h)
{
	return hashes[h].name;
}

static int mac_run(EVP_MAC_CTX *ctx, enum prf_hash h, struct bytes key, const struct bytes *parts,
		   unsigned int n, uint8_t *out)
{
	/* The parameter is not written to; OpenSSL takes names without const. */
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)prf_name(h), 0),
		OSSL_PARAM_construct_end(),
	};
	size_t len;

	/* A NULL key would mean "keep the last one". */
	if (EVP_MAC_init(ctx, key.len > 0 ? key.p : (const uint8_t *)"", key.len, params) != 1)
		return -EIO;
	for (unsigned int i = 0; i < n; i++) {
		if (EVP_MAC_update(ctx, parts[i].p, parts[i].len) != 1)
			return -EIO;
	}
	if (EVP_MAC_final(ctx, out, &len, prf_len(h)) != 1)
		return -EIO;
	return 0;
}

int prf(enum prf_hash h, struct bytes key, const struct bytes *parts, unsigned int n, uint8_t *out)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
	int rc = ctx == NULL ? -ENOMEM : mac_run(ctx, h, key, parts, n, out);

	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return rc;
}

static int digest_run(EVP_MD_CTX *ctx, const EVP_MD *md, const struct bytes *parts, unsigned int n,
		      uint8_t *out)
{
	if (EVP_DigestInit_ex2(ctx, md, NULL) != 1)
		return -EIO;
	for (unsigned int i = 0; i < n; i++) {
		if (EVP_DigestUpdate(ctx, parts[i].p, parts[i].len) != 1)
			return -EIO;
	}
	return EVP_DigestFinal_ex(ctx, out, NULL) == 1 ? 0 : -EIO;
}

int prf_digest(enum prf_hash h, const struct bytes *parts, unsigned int n, uint8_t *out)
{
	EVP_MD *md = EVP_MD_fetch(NULL, prf_name(h), NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = md == NULL || ctx == NULL ? -ENOMEM : digest_run(ctx, md, parts, n, out);

	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	return rc;
}
