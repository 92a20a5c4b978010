/* SPDX-License-Identifier: BSD-3-Clause */
/* Lengths are checked by libmnl's validators before a value is read. */
#include "dataplane/nlmsg.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <string.h>

#define ATTR_MAX 64 /* above every attribute read here */

struct attrs {
	const struct nlattr *a[ATTR_MAX];
};

static int store_attr(const struct nlattr *a, void *arg)
{
	struct attrs *at = arg;

	if (mnl_attr_get_type(a) < ATTR_MAX)
		at->a[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

static bool has(const struct attrs *at, unsigned int type, size_t len)
{
	return at->a[type] != NULL && mnl_attr_get_payload_len(at->a[type]) >= len;
}

static uint32_t attr_u32(const struct attrs *at, unsigned int type, uint32_t otherwise)
{
	return has(at, type, sizeof(uint32_t)) ? mnl_attr_get_u32(at->a[type]) : otherwise;
}

/* An IPv4 address in host order; 0 when it is not there. */
static uint32_t attr_addr(const struct attrs *at, unsigned int type)
{
	return ntohl(attr_u32(at, type, 0));
}

static bool attr_mac(const struct attrs *at, unsigned int type, uint8_t mac[6])
{
	if (at->a[type] == NULL || mnl_attr_get_payload_len(at->a[type]) != 6)
		return false;
	memcpy(mac, mnl_attr_get_payload(at->a[type]), 6);
	return true;
}

/* The fixed part of a message with its attributes behind it; NULL when it is too short. Not
 * mnl_attr_parse(), which rounds the end of the message up and reads behind one that was cut. */
static const void *payload(const struct nlmsghdr *h, size_t len, struct attrs *at)
{
	size_t fixed = MNL_ALIGN(len), have = mnl_nlmsg_get_payload_len(h);

	*at = (struct attrs){0};
	if (have < len)
		return NULL;
	if (have > fixed && mnl_attr_parse_payload(mnl_nlmsg_get_payload_offset(h, fixed),
						   have - fixed, store_attr, at) < 0)
		return NULL;
	return mnl_nlmsg_get_payload(h);
}

static enum nl_kind decode_link(struct nl_event *ev, const struct nlmsghdr *h)
{
	struct attrs at;
	const struct ifinfomsg *i = payload(h, sizeof(*i), &at);

	if (i == NULL || i->ifi_family == AF_BRIDGE)
		return NL_IGNORED;
	ev->ifindex = i->ifi_index;
	ev->link = (struct nl_link){
		.mtu = attr_u32(&at, IFLA_MTU, 0),
		.up = !ev->gone && (i->ifi_flags & IFF_UP) != 0,
	};
	ev->link.has_mac = attr_mac(&at, IFLA_ADDRESS, ev->link.mac);
	if (has(&at, IFLA_IFNAME, 1) &&
	    mnl_attr_get_payload_len(at.a[IFLA_IFNAME]) <= sizeof(ev->link.name))
		memcpy(ev->link.name, mnl_attr_get_payload(at.a[IFLA_IFNAME]),
		       mnl_attr_get_payload_len(at.a[IFLA_IFNAME]));
	ev->link.name[sizeof(ev->link.name) - 1] = '\0';
	return NL_LINK;
}

static enum nl_kind decode_address(struct nl_event *ev, const struct nlmsghdr *h)
{
	struct attrs at;
	const struct ifaddrmsg *a = payload(h, sizeof(*a), &at);

	if (a == NULL || a->ifa_family != AF_INET || !has(&at, IFA_LOCAL, 4))
		return NL_IGNORED;
	ev->ifindex = (int)a->ifa_index;
	ev->address = (struct nl_address){attr_addr(&at, IFA_LOCAL), a->ifa_prefixlen};
	return NL_ADDRESS;
}

/* The first next hop of several; the others only make `multipath` true. */
static void decode_multipath(struct nl_event *ev, const struct attrs *at)
{
	const struct rtnexthop *nh = mnl_attr_get_payload(at->a[RTA_MULTIPATH]);
	size_t len = mnl_attr_get_payload_len(at->a[RTA_MULTIPATH]);
	struct attrs in = {0};

	if (nh->rtnh_len < sizeof(*nh) || nh->rtnh_len > len)
		return;
	if (mnl_attr_parse_payload(nh + 1, nh->rtnh_len - sizeof(*nh), store_attr, &in) < 0)
		return;
	ev->ifindex = nh->rtnh_ifindex;
	ev->route.gateway = attr_addr(&in, RTA_GATEWAY);
	ev->route.multipath = len > nh->rtnh_len;
}

static enum nl_kind decode_route(struct nl_event *ev, const struct nlmsghdr *h)
{
	struct attrs at;
	const struct rtmsg *r = payload(h, sizeof(*r), &at);

	if (r == NULL || r->rtm_family != AF_INET || (r->rtm_flags & RTM_F_CLONED) != 0 ||
	    r->rtm_dst_len > 32 || r->rtm_tos != 0)
		return NL_IGNORED;
	ev->ifindex = (int)attr_u32(&at, RTA_OIF, 0);
	ev->route = (struct nl_route){
		.dst = attr_addr(&at, RTA_DST),
		.len = r->rtm_dst_len,
		.type = r->rtm_type,
		.table = attr_u32(&at, RTA_TABLE, r->rtm_table),
		.metric = attr_u32(&at, RTA_PRIORITY, 0),
		.gateway = attr_addr(&at, RTA_GATEWAY),
	};
	if (has(&at, RTA_MULTIPATH, sizeof(struct rtnexthop)))
		decode_multipath(ev, &at);
	return NL_ROUTE;
}

static enum nl_kind decode_neighbour(struct nl_event *ev, const struct nlmsghdr *h)
{
	struct attrs at;
	const struct ndmsg *n = payload(h, sizeof(*n), &at);

	if (n == NULL || n->ndm_family != AF_INET || !has(&at, NDA_DST, 4))
		return NL_IGNORED;
	ev->ifindex = n->ndm_ifindex;
	ev->neighbour = (struct nl_neighbour){
		.addr = attr_addr(&at, NDA_DST),
		.state = ev->gone ? NUD_NONE : n->ndm_state,
	};
	ev->neighbour.has_mac = attr_mac(&at, NDA_LLADDR, ev->neighbour.mac);
	return NL_NEIGHBOUR;
}

static enum nl_kind decode_multicast(struct nl_event *ev, const struct nlmsghdr *h)
{
	struct attrs at;
	const struct ifaddrmsg *a = payload(h, sizeof(*a), &at);

	if (a == NULL || a->ifa_family != AF_INET || !has(&at, IFA_MULTICAST, 4))
		return NL_IGNORED;
	ev->ifindex = (int)a->ifa_index;
	ev->group = attr_addr(&at, IFA_MULTICAST);
	return NL_MULTICAST;
}

static enum nl_kind decode_netconf(struct nl_event *ev, const struct nlmsghdr *h)
{
	struct attrs at;
	const struct netconfmsg *n = payload(h, sizeof(*n), &at);

	if (n == NULL || n->ncm_family != AF_INET || ev->gone ||
	    !has(&at, NETCONFA_FORWARDING, 4) || !has(&at, NETCONFA_IFINDEX, 4))
		return NL_IGNORED;
	ev->ifindex = (int)attr_u32(&at, NETCONFA_IFINDEX, 0);
	ev->forwarding = attr_u32(&at, NETCONFA_FORWARDING, 0) != 0;
	return NL_FORWARDING;
}

void nlmsg_decode(struct nl_event *ev, const struct nlmsghdr *h)
{
	*ev = (struct nl_event){.replace = (h->nlmsg_flags & NLM_F_REPLACE) != 0};
	switch (h->nlmsg_type) {
	case RTM_DELLINK:
	case RTM_DELADDR:
	case RTM_DELROUTE:
	case RTM_DELNEIGH:
	case RTM_DELNETCONF:
	case NL_RTM_DELMULTICAST:
		ev->gone = true;
		break;
	default:
		break;
	}
	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		ev->kind = decode_link(ev, h);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		ev->kind = decode_address(ev, h);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		ev->kind = decode_route(ev, h);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		ev->kind = decode_neighbour(ev, h);
		break;
	case NL_RTM_NEWMULTICAST:
	case NL_RTM_DELMULTICAST:
		ev->kind = decode_multicast(ev, h);
		break;
	case RTM_NEWNETCONF:
	case RTM_DELNETCONF:
		ev->kind = decode_netconf(ev, h);
		break;
	default:
		break;
	}
}

/* ---- requests --------------------------------------------------------------------------- */

static void *request(struct nlmsg_request *r, uint16_t type, uint16_t flags, size_t extra)
{
	struct nlmsghdr *h;

	memset(r, 0, sizeof(*r)); /* what libmnl skips for alignment goes to the kernel too */
	h = mnl_nlmsg_put_header(r->buf);
	h->nlmsg_type = type;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	return mnl_nlmsg_put_extra_header(h, extra);
}

void nlmsg_dump(struct nlmsg_request *r, uint16_t type, uint8_t family)
{
	/* Each GET message begins with its family; a link's fixed part is the longest. */
	struct ifinfomsg *i = request(r, type, NLM_F_DUMP, sizeof(*i));

	i->ifi_family = family;
}

void nlmsg_neigh_use(struct nlmsg_request *r, int ifindex, uint32_t addr)
{
	struct ndmsg *n = request(r, RTM_NEWNEIGH, NLM_F_CREATE, sizeof(*n));

	n->ndm_family = AF_INET;
	n->ndm_ifindex = ifindex;
	n->ndm_state = NUD_NONE;
	n->ndm_flags = NTF_USE;
	mnl_attr_put_u32(nlmsg_hdr(r), NDA_DST, htonl(addr));
}

void nlmsg_address(struct nlmsg_request *r, bool add, int ifindex, uint32_t addr, uint8_t len)
{
	struct ifaddrmsg *a =
		request(r, add ? RTM_NEWADDR : RTM_DELADDR,
			NLM_F_ACK | (add ? NLM_F_CREATE | NLM_F_REPLACE : 0), sizeof(*a));

	a->ifa_family = AF_INET;
	a->ifa_prefixlen = len;
	a->ifa_index = (uint32_t)ifindex;
	mnl_attr_put_u32(nlmsg_hdr(r), IFA_LOCAL, htonl(addr));
	mnl_attr_put_u32(nlmsg_hdr(r), IFA_ADDRESS, htonl(addr));
	if (add && len < 31)
		mnl_attr_put_u32(nlmsg_hdr(r), IFA_BROADCAST,
				 htonl(addr | (uint32_t)(UINT32_MAX >> len)));
}

void nlmsg_route(struct nlmsg_request *r, bool add, uint32_t dst, uint8_t len, uint32_t gateway)
{
	struct rtmsg *m = request(r, add ? RTM_NEWROUTE : RTM_DELROUTE,
				  NLM_F_ACK | (add ? NLM_F_CREATE | NLM_F_REPLACE : 0), sizeof(*m));

	m->rtm_family = AF_INET;
	m->rtm_dst_len = len;
	m->rtm_table = RT_TABLE_MAIN;
	m->rtm_protocol = RTPROT_STATIC;
	m->rtm_scope = RT_SCOPE_UNIVERSE;
	m->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(nlmsg_hdr(r), RTA_DST, htonl(dst));
	mnl_attr_put_u32(nlmsg_hdr(r), RTA_GATEWAY, htonl(gateway));
}

void nlmsg_link(struct nlmsg_request *r, int ifindex, bool up, uint32_t mtu, const char *alias)
{
	struct ifinfomsg *i = request(r, RTM_NEWLINK, NLM_F_ACK, sizeof(*i));

	i->ifi_family = AF_UNSPEC;
	i->ifi_index = ifindex;
	i->ifi_change = IFF_UP;
	i->ifi_flags = up ? IFF_UP : 0;
	if (mtu != 0)
		mnl_attr_put_u32(nlmsg_hdr(r), IFLA_MTU, mtu);
	if (alias != NULL)
		mnl_attr_put_strz(nlmsg_hdr(r), IFLA_IFALIAS, alias);
}
