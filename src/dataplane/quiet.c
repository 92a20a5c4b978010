/* SPDX-License-Identifier: BSD-3-Clause */
/* One row a switch under /proc/sys/net. */
#include "dataplane/quiet.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct setting {
	const char *family, *key;
	char value;
	bool required; /* a box that cannot have it must not start */
};

static const struct setting each[] = {
	{"ipv4", "forwarding", '0', true},
	{"ipv4", "accept_redirects", '0', false},
	{"ipv4", "send_redirects", '0', false},
	{"ipv4", "accept_source_route", '0', false},
	{"ipv4", "proxy_arp", '0', false},
	/* Strict here breaks asymmetric routes. */
	{"ipv4", "rp_filter", '0', false},
	{"ipv6", "forwarding", '0', false},
	{"ipv6", "accept_ra", '0', false},
	{"ipv6", "accept_redirects", '0', false},
};

/* The data plane forwards IPv4 alone: without a stack the TAPs stay silent. */
static const struct setting tap_only[] = {
	{"ipv6", "disable_ipv6", '1', false},
};

static const struct setting all_only[] = {
	/* No answer on the LAN for the address of the WAN. */
	{"ipv4", "arp_ignore", '1', false},
	/* A new MAC address is announced, or hosts go on sending to the old one. */
	{"ipv4", "arp_notify", '1', false},
};

static int write_one(const char *path, char value)
{
	char now = '\0';
	int fd = open(path, O_RDWR | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return -errno;
	/* Writing what is there already would be announced as a change. */
	if (read(fd, &now, 1) != 1 || now != value)
		rc = pwrite(fd, &value, 1, 0) == 1 ? 0 : -errno;
	close(fd);
	return rc;
}

static int apply(const struct setting *s, size_t n, const char *name, struct err_text *e)
{
	for (size_t i = 0; i < n; i++) {
		char path[128];
		int rc;

		snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", s[i].family, name,
			 s[i].key);
		rc = write_one(path, s[i].value);
		if (rc != 0 && s[i].required)
			return err_set(e, rc, "%s cannot be set to %c: %s", path, s[i].value,
				       strerror(-rc));
	}
	return 0;
}

int quiet_all(struct err_text *e)
{
	int rc = write_one("/proc/sys/net/ipv4/ip_forward", '0');

	if (rc != 0)
		return err_set(e, rc, "ip_forward cannot be turned off: %s", strerror(-rc));
	rc = apply(each, GV_ARRAY_SIZE(each), "all", e);
	if (rc == 0)
		rc = apply(each, GV_ARRAY_SIZE(each), "default", e);
	return rc == 0 ? apply(all_only, GV_ARRAY_SIZE(all_only), "all", e) : rc;
}

int quiet_interface(const char *name, struct err_text *e)
{
	int rc = apply(each, GV_ARRAY_SIZE(each), name, e);

	return rc == 0 ? apply(tap_only, GV_ARRAY_SIZE(tap_only), name, e) : rc;
}

void quiet_again(const char *name)
{
	char path[128] = "/proc/sys/net/ipv4/ip_forward";

	if (name != NULL)
		snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/forwarding", name);
	(void)write_one(path, '0');
}
