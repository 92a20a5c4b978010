/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the node's kernel knows: the way to an address, the MAC address of a neighbour. Asked by
 * rtnetlink when a packet needs it; an answer is good for a moment, so that changes of routes
 * and neighbours are followed without events. All addresses in host order.
 */
#ifndef TESTS_LAB_KERNEL_H
#define TESTS_LAB_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#define KERNEL_CACHE 256 /* a power of two */

enum kernel_way { KERNEL_NONE, KERNEL_OWN, KERNEL_LINK };

struct kernel_route {
	uint32_t dst;
	uint64_t until; /* ns; 0: an empty slot */
	enum kernel_way way;
	unsigned int ifindex;
	uint32_t via; /* the next hop; dst itself when it is a neighbour */
};

struct kernel_neighbour {
	uint32_t ip;
	unsigned int ifindex;
	uint64_t until;
	bool known;
	uint8_t mac[6];
};

struct kernel {
	struct mnl_socket *nl;
	unsigned int seq;
	struct kernel_route routes[KERNEL_CACHE];
	struct kernel_neighbour neighbours[KERNEL_CACHE];
};

void kernel_open(struct kernel *k);
void kernel_close(struct kernel *k);
/* Valid until the next call. */
const struct kernel_route *kernel_route(struct kernel *k, uint32_t dst, uint64_t now);
/* The MAC address of a neighbour; NULL while it is not known, and then ARP has been started.
 * Valid until the next call. */
const uint8_t *kernel_neighbour(struct kernel *k, unsigned int ifindex, uint32_t ip, uint64_t now);

#endif
