/* SPDX-License-Identifier: BSD-3-Clause */
/* Diffie-Hellman groups, and the random source that private values come from. */
#include "crypto/kex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/prf.h"
#include "crypto/rand.h"
#include "hex.h"

static const uint16_t all_groups[] = {1, 2, 5, 14, 15, 16, 19, 20, 21};

/* The next private value, given out once. */
static struct bytes next_exponent;

static size_t give_exponent(enum rand_use use, uint8_t *out, size_t len, size_t room, void *arg)
{
	assert_int_equal(use, RAND_EXPONENT);
	assert_true(next_exponent.len <= room);
	memcpy(out, next_exponent.p, next_exponent.len);
	return next_exponent.len;
}

static int kex_with(struct kex **out, uint16_t group, const uint8_t *x, size_t len)
{
	int rc;

	next_exponent = bytes_of(x, len);
	rand_replace_for_tests(give_exponent, NULL);
	rc = kex_new(out, group);
	rand_replace_for_tests(NULL, NULL);
	return rc;
}

static void both_sides_agree(void **state)
{
	for (size_t i = 0; i < GV_ARRAY_SIZE(all_groups); i++) {
		struct secret *sa, *sb;
		struct kex *a, *b;

		assert_int_equal(kex_new(&a, all_groups[i]), 0);
		assert_int_equal(kex_new(&b, all_groups[i]), 0);
		assert_int_equal(kex_public(a).len, kex_public_len(all_groups[i]));
		assert_false(bytes_equal(kex_public(a), kex_public(b)));
		assert_int_equal(kex_shared(a, kex_public(b), &sa), 0);
		assert_int_equal(kex_shared(b, kex_public(a), &sb), 0);
		assert_true(secret_equal(sa, sb));
		secret_unref(sa);
		secret_unref(sb);
		kex_free(a);
		kex_free(b);
	}
}

static void groups_are_known_by_number(void **state)
{
	struct kex *k;

	assert_true(kex_known(14) && kex_known(19));
	assert_false(kex_known(0) || kex_known(3) || kex_known(22) || kex_known(24));
	assert_true(kex_weak(1) && kex_weak(2) && kex_weak(5));
	assert_false(kex_weak(14) || kex_weak(19) || kex_weak(99));
	assert_int_equal(kex_public_len(2), 128);
	assert_int_equal(kex_public_len(21), 132);
	assert_int_equal(kex_public_len(99), 0);
	assert_int_equal(kex_new(&k, 24), -ENOTSUP);
}

/* 2 to the number of bits is that less the prime, which gives the prime away. */
static void the_primes_are_those_of_the_rfcs(void **state)
{
	static const struct {
		uint16_t group, bits;
		const char *sha256;
	} rows[] = {
		{1, 768, "b52ba6a3026520a6c49d37e4587601801bee500123b3259b6bf03e7cecc3e63d"},
		{2, 1024, "3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0"},
		{5, 1536, "64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b"},
		{14, 2048, "d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e"},
		{15, 3072, "48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c"},
		{16, 4096, "4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33"},
	};

	for (size_t i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		uint8_t x[2], prime[KEX_PUBLIC_MAX], digest[32], want[32];
		unsigned int borrow = 0;
		struct bytes y, p;
		struct kex *k;

		put_be16(x, rows[i].bits);
		assert_int_equal(kex_with(&k, rows[i].group, x, sizeof(x)), 0);
		y = kex_public(k);
		for (size_t b = y.len; b-- > 0;) {
			unsigned int d = 0u - y.p[b] - borrow;

			prime[b] = (uint8_t)d;
			borrow = d > 0xff;
		}
		p = bytes_of(prime, y.len);
		assert_int_equal(prf_digest(PRF_SHA256, &p, 1, digest), 0);
		hex_read(want, sizeof(want), rows[i].sha256);
		assert_memory_equal(digest, want, 32);
		kex_free(k);
	}
}

static void small_values_are_padded(void **state)
{
	static const uint8_t x[] = {5};
	struct bytes y;
	struct kex *k;

	assert_int_equal(kex_with(&k, 14, x, sizeof(x)), 0);
	y = kex_public(k);
	assert_int_equal(y.len, 256);
	for (size_t i = 0; i < 255; i++)
		assert_int_equal(y.p[i], 0);
	assert_int_equal(y.p[255], 32); /* 2^5 */
	kex_free(k);
}

