/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * intel-ipsec-mb. GCM by the direct calls (half the cost of a job at 64 octets); CBC and NULL
 * with HMAC by a cipher burst and a hash burst over up to 32 packets, unchecked because every
 * field is ours. 3DES has no burst: jobs where AVX-512 runs sixteen of them side by side, OpenSSL
 * elsewhere, where the library's constant-time code takes thousands of cycles an octet.
 */
#include <intel-ipsec-mb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/bulk_engine.h"

#define HMAC_BLOCK 64 /* SHA-1 and SHA-256 */
#define TAG_MAX    32

struct aes_schedule {
	uint8_t enc[15 * 16], dec[15 * 16] __attribute__((aligned(16)));
};

struct des_schedule {
	uint64_t k[3][IMB_DES_KEY_SCHED_SIZE / 8];
	const void *p[3];
};

struct imb_key {
	struct bulk_key base;
	uint32_t salt;
	uint8_t ipad[32], opad[32] __attribute__((aligned(16)));
	struct bulk_key *slow; /* OpenSSL does this one */
	union {
		struct gcm_key_data gcm;
		struct aes_schedule aes;
		struct des_schedule des;
	} c __attribute__((aligned(64)));
};

struct imb {
	struct bulk base;
	IMB_MGR *m;
	struct bulk *slow;
	char text[64];
	struct gcm_context_data gcm_ctx;
	uint8_t nonce[BULK_CHUNK][16];
	uint8_t tag[BULK_CHUNK][TAG_MAX];
	IMB_JOB job[BULK_CHUNK];
};

static const struct imb_key *key_of(const struct bulk_op *op)
{
	return (const struct imb_key *)op->key;
}

/* ---- engine ------------------------------------------------------------------------------- */

static const char *arch_name(const IMB_MGR *m)
{
	switch (m->used_arch) {
	case IMB_ARCH_AVX512:
		return "AVX512";
	case IMB_ARCH_AVX2:
		return "AVX2";
	case IMB_ARCH_AVX:
		return "AVX";
	case IMB_ARCH_SSE:
		return "SSE";
	default:
		return "no AESNI";
	}
}

static void engine_free(struct bulk *base)
{
	struct imb *b = (struct imb *)base;

	bulk_free(b->slow);
	if (b->m != NULL)
		free_mb_mgr(b->m);
	secret_wipe(b, sizeof(*b));
	free(b);
}

static int engine_new(struct bulk **out, struct err_text *e)
{
	struct imb *b = aligned_alloc(64, (sizeof(*b) + 63) & ~(size_t)63);
	int rc = -ENOMEM;

	if (b == NULL)
		return -ENOMEM;
	memset(b, 0, sizeof(*b));
	b->base.v = &bulk_imb;
	b->m = alloc_mb_mgr(0);
	if (b->m == NULL)
		goto fail;
	init_mb_mgr_auto(b->m, NULL);
	if ((b->m->features & IMB_FEATURE_SELF_TEST) &&
	    !(b->m->features & IMB_FEATURE_SELF_TEST_PASS)) {
		rc = err_set(e, -ENOTSUP, "the self-test of intel-ipsec-mb failed");
		goto fail;
	}
	snprintf(b->text, sizeof(b->text), "intel-ipsec-mb %s %s", imb_get_version_str(),
		 arch_name(b->m));
	if (b->m->used_arch != IMB_ARCH_AVX512) {
		rc = bulk_ossl.engine_new(&b->slow, e);
		if (rc < 0)
			goto fail;
	}
	*out = &b->base;
	return 0;
fail:
	engine_free(&b->base);
	return rc;
}

static const char *describe(const struct bulk *base)
{
	return ((const struct imb *)base)->text;
}

static bool is_slow(const struct bulk *base, enum suite_id id)
{
	return ((const struct imb *)base)->slow != NULL &&
	       suite_get(id)->cipher == SUITE_CIPHER_3DES_CBC;
}

/* ---- keys --------------------------------------------------------------------------------- */

