/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Diffie-Hellman over OpenSSL's numbers and curves. Not over EVP_PKEY: its key generation takes
 * no private value from outside, which a replayed exchange needs, and its import of a DH key
 * without the public half does not compute it. The two operations there are, are constant time
 * in the private value.
 */
#include "crypto/kex.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/rand.h"

/* Private values of MODP groups: twice the strength of the largest group (RFC 3526 8), rounded
 * up. Shorter than the modulus, which makes them faster and no weaker: the moduli are safe
 * primes. */
#define MODP_EXPONENT_LEN 64

struct kex_group {
	uint16_t number;
	bool weak;
	uint16_t len;                 /* modulus, or one coordinate */
	BIGNUM *(*prime)(BIGNUM *to); /* MODP, generator 2 */
	int nid;                      /* ECP */
};

static const struct kex_group groups[] = {
	{1, true, 96, BN_get_rfc2409_prime_768, 0},
	{2, true, 128, BN_get_rfc2409_prime_1024, 0},
	{5, true, 192, BN_get_rfc3526_prime_1536, 0},
	{14, false, 256, BN_get_rfc3526_prime_2048, 0},
	{15, false, 384, BN_get_rfc3526_prime_3072, 0},
	{16, false, 512, BN_get_rfc3526_prime_4096, 0},
	{19, false, 32, NULL, NID_X9_62_prime256v1},
	{20, false, 48, NULL, NID_secp384r1},
	{21, false, 66, NULL, NID_secp521r1},
};

struct kex {
	const struct kex_group *group;
	BIGNUM *x; /* private value */
	size_t public_len;
	uint8_t public[KEX_PUBLIC_MAX];
};

static const struct kex_group *group_find(uint16_t number)
{
	for (size_t i = 0; i < GV_ARRAY_SIZE(groups); i++) {
		if (groups[i].number == number)
			return &groups[i];
	}
	return NULL;
}

static size_t group_public_len(const struct kex_group *g)
{
	return g->prime != NULL ? g->len : 2 * (size_t)g->len;
}

bool kex_known(uint16_t group)
{
	return group_find(group) != NULL;
}

bool kex_weak(uint16_t group)
{
	const struct kex_group *g = group_find(group);

	return g != NULL && g->weak;
}

size_t kex_public_len(uint16_t group)
{
	const struct kex_group *g = group_find(group);

	return g == NULL ? 0 : group_public_len(g);
}

/* ---- MODP ------------------------------------------------------------------------------- */

/* base^x mod p into out, g->len octets. base NULL: the generator. */
static int modp_power(const struct kex_group *g, const BIGNUM *base, const BIGNUM *x, uint8_t *out)
{
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *p = g->prime(NULL);
	BIGNUM *y = BN_secure_new();
	BIGNUM *two = BN_new();
	int rc = -ENOMEM;

	if (ctx == NULL || p == NULL || y == NULL || two == NULL || BN_set_word(two, 2) != 1)
		goto out;
	rc = -EIO;
	if (BN_mod_exp_mont_consttime(y, base != NULL ? base : two, x, p, ctx, NULL) != 1)
		goto out;
	if (BN_bn2binpad(y, out, g->len) == g->len)
		rc = 0;
out:
	BN_free(two);
	BN_clear_free(y);
	BN_free(p);
	BN_CTX_free(ctx);
	return rc;
}

/* 2 <= y <= p - 2: the values outside give the secret away (RFC 2631 2.1.5). */
static int modp_check(const struct kex_group *g, const BIGNUM *y)
{
	BIGNUM *p = g->prime(NULL);
	int rc = -ENOMEM;

	if (p != NULL && BN_sub_word(p, 1) == 1)
		rc = BN_cmp(y, BN_value_one()) > 0 && BN_cmp(y, p) < 0 ? 0
								       : -EINVAL; /* p is p - 1 */
	BN_free(p);
	return rc;
}

static int modp_shared(const struct kex *k, struct bytes peer, uint8_t *out)
{
	BIGNUM *y = BN_bin2bn(peer.p, (int)peer.len, NULL);
	int rc = y == NULL ? -ENOMEM : modp_check(k->group, y);

	if (rc == 0)
		rc = modp_power(k->group, y, k->x, out);
	BN_free(y);
	return rc;
}

/* ---- ECP -------------------------------------------------------------------------------- */

/* The point x | y of len octets each; -EINVAL when it is off the curve or the point at infinity
 * has no coordinates. */
static int ecp_read(const EC_GROUP *ec, EC_POINT *pt, const uint8_t *p, size_t len, BN_CTX *ctx)
{
	BIGNUM *x = BN_bin2bn(p, (int)len, NULL);
	BIGNUM *y = BN_bin2bn(p + len, (int)len, NULL);
	int rc = -ENOMEM;

	if (x != NULL && y != NULL)
		rc = EC_POINT_set_affine_coordinates(ec, pt, x, y, ctx) == 1 ? 0 : -EINVAL;
	BN_free(y);
	BN_free(x);
	return rc;
}

