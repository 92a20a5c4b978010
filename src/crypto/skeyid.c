/* SPDX-License-Identifier: BSD-3-Clause */
/* SKEYID and what is derived from it. */
#include "crypto/skeyid.h"

#include <string.h>

/* prf(key, parts) as a secret of its own. */
static int derive(struct secret **out, enum prf_hash h, struct bytes key, const struct bytes *parts,
		  unsigned int n)
{
	struct secret *s = secret_alloc(prf_len(h));
	int rc;

	if (s == NULL)
		return -ENOMEM;
	rc = prf(h, key, parts, n, s->bytes);
	if (rc != 0) {
		secret_unref(s);
		return rc;
	}
	*out = s;
	return 0;
}

/* Pre-shared keys: prf(key, Ni | Nr); signatures: prf(Ni | Nr, g^xy). */
static int derive_root(struct skeyid *k, const struct skeyid_input *in)
{
	const struct bytes nonces[] = {in->ni, in->nr};
	uint8_t both[2 * 256];

	if (!in->signature)
		return derive(&k->skeyid, k->hash, in->psk, nonces, 2);
	if (in->ni.len + in->nr.len > sizeof(both))
		return -EINVAL;
	memcpy(both, in->ni.p, in->ni.len);
	memcpy(both + in->ni.len, in->nr.p, in->nr.len);
	return derive(&k->skeyid, k->hash, bytes_of(both, in->ni.len + in->nr.len), &in->gxy, 1);
}

/* prf(SKEYID, before | g^xy | CKY-I | CKY-R | number) */
static int derive_next(struct secret **out, const struct skeyid *k, const struct secret *before,
		       const struct skeyid_input *in, uint8_t number)
{
	const struct bytes parts[] = {secret_bytes(before), in->gxy, in->cky_i, in->cky_r,
				      bytes_of(&number, 1)};

	return derive(out, k->hash, secret_bytes(k->skeyid), parts, GV_ARRAY_SIZE(parts));
}

int skeyid_derive(struct skeyid *out, enum prf_hash hash, const struct skeyid_input *in)
{
	int rc;

	*out = (struct skeyid){.hash = hash};
	rc = derive_root(out, in);
	if (rc == 0)
		rc = derive_next(&out->d, out, NULL, in, 0);
	if (rc == 0)
		rc = derive_next(&out->a, out, out->d, in, 1);
	if (rc == 0)
		rc = derive_next(&out->e, out, out->a, in, 2);
	if (rc != 0)
		skeyid_clear(out);
	return rc;
}

void skeyid_clear(struct skeyid *k)
{
	secret_unref(k->skeyid);
	secret_unref(k->d);
	secret_unref(k->a);
	secret_unref(k->e);
	*k = (struct skeyid){0};
}

/* K1 = prf(SKEYID_e, 0), K2 = prf(SKEYID_e, K1), ... until there is enough (appendix B). */
static int expand(struct secret *key, const struct skeyid *k)
{
	size_t hlen = prf_len(k->hash);
	uint8_t block[PRF_MAX] = {0};
	size_t in_len = 1; /* the first input is one zero octet */
	int rc = 0;

	for (size_t done = 0; done < key->len && rc == 0; done += hlen) {
		const struct bytes in = bytes_of(block, in_len);

		rc = prf(k->hash, secret_bytes(k->e), &in, 1, block);
		memcpy(key->bytes + done, block, GV_MIN(hlen, key->len - done));
		in_len = hlen;
	}
	secret_wipe(block, sizeof(block));
	return rc;
}

int skeyid_cipher_key(struct secret **out, const struct skeyid *k, size_t len)
{
	struct secret *key = secret_alloc(len);
	int rc = 0;

	if (key == NULL)
		return -ENOMEM;
	if (len <= k->e->len)
		memcpy(key->bytes, k->e->bytes, len);
	else
		rc = expand(key, k);
	if (rc != 0) {
		secret_unref(key);
		return rc;
	}
	*out = key;
	return 0;
}

static int iv_of(enum prf_hash hash, const struct bytes *parts, unsigned int n, uint8_t *iv,
		 size_t block)
{
	uint8_t digest[PRF_MAX];
	int rc = prf_digest(hash, parts, n, digest);

	gv_assert(block <= prf_len(hash));
	if (rc == 0)
		memcpy(iv, digest, block);
	return rc;
}

int skeyid_iv_phase1(enum prf_hash hash, struct bytes gxi, struct bytes gxr, uint8_t *iv,
		     size_t block)
{
	const struct bytes parts[] = {gxi, gxr};

	return iv_of(hash, parts, GV_ARRAY_SIZE(parts), iv, block);
}

int skeyid_iv_phase2(enum prf_hash hash, struct bytes last, uint32_t mid, uint8_t *iv, size_t block)
{
	uint8_t m[4];
	const struct bytes parts[] = {last, bytes_of(m, sizeof(m))};

	put_be32(m, mid);
	return iv_of(hash, parts, GV_ARRAY_SIZE(parts), iv, block);
}

int skeyid_hash_auth(const struct skeyid *k, bool initiator, const struct skeyid_auth *a,
		     uint8_t *out)
{
	const struct bytes as_i[] = {a->gxi, a->gxr, a->cky_i, a->cky_r, a->sa_i, a->id};
	const struct bytes as_r[] = {a->gxr, a->gxi, a->cky_r, a->cky_i, a->sa_i, a->id};

	return prf(k->hash, secret_bytes(k->skeyid), initiator ? as_i : as_r, GV_ARRAY_SIZE(as_i),
		   out);
}
