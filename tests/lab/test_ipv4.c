/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "ipv4.h"

/* 10.1.13.2 to 10.1.14.2, UDP 848 to 848, 1400 octets; checksum computed here. */
static size_t packet(uint8_t *p, size_t len, uint16_t flags)
{
	static const uint8_t head[] = {0x45, 0, 0,  0, 0x12, 0x34, 0,  0, 64, 17,   0, 0,
				       10,   1, 13, 2, 10,   1,    14, 2, 3,  0x50, 3, 0x50};
	uint16_t sum;

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)i;
	memcpy(p, head, sizeof(head));
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;
	p[6] = (uint8_t)(flags >> 8);
	p[7] = (uint8_t)flags;
	sum = ipv4_checksum(p, 20);
	p[10] = (uint8_t)(sum >> 8);
	p[11] = (uint8_t)sum;
	return len;
}

/* The header of RFC 1071's usual example. */
static void test_checksum(void **state)
{
	static const uint8_t hdr[] = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
				      0x00, 0x00, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};

	assert_int_equal(ipv4_checksum(hdr, sizeof(hdr)), 0xb861);
}

static void test_length(void **state)
{
	uint8_t p[1400];

	packet(p, sizeof(p), 0);
	assert_int_equal(ipv4_length(p, sizeof(p)), 1400);
	assert_int_equal(ipv4_length(p, sizeof(p) - 1), 0);
	assert_int_equal(ipv4_length(p, 19), 0);
	packet(p, 30, 0);
	assert_int_equal(ipv4_length(p, 46), 30);
	p[8]++;
	assert_int_equal(ipv4_length(p, 46), 0);
}

static void test_answerable(void **state)
{
	uint8_t p[100];

	packet(p, sizeof(p), 0);
	assert_true(ipv4_answerable(p, sizeof(p)));
	packet(p, sizeof(p), 0x2000); /* a first fragment */
	assert_true(ipv4_answerable(p, sizeof(p)));
	packet(p, sizeof(p), 10);
	assert_false(ipv4_answerable(p, sizeof(p)));
	packet(p, sizeof(p), 0);
	p[9] = 1;
	p[20] = 8; /* echo */
	assert_true(ipv4_answerable(p, sizeof(p)));
	p[20] = 3;
	assert_false(ipv4_answerable(p, sizeof(p)));
	assert_false(ipv4_answerable(p, 20));
	packet(p, sizeof(p), 0);
	p[16] = 239;
	assert_false(ipv4_answerable(p, sizeof(p)));
	packet(p, sizeof(p), 0);
	p[12] = 127;
	assert_false(ipv4_answerable(p, sizeof(p)));
}

static void test_hop(void **state)
{
	uint8_t p[100];

	packet(p, sizeof(p), 0);
	assert_true(ipv4_hop(p));
	assert_int_equal(p[8], 63);
	assert_int_equal(ipv4_length(p, sizeof(p)), 100);
	p[8] = 1;
	assert_false(ipv4_hop(p));
}

static void test_filter(void **state)
{
	uint8_t p[100];

	packet(p, sizeof(p), 0);
	assert_true(ipv4_is(p, sizeof(p), 17, 848));
	assert_true(ipv4_is(p, sizeof(p), 17, 0));
	assert_false(ipv4_is(p, sizeof(p), 17, 500));
	assert_false(ipv4_is(p, sizeof(p), 6, 848));
	packet(p, sizeof(p), 10); /* a later fragment */
	assert_false(ipv4_is(p, sizeof(p), 17, 848));
}

/* Fragments put together again are the packet; all but the last are multiples of 8. */
static void check_fragments(size_t len, size_t mtu, unsigned int expect)
{
	uint8_t p[4000], out[4000], whole[4000];
	size_t n, offset = 0, end = 0;
	unsigned int count = 0;

	packet(p, len, 0);
	while ((n = ipv4_fragment(p, len, mtu, &offset, out)) != 0) {
		size_t at = (size_t)((out[6] & 0x1f) << 8 | out[7]) * 8;

		assert_true(n <= mtu);
		assert_int_equal(ipv4_length(out, n), n);
		assert_int_equal(at, end);
		memcpy(whole + at, out + 20, n - 20);
		end = at + n - 20;
		assert_int_equal((out[6] & 0x20) != 0, end != len - 20);
		count++;
	}
	assert_int_equal(count, expect);
	assert_int_equal(end, len - 20);
	assert_memory_equal(whole, p + 20, len - 20);
}

static void test_fragment(void **state)
{
	check_fragments(1500, 1400, 2);
	check_fragments(1400, 1400, 1);
	check_fragments(1401, 1400, 2);
	check_fragments(3000, 576, 6);
	check_fragments(1500, 68, 31);
}

static void test_icmp_error(void **state)
{
	uint8_t p[1500], out[IPV4_ERROR_MAX];
	size_t n;

	packet(p, sizeof(p), 0x4000);
	assert_true(ipv4_df(p));
	n = ipv4_icmp_error(p, sizeof(p), (struct ipv4_error){3, 4, 1400}, 0x0a010e01, out);
	assert_int_equal(n, 56);
	assert_int_equal(ipv4_length(out, n), 56);
	assert_int_equal(ipv4_src(out), 0x0a010e01);
	assert_int_equal(ipv4_dst(out), 0x0a010d02);
	assert_int_equal(out[20], 3);
	assert_int_equal(out[21], 4);
	assert_int_equal(out[26] << 8 | out[27], 1400);
	assert_int_equal(ipv4_checksum(out + 20, n - 20), 0);
	assert_memory_equal(out + 28, p, 28);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checksum),   cmocka_unit_test(test_length),
		cmocka_unit_test(test_answerable), cmocka_unit_test(test_hop),
		cmocka_unit_test(test_filter),     cmocka_unit_test(test_fragment),
		cmocka_unit_test(test_icmp_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
