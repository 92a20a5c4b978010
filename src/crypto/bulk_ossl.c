/* SPDX-License-Identifier: BSD-3-Clause */
/* OpenSSL EVP, one packet at a time: the oracle of the other engine, and its stand-in where that
 * would be slower still. */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/bulk_engine.h"

#define KEY_MAX  36
#define AUTH_MAX 32
#define TAG_MAX  32

struct ossl_key {
	struct bulk_key base;
	uint8_t key[KEY_MAX], auth[AUTH_MAX];
};

struct ossl {
	struct bulk base;
	EVP_CIPHER_CTX *cipher;
	EVP_MAC *hmac;
	EVP_MAC_CTX *mac;
};

static void engine_free(struct bulk *base)
{
	struct ossl *b = (struct ossl *)base;

	EVP_CIPHER_CTX_free(b->cipher);
	EVP_MAC_CTX_free(b->mac);
	EVP_MAC_free(b->hmac);
	free(b);
}

static int engine_new(struct bulk **out, struct err_text *e)
{
	struct ossl *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return -ENOMEM;
	b->base.v = &bulk_ossl;
	b->cipher = EVP_CIPHER_CTX_new();
	b->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	b->mac = b->hmac == NULL ? NULL : EVP_MAC_CTX_new(b->hmac);
	if (b->cipher == NULL || b->mac == NULL) {
		engine_free(&b->base);
		return err_set(e, -ENOTSUP, "OpenSSL has no HMAC");
	}
	*out = &b->base;
	return 0;
}

static const char *describe(const struct bulk *base)
{
	return OpenSSL_version(OPENSSL_VERSION);
}

static bool is_slow(const struct bulk *base, enum suite_id id)
{
	return false; /* nothing else to run it on */
}

static void key_free(struct bulk_key *base)
{
	secret_wipe(base, sizeof(struct ossl_key));
	free(base);
}

static int key_new(struct bulk_key **out, struct bulk *base, const struct suite *s,
		   const uint8_t *key, const uint8_t *auth)
{
	struct ossl_key *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return -ENOMEM;
	k->base = (struct bulk_key){.v = &bulk_ossl, .suite = s};
	if (s->key_len > 0)
		memcpy(k->key, key, s->key_len + s->salt_len);
	if (s->auth_key_len > 0)
		memcpy(k->auth, auth, s->auth_key_len);
	*out = &k->base;
	return 0;
}

static const EVP_CIPHER *cipher_of(const struct suite *s)
{
	switch (s->cipher) {
	case SUITE_CIPHER_NULL:
		return NULL;
	case SUITE_CIPHER_3DES_CBC:
		return EVP_des_ede3_cbc();
	case SUITE_CIPHER_AES_CBC:
		return s->key_len == 16   ? EVP_aes_128_cbc()
		       : s->key_len == 24 ? EVP_aes_192_cbc()
					  : EVP_aes_256_cbc();
	case SUITE_CIPHER_AES_GCM:
		return s->key_len == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
	}
	return NULL;
}

/* Encrypts or decrypts the text in place; false when OpenSSL refuses, or the GCM tag is wrong. */
static bool gcm(struct ossl *b, struct bulk_op *op, int enc)
{
	const struct ossl_key *k = (const struct ossl_key *)op->key;
	const struct suite *s = k->base.suite;
	uint8_t nonce[12], *text = bulk_text(op);
	int len;

	memcpy(nonce, k->key + s->key_len, 4);
	memcpy(nonce + 4, op->esp + BULK_SEQ_END, 8);
	if (!EVP_CipherInit_ex(b->cipher, cipher_of(s), NULL, k->key, nonce, enc) ||
	    !EVP_CipherUpdate(b->cipher, NULL, &len, op->esp, BULK_SEQ_END) ||
	    !EVP_CipherUpdate(b->cipher, text, &len, text, (int)op->text_len))
		return false;
	if (!enc && !EVP_CIPHER_CTX_ctrl(b->cipher, EVP_CTRL_GCM_SET_TAG, s->icv_len, bulk_icv(op)))
		return false;
	if (!EVP_CipherFinal_ex(b->cipher, text + len, &len))
		return false;
	return !enc ||
	       EVP_CIPHER_CTX_ctrl(b->cipher, EVP_CTRL_GCM_GET_TAG, s->icv_len, bulk_icv(op)) == 1;
}

static bool cbc(struct ossl *b, struct bulk_op *op, int enc)
{
	const struct ossl_key *k = (const struct ossl_key *)op->key;
	const EVP_CIPHER *c = cipher_of(k->base.suite);
	uint8_t *text = bulk_text(op);
	int len;

	if (c == NULL)
		return true;
	return EVP_CipherInit_ex(b->cipher, c, NULL, k->key, op->esp + BULK_SEQ_END, enc) &&
	       EVP_CIPHER_CTX_set_padding(b->cipher, 0) &&
	       EVP_CipherUpdate(b->cipher, text, &len, text, (int)op->text_len) &&
	       EVP_CipherFinal_ex(b->cipher, text + len, &len);
}

static bool hmac(struct ossl *b, const struct bulk_op *op, uint8_t tag[TAG_MAX])
{
	const struct ossl_key *k = (const struct ossl_key *)op->key;
	const struct suite *s = k->base.suite;
	char *digest = s->auth == SUITE_AUTH_SHA1 ? "SHA1" : "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	size_t len;

	return EVP_MAC_init(b->mac, k->auth, s->auth_key_len, params) &&
	       EVP_MAC_update(b->mac, op->esp, bulk_covered(op)) &&
	       EVP_MAC_final(b->mac, tag, &len, TAG_MAX);
}

static bool seal_one(struct ossl *b, struct bulk_op *op)
{
	uint8_t tag[TAG_MAX];

	if (op->key->suite->cipher == SUITE_CIPHER_AES_GCM)
		return gcm(b, op, 1);
	if (!cbc(b, op, 1) || !hmac(b, op, tag))
		return false;
	memcpy(bulk_icv(op), tag, op->key->suite->icv_len);
	return true;
}

static bool open_one(struct ossl *b, struct bulk_op *op)
{
	uint8_t tag[TAG_MAX];

	if (op->key->suite->cipher == SUITE_CIPHER_AES_GCM)
		return gcm(b, op, 0);
	return hmac(b, op, tag) && secret_mem_equal(tag, bulk_icv(op), op->key->suite->icv_len) &&
	       cbc(b, op, 0);
}

/* A suite of the table that OpenSSL refuses is a mistake of ours: better to stop than to send a
 * packet half made. */
static void seal(struct bulk *base, struct bulk_op *ops, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		gv_assert(seal_one((struct ossl *)base, &ops[i]));
}

static void open_burst(struct bulk *base, struct bulk_op *ops, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ops[i].ok = open_one((struct ossl *)base, &ops[i]);
}

const struct bulk_vtable bulk_ossl = {
	.engine_new = engine_new,
	.engine_free = engine_free,
	.describe = describe,
	.is_slow = is_slow,
	.key_new = key_new,
	.key_free = key_free,
	.seal = seal,
	.open = open_burst,
};
