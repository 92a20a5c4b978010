/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packet suites against published vectors on both engines, and one engine against the other on
 * random packets of random lengths.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/bulk.h"
#include "hex.h"

#define ESP_MAX 2048

struct packet {
	uint8_t esp[ESP_MAX];
	uint32_t text_len;
};

static struct bulk *engines[2];

static int setup(void **state)
{
	struct err_text e;

	return bulk_new(&engines[BULK_IMB], BULK_IMB, &e) ||
	       bulk_new(&engines[BULK_OSSL], BULK_OSSL, &e);
}

static int teardown(void **state)
{
	bulk_free(engines[BULK_IMB]);
	bulk_free(engines[BULK_OSSL]);
	return 0;
}

/* ---- published vectors -------------------------------------------------------------------- */

struct vector {
	const char *name;
	enum suite_id suite;
	const char *key, *auth; /* key with its salt */
	const char *head;       /* SPI, sequence number, IV */
	const char *plain;
	const char *sealed; /* NULL: only the ICV is given */
	const char *icv;    /* NULL: only the ciphertext is given */
};

static const struct vector vectors[] = {
	{"draft-mcgrew-gcm-test-01 case 2", SUITE_GCM128,
	 "feffe9928665731c6d6a8f9467308308 cafebabe", NULL, "0000a5f80000000a facedbaddecaf888",
	 "4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d0010000010000"
	 "00000000037369700963796265726369747902646b00000100010001",
	 "deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c3de81827"
	 "c10e9a4f51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd1",
	 "83b70d3aa8bc6ee4c309e9d85a41ad4a"},
	{"draft-mcgrew-gcm-test-01 case 3", SUITE_GCM256,
	 "abbccddef00112233445566778899aababbccddef00112233445566778899aab 11223344", NULL,
	 "4a2cbfe300000002 0102030405060708",
	 "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee000000000"
	 "7002400020bf0000020405b40101040201020201",
	 "ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763"
	 "748a637985771d347f0545659f14e99def842d8e",
	 "b335f4eecfdbf831824b4c4915956c96"},
	{"draft-mcgrew-gcm-test-01 case 5", SUITE_GCM128,
	 "7d773d00c144c525ac619d18c84a3f47 d9664267", NULL, "335467aeffffffff 43457e9182443bc6",
	 "01020201", "437f866b", "cb3f699fe9b0822bac961c4504bef270"},
	{"RFC 3602 case 7", SUITE_AES128_SHA1, "0123456789abcdef0123456789abcdef",
	 "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	 "0000876500000002 f4e765244f6407adf13dc1380f673f37",
	 "45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a20400"
	 "08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b"
	 "2c2d2e2f30313233343536370102030405060708090a0a04",
	 "773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8e4ecaec78ac53aad"
	 "7a0f022b859243c647752e94a859352b8a4d4d2decd136e5c177f132ad3fbfb2201ac9904c74ee0a"
	 "109e0ca1e4dfe9d5a100b842f1c22f0d",
	 NULL},
	{"RFC 3602 case 8", SUITE_AES128_SHA256, "0123456789abcdef0123456789abcdef",
	 "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	 "0000876500000005 85d47224b5f3dd5d2101d4ea8dffab22",
	 "45000044090c00004001f990c0a87b03c0a87bc80800d63caa0a0200c69c083da3de0300"
	 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
	 "0102030405060708090a0a04",
	 "15b92683819596a8047232cc00f7048fe45318e11f8a0f62ede3c3fc61203bb50f980a08c9843fd3"
	 "a1b06d5c07ff9639b7eb7dfb3512e5de435e7207ed971ef3d2726d9b5ef6affc6d17a0decbb13892",
	 NULL},
	/* NULL encryption makes the authenticator stand alone: its message is SPI, number, text. */
	{"RFC 2202 case 1", SUITE_NULL_SHA1, NULL, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	 "4869205468657265", "", "", "b617318655057264e28bc0b6"},
	{"RFC 4868 AUTH256-1", SUITE_NULL_SHA256, NULL,
	 "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265", "",
	 "", "198a607eb44bfbc69903a0f1cf2bbdc5"},
	{"RFC 4868 AUTH256-2", SUITE_NULL_SHA256, NULL,
	 "4a6566654a6566654a6566654a6566654a6566654a6566654a6566654a656665", "7768617420646f20",
	 "79612077616e7420666f72206e6f7468696e673f", "79612077616e7420666f72206e6f7468696e673f",
	 "167f928588c5cc2eef8e3093caa0e87c"},
};

