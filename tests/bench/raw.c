/* SPDX-License-Identifier: BSD-3-Clause */
/* The bare library: direct calls for GCM, cipher burst and hash burst for CBC and NULL, jobs for
 * 3DES. Everything that can be prepared is. */
#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "bench.h"

struct raw {
	IMB_MGR *m;
	const struct suite *suite;
	bool inbound;
	struct gcm_key_data gcm __attribute__((aligned(64)));
	struct gcm_context_data ctx;
	uint8_t enc[15 * 16] __attribute__((aligned(16))),
		dec[15 * 16] __attribute__((aligned(16)));
	uint64_t des[3][16];
	const void *des_p[3];
	uint8_t ipad[64] __attribute__((aligned(16))), opad[64] __attribute__((aligned(16)));
	uint8_t nonce[BENCH_BUFS][16], tag[BENCH_BUFS][32];
	uint8_t *esp[BENCH_BUFS];
	uint32_t text_len[BENCH_BUFS];
	IMB_JOB job[BENCH_BURST];
};

static void pads(struct raw *r)
{
	uint8_t block[64];

	for (unsigned int i = 0; i < 2; i++) {
		uint8_t *out = i == 0 ? r->ipad : r->opad;

		memset(block, i == 0 ? 0x36 : 0x5c, sizeof(block));
		for (unsigned int k = 0; k < r->suite->auth_key_len; k++)
			block[k] ^= bench_key[k];
		if (r->suite->auth == SUITE_AUTH_SHA1)
			IMB_SHA1_ONE_BLOCK(r->m, block, out);
		else
			IMB_SHA256_ONE_BLOCK(r->m, block, out);
	}
}

static void keys(struct raw *r)
{
	switch (r->suite->cipher) {
	case SUITE_CIPHER_NULL:
		break;
	case SUITE_CIPHER_3DES_CBC:
		for (unsigned int i = 0; i < 3; i++) {
			IMB_DES_KEYSCHED(r->m, r->des[i], bench_key + 8 * i);
			r->des_p[i] = r->des[i];
		}
		break;
	case SUITE_CIPHER_AES_CBC:
		if (r->suite->key_len == 16)
			IMB_AES_KEYEXP_128(r->m, bench_key, r->enc, r->dec);
		else if (r->suite->key_len == 24)
			IMB_AES_KEYEXP_192(r->m, bench_key, r->enc, r->dec);
		else
			IMB_AES_KEYEXP_256(r->m, bench_key, r->enc, r->dec);
		break;
	case SUITE_CIPHER_AES_GCM:
		if (r->suite->key_len == 16)
			IMB_AES128_GCM_PRE(r->m, bench_key, &r->gcm);
		else
			IMB_AES256_GCM_PRE(r->m, bench_key, &r->gcm);
		break;
	}
}

int raw_new(struct raw **out, const struct bench_options *o)
{
	struct raw *r = aligned_alloc(64, (sizeof(*r) + 63) & ~(size_t)63);

	if (r == NULL)
		return -ENOMEM;
	memset(r, 0, sizeof(*r));
	r->suite = o->suite;
	r->inbound = o->inbound;
	r->m = alloc_mb_mgr(0);
	if (r->m == NULL) {
		free(r);
		return -ENOMEM;
	}
	init_mb_mgr_auto(r->m, NULL);
	keys(r);
	if (o->suite->auth != SUITE_AUTH_NONE)
		pads(r);
	*out = r;
	return 0;
}

void raw_free(struct raw *r)
{
	free_mb_mgr(r->m);
	free(r);
}

static void gcm(struct raw *r, unsigned int first)
{
	bool small = r->suite->key_len == 16;
	aes_gcm_enc_dec_t fn = r->inbound ? (small ? r->m->gcm128_dec : r->m->gcm256_dec)
					  : (small ? r->m->gcm128_enc : r->m->gcm256_enc);

	for (unsigned int i = first; i < first + BENCH_BURST; i++) {
		uint8_t *text = r->esp[i] + 16;

		fn(&r->gcm, &r->ctx, text, text, r->text_len[i], r->nonce[i], r->esp[i], 8,
		   r->tag[i], 16);
	}
}

