/* SPDX-License-Identifier: BSD-3-Clause */
/* Who registered: a table by address, kept sorted. */
#include "control/ks/group.h"

#include <stdlib.h>
#include <string.h>

/* Index of the first member that is not below a. */
static unsigned int lower_bound(const struct ks_group *g, const struct addr *a)
{
	unsigned int lo = 0, hi = g->n_members;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (addr_cmp(&g->members[mid]->address, a) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct ks_member *ks_member_get(const struct ks_group *g, const struct addr *a)
{
	unsigned int i = lower_bound(g, a);

	if (i == g->n_members || !addr_equal(&g->members[i]->address, a))
		return NULL;
	return g->members[i];
}

int ks_member_add(struct ks_group *g, const struct addr *a, struct ks_member **out)
{
	unsigned int at = lower_bound(g, a);
	struct ks_member **grown;

	*out = ks_member_get(g, a);
	if (*out != NULL)
		return 0;
	if (g->n_members == KS_MEMBERS_MAX)
		return -ENOSPC;
	grown = reallocarray(g->members, g->n_members + 1, sizeof(struct ks_member *));
	if (grown == NULL)
		return -ENOMEM;
	g->members = grown;
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return -ENOMEM;
	(*out)->address = *a;
	memmove(&grown[at + 1], &grown[at], (g->n_members - at) * sizeof(struct ks_member *));
	grown[at] = *out;
	g->n_members++;
	return 0;
}

void ks_member_remove(struct ks_group *g, struct ks_member *m)
{
	unsigned int at = lower_bound(g, &m->address);

	gv_assert(at < g->n_members && g->members[at] == m);
	g->n_members--;
	memmove(&g->members[at], &g->members[at + 1],
		(g->n_members - at) * sizeof(struct ks_member *));
	free(m);
}

void ks_members_clear(struct ks_group *g)
{
	while (g->n_members > 0)
		ks_member_remove(g, g->members[g->n_members - 1]);
	free(g->members);
	g->members = NULL;
}

/* A push that leaves the row unanswered is missed for good. */
void ks_member_pushed(struct ks_member *m, uint32_t kek_id, uint32_t seq, bool asked)
{
	if (m->last[KS_SEQ_ROW - 1].state == KS_ACK_WAITING)
		m->missed++;
	memmove(&m->last[1], &m->last[0], (KS_SEQ_ROW - 1) * sizeof(m->last[0]));
	m->last[0] = (struct ks_sent){
		.kek_id = kek_id, .seq = seq, .state = asked ? KS_ACK_WAITING : KS_ACK_NONE};
	m->sent++;
	m->asked = asked;
	m->in_round = true;
	m->due = true;
}
