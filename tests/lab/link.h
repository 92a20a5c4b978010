/* SPDX-License-Identifier: BSD-3-Clause */
/* One interface of the node, as raw Ethernet frames with IPv4 in them. */
#ifndef TESTS_LAB_LINK_H
#define TESTS_LAB_LINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LINKS_MAX      16
#define LINK_FRAME_MAX 9234 /* a packet of 9216 octets and odds */
#define LINK_HDR       14   /* Ethernet, untagged */
#define LINK_MAC       6

struct link {
	char name[IF_NAMESIZE];
	int fd;
	unsigned int ifindex;
	uint8_t mac[LINK_MAC];
	uint32_t own; /* its address, the source of our ICMP errors; host order */
	uint64_t overrun;
};

enum link_frame { LINK_OTHER, LINK_UNICAST, LINK_MULTICAST };

/* Ends the program with a sentence when the interface cannot be used. */
void link_open(struct link *l, const char *name);
void link_close(struct link *l);
/* Octets of the next frame, -1 when there is none. *to says whom it was sent to. */
ssize_t link_receive(const struct link *l, uint8_t *frame, size_t cap, enum link_frame *to);
/* Puts the Ethernet header into the LINK_HDR octets before the packet, and sends both. */
bool link_send(const struct link *l, const uint8_t *to, uint8_t *frame, size_t len);
/* Frames the kernel threw away because nobody fetched them, since the start. */
uint64_t link_overrun(struct link *l);

#endif
