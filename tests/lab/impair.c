/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A router in user space that is as bad as asked: delay, jitter, loss, duplication, reordering,
 * a small MTU, a port filter. For machines whose kernel has no netem. It stands in for the
 * forwarding of the kernel of its namespace, which must be off meanwhile; that kernel still
 * answers ARP and what is sent to its own addresses, and is asked for routes and neighbours.
 */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "capture.h"
#include "ipv4.h"
#include "kernel.h"
#include "link.h"
#include "options.h"
#include "queue.h"

#define BURST        64
#define NS_PER_S     1000000000u
#define ARP_RETRY_NS 20000000u
#define ARP_TRIES    50
#define ICMP_UNREACH 3
#define ICMP_NET     0
#define ICMP_FRAG    4
#define ICMP_TIME    11

struct counters {
#define COUNTER(name, what) uint64_t name;
#include "counters.def"
#undef COUNTER
};

struct impair {
	struct options o;
	struct kernel kernel;
	struct queue queue;
	struct capture capture;
	struct counters count;
};

/* A packet on its way through. */
struct transit {
	unsigned int in, out;
	uint32_t via;
	const uint8_t *ip;
	size_t len;
};

static volatile sig_atomic_t stop, show;

static void on_signal(int signo)
{
	if (signo == SIGUSR1)
		show = 1;
	else
		stop = 1;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static void print_counters(struct impair *im)
{
	const char *comma = "{";

	im->count.overrun = 0;
	for (unsigned int i = 0; i < im->o.n_links; i++)
		im->count.overrun += link_overrun(&im->o.links[i]);
#define COUNTER(name, what)                                         \
	printf("%s\"" #name "\": %" PRIu64, comma, im->count.name); \
	comma = ", ";
#include "counters.def"
#undef COUNTER
	printf("}\n");
	fflush(stdout);
}

/* ---- sending ---------------------------------------------------------------------------- */

/* The MAC address a packet goes to; that of a group follows from the group (RFC 1112 6.4). */
static const uint8_t *next_hop(struct impair *im, const struct packet *pkt, uint64_t now)
{
	static uint8_t group[LINK_MAC] = {0x01, 0x00, 0x5e};

	if (!ipv4_multicast(pkt->via))
		return kernel_neighbour(&im->kernel, im->o.links[pkt->out].ifindex, pkt->via, now);
	group[3] = pkt->via >> 16 & 0x7f;
	group[4] = pkt->via >> 8 & 0xff;
	group[5] = pkt->via & 0xff;
	return group;
}

static void wait_for_arp(struct impair *im, struct packet *pkt, uint64_t now)
{
	if (pkt->tries++ < ARP_TRIES) {
		pkt->due = now + ARP_RETRY_NS;
		queue_put(&im->queue, pkt);
	} else {
		im->count.no_neighbour++;
		queue_drop(&im->queue, pkt);
	}
}

static void transmit(struct impair *im, struct packet *pkt, uint64_t now)
{
	const uint8_t *mac = next_hop(im, pkt, now);

	if (mac == NULL) {
		wait_for_arp(im, pkt, now);
		return;
	}
	if (link_send(&im->o.links[pkt->out], mac, pkt->frame, pkt->len)) {
		im->count.sent++;
		capture_frame(&im->capture, pkt->frame, LINK_HDR + pkt->len);
	} else {
		im->count.send_failed++;
	}
	queue_passed(&im->queue, pkt->out, now);
	queue_drop(&im->queue, pkt);
}

static void send_due(struct impair *im)
{
	uint64_t now = now_ns();
	struct packet *pkt;

	while ((pkt = queue_take(&im->queue, now)) != NULL) {
		if (pkt->overtake > 0)
			queue_hold(&im->queue, pkt, now);
		else
			transmit(im, pkt, now);
	}
}

/* NULL when there is no room, counted. */
static struct packet *queue_copy(struct impair *im, const struct transit *t)
{
	struct packet *pkt = queue_new(&im->queue, t->ip, t->len);

	if (pkt == NULL) {
		im->count.queue_full++;
		return NULL;
	}
	pkt->out = t->out;
	pkt->via = t->via;
	return pkt;
}

/* Whether the way leads to one of our links, which then is where the packet goes. */
static bool find_link(const struct impair *im, const struct kernel_route *r, struct transit *t)
{
	if (r->way != KERNEL_LINK)
		return false;
	t->via = r->via;
	for (t->out = 0; t->out < im->o.n_links; t->out++)
		if (im->o.links[t->out].ifindex == r->ifindex)
			return true;
	return false;
}

/* ---- what the router says itself -------------------------------------------------------- */

/* Goes back unharmed: only the packets of others are impaired. */
static void answer(struct impair *im, const struct transit *t, struct ipv4_error e)
{
	uint8_t icmp[IPV4_ERROR_MAX];
	struct transit back = {.ip = icmp};
	uint64_t now = now_ns();
	struct packet *pkt;

	if (!ipv4_answerable(t->ip, t->len))
		return;
	back.len = ipv4_icmp_error(t->ip, t->len, e, im->o.links[t->in].own, icmp);
	if (!find_link(im, kernel_route(&im->kernel, ipv4_dst(icmp), now), &back))
		return;
	pkt = queue_copy(im, &back);
	if (pkt == NULL)
		return;
	pkt->due = now;
	queue_put(&im->queue, pkt);
}

/* ---- forwarding ------------------------------------------------------------------------- */

static void enqueue(struct impair *im, struct path *p, const struct transit *t)
{
	uint64_t due = path_due(p, t->out, now_ns());
	bool late = path_reorders(p);
	struct packet *pkt = queue_copy(im, t);

	if (pkt == NULL)
		return;
	if (late) {
		im->count.reordered++;
		pkt->overtake = p->gap;
	}
	pkt->due = due;
	queue_put(&im->queue, pkt);
}

static void send_fragments(struct impair *im, struct path *p, const struct transit *t)
{
	uint8_t fragment[LINK_FRAME_MAX];
	struct transit part = *t;
	size_t offset = 0;

	im->count.fragmented++;
	part.ip = fragment;
	while ((part.len = ipv4_fragment(t->ip, t->len, p->mtu, &offset, fragment)) != 0)
		enqueue(im, p, &part);
}

static void deliver(struct impair *im, struct path *p, const struct transit *t)
{
	if (p->mtu == 0 || t->len <= p->mtu) {
		enqueue(im, p, t);
	} else if (ipv4_df(t->ip)) {
		im->count.too_big++;
		answer(im, t, (struct ipv4_error){ICMP_UNREACH, ICMP_FRAG, (uint16_t)p->mtu});
	} else {
		send_fragments(im, p, t);
	}
}

static void impair_packet(struct impair *im, const struct transit *t)
{
	struct path *p = path_find(im->o.paths, im->o.n_paths, (int)t->in, (int)t->out);

	if (path_blocks(p, t->ip, t->len)) {
		im->count.blocked++;
		return;
	}
	if (path_loses(p)) {
		im->count.lost++;
		return;
	}
	deliver(im, p, t);
	if (path_duplicates(p)) {
		im->count.duplicated++;
		deliver(im, p, t);
	}
}

static bool hop(struct impair *im, const struct transit *t, uint8_t *ip)
{
	if (ipv4_hop(ip))
		return true;
	im->count.ttl_exceeded++;
	answer(im, t, (struct ipv4_error){ICMP_TIME, 0, 0});
	return false;
}

static void forward_unicast(struct impair *im, struct transit *t, uint8_t *ip)
{
	const struct kernel_route *r = kernel_route(&im->kernel, ipv4_dst(ip), now_ns());

	if (r->way == KERNEL_OWN) {
		im->count.own++;
	} else if (!find_link(im, r, t)) {
		im->count.no_route++;
		answer(im, t, (struct ipv4_error){ICMP_UNREACH, ICMP_NET, 0});
	} else if (hop(im, t, ip)) {
		impair_packet(im, t);
	}
}

static const struct mroute *find_mroute(const struct impair *im, unsigned int in, uint32_t group)
{
	for (unsigned int i = 0; i < im->o.n_mroutes; i++)
		if (im->o.mroutes[i].in == in && im->o.mroutes[i].group == group)
			return &im->o.mroutes[i];
	return NULL;
}

static void forward_multicast(struct impair *im, struct transit *t, uint8_t *ip)
{
	const struct mroute *m = find_mroute(im, t->in, ipv4_dst(ip));

	if (m == NULL) {
		im->count.own++;
		return;
	}
	if (!hop(im, t, ip))
		return;
	t->via = m->group;
	for (t->out = 0; t->out < im->o.n_links; t->out++)
		if (m->out & 1u << t->out)
			impair_packet(im, t);
}

static void forward(struct impair *im, unsigned int in, enum link_frame to, uint8_t *ip, size_t n)
{
	struct transit t = {.in = in, .ip = ip, .len = ipv4_length(ip, n)};

	im->count.received++;
	if (t.len == 0)
		im->count.malformed++;
	else if (to == LINK_MULTICAST && ipv4_multicast(ipv4_dst(ip)))
		forward_multicast(im, &t, ip);
	else if (to == LINK_UNICAST && !ipv4_multicast(ipv4_dst(ip)))
		forward_unicast(im, &t, ip);
	else
		im->count.own++; /* broadcast, or not for this node at all */
}

static void receive(struct impair *im, unsigned int in)
{
	uint8_t frame[LINK_FRAME_MAX];
	enum link_frame to;

	for (int i = 0; i < BURST; i++) {
		ssize_t n = link_receive(&im->o.links[in], frame, sizeof(frame), &to);

		if (n < LINK_HDR)
			return;
		forward(im, in, to, frame + LINK_HDR, (size_t)n - LINK_HDR);
	}
}

/* ---- the loop --------------------------------------------------------------------------- */

/* Until a frame, a signal or the next packet's time. Signals come only here. */
static int wait_for_work(struct impair *im, struct pollfd *fds, const sigset_t *unblocked)
{
	uint64_t now = now_ns(), next = queue_next(&im->queue);
	uint64_t wait = next > now ? next - now : 0;
	struct timespec ts = {.tv_sec = (time_t)(wait / NS_PER_S),
			      .tv_nsec = (long)(wait % NS_PER_S)};

	capture_flush(&im->capture);
	return ppoll(fds, im->o.n_links, next == UINT64_MAX ? NULL : &ts, unblocked);
}

static void run(struct impair *im, const sigset_t *unblocked)
{
	struct pollfd fds[LINKS_MAX];

	for (unsigned int i = 0; i < im->o.n_links; i++)
		fds[i] = (struct pollfd){.fd = im->o.links[i].fd, .events = POLLIN};
	while (!stop) {
		int n = wait_for_work(im, fds, unblocked);

		if (show) {
			show = 0;
			print_counters(im);
		}
		for (unsigned int i = 0; n > 0 && i < im->o.n_links; i++)
			if (fds[i].revents & (POLLIN | POLLERR))
				receive(im, i);
		send_due(im);
	}
}

static void catch_signals(sigset_t *before)
{
	struct sigaction sa = {.sa_handler = on_signal};
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGUSR1);
	sigprocmask(SIG_BLOCK, &ours, before);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
}

int main(int argc, char **argv)
{
	static struct impair im;
	sigset_t unblocked;

	catch_signals(&unblocked);
	options_read(&im.o, argc, argv);
	kernel_open(&im.kernel);
	queue_init(&im.queue);
	if (im.o.pcap != NULL)
		capture_open(&im.capture, im.o.pcap);
	printf("forwarding between %u links\n", im.o.n_links);
	fflush(stdout);
	run(&im, &unblocked);
	print_counters(&im);
	capture_close(&im.capture);
	queue_free(&im.queue);
	kernel_close(&im.kernel);
	for (unsigned int i = 0; i < im.o.n_links; i++)
		link_close(&im.o.links[i]);
	return 0;
}
