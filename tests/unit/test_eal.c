/* SPDX-License-Identifier: BSD-3-Clause */
/* From the platform file to EAL's arguments; cores and devices as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "dataplane/eal.h"
#include "dataplane/police.h"

static void test_cores(void **state)
{
	static const char *const refused[] = {"", "0", "0@0", "0-1@0,2@1", "0@0,", "0@0 1@1", "x"};
	struct eal_cores c;
	struct err_text e;

	(void)state;
	assert_int_equal(eal_cores_parse(&c, "0@0,1@1,2@1", &e), 0);
	assert_int_equal(c.n, 3);
	assert_int_equal(c.lcore[2], 2);
	assert_int_equal(c.cpu[2], 1);
	for (size_t i = 0; i < GV_ARRAY_SIZE(refused); i++) {
		e.s[0] = '\0';
		assert_int_equal(eal_cores_parse(&c, refused[i], &e), -EINVAL);
		assert_non_null(strstr(e.s, "lcores"));
	}
}

static void test_devices(void **state)
{
	char out[64];

	(void)state;
	assert_true(eal_device_is_pci("0000:03:00.0"));
	assert_true(eal_device_is_pci("03:00.1,some=arg"));
	assert_false(eal_device_is_pci("net_af_xdp0,iface=wan"));
	assert_false(eal_device_is_pci("net_pcap0,rx_pcap=a:b.c"));
	assert_false(eal_device_is_pci("abc"));
	eal_device_name(out, sizeof(out), "net_af_xdp0,iface=wan");
	assert_string_equal(out, "net_af_xdp0");
	assert_true(eal_device_arg(out, sizeof(out), "net_af_xdp0,start_queue=1,iface=wan,x=1",
				   "iface"));
	assert_string_equal(out, "wan");
	assert_false(eal_device_arg(out, sizeof(out), "net_memif0,ifaces=wan", "iface"));
}

static bool has(const struct eal_args *a, const char *arg, const char *value)
{
	for (int i = 0; i < a->argc; i++)
		if (strcmp(a->argv[i], arg) == 0)
			return value == NULL ||
			       (i + 1 < a->argc && strcmp(a->argv[i + 1], value) == 0);
	return false;
}

static void test_arguments(void **state)
{
	struct dp_config c = {
		.lcores = "0@0,1@1",
		.memory_mib = 256,
		.file_prefix = "gm1",
		.n_ports = 1,
		.ports[0] = {.name = "Serial1/0", .device = "net_ring0"},
	};
	struct eal_args a;

	(void)state;
	eal_args_build(&a, &c);
	assert_true(has(&a, "--no-huge", NULL));
	assert_true(has(&a, "--no-pci", NULL));
	assert_true(has(&a, "--vdev", "net_ring0"));
	assert_true(has(&a, "-m", "256"));
	assert_true(has(&a, "--file-prefix", "gm1"));
	c.hugepages = true;
	c.ports[c.n_ports++].device = "0000:03:00.0";
	eal_args_build(&a, &c);
	/* EAL refuses both together. */
	assert_true(has(&a, "--in-memory", NULL) && !has(&a, "--no-huge", NULL));
	assert_true(has(&a, "-a", "0000:03:00.0"));
	assert_false(has(&a, "--no-pci", NULL));
}

/* A class takes its burst at once, then its rate; another class is not touched. */
static void test_police(void **state)
{
	const struct police_rate *r = &police_rates[POLICE_REST];
	struct police p = {{0}};
	uint64_t now = 1000000000000ull;
	unsigned int n = 0;

	(void)state;
	while (police_take(&p, POLICE_REST, now))
		n++;
	assert_int_equal(n, r->burst + 1);
	assert_true(police_take(&p, POLICE_LINK, now));
	for (unsigned int i = 0; i < 1000; i++) {
		now += r->interval_ns / 2;
		n += police_take(&p, POLICE_REST, now);
	}
	assert_int_equal(n, r->burst + 1 + 500);
	now += 3600 * 1000000000ull; /* what was not used does not add up */
	for (n = 0; police_take(&p, POLICE_REST, now);)
		n++;
	assert_int_equal(n, r->burst + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cores),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_police),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
