/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The frame of messages and the whole codec: every payload there and back, every truncation,
 * every octet changed, every limit, every payload where it may not stand.
 */
#include "control/wire/isakmp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/wire/attr.h"
#include "recode.h"
#include "samples.h"

/* Decodes and encodes again from a buffer of exactly that size, for the sanitizers. */
static int recode_exact(enum pld_context context, uint8_t first, const uint8_t *p, size_t len,
			struct buf_err *e)
{
	uint8_t again[SAMPLE_MAX];
	uint8_t *copy = malloc(len > 0 ? len : 1);
	struct buf_wr w;
	int rc;

	assert_non_null(copy);
	memcpy(copy, p, len);
	buf_wr_init(&w, again, sizeof(again));
	rc = recode_chain(&w, context, first, bytes_of(copy, len), e);
	free(copy);
	return rc;
}

static void every_sample_survives(void **state)
{
	for (unsigned int i = 0; i < n_samples; i++) {
		uint8_t msg[SAMPLE_MAX], first;
		size_t len = sample_build(&samples[i], msg, &first);
		struct buf_err e = {.what = "?"};

		if (recode_exact(samples[i].context, first, msg, len, &e) != 0)
			fail_msg("%s: %s at %zu", samples[i].name, e.what, e.offset);
	}
}

static void padding_is_for_encrypted_chains(void **state)
{
	for (unsigned int i = 0; i < n_samples; i++) {
		enum pld_context c = samples[i].context;
		bool clear = c == PLD_IN_PHASE1_CLEAR || c == PLD_IN_ACK || c == PLD_IN_INFO_CLEAR;
		uint8_t msg[SAMPLE_MAX], first;
		size_t len = sample_build(&samples[i], msg, &first);
		struct pld_chain chain;
		struct buf_err e;

		memset(msg + len, 0xa5, 15);
		assert_int_equal(pld_chain_get(&chain, c, first, bytes_of(msg, len + 15), &e),
				 clear ? -EBADMSG : 0);
		if (!clear)
			assert_int_equal(chain.used, len);
	}
}

static void no_truncation_is_taken(void **state)
{
	for (unsigned int i = 0; i < n_samples; i++) {
		uint8_t msg[SAMPLE_MAX], first;
		size_t len = sample_build(&samples[i], msg, &first);
		struct buf_err e;

		for (size_t cut = 0; cut < len; cut++) {
			e.what = NULL;
			if (recode_exact(samples[i].context, first, msg, cut, &e) >= 0)
				fail_msg("%s: taken with %zu of %zu octets", samples[i].name, cut,
					 len);
			assert_non_null(e.what);
			assert_true(e.offset <= len);
		}
	}
}

/* What is read is read whole: whatever an octet becomes, the message is refused or comes out as
 * it went in. */
static void every_octet_counts(void **state)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xff};

	for (unsigned int i = 0; i < n_samples; i++) {
		uint8_t msg[SAMPLE_MAX], first;
		size_t len = sample_build(&samples[i], msg, &first);
		struct buf_err e;

		for (size_t k = 0; k < len * GV_ARRAY_SIZE(masks); k++) {
			uint8_t mask = masks[k % GV_ARRAY_SIZE(masks)];

			msg[k / GV_ARRAY_SIZE(masks)] ^= mask;
			if (recode_exact(samples[i].context, first, msg, len, &e) == -EILSEQ)
				fail_msg("%s: octet %zu", samples[i].name, k / 3);
			msg[k / GV_ARRAY_SIZE(masks)] ^= mask;
		}
	}
}

/* ---- header ----------------------------------------------------------------------------- */

static void the_header_survives(void **state)
{
	struct isakmp_hdr in = {.cky_i = "12345678", .cky_r = "abcdefgh", .next = PLD_HASH};
	struct isakmp_hdr out;
	uint8_t msg[40];
	struct buf_wr w;

	in.version = ISAKMP_VERSION;
	in.exchange = EXCH_PULL;
	in.flags = ISAKMP_ENCRYPTED;
	in.mid = 0x01020304;
	buf_wr_init(&w, msg, sizeof(msg));
	isakmp_hdr_put(&w, &in);
	buf_wr_zero(&w, 8);
	isakmp_hdr_finish(&w);
	in.length = 36;
	assert_int_equal(isakmp_hdr_get(&out, bytes_of(msg, 36)), 0);
	assert_memory_equal(&in, &out, sizeof(in));
	assert_int_equal(isakmp_hdr_get(&out, bytes_of(msg, 35)), -EBADMSG);
	assert_int_equal(isakmp_hdr_get(&out, bytes_of(msg, 37)), -EBADMSG);
	assert_int_equal(isakmp_hdr_get(&out, bytes_of(msg, 27)), -EMSGSIZE);
	assert_int_equal(isakmp_hdr_get(&out, bytes_of(msg, 0)), -EMSGSIZE);
	msg[17] = 0x20; /* IKEv2 shares the port */
	assert_int_equal(isakmp_hdr_get(&out, bytes_of(msg, 36)), -EPROTONOSUPPORT);
}