static void hmac_half(IMB_MGR *m, const struct suite *s, const uint8_t *auth, uint8_t x,
		      uint8_t *out)
{
	uint8_t block[HMAC_BLOCK];

	memset(block, x, sizeof(block));
	for (unsigned int i = 0; i < s->auth_key_len; i++)
		block[i] ^= auth[i];
	if (s->auth == SUITE_AUTH_SHA1)
		IMB_SHA1_ONE_BLOCK(m, block, out);
	else
		IMB_SHA256_ONE_BLOCK(m, block, out);
	secret_wipe(block, sizeof(block));
}

static void expand_aes(IMB_MGR *m, struct aes_schedule *a, const uint8_t *key, unsigned int len)
{
	if (len == 16)
		IMB_AES_KEYEXP_128(m, key, a->enc, a->dec);
	else if (len == 24)
		IMB_AES_KEYEXP_192(m, key, a->enc, a->dec);
	else
		IMB_AES_KEYEXP_256(m, key, a->enc, a->dec);
}

static void expand_gcm(IMB_MGR *m, struct imb_key *k, const uint8_t *key)
{
	unsigned int len = k->base.suite->key_len;

	memcpy(&k->salt, key + len, sizeof(k->salt));
	if (len == 16)
		IMB_AES128_GCM_PRE(m, key, &k->c.gcm);
	else
		IMB_AES256_GCM_PRE(m, key, &k->c.gcm);
}

static void expand_des(IMB_MGR *m, struct des_schedule *d, const uint8_t *key)
{
	for (unsigned int i = 0; i < 3; i++) {
		IMB_DES_KEYSCHED(m, d->k[i], key + 8 * i);
		d->p[i] = d->k[i];
	}
}

static void key_expand(struct imb_key *k, IMB_MGR *m, const uint8_t *key, const uint8_t *auth)
{
	const struct suite *s = k->base.suite;

	if (s->auth != SUITE_AUTH_NONE) {
		hmac_half(m, s, auth, 0x36, k->ipad);
		hmac_half(m, s, auth, 0x5c, k->opad);
	}
	switch (s->cipher) {
	case SUITE_CIPHER_NULL:
		break;
	case SUITE_CIPHER_3DES_CBC:
		expand_des(m, &k->c.des, key);
		break;
	case SUITE_CIPHER_AES_CBC:
		expand_aes(m, &k->c.aes, key, s->key_len);
		break;
	case SUITE_CIPHER_AES_GCM:
		expand_gcm(m, k, key);
		break;
	}
}

static void key_free(struct bulk_key *base)
{
	struct imb_key *k = (struct imb_key *)base;

	bulk_key_free(k->slow);
	secret_wipe(k, sizeof(*k));
	free(k);
}

static int key_new(struct bulk_key **out, struct bulk *base, const struct suite *s,
		   const uint8_t *key, const uint8_t *auth)
{
	struct imb *b = (struct imb *)base;
	struct imb_key *k = aligned_alloc(64, (sizeof(*k) + 63) & ~(size_t)63);
	int rc = 0;

	if (k == NULL)
		return -ENOMEM;
	memset(k, 0, sizeof(*k));
	k->base = (struct bulk_key){.v = &bulk_imb, .suite = s};
	if (is_slow(base, s->id))
		rc = bulk_ossl.key_new(&k->slow, b->slow, s, key, auth);
	else
		key_expand(k, b->m, key, auth);
	if (rc < 0) {
		key_free(&k->base);
		return rc;
	}
	*out = &k->base;
	return 0;
}

/* ---- GCM ---------------------------------------------------------------------------------- */

/* All nonces first: the cipher loads 16 octets at once, and a load that spans two stores still on
 * their way waits for both. */
static void gcm_nonces(struct imb *b, const struct bulk_op *ops, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		memcpy(b->nonce[i], &key_of(&ops[i])->salt, 4);
		memcpy(b->nonce[i] + 4, ops[i].esp + BULK_SEQ_END, 8);
	}
}

