/* SPDX-License-Identifier: BSD-3-Clause */
/* The platform file: what is read, what is refused and with which sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/conf/platform.h"

static int load(struct platform *pf, const char *text, enum platform_role role, struct err_text *e)
{
	char path[] = "/tmp/gv-platform-XXXXXX";
	int fd = mkstemp(path), rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	rc = platform_load(pf, path, role, e);
	unlink(path);
	return rc;
}

#define PORT "ports = ( { name = \"Serial1/0\"; device = \"net_af_xdp0,iface=wan\"; } );\n"

static void test_member(void **state)
{
	struct platform pf;
	struct err_text e = {""};

	(void)state;
	assert_int_equal(
		load(&pf,
		     "lcores = \"0@0,1@0\"; memory_mib = 512; hugepages = true; mbufs = 8192;\n"
		     "idle_sleep_us = 0; persist_taps = false; netns = \"box\"; user = \"getvpn\";\n"
		     "socket = \"/tmp/a.sock\"; log = \"both\"; file_prefix = \"gm1\";\n"
		     "timers = { lifetime_min_s = 10; retransmit_min_s = 1; backoff_min_s = 2; };\n"
		     "ports = ( { name = \"Serial1/0\"; device = \"0000:03:00.0\"; mtu = 1400; },\n"
		     "          { name = \"Ethernet0/0\"; device = \"net_ring0\"; } );\n",
		     PLATFORM_MEMBER, &e),
		0);
	assert_string_equal(pf.lcores, "0@0,1@0");
	assert_int_equal(pf.memory_mib, 512);
	assert_true(pf.hugepages);
	assert_int_equal(pf.mbufs, 8192);
	assert_int_equal(pf.idle_sleep_us, 0);
	assert_false(pf.persist_taps);
	assert_string_equal(pf.netns, "box");
	assert_string_equal(pf.user, "getvpn");
	assert_string_equal(pf.socket, "/tmp/a.sock");
	assert_true(pf.log_syslog && pf.log_stderr);
	assert_int_equal(pf.timers.lifetime_min_s, 10);
	assert_int_equal(pf.timers.retransmit_min_s, 1);
	assert_int_equal(pf.timers.backoff_min_s, 2);
	assert_int_equal(pf.n_ports, 2);
	assert_string_equal(pf.ports[0].tap, "se1_0");
	assert_string_equal(pf.ports[0].device, "0000:03:00.0");
	assert_int_equal(pf.ports[0].mtu, 1400);
	assert_string_equal(pf.ports[1].tap, "et0_0");
	assert_int_equal(pf.ports[1].mtu, 0);
}

static void test_defaults(void **state)
{
	struct platform pf;
	struct err_text e;

	(void)state;
	assert_int_equal(load(&pf, PORT, PLATFORM_MEMBER, &e), 0);
	assert_int_equal(pf.memory_mib, 256);
	assert_false(pf.hugepages);
	assert_true(pf.persist_taps);
	assert_int_equal(pf.timers.lifetime_min_s, 0);
	assert_int_equal(load(&pf, "", PLATFORM_KEY_SERVER, &e), 0);
	assert_string_equal(pf.socket, "/run/getvpn/getvpn-ks.sock");
}

static const struct {
	const char *text;
	enum platform_role role;
	const char *line; /* as the sentence has it */
	const char *reason;
} refused[] = {
	{PORT "memroy_mib = 256;\n", PLATFORM_MEMBER, ":2: memroy_mib", "not known"},
	{"memory_mib = 256;\n", PLATFORM_KEY_SERVER, ":1: memory_mib", "not known"},
	{PORT "memory_mib = 8;\n", PLATFORM_MEMBER, ":2: memory_mib", "outside 64..65536"},
	{PORT "memory_mib = \"256\";\n", PLATFORM_MEMBER, ":2: memory_mib", "number"},
	{PORT "hugepages = 1;\n", PLATFORM_MEMBER, ":2: hugepages", "true or false"},
	{PORT "user = 5;\n", PLATFORM_MEMBER, ":2: user", "quotes"},
	{PORT "log = \"file\";\n", PLATFORM_MEMBER, ":2: log", "syslog, stderr"},
	{PORT "\nlcores = ;\n", PLATFORM_MEMBER, ":3", "syntax"},
	{"ports = ();\n", PLATFORM_MEMBER, "", "no port"},
	{"ports = ( { name = \"Serial1/0\"; } );\n", PLATFORM_MEMBER, ":1", "device"},
	{"ports = ( { device = \"net_null0\"; } );\n", PLATFORM_MEMBER, ":1", "interface name"},
	{"ports = ( { name = \"Serial\"; device = \"x\"; } );\n", PLATFORM_MEMBER, ":1", "Serial"},
	{"ports = ( { name = \"Serial1/0\"; device = \"a\"; },\n"
	 "{ name = \"serial1/0\"; device = \"b\"; } );\n",
	 PLATFORM_MEMBER, ":2", "two ports"},
	{"timers = { lifetime_min_s = 9; };\n", PLATFORM_KEY_SERVER, ":1: lifetime_min_s",
	 "outside 10"},
	{"timers = { life = 9; };\n", PLATFORM_KEY_SERVER, ":1: life", "not known"},
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < GV_ARRAY_SIZE(refused); i++) {
		struct platform pf;
		struct err_text e = {""};

		assert_int_equal(load(&pf, refused[i].text, refused[i].role, &e), -EINVAL);
		if (strstr(e.s, refused[i].line) == NULL || strstr(e.s, refused[i].reason) == NULL)
			fail_msg("case %zu said: %s", i, e.s);
	}
}