static void cipher(struct raw *r, unsigned int first)
{
	const struct suite *s = r->suite;
	IMB_CIPHER_DIRECTION dir = r->inbound ? IMB_DIR_DECRYPT : IMB_DIR_ENCRYPT;

	for (unsigned int i = 0; i < BENCH_BURST; i++) {
		IMB_JOB *j =
			s->cipher == SUITE_CIPHER_AES_CBC ? &r->job[i] : IMB_GET_NEXT_JOB(r->m);

		j->src = r->esp[first + i];
		j->dst = r->esp[first + i] + 8 + s->iv_len;
		j->cipher_start_src_offset_in_bytes = 8u + s->iv_len;
		j->msg_len_to_cipher_in_bytes = r->text_len[first + i];
		j->iv = r->esp[first + i] + 8;
		j->iv_len_in_bytes = s->iv_len;
		j->key_len_in_bytes = s->key_len;
		j->cipher_direction = dir;
		j->enc_keys = r->enc;
		j->dec_keys = r->dec;
		j->cipher_mode = IMB_CIPHER_CBC;
		if (s->cipher == SUITE_CIPHER_AES_CBC)
			continue;
		j->cipher_mode = IMB_CIPHER_DES3;
		j->enc_keys = j->dec_keys = r->des_p;
		j->chain_order = r->inbound ? IMB_ORDER_HASH_CIPHER : IMB_ORDER_CIPHER_HASH;
		j->hash_alg = IMB_AUTH_NULL;
		IMB_SUBMIT_JOB_NOCHECK(r->m);
	}
	if (s->cipher == SUITE_CIPHER_AES_CBC)
		IMB_SUBMIT_CIPHER_BURST_NOCHECK(r->m, r->job, BENCH_BURST, IMB_CIPHER_CBC, dir,
						s->key_len);
	else
		while (IMB_FLUSH_JOB(r->m) != NULL)
			;
}

static void hash(struct raw *r, unsigned int first)
{
	const struct suite *s = r->suite;
	IMB_HASH_ALG alg = s->auth == SUITE_AUTH_SHA1 ? IMB_AUTH_HMAC_SHA_1 : IMB_AUTH_HMAC_SHA_256;

	for (unsigned int i = 0; i < BENCH_BURST; i++) {
		IMB_JOB *j = &r->job[i];

		j->src = r->esp[first + i];
		j->hash_start_src_offset_in_bytes = 0;
		j->msg_len_to_hash_in_bytes = 8u + s->iv_len + r->text_len[first + i];
		j->hash_alg = alg;
		j->u.HMAC._hashed_auth_key_xor_ipad = r->ipad;
		j->u.HMAC._hashed_auth_key_xor_opad = r->opad;
		j->auth_tag_output = r->tag[first + i];
		j->auth_tag_output_len_in_bytes = s->icv_len;
	}
	IMB_SUBMIT_HASH_BURST_NOCHECK(r->m, r->job, BENCH_BURST, alg);
}

static void one_burst(struct raw *r, unsigned int first)
{
	if (r->suite->cipher == SUITE_CIPHER_AES_GCM) {
		gcm(r, first);
		return;
	}
	if (r->inbound)
		hash(r, first);
	if (r->suite->cipher != SUITE_CIPHER_NULL)
		cipher(r, first);
	if (!r->inbound)
		hash(r, first);
}

double raw_measure(struct raw *r, const struct path *p, uint64_t cycles)
{
	uint64_t end, best = UINT64_MAX;

	for (unsigned int i = 0; i < BENCH_BUFS; i++)
		r->esp[i] = path_esp(p, i, &r->text_len[i]);
	end = rte_rdtsc() + cycles;
	do {
		uint64_t sum = 0, t;

		for (unsigned int i = 0; i < BENCH_BATCH; i++) {
			t = rte_rdtsc_precise();
			one_burst(r, i % 2 * BENCH_BURST);
			sum += rte_rdtsc_precise() - t;
		}
		best = GV_MIN(best, sum);
	} while (rte_rdtsc() < end);
	return (double)best / (BENCH_BATCH * BENCH_BURST);
}
