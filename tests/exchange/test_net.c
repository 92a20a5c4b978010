/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP endpoints over loopback: delivery, sizes, counters, closing from inside the callback. */
#include "control/net/net.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs the headers above first */
#include <setjmp.h>

#include <cmocka.h>

#include "base/loop.h"

struct fixture {
	struct loop *loop;
	struct net *net;
	struct endpoint a, b;
	struct endpoint last_local, last_remote;
	size_t last_len;
	uint8_t last_first, last_last;
	unsigned int received;
	bool close_on_receive;
};

static void receive(const struct endpoint *local, const struct endpoint *remote, struct bytes msg,
		    void *arg)
{
	struct fixture *f = arg;

	f->last_local = *local;
	f->last_remote = *remote;
	f->last_len = msg.len;
	if (msg.len > 0) {
		f->last_first = msg.p[0];
		f->last_last = msg.p[msg.len - 1];
	}
	f->received++;
	if (f->close_on_receive)
		net_close(f->net, &f->b);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->a = f->b = (struct endpoint){.addr = addr_v4(INADDR_LOOPBACK)};
	assert_int_equal(loop_new(&f->loop), 0);
	assert_int_equal(net_new(&f->net, f->loop, receive, f), 0);
	assert_int_equal(net_open(f->net, &f->a, NULL), 0);
	assert_int_equal(net_open(f->net, &f->b, NULL), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	net_free(f->net);
	loop_free(f->loop);
	free(f);
	return 0;
}

static void pump(struct fixture *f, unsigned int want)
{
	for (int i = 0; i < 100 && f->received < want; i++)
		loop_turn(f->loop, 20);
}

static void test_delivery(void **state)
{
	static const size_t sizes[] = {0, 1, 28, 1472, 1473, 9000, 65507};
	static uint8_t msg[65507];
	struct fixture *f = *state;

	for (unsigned int i = 0; i < GV_ARRAY_SIZE(sizes); i++) {
		msg[0] = (uint8_t)(i + 1);
		if (sizes[i] > 1)
			msg[sizes[i] - 1] = (uint8_t)(0xa0 + i);
		net_send(f->net, &f->a, &f->b, bytes_of(msg, sizes[i]));
		pump(f, i + 1);
		assert_int_equal(f->received, i + 1);
		assert_int_equal(f->last_len, sizes[i]);
		assert_true(endpoint_equal(&f->last_local, &f->b));
		assert_true(endpoint_equal(&f->last_remote, &f->a));
		if (sizes[i] > 1) {
			assert_int_equal(f->last_first, i + 1);
			assert_int_equal(f->last_last, 0xa0 + i);
		}
	}
	assert_int_equal(net_count(f->net, NET_COUNT_SENT), GV_ARRAY_SIZE(sizes));
	assert_int_equal(net_count(f->net, NET_COUNT_RECEIVED), GV_ARRAY_SIZE(sizes));
}

static void test_refused_sends_are_counted(void **state)
{
	static uint8_t msg[65508]; /* one more than UDP over IPv4 can carry */
	struct fixture *f = *state;
	struct endpoint stranger = {.addr = addr_v4(0x0a000001), .port = 848};

	net_send(f->net, &stranger, &f->b, bytes_of(msg, 1));
	assert_int_equal(net_count(f->net, NET_COUNT_SEND_CLOSED), 1);
	net_send(f->net, &f->a, &f->b, bytes_of(msg, sizeof(msg)));
	assert_int_equal(net_count(f->net, NET_COUNT_SEND_ERROR), 1);
	assert_int_equal(net_count(f->net, NET_COUNT_SENT), 0);
}

static void test_open_twice_and_taken(void **state)
{
	struct fixture *f = *state;
	struct endpoint again = f->a, foreign = {.addr = addr_v4(0xc0000201), .port = 848};
	struct err_text e = {0};
	struct net *other;

	assert_int_equal(net_open(f->net, &again, NULL), 0);
	assert_int_equal(net_new(&other, f->loop, receive, f), 0);
	assert_int_equal(net_open(other, &again, &e), -EADDRINUSE);
	assert_non_null(strstr(e.s, endpoint_text(&again).s));
	assert_int_equal(net_open(other, &foreign, &e), -EADDRNOTAVAIL);
	net_free(other);
}

static void test_close_inside_callback(void **state)
{
	struct fixture *f = *state;

	f->close_on_receive = true;
	net_send(f->net, &f->a, &f->b, bytes_of("x", 1));
	net_send(f->net, &f->a, &f->b, bytes_of("y", 1));
	pump(f, 1);
	assert_int_equal(f->received, 1);
	loop_turn(f->loop, 0);
	assert_int_equal(f->received, 1);
	net_send(f->net, &f->b, &f->a, bytes_of("z", 1));
	assert_int_equal(net_count(f->net, NET_COUNT_SEND_CLOSED), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_delivery, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_sends_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_open_twice_and_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_close_inside_callback, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