static void run_vector(const struct vector *v, struct bulk *b)
{
	const struct suite *s = suite_get(v->suite);
	uint8_t key[64], auth[64], esp[512], plain[256], want[256], icv[32];
	struct bulk_key *k;
	struct bulk_op op = {.esp = esp};
	size_t head = hex_read(esp, sizeof(esp), v->head);
	size_t n = hex_read(plain, sizeof(plain), v->plain);

	hex_read(key, sizeof(key), v->key == NULL ? "" : v->key);
	hex_read(auth, sizeof(auth), v->auth == NULL ? "" : v->auth);
	assert_int_equal(head, 8 + s->iv_len);
	memcpy(esp + head, plain, n);
	op.text_len = (uint32_t)n;
	assert_int_equal(bulk_key_new(&k, b, v->suite, key, auth), 0);
	op.key = k;
	bulk_seal(b, &op, 1);
	if (v->sealed != NULL) {
		assert_int_equal(hex_read(want, sizeof(want), v->sealed), n);
		assert_memory_equal(esp + head, want, n);
	}
	if (v->icv != NULL) {
		assert_int_equal(hex_read(icv, sizeof(icv), v->icv), s->icv_len);
		assert_memory_equal(esp + head + n, icv, s->icv_len);
	}
	bulk_open(b, &op, 1);
	assert_true(op.ok);
	assert_memory_equal(esp + head, plain, n);
	bulk_key_free(k);
}

static void test_vectors(void **state)
{
	for (unsigned int i = 0; i < GV_ARRAY_SIZE(vectors); i++)
		for (unsigned int e = 0; e < 2; e++)
			run_vector(&vectors[i], engines[e]);
}

/* ---- one engine against the other --------------------------------------------------------- */

#define BURST 70 /* more than two chunks of the library */

static void randomize(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(random() >> 7);
}

struct keys {
	struct bulk_key *of[2];
};

static void keys_make(struct keys *k, enum suite_id id)
{
	uint8_t key[64], auth[64];

	randomize(key, sizeof(key));
	randomize(auth, sizeof(auth));
	for (unsigned int e = 0; e < 2; e++)
		assert_int_equal(bulk_key_new(&k->of[e], engines[e], id, key, auth), 0);
}

static void keys_free(struct keys *k)
{
	bulk_key_free(k->of[0]);
	bulk_key_free(k->of[1]);
}

static void packet_make(struct packet *p, const struct suite *s)
{
	uint32_t blocks = (uint32_t)random() % (1600 / s->block_len) + 1;

	p->text_len = blocks * s->block_len;
	randomize(p->esp, sizeof(p->esp));
}

static size_t packet_len(const struct packet *p, const struct suite *s)
{
	return 8u + s->iv_len + p->text_len + s->icv_len;
}

static void compare(const struct packet *a, const struct packet *b, const enum suite_id *ids)
{
	for (unsigned int i = 0; i < BURST; i++)
		assert_memory_equal(a[i].esp, b[i].esp, packet_len(&a[i], suite_get(ids[i])));
}

static void ops_make(struct bulk_op *ops, struct packet *p, struct keys *k, unsigned int engine,
		     const enum suite_id *ids)
{
	for (unsigned int i = 0; i < BURST; i++)
		ops[i] = (struct bulk_op){
			.key = k[ids[i]].of[engine], .esp = p[i].esp, .text_len = p[i].text_len};
}