static void test_missing_file(void **state)
{
	struct platform pf;
	struct err_text e;

	(void)state;
	assert_int_equal(platform_load(&pf, "/nonexistent/x", PLATFORM_MEMBER, &e), -ENOENT);
	assert_non_null(strstr(e.s, "/nonexistent/x"));
}

static const struct {
	const char *ios, *kernel; /* NULL: refused */
} names[] = {
	{"Serial1/0", "se1_0"},
	{"Ethernet0/0", "et0_0"},
	{"GigabitEthernet0/0/0", "gi0_0_0"},
	{"TenGigabitEthernet1/0/12", "te1_0_12"},
	{"gi0", "gi0"},
	{"Serial1/0.5", NULL},
	{"Serial", NULL},
	{"1/0", NULL},
	{"", NULL},
	{"S1/0", NULL},
	{"Serial/1", NULL},
	{"Ethernet10/20/30/40", "et10_20_30_40"},
	{"Ethernet100/200/300/40", NULL},
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < GV_ARRAY_SIZE(names); i++) {
		char out[IFNAME_LINUX_MAX];
		struct err_text e;
		int rc = ifname_to_linux(out, names[i].ios, &e);

		assert_int_equal(rc, names[i].kernel == NULL ? -EINVAL : 0);
		if (rc == 0)
			assert_string_equal(out, names[i].kernel);
	}
}

static void test_interfaces_are_ports(void **state)
{
	struct conf_interface i[] = {{.name = "Serial1/0"}, {.name = "Ethernet0/0"}};
	struct conf c = {.interfaces = i, .n_interfaces = 1};
	struct platform pf;
	struct err_text e;

	(void)state;
	assert_int_equal(load(&pf, PORT, PLATFORM_MEMBER, &e), 0);
	assert_int_equal(platform_check_conf(&pf, &c, &e), 0);
	c.n_interfaces = 2;
	assert_int_equal(platform_check_conf(&pf, &c, &e), -ENODEV);
	assert_non_null(strstr(e.s, "Ethernet0/0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_member),  cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_names),   cmocka_unit_test(test_interfaces_are_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
