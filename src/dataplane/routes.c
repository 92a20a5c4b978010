/* SPDX-License-Identifier: BSD-3-Clause */
/* A hash over the prefix. The kernel tells routes of one prefix apart by table, metric and next
 * hop; so do we. */
#include "dataplane/routes.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>

#define BUCKETS_MIN 64

struct route_node {
	struct route_node *next;
	struct nl_route r;
	int ifindex;
};

static unsigned int bucket_of(const struct nl_route *r, unsigned int n_buckets)
{
	uint32_t h = (r->dst ^ r->len) * 0x9e3779b1u;

	return (h ^ h >> 15) & (n_buckets - 1);
}

int route_set_init(struct route_set *s)
{
	*s = (struct route_set){.n_buckets = BUCKETS_MIN};
	s->bucket = calloc(s->n_buckets, sizeof(*s->bucket));
	return s->bucket == NULL ? -ENOMEM : 0;
}

void route_set_clear(struct route_set *s)
{
	for (unsigned int i = 0; i < s->n_buckets; i++) {
		while (s->bucket[i] != NULL) {
			struct route_node *r = s->bucket[i];

			s->bucket[i] = r->next;
			free(r);
		}
	}
	s->n = 0;
}

void route_set_fini(struct route_set *s)
{
	if (s->bucket == NULL)
		return;
	route_set_clear(s);
	free(s->bucket);
	s->bucket = NULL;
}

/* Four routes a bucket on average before it doubles; without memory it just gets slower. */
static void grow(struct route_set *s)
{
	unsigned int n = s->n_buckets * 4;
	struct route_node **b = calloc(n, sizeof(*b));

	if (b == NULL)
		return;
	for (unsigned int i = 0; i < s->n_buckets; i++) {
		while (s->bucket[i] != NULL) {
			struct route_node *r = s->bucket[i];
			unsigned int to = bucket_of(&r->r, n);

			s->bucket[i] = r->next;
			r->next = b[to];
			b[to] = r;
		}
	}
	free(s->bucket);
	s->bucket = b;
	s->n_buckets = n;
}

static bool same_place(const struct nl_route *a, const struct nl_route *b)
{
	return a->dst == b->dst && a->len == b->len && a->table == b->table &&
	       a->metric == b->metric;
}

/* loose: any next hop, as NLM_F_REPLACE means it. */
static bool remove_route(struct route_set *s, const struct nl_route *r, int ifindex, bool loose)
{
	struct route_node **at = &s->bucket[bucket_of(r, s->n_buckets)];

	for (; *at != NULL; at = &(*at)->next) {
		struct route_node *n = *at;

		if (!same_place(&n->r, r))
			continue;
		if (!loose && (n->ifindex != ifindex || n->r.gateway != r->gateway))
			continue;
		*at = n->next;
		free(n);
		s->n--;
		return true;
	}
	return false;
}

static bool add_route(struct route_set *s, const struct nl_route *r, int ifindex)
{
	struct route_node *n = malloc(sizeof(*n));
	unsigned int b;

	if (n == NULL)
		return false;
	if (s->n >= s->n_buckets * 4)
		grow(s);
	b = bucket_of(r, s->n_buckets);
	*n = (struct route_node){.next = s->bucket[b], .r = *r, .ifindex = ifindex};
	s->bucket[b] = n;
	s->n++;
	return true;
}

bool route_set_event(struct route_set *s, const struct nl_event *ev)
{
	const struct nl_route *r = &ev->route;
	bool changed;

	if (r->table != RT_TABLE_MAIN && r->table != RT_TABLE_LOCAL && r->table != RT_TABLE_DEFAULT)
		return false;
	/* A dump repeats what is known: the same route again is not a second one. */
	changed = remove_route(s, r, ev->ifindex, ev->replace && !ev->gone);
	if (ev->gone)
		return changed;
	return add_route(s, r, ev->ifindex);
}

bool route_set_link_down(struct route_set *s, int ifindex, bool gone)
{
	bool changed = false;

	for (unsigned int i = 0; i < s->n_buckets; i++) {
		struct route_node **at = &s->bucket[i];

		while (*at != NULL) {
			struct route_node *n = *at;

			if (n->ifindex != ifindex || (!gone && n->r.type == RTN_LOCAL)) {
				at = &n->next;
				continue;
			}
			*at = n->next;
			free(n);
			s->n--;
			changed = true;
		}
	}
	return changed;
}

static enum fib_type type_of(const struct nl_route *r)
{
	switch (r->type) {
	case RTN_LOCAL:
	case RTN_ANYCAST:
		return FIB_LOCAL;
	case RTN_BROADCAST:
		return FIB_BROADCAST;
	case RTN_UNICAST:
		return FIB_UNICAST;
	case RTN_BLACKHOLE:
		return FIB_BLACKHOLE;
	case RTN_UNREACHABLE:
		return FIB_UNREACHABLE;
	case RTN_PROHIBIT:
		return FIB_PROHIBIT;
	default:
		return FIB_NO_ROUTE; /* THROW: with main and local alone, nothing comes after it */
	}
}

int route_set_fib(const struct route_set *s, struct fib **out, uint8_t (*port_of)(int, void *),
		  void *arg)
{
	struct fib_route *routes = calloc(s->n + 1, sizeof(*routes));
	unsigned int n = 0;
	int rc;

	if (routes == NULL)
		return -ENOMEM;
	for (unsigned int i = 0; i < s->n_buckets; i++) {
		for (const struct route_node *r = s->bucket[i]; r != NULL; r = r->next) {
			routes[n++] = (struct fib_route){
				.addr = r->r.dst,
				.len = r->r.len,
				.first = r->r.table == RT_TABLE_LOCAL,
				.metric = r->r.metric,
				.hop = {.gateway = r->r.gateway,
					.type = (uint8_t)type_of(&r->r),
					.port = port_of(r->ifindex, arg)},
			};
		}
	}
	rc = fib_build(out, routes, n);
	free(routes);
	return rc;
}