static void gcm_seal(struct imb *b, struct bulk_op *ops, unsigned int n)
{
	aes_gcm_enc_dec_t fn =
		ops[0].key->suite->key_len == 16 ? b->m->gcm128_enc : b->m->gcm256_enc;

	gcm_nonces(b, ops, n);
	for (unsigned int i = 0; i < n; i++) {
		uint8_t *text = ops[i].esp + BULK_SEQ_END + 8;

		fn(&key_of(&ops[i])->c.gcm, &b->gcm_ctx, text, text, ops[i].text_len, b->nonce[i],
		   ops[i].esp, BULK_SEQ_END, text + ops[i].text_len, 16);
	}
}

static void gcm_open(struct imb *b, struct bulk_op *ops, unsigned int n)
{
	aes_gcm_enc_dec_t fn =
		ops[0].key->suite->key_len == 16 ? b->m->gcm128_dec : b->m->gcm256_dec;

	gcm_nonces(b, ops, n);
	for (unsigned int i = 0; i < n; i++) {
		uint8_t *text = ops[i].esp + BULK_SEQ_END + 8;

		fn(&key_of(&ops[i])->c.gcm, &b->gcm_ctx, text, text, ops[i].text_len, b->nonce[i],
		   ops[i].esp, BULK_SEQ_END, b->tag[i], 16);
	}
	for (unsigned int i = 0; i < n; i++)
		ops[i].ok = secret_mem_equal(b->tag[i], bulk_icv(&ops[i]), 16);
}

/* ---- CBC and HMAC ------------------------------------------------------------------------- */

static void job_cipher(IMB_JOB *j, const struct bulk_op *op)
{
	const struct suite *s = op->key->suite;

	j->src = op->esp;
	j->dst = bulk_text(op);
	j->cipher_start_src_offset_in_bytes = BULK_SEQ_END + s->iv_len;
	j->msg_len_to_cipher_in_bytes = op->text_len;
	j->iv = op->esp + BULK_SEQ_END;
	j->iv_len_in_bytes = s->iv_len;
	j->key_len_in_bytes = s->key_len;
}

static void aes_burst(struct imb *b, struct bulk_op *ops, unsigned int n, IMB_CIPHER_DIRECTION dir)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct aes_schedule *a = &key_of(&ops[i])->c.aes;
		IMB_JOB *j = &b->job[i];

		job_cipher(j, &ops[i]);
		j->cipher_mode = IMB_CIPHER_CBC;
		j->cipher_direction = dir;
		j->enc_keys = a->enc;
		j->dec_keys = a->dec;
	}
	IMB_SUBMIT_CIPHER_BURST_NOCHECK(b->m, b->job, n, IMB_CIPHER_CBC, dir,
					ops[0].key->suite->key_len);
}

static void des_burst(struct imb *b, struct bulk_op *ops, unsigned int n, IMB_CIPHER_DIRECTION dir)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct des_schedule *d = &key_of(&ops[i])->c.des;
		IMB_JOB *j = IMB_GET_NEXT_JOB(b->m);

		memset(j, 0, sizeof(*j));
		job_cipher(j, &ops[i]);
		j->cipher_mode = IMB_CIPHER_DES3;
		j->cipher_direction = dir;
		j->chain_order =
			dir == IMB_DIR_ENCRYPT ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
		j->enc_keys = j->dec_keys = d->p;
		j->hash_alg = IMB_AUTH_NULL;
		IMB_SUBMIT_JOB_NOCHECK(b->m);
	}
	while (IMB_FLUSH_JOB(b->m) != NULL)
		;
}

static void cipher_burst(struct imb *b, struct bulk_op *ops, unsigned int n,
			 IMB_CIPHER_DIRECTION dir)
{
	if (ops[0].key->suite->cipher == SUITE_CIPHER_AES_CBC)
		aes_burst(b, ops, n, dir);
	else if (ops[0].key->suite->cipher == SUITE_CIPHER_3DES_CBC)
		des_burst(b, ops, n, dir);
}

