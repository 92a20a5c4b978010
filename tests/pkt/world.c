/* SPDX-License-Identifier: BSD-3-Clause */
/* Set-up for tests; whatever fails ends the program. */
#include "world.h"

#include <linux/neighbour.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_ethdev.h>

#include "dataplane/dp_fwd.h"
#include "dataplane/eal.h"
#include "dataplane/ipv4.h"

#define DESCRIPTORS 512

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "world: %s\n", what);
	exit(2);
}

static void end_eal(void)
{
	if (eal_stop() < 0)
		fprintf(stderr, "world: EAL did not end well\n");
}

void world_eal(const char *program, const char *const *vdevs, unsigned int n)
{
	char prefix[64], *argv[64] = {(char *)program, "--no-huge",     "-m",
				      "256",           "--no-pci",      "--no-telemetry",
				      "--log-level",   "lib.eal:error", "--lcores",
				      "0@0,1@1",       "--file-prefix", prefix};
	int argc = 12;

	snprintf(prefix, sizeof(prefix), "gvtest-%d", (int)getpid());
	gv_assert(n < 20);
	for (unsigned int i = 0; i < n; i++) {
		argv[argc++] = "--vdev";
		argv[argc++] = (char *)vdevs[i];
	}
	if (rte_eal_init(argc, argv) < 0)
		die("EAL did not start");
	atexit(end_eal);
	if (rte_eth_dev_count_avail() < n)
		die("a vdev did not start");
}

struct rte_mempool *world_pool(const char *name, unsigned int n)
{
	struct rte_mempool *p = rte_pktmbuf_pool_create(name, n, 64, sizeof(struct dp_meta),
							RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);

	if (p == NULL)
		die("no packet pool");
	return p;
}

static void neigh_ask(uint8_t port, uint32_t addr, void *arg)
{
}

static void neigh_send(struct rte_mbuf *m, const struct neigh *n, void *arg)
{
}

static void neigh_drop(struct rte_mbuf *m, void *arg)
{
}

void world_init(struct world *w, unsigned int n_workers, uint64_t start_ns)
{
	static const struct neigh_ops ops = {neigh_ask, neigh_send, neigh_drop};
	static unsigned int serial;
	struct err_text e = {{0}};
	char name[16];

	*w = (struct world){0};
	if ((start_ns > 0 ? loop_new_manual(&w->loop, start_ns) : loop_new(&w->loop)) < 0)
		die("no loop");
	if (dp_core_init(&w->dp, w->loop, n_workers, &e) < 0)
		die(e.s);
	if (neigh_set_new(&w->neigh, &ops, NULL) < 0)
		die("no neighbours");
	snprintf(name, sizeof(name), "pool%u", serial++);
	w->pool = world_pool(name, 8191);
	for (unsigned int i = 0; i < n_workers; i++)
		w->dp.worker[i]->pool = w->pool;
}

void world_fini(struct world *w)
{
	dp_core_fini(&w->dp);
	neigh_set_free(w->neigh);
	loop_free(w->loop);
	rte_mempool_free(w->pool);
}

void world_ethdev_start(uint16_t ethdev, struct rte_mempool *pool)
{
	const struct rte_eth_conf conf = {0};

	if (rte_eth_dev_configure(ethdev, 1, 1, &conf) < 0 ||
	    rte_eth_rx_queue_setup(ethdev, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL, pool) < 0 ||
	    rte_eth_tx_queue_setup(ethdev, 0, DESCRIPTORS, SOCKET_ID_ANY, NULL) < 0 ||
	    rte_eth_dev_start(ethdev) < 0)
		die("a port did not start");
}

struct rte_ether_addr world_mac(unsigned int port)
{
	return (struct rte_ether_addr){{0x02, 0, 0, 0, 0, (uint8_t)port}};
}

unsigned int world_port(struct world *w, const char *name, uint16_t ethdev, uint16_t mtu)
{
	unsigned int port = w->dp.root->n_ports;
	struct dp_port_view v = {.ethdev = ethdev, .mtu = mtu, .up = true, .mac = world_mac(port)};
	struct dp_worker *k = w->dp.worker[0];

	snprintf(w->dp.port_name[port], DP_PORT_NAME_MAX, "%s", name);
	if (dp_root_set_port(&w->dp, port, &v) < 0)
		die("no memory");
	k->rxq[k->n_rxq++] = (struct dp_rx_queue){.port = (uint8_t)port, .ethdev = ethdev};
	return port;
}

