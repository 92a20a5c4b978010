/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One sweep over the prefixes in order of address. Two prefixes either nest or are apart, so the
 * prefixes that cover the present address are a stack of at most 34: where one begins, or where
 * the innermost ends, a new range begins.
 */
#include "dataplane/fib.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 34 /* lengths 0 to 32 and the empty bottom */

struct open_prefix {
	uint64_t end; /* first address behind it */
	uint32_t hop;
	bool first;
};

struct sweep {
	struct fib_range *ranges;
	struct fib_hop *hops;
	uint32_t n_ranges, n_hops;
	struct open_prefix stack[DEPTH_MAX];
	unsigned int depth;
};

static int route_cmp(const void *a, const void *b)
{
	const struct fib_route *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	if (x->first != y->first)
		return x->first ? -1 : 1;
	return x->metric < y->metric ? -1 : x->metric > y->metric;
}

static uint32_t hop_index(struct sweep *s, const struct fib_hop *h)
{
	/* Neighbouring prefixes mostly share a hop; a longer search is not worth its time. */
	uint32_t back = s->n_hops > 16 ? s->n_hops - 16 : 0;

	for (uint32_t i = back; i < s->n_hops; i++)
		if (s->hops[i].gateway == h->gateway && s->hops[i].type == h->type &&
		    s->hops[i].port == h->port)
			return i;
	s->hops[s->n_hops] = *h;
	return s->n_hops++;
}

static void start_range(struct sweep *s, uint64_t start, uint32_t hop)
{
	struct fib_range *last = s->n_ranges > 0 ? &s->ranges[s->n_ranges - 1] : NULL;

	if (start > UINT32_MAX)
		return;
	if (last != NULL && last->start == start)
		last->hop = hop;
	else if (last == NULL || last->hop != hop)
		s->ranges[s->n_ranges++] = (struct fib_range){(uint32_t)start, hop};
}

/* Closes what ends at or before addr; what lies around it goes on. */
static void close_until(struct sweep *s, uint64_t addr)
{
	while (s->depth > 1 && s->stack[s->depth - 1].end <= addr) {
		uint64_t end = s->stack[--s->depth].end;

		start_range(s, end, s->stack[s->depth - 1].hop);
	}
}

static void open_route(struct sweep *s, const struct fib_route *r)
{
	uint64_t end = (uint64_t)r->addr + (1ull << (32 - r->len));
	const struct open_prefix *top;

	close_until(s, r->addr);
	top = &s->stack[s->depth - 1];
	/* The kernel asks its local table first: inside one of its prefixes nothing else counts. */
	if (top->first && !r->first)
		return;
	s->stack[s->depth++] = (struct open_prefix){end, hop_index(s, &r->hop), r->first};
	start_range(s, r->addr, s->stack[s->depth - 1].hop);
}

static bool same_prefix(const struct fib_route *a, const struct fib_route *b)
{
	return a->addr == b->addr && a->len == b->len;
}

static void sweep_routes(struct sweep *s, const struct fib_route *routes, unsigned int n)
{
	static const struct fib_hop none = {.type = FIB_NO_ROUTE, .port = FIB_PORT_NONE};

	s->stack[0] = (struct open_prefix){UINT64_MAX, hop_index(s, &none), false};
	s->depth = 1;
	start_range(s, 0, 0);
	for (unsigned int i = 0; i < n; i++)
		if (i == 0 || !same_prefix(&routes[i - 1], &routes[i]))
			open_route(s, &routes[i]);
	close_until(s, 1ull << 32);
}

static void fill_directory(struct fib *f)
{
	uint32_t r = 0;

	for (uint32_t i = 0; i < FIB_DIR_SIZE; i++) {
		while (r + 1 < f->n_ranges && f->ranges[r + 1].start <= i << 16)
			r++;
		f->dir[i] = r;
	}
	f->dir[FIB_DIR_SIZE] = f->n_ranges - 1;
}

int fib_build(struct fib **out, struct fib_route *routes, unsigned int n)
{
	struct sweep s = {
		.ranges = calloc(2 * (size_t)n + 1, sizeof(*s.ranges)),
		.hops = calloc((size_t)n + 1, sizeof(*s.hops)),
	};
	struct fib *f = calloc(1, sizeof(*f));

	if (s.ranges == NULL || s.hops == NULL || f == NULL) {
		free(s.ranges);
		free(s.hops);
		free(f);
		return -ENOMEM;
	}
	if (n > 0)
		qsort(routes, n, sizeof(*routes), route_cmp);
	sweep_routes(&s, routes, n);
	*f = (struct fib){.refs = 1, .n_ranges = s.n_ranges, .n_hops = s.n_hops};
	f->ranges = s.ranges;
	f->hops = s.hops;
	fill_directory(f);
	*out = f;
	return 0;
}

struct fib *fib_ref(struct fib *f)
{
	f->refs++;
	return f;
}

void fib_unref(struct fib *f)
{
	if (f == NULL || --f->refs > 0)
		return;
	free((void *)f->ranges);
	free((void *)f->hops);
	free(f);
}
