/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Forwards IPv4 between interfaces in user space and makes it as bad as asked: delay, jitter,
 * loss, duplication, reordering, a small MTU, a port filter. For machines whose kernel has no
 * netem. It stands in for the kernel's forwarding, which must be off meanwhile; the kernel
 * still answers ARP and what is sent to its own addresses.
 *
 * Every interface leads to one neighbour: its MAC address is the source of what comes in there,
 * before that what the kernel's ARP table has.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ipv4.h"

#define PORTS_MAX   8
#define ROUTES_MAX  32
#define FILTERS_MAX 8
#define FRAME_MAX   9216
#define QUEUE_MAX   20000
#define BURST       64

#define COUNTERS                                   \
	COUNTER(forwarded, "sent on")              \
	COUNTER(lost, "lost on purpose")           \
	COUNTER(duplicated, "sent twice")          \
	COUNTER(held, "held back, to arrive late") \
	COUNTER(filtered, "dropped by the filter") \
	COUNTER(fragmented, "cut to the MTU")      \
	COUNTER(too_big, "answered: too big")      \
	COUNTER(no_route, "no route")              \
	COUNTER(no_neighbour, "no neighbour yet")  \
	COUNTER(ttl, "hop limit reached")          \
	COUNTER(malformed, "not sound IPv4")       \
	COUNTER(queue_full, "queue full")          \
	COUNTER(send_failed, "refused by the interface")

struct counters {
#define COUNTER(name, what) unsigned long name;
	COUNTERS
#undef COUNTER
};

struct port {
	char name[IFNAMSIZ];
	int fd;
	unsigned int ifindex;
	uint8_t mac[ETH_ALEN], peer[ETH_ALEN];
	bool peer_known;
	uint32_t own; /* the kernel's address on it */
	uint64_t last_due;
};

struct packet {
	TAILQ_ENTRY(packet) link;
	uint64_t due;
	struct port *out;
	size_t len; /* with the Ethernet header */
	uint8_t frame[];
};

struct filter {
	uint8_t proto;
	uint16_t port;
};

