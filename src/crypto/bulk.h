/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packet suites in bulk: encrypts and authenticates, or verifies and decrypts, many ESP packets a
 * call. Two engines behind one interface: intel-ipsec-mb, and OpenSSL as its oracle in tests.
 *
 * An engine belongs to one thread. A key is expanded once and read by all.
 */
#ifndef CRYPTO_BULK_H
#define CRYPTO_BULK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/suite.h"

struct bulk;
struct bulk_key;

enum bulk_engine { BULK_IMB, BULK_OSSL };

/* -ENOTSUP with a sentence when the library's self-test failed. */
int bulk_new(struct bulk **out, enum bulk_engine engine, struct err_text *e) GV_MUST_CHECK;
void bulk_free(struct bulk *b); /* wipes; NULL is fine */
/* "intel-ipsec-mb 1.3.0 AVX512" */
const char *bulk_describe(const struct bulk *b);
/* The suite runs on OpenSSL inside this engine, because the library would be hundreds of times
 * slower on this processor (3DES without AVX-512). */
bool bulk_is_slow(const struct bulk *b, enum suite_id id);

/* key: cipher key, then the salt of counter modes. Lengths are those of the suite. */
int bulk_key_new(struct bulk_key **out, struct bulk *b, enum suite_id id, const uint8_t *key,
		 const uint8_t *auth) GV_MUST_CHECK;
void bulk_key_free(struct bulk_key *k); /* wipes; NULL is fine */

/* One ESP packet: SPI(4) SEQ(4) IV text ICV, in one piece. */
struct bulk_op {
	const struct bulk_key *key;
	uint8_t *esp;      /* at the SPI; the IV is in place when sealing */
	uint32_t text_len; /* octets between IV and ICV, a multiple of the suite's block */
	bool ok;           /* out of bulk_open: the ICV was right and the text is plain */
};

/* Encrypts the text in place and writes the ICV behind it. */
void bulk_seal(struct bulk *b, struct bulk_op *ops, unsigned int n);
/* Verifies; decrypts in place what is right. The text of a wrong one is undefined. */
void bulk_open(struct bulk *b, struct bulk_op *ops, unsigned int n);

#endif
