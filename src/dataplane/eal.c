/* SPDX-License-Identifier: BSD-3-Clause */
/* Arguments and the checks before them. */
#include "dataplane/eal.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>

/* ---- pure parts ------------------------------------------------------------------------- */

int eal_cores_parse(struct eal_cores *out, const char *text, struct err_text *e)
{
	const char *p = text;

	*out = (struct eal_cores){0};
	while (*p != '\0') {
		unsigned int lcore, cpu;
		int used = 0;

		if (sscanf(p, "%u@%u%n", &lcore, &cpu, &used) != 2 || used == 0 ||
		    (p[used] != ',' && p[used] != '\0') || out->n == DP_PORTS_MAX)
			return err_set(e, -EINVAL,
				       "lcores \"%s\": pairs LCORE@CPU such as \"0@0,1@1\" are "
				       "expected",
				       text);
		out->lcore[out->n] = lcore;
		out->cpu[out->n++] = cpu;
		p += used + (p[used] == ',');
	}
	if (out->n < 2)
		return err_set(e, -EINVAL,
			       "lcores \"%s\": too few, one for control and at least one worker "
			       "are needed",
			       text);
	return 0;
}

bool eal_device_is_pci(const char *device)
{
	return strspn(device, "0123456789abcdefABCDEF:.") == strcspn(device, ",") &&
	       strchr(device, ':') != NULL && strchr(device, '.') != NULL;
}

void eal_device_name(char *out, size_t cap, const char *device)
{
	snprintf(out, cap, "%.*s", (int)strcspn(device, ","), device);
}

bool eal_device_arg(char *out, size_t cap, const char *device, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = strchr(device, ','); p != NULL; p = strchr(p, ',')) {
		p++;
		if (strncmp(p, key, len) != 0 || p[len] != '=')
			continue;
		snprintf(out, cap, "%.*s", (int)strcspn(p + len + 1, ","), p + len + 1);
		return true;
	}
	return false;
}

static void add(struct eal_args *a, const char *arg)
{
	gv_assert(a->argc < EAL_ARGS_MAX - 1);
	a->argv[a->argc++] = arg;
}

static void add2(struct eal_args *a, const char *opt, const char *arg)
{
	add(a, opt);
	add(a, arg);
}

void eal_args_build(struct eal_args *a, const struct dp_config *cfg)
{
	bool pci = false;

	*a = (struct eal_args){0};
	snprintf(a->memory, sizeof(a->memory), "%u", cfg->memory_mib);
	add(a, "getvpnd");
	add2(a, "--lcores", cfg->lcores);
	add2(a, "-m", a->memory);
	add2(a, "--file-prefix", cfg->file_prefix);
	add(a, "--no-telemetry");
	add2(a, "--log-level", "*:error");
	/* Huge pages without files: nothing is left behind. EAL refuses both options together. */
	add(a, cfg->hugepages ? "--in-memory" : "--no-huge");
	for (unsigned int i = 0; i < cfg->n_ports; i++) {
		bool is_pci = eal_device_is_pci(cfg->ports[i].device);

		add2(a, is_pci ? "-a" : "--vdev", cfg->ports[i].device);
		pci |= is_pci;
	}
	if (!pci)
		add(a, "--no-pci");
}

/* ---- checks ----------------------------------------------------------------------------- */

static int check_cpus(const struct eal_cores *c, struct err_text *e)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return err_set(e, -errno, "the CPUs of this process are not known: %s",
			       strerror(errno));
	for (unsigned int i = 0; i < c->n; i++)
		if (c->cpu[i] >= CPU_SETSIZE || !CPU_ISSET(c->cpu[i], &set))
			return err_set(e, -EINVAL,
				       "lcores name CPU %u, which this machine does not have or "
				       "this process may not use",
				       c->cpu[i]);
	return 0;
}

static int check_hugepages(const struct dp_config *cfg, struct err_text *e)
{
	unsigned long free_pages = 0, size_kb = 0;
	char line[128];
	FILE *f;

	if (!cfg->hugepages)
		return 0;
	f = fopen("/proc/meminfo", "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		(void)sscanf(line, "HugePages_Free: %lu", &free_pages);
		(void)sscanf(line, "Hugepagesize: %lu", &size_kb);
	}
	if (f != NULL)
		fclose(f);
	if (free_pages * size_kb >= cfg->memory_mib * 1024ul)
		return 0;
	return err_set(e, -ENOMEM,
		       "hugepages = true needs %u MiB of huge pages and %lu MiB are free: set "
		       "vm.nr_hugepages or hugepages = false",
		       cfg->memory_mib, free_pages * size_kb / 1024);
}

static int check_devices(const struct dp_config *cfg, struct err_text *e)
{
	for (unsigned int i = 0; i < cfg->n_ports; i++) {
		const struct dp_port_spec *p = &cfg->ports[i];
		char iface[64];

		/* For net_tap it is the name of an interface to make. */
		if (strncmp(p->device, "net_tap", 7) == 0 ||
		    !eal_device_arg(iface, sizeof(iface), p->device, "iface"))
			continue;
		if (if_nametoindex(iface) == 0)
			return err_set(e, -ENODEV,
				       "port %s: there is no interface '%s' in this network "
				       "namespace",
				       p->name, iface);
	}
	return 0;
}

static int check_privilege(struct err_text *e)
{
	if (geteuid() == 0)
		return 0;
	return err_set(e, -EPERM, "no permission: the data plane must be started by root");
}

/* ---- start and stop --------------------------------------------------------------------- */

int eal_start(const struct dp_config *cfg, struct err_text *e)
{
	struct eal_cores cores;
	struct eal_args args;
	int rc;

	rc = eal_cores_parse(&cores, cfg->lcores, e);
	if (rc == 0)
		rc = check_privilege(e);
	if (rc == 0)
		rc = check_cpus(&cores, e);
	if (rc == 0)
		rc = check_hugepages(cfg, e);
	if (rc == 0)
		rc = check_devices(cfg, e);
	if (rc != 0)
		return rc;
	eal_args_build(&args, cfg);
	/* EAL permutes the array, not the strings. */
	if (rte_eal_init(args.argc, (char **)(void *)args.argv) < 0)
		return err_set(e, -rte_errno,
			       "DPDK does not start: %s (is another process using file_prefix "
			       "\"%s\"?)",
			       rte_strerror(rte_errno), cfg->file_prefix);
	return 0;
}

/* EAL leaves its folder under /run/dpdk behind, one for each prefix ever used. */
static void remove_runtime_folder(const char *path)
{
	struct dirent *entry;
	DIR *d = opendir(path);

	if (d == NULL)
		return;
	while ((entry = readdir(d)) != NULL)
		(void)unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
	(void)rmdir(path);
}

int eal_stop(void)
{
	char path[PATH_MAX];
	int rc;

	snprintf(path, sizeof(path), "%s", rte_eal_get_runtime_dir());
	rc = rte_eal_cleanup();
	remove_runtime_folder(path);
	return rc;
}
