/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who can still hold what, and why not any more.
 *
 * A worker reaches policy, keys and routes only through the pointer it loaded at the start of a
 * burst, and keeps nothing of them past the end of that burst: per-packet pointers (meta->sa,
 * meta->rule) die with the packet or are written anew when it comes back, and a packet that waits
 * in a ring carries neither. It reports a quiescent state between two bursts, and is offline while
 * it sleeps, where it holds nothing at all.
 *
 * The control lcore publishes a successor first (one release store), then asks for a token. A
 * worker that reports quiescence after that token has begun its next burst with a load that sees
 * the successor or something newer, so when all online workers have reported, nobody holds the old
 * root. It is freed then; a part goes when the last root that shares it has gone, and with the last
 * SAD the key itself is wiped.
 *
 * The control lcore never waits for that: it polls tokens, oldest first, from a timer and at each
 * publication. A worker whose core was taken away delays the wiping of old keys, not the answer to
 * a key server, and cannot prolong a key's use, since it checks the hard end itself.
 */
#include "dataplane/dp_retire.h"

#include <stdlib.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include "dataplane/dp_root.h"

int dp_retire_init(struct dp_retire *r, unsigned int n_threads)
{
	size_t size = rte_rcu_qsbr_get_memsize(n_threads);

	r->head = NULL;
	r->tail = &r->head;
	r->qsbr = rte_zmalloc("qsbr", size, RTE_CACHE_LINE_SIZE);
	if (r->qsbr == NULL)
		return -ENOMEM;
	if (rte_rcu_qsbr_init(r->qsbr, n_threads) != 0)
		return -rte_errno;
	for (unsigned int i = 0; i < n_threads; i++)
		if (rte_rcu_qsbr_thread_register(r->qsbr, i) != 0)
			return -rte_errno;
	return 0;
}

static void free_first(struct dp_retire *r)
{
	struct dp_root *root = r->head;

	r->head = root->next;
	if (r->head == NULL)
		r->tail = &r->head;
	r->n--;
	r->total++;
	dp_root_free(root);
}

void dp_retire_fini(struct dp_retire *r)
{
	while (r->head != NULL)
		free_first(r);
	rte_free(r->qsbr);
	r->qsbr = NULL;
}

void dp_retire_root(struct dp_retire *r, struct dp_root *root)
{
	root->token = rte_rcu_qsbr_start(r->qsbr);
	root->next = NULL;
	*r->tail = root;
	r->tail = &root->next;
	r->n++;
}

bool dp_retire_poll(struct dp_retire *r)
{
	while (r->head != NULL && rte_rcu_qsbr_check(r->qsbr, r->head->token, false) == 1)
		free_first(r);
	return r->head == NULL;
}
