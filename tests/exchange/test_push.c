/* SPDX-License-Identifier: BSD-3-Clause */
/* GROUPKEY-PUSH and its acknowledgement: built, opened, refused. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs the headers above first */
#include <setjmp.h>

#include <cmocka.h>

#include "control/gdoi/gdoi.h"
#include "control/wire/isakmp.h"
#include "crypto/prf.h"
#include "sample_policy.h"

struct push_test {
	struct gdoi_policy
		policy;           /* what is sent; its KEK is the one in force unless a test says */
	struct gdoi_kek_state st; /* what the member holds */
	struct gdoi_delete del;
	uint8_t msg[GDOI_PUSH_MAX];
	size_t len;
};

static void kek_clear(struct gdoi_kek *k)
{
	secret_unref(k->iv_key);
	secret_unref(k->public_key);
	*k = (struct gdoi_kek){0};
}

static int setup(void **state)
{
	struct push_test *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	sample_policy(&t->policy, true, sample_key());
	sample_kek(&t->st.kek, 0x61, sample_key());
	t->st.ours = true;
	t->st.last_seq = 4;
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct push_test *t = *state;

	gdoi_policy_clear(&t->policy);
	kek_clear(&t->st.kek);
	free(t);
	return 0;
}

static void build(struct push_test *t, uint32_t seq, bool digest_info)
{
	struct gdoi_push_spec spec = {.policy = &t->policy,
				      .kek = &t->st.kek,
				      .seq = seq,
				      .del = &t->del,
				      .key = sample_key(),
				      .digest_info = digest_info};
	struct err_text e = {0};

	t->len = sizeof(t->msg);
	if (gdoi_push_build(&spec, t->msg, &t->len, &e) < 0)
		fail_msg("%s", e.s);
	assert_int_equal((t->len - ISAKMP_HDR_LEN) % 8, 0);
}

static void assert_opens(struct push_test *t, uint32_t seq)
{
	struct err_text why = {0};
	struct gdoi_push out;

	assert_int_equal(gdoi_push_open(&out, &t->st, bytes_of(t->msg, t->len)), GDOI_PUSH_OK);
	assert_int_equal(out.seq, seq);
	if (!sample_policy_equal(&t->policy, &out.policy, false, &why))
		fail_msg("%s", why.s);
	gdoi_policy_clear(&out.policy);
}

static enum gdoi_push_status status(struct push_test *t)
{
	struct gdoi_push out;
	enum gdoi_push_status s = gdoi_push_open(&out, &t->st, bytes_of(t->msg, t->len));

	gdoi_policy_clear(&out.policy);
	return s;
}

/* ---- what goes through -------------------------------------------------------------------- */

static void test_forms_and_signatures(void **state)
{
	struct push_test *t = *state;

	for (unsigned int full = 0; full < 2; full++)
		for (unsigned int digest_info = 0; digest_info < 2; digest_info++) {
			gdoi_policy_clear(&t->policy);
			sample_policy(&t->policy, full, sample_key());
			t->policy.kek.ack = 1;
			build(t, 5, digest_info);
			assert_opens(t, 5);
		}
}

static void test_every_kek(void **state)
{
	static const struct {
		enum gdoi_kek_alg alg;
		uint8_t key_len, iv_len;
	} keks[] = {{GDOI_KEK_3DES, 24, 8},
		    {GDOI_KEK_AES, 16, 16},
		    {GDOI_KEK_AES, 24, 16},
		    {GDOI_KEK_AES, 32, 16}};
	struct push_test *t = *state;

	for (unsigned int k = 0; k < GV_ARRAY_SIZE(keks); k++)
		for (unsigned int h = GDOI_SIG_SHA1; h <= GDOI_SIG_SHA512; h++) {
			struct gdoi_kek *both[] = {&t->st.kek, &t->policy.kek};

			for (unsigned int i = 0; i < 2; i++) {
				size_t len = (size_t)keks[k].key_len + keks[k].iv_len;

				both[i]->alg = keks[k].alg;
				both[i]->key_len = keks[k].key_len;
				both[i]->sig_hash = h;
				secret_unref(both[i]->iv_key);
				both[i]->iv_key = secret_alloc(len);
				memset(both[i]->iv_key->bytes, 0x5a, len);
			}
			build(t, 9, true);
			assert_opens(t, 9);
		}
}

