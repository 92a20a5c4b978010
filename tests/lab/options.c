/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <arpa/inet.h>
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ipv4.h"

#define MS_MAX      60000
#define GAP_DEFAULT 3
#define GAP_MAX     1000

static const char usage[] =
	"usage: getvpn-impair [OPTION]... LINK LINK...\n"
	"Forwards IPv4 between the interfaces LINK in place of the kernel, by the kernel's routes\n"
	"and neighbours. The kernel's own forwarding must be off (sysctl net.ipv4.ip_forward=0),\n"
	"and the offloads of the machines at the other ends, so that checksums are complete.\n"
	"\n"
	"  --delay MS               every packet waits so long\n"
	"  --jitter MS              and a random time up to this; the order is kept\n"
	"  --loss PERCENT           packets that vanish\n"
	"  --duplicate PERCENT      packets that are sent twice\n"
	"  --reorder PERCENT[:GAP]  packets that let GAP (3) later ones pass, for up to 1 s\n"
	"  --mtu OCTETS             larger packets are cut, or with DF answered by ICMP 3/4\n"
	"  --block PROTO[:PORT]     packets that are stopped: icmp, tcp, udp, esp or a number; PORT\n"
	"                           is source or destination; may be given again\n"
	"  --path [FROM]:[TO]       what follows is for packets from link FROM to link TO only, and\n"
	"                           nothing said before it; of several that fit the last counts\n"
	"\n"
	"  --mroute GROUP=FROM:TO[,TO]...  packets to a multicast group, from one link to others\n"
	"  --seed N                 the same dice again (1)\n"
	"  --pcap FILE              records the frames as they are sent\n"
	"  -h, --help               this text\n"
	"\n"
	"SIGUSR1 prints the counters as a line of JSON, and so does the end (SIGTERM, SIGINT).\n";

enum {
	OPT_DELAY = 1,
	OPT_JITTER,
	OPT_LOSS,
	OPT_DUPLICATE,
	OPT_REORDER,
	OPT_MTU,
	OPT_BLOCK,
	OPT_PATH,
	OPT_MROUTE,
	OPT_SEED,
	OPT_PCAP
};

static const struct option longs[] = {
	{"delay", 1, NULL, OPT_DELAY},
	{"jitter", 1, NULL, OPT_JITTER},
	{"loss", 1, NULL, OPT_LOSS},
	{"duplicate", 1, NULL, OPT_DUPLICATE},
	{"reorder", 1, NULL, OPT_REORDER},
	{"mtu", 1, NULL, OPT_MTU},
	{"block", 1, NULL, OPT_BLOCK},
	{"path", 1, NULL, OPT_PATH},
	{"mroute", 1, NULL, OPT_MROUTE},
	{"seed", 1, NULL, OPT_SEED},
	{"pcap", 1, NULL, OPT_PCAP},
	{"help", 0, NULL, 'h'},
	{0},
};

static double number(const char *text, double min, double max)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end != '\0' || !(v >= min && v <= max))
		errx(2, "%s: a number from %g to %g is expected", text, min, max);
	return v;
}

static unsigned int whole(const char *text, unsigned int min, unsigned int max)
{
	double v = number(text, min, max);

	if (v != (unsigned int)v)
		errx(2, "%s: a whole number is expected", text);
	return (unsigned int)v;
}

/* Cuts text at the first c; what follows it, or NULL. */
static char *cut(char *text, char c)
{
	char *at = strchr(text, c);

	if (at == NULL)
		return NULL;
	*at = '\0';
	return at + 1;
}

static void read_reorder(struct path *p, char *text)
{
	char *gap = cut(text, ':');

	p->reorder = number(text, 0, 100);
	p->gap = gap == NULL ? GAP_DEFAULT : whole(gap, 1, GAP_MAX);
}

static uint8_t protocol(const char *text)
{
	static const struct {
		const char *name;
		uint8_t number;
	} names[] = {{"icmp", 1}, {"tcp", 6}, {"udp", 17}, {"esp", 50}};

	for (size_t i = 0; i < GV_ARRAY_SIZE(names); i++)
		if (strcmp(names[i].name, text) == 0)
			return names[i].number;
	return (uint8_t)whole(text, 1, 255);
}