/* to_packet: the tag goes behind the text, else to b->tag. */
static void hash_burst(struct imb *b, struct bulk_op *ops, unsigned int n, bool to_packet)
{
	IMB_HASH_ALG alg = ops[0].key->suite->auth == SUITE_AUTH_SHA1 ? IMB_AUTH_HMAC_SHA_1
								      : IMB_AUTH_HMAC_SHA_256;

	for (unsigned int i = 0; i < n; i++) {
		const struct imb_key *k = key_of(&ops[i]);
		IMB_JOB *j = &b->job[i];

		j->src = ops[i].esp;
		j->hash_start_src_offset_in_bytes = 0;
		j->msg_len_to_hash_in_bytes = bulk_covered(&ops[i]);
		j->hash_alg = alg;
		j->u.HMAC._hashed_auth_key_xor_ipad = k->ipad;
		j->u.HMAC._hashed_auth_key_xor_opad = k->opad;
		j->auth_tag_output = to_packet ? bulk_icv(&ops[i]) : b->tag[i];
		j->auth_tag_output_len_in_bytes = k->base.suite->icv_len;
	}
	IMB_SUBMIT_HASH_BURST_NOCHECK(b->m, b->job, n, alg);
}

static void hmac_open(struct imb *b, struct bulk_op *ops, unsigned int n)
{
	struct bulk_op good[BULK_CHUNK];
	unsigned int k = 0;

	hash_burst(b, ops, n, false);
	for (unsigned int i = 0; i < n; i++) {
		ops[i].ok =
			secret_mem_equal(b->tag[i], bulk_icv(&ops[i]), ops[i].key->suite->icv_len);
		if (ops[i].ok)
			good[k++] = ops[i];
	}
	if (k > 0)
		cipher_burst(b, good, k, IMB_DIR_DECRYPT);
}

/* ---- bursts ------------------------------------------------------------------------------- */

/* How many of the next packets share their suite; all, unless a rekey changes it. */
static unsigned int run_length(const struct bulk_op *ops, unsigned int n)
{
	unsigned int i = 1;

	n = GV_MIN(n, BULK_CHUNK);
	while (i < n && ops[i].key->suite == ops[0].key->suite)
		i++;
	return i;
}

static void slow_run(struct imb *b, struct bulk_op *ops, unsigned int n, bool sealing)
{
	for (unsigned int i = 0; i < n; i++) {
		struct bulk_op op = ops[i];

		op.key = key_of(&ops[i])->slow;
		if (sealing)
			bulk_ossl.seal(b->slow, &op, 1);
		else
			bulk_ossl.open(b->slow, &op, 1);
		ops[i].ok = op.ok;
	}
}

static void seal(struct bulk *base, struct bulk_op *ops, unsigned int n)
{
	struct imb *b = (struct imb *)base;

	while (n > 0) {
		unsigned int r = run_length(ops, n);

		if (ops[0].key->suite->cipher == SUITE_CIPHER_AES_GCM) {
			gcm_seal(b, ops, r);
		} else if (key_of(ops)->slow != NULL) {
			slow_run(b, ops, r, true);
		} else {
			cipher_burst(b, ops, r, IMB_DIR_ENCRYPT);
			hash_burst(b, ops, r, true);
		}
		ops += r;
		n -= r;
	}
}

static void open_burst(struct bulk *base, struct bulk_op *ops, unsigned int n)
{
	struct imb *b = (struct imb *)base;

	while (n > 0) {
		unsigned int r = run_length(ops, n);

		if (ops[0].key->suite->cipher == SUITE_CIPHER_AES_GCM)
			gcm_open(b, ops, r);
		else if (key_of(ops)->slow != NULL)
			slow_run(b, ops, r, false);
		else
			hmac_open(b, ops, r);
		ops += r;
		n -= r;
	}
}

const struct bulk_vtable bulk_imb = {
	.engine_new = engine_new,
	.engine_free = engine_free,
	.describe = describe,
	.is_slow = is_slow,
	.key_new = key_new,
	.key_free = key_free,
	.seal = seal,
	.open = open_burst,
};