static void test_new_kek(void **state)
{
	struct push_test *t = *state;
	struct gdoi_push out;

	kek_clear(&t->policy.kek);
	sample_kek(&t->policy.kek, 0x77, sample_key());
	build(t, 5, true);
	/* It goes under the KEK in force and carries the public key with the new one. */
	assert_int_equal(t->msg[0], 0x61);
	assert_opens(t, 5);
	/* The next one under the new KEK may start from 1. */
	gdoi_push_open(&out, &t->st, bytes_of(t->msg, t->len));
	kek_clear(&t->st.kek);
	t->st.kek = out.policy.kek;
	secret_ref(t->st.kek.iv_key);
	secret_ref(t->st.kek.public_key);
	gdoi_policy_clear(&out.policy);
	t->st.last_seq = 0;
	build(t, 1, true);
	assert_opens(t, 1);
}

/* Without a new KEK the public key stays at home; the member completes it from what it has. */
static void test_same_kek_is_short(void **state)
{
	struct push_test *t = *state;
	size_t len;

	build(t, 5, true);
	len = t->len;
	kek_clear(&t->policy.kek);
	sample_kek(&t->policy.kek, 0x77, sample_key());
	build(t, 5, true);
	assert_true(t->len >= len + 160); /* RSA-1024 SubjectPublicKeyInfo: 162 octets */
}

static void test_without_kek(void **state)
{
	struct push_test *t = *state;

	kek_clear(&t->policy.kek);
	t->policy.has_kek = false;
	build(t, 5, true);
	assert_opens(t, 5);
}

static void test_deletes(void **state)
{
	struct push_test *t = *state;
	struct gdoi_push out;

	t->del = (struct gdoi_delete){.spis = {0x11223344, 0xa5000001}, .n_spis = 2};
	build(t, 5, true);
	assert_int_equal(gdoi_push_open(&out, &t->st, bytes_of(t->msg, t->len)), GDOI_PUSH_OK);
	assert_false(out.del.all_teks || out.del.kek);
	assert_int_equal(out.del.n_spis, 2);
	assert_int_equal(out.del.spis[0], 0x11223344);
	assert_int_equal(out.del.spis[1], 0xa5000001);
	assert_int_equal(out.policy.n_teks, t->policy.n_teks);
	gdoi_policy_clear(&out.policy);
	/* Nothing but the deletion of everything. */
	gdoi_policy_clear(&t->policy);
	t->del = (struct gdoi_delete){.all_teks = true, .kek = true};
	build(t, 6, true);
	assert_int_equal(gdoi_push_open(&out, &t->st, bytes_of(t->msg, t->len)), GDOI_PUSH_OK);
	assert_true(out.del.all_teks && out.del.kek);
	assert_int_equal(out.del.n_spis, 0);
	assert_int_equal(out.policy.n_teks, 0);
	assert_false(out.policy.has_kek);
	gdoi_policy_clear(&out.policy);
}

/* 100 lines under five TEKs: far beyond an MTU, still one datagram. */
static void test_large(void **state)
{
	struct push_test *t = *state;
	struct gdoi_policy *p = &t->policy;

	p->n_aces = 0;
	for (unsigned int i = 0; i < ACE_MAX_PER_POLICY; i++)
		p->aces[p->n_aces++] = (struct gdoi_ace){
			.ace = {.permit = true,
				.proto = 6,
				.src = {.addr = addr_v4(0x0a000000 + (i << 8)), .len = 24},
				.dst = {.addr = addr_v4(0xac100000), .len = 12},
				.sport = {0, 65535},
				.dport = {1000, (uint16_t)(2000 + i)}},
			.order = (uint16_t)(i + 1),
		};
	secret_unref(p->teks[--p->n_teks].key); /* the one of the second SA */
	for (unsigned int i = p->n_teks; i < GDOI_TEKS_PER_SA_MAX; i++) {
		p->teks[i] = p->teks[0];
		secret_ref(p->teks[i].key);
		secret_ref(p->teks[i].auth);
		p->teks[i].spi += 0x100 * (i + 1);
		p->teks[i].life_s = 80000 + i;
		p->n_teks = (uint8_t)(i + 1);
	}
	build(t, 5, true);
	assert_true(t->len > 30000 && t->len < 60000);
	assert_opens(t, 5);
}

static void test_does_not_fit(void **state)
{
	struct push_test *t = *state;
	struct gdoi_push_spec spec = {
		.policy = &t->policy, .kek = &t->st.kek, .seq = 5, .key = sample_key()};
	uint8_t small[600];
	size_t len = sizeof(small);
	struct err_text e;

	assert_int_equal(gdoi_push_build(&spec, small, &len, &e), -EMSGSIZE);
	/* No key is left in the room it was given. */
	for (size_t i = 0; i + 16 <= sizeof(small); i++)
		assert_memory_not_equal(small + i, t->policy.teks[0].key->bytes, 16);
	t->policy.n_teks--;
	len = sizeof(t->msg);
	assert_int_equal(gdoi_push_build(&spec, t->msg, &len, &e), -EINVAL);
	assert_non_null(strstr(e.s, "no TEK for: permit tcp"));
	t->policy.n_teks++;
}

