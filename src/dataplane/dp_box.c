/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames between workers and the kernel, and what the kernel says of its interfaces. */
#include "dataplane/dp_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_ring.h>

#include "base/ifname.h"
#include "base/log.h"
#include "base/loop.h"
#include "dataplane/ipv4.h"
#include "dataplane/quiet.h"
#include "dataplane/stats.h"
#include "dataplane/worker.h"

#define TURN_FRAMES 32 /* of one TAP or ring at a time: nobody waits for a flood to end */

/* ---- worker to kernel --------------------------------------------------------------------- */

static void write_frame(struct dp_box *box, struct rte_mbuf *m)
{
	uint8_t port = dp_meta(m)->port_in;
	ssize_t n = write(box->port[port].tap.fd, rte_pktmbuf_mtod(m, const void *), m->data_len);

	if (n != m->data_len)
		dp_drop_control(box->dp, DP_DROP_TAP_FULL, m->pkt_len); /* EIO: it is down */
	rte_pktmbuf_free(m);
}

static bool drain_punted(struct dp_box *box, struct dp_worker *w)
{
	struct rte_mbuf *m[TURN_FRAMES];
	unsigned int n = rte_ring_sc_dequeue_burst(w->punt_ring, (void **)m, TURN_FRAMES, NULL);

	for (unsigned int i = 0; i < n; i++)
		write_frame(box, m[i]);
	return rte_ring_count(w->punt_ring) > 0;
}

static bool drain_unresolved(struct dp_box *box, struct dp_worker *w)
{
	struct rte_mbuf *m[TURN_FRAMES];
	unsigned int n = rte_ring_sc_dequeue_burst(w->resolve_ring, (void **)m, TURN_FRAMES, NULL);

	for (unsigned int i = 0; i < n; i++) {
		const struct dp_meta *meta = dp_meta(m[i]);

		mirror_wait(box->mirror, meta->port_out, (uint32_t)meta->mirror[0], m[i]);
	}
	return rte_ring_count(w->resolve_ring) > 0;
}

/* ---- kernel to worker --------------------------------------------------------------------- */

/* One worker a port, so that frames of a port stay in order. */
static void inject(struct dp_box *box, struct rte_mbuf *m)
{
	unsigned int w = dp_meta(m)->port_out % box->dp->n_workers;

	if (rte_ring_sp_enqueue(box->dp->worker[w]->inject_ring, m) == 0)
		return;
	dp_drop_control(box->dp, DP_DROP_INJECT_FULL, m->pkt_len);
	rte_pktmbuf_free(m);
}

/* The kernel fills in the link header; a raw socket of some program may write anything. */
static bool take_ipv4(struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip;
	uint16_t total;

	if (rte_pktmbuf_adj(m, sizeof(struct rte_ether_hdr)) == NULL || m->data_len < sizeof(*ip))
		return false;
	ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	total = rte_be_to_cpu_16(ip->total_length);
	if (ip->version_ihl >> 4 != IPVERSION || ipv4_ihl(ip) < sizeof(*ip) ||
	    ipv4_ihl(ip) > total || total > m->data_len)
		return false;
	return rte_pktmbuf_trim(m, m->data_len - total) == 0;
}

static bool take_frame(struct rte_mbuf *m, uint8_t port)
{
	struct dp_meta *meta = dp_meta(m);

	if (m->data_len < sizeof(meta->eth))
		return false;
	*meta = (struct dp_meta){
		.port_in = DP_PORT_NONE,
		.port_out = port,
		.flags = DP_META_INJECTED,
		.eth = *rte_pktmbuf_mtod(m, const struct rte_ether_hdr *),
	};
	if (meta->eth.ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return take_ipv4(m);
	meta->flags |= DP_META_L2_ONLY;
	return meta->eth.ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP);
}

/* False: nothing was there to be read. */
static bool read_frame(struct dp_box *box, struct box_port *p)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(box->pool);
	ssize_t n;

	if (m == NULL)
		return false; /* the frame stays in the TAP */
	n = read(p->tap.fd, rte_pktmbuf_mtod(m, void *), rte_pktmbuf_tailroom(m));
	if (n <= 0) {
		rte_pktmbuf_free(m);
		return false;
	}
	m->data_len = (uint16_t)n;
	m->pkt_len = m->data_len;
	if (take_frame(m, p->index)) {
		inject(box, m);
	} else {
		dp_drop_control(box->dp, DP_DROP_INJECT_BAD, m->pkt_len);
		rte_pktmbuf_free(m);
	}
	return true;
}

