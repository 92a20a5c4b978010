/* SPDX-License-Identifier: BSD-3-Clause */
/* HMAC and hash against RFC 2202, RFC 4231 and RFC 4868; SKEYID and IVs; CBC against NIST. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/cbc.h"
#include "crypto/skeyid.h"
#include "hex.h"

static void assert_hex(const void *got, const char *want)
{
	uint8_t octets[512];
	size_t len = hex_read(octets, sizeof(octets), want);

	assert_memory_equal(got, octets, len);
}

/* ---- prf -------------------------------------------------------------------------------- */

static void hmac_matches_the_rfcs(void **state)
{
	static const struct {
		enum prf_hash hash;
		uint8_t key_octet;
		size_t key_len;
		const char *data, *mac; /* the mac may be truncated */
	} rows[] = {
		{PRF_MD5, 0x0b, 16, "Hi There", "9294727a3638bb1c13f48ef8158bfc9d"},
		{PRF_SHA1, 0x0b, 20, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
		{PRF_SHA256, 0x0b, 32, "Hi There", "198a607eb44bfbc69903a0f1cf2bbdc5"},
		{PRF_SHA384, 0x0b, 48, "Hi There",
		 "b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee973"},
		{PRF_SHA512, 0x0b, 64, "Hi There",
		 "637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8"},
	};

	for (size_t i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		uint8_t key[64], out[PRF_MAX];
		struct bytes data = bytes_of(rows[i].data, strlen(rows[i].data));

		memset(key, rows[i].key_octet, sizeof(key));
		assert_int_equal(prf(rows[i].hash, bytes_of(key, rows[i].key_len), &data, 1, out),
				 0);
		assert_hex(out, rows[i].mac);
	}
}

static void parts_are_one_message(void **state)
{
	const struct bytes whole = bytes_of("what do ya want for nothing?", 28);
	const struct bytes parts[] = {bytes_of("what do ya ", 11), bytes_of(NULL, 0),
				      bytes_of("want for nothing?", 17)};
	uint8_t a[PRF_MAX], b[PRF_MAX];

	assert_int_equal(prf(PRF_SHA256, bytes_of("Jefe", 4), &whole, 1, a), 0);
	assert_int_equal(prf(PRF_SHA256, bytes_of("Jefe", 4), parts, 3, b), 0);
	assert_hex(a, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_memory_equal(a, b, 32);
	assert_int_equal(prf_digest(PRF_SHA256, &whole, 1, a), 0);
	assert_int_equal(prf_digest(PRF_SHA256, parts, 3, b), 0);
	assert_memory_equal(a, b, 32);
}

static void an_empty_key_is_a_key(void **state)
{
	uint8_t out[PRF_MAX];

	/* HMAC with no key over no message. */
	assert_int_equal(prf(PRF_SHA256, bytes_of(NULL, 0), NULL, 0, out), 0);
	assert_hex(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void hashes_match(void **state)
{
	static const char *const abc[PRF_COUNT] = {
		[PRF_MD5] = "900150983cd24fb0d6963f7d28e17f72",
		[PRF_SHA1] = "a9993e364706816aba3e25717850c26c9cd0d89d",
		[PRF_SHA256] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		[PRF_SHA384] = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163",
		[PRF_SHA512] = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2",
	};
	const struct bytes data = bytes_of("abc", 3);

	for (int h = 0; h < PRF_COUNT; h++) {
		uint8_t out[PRF_MAX];

		assert_int_equal(prf_digest((enum prf_hash)h, &data, 1, out), 0);
		assert_hex(out, abc[h]);
	}
}

/* ---- SKEYID ----------------------------------------------------------------------------- */

/* Inputs that count up: nonces, cookies, the shared secret, the public values. */
struct inputs {
	uint8_t ni[16], nr[20], gxy[256], cky_i[8], cky_r[8], gxi[256], gxr[256], last[16];
};

static void count_up(uint8_t *p, size_t len, uint8_t from)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(from + i);
}

static struct skeyid_input inputs_make(struct inputs *x)
{
	count_up(x->ni, sizeof(x->ni), 0x10);
	count_up(x->nr, sizeof(x->nr), 0x40);
	count_up(x->gxy, sizeof(x->gxy), 0x01);
	count_up(x->cky_i, sizeof(x->cky_i), 0xa0);
	count_up(x->cky_r, sizeof(x->cky_r), 0xb0);
	count_up(x->gxi, sizeof(x->gxi), 0x80);
	count_up(x->gxr, sizeof(x->gxr), 0x81);
	count_up(x->last, sizeof(x->last), 0xc0);
	return (struct skeyid_input){
		.cky_i = bytes_of(x->cky_i, sizeof(x->cky_i)),
		.cky_r = bytes_of(x->cky_r, sizeof(x->cky_r)),
		.ni = bytes_of(x->ni, sizeof(x->ni)),
		.nr = bytes_of(x->nr, sizeof(x->nr)),
		.gxy = bytes_of(x->gxy, sizeof(x->gxy)),
		.psk = bytes_of("open-getvpn-psk", 15),
	};
}

static void keys_and_ivs_match(void **state)
{
	static const struct {
		enum prf_hash hash;
		size_t key_len;
		const char *skeyid, *a, *e, *key, *iv0, *iv2;
	} rows[] = {
		{PRF_SHA1, 32, "79f0de4b04b100626a43d099c769eb7d825d2130",
		 "35c7469d024cbe5e850d2bbf30adbee9e0d2676a",
		 "381a3108be845feb912ef1f26f84ae3d80afe94b",
		 "f3f322677f348f069b7e86179e137408d236784773089b5a9ea23d13918b9f37",
		 "0d890cd0b71da130247a6202ea716409", "c7b938d5e4ce35be8604669a8c74fc4f"},
		{PRF_SHA256, 16, "1ffdf5a1896bdc8ae2f02e60cd2011d1760cf06a451df81f9ce0286a62a2b9fc",
		 "0abdde86f723d53aa5605b3774d452a4048852d85968fb90869ca2594b636f50",
		 "2c63ea38dda1a07dcb5e95dbb0628afaaa0b8438330a546e68168cb3b4dcecf4",
		 "2c63ea38dda1a07dcb5e95dbb0628afa", "6afd329beb374e08eada1035e75967fe",
		 "a09ec06692c0859c150930c241255ba6"},
		{PRF_SHA512, 32,
		 "f6ecfe2f723ae1f1192566bb9d5cb0ec211bba3aeef7d73b261e3f96478a6004"
		 "1611c42510f726e81b93434e399e56cb2f0baba33e889108374b10a6c6e0653c",
		 "4ad7c1297cab10d79f2ffd6250bb2720fd781fdb20a4db061eea86e5deb58ffc"
		 "9aa84506998f166650014bfc28ed000c892d1636ffa2530c2fe2c1897758b216",
		 "d7553cc7a6389996b8dd185befd1476c8ed39ff714b171f628b9afb584848e98"
		 "144598cdcb9681e1729a7db2b0738f1156ef72268fbe178143822b196827dc24",
		 "d7553cc7a6389996b8dd185befd1476c8ed39ff714b171f628b9afb584848e98",
		 "6c7151465cff43ca15f310f077842a6f", "29a4d71bc15f2fb1f0b95b77e7ec6c3a"},
	};
	struct inputs x;
	struct skeyid_input in = inputs_make(&x);

	for (size_t i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		struct secret *key;
		struct skeyid k;
		uint8_t iv[16];

		assert_int_equal(skeyid_derive(&k, rows[i].hash, &in), 0);
		assert_int_equal(k.skeyid->len, prf_len(rows[i].hash));
		assert_hex(k.skeyid->bytes, rows[i].skeyid);
		assert_hex(k.a->bytes, rows[i].a);
		assert_hex(k.e->bytes, rows[i].e);
		assert_int_equal(skeyid_cipher_key(&key, &k, rows[i].key_len), 0);
		assert_int_equal(key->len, rows[i].key_len);
		assert_hex(key->bytes, rows[i].key);
		assert_int_equal(skeyid_iv_phase1(rows[i].hash, bytes_of(x.gxi, sizeof(x.gxi)),
						  bytes_of(x.gxr, sizeof(x.gxr)), iv, 16),
				 0);
		assert_hex(iv, rows[i].iv0);
		assert_int_equal(skeyid_iv_phase2(rows[i].hash, bytes_of(x.last, sizeof(x.last)),
						  0x01020304, iv, 16),
				 0);
		assert_hex(iv, rows[i].iv2);
		secret_unref(key);
		skeyid_clear(&k);
	}
}

static void signatures_have_a_root_of_their_own(void **state)
{
	struct inputs x;
	struct skeyid_input in = inputs_make(&x);
	struct skeyid k;

	in.signature = true;
	assert_int_equal(skeyid_derive(&k, PRF_SHA256, &in), 0);
	assert_hex(k.skeyid->bytes,
		   "f7dbdc8d98876efee6976978a697393f900db72b16f1a53cde5b55fa6345e2d3");
	skeyid_clear(&k);
	assert_null(k.skeyid);
	skeyid_clear(&k);
}

static void each_side_authenticates_in_its_own_order(void **state)
{
	struct inputs x;
	struct skeyid_input in = inputs_make(&x);
	const struct skeyid_auth as = {
		.gxi = bytes_of(x.gxi, 256),
		.gxr = bytes_of(x.gxr, 256),
		.cky_i = in.cky_i,
		.cky_r = in.cky_r,
		.sa_i = bytes_of("SA", 2),
		.id = bytes_of("ID", 2),
	};
	const struct skeyid_auth mirrored = {
		.gxi = as.gxr,
		.gxr = as.gxi,
		.cky_i = as.cky_r,
		.cky_r = as.cky_i,
		.sa_i = as.sa_i,
		.id = as.id,
	};
	const struct bytes parts[] = {as.gxi, as.gxr, as.cky_i, as.cky_r, as.sa_i, as.id};
	uint8_t i[PRF_MAX], r[PRF_MAX], want[PRF_MAX];
	struct skeyid k;

	assert_int_equal(skeyid_derive(&k, PRF_SHA256, &in), 0);
	assert_int_equal(skeyid_hash_auth(&k, true, &as, i), 0);
	assert_int_equal(prf(PRF_SHA256, secret_bytes(k.skeyid), parts, 6, want), 0);
	assert_memory_equal(i, want, 32);
	assert_int_equal(skeyid_hash_auth(&k, false, &mirrored, r), 0);
	assert_memory_equal(i, r, 32);
	assert_int_equal(skeyid_hash_auth(&k, false, &as, r), 0);
	assert_memory_not_equal(i, r, 32);
	skeyid_clear(&k);
}

/* ---- CBC -------------------------------------------------------------------------------- */

#define NIST_PLAIN "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"

static void cbc_matches_nist(void **state)
{
	/* SP 800-38A F.2, first two blocks. */
	static const struct {
		enum cbc_cipher cipher;
		const char *key, *iv, *cipher_text;
	} rows[] = {
		{CBC_AES, "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f",
		 "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"},
		{CBC_AES, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
		 "000102030405060708090a0b0c0d0e0f",
		 "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"},
		{CBC_AES, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
		 "000102030405060708090a0b0c0d0e0f",
		 "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"},
		{CBC_3DES, "0123456789abcdef23456789abcdef01456789abcdef0123", "f69f2445df4f9b17",
		 "2079c3d53aa763e193b79e2569ab5262516570481f25b50f73c0bda85c8e0da7"},
	};

	for (size_t i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		size_t block = cbc_block(rows[i].cipher);
		uint8_t key[32], iv[16], buf[32], plain[32];
		struct bytes k = bytes_of(key, hex_read(key, sizeof(key), rows[i].key));

		hex_read(plain, sizeof(plain), NIST_PLAIN);
		assert_int_equal(hex_read(iv, sizeof(iv), rows[i].iv), block);
		/* In two steps: the IV is chained. */
		assert_int_equal(cbc_encrypt(rows[i].cipher, k, iv, plain, 16, buf), 0);
		assert_memory_equal(iv, buf + 16 - block, block);
		assert_int_equal(cbc_encrypt(rows[i].cipher, k, iv, plain + 16, 16, buf + 16), 0);
		assert_hex(buf, rows[i].cipher_text);
		/* And back, in place. */
		hex_read(iv, sizeof(iv), rows[i].iv);
		assert_int_equal(cbc_decrypt(rows[i].cipher, k, iv, buf, 32, buf), 0);
		assert_hex(buf, NIST_PLAIN);
		assert_hex(iv, rows[i].cipher_text + 64 - 2 * block);
	}
}

static void cbc_refuses_half_blocks_and_odd_keys(void **state)
{
	uint8_t key[32] = {0}, iv[16] = {0}, buf[32] = {0};

	assert_int_equal(cbc_encrypt(CBC_AES, bytes_of(key, 16), iv, buf, 17, buf), -EINVAL);
	assert_int_equal(cbc_decrypt(CBC_AES, bytes_of(key, 16), iv, buf, 8, buf), -EINVAL);
	assert_int_equal(cbc_decrypt(CBC_AES, bytes_of(key, 20), iv, buf, 16, buf), -EINVAL);
	assert_int_equal(cbc_decrypt(CBC_3DES, bytes_of(key, 16), iv, buf, 16, buf), -EINVAL);
	assert_int_equal(cbc_encrypt(CBC_AES, bytes_of(key, 16), iv, buf, 0, buf), 0);
	for (size_t i = 0; i < sizeof(iv); i++)
		assert_int_equal(iv[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hmac_matches_the_rfcs),
		cmocka_unit_test(parts_are_one_message),
		cmocka_unit_test(an_empty_key_is_a_key),
		cmocka_unit_test(hashes_match),
		cmocka_unit_test(keys_and_ivs_match),
		cmocka_unit_test(signatures_have_a_root_of_their_own),
		cmocka_unit_test(each_side_authenticates_in_its_own_order),
		cmocka_unit_test(cbc_matches_nist),
		cmocka_unit_test(cbc_refuses_half_blocks_and_odd_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
