/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Netlink messages as values: what the kernel says about links, addresses, routes, neighbours,
 * multicast groups and its forwarding switches, and what we ask of it. Pure: octets to structs
 * and back. IPv4 only; messages about anything else decode to NL_IGNORED.
 */
#ifndef DATAPLANE_NLMSG_H
#define DATAPLANE_NLMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net/if.h>

struct nlmsghdr;

/* Not in the kernel headers of Debian 12: joins of IPv4 groups, announced since Linux 6.14. */
#define NL_RTM_NEWMULTICAST  56
#define NL_RTM_DELMULTICAST  57
#define NL_RTM_GETMULTICAST  58
#define NL_GROUP_IPV4_MCADDR 37

enum nl_kind {
	NL_IGNORED,
	NL_LINK,
	NL_ADDRESS,
	NL_ROUTE,
	NL_NEIGHBOUR,
	NL_MULTICAST,
	NL_FORWARDING,
};

struct nl_link {
	char name[IF_NAMESIZE];
	uint32_t mtu; /* 0: not said */
	bool has_mac;
	uint8_t mac[6];
	bool up; /* administratively */
};

struct nl_address {
	uint32_t addr; /* host order */
	uint8_t len;
};

struct nl_route {
	uint32_t dst; /* host order */
	uint8_t len;
	uint8_t type; /* RTN_* */
	uint32_t table;
	uint32_t metric;
	uint32_t gateway; /* host order, 0: on the link */
	bool multipath;   /* more next hops than the first, which is the one given here */
};

struct nl_neighbour {
	uint32_t addr;  /* host order */
	uint16_t state; /* NUD_* */
	bool has_mac;
	uint8_t mac[6];
};

struct nl_event {
	enum nl_kind kind;
	bool gone;    /* a RTM_DEL message */
	bool replace; /* NLM_F_REPLACE: takes the place of a route with the same prefix */
	int ifindex;  /* 0: none; NL_FORWARDING: NETCONFA_IFINDEX_ALL and ..._DEFAULT too */
	union {
		struct nl_link link;
		struct nl_address address;
		struct nl_route route;
		struct nl_neighbour neighbour;
		uint32_t group;  /* host order */
		bool forwarding; /* now on */
	};
};

/* A message whose attributes are malformed decodes to NL_IGNORED. */
void nlmsg_decode(struct nl_event *ev, const struct nlmsghdr *h);

/* ---- requests --------------------------------------------------------------------------- */

#define NLMSG_REQUEST_MAX 512

struct nlmsg_request {
	_Alignas(8) uint8_t buf[NLMSG_REQUEST_MAX];
};

static inline struct nlmsghdr *nlmsg_hdr(struct nlmsg_request *r)
{
	return (struct nlmsghdr *)(void *)r->buf;
}

/* A dump of everything of that RTM_GET type. */
void nlmsg_dump(struct nlmsg_request *r, uint16_t type, uint8_t family);
/* Resolve or confirm the neighbour, as `ip neigh add ADDR dev IF use`. The answer is the event. */
void nlmsg_neigh_use(struct nlmsg_request *r, int ifindex, uint32_t addr);
void nlmsg_address(struct nlmsg_request *r, bool add, int ifindex, uint32_t addr, uint8_t len);
/* A static route through a gateway. */
void nlmsg_route(struct nlmsg_request *r, bool add, uint32_t dst, uint8_t len, uint32_t gateway);
/* mtu 0: leave; alias NULL: leave. */
void nlmsg_link(struct nlmsg_request *r, int ifindex, bool up, uint32_t mtu, const char *alias);

#endif