/* ---- chains ----------------------------------------------------------------------------- */

/* A chain of n payloads of that type, body_len octets each. */
static size_t chain_build(uint8_t *out, size_t cap, uint8_t type, unsigned int n, size_t body_len)
{
	static const uint8_t body[64];
	struct buf_wr w;
	struct pld_wr c;

	buf_wr_init(&w, out, cap);
	pld_wr_init(&c, &w);
	for (unsigned int i = 0; i < n; i++)
		pld_put(&c, type, bytes_of(body, body_len));
	assert_false(w.err);
	return w.pos;
}

static int chain_read(enum pld_context context, uint8_t type, unsigned int n, size_t body_len)
{
	static uint8_t msg[65536];
	size_t len = chain_build(msg, sizeof(msg), type, n, body_len);
	struct pld_chain c;
	struct buf_err e;

	return pld_chain_get(&c, context, type, bytes_of(msg, len), &e);
}

static void payloads_stand_where_they_may(void **state)
{
	assert_int_equal(chain_read(PLD_IN_PHASE1_CLEAR, PLD_NONCE, 1, 16), 0);
	/* Only under encryption. */
	assert_int_equal(chain_read(PLD_IN_PHASE1_CLEAR, PLD_HASH, 1, 20), -EPROTONOSUPPORT);
	assert_int_equal(chain_read(PLD_IN_PHASE1_CLEAR, PLD_ID, 1, 8), -EPROTONOSUPPORT);
	assert_int_equal(chain_read(PLD_IN_PHASE1_CLEAR, PLD_KD, 1, 4), -EPROTONOSUPPORT);
	assert_int_equal(chain_read(PLD_IN_PHASE1_CLEAR, PLD_D, 1, 24), -EPROTONOSUPPORT);
	assert_int_equal(chain_read(PLD_IN_INFO_CLEAR, PLD_D, 1, 24), -EPROTONOSUPPORT);
	assert_int_equal(chain_read(PLD_IN_ACK, PLD_KD, 1, 4), -EPROTONOSUPPORT);
	assert_int_equal(chain_read(PLD_IN_PUSH, PLD_HASH, 1, 20), -EPROTONOSUPPORT);
	/* Inside an SA only. */
	assert_int_equal(chain_read(PLD_IN_PULL, PLD_SAK, 1, 40), -EPROTONOSUPPORT);
	assert_int_equal(chain_read(PLD_IN_PULL, PLD_SAT, 1, 40), -EPROTONOSUPPORT);
	/* Unknown; private. */
	assert_int_equal(chain_read(PLD_IN_PULL, 14, 1, 4), -EPROTONOSUPPORT);
	assert_int_equal(chain_read(PLD_IN_PULL, 127, 1, 4), -EPROTONOSUPPORT);
	assert_int_equal(chain_read(PLD_IN_PULL, 128, 1, 4), 0);
	assert_int_equal(chain_read(PLD_IN_GDOI_SA, 128, 1, 4), -EPROTONOSUPPORT);
}

static void lengths_and_numbers_have_limits(void **state)
{
	struct pld_chain c;

	assert_int_equal(chain_read(PLD_IN_PULL, PLD_NONCE, 1, 7), -EBADMSG);
	assert_int_equal(chain_read(PLD_IN_PULL, PLD_NONCE, 1, 8), 0);
	assert_int_equal(chain_read(PLD_IN_PULL, PLD_HASH, 1, 15), -EBADMSG);
	assert_int_equal(chain_read(PLD_IN_PULL, PLD_SEQ, 1, 5), -EBADMSG);
	assert_int_equal(chain_read(PLD_IN_PULL, PLD_NONCE, 2, 16), -EBADMSG); /* twice */
	assert_int_equal(chain_read(PLD_IN_PHASE1_CLEAR, PLD_VID, PLD_MAX, 16), 0);
	assert_int_equal(chain_read(PLD_IN_PHASE1_CLEAR, PLD_VID, PLD_MAX + 1, 16), -E2BIG);
	assert_int_equal(pld_chain_get(&c, PLD_IN_PULL, PLD_NONE, bytes_of("", 0), NULL), -EBADMSG);
}

static void what_a_hash_covers(void **state)
{
	uint8_t msg[SAMPLE_MAX], first;
	struct pld_chain c;
	size_t len = sample_build(&samples[4], msg, &first); /* pull1: HASH, NONCE, ID */
	const struct pld *hash;
	struct bytes after;

	memset(msg + len, 0, 8);
	assert_int_equal(pld_chain_get(&c, PLD_IN_PULL, first, bytes_of(msg, len + 8), NULL), 0);
	hash = pld_find(&c, PLD_HASH);
	assert_non_null(hash);
	assert_int_equal(hash->whole.len, hash->body.len + PLD_HDR_LEN);
	assert_null(pld_find(&c, PLD_KD));
	after = pld_after(&c, hash);
	assert_ptr_equal(after.p, pld_find(&c, PLD_NONCE)->whole.p);
	assert_int_equal(after.len, len - hash->whole.len);
	assert_int_equal(pld_after(&c, pld_find(&c, PLD_ID)).len, 0);
}