static void on_tap(int fd, unsigned int events, void *arg)
{
	struct box_port *p = arg;

	for (unsigned int i = 0; i < TURN_FRAMES && read_frame(p->box, p); i++)
		;
}

/* ---- the loop ----------------------------------------------------------------------------- */

bool box_turn(struct dp_box *box)
{
	bool more = false;

	mirror_flush(box->mirror);
	for (unsigned int i = 0; i < box->dp->n_workers; i++) {
		more |= drain_punted(box, box->dp->worker[i]);
		more |= drain_unresolved(box, box->dp->worker[i]);
	}
	return more;
}

static bool rings_empty(const struct dp_box *box)
{
	for (unsigned int i = 0; i < box->dp->n_workers; i++)
		if (rte_ring_count(box->dp->worker[i]->punt_ring) > 0 ||
		    rte_ring_count(box->dp->worker[i]->resolve_ring) > 0)
			return false;
	return true;
}

/* Looks once more after it said that it sleeps: what a worker put into a ring before it could
 * read so would wait for the next packet. */
static bool prepare(void *arg)
{
	struct dp_box *box = arg;
	bool more = box_turn(box);

	__atomic_store_n(&box->asleep, !more, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with wake_control() */
	return more || !rings_empty(box);
}

/* The work is done by the next prepare. */
static void on_woken(int fd, unsigned int events, void *arg)
{
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0)
		return;
}

/* ---- what the kernel says ----------------------------------------------------------------- */

static void on_publish(struct dp_fwd *fwd, void *arg)
{
	struct dp_box *box = arg;

	if (dp_root_set_fwd(box->dp, fwd) != 0)
		dp_part_unref(dp_fwd_part(fwd)); /* no memory: the old tables stay */
}

void box_port_changed(struct box_port *p)
{
	const bool carrier = !p->shutdown && port_link_up(&p->dev);
	const struct dp_port_view v = {
		.ethdev = p->dev.ethdev,
		.mtu = p->dev.mtu,
		.up = p->admin_up && carrier,
		.mac = p->dev.mac,
		.ifindex = (uint32_t)p->tap.ifindex,
	};

	if (carrier != p->carrier && tap_set_carrier(&p->tap, carrier) == 0) {
		p->carrier = carrier;
		log_msg(LINK_UPDOWN, "", p->box->dp->port_name[p->index], carrier ? "up" : "down");
	}
	/* Without memory workers go on with the port as it was; the next change tries again. */
	if (dp_root_set_port(p->box->dp, p->index, &v) != 0)
		log_msg(SYS_NO_MEMORY, "", "a port's new state");
}

static void on_link(uint8_t port, const struct nl_link *l, void *arg)
{
	struct dp_box *box = arg;
	struct box_port *p = &box->port[port];
	bool changed = p->admin_up != l->up;

	p->admin_up = l->up;
	if (l->mtu != 0 && l->mtu != p->dev.mtu && l->mtu <= UINT16_MAX) {
		changed = true;
		if (port_set_mtu(&p->dev, (uint16_t)l->mtu) != 0)
			log_msg(LINK_REFUSED, "", box->dp->port_name[port], "MTU");
	}
	if (l->has_mac && memcmp(l->mac, p->dev.mac.addr_bytes, sizeof(l->mac)) != 0) {
		changed = true;
		if (port_set_mac(&p->dev, l->mac) != 0)
			log_msg(LINK_REFUSED, "", box->dp->port_name[port], "MAC address");
	}
	if (changed)
		box_port_changed(p);
}

static void on_address(uint8_t port, void *arg)
{
	struct dp_box *box = arg;
	struct nl_address a;
	struct addr addr = {.family = ADDR_NONE};

	if (box->address_fn == NULL)
		return;
	if (mirror_address(box->mirror, port, &a))
		addr = addr_v4(a.addr);
	box->address_fn(box->dp->port_name[port], &addr, box->address_arg);
}