struct impair {
	struct port ports[PORTS_MAX];
	struct ipv4_route routes[ROUTES_MAX];
	struct filter filters[FILTERS_MAX];
	unsigned int n_ports, n_routes, n_filters;
	double delay_ms, jitter_ms, loss, duplicate, reorder, reorder_ms;
	unsigned int mtu, seed;
	const char *only; /* packets that leave by this interface; NULL: all */
	TAILQ_HEAD(packet_queue, packet) queue;
	unsigned int queued;
	struct counters count;
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
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static bool chance(struct impair *im, double percent)
{
	return percent > 0 && rand_r(&im->seed) < percent / 100 * ((double)RAND_MAX + 1);
}

static void print_counters(const struct impair *im)
{
#define COUNTER(name, what) printf("%-14s %8lu  %s\n", #name, im->count.name, what);
	COUNTERS
#undef COUNTER
	fflush(stdout);
}

/* ---- sending ---------------------------------------------------------------------------- */

static void transmit(struct impair *im, const struct packet *pkt)
{
	if (send(pkt->out->fd, pkt->frame, pkt->len, 0) < 0)
		im->count.send_failed++;
	else
		im->count.forwarded++;
}

static void queue_insert(struct impair *im, struct packet *pkt)
{
	struct packet *before;

	TAILQ_FOREACH_REVERSE (before, &im->queue, packet_queue, link)
		if (before->due <= pkt->due)
			break;
	if (before == NULL)
		TAILQ_INSERT_HEAD(&im->queue, pkt, link);
	else
		TAILQ_INSERT_AFTER(&im->queue, before, pkt, link);
	im->queued++;
}

static void flush_due(struct impair *im, uint64_t now)
{
	struct packet *pkt;

	while ((pkt = TAILQ_FIRST(&im->queue)) != NULL && pkt->due <= now) {
		TAILQ_REMOVE(&im->queue, pkt, link);
		im->queued--;
		transmit(im, pkt);
		free(pkt);
	}
}

/* Jitter alone keeps the order of a link; only a packet held back is overtaken. */
static uint64_t due_time(struct impair *im, struct port *out, bool touched)
{
	uint64_t due = now_ns();

	if (!touched)
		return due;
	due += (uint64_t)(im->delay_ms * 1e6);
	due += (uint64_t)(im->jitter_ms * 1e6 * rand_r(&im->seed) / RAND_MAX);
	if (due < out->last_due)
		due = out->last_due;
	out->last_due = due;
	if (chance(im, im->reorder)) {
		im->count.held++;
		due += (uint64_t)(im->reorder_ms * 1e6);
	}
	return due;
}

static void enqueue(struct impair *im, struct port *out, const uint8_t *ip, size_t len,
		    bool touched)
{
	struct packet *pkt;

	if (!out->peer_known) {
		im->count.no_neighbour++;
		return;
	}
	if (im->queued == QUEUE_MAX ||
	    (pkt = malloc(sizeof(*pkt) + sizeof(struct ether_header) + len)) == NULL) {
		im->count.queue_full++;
		return;
	}
	pkt->out = out;
	pkt->len = sizeof(struct ether_header) + len;
	memcpy(pkt->frame, out->peer, ETH_ALEN);
	memcpy(pkt->frame + ETH_ALEN, out->mac, ETH_ALEN);
	pkt->frame[12] = ETHERTYPE_IP >> 8;
	pkt->frame[13] = ETHERTYPE_IP & 0xff;
	memcpy(pkt->frame + sizeof(struct ether_header), ip, len);
	pkt->due = due_time(im, out, touched);
	queue_insert(im, pkt);
}

/* ---- forwarding ------------------------------------------------------------------------- */

static bool filtered(const struct impair *im, const uint8_t *ip, size_t len)
{
	for (unsigned int i = 0; i < im->n_filters; i++)
		if (ipv4_is(ip, len, im->filters[i].proto, im->filters[i].port))
			return true;
	return false;
}

static void answer_too_big(struct impair *im, struct port *in, const uint8_t *ip, size_t len)
{
	uint8_t icmp[IPV4_HDR_MIN + 8 + IPV4_HDR_MAX + 8];
	size_t n = ipv4_too_big(ip, len, (uint16_t)im->mtu, in->own, icmp);

	im->count.too_big++;
	enqueue(im, in, icmp, n, false);
}

static void send_fragments(struct impair *im, struct port *out, const uint8_t *ip, size_t len)
{
	uint8_t frag[FRAME_MAX];
	size_t n, offset = 0;

	im->count.fragmented++;
	while ((n = ipv4_fragment(ip, len, im->mtu, &offset, frag)) != 0)
		enqueue(im, out, frag, n, true);
}

static void impair_packet(struct impair *im, struct port *in, struct port *out, uint8_t *ip,
			  size_t len)
{
	if (filtered(im, ip, len)) {
		im->count.filtered++;
	} else if (chance(im, im->loss)) {
		im->count.lost++;
	} else if (im->mtu != 0 && len > im->mtu && ipv4_df(ip)) {
		answer_too_big(im, in, ip, len);
	} else if (im->mtu != 0 && len > im->mtu) {
		send_fragments(im, out, ip, len);
	} else {
		enqueue(im, out, ip, len, true);
		if (chance(im, im->duplicate)) {
			im->count.duplicated++;
			enqueue(im, out, ip, len, true);
		}
	}
}

static bool for_kernel(const struct impair *im, uint32_t dst)
{
	if (dst >> 28 >= 14) /* multicast and broadcast */
		return true;
	for (unsigned int i = 0; i < im->n_ports; i++)
		if (im->ports[i].own == dst)
			return true;
	return false;
}

static void forward(struct impair *im, struct port *in, uint8_t *ip, size_t frame_len)
{
	size_t len = ipv4_length(ip, frame_len);
	const struct ipv4_route *route;
	struct port *out;

	if (len == 0) {
		im->count.malformed++;
		return;
	}
	if (for_kernel(im, ipv4_dst(ip)))
		return;
	route = ipv4_lookup(im->routes, im->n_routes, ipv4_dst(ip));
	if (route == NULL) {
		im->count.no_route++;
		return;
	}
	if (!ipv4_hop(ip)) {
		im->count.ttl++;
		return;
	}
	out = &im->ports[route->port];
	if (im->only == NULL || strcmp(im->only, out->name) == 0)
		impair_packet(im, in, out, ip, len);
	else
		enqueue(im, out, ip, len, false);
}

static void receive(struct impair *im, struct port *in)
{
	uint8_t frame[FRAME_MAX];
	struct sockaddr_ll from;

	for (int i = 0; i < BURST; i++) {
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(in->fd, frame, sizeof(frame), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &from_len);

		if (n < (ssize_t)sizeof(struct ether_header))
			return;
		if (from.sll_pkttype != PACKET_HOST)
			continue;
		memcpy(in->peer, frame + ETH_ALEN, ETH_ALEN);
		in->peer_known = true;
		forward(im, in, frame + sizeof(struct ether_header),
			(size_t)n - sizeof(struct ether_header));
	}
}

static int wait_ms(const struct impair *im, uint64_t now)
{
	const struct packet *first = TAILQ_FIRST(&im->queue);

	if (first == NULL)
		return 1000;
	return first->due <= now ? 0 : (int)((first->due - now) / 1000000) + 1;
}

static void run(struct impair *im)
{
	struct pollfd fds[PORTS_MAX];

	for (unsigned int i = 0; i < im->n_ports; i++)
		fds[i] = (struct pollfd){.fd = im->ports[i].fd, .events = POLLIN};
	while (!stop) {
		int n = poll(fds, im->n_ports, wait_ms(im, now_ns()));

		if (show) {
			show = 0;
			print_counters(im);
		}
		for (unsigned int i = 0; n > 0 && i < im->n_ports; i++)
			if (fds[i].revents & POLLIN)
				receive(im, &im->ports[i]);
		flush_due(im, now_ns());
	}
}

/* ---- start ------------------------------------------------------------------------------ */

static _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "impair: %s: %s\n", what, why);
	exit(1);
}

