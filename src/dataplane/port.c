/* SPDX-License-Identifier: BSD-3-Clause */
/* af_xdp, af_packet, tap, memif, ring, pcap, PCI: one set-up for all of them. */
#include "dataplane/port.h"

#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "dataplane/eal.h"
#include "dataplane/nofanout.h"
#include "dataplane/stage.h"

#define RX_DESC         1024
#define TX_DESC         1024
#define CACHE           256
/* What ESP adds at most behind a packet: padding to a block, its two octets, the ICV. */
#define TAIL_ROOM       64
/* AF_XDP: an element of the pool must fit a page; the driver keeps this many in a queue. */
#define XDP_ELEMENT_MAX 4096
#define XDP_QUEUE_BUFS  4096

static bool is_xdp(const struct dp_port_spec *p)
{
	return strncmp(p->device, "net_af_xdp", 10) == 0;
}

int port_pool_new(struct rte_mempool **out, const struct dp_config *cfg, struct err_text *e)
{
	uint32_t room = RTE_MBUF_DEFAULT_BUF_SIZE, xdp = 0;

	for (unsigned int i = 0; i < cfg->n_ports; i++) {
		uint32_t need =
			RTE_PKTMBUF_HEADROOM + RTE_ETHER_HDR_LEN + cfg->ports[i].mtu + TAIL_ROOM;

		room = RTE_MAX(room, RTE_ALIGN(need, 64u));
		xdp += is_xdp(&cfg->ports[i]);
	}
	if (xdp > 0 && sizeof(struct rte_mbuf) + sizeof(struct dp_meta) + room > XDP_ELEMENT_MAX)
		return err_set(e, -EINVAL, "an MTU this large does not fit the buffers of AF_XDP");
	if (cfg->mbufs < (xdp + 1) * XDP_QUEUE_BUFS && xdp > 0)
		return err_set(e, -EINVAL,
			       "mbufs = %u is too small: AF_XDP keeps %u a port, set %u",
			       cfg->mbufs, XDP_QUEUE_BUFS, (xdp + 2) * XDP_QUEUE_BUFS);
	*out = rte_pktmbuf_pool_create("packets", cfg->mbufs, CACHE, sizeof(struct dp_meta),
				       (uint16_t)room, (int)rte_socket_id());
	if (*out != NULL)
		return 0;
	return err_set(e, -ENOMEM, "%u packet buffers do not fit memory_mib = %u", cfg->mbufs,
		       cfg->memory_mib);
}

static int find(struct port *p, const struct dp_port_spec *spec, struct err_text *e)
{
	char name[RTE_ETH_NAME_MAX_LEN];

	eal_device_name(name, sizeof(name), spec->device);
	if (rte_eth_dev_get_port_by_name(name, &p->ethdev) == 0)
		return 0;
	if (eal_device_is_pci(spec->device))
		return err_set(e, -ENODEV,
			       "port %s: no device %s, or it is not bound to a DPDK driver",
			       spec->name, name);
	return err_set(e, -ENODEV, "port %s: the device %s could not be made", spec->name,
		       spec->device);
}

static int configure(struct port *p, const struct dp_port_spec *spec, unsigned int n_workers,
		     struct err_text *e)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = {0};
	int rc = rte_eth_dev_info_get(p->ethdev, &info);

	if (rc != 0)
		return err_set(e, rc, "port %s: no information about the device", spec->name);
	snprintf(p->driver, sizeof(p->driver), "%s", info.driver_name);
	if (info.max_tx_queues < n_workers)
		return err_set(e, -EINVAL, "port %s has %u transmit queues, too few for %u workers",
			       spec->name, info.max_tx_queues, n_workers);
	p->n_rxq = (uint16_t)RTE_MIN(info.max_rx_queues, n_workers);
	conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
	if (p->n_rxq > 1) {
		/* By address alone, so that fragments of a packet stay with one worker. */
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf =
			info.flow_type_rss_offloads &
			(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_OTHER);
	}
	rc = rte_eth_dev_configure(p->ethdev, p->n_rxq, (uint16_t)n_workers, &conf);
	return rc == 0 ? 0
		       : err_set(e, rc, "port %s cannot be configured: %s", spec->name,
				 rte_strerror(-rc));
}

