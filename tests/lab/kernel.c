/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define GOOD_FOR_NS 500000000u
#define RETRY_NS    10000000u /* an unknown neighbour is asked for again */
#define NUD_USABLE  (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP)
#define REPLY_MAX   8192

void kernel_open(struct kernel *k)
{
	k->nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (k->nl == NULL || mnl_socket_bind(k->nl, 0, MNL_SOCKET_AUTOPID) != 0)
		err(1, "cannot open rtnetlink");
}

void kernel_close(struct kernel *k)
{
	mnl_socket_close(k->nl);
}

/* Sends a request and gives the answers to cb, to the acknowledgement. -errno of the kernel. */
static int ask(struct kernel *k, struct nlmsghdr *req, mnl_cb_t cb, void *arg)
{
	char reply[REPLY_MAX];
	unsigned int port = mnl_socket_get_portid(k->nl);
	ssize_t n;
	int more;

	req->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	req->nlmsg_seq = ++k->seq;
	if (mnl_socket_sendto(k->nl, req, req->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(k->nl, reply, sizeof(reply));
		if (n < 0)
			return -errno;
		more = mnl_cb_run(reply, (size_t)n, k->seq, port, cb, arg);
	} while (more > 0);
	return more < 0 ? -errno : 0;
}

static unsigned int slot(uint32_t ip)
{
	return (ip ^ ip >> 8 ^ ip >> 16) & (KERNEL_CACHE - 1);
}

/* ---- routes ----------------------------------------------------------------------------- */

static int read_route(const struct nlmsghdr *nlh, void *arg)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(nlh);
	struct kernel_route *r = arg;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*rt))
	{
		if (mnl_attr_get_type(attr) == RTA_OIF)
			r->ifindex = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == RTA_GATEWAY)
			r->via = ntohl(mnl_attr_get_u32(attr));
	}
	if (rt->rtm_type == RTN_UNICAST)
		r->way = KERNEL_LINK;
	else if (rt->rtm_type == RTN_LOCAL || rt->rtm_type == RTN_BROADCAST)
		r->way = KERNEL_OWN;
	return MNL_CB_OK;
}

const struct kernel_route *kernel_route(struct kernel *k, uint32_t dst, uint64_t now)
{
	struct kernel_route *r = &k->routes[slot(dst)];
	char buf[256];
	struct nlmsghdr *nlh;
	struct rtmsg *rt;

	if (r->dst == dst && r->until > now)
		return r;
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_GETROUTE;
	rt = mnl_nlmsg_put_extra_header(nlh, sizeof(*rt));
	rt->rtm_family = AF_INET;
	rt->rtm_dst_len = 32;
	mnl_attr_put_u32(nlh, RTA_DST, htonl(dst));
	*r = (struct kernel_route){.dst = dst, .via = dst, .until = now + GOOD_FOR_NS};
	if (ask(k, nlh, read_route, r) != 0)
		r->way = KERNEL_NONE;
	return r;
}

/* ---- neighbours ------------------------------------------------------------------------- */

static struct nlmsghdr *about_neighbour(char *buf, uint16_t type, const struct kernel_neighbour *n)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ndmsg *nd;

	nlh->nlmsg_type = type;
	nd = mnl_nlmsg_put_extra_header(nlh, sizeof(*nd));
	nd->ndm_family = AF_INET;
	nd->ndm_ifindex = (int)n->ifindex;
	mnl_attr_put_u32(nlh, NDA_DST, htonl(n->ip));
	return nlh;
}

struct answer {
	uint16_t state;
	uint8_t mac[6];
};

static int read_neighbour(const struct nlmsghdr *nlh, void *arg)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(nlh);
	struct answer *a = arg;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWNEIGH)
		return MNL_CB_OK;
	a->state = nd->ndm_state;
	mnl_attr_for_each(attr, nlh, sizeof(*nd))
	{
		if (mnl_attr_get_type(attr) == NDA_LLADDR &&
		    mnl_attr_get_payload_len(attr) == sizeof(a->mac))
			memcpy(a->mac, mnl_attr_get_payload(attr), sizeof(a->mac));
	}
	return MNL_CB_OK;
}

/* Says that the neighbour is in use: the kernel resolves it, or confirms what has gone stale. */
static void use_neighbour(struct kernel *k, const struct kernel_neighbour *n)
{
	char buf[256];
	struct nlmsghdr *nlh = about_neighbour(buf, RTM_NEWNEIGH, n);
	struct ndmsg *nd = mnl_nlmsg_get_payload(nlh);

	nlh->nlmsg_flags |= NLM_F_CREATE;
	nd->ndm_flags = NTF_USE;
	(void)ask(k, nlh, NULL, NULL);
}

static void find_neighbour(struct kernel *k, struct kernel_neighbour *n)
{
	struct answer a = {0};
	char buf[256];

	if (ask(k, about_neighbour(buf, RTM_GETNEIGH, n), read_neighbour, &a) != 0)
		a.state = NUD_NONE;
	if (!(a.state & (NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP)))
		use_neighbour(k, n);
	n->known = (a.state & NUD_USABLE) != 0;
	memcpy(n->mac, a.mac, sizeof(n->mac));
}

const uint8_t *kernel_neighbour(struct kernel *k, unsigned int ifindex, uint32_t ip, uint64_t now)
{
	struct kernel_neighbour *n = &k->neighbours[slot(ip)];

	if (n->ip != ip || n->ifindex != ifindex || n->until <= now) {
		*n = (struct kernel_neighbour){.ip = ip, .ifindex = ifindex};
		find_neighbour(k, n);
		n->until = now + (n->known ? GOOD_FOR_NS : RETRY_NS);
	}
	return n->known ? n->mac : NULL;
}
