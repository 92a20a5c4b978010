/* SPDX-License-Identifier: BSD-3-Clause */
/* RSA keys and PKCS#1 v1.5 signatures over EVP_PKEY. */
#include "crypto/sign.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

struct sign_key {
	uint32_t refs;
	bool is_private;
	EVP_PKEY *pkey;
};

/* Takes pkey over, also when it refuses: only RSA of a size we can carry. */
static int key_wrap(struct sign_key **out, EVP_PKEY *pkey, bool is_private)
{
	struct sign_key *k;
	int bits = EVP_PKEY_get_bits(pkey);

	if (!EVP_PKEY_is_a(pkey, "RSA") || bits < SIGN_BITS_MIN || bits > SIGN_BITS_MAX) {
		EVP_PKEY_free(pkey);
		return -EINVAL;
	}
	k = calloc(1, sizeof(*k));
	if (k == NULL) {
		EVP_PKEY_free(pkey);
		return -ENOMEM;
	}
	*k = (struct sign_key){.refs = 1, .is_private = is_private, .pkey = pkey};
	*out = k;
	return 0;
}

int sign_key_generate(struct sign_key **out, unsigned int bits)
{
	EVP_PKEY *pkey;

	if (bits < SIGN_BITS_MIN || bits > SIGN_BITS_MAX)
		return -EINVAL;
	pkey = EVP_RSA_gen(bits);
	return pkey == NULL ? -EIO : key_wrap(out, pkey, true);
}

/* OpenSSL asks here for the passphrase; without this it would ask the terminal. */
static int passphrase_give(char *buf, int size, int writing, void *arg)
{
	const char *passphrase = arg;
	size_t len = passphrase == NULL ? 0 : strlen(passphrase);

	if (len == 0 || len > (size_t)size)
		return -1;
	memcpy(buf, passphrase, len);
	return (int)len;
}

int sign_key_from_pem(struct sign_key **out, struct bytes pem, const char *passphrase,
		      struct err_text *e)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.len);
	EVP_PKEY *pkey;

	if (bio == NULL)
		return -ENOMEM;
	ERR_set_mark();
	pkey = PEM_read_bio_PrivateKey(bio, NULL, passphrase_give, (void *)passphrase);
	ERR_pop_to_mark();
	BIO_free(bio);
	if (pkey == NULL)
		return err_set(e, -EINVAL, "not a private key in PEM, or a wrong passphrase");
	if (key_wrap(out, pkey, true) != 0)
		return err_set(e, -EINVAL, "not an RSA key of %d to %d bits", SIGN_BITS_MIN,
			       SIGN_BITS_MAX);
	return 0;
}

int sign_key_to_pem(const struct sign_key *k, const char *passphrase, struct secret **out)
{
	const EVP_CIPHER *cipher = passphrase == NULL ? NULL : EVP_aes_256_cbc();
	BIO *bio = BIO_new(BIO_s_secmem());
	char *p;
	long len;
	int rc = -EIO;

	if (bio == NULL)
		return -ENOMEM;
	if (!k->is_private)
		rc = -ENOKEY;
	else if (PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, cipher, NULL, 0, passphrase_give,
					       (void *)passphrase) == 1) {
		len = BIO_get_mem_data(bio, &p);
		*out = secret_new(p, (size_t)len);
		rc = *out == NULL ? -ENOMEM : 0;
	}
	BIO_free(bio); /* wipes */
	return rc;
}

int sign_key_from_spki(struct sign_key **out, struct bytes der)
{
	const unsigned char *p = der.p;
	EVP_PKEY *pkey;

	ERR_set_mark();
	pkey = d2i_PUBKEY(NULL, &p, (long)der.len);
	ERR_pop_to_mark();
	if (pkey == NULL)
		return -EINVAL;
	if (p != der.p + der.len) {
		EVP_PKEY_free(pkey);
		return -EINVAL;
	}
	return key_wrap(out, pkey, false);
}

int sign_key_to_spki(const struct sign_key *k, struct secret **out)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(k->pkey, &der);

	if (len <= 0)
		return -EIO;
	*out = secret_new(der, (size_t)len);
	OPENSSL_free(der);
	return *out == NULL ? -ENOMEM : 0;
}

struct sign_key *sign_key_ref(struct sign_key *k)
{
	if (k != NULL)
		k->refs++;
	return k;
}

void sign_key_unref(struct sign_key *k)
{
	if (k == NULL)
		return;
	gv_assert(k->refs > 0);
	if (--k->refs > 0)
		return;
	EVP_PKEY_free(k->pkey); /* wipes the private half */
	free(k);
}

unsigned int sign_key_bits(const struct sign_key *k)
{
	return (unsigned int)EVP_PKEY_get_bits(k->pkey);
}

size_t sign_len(const struct sign_key *k)
{
	return (size_t)EVP_PKEY_get_size(k->pkey);
}

bool sign_key_is_private(const struct sign_key *k)
{
	return k->is_private;
}

/* Without a signature hash OpenSSL pads what it is given: the bare form. With one it puts the
 * DigestInfo in front. */
static int ctx_set_form(EVP_PKEY_CTX *ctx, enum prf_hash hash, enum sign_form form)
{
	EVP_MD *md;
	int rc;

	if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1)
		return -EIO;
	if (form == SIGN_BARE_HASH)
		return 0;
	md = EVP_MD_fetch(NULL, prf_name(hash), NULL);
	rc = md != NULL && EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 ? 0 : -EIO;
	EVP_MD_free(md);
	return rc;
}

int sign_make(const struct sign_key *k, enum prf_hash hash, enum sign_form form,
	      const uint8_t *digest, uint8_t *out, size_t *len)
{
	EVP_PKEY_CTX *ctx;
	int rc = -EIO;

	if (!k->is_private)
		return -ENOKEY;
	if (form == SIGN_BAD || *len < sign_len(k))
		return -EINVAL;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	if (ctx == NULL)
		return -ENOMEM;
	if (EVP_PKEY_sign_init(ctx) == 1 && ctx_set_form(ctx, hash, form) == 0 &&
	    EVP_PKEY_sign(ctx, out, len, digest, prf_len(hash)) == 1)
		rc = 0;
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

static bool check_form(const struct sign_key *k, enum prf_hash hash, enum sign_form form,
		       const uint8_t *digest, struct bytes sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	bool ok;

	if (ctx == NULL)
		return false;
	ERR_set_mark();
	ok = EVP_PKEY_verify_init(ctx) == 1 && ctx_set_form(ctx, hash, form) == 0 &&
	     EVP_PKEY_verify(ctx, sig.p, sig.len, digest, prf_len(hash)) == 1;
	ERR_pop_to_mark();
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

enum sign_form sign_check(const struct sign_key *k, enum prf_hash hash, const uint8_t *digest,
			  struct bytes sig)
{
	if (check_form(k, hash, SIGN_DIGEST_INFO, digest, sig))
		return SIGN_DIGEST_INFO;
	if (check_form(k, hash, SIGN_BARE_HASH, digest, sig))
		return SIGN_BARE_HASH;
	return SIGN_BAD;
}
