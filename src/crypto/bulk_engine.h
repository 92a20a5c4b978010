/* SPDX-License-Identifier: BSD-3-Clause */
/* What an engine of crypto/bulk.h implements. */
#ifndef CRYPTO_BULK_ENGINE_H
#define CRYPTO_BULK_ENGINE_H

#include "crypto/bulk.h"

#define BULK_CHUNK 32 /* packets handed to the library at once */

struct bulk_vtable {
	int (*engine_new)(struct bulk **out, struct err_text *e);
	void (*engine_free)(struct bulk *b);
	const char *(*describe)(const struct bulk *b);
	bool (*is_slow)(const struct bulk *b, enum suite_id id);
	int (*key_new)(struct bulk_key **out, struct bulk *b, const struct suite *s,
		       const uint8_t *key, const uint8_t *auth);
	void (*key_free)(struct bulk_key *k);
	void (*seal)(struct bulk *b, struct bulk_op *ops, unsigned int n);
	void (*open)(struct bulk *b, struct bulk_op *ops, unsigned int n);
};

/* First member of an engine and of a key. */
struct bulk {
	const struct bulk_vtable *v;
};

struct bulk_key {
	const struct bulk_vtable *v;
	const struct suite *suite;
};

extern const struct bulk_vtable bulk_imb, bulk_ossl;

#define BULK_SEQ_END 8 /* SPI and sequence number */

static inline uint8_t *bulk_text(const struct bulk_op *op)
{
	return op->esp + BULK_SEQ_END + op->key->suite->iv_len;
}

static inline uint8_t *bulk_icv(const struct bulk_op *op)
{
	return bulk_text(op) + op->text_len;
}

/* What a separate authenticator covers: everything up to the ICV. */
static inline uint32_t bulk_covered(const struct bulk_op *op)
{
	return BULK_SEQ_END + op->key->suite->iv_len + op->text_len;
}

#endif
