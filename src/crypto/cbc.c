/* SPDX-License-Identifier: BSD-3-Clause */
/* CBC over whole blocks, by OpenSSL's fetched ciphers. */
#include "crypto/cbc.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

size_t cbc_block(enum cbc_cipher c)
{
	return c == CBC_3DES ? 8 : 16;
}

bool cbc_key_len_valid(enum cbc_cipher c, size_t len)
{
	return c == CBC_3DES ? len == 24 : len == 16 || len == 24 || len == 32;
}

static const char *cipher_name(enum cbc_cipher c, size_t key_len)
{
	if (c == CBC_3DES)
		return "DES-EDE3-CBC";
	if (key_len == 16)
		return "AES-128-CBC";
	return key_len == 24 ? "AES-192-CBC" : "AES-256-CBC";
}

struct cbc_job {
	const uint8_t *key, *iv, *in;
	uint8_t *out;
	size_t len;
	bool encrypt;
};

static int job_run(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const struct cbc_job *j)
{
	int n = 0;

	if (EVP_CipherInit_ex2(ctx, cipher, j->key, j->iv, j->encrypt, NULL) != 1)
		return -EIO;
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	if (EVP_CipherUpdate(ctx, j->out, &n, j->in, (int)j->len) != 1 || (size_t)n != j->len)
		return -EIO;
	return 0;
}

static int cbc_run(enum cbc_cipher c, struct bytes key, const struct cbc_job *j)
{
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *ctx;
	int rc;

	if (!cbc_key_len_valid(c, key.len) || j->len % cbc_block(c) != 0 || j->len > INT_MAX)
		return -EINVAL;
	if (j->len == 0)
		return 0;
	cipher = EVP_CIPHER_fetch(NULL, cipher_name(c, key.len), NULL);
	ctx = EVP_CIPHER_CTX_new();
	rc = cipher == NULL || ctx == NULL ? -ENOMEM : job_run(ctx, cipher, j);
	EVP_CIPHER_CTX_free(ctx); /* wipes its key schedule */
	EVP_CIPHER_free(cipher);
	return rc;
}

int cbc_encrypt(enum cbc_cipher c, struct bytes key, uint8_t *iv, const uint8_t *in, size_t len,
		uint8_t *out)
{
	const struct cbc_job j = {
		.key = key.p, .iv = iv, .in = in, .out = out, .len = len, .encrypt = true};
	size_t block = cbc_block(c);
	int rc = cbc_run(c, key, &j);

	if (rc == 0 && len > 0)
		memcpy(iv, out + len - block, block);
	return rc;
}

int cbc_decrypt(enum cbc_cipher c, struct bytes key, uint8_t *iv, const uint8_t *in, size_t len,
		uint8_t *out)
{
	const struct cbc_job j = {.key = key.p, .iv = iv, .in = in, .out = out, .len = len};
	size_t block = cbc_block(c);
	uint8_t last[CBC_BLOCK_MAX];
	int rc;

	/* Before decryption in place overwrites it. */
	if (len >= block)
		memcpy(last, in + len - block, block);
	rc = cbc_run(c, key, &j);
	if (rc == 0 && len > 0)
		memcpy(iv, last, block);
	return rc;
}