/* x, and y when out_y is not NULL. */
static int ecp_write(const EC_GROUP *ec, const EC_POINT *pt, size_t len, uint8_t *out_x,
		     uint8_t *out_y, BN_CTX *ctx)
{
	BIGNUM *x = BN_secure_new();
	BIGNUM *y = BN_secure_new();
	int rc = -ENOMEM;

	if (x == NULL || y == NULL)
		goto out;
	rc = -EINVAL;
	if (EC_POINT_get_affine_coordinates(ec, pt, x, y, ctx) != 1)
		goto out;
	if (BN_bn2binpad(x, out_x, (int)len) != (int)len)
		goto out;
	if (out_y == NULL || BN_bn2binpad(y, out_y, (int)len) == (int)len)
		rc = 0;
out:
	BN_clear_free(y);
	BN_clear_free(x);
	return rc;
}

/* x times the generator (peer NULL), written as both coordinates; or times the peer's point, of
 * which only the x coordinate is the secret (RFC 5903 9). */
static int ecp_multiply(const struct kex *k, const uint8_t *peer, uint8_t *out)
{
	size_t len = k->group->len;
	BN_CTX *ctx = BN_CTX_secure_new();
	EC_GROUP *ec = EC_GROUP_new_by_curve_name(k->group->nid);
	EC_POINT *in = ec == NULL ? NULL : EC_POINT_new(ec);
	EC_POINT *pt = ec == NULL ? NULL : EC_POINT_new(ec);
	int rc = -ENOMEM;

	if (ctx == NULL || in == NULL || pt == NULL)
		goto out;
	rc = peer == NULL ? 0 : ecp_read(ec, in, peer, len, ctx);
	if (rc != 0)
		goto out;
	if (EC_POINT_mul(ec, pt, peer == NULL ? k->x : NULL, peer == NULL ? NULL : in,
			 peer == NULL ? NULL : k->x, ctx) != 1)
		rc = -EIO;
	else
		rc = ecp_write(ec, pt, len, out, peer == NULL ? out + len : NULL, ctx);
out:
	EC_POINT_clear_free(pt);
	EC_POINT_free(in);
	EC_GROUP_free(ec);
	BN_CTX_free(ctx);
	return rc;
}

/* ---- both ------------------------------------------------------------------------------- */

/* A private value of 1..order-1: drawn with 8 octets more than the order has and reduced, so
 * that no value is visibly likelier than another (FIPS 186-4 B.4.1). */
static int ecp_reduce(const struct kex_group *g, BIGNUM *x)
{
	BN_CTX *ctx = BN_CTX_secure_new();
	EC_GROUP *ec = EC_GROUP_new_by_curve_name(g->nid);
	BIGNUM *order = BN_new();
	int rc = -ENOMEM;

	if (ctx == NULL || ec == NULL || order == NULL)
		goto out;
	rc = -EIO;
	if (EC_GROUP_get_order(ec, order, ctx) == 1 && BN_nnmod(x, x, order, ctx) == 1)
		rc = 0;
out:
	BN_free(order);
	EC_GROUP_free(ec);
	BN_CTX_free(ctx);
	return rc;
}

static int private_draw(struct kex *k)
{
	size_t want = k->group->prime != NULL ? MODP_EXPONENT_LEN : k->group->len + 8u;
	uint8_t raw[KEX_PUBLIC_MAX];
	size_t len;
	int rc = rand_exponent(raw, want, sizeof(raw), &len);

	if (rc != 0)
		return rc;
	k->x = BN_secure_new();
	if (k->x == NULL || BN_bin2bn(raw, (int)len, k->x) == NULL)
		rc = -ENOMEM;
	secret_wipe(raw, sizeof(raw));
	if (rc == 0 && k->group->prime == NULL)
		rc = ecp_reduce(k->group, k->x);
	if (rc == 0 && BN_is_zero(k->x))
		rc = -EIO;
	if (rc == 0)
		BN_set_flags(k->x, BN_FLG_CONSTTIME);
	return rc;
}

int kex_new(struct kex **out, uint16_t group)
{
	const struct kex_group *g = group_find(group);
	struct kex *k;
	int rc;

	if (g == NULL)
		return -ENOTSUP;
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return -ENOMEM;
	k->group = g;
	k->public_len = group_public_len(g);
	rc = private_draw(k);
	if (rc == 0)
		rc = g->prime != NULL ? modp_power(g, NULL, k->x, k->public)
				      : ecp_multiply(k, NULL, k->public);
	if (rc != 0) {
		kex_free(k);
		return rc;
	}
	*out = k;
	return 0;
}

void kex_free(struct kex *k)
{
	if (k == NULL)
		return;
	BN_clear_free(k->x);
	free(k);
}

struct bytes kex_public(const struct kex *k)
{
	return bytes_of(k->public, k->public_len);
}

int kex_shared(const struct kex *k, struct bytes peer, struct secret **out)
{
	struct secret *s;
	int rc;

	if (peer.len != k->public_len)
		return -EINVAL;
	s = secret_alloc(k->group->len);
	if (s == NULL)
		return -ENOMEM;
	rc = k->group->prime != NULL ? modp_shared(k, peer, s->bytes)
				     : ecp_multiply(k, peer.p, s->bytes);
	if (rc != 0) {
		secret_unref(s);
		return rc;
	}
	*out = s;
	return 0;
}
