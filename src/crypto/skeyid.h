/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keys and IVs of an IKEv1 SA out of what its two sides exchanged (RFC 2409 5 and appendix B).
 */
#ifndef CRYPTO_SKEYID_H
#define CRYPTO_SKEYID_H

#include <stdbool.h>

#include "base/secret.h"
#include "crypto/prf.h"

struct skeyid {
	enum prf_hash hash;
	struct secret *skeyid, *d, *a, *e;
};

/* What both sides saw, in the order initiator, responder. Nonces are payload bodies. */
struct skeyid_input {
	struct bytes cky_i, cky_r;
	struct bytes ni, nr;
	struct bytes gxy; /* shared secret */
	struct bytes psk; /* pre-shared key; empty: signature authentication */
	bool signature;
};

/* All four, or none and a negative errno. */
int skeyid_derive(struct skeyid *out, enum prf_hash hash,
		  const struct skeyid_input *in) GV_MUST_CHECK;
/* Wipes; fine on a zeroed structure. */
void skeyid_clear(struct skeyid *k);

/* len octets out of SKEYID_e, expanded where that is shorter (RFC 2409 appendix B). */
int skeyid_cipher_key(struct secret **out, const struct skeyid *k, size_t len) GV_MUST_CHECK;

/* Phase 1: first `block` octets of HASH(g^xi | g^xr), public values as sent. */
int skeyid_iv_phase1(enum prf_hash hash, struct bytes gxi, struct bytes gxr, uint8_t *iv,
		     size_t block) GV_MUST_CHECK;
/* Phase 2: first `block` octets of HASH(last phase 1 ciphertext block | M-ID). */
int skeyid_iv_phase2(enum prf_hash hash, struct bytes last, uint32_t mid, uint8_t *iv,
		     size_t block) GV_MUST_CHECK;

/* HASH_I (initiator true) or HASH_R, prf_len() octets into out. sa_i: body of the initiator's SA
 * payload in both; id: body of the ID payload of the side that authenticates. */
struct skeyid_auth {
	struct bytes gxi, gxr, cky_i, cky_r, sa_i, id;
};
int skeyid_hash_auth(const struct skeyid *k, bool initiator, const struct skeyid_auth *a,
		     uint8_t *out) GV_MUST_CHECK;

#endif