static void arp_table(struct port *p)
{
	char line[256], ip[64], mac[32], dev[32];
	FILE *f = fopen("/proc/net/arp", "r");

	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%63s %*s 0x%*[2] %31s %*s %31s", ip, mac, dev) != 3)
			continue;
		if (strcmp(dev, p->name) == 0 &&
		    sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &p->peer[0], &p->peer[1],
			   &p->peer[2], &p->peer[3], &p->peer[4], &p->peer[5]) == 6)
			p->peer_known = true;
	}
	fclose(f);
}

static void port_open(struct port *p)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP)};
	struct ifreq ifr = {0};

	p->fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP));
	p->ifindex = if_nametoindex(p->name);
	if (p->fd < 0 || p->ifindex == 0)
		fail(p->name, strerror(errno));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", p->name);
	if (ioctl(p->fd, SIOCGIFHWADDR, &ifr) != 0)
		fail(p->name, strerror(errno));
	memcpy(p->mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	if (ioctl(p->fd, SIOCGIFADDR, &ifr) == 0)
		p->own = ntohl(((struct sockaddr_in *)(void *)&ifr.ifr_addr)->sin_addr.s_addr);
	ll.sll_ifindex = (int)p->ifindex;
	if (bind(p->fd, (struct sockaddr *)&ll, sizeof(ll)) != 0)
		fail(p->name, strerror(errno));
	arp_table(p);
}

static void add_route(struct impair *im, char *prefix)
{
	struct ipv4_route *r = &im->routes[im->n_routes];
	char *slash = strchr(prefix, '/');
	unsigned long bits = slash == NULL ? 33 : strtoul(slash + 1, NULL, 10);
	struct in_addr net;

	if (im->n_routes == ROUTES_MAX || bits > 32)
		fail(prefix, "too many prefixes, or not ADDRESS/LENGTH");
	*slash = '\0';
	if (inet_pton(AF_INET, prefix, &net) != 1)
		fail(prefix, "not an address");
	r->mask = bits == 0 ? 0 : 0xffffffffu << (32 - bits);
	r->net = ntohl(net.s_addr) & r->mask;
	r->port = im->n_ports;
	im->n_routes++;
}

static void add_port(struct impair *im, char *arg)
{
	char *prefixes = strchr(arg, '='), *save = NULL;
	struct port *p = &im->ports[im->n_ports];

	if (prefixes == NULL || im->n_ports == PORTS_MAX)
		fail(arg, "too many interfaces, or not IF=PREFIX,...");
	*prefixes++ = '\0';
	snprintf(p->name, sizeof(p->name), "%s", arg);
	for (char *s = strtok_r(prefixes, ",", &save); s != NULL; s = strtok_r(NULL, ",", &save))
		add_route(im, s);
	port_open(p);
	im->n_ports++;
}

