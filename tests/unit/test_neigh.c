/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbours: questions, held packets, failure, keep-alive; packets are addresses of nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/neighbour.h>
#include <string.h>

#include "dataplane/neigh.h"

#define S    1000000000ull
#define ADDR 0x0a010d01u

static const uint8_t mac1[6] = {2, 0, 0, 0, 0, 1}, mac2[6] = {2, 0, 0, 0, 0, 2};

struct seen {
	unsigned int asked, sent, dropped;
	uint8_t mac[6];
};

static void ask(uint8_t port, uint32_t addr, void *arg)
{
	((struct seen *)arg)->asked++;
}

static void send_one(struct rte_mbuf *m, const struct neigh *n, void *arg)
{
	struct seen *s = arg;

	assert_ptr_equal(m, (void *)(uintptr_t)(0x100 + s->sent)); /* in the order they came */
	memcpy(s->mac, n->mac, sizeof(s->mac));
	s->sent++;
}

static void drop_one(struct rte_mbuf *m, void *arg)
{
	((struct seen *)arg)->dropped++;
}

static const struct neigh_ops ops = {.ask = ask, .send = send_one, .drop = drop_one};

static void wait_packets(struct neigh_set *s, unsigned int n, uint64_t now)
{
	for (unsigned int i = 0; i < n; i++)
		neigh_set_wait(s, 1, ADDR, (void *)(uintptr_t)(0x100 + i), now);
}

static void test_resolved(void **state)
{
	struct seen seen = {0};
	struct neigh_set *s;

	(void)state;
	assert_int_equal(neigh_set_new(&s, &ops, &seen), 0);
	wait_packets(s, 7, 5 * S);
	assert_int_equal(seen.asked, 1);
	assert_false(neigh_set_event(s, 1, ADDR, NUD_INCOMPLETE, NULL));
	assert_true(neigh_set_event(s, 1, ADDR, NUD_REACHABLE, mac1));
	assert_int_equal(seen.sent, 7);
	assert_memory_equal(seen.mac, mac1, 6);
	assert_false(neigh_set_event(s, 1, ADDR, NUD_STALE, mac1)); /* the map is the same */
	assert_true(neigh_set_event(s, 1, ADDR, NUD_REACHABLE, mac2));
	assert_true(neigh_set_event(s, 1, ADDR, 0, NULL));
	assert_int_equal(seen.dropped, 0);
	neigh_set_free(s);
}

static void test_failed(void **state)
{
	struct seen seen = {0};
	struct neigh_set *s;

	(void)state;
	assert_int_equal(neigh_set_new(&s, &ops, &seen), 0);
	wait_packets(s, NEIGH_HELD + 3, 5 * S);
	assert_int_equal(seen.dropped, 3); /* no room to wait */
	(void)neigh_set_event(s, 1, ADDR, NUD_INCOMPLETE, NULL);
	(void)neigh_set_event(s, 1, ADDR, NUD_FAILED, NULL);
	assert_int_equal(seen.dropped, NEIGH_HELD + 3);
	wait_packets(s, 1, 5 * S + S / 2);
	assert_int_equal(seen.asked, 1); /* not twice a second */
	neigh_set_tick(s, 6 * S);
	assert_int_equal(seen.asked, 2);
	(void)neigh_set_event(s, 1, ADDR, NUD_FAILED, NULL);
	neigh_set_tick(s, 8 * S);
	assert_int_equal(s->n, 0); /* forgotten */
	assert_int_equal(s->n_free, NEIGH_MAX);
	neigh_set_free(s);
}

static void test_no_answer_at_all(void **state)
{
	struct seen seen = {0};
	struct neigh_set *s;

	(void)state;
	assert_int_equal(neigh_set_new(&s, &ops, &seen), 0);
	wait_packets(s, 2, 5 * S);
	neigh_set_tick(s, 5 * S + NEIGH_HOLD_NS - 1);
	assert_int_equal(seen.dropped, 0);
	neigh_set_tick(s, 5 * S + NEIGH_HOLD_NS);
	assert_int_equal(seen.dropped, 2);
	neigh_set_free(s);
}

/* An entry in use that went stale is asked for once a second; one that is not in use never. */
static void test_keep_alive(void **state)
{
	struct seen seen = {0};
	struct neigh_set *s;
	struct neigh_map *m;
	const struct neigh_entry *e;

	(void)state;
	assert_int_equal(neigh_set_new(&s, &ops, &seen), 0);
	(void)neigh_set_event(s, 1, ADDR, NUD_STALE, mac1);
	assert_int_equal(neigh_set_map(s, &m), 0);
	e = neigh_lookup(m, ADDR, 1);
	assert_non_null(e);
	neigh_set_tick(s, S);
	assert_int_equal(seen.asked, 0);
	s->used[e->slot] = 1;
	neigh_set_tick(s, 2 * S);
	assert_int_equal(seen.asked, 1);
	assert_int_equal(s->used[e->slot], 0);
	(void)neigh_set_event(s, 1, ADDR, NUD_REACHABLE, mac1);
	s->used[e->slot] = 1;
	neigh_set_tick(s, 3 * S);
	assert_int_equal(seen.asked, 1);
	neigh_map_unref(m);
	neigh_set_free(s);
}

static void test_map(void **state)
{
	struct seen seen = {0};
	struct neigh_set *s;
	struct neigh_map *m;

	(void)state;
	assert_int_equal(neigh_set_new(&s, &ops, &seen), 0);
	for (uint32_t i = 1; i <= NEIGH_MAX + 10; i++)
		(void)neigh_set_event(s, i % 3, ADDR + i, i % 5 == 0 ? NUD_FAILED : NUD_REACHABLE,
				      mac1);
	assert_int_equal(s->n, NEIGH_MAX); /* bounded */
	assert_int_equal(neigh_set_map(s, &m), 0);
	for (uint32_t i = 1; i <= NEIGH_MAX; i++) {
		const struct neigh_entry *e = neigh_lookup(m, ADDR + i, i % 3);

		assert_int_equal(e != NULL, i % 5 != 0);
		assert_null(neigh_lookup(m, ADDR + i, (i + 1) % 3));
	}
	neigh_map_unref(m);
	neigh_set_free(s);
}

/* After a new dump what was not repeated is gone. */
static void test_resync(void **state)
{
	struct seen seen = {0};
	struct neigh_set *s;

	(void)state;
	assert_int_equal(neigh_set_new(&s, &ops, &seen), 0);
	(void)neigh_set_event(s, 1, ADDR, NUD_REACHABLE, mac1);
	(void)neigh_set_event(s, 1, ADDR + 1, NUD_REACHABLE, mac1);
	neigh_set_mark(s);
	assert_false(neigh_set_event(s, 1, ADDR, NUD_REACHABLE, mac1));
	assert_true(neigh_set_sweep(s));
	neigh_set_tick(s, 10 * S);
	assert_int_equal(s->n, 1);
	neigh_set_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolved),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_no_answer_at_all),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_resync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
