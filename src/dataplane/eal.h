/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Brings DPDK's EAL up from the configuration. What EAL would refuse with a page of log is
 * checked before, so that the operator gets one sentence: cores, huge pages, interfaces.
 */
#ifndef DATAPLANE_EAL_H
#define DATAPLANE_EAL_H

#include <stdbool.h>

#include "dataplane/dp_api.h"

#define EAL_ARGS_MAX (16 + 2 * DP_PORTS_MAX)

/* "0@0,1@1": which lcore runs on which CPU. */
struct eal_cores {
	unsigned int n;
	unsigned int lcore[DP_PORTS_MAX];
	unsigned int cpu[DP_PORTS_MAX];
};

/* Pure. */
int eal_cores_parse(struct eal_cores *out, const char *text, struct err_text *e) GV_MUST_CHECK;
/* "0000:03:00.0", and not a vdev. */
bool eal_device_is_pci(const char *device);
/* The device's own name: "net_af_xdp0" of "net_af_xdp0,iface=wan". */
void eal_device_name(char *out, size_t cap, const char *device);
/* The value of "iface=" or another argument of a vdev; false when it has none. */
bool eal_device_arg(char *out, size_t cap, const char *device, const char *key);

struct eal_args {
	int argc;
	const char *argv[EAL_ARGS_MAX];
	char memory[16];
};
void eal_args_build(struct eal_args *a, const struct dp_config *cfg);

/* Checks and starts. Needs two cores or more: the first is control's. */
int eal_start(const struct dp_config *cfg, struct err_text *e) GV_MUST_CHECK;
/* Ends EAL and takes away what it left on disk. 0 or a negative errno. */
int eal_stop(void);

#endif