static int queues(struct port *p, const struct dp_port_spec *spec, unsigned int n_workers,
		  struct rte_mempool *pool, struct err_text *e)
{
	int socket = rte_eth_dev_socket_id(p->ethdev), rc = 0;
	uint16_t rx = RX_DESC, tx = TX_DESC;

	(void)rte_eth_dev_adjust_nb_rx_tx_desc(p->ethdev, &rx, &tx);
	for (uint16_t q = 0; q < p->n_rxq && rc == 0; q++)
		rc = rte_eth_rx_queue_setup(p->ethdev, q, rx, (unsigned int)socket, NULL, pool);
	for (uint16_t q = 0; q < n_workers && rc == 0; q++)
		rc = rte_eth_tx_queue_setup(p->ethdev, q, tx, (unsigned int)socket, NULL);
	return rc == 0 ? 0
		       : err_set(e, rc, "port %s: queues cannot be set up: %s", spec->name,
				 rte_strerror(-rc));
}

/* -ENOTSUP: ring, pcap and memif have no MTU of their own; what we say is what is kept to. */
int port_set_mtu(struct port *p, uint16_t mtu)
{
	int rc = rte_eth_dev_set_mtu(p->ethdev, mtu);

	if (rc != 0 && rc != -ENOTSUP)
		return rc;
	p->mtu = mtu;
	return 0;
}

int port_set_mac(struct port *p, const uint8_t mac[6])
{
	struct rte_ether_addr a;
	int rc;

	memcpy(a.addr_bytes, mac, sizeof(a.addr_bytes));
	rc = rte_eth_dev_default_mac_addr_set(p->ethdev, &a);
	if (rc != 0)
		rc = rte_eth_promiscuous_enable(p->ethdev);
	if (rc != 0 && rc != -ENOTSUP)
		return rc;
	p->mac = a;
	return 0;
}

bool port_link_up(const struct port *p)
{
	struct rte_eth_link link;

	return rte_eth_link_get_nowait(p->ethdev, &link) != 0 ||
	       link.link_status == RTE_ETH_LINK_UP;
}

int port_start(struct port *p, const struct dp_port_spec *spec, unsigned int n_workers,
	       struct rte_mempool *pool, struct err_text *e)
{
	int rc;

	nofanout_link();
	*p = (struct port){0};
	rc = find(p, spec, e);
	if (rc == 0)
		rc = configure(p, spec, n_workers, e);
	if (rc == 0)
		rc = queues(p, spec, n_workers, pool, e);
	if (rc != 0)
		return rc;
	if (rte_eth_dev_get_mtu(p->ethdev, &p->mtu) != 0 || p->mtu == 0)
		p->mtu = RTE_ETHER_MTU;
	if (spec->mtu != 0 && port_set_mtu(p, spec->mtu) != 0)
		return err_set(e, -EINVAL, "port %s does not take an MTU of %u", spec->name,
			       spec->mtu);
	(void)rte_eth_macaddr_get(p->ethdev, &p->mac);
	if (rte_is_zero_ether_addr(&p->mac)) {
		rte_eth_random_addr(p->mac.addr_bytes);
		if (port_set_mac(p, p->mac.addr_bytes) != 0)
			return err_set(e, -EIO, "port %s takes no MAC address", spec->name);
	}
	rc = rte_eth_dev_start(p->ethdev);
	if (rc != 0)
		return err_set(e, rc, "port %s does not start: %s", spec->name, rte_strerror(-rc));
	p->started = true;
	(void)rte_eth_allmulticast_enable(p->ethdev); /* software devices take all anyway */
	return 0;
}

void port_stop(struct port *p)
{
	if (!p->started)
		return;
	(void)rte_eth_dev_stop(p->ethdev);
	(void)rte_eth_dev_close(p->ethdev);
	p->started = false;
}
