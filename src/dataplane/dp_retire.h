/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parts of a root are shared between generations by reference count; the control lcore alone
 * touches the counts. What a root no longer needs is given up only after every worker has passed
 * a quiescent state: dp_retire.c has the whole argument.
 */
#ifndef DATAPLANE_DP_RETIRE_H
#define DATAPLANE_DP_RETIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct rte_rcu_qsbr;
struct dp_root;

/* First member of everything a root points to. */
struct dp_part {
	uint32_t refs;                      /* control: rw, worker: never looks */
	void (*free)(struct dp_part *part); /* called with no reference left */
};

static inline void dp_part_init(struct dp_part *p, void (*free_fn)(struct dp_part *))
{
	p->refs = 1;
	p->free = free_fn;
}

static inline void dp_part_ref(struct dp_part *p)
{
	if (p != NULL)
		p->refs++;
}

static inline void dp_part_unref(struct dp_part *p)
{
	if (p != NULL && --p->refs == 0)
		p->free(p);
}

/* Roots that wait for the workers. */
struct dp_retire {
	struct rte_rcu_qsbr *qsbr;
	struct dp_root *head, **tail; /* oldest first */
	unsigned int n;               /* roots waiting */
	uint64_t total;               /* roots freed since start */
};

int dp_retire_init(struct dp_retire *r, unsigned int n_threads) GV_MUST_CHECK;
/* Frees what is left; no worker may run any more. */
void dp_retire_fini(struct dp_retire *r);
/* root is not reachable through the published pointer any more. */
void dp_retire_root(struct dp_retire *r, struct dp_root *root);
/* Frees what every worker has let go of; never waits. True when nothing is left. */
bool dp_retire_poll(struct dp_retire *r);

#endif
