/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The platform file (libconfig): what must be known before anything else starts. Everything
 * an operator changes while the box runs belongs to the startup configuration instead.
 * A key that the daemon does not know is refused, so that a misspelt one is not ignored.
 */
#ifndef CONTROL_CONF_PLATFORM_H
#define CONTROL_CONF_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ifname.h"
#include "control/conf/conf.h"

#define PLATFORM_PORTS_MAX  16
#define PLATFORM_DEVICE_MAX 256
#define PLATFORM_PATH_MAX   108 /* of a Unix socket */
#define PLATFORM_TEXT_MAX   64

enum platform_role { PLATFORM_MEMBER = 1, PLATFORM_KEY_SERVER = 2 };

struct platform_port {
	char name[IFNAME_IOS_MAX];        /* "Serial1/0" */
	char tap[IFNAME_LINUX_MAX];       /* "se1_0", made from the name */
	char device[PLATFORM_DEVICE_MAX]; /* PCI address or EAL vdev with its arguments */
	uint16_t mtu;                     /* 0: leave */
};

struct platform {
	/* both daemons */
	char socket[PLATFORM_PATH_MAX];    /* CLI; the lock file is beside it */
	char state_dir[PLATFORM_PATH_MAX]; /* private keys and what must outlive a restart */
	char user[PLATFORM_TEXT_MAX];      /* run as; "" = stay who we are */
	char netns[PLATFORM_TEXT_MAX];     /* network namespace of sockets and TAPs; "" = ours */
	bool log_syslog, log_stderr;       /* log = "syslog", "stderr", "both", "buffer" */
	struct conf_limits timers;

	/* the group member's data plane */
	char lcores[PLATFORM_TEXT_MAX]; /* "0@0,1@1": the first is control */
	char file_prefix[PLATFORM_TEXT_MAX];
	unsigned int memory_mib;
	bool hugepages;
	unsigned int mbufs;
	unsigned int idle_sleep_us;
	bool persist_taps;
	struct platform_port ports[PLATFORM_PORTS_MAX];
	unsigned int n_ports;
};

/* On refusal e says file, line and reason; *out is then undefined. */
int platform_load(struct platform *out, const char *path, enum platform_role role,
		  struct err_text *e) GV_MUST_CHECK;

/* Every interface of a configuration must be a port. */
int platform_check_conf(const struct platform *pf, const struct conf *c,
			struct err_text *e) GV_MUST_CHECK;

#endif
