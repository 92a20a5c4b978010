/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The box around the workers: a port and a TAP for each interface, the mirror of the kernel's
 * tables, and the rings between workers and the control loop. Control thread only.
 *
 *	worker ── punt ring ──► control ── write ──► TAP ══ kernel: addresses, sockets, routes
 *	       ◄─ inject ring ─ control ◄── read ───
 *	       ── resolve ring ► mirror ── NTF_USE ─► netlink
 */
#ifndef DATAPLANE_DP_BOX_H
#define DATAPLANE_DP_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/daemon.h"
#include "dataplane/dp.h"
#include "dataplane/mirror.h"
#include "dataplane/port.h"
#include "dataplane/tap.h"

struct loop_fd;
struct loop_timer;
struct rte_mempool;

struct box_port {
	struct dp_box *box;
	uint8_t index;
	struct port dev;
	struct tap tap;
	struct loop_fd *readable;
	uint16_t base_mtu;            /* when configuration names none */
	bool admin_up;                /* the TAP is up, as the kernel says */
	bool shutdown;                /* by configuration */
	bool carrier;                 /* as told to the kernel */
	struct nl_address configured; /* put on the TAP by configuration; addr 0: none */
};

struct dp_box {
	struct dp *dp;
	struct loop *loop;
	struct mirror *mirror;
	struct rte_mempool *pool;
	char netns[108]; /* of TAPs and netlink; "": the one we run in */
	struct box_port port[DP_PORTS_MAX];
	unsigned int n_ports;
	int wake_fd;
	bool asleep; /* the loop waits, or is about to: workers write to wake_fd */
	struct loop_fd *woken;
	struct loop_timer *carrier_timer;
	dp_address_fn *address_fn;
	void *address_arg;
};

int box_new(struct dp_box **out, struct dp *dp, const struct dp_config *cfg,
	    struct err_text *e) GV_MUST_CHECK;
/* No worker may run any more. */
void box_free(struct dp_box *box);
/* Rings to TAPs, waiting packets, changed tables: once a loop turn. True: there is more. */
bool box_turn(struct dp_box *box);
/* Tells workers and kernel what a port looks like now. */
void box_port_changed(struct box_port *p);
struct box_port *box_port_find(struct dp_box *box, const char *name); /* NULL: none */

#endif
