/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of the impairment forwarder. */
#ifndef TESTS_LAB_OPTIONS_H
#define TESTS_LAB_OPTIONS_H

#include <stdint.h>

#include "path.h"

#define MROUTES_MAX 8

/* Multicast packets to a group from one link go out by others. */
struct mroute {
	uint32_t group;
	unsigned int in;
	uint32_t out; /* one bit a link */
};

struct options {
	struct path paths[PATHS_MAX]; /* the first is every packet's */
	unsigned int n_paths;
	struct mroute mroutes[MROUTES_MAX];
	unsigned int n_mroutes;
	struct link links[LINKS_MAX];
	unsigned int n_links;
	const char *pcap; /* NULL: none */
};

/* Reads it and opens the links. Ends the program with a sentence when it is refused. */
void options_read(struct options *o, int argc, char **argv);

#endif
