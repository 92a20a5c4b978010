/* SPDX-License-Identifier: BSD-3-Clause */
/* Comparison with the description of a capture. */
#include "expect.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

static const char *text(json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* ---- secrets ---------------------------------------------------------------------------- */

/* A PKCS#1 private key in DER. */
static int rsa_read(json_t *o, struct gold_arena *a, struct sign_key **out)
{
	struct bytes der = gold_hex(a, text(o, "pkcs1_der"));
	const unsigned char *p = der.p;
	BIO *bio = BIO_new(BIO_s_mem());
	EVP_PKEY *pkey = der.len == 0 ? NULL : d2i_AutoPrivateKey(NULL, &p, (long)der.len);
	int rc = -EINVAL;
	char *pem;
	long len;

	if (bio != NULL && pkey != NULL &&
	    PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1) {
		len = BIO_get_mem_data(bio, &pem);
		rc = sign_key_from_pem(out, bytes_of(pem, (size_t)len), NULL, NULL);
	}
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	return rc;
}

int expect_secrets(json_t *root, struct gold_arena *a, struct gold_secrets *out, struct err_text *e)
{
	static const char *const names[] = {"rsa", "rsa_i", "rsa_r"};
	json_t *o = json_object_get(root, "secrets");
	struct sign_key **keys[] = {&out->rsa, &out->auth_i, &out->auth_r};

	*out = (struct gold_secrets){
		.psk = gold_hex(a, text(o, "psk_hex")),
		.xi = gold_hex(a, text(o, "dh_private_i")),
		.xr = gold_hex(a, text(o, "dh_private_r")),
	};
	if (out->xi.len == 0 || out->xr.len == 0)
		return err_set(e, -EINVAL, "no Diffie-Hellman exponents");
	for (size_t i = 0; i < GV_ARRAY_SIZE(names); i++) {
		json_t *k = json_object_get(o, names[i]);

		if (k != NULL && rsa_read(k, a, keys[i]) != 0)
			return err_set(e, -EINVAL, "secret %s", names[i]);
	}
	return 0;
}

void expect_secrets_clear(struct gold_secrets *s)
{
	sign_key_unref(s->rsa);
	sign_key_unref(s->auth_i);
	sign_key_unref(s->auth_r);
	*s = (struct gold_secrets){0};
}

/* ---- comparison ------------------------------------------------------------------------- */

/* What was found is what the description says under that key. */
static int same(json_t *o, const char *key, struct bytes found, struct err_text *e)
{
	static const char hex[] = "0123456789abcdef";
	const char *want = text(o, key);

	if (want == NULL || strlen(want) != 2 * found.len)
		return err_set(e, -EILSEQ, "%s: length differs", key);
	for (size_t i = 0; i < found.len; i++) {
		if (want[2 * i] != hex[found.p[i] >> 4] || want[2 * i + 1] != hex[found.p[i] & 15])
			return err_set(e, -EILSEQ, "%s differs", key);
	}
	return 0;
}

static int signature_same(json_t *o, const struct gold_step *st, struct err_text *e)
{
	const char *form = text(o, "encoding");
	json_t *length = json_object_get(o, "header_length_hashed");

	if (form == NULL || strcmp(form, st->form == SIGN_BARE_HASH ? "bare-hash" : "DigestInfo"))
		return err_set(e, -EILSEQ, "form of the signature differs");
	if (length != NULL && json_integer_value(length) != (json_int_t)st->hashed_length)
		return err_set(e, -EILSEQ, "length under the signature differs");
	return json_object_get(o, "digest") == NULL
		       ? 0
		       : same(o, "digest", bytes_of(st->hash, st->hash_len), e);
}

int expect_step(json_t *root, unsigned int index, const struct gold_step *st, struct err_text *e)
{
	json_t *m = json_array_get(json_object_get(root, "messages"), index);
	json_t *crypto = json_object_get(m, "crypto");
	json_t *hash = json_object_get(m, "hash_check");
	json_t *push = json_object_get(m, "signature_check");
	json_t *auth = json_object_get(m, "auth_signature_check");
	int rc;

	if (m == NULL)
		return err_set(e, -EILSEQ, "more messages than described");
	if ((crypto != NULL) != (st->block != 0) || (hash != NULL) != (st->hash_name != NULL) ||
	    (push != NULL || auth != NULL) != (st->form != SIGN_BAD))
		return err_set(e, -EILSEQ, "protection of the message differs");
	rc = same(m, "plaintext", st->plain, e);
	if (rc == 0 && crypto != NULL)
		rc = same(crypto, "iv", bytes_of(st->iv, st->block), e);
	if (rc == 0 && hash != NULL)
		rc = same(hash, "value", bytes_of(st->hash, st->hash_len), e);
	if (rc == 0 && push != NULL)
		rc = signature_same(push, st, e);
	if (rc == 0 && auth != NULL)
		rc = signature_same(auth, st, e);
	return rc;
}

static int phase1_same(json_t *p1, const struct gold_session *s, struct err_text *e)
{
	size_t hlen = prf_len(s->hash);
	const struct {
		const char *key;
		struct bytes found;
	} rows[] = {
		{"cookie_i", bytes_of(s->cky_i, sizeof(s->cky_i))},
		{"cookie_r", bytes_of(s->cky_r, sizeof(s->cky_r))},
		{"sa_i_b", s->sa_i},
		{"g_xi", s->gxi},
		{"g_xr", s->gxr},
		{"g_xy", secret_bytes(s->gxy)},
		{"nonce_i", s->ni},
		{"nonce_r", s->nr},
		{"skeyid", secret_bytes(s->k.skeyid)},
		{"skeyid_d", secret_bytes(s->k.d)},
		{"skeyid_a", secret_bytes(s->k.a)},
		{"skeyid_e", secret_bytes(s->k.e)},
		{"cipher_key", secret_bytes(s->key)},
		{"iv0", bytes_of(s->iv0, cbc_block(s->cipher))},
		{"hash_i", bytes_of(s->hash_i, hlen)},
		{"hash_r", bytes_of(s->hash_r, hlen)},
	};
	int rc = 0;

	for (size_t i = 0; i < GV_ARRAY_SIZE(rows) && rc == 0; i++)
		rc = same(p1, rows[i].key, rows[i].found, e);
	return rc;
}

static int pulls_same(json_t *pulls, const struct gold_session *s, struct err_text *e)
{
	static const char *const keys[] = {"hash1", "hash2", "hash3", "hash4"};
	unsigned int n = 0;
	int rc = 0;

	for (unsigned int i = 0; i < s->n_exchanges && rc == 0; i++) {
		const struct gold_exchange *x = &s->exchanges[i];
		char mid[9];
		json_t *o;

		snprintf(mid, sizeof(mid), "%08x", x->mid);
		o = json_object_get(pulls, mid);
		rc = same(o, "iv", bytes_of(x->iv0, cbc_block(s->cipher)), e);
		for (unsigned int k = 0; k < x->n && rc == 0 && x->exchange == EXCH_PULL; k++)
			rc = same(o, keys[k], bytes_of(x->hash[k], prf_len(s->hash)), e);
		n++;
	}
	if (rc == 0 && n != json_object_size(pulls))
		return err_set(e, -EILSEQ, "number of phase 2 exchanges differs");
	return rc;
}

static int keks_same(json_t *keks, const struct gold_session *s, struct err_text *e)
{
	int rc = 0;

	if (json_array_size(keks) != s->n_keks)
		return err_set(e, -EILSEQ, "number of KEKs differs");
	for (unsigned int i = 0; i < s->n_keks && rc == 0; i++) {
		json_t *o = json_array_get(keks, i);

		rc = same(o, "spi", bytes_of(s->keks[i].spi, sizeof(s->keks[i].spi)), e);
		if (rc == 0)
			rc = same(o, "iv", s->keks[i].iv, e);
		if (rc == 0)
			rc = same(o, "key", s->keks[i].key, e);
	}
	return rc;
}

static const struct gold_tek *tek_find(const struct gold_session *s, const char *spi)
{
	for (unsigned int i = 0; i < s->n_teks; i++) {
		if (strtoul(spi, NULL, 16) == s->teks[i].spi)
			return &s->teks[i];
	}
	return NULL;
}

static int teks_same(json_t *teks, const struct gold_session *s, struct err_text *e)
{
	unsigned int n = 0;
	size_t i;
	json_t *o;
	int rc = 0;

	json_array_foreach(teks, i, o)
	{
		const char *spi = text(o, "spi");
		const struct gold_tek *t;

		if (spi == NULL || strlen(spi) != 8)
			continue; /* other protocols than IPsec */
		t = tek_find(s, spi);
		if (t == NULL)
			return err_set(e, -EILSEQ, "TEK %s not found", spi);
		if (rc == 0 && json_object_get(o, "TEK_ALGORITHM_KEY") != NULL)
			rc = same(o, "TEK_ALGORITHM_KEY", t->cipher_key, e);
		if (rc == 0 && json_object_get(o, "TEK_INTEGRITY_KEY") != NULL)
			rc = same(o, "TEK_INTEGRITY_KEY", t->integrity_key, e);
		n++;
	}
	return rc != 0 || n == s->n_teks ? rc : err_set(e, -EILSEQ, "number of TEKs differs");
}

int expect_session(json_t *root, const struct gold_session *s, struct err_text *e)
{
	int rc;

	if (json_array_size(json_object_get(root, "messages")) != s->counts.messages)
		return err_set(e, -EILSEQ, "fewer messages than described");
	rc = phase1_same(json_object_get(root, "phase1"), s, e);
	if (rc == 0)
		rc = pulls_same(json_object_get(root, "pulls"), s, e);
	if (rc == 0)
		rc = keks_same(json_object_get(root, "keks"), s, e);
	if (rc == 0)
		rc = teks_same(json_object_get(root, "teks"), s, e);
	return rc;
}
