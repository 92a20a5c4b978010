/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A port: a DPDK device with one receive queue and one transmit queue a worker. Software devices
 * refuse half of what a NIC can do; what is refused and not needed is noted and passed over.
 */
#ifndef DATAPLANE_PORT_H
#define DATAPLANE_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "dataplane/dp_api.h"

struct rte_mempool;

struct port {
	uint16_t ethdev;
	uint16_t mtu;
	uint16_t n_rxq; /* at most one a worker */
	struct rte_ether_addr mac;
	char driver[32];
	bool started;
};

/* Buffers of one pool for all ports, with room for the largest MTU. */
int port_pool_new(struct rte_mempool **out, const struct dp_config *cfg,
		  struct err_text *e) GV_MUST_CHECK;
/* Finds the device EAL was to make, sets MTU and queues, starts it. */
int port_start(struct port *p, const struct dp_port_spec *spec, unsigned int n_workers,
	       struct rte_mempool *pool, struct err_text *e) GV_MUST_CHECK;
/* No worker may poll it any more. */
void port_stop(struct port *p);
/* 0 or -errno; a device that cannot change it keeps its own. */
int port_set_mtu(struct port *p, uint16_t mtu) GV_MUST_CHECK;
/* A device that cannot change its address takes every frame instead. */
int port_set_mac(struct port *p, const uint8_t mac[6]) GV_MUST_CHECK;
bool port_link_up(const struct port *p);

#endif
