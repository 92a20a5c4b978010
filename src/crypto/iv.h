/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IVs. Counter modes: sender ID in the upper bits, a counter below (RFC 6054), so that no two
 * members of a group ever use one (key, IV) twice. CBC: unpredictable, from a generator of the
 * worker's own.
 */
#ifndef CRYPTO_IV_H
#define CRYPTO_IV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* ---- sender-ID counter ------------------------------------------------------------------ */

/* The share of a sender: IV = base | n, n from 1 to max. max 0: none, it must not send. */
struct iv_sender {
	uint64_t base;
	uint64_t max;
};

/*
 * Worker `index` of `n_workers` with the sender IDs of a registration (sid_bits wide). One for
 * each worker: the whole counter is its own. Fewer: workers share an ID and the upper bits of its
 * counter hold the worker's index.
 */
struct iv_sender iv_sender_make(unsigned int index, unsigned int n_workers, unsigned int sid_bits,
				const uint32_t *sids, unsigned int n_sids);

/* ---- unpredictable IVs ------------------------------------------------------------------ */

#define IV_POOL 32 /* IVs made at once */

/* AES-128 in counter mode under a random key that nobody but this worker knows: what it makes
 * cannot be told from random without the key, and no octet is handed out twice. */
struct iv_maker {
	uint8_t pool[IV_POOL][16];
	unsigned int used; /* of the pool */
	void *cipher;
};

int iv_maker_init(struct iv_maker *m) GV_MUST_CHECK;
void iv_maker_fini(struct iv_maker *m); /* wipes */
void iv_maker_refill(struct iv_maker *m);

static inline const uint8_t *iv_maker_next(struct iv_maker *m)
{
	if (m->used == IV_POOL)
		iv_maker_refill(m);
	return m->pool[m->used++];
}

#endif