static void damage(struct packet *p, const enum suite_id *ids, bool *bad)
{
	for (unsigned int i = 0; i < BURST; i++) {
		bad[i] = random() % 3 == 0;
		if (bad[i])
			p[i].esp[(size_t)random() % packet_len(&p[i], suite_get(ids[i]))] ^= 0x10;
	}
}

static struct packet plain[BURST], sealed[2][BURST];

static void cross_check(struct keys *k, const enum suite_id *ids)
{
	struct bulk_op ops[BURST];
	bool bad[BURST];

	for (unsigned int i = 0; i < BURST; i++)
		packet_make(&plain[i], suite_get(ids[i]));
	for (unsigned int e = 0; e < 2; e++) {
		memcpy(sealed[e], plain, sizeof(plain));
		ops_make(ops, sealed[e], k, e, ids);
		bulk_seal(engines[e], ops, BURST);
	}
	compare(sealed[0], sealed[1], ids);
	damage(sealed[0], ids, bad);
	memcpy(sealed[1], sealed[0], sizeof(sealed[0]));
	for (unsigned int e = 0; e < 2; e++) {
		ops_make(ops, sealed[e], k, e, ids);
		bulk_open(engines[e], ops, BURST);
		for (unsigned int i = 0; i < BURST; i++) {
			size_t head = 8u + suite_get(ids[i])->iv_len;

			assert_int_equal(ops[i].ok, !bad[i]);
			if (!bad[i])
				assert_memory_equal(sealed[e][i].esp + head, plain[i].esp + head,
						    plain[i].text_len);
		}
	}
}

static void test_engines_agree(void **state)
{
	struct keys k[SUITE_COUNT];
	enum suite_id ids[BURST];

	srandom(1);
	for (unsigned int id = SUITE_NONE + 1; id < SUITE_COUNT; id++)
		keys_make(&k[id], id);
	for (unsigned int id = SUITE_NONE + 1; id < SUITE_COUNT; id++) {
		for (unsigned int i = 0; i < BURST; i++)
			ids[i] = id;
		for (unsigned int round = 0; round < 10; round++)
			cross_check(k, ids);
	}
	for (unsigned int round = 0; round < 10; round++) {
		for (unsigned int i = 0; i < BURST; i++)
			ids[i] = (enum suite_id)(1 + random() % (SUITE_COUNT - 1));
		cross_check(k, ids);
	}
	for (unsigned int id = SUITE_NONE + 1; id < SUITE_COUNT; id++)
		keys_free(&k[id]);
}

/* Two keys of one suite in one burst, as in the seconds around a rekey. */
static void test_keys_mix(void **state)
{
	struct packet p[2];
	struct keys a, b;
	struct bulk_op ops[2];

	keys_make(&a, SUITE_GCM128);
	keys_make(&b, SUITE_GCM128);
	packet_make(&p[0], suite_get(SUITE_GCM128));
	p[1] = p[0];
	for (unsigned int i = 0; i < 2; i++)
		ops[i] = (struct bulk_op){.key = i == 0 ? a.of[BULK_IMB] : b.of[BULK_IMB],
					  .esp = p[i].esp,
					  .text_len = p[i].text_len};
	bulk_seal(engines[BULK_IMB], ops, 2);
	assert_memory_not_equal(p[0].esp + 16, p[1].esp + 16, p[0].text_len);
	ops[0].key = b.of[BULK_IMB];
	bulk_open(engines[BULK_IMB], ops, 2);
	assert_false(ops[0].ok);
	assert_true(ops[1].ok);
	keys_free(&a);
	keys_free(&b);
}

static void test_describe(void **state)
{
	assert_non_null(strstr(bulk_describe(engines[BULK_IMB]), "intel-ipsec-mb"));
	assert_non_null(strstr(bulk_describe(engines[BULK_OSSL]), "OpenSSL"));
	assert_false(bulk_is_slow(engines[BULK_IMB], SUITE_GCM128));
	assert_false(bulk_is_slow(engines[BULK_OSSL], SUITE_3DES_SHA1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_engines_agree),
		cmocka_unit_test(test_keys_mix),
		cmocka_unit_test(test_describe),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
