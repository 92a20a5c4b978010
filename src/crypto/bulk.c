/* SPDX-License-Identifier: BSD-3-Clause */
/* One engine or the other. */
#include "crypto/bulk.h"

#include "crypto/bulk_engine.h"

#include <stddef.h>

int bulk_new(struct bulk **out, enum bulk_engine engine, struct err_text *e)
{
	const struct bulk_vtable *v = engine == BULK_IMB ? &bulk_imb : &bulk_ossl;

	return v->engine_new(out, e);
}

void bulk_free(struct bulk *b)
{
	if (b != NULL)
		b->v->engine_free(b);
}

const char *bulk_describe(const struct bulk *b)
{
	return b->v->describe(b);
}

bool bulk_is_slow(const struct bulk *b, enum suite_id id)
{
	return b->v->is_slow(b, id);
}

int bulk_key_new(struct bulk_key **out, struct bulk *b, enum suite_id id, const uint8_t *key,
		 const uint8_t *auth)
{
	return b->v->key_new(out, b, suite_get(id), key, auth);
}

void bulk_key_free(struct bulk_key *k)
{
	if (k != NULL)
		k->v->key_free(k);
}

void bulk_seal(struct bulk *b, struct bulk_op *ops, unsigned int n)
{
	b->v->seal(b, ops, n);
}

void bulk_open(struct bulk *b, struct bulk_op *ops, unsigned int n)
{
	b->v->open(b, ops, n);
}