static void test_plain_form_has_its_limits(void **state)
{
	struct push_test *t = *state;
	struct gdoi_push_spec spec = {
		.policy = &t->policy, .kek = &t->st.kek, .seq = 5, .key = sample_key()};
	struct err_text e;

	t->policy.full_form = false; /* with a port range in it */
	t->len = sizeof(t->msg);
	assert_int_equal(gdoi_push_build(&spec, t->msg, &t->len, &e), -EINVAL);
	assert_non_null(strstr(e.s, "range 1000 2000"));
}

/* ---- what does not ------------------------------------------------------------------------ */

static void test_sequence(void **state)
{
	struct push_test *t = *state;

	for (uint32_t seq = 0; seq <= 4; seq++) {
		build(t, seq, true);
		assert_int_equal(status(t), GDOI_PUSH_SEQ);
	}
	build(t, 5, true);
	assert_opens(t, 5);
	assert_opens(t, 5); /* opening alone moves nothing */
	gdoi_push_accept(&t->st, 5, bytes_of(t->msg, t->len));
	assert_int_equal(status(t), GDOI_PUSH_COPY);
	t->policy.pseudotime++; /* same number, other octets */
	build(t, 5, true);
	assert_int_equal(status(t), GDOI_PUSH_SEQ);
	build(t, 300, true); /* a gap is legal */
	assert_opens(t, 300);
}

static void test_every_octet_damaged(void **state)
{
	struct push_test *t = *state;

	build(t, 5, true);
	for (size_t at = 0; at < t->len; at++) {
		enum gdoi_push_status s;

		t->msg[at] ^= (uint8_t)(1u << (at % 8));
		s = status(t);
		t->msg[at] ^= (uint8_t)(1u << (at % 8));
		if (at < 16)
			assert_int_equal(s, GDOI_PUSH_UNKNOWN_KEK);
		else if (at < ISAKMP_HDR_LEN)
			assert_int_equal(s, GDOI_PUSH_MALFORMED);
		else
			assert_true(s == GDOI_PUSH_MALFORMED || s == GDOI_PUSH_SEQ ||
				    s == GDOI_PUSH_SIGNATURE);
	}
	assert_opens(t, 5);
}

static void test_truncated(void **state)
{
	struct push_test *t = *state;
	size_t whole;

	build(t, 5, true);
	whole = t->len;
	for (t->len = 0; t->len < whole; t->len++) {
		assert_int_not_equal(status(t), GDOI_PUSH_OK);
		if (t->len >= ISAKMP_HDR_LEN) { /* a header that agrees */
			put_be32(t->msg + 24, (uint32_t)t->len);
			assert_int_not_equal(status(t), GDOI_PUSH_OK);
			put_be32(t->msg + 24, (uint32_t)whole);
		}
	}
}

static void test_other_key_server(void **state)
{
	struct push_test *t = *state;
	struct sign_key *other;
	struct gdoi_push_spec spec = {.policy = &t->policy, .kek = &t->st.kek, .seq = 5};

	assert_int_equal(sign_key_generate(&other, 1024), 0);
	spec.key = other;
	t->len = sizeof(t->msg);
	assert_int_equal(gdoi_push_build(&spec, t->msg, &t->len, NULL), 0);
	assert_int_equal(status(t), GDOI_PUSH_SIGNATURE);
	sign_key_unref(other);
}

static void test_other_kek(void **state)
{
	struct push_test *t = *state;

	build(t, 5, true);
	t->st.kek.spi[15] ^= 1;
	assert_int_equal(status(t), GDOI_PUSH_UNKNOWN_KEK);
	t->st.kek.spi[15] ^= 1;
	t->st.kek.iv_key->bytes[20] ^= 1; /* same SPI, other key */
	assert_int_equal(status(t), GDOI_PUSH_MALFORMED);
	t->st.kek.iv_key->bytes[20] ^= 1;
}

/* Private attributes of a key server that never announced our vendor ID are somebody else's. */
static void test_full_form_of_a_foreign_server(void **state)
{
	struct push_test *t = *state;
	struct gdoi_push out;

	t->st.ours = false;
	build(t, 5, true);
	assert_int_equal(gdoi_push_open(&out, &t->st, bytes_of(t->msg, t->len)), GDOI_PUSH_POLICY);
	assert_non_null(strstr(out.detail.s, "foreign key server"));
	gdoi_policy_clear(&out.policy);
}

/* ---- acknowledgement ---------------------------------------------------------------------- */

