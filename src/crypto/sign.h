/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RSA signatures of rekey messages and of phase 1: PKCS#1 v1.5 (block type 1) over a hash.
 *
 * Two forms exist. RFC 6407 means the hash inside a DigestInfo (RFC 8017 9.2); IKEv1 phase 1
 * (RFC 2409 5.1) and the old GDOI implementations sign the bare hash. We make either and, where
 * the caller allows it, take either.
 */
#ifndef CRYPTO_SIGN_H
#define CRYPTO_SIGN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "crypto/prf.h"

#define SIGN_LEN_MAX  1024 /* octets of a signature: RSA 8192 */
#define SIGN_BITS_MIN 1024
#define SIGN_BITS_MAX 8192

struct sign_key; /* RSA key pair or public key, reference counted by one thread */

enum sign_form { SIGN_BAD, SIGN_BARE_HASH, SIGN_DIGEST_INFO };

int sign_key_generate(struct sign_key **out, unsigned int bits) GV_MUST_CHECK;
/* A private key in PEM: PKCS#8 or PKCS#1, encrypted ones with passphrase (may be NULL). */
int sign_key_from_pem(struct sign_key **out, struct bytes pem, const char *passphrase,
		      struct err_text *e) GV_MUST_CHECK;
/* PKCS#8; passphrase NULL: in clear. */
int sign_key_to_pem(const struct sign_key *k, const char *passphrase,
		    struct secret **out) GV_MUST_CHECK;
/* A public key: DER SubjectPublicKeyInfo, as SIG_ALGORITHM_KEY carries it. */
int sign_key_from_spki(struct sign_key **out, struct bytes der) GV_MUST_CHECK;
int sign_key_to_spki(const struct sign_key *k, struct secret **out) GV_MUST_CHECK;

struct sign_key *sign_key_ref(struct sign_key *k);
void sign_key_unref(struct sign_key *k);              /* NULL is fine */
unsigned int sign_key_bits(const struct sign_key *k); /* modulus */
size_t sign_len(const struct sign_key *k);            /* octets of a signature */
bool sign_key_is_private(const struct sign_key *k);

/* digest: prf_len(hash) octets. *len: room in, sign_len() out. -ENOKEY without a private half. */
int sign_make(const struct sign_key *k, enum prf_hash hash, enum sign_form form,
	      const uint8_t *digest, uint8_t *out, size_t *len) GV_MUST_CHECK;
/* Which form of that digest the signature is; SIGN_BAD: neither. */
enum sign_form sign_check(const struct sign_key *k, enum prf_hash hash, const uint8_t *digest,
			  struct bytes sig);

#endif
