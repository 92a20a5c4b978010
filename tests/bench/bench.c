/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * getvpn-bench: cycles a packet of the real path on one core, without a NIC, beside the bare
 * library in the same run. Not installed.
 */
#include "bench.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>

#include "base/err.h"
#include "dataplane/eal.h"

#define ROUNDS   5
#define PAGES_2M 128 /* hugepages a run takes */

const uint8_t bench_key[BENCH_KEY] = {0x4c, 0x80, 0xcd, 0xef, 0xbb, 0x5d, 0x10, 0xda, 0x90, 0x6a,
				      0xc7, 0x3c, 0x36, 0x13, 0xa6, 0x34, 0x2e, 0x44, 0x3b, 0x68};

static const char usage[] =
	"usage: getvpn-bench [--suite NAME] [--size N|imix] [--dir out|in] [--tbar]\n"
	"                    [--seconds S] [--json] [--stages]\n"
	"Cycles a packet from the link header to the transmit queue, and of the bare library.\n"
	"Suites:";

static void print_usage(FILE *f)
{
	fputs(usage, f);
	for (unsigned int i = SUITE_NONE + 1; i < SUITE_COUNT; i++)
		fprintf(f, " %s", suite_get(i)->name);
	fputc('\n', f);
}

_Noreturn static void refuse(const char *what, const char *value)
{
	fprintf(stderr, "getvpn-bench: %s: %s\n", what, value);
	print_usage(stderr);
	exit(2);
}

unsigned int bench_length(const struct bench_options *o, unsigned int i)
{
	static const unsigned int imix[12] = {64, 576, 64, 64, 576, 64, 1400, 64, 576, 64, 576, 64};

	return o->size != 0 ? o->size : imix[i % 12];
}

/* ---- options ------------------------------------------------------------------------------ */

static unsigned int size_of(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (strcmp(text, "imix") == 0)
		return 0;
	if (*end != '\0' || n < 28 || n > 1800)
		refuse("size of 28 to 1800 octets, or imix", text);
	return (unsigned int)n;
}

static double seconds_of(const char *text)
{
	char *end;
	double s = strtod(text, &end);

	if (*end != '\0' || !(s >= 0.01 && s <= 3600))
		refuse("seconds", text);
	return s;
}

static bool direction_of(const char *text)
{
	if (strcmp(text, "out") != 0 && strcmp(text, "in") != 0)
		refuse("direction", text);
	return strcmp(text, "in") == 0;
}

static const struct suite *suite_of(const char *text)
{
	const struct suite *s = suite_by_name(text);

	if (s == NULL)
		refuse("unknown suite", text);
	return s;
}

static void parse(struct bench_options *o, int argc, char **argv)
{
	static const struct option longs[] = {{"suite", required_argument, NULL, 's'},
					      {"size", required_argument, NULL, 'n'},
					      {"dir", required_argument, NULL, 'd'},
					      {"seconds", required_argument, NULL, 't'},
					      {"tbar", no_argument, NULL, 'b'},
					      {"json", no_argument, NULL, 'j'},
					      {"stages", no_argument, NULL, 'g'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (c) {
		case 's':
			o->suite = suite_of(optarg);
			break;
		case 'n':
			o->size = size_of(optarg);
			break;
		case 'd':
			o->inbound = direction_of(optarg);
			break;
		case 't':
			o->seconds = seconds_of(optarg);
			break;
		case 'b':
			o->tbar = true;
			break;
		case 'j':
			o->json = true;
			break;
		case 'g':
			o->stages = true;
			break;
		case 'h':
			print_usage(stdout);
			exit(0);
		default:
			print_usage(stderr);
			exit(2);
		}
	if (optind != argc)
		refuse("unexpected", argv[optind]);
}

/* ---- run ---------------------------------------------------------------------------------- */

static bool hugepages_free(void)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "r");
	unsigned int n = 0;

	if (f == NULL)
		return false;
	if (fscanf(f, "%u", &n) != 1)
		n = 0;
	fclose(f);
	return n >= PAGES_2M;
}

/* Returns whether the packets lie in hugepages. */
static bool start_eal(char *program)
{
	bool huge = hugepages_free();
	char prefix[32], lcores[16];
	char *argv[] = {program,       "--no-pci",      "--no-telemetry",
			"--log-level", "lib.eal:error", "--file-prefix",
			prefix,        "--lcores",      lcores,
			"-m",          "256",           huge ? "--in-memory" : "--no-huge"};

	snprintf(prefix, sizeof(prefix), "gvbench-%d", (int)getpid());
	snprintf(lcores, sizeof(lcores), "0@%ld", sysconf(_SC_NPROCESSORS_ONLN) - 1);
	if (rte_eal_init(GV_ARRAY_SIZE(argv), argv) < 0) {
		fprintf(stderr, "getvpn-bench: EAL did not start\n");
		exit(1);
	}
	return huge;
}

static void report(const struct bench_options *o, double path, double raw, bool huge)
{
	double mpps = (double)rte_get_tsc_hz() / path / 1e6, octets = 0;

	for (unsigned int i = 0; i < 12; i++)
		octets += bench_length(o, i) / 12.0;
	printf(o->json ? "{\"suite\": \"%s\", \"size\": %.0f, \"dir\": \"%s\", "
			 "\"cycles_per_packet\": %.1f, \"mpps\": %.3f, \"gbps\": %.3f, "
			 "\"raw_cycles_per_packet\": %.1f, \"ratio_to_raw\": %.3f, "
			 "\"hugepages\": %s}\n"
		       : "%s %.0f octets %s: %.1f cycles/packet, %.2f Mpps, %.2f Gbit/s; bare "
			 "library %.1f cycles, ratio %.2f (hugepages: %s)\n",
	       o->suite->name, octets, o->inbound ? "in" : "out", path, mpps,
	       mpps * octets * 8 / 1e3, raw, path / raw, huge ? "true" : "false");
}

static void report_stages(struct path *p, uint64_t cycles)
{
	double c[PATH_STAGES];

	path_stages(p, cycles, c);
	for (unsigned int i = 0; i < PATH_STAGES; i++)
		printf("  %-8s %6.1f\n", path_stage_names[i], c[i]);
}

int main(int argc, char **argv)
{
	struct bench_options o = {.suite = suite_get(SUITE_GCM128), .size = 1400, .seconds = 1};
	double path = 0, raw = 0, v;
	uint64_t slice;
	struct path *p;
	struct raw *r;
	bool huge;

	parse(&o, argc, argv);
	huge = start_eal(argv[0]);
	if (path_new(&p, &o) < 0 || raw_new(&r, &o) < 0) {
		fprintf(stderr, "getvpn-bench: no memory\n");
		return 1;
	}
	slice = (uint64_t)(o.seconds / (2 * ROUNDS + 1) * (double)rte_get_tsc_hz());
	path_measure(p, slice / 2);
	raw_measure(r, p, slice / 2);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		v = path_measure(p, slice);
		path = i == 0 || v < path ? v : path;
		v = raw_measure(r, p, slice);
		raw = i == 0 || v < raw ? v : raw;
	}
	report(&o, path, raw, huge);
	if (o.stages)
		report_stages(p, slice);
	raw_free(r);
	path_free(p);
	return eal_stop() == 0 ? 0 : 1;
}
