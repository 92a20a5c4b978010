/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between control and the data plane: a group member's policy becomes a description for the
 * workers, their events become system messages and histories, and what configuration says of
 * interfaces and routes goes to the kernel. Addresses come back: the sockets of GDOI and IKE are
 * bound to the address of each interface with a crypto map.
 */
#ifndef CONTROL_DP_BRIDGE_H
#define CONTROL_DP_BRIDGE_H

#include <stdint.h>

#include "base/err.h"
#include "control/gm/gm.h"

struct bridge;
struct dp;
struct net;

struct bridge_env {
	struct loop *loop;
	struct dp *dp;
	struct net *net;
	const char *netns; /* where sockets are opened; "": where we run */
};

int bridge_new(struct bridge **out, const struct bridge_env *env) GV_MUST_CHECK;
void bridge_free(struct bridge *b); /* NULL is fine; the data plane must hear no event after */
/* For struct gm_env: dp and dp_arg (the bridge). */
extern const struct gm_dp_ops bridge_gm_ops;
/* From now on events and addresses reach the group member. */
void bridge_set_gm(struct bridge *b, struct gm *gm);

/* A listener of conf/store.h: interfaces, routes, sockets. arg is the bridge. */
int bridge_apply(const struct conf *now, void *arg, struct err_text *e);

/* "connection id" of messages and `show crypto ipsec sa`: small numbers, the same for the life
 * of a TEK. 0 for an SPI that is not installed. */
uint32_t bridge_conn_id(const struct bridge *b, uint32_t spi);

struct dp_reader;
/* Fills in the table that commands read by; it lives as long as the bridge. */
void bridge_reader(struct bridge *b, struct dp_reader *out);

#endif
