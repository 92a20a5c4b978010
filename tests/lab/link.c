/* SPDX-License-Identifier: BSD-3-Clause */
#include "link.h"

#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

#define RECEIVE_BUFFER (8 << 20)

/* A kernel that forwards too would deliver every packet twice. The switch of an interface counts,
 * whatever ip_forward says. */
static void refuse_kernel_forwarding(const char *name)
{
	char path[128];
	FILE *f;
	int c;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/forwarding", name);
	f = fopen(path, "r");
	if (f == NULL)
		err(1, "%s", path);
	c = fgetc(f);
	fclose(f);
	if (c != '0')
		errx(1, "%s: the kernel forwards here; set net.ipv4.ip_forward=0 first", name);
}

static void read_addresses(struct link *l)
{
	struct ifreq ifr = {0};
	struct sockaddr_in sin;

	memcpy(ifr.ifr_name, l->name, sizeof(ifr.ifr_name));
	if (ioctl(l->fd, SIOCGIFHWADDR, &ifr) != 0)
		err(1, "%s: cannot read its MAC address", l->name);
	memcpy(l->mac, ifr.ifr_hwaddr.sa_data, LINK_MAC);
	if (ioctl(l->fd, SIOCGIFADDR, &ifr) != 0)
		err(1, "%s: has no IPv4 address", l->name);
	memcpy(&sin, &ifr.ifr_addr, sizeof(sin));
	l->own = ntohl(sin.sin_addr.s_addr);
}

static void listen_to(struct link *l)
{
	/* Until it is bound a socket with a protocol would get the frames of every interface. */
	struct sockaddr_ll ll = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETHERTYPE_IP),
				 .sll_ifindex = (int)l->ifindex};
	int on = 1, size = RECEIVE_BUFFER;

	if (setsockopt(l->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) != 0)
		err(1, "%s: cannot ignore frames that go out", l->name);
	if (setsockopt(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		err(1, "%s: cannot get a receive buffer", l->name);
	if (bind(l->fd, (struct sockaddr *)&ll, sizeof(ll)) != 0)
		err(1, "%s: cannot listen", l->name);
}

void link_open(struct link *l, const char *name)
{
	l->ifindex = if_nametoindex(name);
	if (l->ifindex == 0)
		errx(1, "%s: no such interface", name);
	snprintf(l->name, sizeof(l->name), "%s", name);
	refuse_kernel_forwarding(name);
	l->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		err(1, "%s: cannot open a packet socket", name);
	read_addresses(l);
	listen_to(l);
}

void link_close(struct link *l)
{
	close(l->fd);
}

ssize_t link_receive(const struct link *l, uint8_t *frame, size_t cap, enum link_frame *to)
{
	struct sockaddr_ll from;
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(l->fd, frame, cap, 0, (struct sockaddr *)&from, &from_len);

	if (n < 0)
		return -1;
	*to = LINK_OTHER;
	if (from.sll_pkttype == PACKET_HOST)
		*to = LINK_UNICAST;
	if (from.sll_pkttype == PACKET_MULTICAST)
		*to = LINK_MULTICAST;
	return n;
}

bool link_send(const struct link *l, const uint8_t *to, uint8_t *frame, size_t len)
{
	memcpy(frame, to, LINK_MAC);
	memcpy(frame + LINK_MAC, l->mac, LINK_MAC);
	put_be16(frame + 2 * LINK_MAC, ETHERTYPE_IP);
	return send(l->fd, frame, LINK_HDR + len, 0) >= 0;
}

uint64_t link_overrun(struct link *l)
{
	struct tpacket_stats st;
	socklen_t len = sizeof(st);

	/* Reading sets the kernel's numbers back to zero. */
	if (getsockopt(l->fd, SOL_PACKET, PACKET_STATISTICS, &st, &len) == 0)
		l->overrun += st.tp_drops;
	return l->overrun;
}
