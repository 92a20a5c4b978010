/* SPDX-License-Identifier: BSD-3-Clause */
/* The network between instances in one process. */
#include "wire_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

void queue_init(struct queue *q)
{
	memset(q, 0, sizeof(*q));
}

void queue_clear(struct queue *q)
{
	struct datagram d;

	while (queue_take(q, &d))
		free(d.p);
}

void queue_attach(struct queue *q, const struct endpoint *at, queue_input_fn *fn, void *node)
{
	gv_assert(q->n_nodes < QUEUE_NODES);
	q->nodes[q->n_nodes].at = *at;
	q->nodes[q->n_nodes].fn = fn;
	q->nodes[q->n_nodes++].node = node;
}

void queue_detach(struct queue *q, const struct endpoint *at)
{
	for (unsigned int i = 0; i < q->n_nodes; i++)
		if (endpoint_equal(&q->nodes[i].at, at)) {
			q->nodes[i] = q->nodes[--q->n_nodes];
			return;
		}
}

void queue_send(const struct endpoint *local, const struct endpoint *remote, struct bytes msg,
		void *arg)
{
	struct queue *q = arg;
	struct datagram *d = &q->d[q->n];

	gv_assert(q->n < QUEUE_MAX);
	*d = (struct datagram){.from = *local, .to = *remote, .len = msg.len};
	d->p = malloc(msg.len > 0 ? msg.len : 1);
	gv_assert(d->p != NULL);
	memcpy(d->p, msg.p, msg.len);
	q->n++;
	q->sent++;
	q->sent_octets += msg.len;
}

bool queue_take(struct queue *q, struct datagram *out)
{
	if (q->n == 0)
		return false;
	*out = q->d[0];
	memmove(&q->d[0], &q->d[1], --q->n * sizeof(q->d[0]));
	return true;
}

void queue_deliver(struct queue *q, const struct datagram *d)
{
	for (unsigned int i = 0; i < q->n_nodes; i++)
		if (endpoint_equal(&q->nodes[i].at, &d->to)) {
			q->nodes[i].fn(q->nodes[i].node, &d->to, &d->from, bytes_of(d->p, d->len));
			return;
		}
	q->lost++;
}

unsigned int queue_run(struct queue *q)
{
	struct datagram d;
	unsigned int n = 0;

	for (; n < 10000 && queue_take(q, &d); n++) {
		queue_deliver(q, &d);
		free(d.p);
	}
	return n;
}