static void read_filter(struct path *p, char *text)
{
	char *port = cut(text, ':');
	struct filter *f = &p->filters[p->n_filters];

	if (p->n_filters == FILTERS_MAX)
		errx(2, "%s: more than %d filters", text, FILTERS_MAX);
	f->proto = protocol(text);
	if (port != NULL && f->proto != 6 && f->proto != 17)
		errx(2, "%s: only tcp and udp have ports", text);
	f->port = port == NULL ? 0 : (uint16_t)whole(port, 1, 65535);
	p->n_filters++;
}

static void read_path(struct options *o, char *text)
{
	char *to = cut(text, ':');

	if (to == NULL)
		errx(2, "%s: a path is [FROM]:[TO]", text);
	if (o->n_paths == PATHS_MAX)
		errx(2, "%s: more than %d paths", text, PATHS_MAX - 1);
	path_init(&o->paths[o->n_paths++], text, to);
}

static void path_option(struct path *p, int c, char *arg)
{
	switch (c) {
	case OPT_DELAY:
		p->delay_ms = number(arg, 0, MS_MAX);
		break;
	case OPT_JITTER:
		p->jitter_ms = number(arg, 0, MS_MAX);
		break;
	case OPT_LOSS:
		p->loss = number(arg, 0, 100);
		break;
	case OPT_DUPLICATE:
		p->duplicate = number(arg, 0, 100);
		break;
	case OPT_REORDER:
		read_reorder(p, arg);
		break;
	case OPT_MTU:
		p->mtu = whole(arg, IPV4_MTU_MIN, 65535);
		break;
	default:
		read_filter(p, arg);
	}
}

/* ---- names of links --------------------------------------------------------------------- */

static unsigned int link_index(const struct options *o, const char *name)
{
	for (unsigned int i = 0; i < o->n_links; i++)
		if (strcmp(o->links[i].name, name) == 0)
			return i;
	errx(2, "%s: not among the links", name);
}

static void open_link(struct options *o, const char *name)
{
	if (o->n_links == LINKS_MAX)
		errx(2, "%s: more than %d links", name, LINKS_MAX);
	link_open(&o->links[o->n_links++], name);
}

static void find_ends(const struct options *o, struct path *p)
{
	if (*p->from_name != '\0')
		p->from = (int)link_index(o, p->from_name);
	if (*p->to_name != '\0')
		p->to = (int)link_index(o, p->to_name);
}

static void read_mroute(struct options *o, char *text)
{
	struct mroute *m = &o->mroutes[o->n_mroutes];
	char *from = cut(text, '='), *to = from == NULL ? NULL : cut(from, ':'), *name;
	struct in_addr group;

	if (to == NULL || inet_pton(AF_INET, text, &group) != 1 ||
	    !ipv4_multicast(ntohl(group.s_addr)))
		errx(2, "%s: a multicast route is GROUP=FROM:TO[,TO]...", text);
	m->group = ntohl(group.s_addr);
	m->in = link_index(o, from);
	while ((name = strsep(&to, ",")) != NULL)
		m->out |= 1u << link_index(o, name);
	o->n_mroutes++;
}

void options_read(struct options *o, int argc, char **argv)
{
	char *mroutes[MROUTES_MAX];
	unsigned int seed = 1, n_mroutes = 0;
	int c;

	path_init(&o->paths[o->n_paths++], "", "");
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			exit(0);
		} else if (c == '?') {
			errx(2, "getvpn-impair -h says what it takes");
		} else if (c == OPT_PATH) {
			read_path(o, optarg);
		} else if (c == OPT_SEED) {
			seed = whole(optarg, 0, UINT32_MAX);
		} else if (c == OPT_PCAP) {
			o->pcap = optarg;
		} else if (c != OPT_MROUTE) {
			path_option(&o->paths[o->n_paths - 1], c, optarg);
		} else if (n_mroutes < MROUTES_MAX) {
			mroutes[n_mroutes++] = optarg;
		} else {
			errx(2, "more than %d multicast routes", MROUTES_MAX);
		}
	}
	if (argc - optind < 2)
		errx(2, "at least two links are needed; getvpn-impair -h says what it takes");
	for (int i = optind; i < argc; i++)
		open_link(o, argv[i]);
	for (unsigned int i = 0; i < o->n_paths; i++) {
		find_ends(o, &o->paths[i]);
		path_seed(&o->paths[i], seed, i);
	}
	for (unsigned int i = 0; i < n_mroutes; i++)
		read_mroute(o, mroutes[i]);
}
