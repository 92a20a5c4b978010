/* SPDX-License-Identifier: BSD-3-Clause */
/* What happens to packets that come in by one link and leave by another: settings and dice. */
#ifndef TESTS_LAB_PATH_H
#define TESTS_LAB_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link.h"

#define PATHS_MAX   16
#define FILTERS_MAX 8
#define PATH_ANY    (-1)

struct filter {
	uint8_t proto;
	uint16_t port; /* source or destination; 0: every packet of the protocol */
};

struct path {
	const char *from_name, *to_name; /* "" is any link */
	int from, to;                    /* the same as index, or PATH_ANY */
	double delay_ms, jitter_ms;
	double loss, duplicate, reorder; /* percent */
	unsigned int gap;                /* packets that overtake a reordered one */
	unsigned int mtu;                /* 0: none but the link's */
	struct filter filters[FILTERS_MAX];
	unsigned int n_filters;
	unsigned short dice[3];
	uint64_t last_due[LINKS_MAX]; /* by link out */
};

/* All dice of a path follow from the seed and its number. */
void path_init(struct path *p, const char *from, const char *to);
void path_seed(struct path *p, unsigned int seed, unsigned int number);
/* Of several paths that fit, the last one named counts. */
struct path *path_find(struct path *paths, unsigned int n, int from, int to);

bool path_blocks(const struct path *p, const uint8_t *ip, size_t len);
bool path_loses(struct path *p);
bool path_duplicates(struct path *p);
bool path_reorders(struct path *p);
/* When a packet that arrives now leaves by that link. Jitter alone keeps the order. */
uint64_t path_due(struct path *p, unsigned int out, uint64_t now);

#endif