static void add_route(struct world *w, struct fib_route r)
{
	gv_assert(w->n_routes < WORLD_ROUTES);
	w->route[w->n_routes++] = r;
}

void world_own(struct world *w, uint32_t addr)
{
	add_route(w, (struct fib_route){.addr = addr,
					.len = 32,
					.first = true,
					.hop = {.type = FIB_LOCAL, .port = FIB_PORT_NONE}});
}

void world_route(struct world *w, uint32_t addr, uint8_t len, uint8_t port, uint32_t gateway)
{
	add_route(w, (struct fib_route){
			     .addr = addr,
			     .len = len,
			     .hop = {.type = FIB_UNICAST, .port = port, .gateway = gateway}});
}

void world_neighbour(struct world *w, uint8_t port, uint32_t addr, const struct rte_ether_addr *mac)
{
	neigh_set_event(w->neigh, port, addr, NUD_PERMANENT, mac->addr_bytes);
}

void world_forward(struct world *w)
{
	struct neigh_map *map;
	struct dp_fwd *fwd;
	struct fib *fib;

	if (fib_build(&fib, w->route, w->n_routes) < 0 || neigh_set_map(w->neigh, &map) < 0)
		die("no memory");
	fwd = dp_fwd_new(fib, map, w->neigh->used, NULL, 0);
	fib_unref(fib);
	neigh_map_unref(map);
	if (fwd != NULL)
		memcpy(fwd->port_addr, w->port_addr, sizeof(fwd->port_addr));
	if (fwd == NULL || dp_root_set_fwd(&w->dp, fwd) < 0 ||
	    dp_start_forwarding(&w->dp, NULL) < 0)
		die("no memory");
}

struct rte_mbuf *world_udp(struct world *w, unsigned int port, uint32_t src, uint32_t dst,
			   uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->pool);
	struct rte_ether_hdr *eth;
	struct rte_ipv4_hdr *ip;

	if (m == NULL)
		die("no packet left");
	eth = (struct rte_ether_hdr *)rte_pktmbuf_append(m, (uint16_t)(sizeof(*eth) + len));
	memset(eth, 0x5a, sizeof(*eth) + len);
	eth->dst_addr = world_mac(port);
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	ip = (struct rte_ipv4_hdr *)(eth + 1);
	*ip = (struct rte_ipv4_hdr){.version_ihl = RTE_IPV4_VHL_DEF,
				    .total_length = rte_cpu_to_be_16((uint16_t)len),
				    .time_to_live = 64,
				    .next_proto_id = IPPROTO_UDP,
				    .src_addr = rte_cpu_to_be_32(src),
				    .dst_addr = rte_cpu_to_be_32(dst)};
	ip->hdr_checksum = (uint16_t)~ipv4_fold(ipv4_sum20(ip));
	return m;
}

unsigned int world_pass(struct world *w, uint64_t now_ns, unsigned int in, unsigned int out,
			struct rte_mbuf **pkt, unsigned int n)
{
	struct dp_worker *k = w->dp.worker[0];
	struct dp_burst b = {.n = (uint16_t)n};

	gv_assert(n <= DP_RX_BURST);
	for (unsigned int i = 0; i < n; i++) {
		b.pkt[i] = pkt[i];
		*dp_meta(pkt[i]) =
			(struct dp_meta){.port_in = (uint8_t)in, .port_out = DP_PORT_NONE};
	}
	dp_worker_begin(k, now_ns);
	dp_pipeline(k, &b);
	n = k->n_txb[out];
	memcpy(pkt, k->txb[out], n * sizeof(pkt[0]));
	k->n_txb[out] = 0;
	for (unsigned int p = 0; p < w->dp.root->n_ports; p++) {
		rte_pktmbuf_free_bulk(k->txb[p], k->n_txb[p]);
		k->n_txb[p] = 0;
	}
	dp_worker_end(k);
	return n;
}
