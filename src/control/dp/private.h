/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the bridge share. */
#ifndef CONTROL_DP_PRIVATE_H
#define CONTROL_DP_PRIVATE_H

#include "base/addr.h"
#include "control/dp/bridge.h"
#include "dataplane/dp_api.h"

#define BRIDGE_CONNS 64 /* TEKs of all groups, present and a little past */

struct bridge_port {
	char name[DP_PORT_NAME_MAX];
	bool has_map;      /* a crypto map names it: its address speaks GDOI */
	struct addr addr;  /* as the kernel has it */
	struct addr bound; /* ADDR_NONE: no socket */
};

struct bridge_conn {
	uint32_t spi, id; /* id 0: free */
};

struct bridge {
	struct bridge_env env;
	struct gm *gm;
	struct bridge_port port[DP_PORTS_MAX];
	unsigned int n_ports;
	struct conf_route *routes; /* as applied */
	unsigned int n_routes;
	struct bridge_conn conn[BRIDGE_CONNS];
	uint32_t last_conn;
};

struct bridge_port *bridge_port_find(struct bridge *b, const char *name);
/* Sockets and the member follow the address of a port and whether it has a map. */
void bridge_bind(struct bridge *b, struct bridge_port *p);
void bridge_address(const char *port, const struct addr *a, void *arg); /* dp_address_fn */
void bridge_event(const struct dp_event *ev, void *arg);                /* dp_event_fn */
void bridge_conn_add(struct bridge *b, uint32_t spi);

#endif
