/* SPDX-License-Identifier: BSD-3-Clause */
/* Sender-ID counters and unpredictable IVs. */
#include "crypto/iv.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/secret.h"

static unsigned int bits_for(unsigned int n)
{
	unsigned int b = 0;

	while ((1u << b) < n)
		b++;
	return b;
}

struct iv_sender iv_sender_make(unsigned int index, unsigned int n_workers, unsigned int sid_bits,
				const uint32_t *sids, unsigned int n_sids)
{
	unsigned int split = n_sids >= n_workers ? 0 : bits_for(n_workers);
	unsigned int count_bits = 64 - sid_bits - split;
	uint64_t sid;

	gv_assert(index < n_workers && sid_bits <= 32);
	if (n_sids == 0 || sid_bits == 0)
		return (struct iv_sender){0};
	sid = sids[index % n_sids];
	if (sid >> sid_bits != 0)
		return (struct iv_sender){0};
	return (struct iv_sender){
		.base = sid << (64 - sid_bits) | (split > 0 ? (uint64_t)index << count_bits : 0),
		.max = (UINT64_C(1) << count_bits) - 1,
	};
}

int iv_maker_init(struct iv_maker *m)
{
	uint8_t key[16], counter[16];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int rc = -ENOMEM;

	if (c != NULL && RAND_priv_bytes(key, sizeof(key)) == 1 &&
	    RAND_priv_bytes(counter, sizeof(counter)) == 1 &&
	    EVP_EncryptInit_ex(c, EVP_aes_128_ctr(), NULL, key, counter) == 1) {
		m->cipher = c;
		m->used = IV_POOL;
		c = NULL;
		rc = 0;
	}
	EVP_CIPHER_CTX_free(c);
	secret_wipe(key, sizeof(key));
	secret_wipe(counter, sizeof(counter));
	return rc;
}

void iv_maker_fini(struct iv_maker *m)
{
	EVP_CIPHER_CTX_free(m->cipher);
	secret_wipe(m, sizeof(*m));
}

void iv_maker_refill(struct iv_maker *m)
{
	static const uint8_t zero[IV_POOL * 16];
	int len;

	gv_assert(EVP_EncryptUpdate(m->cipher, m->pool[0], &len, zero, sizeof(zero)) == 1);
	m->used = 0;
}
