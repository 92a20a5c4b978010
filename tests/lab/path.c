/* SPDX-License-Identifier: BSD-3-Clause */
#include "path.h"

#include <stdlib.h>

#include "ipv4.h"

#define NS_PER_MS 1e6

void path_init(struct path *p, const char *from, const char *to)
{
	*p = (struct path){.from_name = from, .to_name = to, .from = PATH_ANY, .to = PATH_ANY};
}

void path_seed(struct path *p, unsigned int seed, unsigned int number)
{
	p->dice[0] = (unsigned short)seed;
	p->dice[1] = (unsigned short)(seed >> 16);
	p->dice[2] = (unsigned short)number;
}

struct path *path_find(struct path *paths, unsigned int n, int from, int to)
{
	struct path *found = paths;

	for (unsigned int i = 0; i < n; i++)
		if ((paths[i].from == PATH_ANY || paths[i].from == from) &&
		    (paths[i].to == PATH_ANY || paths[i].to == to))
			found = &paths[i];
	return found;
}

bool path_blocks(const struct path *p, const uint8_t *ip, size_t len)
{
	for (unsigned int i = 0; i < p->n_filters; i++)
		if (ipv4_is(ip, len, p->filters[i].proto, p->filters[i].port))
			return true;
	return false;
}

/* Rolls for every question, also where the answer is known: the fate of a packet under one
 * setting does not depend on the others. */
static bool chance(struct path *p, double percent)
{
	return erand48(p->dice) * 100 < percent;
}

bool path_loses(struct path *p)
{
	return chance(p, p->loss);
}

bool path_duplicates(struct path *p)
{
	return chance(p, p->duplicate);
}

bool path_reorders(struct path *p)
{
	return chance(p, p->reorder);
}

uint64_t path_due(struct path *p, unsigned int out, uint64_t now)
{
	double late_ms = p->delay_ms + p->jitter_ms * erand48(p->dice);
	uint64_t due = now + (uint64_t)(late_ms * NS_PER_MS);

	if (due < p->last_due[out])
		due = p->last_due[out];
	p->last_due[out] = due;
	return due;
}