static void a_bad_public_value_is_refused(void **state)
{
	static const uint8_t x[] = {0x12, 0x34};
	uint8_t peer[256], m1[256];
	struct secret *s;
	struct kex *k, *half;

	assert_int_equal(kex_with(&k, 14, x, sizeof(x)), 0);
	memset(peer, 0, sizeof(peer));
	assert_int_equal(kex_shared(k, bytes_of(peer, 256), &s), -EINVAL); /* 0 */
	peer[255] = 1;
	assert_int_equal(kex_shared(k, bytes_of(peer, 256), &s), -EINVAL);
	peer[255] = 2;
	assert_int_equal(kex_shared(k, bytes_of(peer, 256), &s), 0);
	secret_unref(s);
	assert_int_equal(kex_shared(k, bytes_of(peer + 1, 255), &s), -EINVAL);
	assert_int_equal(kex_shared(k, bytes_of(peer, 0), &s), -EINVAL);
	memset(peer, 0xff, sizeof(peer));
	assert_int_equal(kex_shared(k, bytes_of(peer, 256), &s), -EINVAL); /* over p */
	kex_free(k);

	/* p - 1 has order 2: its secret would be 1 or itself. From 2^bits = 2^bits - p. */
	put_be16(m1, 2048);
	assert_int_equal(kex_with(&half, 14, m1, 2), 0);
	for (size_t i = 0; i < 256; i++)
		m1[i] = (uint8_t)~kex_public(half).p[i]; /* p - 1 */
	assert_int_equal(kex_shared(half, bytes_of(m1, 256), &s), -EINVAL);
	m1[255]--;
	assert_int_equal(kex_shared(half, bytes_of(m1, 256), &s), 0); /* p - 2 */
	secret_unref(s);
	kex_free(half);
}

/* RFC 5903 8.1 */
static void group_19_matches_its_rfc(void **state)
{
	uint8_t i[32], gi[64], r[32], gr[64], want[32];
	struct secret *s;
	struct kex *k;

	hex_read(i, 32, "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433");
	hex_read(gi, 64,
		 "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
		 "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3");
	hex_read(r, 32, "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53");
	hex_read(gr, 64,
		 "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
		 "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB");
	hex_read(want, 32, "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE");
	assert_int_equal(kex_with(&k, 19, i, 32), 0);
	assert_memory_equal(kex_public(k).p, gi, 64);
	assert_int_equal(kex_shared(k, bytes_of(gr, 64), &s), 0);
	assert_int_equal(s->len, 32);
	assert_memory_equal(s->bytes, want, 32);
	secret_unref(s);
	kex_free(k);
	assert_int_equal(kex_with(&k, 19, r, 32), 0);
	assert_memory_equal(kex_public(k).p, gr, 64);
	gi[63] ^= 1; /* off the curve */
	assert_int_equal(kex_shared(k, bytes_of(gi, 64), &s), -EINVAL);
	memset(gi, 0, 64);
	assert_int_equal(kex_shared(k, bytes_of(gi, 64), &s), -EINVAL);
	memset(gi, 0xff, 64); /* coordinates over the field */
	assert_int_equal(kex_shared(k, bytes_of(gi, 64), &s), -EINVAL);
	kex_free(k);
}

/* ---- the random source ------------------------------------------------------------------ */

static size_t give_pattern(enum rand_use use, uint8_t *out, size_t len, size_t room, void *arg)
{
	memset(out, *(int *)arg, len);
	return len;
}

static size_t give_nothing(enum rand_use use, uint8_t *out, size_t len, size_t room, void *arg)
{
	return 0;
}

static void a_test_may_stand_in_for_it(void **state)
{
	uint8_t a[32], b[32];
	int octet = 0x5a;
	struct kex *k;

	assert_int_equal(rand_bytes(RAND_NONCE, a, sizeof(a)), 0);
	assert_int_equal(rand_bytes(RAND_NONCE, b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	rand_replace_for_tests(give_pattern, &octet);
	assert_int_equal(rand_bytes(RAND_NONCE, a, sizeof(a)), 0);
	assert_int_equal(a[0], 0x5a);
	assert_int_equal(a[31], 0x5a);
	rand_replace_for_tests(give_nothing, NULL);
	assert_int_equal(rand_bytes(RAND_KEY, a, sizeof(a)), -EIO);
	assert_int_equal(kex_new(&k, 14), -EIO);
	assert_int_equal(rand_below(10), 0);
	rand_replace_for_tests(NULL, NULL);
}

static void below_a_bound_and_all_of_it(void **state)
{
	unsigned int seen[7] = {0};

	for (int i = 0; i < 7000; i++)
		seen[rand_below(7)]++;
	for (size_t i = 0; i < 7; i++)
		assert_in_range(seen[i], 700, 1300); /* 1000 and ten standard deviations */
	assert_int_equal(rand_below(0), 0);
	assert_int_equal(rand_below(1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_agree),
		cmocka_unit_test(groups_are_known_by_number),
		cmocka_unit_test(the_primes_are_those_of_the_rfcs),
		cmocka_unit_test(small_values_are_padded),
		cmocka_unit_test(a_bad_public_value_is_refused),
		cmocka_unit_test(group_19_matches_its_rfc),
		cmocka_unit_test(a_test_may_stand_in_for_it),
		cmocka_unit_test(below_a_bound_and_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
