/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The real pipeline without a kernel around it: EAL without hugepages, ports on any vdev, routes
 * and neighbours given by hand, one worker turned by the test itself.
 */
#ifndef TESTS_PKT_WORLD_H
#define TESTS_PKT_WORLD_H

#include <stdint.h>

#include "base/loop.h"
#include "dataplane/dp.h"
#include "dataplane/fib.h"
#include "dataplane/neigh.h"
#include "dataplane/worker.h"

#define WORLD_ROUTES 64

struct rte_mempool;

struct world {
	struct dp dp;
	struct loop *loop;
	struct rte_mempool *pool;
	struct neigh_set *neigh;
	struct fib_route route[WORLD_ROUTES];
	unsigned int n_routes;
	uint32_t port_addr[DP_PORTS_MAX]; /* what ICMP errors come from; 0: silent */
};

/* EAL with these vdevs ("net_pcap0,rx_pcap=..."). Once a process. */
void world_eal(const char *program, const char *const *vdevs, unsigned int n);
/* A mempool whose packets have room for struct dp_meta. */
struct rte_mempool *world_pool(const char *name, unsigned int n);
/* manual: a loop whose clock is moved by hand, starting at start_ns; 0: the real one. */
void world_init(struct world *w, unsigned int n_workers, uint64_t start_ns);
void world_fini(struct world *w);

/* A port of the data plane on a started ethdev; worker 0 polls it. Returns its index. */
unsigned int world_port(struct world *w, const char *name, uint16_t ethdev, uint16_t mtu);
/* Configures and starts an ethdev with one queue each way. */
void world_ethdev_start(uint16_t ethdev, struct rte_mempool *pool);
/* MAC that world_port() gives to a port. */
struct rte_ether_addr world_mac(unsigned int port);

void world_own(struct world *w, uint32_t addr);
void world_route(struct world *w, uint32_t addr, uint8_t len, uint8_t port, uint32_t gateway);
void world_neighbour(struct world *w, uint8_t port, uint32_t addr,
		     const struct rte_ether_addr *mac);
/* Publishes what the three above collected, and lets packets through. */
void world_forward(struct world *w);

/* A frame with a UDP packet of `len` octets (28..) for that port. Addresses in host order. */
struct rte_mbuf *world_udp(struct world *w, unsigned int port, uint32_t src, uint32_t dst,
			   uint32_t len);
/* One burst (at most DP_RX_BURST, taken) through worker 0 at that time; what leaves by `out` is
 * put back into pkt, the rest is freed. Returns how many. No ethdev is needed. */
unsigned int world_pass(struct world *w, uint64_t now_ns, unsigned int in, unsigned int out,
			struct rte_mbuf **pkt, unsigned int n);

#endif
