/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Netlink messages octet by octet as Linux 6.18 sent them (little endian machines only), cut
 * messages, and the set of routes that follows from announcements.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/nlmsg.h"
#include "dataplane/routes.h"

#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

struct canned {
	_Alignas(8) uint8_t b[128];
};

static struct nl_event decode(const char *hex)
{
	struct canned c = {{0}};
	struct nl_event ev;

	for (size_t i = 0; hex[2 * i] != '\0'; i++) {
		char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		c.b[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	nlmsg_decode(&ev, (const struct nlmsghdr *)(void *)c.b);
	return ev;
}

/* ip route add default via 10.1.13.1 proto static metric 5; ifindex 3 */
#define ROUTE                                                                              \
	"3c000000180000068040066be175000002000000fe0400010000000008000f00fe00000008000600" \
	"05000000080005000a010d010800040003000000"
/* local 10.1.13.2 in table 255 */
#define LOCAL                                                                              \
	"3c00000018000006000000000000000002200000ff02fe020000000008000f00ff00000008000100" \
	"0a010d02080007000a010d020800040003000000"
/* ip neigh add 10.1.13.1 lladdr 02:00:00:00:0d:01 nud reachable */
#define NEIGH                                                                              \
	"4c0000001c00000000000000e2750000020000000300000002000001080001000a010d010a000200" \
	"020000000d01000008000400000000001400030000000000000000000000000002000000"
/* ip addr add 10.1.13.2/30 */
#define ADDRESS                                                                            \
	"4c000000140000008040066bdd750000021e800003000000080001000a010d02080002000a010d02" \
	"0700030076300000080008008000000014000600ffffffffffffffff7877040078770400"
/* net.ipv4.ip_forward = 1, the message for all: ifindex -1 */
#define NETCONF "240000005000000000000000000000000200000008000100ffffffff0800020001000000"
/* IP_ADD_MEMBERSHIP of 239.1.1.1 */
#define GROUP                                                                              \
	"34000000380000000000000000000000022080000300000008000700ef01010114000600ffffffff" \
	"ffffffff7c7704007c770400"

static void test_decode(void **state)
{
	struct nl_event ev = decode(ROUTE);

	(void)state;
	assert_int_equal(ev.kind, NL_ROUTE);
	assert_false(ev.gone);
	assert_int_equal(ev.ifindex, 3);
	assert_int_equal(ev.route.dst, 0);
	assert_int_equal(ev.route.len, 0);
	assert_int_equal(ev.route.type, RTN_UNICAST);
	assert_int_equal(ev.route.table, RT_TABLE_MAIN);
	assert_int_equal(ev.route.metric, 5);
	assert_int_equal(ev.route.gateway, IP(10, 1, 13, 1));

	ev = decode(NEIGH);
	assert_int_equal(ev.kind, NL_NEIGHBOUR);
	assert_int_equal(ev.ifindex, 3);
	assert_int_equal(ev.neighbour.addr, IP(10, 1, 13, 1));
	assert_int_equal(ev.neighbour.state, NUD_REACHABLE);
	assert_true(ev.neighbour.has_mac);
	assert_int_equal(ev.neighbour.mac[4], 0x0d);

	ev = decode(ADDRESS);
	assert_int_equal(ev.kind, NL_ADDRESS);
	assert_int_equal(ev.address.addr, IP(10, 1, 13, 2));
	assert_int_equal(ev.address.len, 30);

	ev = decode(NETCONF);
	assert_int_equal(ev.kind, NL_FORWARDING);
	assert_true(ev.forwarding);
	assert_int_equal(ev.ifindex, -1);

	ev = decode(LOCAL);
	assert_int_equal(ev.kind, NL_ROUTE);
	assert_int_equal(ev.route.type, RTN_LOCAL);
	assert_int_equal(ev.route.table, RT_TABLE_LOCAL);
	assert_int_equal(ev.route.dst, IP(10, 1, 13, 2));
	assert_int_equal(ev.route.len, 32);

	ev = decode(GROUP);
	assert_int_equal(ev.kind, NL_MULTICAST);
	assert_int_equal(ev.group, IP(239, 1, 1, 1));
	assert_int_equal(ev.ifindex, 3);
}

/* What we send reads back as what we meant. */
static void test_requests(void **state)
{
	struct nlmsg_request r;
	struct nl_event ev;

	(void)state;
	nlmsg_route(&r, true, IP(192, 168, 14, 0), 24, IP(10, 1, 13, 1));
	nlmsg_decode(&ev, nlmsg_hdr(&r));
	assert_int_equal(ev.kind, NL_ROUTE);
	assert_true(ev.replace);
	assert_int_equal(ev.route.dst, IP(192, 168, 14, 0));
	assert_int_equal(ev.route.len, 24);
	assert_int_equal(ev.route.gateway, IP(10, 1, 13, 1));
	assert_int_equal(ev.route.table, RT_TABLE_MAIN);
	nlmsg_route(&r, false, 0, 0, IP(10, 1, 13, 1));
	nlmsg_decode(&ev, nlmsg_hdr(&r));
	assert_true(ev.gone);
	nlmsg_neigh_use(&r, 9, IP(1, 2, 3, 4));
	assert_int_equal(nlmsg_hdr(&r)->nlmsg_type, RTM_NEWNEIGH);
	nlmsg_decode(&ev, nlmsg_hdr(&r));
	assert_int_equal(ev.neighbour.addr, IP(1, 2, 3, 4));
	assert_int_equal(ev.ifindex, 9);
	nlmsg_address(&r, true, 3, IP(10, 0, 0, 1), 24);
	nlmsg_decode(&ev, nlmsg_hdr(&r));
	assert_int_equal(ev.address.len, 24);
	nlmsg_link(&r, 4, true, 1400, "Serial1/0");
	nlmsg_decode(&ev, nlmsg_hdr(&r));
	assert_int_equal(ev.kind, NL_LINK);
	assert_true(ev.link.up);
	assert_int_equal(ev.link.mtu, 1400);
}

/* A message cut anywhere is ignored or decodes from what is left, on an exact-size buffer. */
static void test_cut(void **state)
{
	static const char *const all[] = {ROUTE, NEIGH, ADDRESS, NETCONF, GROUP};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (size_t len = MNL_NLMSG_HDRLEN; len < strlen(all[i]) / 2; len++) {
			uint8_t *b = malloc(len);
			struct nl_event ev;

			for (size_t k = 0; k < len; k++) {
				char two[3] = {all[i][2 * k], all[i][2 * k + 1], '\0'};

				b[k] = (uint8_t)strtoul(two, NULL, 16);
			}
			((struct nlmsghdr *)(void *)b)->nlmsg_len = (uint32_t)len;
			nlmsg_decode(&ev, (const struct nlmsghdr *)(void *)b);
			free(b);
		}
	}
}

static uint8_t port_of(int ifindex, void *arg)
{
	return ifindex == 7 ? 0 : FIB_PORT_NONE;
}

static const struct fib_hop *hop_of(const struct route_set *s, uint32_t addr, struct fib **f)
{
	fib_unref(*f);
	assert_int_equal(route_set_fib(s, f, port_of, NULL), 0);
	return fib_lookup(*f, addr);
}

static struct nl_event route(uint32_t dst, uint8_t len, uint32_t gw, int ifindex)
{
	return (struct nl_event){
		.kind = NL_ROUTE,
		.ifindex = ifindex,
		.route = {.dst = dst,
			  .len = len,
			  .type = RTN_UNICAST,
			  .table = RT_TABLE_MAIN,
			  .gateway = gw},
	};
}

static void test_route_set(void **state)
{
	struct route_set s;
	struct fib *f = NULL;
	struct nl_event ev = route(IP(10, 2, 0, 0), 16, IP(10, 1, 13, 1), 7);

	(void)state;
	assert_int_equal(route_set_init(&s), 0);
	assert_true(route_set_event(&s, &ev));
	assert_true(route_set_event(&s, &ev)); /* the same again is one */
	assert_int_equal(s.n, 1);
	assert_int_equal(hop_of(&s, IP(10, 2, 3, 4), &f)->gateway, IP(10, 1, 13, 1));
	ev.replace = true;
	ev.route.gateway = IP(10, 1, 13, 9);
	assert_true(route_set_event(&s, &ev));
	assert_int_equal(s.n, 1);
	assert_int_equal(hop_of(&s, IP(10, 2, 3, 4), &f)->gateway, IP(10, 1, 13, 9));
	ev.replace = false;
	ev.gone = true;
	ev.route.table = 100;
	assert_false(route_set_event(&s, &ev)); /* a table that is not mirrored */
	ev.route.table = RT_TABLE_MAIN;
	assert_true(route_set_event(&s, &ev));
	assert_int_equal(hop_of(&s, IP(10, 2, 3, 4), &f)->type, FIB_NO_ROUTE);
	fib_unref(f);
	route_set_fini(&s);
}

/* No message comes for the routes of a link that goes down; own addresses stay. */
static void test_link_down(void **state)
{
	struct route_set s;
	struct fib *f = NULL;
	struct nl_event own = route(IP(10, 1, 13, 2), 32, 0, 7);

	(void)state;
	own.route.type = RTN_LOCAL;
	own.route.table = RT_TABLE_LOCAL;
	assert_int_equal(route_set_init(&s), 0);
	assert_true(route_set_event(&s, &own));
	for (uint32_t i = 0; i < 5000; i++) {
		struct nl_event ev = route(IP(20, 0, 0, 0) + (i << 8), 24, 1, i % 2 == 0 ? 7 : 8);

		assert_true(route_set_event(&s, &ev));
	}
	assert_int_equal(s.n, 5001);
	assert_true(route_set_link_down(&s, 7, false));
	assert_int_equal(s.n, 2501);
	assert_int_equal(hop_of(&s, IP(20, 0, 0, 1), &f)->type, FIB_NO_ROUTE);
	assert_int_equal(hop_of(&s, IP(20, 0, 1, 1), &f)->type, FIB_UNICAST);
	assert_int_equal(hop_of(&s, IP(10, 1, 13, 2), &f)->type, FIB_LOCAL);
	assert_true(route_set_link_down(&s, 7, true));
	assert_int_equal(hop_of(&s, IP(10, 1, 13, 2), &f)->type, FIB_NO_ROUTE);
	fib_unref(f);
	route_set_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),    cmocka_unit_test(test_requests),
		cmocka_unit_test(test_cut),       cmocka_unit_test(test_route_set),
		cmocka_unit_test(test_link_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
