/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TAP: the kernel's side of a port. Addresses, sockets and ARP live on it; frames for the box
 * are written to it and what the box sends is read from it. Plain descriptors of the control
 * loop, without offloads: the kernel hands over finished checksums and frames of at most the MTU,
 * and verifies what it is given.
 */
#ifndef DATAPLANE_TAP_H
#define DATAPLANE_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include "base/err.h"

struct tap {
	int fd; /* -1: not open */
	int ifindex;
	char name[IF_NAMESIZE];
};

struct tap_spec {
	const char *name; /* "se1_0" */
	uint8_t mac[6];   /* the port's */
	uint16_t mtu;
	bool persist; /* stays with its addresses when we end, and is adopted at the next start */
};

/* In the present network namespace. -EBUSY: another process has it. */
int tap_open(struct tap *t, const struct tap_spec *s, struct err_text *e) GV_MUST_CHECK;
void tap_close(struct tap *t);
int tap_set_mac(const struct tap *t, const uint8_t mac[6]) GV_MUST_CHECK;
int tap_set_carrier(const struct tap *t, bool up) GV_MUST_CHECK;

#endif
