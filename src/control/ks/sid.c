/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sender IDs for counter modes (RFC 6054). A key server that is alone owns the whole space, so
 * the split into a key server's part and a member's is only the order in which they are given.
 * An ID is given once as long as the keys it may have touched live.
 */
#include "control/ks/group.h"

uint64_t ks_sids_room(const struct ks_sids *s)
{
	return s->bits == 0 ? 0 : (1ull << s->bits) - s->next;
}

void ks_sids_give(struct ks_sids *s, unsigned int n, struct gdoi_policy *p)
{
	p->sid_bits = s->bits;
	for (p->n_sids = 0; p->n_sids < n; p->n_sids++)
		p->sids[p->n_sids] = (uint32_t)s->next++;
}
