/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of a forwarding table belong together by reference. */
#include "dataplane/dp_fwd.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/dp_root.h"

#define LOCAL_CONTROL_BLOCK 0xe0000000u /* 224.0.0.0/24, RFC 5771 4: never forwarded */
#define LIMITED_BROADCAST   0xffffffffu

static void fwd_free(struct dp_part *part)
{
	struct dp_fwd *f = (struct dp_fwd *)part;

	fib_unref(f->fib);
	neigh_map_unref(f->neigh);
	free(f);
}

struct dp_fwd *dp_fwd_new(struct fib *fib, struct neigh_map *neigh, uint8_t *used,
			  const struct dp_fwd_group *groups, unsigned int n_groups)
{
	struct dp_fwd *f = calloc(1, sizeof(*f) + n_groups * sizeof(f->group[0]));

	if (f == NULL)
		return NULL;
	dp_part_init(&f->part, fwd_free);
	f->fib = fib_ref(fib);
	f->neigh = neigh_map_ref(neigh);
	f->used = used;
	f->n_groups = n_groups;
	if (n_groups > 0)
		memcpy(f->group, groups, n_groups * sizeof(f->group[0]));
	return f;
}

struct dp_part *dp_fwd_part(struct dp_fwd *fwd)
{
	return fwd == NULL ? NULL : &fwd->part;
}

bool dp_fwd_is_own(const struct dp_fwd *fwd, uint32_t addr_be)
{
	return fwd != NULL && fib_lookup(fwd->fib, ntohl(addr_be))->type == FIB_LOCAL;
}

static bool joined(const struct dp_fwd *fwd, uint32_t dst, uint8_t port)
{
	for (unsigned int i = 0; i < fwd->n_groups; i++)
		if (fwd->group[i].addr == dst && fwd->group[i].port == port)
			return true;
	return false;
}

bool dp_fwd_for_box(const struct dp_fwd *fwd, uint32_t dst, uint8_t port)
{
	uint8_t type;

	/* The limited broadcast address is in no table of the kernel. */
	if (dst == LIMITED_BROADCAST || (dst & 0xffffff00u) == LOCAL_CONTROL_BLOCK)
		return true;
	if (fwd == NULL)
		return false;
	if (IN_MULTICAST(dst))
		return joined(fwd, dst, port);
	type = fib_lookup(fwd->fib, dst)->type;
	return type == FIB_LOCAL || type == FIB_BROADCAST;
}