static void add_filter(struct impair *im, const char *arg)
{
	static const struct {
		const char *name;
		uint8_t proto;
	} protocols[] = {{"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"esp", 50}};
	size_t len = strcspn(arg, ":");
	struct filter *f = &im->filters[im->n_filters];

	if (im->n_filters == FILTERS_MAX)
		fail(arg, "too many filters");
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strlen(protocols[i].name) == len && strncmp(arg, protocols[i].name, len) == 0)
			f->proto = protocols[i].proto;
	if (f->proto == 0)
		fail(arg, "not icmp, tcp, udp or esp, with or without :PORT");
	f->port = arg[len] == ':' ? (uint16_t)strtoul(arg + len + 1, NULL, 10) : 0;
	im->n_filters++;
}

static const char help[] =
	"usage: getvpn-impair [OPTION]... IF=PREFIX[,PREFIX]... IF=...\n"
	"  --delay MS        every packet waits so long\n"
	"  --jitter MS       and a random time up to this; the order is kept\n"
	"  --loss PERCENT    --duplicate PERCENT\n"
	"  --reorder PERCENT held back --reorder-by MS (5), so that later ones overtake\n"
	"  --mtu OCTETS      larger packets are cut, with DF answered by ICMP 3/4\n"
	"  --drop PROTO[:PORT]   filter: icmp tcp udp esp; may be given again\n"
	"  --only IF         all this only for packets that leave by IF\n"
	"  --seed N          the same random numbers again\n"
	"SIGUSR1 prints the counters.\n";

static double number(const char *name, const char *arg, double max)
{
	char *end;
	double v = strtod(arg, &end);

	if (end == arg || *end != '\0' || !(v >= 0 && v <= max))
		fail(name, "a number in range is expected");
	return v;
}

static void options(struct impair *im, int argc, char **argv)
{
	static const struct option longs[] = {
		{"delay", 1, NULL, 'd'},   {"jitter", 1, NULL, 'j'},     {"loss", 1, NULL, 'l'},
		{"reorder", 1, NULL, 'r'}, {"reorder-by", 1, NULL, 'b'}, {"mtu", 1, NULL, 'm'},
		{"drop", 1, NULL, 'f'},    {"duplicate", 1, NULL, 'u'},  {"only", 1, NULL, 'o'},
		{"seed", 1, NULL, 's'},    {"help", 0, NULL, 'h'},       {0}};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'd':
			im->delay_ms = number("delay", optarg, 10000);
			break;
		case 'j':
			im->jitter_ms = number("jitter", optarg, 10000);
			break;
		case 'l':
			im->loss = number("loss", optarg, 100);
			break;
		case 'u':
			im->duplicate = number("duplicate", optarg, 100);
			break;
		case 'r':
			im->reorder = number("reorder", optarg, 100);
			break;
		case 'b':
			im->reorder_ms = number("reorder-by", optarg, 10000);
			break;
		case 'm':
			im->mtu = (unsigned int)number("mtu", optarg, FRAME_MAX);
			break;
		case 'f':
			add_filter(im, optarg);
			break;
		case 'o':
			im->only = optarg;
			break;
		case 's':
			im->seed = (unsigned int)number("seed", optarg, 4e9);
			break;
		case 'h':
			fputs(help, stdout);
			exit(0);
		default:
			fputs(help, stderr);
			exit(2);
		}
	}
	if (im->mtu != 0 && im->mtu < 68)
		fail("mtu", "at least 68");
}

int main(int argc, char **argv)
{
	static struct impair im = {.reorder_ms = 5, .seed = 1};
	struct sigaction sa = {.sa_handler = on_signal};

	TAILQ_INIT(&im.queue);
	options(&im, argc, argv);
	for (int i = optind; i < argc; i++)
		add_port(&im, argv[i]);
	if (im.n_ports < 2)
		fail("interfaces", "at least two are needed");
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	printf("forwarding between %u interfaces\n", im.n_ports);
	fflush(stdout);
	run(&im);
	flush_due(&im, UINT64_MAX);
	print_counters(&im);
	return 0;
}
