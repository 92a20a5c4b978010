/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keeps the kernel from forwarding. It owns addresses, routes and sockets of the box, but a user
 * packet it forwarded would leave in clear. `ip_forward = 0` is not enough: an interface whose
 * own switch is on forwards all the same; and with forwarding off IPv6 is a host that takes
 * addresses and a default route from any router that announces itself.
 */
#ifndef DATAPLANE_QUIET_H
#define DATAPLANE_QUIET_H

#include "base/err.h"

/* All in the present network namespace. What stops forwarding must work; an absent IPv6 stack is
 * fine. */
int quiet_all(struct err_text *e) GV_MUST_CHECK;
int quiet_interface(const char *name, struct err_text *e) GV_MUST_CHECK;
/* Somebody turned forwarding on; name NULL: for all. Where it cannot be turned off, the next
 * announcement comes back here. */
void quiet_again(const char *name);

#endif