static void test_ack(void **state)
{
	struct push_test *t = *state;
	struct addr gm = addr_v4(0x0a010d02);
	static const uint8_t types[] = {1, 3};

	for (unsigned int i = 0; i < GV_ARRAY_SIZE(types); i++) {
		struct gdoi_ack ack;
		uint8_t spi[GDOI_KEK_SPI_LEN];

		t->st.kek.ack = types[i];
		t->len = sizeof(t->msg);
		assert_int_equal(gdoi_ack_build(&t->st.kek, 77, &gm, t->msg, &t->len), 0);
		assert_int_equal(t->len, 28 + 4 + (types[i] == 1 ? 32 : 64) + 8 + 12);
		assert_int_equal(t->msg[18], 35);
		assert_true(gdoi_push_spi(bytes_of(t->msg, t->len), spi));
		assert_memory_equal(spi, t->st.kek.spi, sizeof(spi));
		assert_int_equal(gdoi_ack_open(&ack, &t->st.kek, bytes_of(t->msg, t->len)), 0);
		assert_int_equal(ack.seq, 77);
		assert_int_equal(ack.form, GDOI_ACK_NUL_IV);
		assert_true(addr_equal(&ack.gm, &gm));
	}
	t->len = 60;
	assert_int_equal(gdoi_ack_build(&t->st.kek, 77, &gm, t->msg, &t->len), -EMSGSIZE);
	assert_false(gdoi_push_spi(bytes_of(t->msg, 27), t->msg));
}

/* The four readings of RFC 8263, computed here without the code under test. */
static void test_ack_forms(void **state)
{
	static const char label[] = "GROUPKEY-PUSH ACK";
	static const uint8_t bits[] = {0x02, 0x00};
	struct push_test *t = *state;
	struct addr gm = addr_v4(0x0a010d02);

	t->st.kek.ack = 1;
	t->len = sizeof(t->msg);
	assert_int_equal(gdoi_ack_build(&t->st.kek, 77, &gm, t->msg, &t->len), 0);
	for (unsigned int form = 0; form < 4; form++) {
		bool nul = form == 0 || form == 2, iv = form < 2;
		struct bytes whole = secret_bytes(t->st.kek.iv_key);
		struct bytes base = iv ? whole : bytes_of(whole.p + 16, whole.len - 16);
		struct bytes in[] = {bytes_of(label, nul ? 18 : 17), bytes_of(t->st.kek.spi, 16),
				     bytes_of(bits, 2)};
		struct bytes seq_id = bytes_of(t->msg + 28 + 36, 20);
		uint8_t key[PRF_MAX];
		struct gdoi_ack ack;

		assert_int_equal(prf(PRF_SHA256, base, in, 3, key), 0);
		assert_int_equal(prf(PRF_SHA256, bytes_of(key, 32), &seq_id, 1, t->msg + 32), 0);
		assert_int_equal(gdoi_ack_open(&ack, &t->st.kek, bytes_of(t->msg, t->len)), 0);
		assert_int_equal(ack.form, form);
	}
}

static void test_ack_damaged(void **state)
{
	struct push_test *t = *state;
	struct addr gm = addr_v4(0x0a010d02);
	struct gdoi_ack ack;
	size_t whole;

	t->st.kek.ack = 1;
	t->len = sizeof(t->msg);
	assert_int_equal(gdoi_ack_build(&t->st.kek, 77, &gm, t->msg, &t->len), 0);
	/* The cookies say which KEK it is under: the caller looks there. */
	for (size_t at = 16; at < t->len; at++) {
		t->msg[at] ^= (uint8_t)(1u << (at % 8));
		assert_int_not_equal(gdoi_ack_open(&ack, &t->st.kek, bytes_of(t->msg, t->len)), 0);
		t->msg[at] ^= (uint8_t)(1u << (at % 8));
	}
	whole = t->len;
	for (size_t len = 0; len < whole; len++)
		assert_int_equal(gdoi_ack_open(&ack, &t->st.kek, bytes_of(t->msg, len)), -EBADMSG);
	t->st.kek.iv_key->bytes[20] ^= 1; /* under another KEK */
	assert_int_equal(gdoi_ack_open(&ack, &t->st.kek, bytes_of(t->msg, whole)), -EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_forms_and_signatures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_kek, setup, teardown),
		cmocka_unit_test_setup_teardown(test_new_kek, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_kek_is_short, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_kek, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deletes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_large, setup, teardown),
		cmocka_unit_test_setup_teardown(test_does_not_fit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plain_form_has_its_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sequence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_octet_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncated, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_key_server, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_kek, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_form_of_a_foreign_server, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_ack, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ack_forms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ack_damaged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