static void a_later_payload_is_announced(void **state)
{
	uint8_t msg[64];
	struct buf_wr w;
	struct pld_wr c;

	buf_wr_init(&w, msg, sizeof(msg));
	pld_wr_init(&c, &w);
	pld_announce(&c, PLD_SEQ);
	assert_int_equal(c.first, PLD_SEQ);
	pld_put(&c, PLD_SEQ, bytes_of("\0\0\0\1", 4));
	assert_int_equal(msg[0], PLD_NONE);
	pld_announce(&c, PLD_SIG);
	assert_int_equal(msg[0], PLD_SIG);
}

static void a_writer_without_room_says_so(void **state)
{
	for (unsigned int i = 0; i < n_samples; i++) {
		uint8_t msg[SAMPLE_MAX], first;
		size_t len = sample_build(&samples[i], msg, &first);
		struct buf_wr w;
		struct pld_wr c;

		buf_wr_init(&w, msg, len - 1);
		pld_wr_init(&c, &w);
		samples[i].build(&c);
		assert_true(w.err);
	}
}

/* ---- attributes ------------------------------------------------------------------------- */

static void numbers_come_in_both_forms(void **state)
{
	uint8_t raw[64];
	struct attrs l;
	struct buf_wr w;
	uint32_t v;

	buf_wr_init(&w, raw, sizeof(raw));
	attr_put_number(&w, 1, 65535);
	attr_put_number(&w, 2, 65536);
	attr_put_var(&w, 3, bytes_of("\x01\x02\x03", 3));
	attr_put_var(&w, 4, bytes_of("\x01\x02\x03\x04\x05", 5));
	attr_put_var(&w, 5, bytes_of("", 0));
	attr_put_basic(&w, 1, 7); /* the first counts */
	assert_int_equal(attrs_get(&l, bytes_of(raw, w.pos), 0, NULL), 0);
	assert_int_equal(l.n, 6);
	assert_int_equal(raw[0], 0x80);
	assert_true(attrs_number(&l, 1, &v) && v == 65535);
	assert_true(attrs_number(&l, 2, &v) && v == 65536);
	assert_true(attrs_number(&l, 3, &v) && v == 0x010203);
	assert_false(attrs_number(&l, 4, &v));
	assert_false(attrs_number(&l, 5, &v));
	assert_false(attrs_number(&l, 6, &v));
}

static void a_list_ends_with_its_last_attribute(void **state)
{
	static const uint8_t raw[] = {0x80, 1, 0, 5, 0, 2, 0, 2, 9, 9};
	struct attrs l;
	struct buf_err e = {0};

	assert_int_equal(attrs_get(&l, bytes_of(raw, 0), 0, &e), 0);
	for (size_t len = 1; len < sizeof(raw); len++)
		assert_int_equal(attrs_get(&l, bytes_of(raw, len), 100, &e),
				 len == 4 ? 0 : -EBADMSG);
	assert_int_equal(e.offset, 104);
}

static void a_list_has_a_limit(void **state)
{
	static uint8_t raw[4 * (PLD_ATTRS_MAX + 1)];
	struct attrs l;

	for (size_t i = 0; i <= PLD_ATTRS_MAX; i++)
		raw[4 * i] = 0x80;
	assert_int_equal(attrs_get(&l, bytes_of(raw, sizeof(raw) - 4), 0, NULL), 0);
	assert_int_equal(attrs_get(&l, bytes_of(raw, sizeof(raw)), 0, NULL), -E2BIG);
}

static void numbers_have_names(void **state)
{
	assert_string_equal(name_of(NAMES_EXCH, EXCH_PULL).s, "GROUPKEY-PULL");
	assert_string_equal(name_of(NAMES_PLD, PLD_SAK).s, "SAK");
	assert_string_equal(name_of(NAMES_ESPT, ESPT_NULL).s, "ESP_NULL");
	assert_string_equal(name_of(NAMES_P1ENC, 99).s, "phase 1 cipher 99");
	assert_string_equal(name_of(NAMES_PLD, 200).s, "payload type 200");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample_survives),
		cmocka_unit_test(padding_is_for_encrypted_chains),
		cmocka_unit_test(no_truncation_is_taken),
		cmocka_unit_test(every_octet_counts),
		cmocka_unit_test(the_header_survives),
		cmocka_unit_test(payloads_stand_where_they_may),
		cmocka_unit_test(lengths_and_numbers_have_limits),
		cmocka_unit_test(what_a_hash_covers),
		cmocka_unit_test(a_later_payload_is_announced),
		cmocka_unit_test(a_writer_without_room_says_so),
		cmocka_unit_test(numbers_come_in_both_forms),
		cmocka_unit_test(a_list_ends_with_its_last_attribute),
		cmocka_unit_test(a_list_has_a_limit),
		cmocka_unit_test(numbers_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
