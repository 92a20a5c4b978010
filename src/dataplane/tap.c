/* SPDX-License-Identifier: BSD-3-Clause */
/* /dev/net/tun without VNET_HDR and TUNSETOFFLOAD. */
#include "dataplane/tap.h"

#include <fcntl.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int attach(struct tap *t, const struct tap_spec *s)
{
	struct ifreq q = {.ifr_flags = IFF_TAP | IFF_NO_PI};

	snprintf(q.ifr_name, sizeof(q.ifr_name), "%s", s->name);
	if (ioctl(t->fd, TUNSETIFF, &q) != 0)
		return -errno;
	return ioctl(t->fd, TUNSETPERSIST, s->persist ? 1 : 0) == 0 ? 0 : -errno;
}

static int set_mac(int sock, const char *name, const uint8_t mac[6])
{
	struct ifreq q = {0};

	snprintf(q.ifr_name, sizeof(q.ifr_name), "%s", name);
	if (ioctl(sock, SIOCGIFHWADDR, &q) == 0 && memcmp(q.ifr_hwaddr.sa_data, mac, 6) == 0)
		return 0; /* setting it again would announce it again */
	q.ifr_hwaddr.sa_family = ARPHRD_ETHER;
	memcpy(q.ifr_hwaddr.sa_data, mac, 6);
	return ioctl(sock, SIOCSIFHWADDR, &q) == 0 ? 0 : -errno;
}

static int set_mtu(int sock, const char *name, uint16_t mtu)
{
	struct ifreq q = {.ifr_mtu = mtu};

	snprintf(q.ifr_name, sizeof(q.ifr_name), "%s", name);
	return ioctl(sock, SIOCSIFMTU, &q) == 0 ? 0 : -errno;
}

static int set_up(struct tap *t, const struct tap_spec *s)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc = sock < 0 ? -errno : set_mac(sock, s->name, s->mac);

	if (rc == 0)
		rc = set_mtu(sock, s->name, s->mtu);
	if (sock >= 0)
		close(sock);
	t->ifindex = (int)if_nametoindex(s->name);
	return rc == 0 && t->ifindex == 0 ? -errno : rc;
}

int tap_open(struct tap *t, const struct tap_spec *s, struct err_text *e)
{
	int rc;

	snprintf(t->name, sizeof(t->name), "%s", s->name);
	t->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (t->fd < 0)
		return err_set(e, -errno, "/dev/net/tun: %s", strerror(errno));
	rc = attach(t, s);
	if (rc == 0)
		rc = set_up(t, s);
	if (rc == 0)
		return 0;
	tap_close(t);
	if (rc == -EBUSY)
		return err_set(e, rc, "interface %s is in use by another process", s->name);
	return err_set(e, rc, "interface %s cannot be set up: %s", s->name, strerror(-rc));
}

void tap_close(struct tap *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

int tap_set_mac(const struct tap *t, const uint8_t mac[6])
{
	struct ifreq q = {.ifr_hwaddr.sa_family = ARPHRD_ETHER};

	/* The descriptor itself takes it, in whatever namespace the caller is. */
	memcpy(q.ifr_hwaddr.sa_data, mac, 6);
	return ioctl(t->fd, SIOCSIFHWADDR, &q) == 0 ? 0 : -errno;
}

int tap_set_carrier(const struct tap *t, bool up)
{
	int on = up;

	return ioctl(t->fd, TUNSETCARRIER, &on) == 0 ? 0 : -errno;
}
