/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An observer of a GDOI session that knows its secrets: it is shown every datagram in order,
 * decrypts, decodes, encodes and encrypts again, and recomputes every key, hash and signature
 * from first principles with the code of this tree.
 */
#ifndef TESTS_GOLD_SESSION_H
#define TESTS_GOLD_SESSION_H

#include "base/secret.h"
#include "control/wire/isakmp.h"
#include "crypto/cbc.h"
#include "crypto/sign.h"
#include "crypto/skeyid.h"

#define GOLD_MESSAGES_MAX  256
#define GOLD_EXCHANGES_MAX 32
#define GOLD_KEKS_MAX      32
#define GOLD_TEKS_MAX      256

struct gold_secrets {
	struct bytes psk;
	struct bytes xi, xr; /* Diffie-Hellman exponents; both empty: gxy is given */
	struct bytes gxy;
	struct sign_key *rsa;    /* signs the pushes; NULL: signatures are only verified */
	struct sign_key *auth_i; /* phase 1 signatures, likewise */
	struct sign_key *auth_r;
};

/* What one datagram was found to be. */
struct gold_step {
	struct isakmp_hdr hdr;
	struct pld_chain chain;
	uint8_t iv[CBC_BLOCK_MAX]; /* it was decrypted from */
	size_t block;              /* 0: it came in clear */
	struct bytes plain;        /* after the header, padding included */
	size_t used;               /* of it, without padding */
	const char *hash_name;     /* NULL: it has none */
	uint8_t hash[PRF_MAX];     /* recomputed; of a push: what its signature is over */
	size_t hash_len;
	enum sign_form form;  /* SIGN_BAD: it has no signature */
	size_t hashed_length; /* of a push: header length under the signature */
};

struct gold_exchange { /* phase 2 */
	uint32_t mid;
	uint8_t exchange;
	unsigned int n; /* messages so far */
	uint8_t iv0[CBC_BLOCK_MAX], iv[CBC_BLOCK_MAX];
	struct bytes ni, nr; /* bodies */
	uint8_t hash[4][PRF_MAX];
};

struct gold_kek {
	uint8_t spi[ISAKMP_SPI_LEN];
	enum cbc_cipher cipher;
	enum prf_hash sig_hash;
	struct bytes iv, key;
	struct sign_key *public;
};

struct gold_tek {
	uint32_t spi;
	struct bytes cipher_key, integrity_key;
};

struct gold_counts {
	unsigned int messages, encrypted, payloads, keys, hashes, signatures;
};

struct gold_session {
	const struct gold_secrets *secrets;
	/* phase 1 */
	unsigned int n_main;
	uint8_t cky_i[ISAKMP_COOKIE_LEN], cky_r[ISAKMP_COOKIE_LEN];
	struct bytes sa_i, gxi, gxr, ni, nr;
	uint32_t auth, group;
	enum prf_hash hash;
	enum cbc_cipher cipher;
	size_t key_len;
	struct skeyid k;
	struct secret *gxy, *key;
	uint8_t iv0[CBC_BLOCK_MAX], iv[CBC_BLOCK_MAX];
	uint8_t hash_i[PRF_MAX], hash_r[PRF_MAX];
	/* phase 2, rekey */
	struct gold_exchange exchanges[GOLD_EXCHANGES_MAX];
	unsigned int n_exchanges;
	struct gold_kek sak; /* of the last SAK: SPI and algorithms */
	struct gold_kek keks[GOLD_KEKS_MAX];
	unsigned int n_keks;
	struct gold_tek teks[GOLD_TEKS_MAX];
	unsigned int n_teks;
	struct gold_counts counts;
	void *buffers[GOLD_MESSAGES_MAX]; /* plaintexts, which everything above borrows from */
	unsigned int n_buffers;
};

void gold_session_init(struct gold_session *s, const struct gold_secrets *secrets);
void gold_session_clear(struct gold_session *s);
/* The datagram must live as long as the session. */
int gold_session_feed(struct gold_session *s, struct bytes msg, struct gold_step *out,
		      struct err_text *e) GV_MUST_CHECK;

/* Parts of the above, for vectors that are not whole sessions. */

/* SKEYID and the IVs out of what the session holds of phase 1. */
int gold_derive(struct gold_session *s, struct err_text *e) GV_MUST_CHECK;
/* Message n (from 1) of a pull whose payloads are `plain`. */
int gold_check_pull(struct gold_session *s, struct gold_exchange *x, unsigned int n,
		    struct bytes plain, struct gold_step *st, struct err_text *e) GV_MUST_CHECK;
/* Remembers the KEKs and TEKs of a decoded message. */
int gold_learn(struct gold_session *s, const struct pld_chain *c, struct err_text *e) GV_MUST_CHECK;
int gold_check_push(struct gold_session *s, struct bytes msg, struct gold_step *st,
		    struct err_text *e) GV_MUST_CHECK;

struct gold_lock {
	enum cbc_cipher cipher;
	struct bytes key;
	uint8_t *iv; /* moved on */
};
/* Decrypts msg into st->chain, encodes and encrypts it again: the same octets. */
int gold_open(struct gold_session *s, struct bytes msg, enum pld_context context,
	      const struct gold_lock *lock, struct gold_step *st, struct err_text *e) GV_MUST_CHECK;
/* Decodes a chain and encodes it again: the same octets. */
int gold_recode(struct gold_session *s, enum pld_context context, uint8_t first, struct bytes b,
		struct pld_chain *c, struct err_text *e) GV_MUST_CHECK;

#endif