/* A write to /proc/sys/net goes to the namespace the thread is in. */
static void on_forwarding(int ifindex, void *arg)
{
	struct dp_box *box = arg;
	const char *name = NULL;
	struct daemon_netns ns;
	char buf[IF_NAMESIZE];

	if (daemon_netns_enter(&ns, box->netns, NULL) != 0)
		return;
	if (ifindex > 0)
		name = if_indextoname((unsigned int)ifindex, buf);
	if (ifindex <= 0 || name != NULL)
		quiet_again(name);
	daemon_netns_leave(&ns);
	log_msg(SYS_FORWARDING_ON, name == NULL ? "all" : name, name == NULL ? "all" : name);
}

/* From a neighbour's queue on into the path where it left. */
static void on_answered(struct rte_mbuf *m, const struct neigh *n, void *arg)
{
	struct dp_box *box = arg;
	struct dp_meta *meta = dp_meta(m);

	memcpy(&meta->eth.dst_addr, n->mac, sizeof(n->mac));
	meta->eth.src_addr = box->port[meta->port_out].dev.mac;
	meta->eth.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	inject(box, m);
}

/* Counting and telling the sender is a worker's business. */
static void on_unanswered(struct rte_mbuf *m, void *arg)
{
	dp_meta(m)->flags |= DP_META_UNANSWERED;
	inject(arg, m);
}

static const struct mirror_ops mirror_ops = {
	.publish = on_publish,
	.link = on_link,
	.address = on_address,
	.forwarding = on_forwarding,
	.send = on_answered,
	.drop = on_unanswered,
};

/* Software devices do not announce their link; asking costs nothing. */
static void on_carrier_timer(void *arg)
{
	struct dp_box *box = arg;

	for (unsigned int i = 0; i < box->n_ports; i++) {
		struct box_port *p = &box->port[i];

		if (p->carrier != (!p->shutdown && port_link_up(&p->dev)))
			box_port_changed(p);
	}
	loop_timer_set(box->carrier_timer, LOOP_NS_PER_S);
}

/* ---- start -------------------------------------------------------------------------------- */

static int open_tap(struct box_port *p, const char *name, bool persist, struct err_text *e)
{
	struct tap_spec s = {.mtu = p->dev.mtu, .persist = persist};
	char tap[IFNAME_LINUX_MAX];
	int rc = ifname_to_linux(tap, name, e);

	if (rc != 0)
		return rc;
	s.name = tap;
	memcpy(s.mac, p->dev.mac.addr_bytes, sizeof(s.mac));
	rc = tap_open(&p->tap, &s, e);
	if (rc == 0)
		rc = quiet_interface(tap, e);
	if (rc == 0)
		rc = loop_fd_new(&p->readable, p->box->loop, p->tap.fd, LOOP_READ, on_tap, p);
	p->base_mtu = p->dev.mtu;
	p->carrier = true; /* as a TAP begins */
	return rc;
}

/* The alias is what `ip link` shows beside the short name. */
static int bring_up(struct dp_box *box, struct box_port *p, struct err_text *e)
{
	struct nlmsg_request r;
	int rc;

	nlmsg_link(&r, p->tap.ifindex, true, 0, box->dp->port_name[p->index]);
	rc = mirror_request(box->mirror, &r);
	return rc == 0 ? 0
		       : err_set(e, rc, "interface %s does not come up: %s", p->tap.name,
				 strerror(-rc));
}

/* In the namespace of the kernel's side. */
static int open_kernel_side(struct dp_box *box, const struct dp_config *cfg, struct err_text *e)
{
	int rc = quiet_all(e);

	for (unsigned int i = 0; i < box->n_ports && rc == 0; i++)
		rc = open_tap(&box->port[i], cfg->ports[i].name, cfg->persist_taps, e);
	/* After the addresses of the TAPs are set: a new TAP's first, random one would come back as
	 * an announcement and be written to the port. */
	if (rc == 0)
		rc = mirror_new(&box->mirror, box->loop, &mirror_ops, box, e);
	for (unsigned int i = 0; i < box->n_ports && rc == 0; i++) {
		mirror_set_port(box->mirror, (uint8_t)i, box->port[i].tap.ifindex);
		rc = bring_up(box, &box->port[i], e);
	}
	return rc;
}

