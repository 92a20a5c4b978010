/* SPDX-License-Identifier: BSD-3-Clause */
/* Bounded reader and writer, key bytes: edges and stickiness. */
#include "base/buf.h"

#include "base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void reads_big_endian(void **state)
{
	static const uint8_t in[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
				     0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f};
	struct buf_rd r;

	buf_rd_init(&r, in, sizeof(in));
	assert_int_equal(buf_rd_u8(&r), 0x01);
	assert_int_equal(buf_rd_u16(&r), 0x0203);
	assert_int_equal(buf_rd_u32(&r), 0x04050607);
	assert_true(buf_rd_u64(&r) == 0x08090a0b0c0d0e0full);
	assert_int_equal(buf_rd_left(&r), 0);
	assert_false(r.err);
}

static void a_short_read_sticks(void **state)
{
	static const uint8_t in[] = {0xff, 0xff, 0xff};
	uint8_t out[4] = {9, 9, 9, 9};
	struct buf_rd r;

	buf_rd_init(&r, in, sizeof(in));
	assert_int_equal(buf_rd_u32(&r), 0);
	assert_true(r.err);
	assert_int_equal(buf_rd_u8(&r), 0);
	assert_int_equal(buf_rd_left(&r), 0);
	buf_rd_copy(&r, out, sizeof(out));
	assert_memory_equal(out, "\0\0\0\0", 4);
	assert_null(buf_rd_bytes(&r, 1).p);
}

static void a_sub_reader_ends_where_it_was_told(void **state)
{
	static const uint8_t in[] = {1, 2, 3, 4};
	struct buf_rd r, sub;

	buf_rd_init(&r, in, sizeof(in));
	sub = buf_rd_sub(&r, 2);
	assert_int_equal(buf_rd_u16(&sub), 0x0102);
	assert_int_equal(buf_rd_u8(&sub), 0);
	assert_true(sub.err);
	assert_false(r.err);
	assert_int_equal(buf_rd_u16(&r), 0x0304);
	sub = buf_rd_sub(&r, 1);
	assert_true(sub.err && r.err);
}

static void huge_lengths_do_not_wrap(void **state)
{
	static const uint8_t in[] = {1, 2, 3, 4};
	uint8_t room[4];
	struct buf_rd r;
	struct buf_wr w;

	buf_rd_init(&r, in, sizeof(in));
	buf_rd_skip(&r, 1);
	buf_rd_skip(&r, SIZE_MAX);
	assert_true(r.err);
	buf_wr_init(&w, room, sizeof(room));
	buf_wr_u8(&w, 1);
	buf_wr_zero(&w, SIZE_MAX);
	assert_true(w.err);
}

static void writes_patches_and_stops_at_the_end(void **state)
{
	uint8_t room[8] = {0};
	struct buf_wr w;
	size_t at;

	buf_wr_init(&w, room, 7);
	buf_wr_u8(&w, 0xaa);
	at = buf_wr_mark(&w);
	buf_wr_u32(&w, 0x01020304);
	buf_wr_patch_u16(&w, at, 0xbeef);
	assert_false(w.err);
	assert_memory_equal(room, "\xaa\xbe\xef\x01\x02\x03\x04", 7);
	buf_wr_u8(&w, 0x55);
	assert_true(w.err);
	assert_int_equal(room[7], 0);
	buf_wr_patch_u16(&w, at, 0);
	assert_int_equal(room[1], 0xbe);
}

static void secrets_compare_and_share(void **state)
{
	struct secret *a = secret_new("abcdef", 6), *b = secret_new("abcdef", 6);
	struct secret *c = secret_new("abcdeg", 6), *d = secret_new("abcde", 5);

	assert_true(secret_equal(a, b));
	assert_false(secret_equal(a, c));
	assert_false(secret_equal(a, d));
	assert_false(secret_equal(a, NULL));
	assert_true(secret_equal(NULL, NULL));
	assert_ptr_equal(secret_ref(a), a);
	secret_unref(a);
	assert_memory_equal(a->bytes, "abcdef", 6);
	secret_unref(a);
	secret_unref(b);
	secret_unref(c);
	secret_unref(d);
	secret_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_big_endian),
		cmocka_unit_test(a_short_read_sticks),
		cmocka_unit_test(a_sub_reader_ends_where_it_was_told),
		cmocka_unit_test(huge_lengths_do_not_wrap),
		cmocka_unit_test(writes_patches_and_stops_at_the_end),
		cmocka_unit_test(secrets_compare_and_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
