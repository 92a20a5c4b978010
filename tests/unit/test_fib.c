/* SPDX-License-Identifier: BSD-3-Clause */
/* The range table against the obvious linear search, on hand-made and on random prefixes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/fib.h"

#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static uint32_t mask(uint8_t len)
{
	return len == 0 ? 0 : UINT32_MAX << (32 - len);
}

/* Two passes, as the kernel does it: the local table, then the rest. */
static struct fib_hop oracle(const struct fib_route *r, unsigned int n, uint32_t addr)
{
	for (int pass = 1; pass >= 0; pass--) {
		const struct fib_route *best = NULL;

		for (unsigned int i = 0; i < n; i++) {
			if (r[i].first != (pass == 1) || ((addr ^ r[i].addr) & mask(r[i].len)) != 0)
				continue;
			if (best == NULL || r[i].len > best->len ||
			    (r[i].len == best->len && r[i].metric < best->metric))
				best = &r[i];
		}
		if (best != NULL)
			return best->hop;
	}
	return (struct fib_hop){.type = FIB_NO_ROUTE, .port = FIB_PORT_NONE};
}

static void assert_same(const struct fib *f, const struct fib_route *r, unsigned int n,
			uint32_t addr)
{
	struct fib_hop want = oracle(r, n, addr);
	const struct fib_hop *got = fib_lookup(f, addr);

	if (got->type != want.type || got->gateway != want.gateway || got->port != want.port)
		fail_msg("%08x: hop %u/%08x, expected %u/%08x", addr, got->type, got->gateway,
			 want.type, want.gateway);
}

static struct fib_route route(uint32_t addr, uint8_t len, uint32_t gw, uint8_t port)
{
	return (struct fib_route){.addr = addr,
				  .len = len,
				  .hop = {.gateway = gw, .type = FIB_UNICAST, .port = port}};
}

static struct fib_route local(uint32_t addr, uint8_t len)
{
	return (struct fib_route){
		.addr = addr, .len = len, .first = true, .hop = {.type = FIB_LOCAL, .port = 0xff}};
}

static void test_empty(void **state)
{
	struct fib *f;

	(void)state;
	assert_int_equal(fib_build(&f, NULL, 0), 0);
	assert_int_equal(fib_lookup(f, 0)->type, FIB_NO_ROUTE);
	assert_int_equal(fib_lookup(f, UINT32_MAX)->type, FIB_NO_ROUTE);
	fib_unref(f);
}

/* The tables of a group member of the reference topology. */
static void test_member(void **state)
{
	struct fib_route r[] = {
		route(0, 0, IP(10, 1, 13, 1), 0),     route(IP(10, 1, 13, 0), 30, 0, 0),
		route(IP(192, 168, 13, 0), 24, 0, 1), local(IP(10, 1, 13, 2), 32),
		local(IP(10, 1, 13, 3), 32),          local(IP(192, 168, 13, 1), 32),
		local(IP(127, 0, 0, 0), 8),
	};
	struct fib *f;

	(void)state;
	assert_int_equal(fib_build(&f, r, GV_ARRAY_SIZE(r)), 0);
	assert_int_equal(fib_lookup(f, IP(192, 168, 14, 2))->gateway, IP(10, 1, 13, 1));
	assert_int_equal(fib_lookup(f, IP(10, 1, 13, 1))->gateway, 0);
	assert_int_equal(fib_lookup(f, IP(10, 1, 13, 2))->type, FIB_LOCAL);
	assert_int_equal(fib_lookup(f, IP(10, 1, 13, 3))->type, FIB_LOCAL);
	assert_int_equal(fib_lookup(f, IP(10, 1, 13, 4))->gateway, IP(10, 1, 13, 1));
	assert_int_equal(fib_lookup(f, IP(192, 168, 13, 255))->port, 1);
	assert_int_equal(fib_lookup(f, IP(127, 1, 2, 3))->type, FIB_LOCAL);
	assert_int_equal(fib_lookup(f, IP(255, 255, 255, 255))->type, FIB_UNICAST);
	fib_unref(f);
}

/* A short local prefix hides longer routes inside it; a smaller metric wins. */
static void test_precedence(void **state)
{
	struct fib_route r[] = {
		local(IP(10, 0, 0, 0), 8),       route(IP(10, 1, 0, 0), 16, 7, 1),
		route(IP(20, 0, 0, 0), 8, 1, 1), route(IP(20, 0, 0, 0), 8, 2, 1),
		local(IP(20, 0, 0, 0), 9),       route(IP(255, 255, 255, 0), 24, 9, 1),
	};
	struct fib *f;

	(void)state;
	r[2].metric = 20;
	r[3].metric = 10;
	assert_int_equal(fib_build(&f, r, GV_ARRAY_SIZE(r)), 0);
	assert_int_equal(fib_lookup(f, IP(10, 1, 2, 3))->type, FIB_LOCAL);
	assert_int_equal(fib_lookup(f, IP(20, 200, 0, 1))->gateway, 2);
	assert_int_equal(fib_lookup(f, IP(20, 1, 0, 1))->type, FIB_LOCAL);
	assert_int_equal(fib_lookup(f, UINT32_MAX)->gateway, 9);
	fib_unref(f);
}

#define RANDOM_ROUTES 300

/* Prefixes crowd in a few /16s so that they nest; edges and random addresses are compared. */
static void random_round(unsigned int seed)
{
	struct fib_route r[RANDOM_ROUTES];
	struct fib *f;

	srandom(seed);
	for (unsigned int i = 0; i < RANDOM_ROUTES; i++) {
		uint8_t len = (uint8_t)(random() % 33);
		uint32_t addr = ((uint32_t)random() & 0x8003ffff) & mask(len);

		r[i] = random() % 4 == 0 ? local(addr, len) : route(addr, len, i + 1, i % 5);
		r[i].metric = i;
		if (r[i].first && len < 12)
			r[i].first = false;
	}
	assert_int_equal(fib_build(&f, r, RANDOM_ROUTES), 0);
	for (unsigned int i = 0; i < RANDOM_ROUTES; i++) {
		uint32_t last = r[i].addr | ~mask(r[i].len);

		assert_same(f, r, RANDOM_ROUTES, r[i].addr);
		assert_same(f, r, RANDOM_ROUTES, r[i].addr - 1);
		assert_same(f, r, RANDOM_ROUTES, last);
		assert_same(f, r, RANDOM_ROUTES, last + 1);
		assert_same(f, r, RANDOM_ROUTES, (uint32_t)random() & 0x8003ffff);
	}
	fib_unref(f);
}

static void test_random(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 20; seed++)
		random_round(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_member),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