static int start_ports(struct dp_box *box, const struct dp_config *cfg, struct err_text *e)
{
	int rc = port_pool_new(&box->pool, cfg, e);

	for (unsigned int i = 0; i < cfg->n_ports && rc == 0; i++) {
		struct box_port *p = &box->port[i];

		p->box = box;
		p->index = (uint8_t)i;
		p->tap.fd = -1;
		box->n_ports++;
		rc = port_start(&p->dev, &cfg->ports[i], box->dp->n_workers, box->pool, e);
	}
	return rc;
}

/* Queue q of a port belongs to worker q; a port with fewer goes round. */
static void give_queues(struct dp_box *box)
{
	for (unsigned int i = 0; i < box->n_ports; i++) {
		for (uint16_t q = 0; q < box->port[i].dev.n_rxq; q++) {
			struct dp_worker *w = box->dp->worker[(q + i) % box->dp->n_workers];

			w->rxq[w->n_rxq++] = (struct dp_rx_queue){
				.port = (uint8_t)i, .ethdev = box->port[i].dev.ethdev, .queue = q};
		}
	}
	for (unsigned int i = 0; i < box->dp->n_workers; i++) {
		struct dp_worker *w = box->dp->worker[i];

		w->pool = box->pool;
		w->wake_fd = box->wake_fd;
		w->control_asleep = &box->asleep;
		for (unsigned int k = 0; k < box->n_ports; k++)
			w->txq[k] = (uint16_t)i;
	}
}

static int watch(struct dp_box *box, struct err_text *e)
{
	int rc;

	box->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (box->wake_fd < 0)
		return err_set(e, -errno, "no eventfd: %s", strerror(errno));
	rc = loop_fd_new(&box->woken, box->loop, box->wake_fd, LOOP_READ, on_woken, box);
	if (rc == 0)
		rc = loop_timer_new(&box->carrier_timer, box->loop, on_carrier_timer, box);
	return rc == 0 ? 0 : err_set(e, rc, "the loop takes no descriptor");
}

int box_new(struct dp_box **out, struct dp *dp, const struct dp_config *cfg, struct err_text *e)
{
	struct dp_box *box = calloc(1, sizeof(*box));
	struct daemon_netns ns;
	int rc;

	if (box == NULL)
		return err_set(e, -ENOMEM, "no memory for the ports");
	*out = box;
	box->dp = dp;
	box->loop = dp->loop;
	box->wake_fd = -1;
	snprintf(box->netns, sizeof(box->netns), "%s", cfg->netns == NULL ? "" : cfg->netns);
	rc = start_ports(box, cfg, e);
	if (rc == 0)
		rc = watch(box, e);
	if (rc == 0)
		rc = daemon_netns_enter(&ns, box->netns, e);
	if (rc != 0)
		return rc;
	rc = open_kernel_side(box, cfg, e);
	daemon_netns_leave(&ns);
	if (rc != 0)
		return rc;
	give_queues(box);
	for (unsigned int i = 0; i < box->n_ports; i++)
		box_port_changed(&box->port[i]);
	rc = mirror_start(box->mirror, e);
	if (rc != 0)
		return rc;
	loop_set_prepare(box->loop, prepare, box);
	loop_timer_set(box->carrier_timer, LOOP_NS_PER_S);
	return 0;
}

void box_free(struct dp_box *box)
{
	if (box == NULL)
		return;
	loop_set_prepare(box->loop, NULL, NULL);
	mirror_free(box->mirror);
	loop_timer_free(box->carrier_timer);
	loop_fd_free(box->woken);
	if (box->wake_fd >= 0)
		close(box->wake_fd);
	for (unsigned int i = 0; i < box->n_ports; i++) {
		loop_fd_free(box->port[i].readable);
		tap_close(&box->port[i].tap);
		port_stop(&box->port[i].dev);
	}
	rte_mempool_free(box->pool);
	free(box);
}

struct box_port *box_port_find(struct dp_box *box, const char *name)
{
	int i = dp_port_find(box->dp, name);

	return i < 0 || (unsigned int)i >= box->n_ports ? NULL : &box->port[i];
}
