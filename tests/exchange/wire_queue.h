/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The network between instances in one process: what anybody sends waits in a queue until the
 * test delivers, drops, copies or changes it. Endpoints are found by their local address.
 */
#ifndef TESTS_EXCHANGE_WIRE_QUEUE_H
#define TESTS_EXCHANGE_WIRE_QUEUE_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/buf.h"

#define QUEUE_MAX      512
#define QUEUE_NODES    32
#define QUEUE_DATAGRAM 65507

struct datagram {
	struct endpoint from, to;
	size_t len;
	uint8_t *p; /* owned */
};

typedef void queue_input_fn(void *node, const struct endpoint *local, const struct endpoint *remote,
			    struct bytes msg);

struct queue {
	struct datagram d[QUEUE_MAX]; /* oldest first */
	unsigned int n;
	unsigned int sent; /* datagrams ever sent */
	size_t sent_octets;
	struct {
		struct endpoint at;
		queue_input_fn *fn;
		void *node;
	} nodes[QUEUE_NODES];
	unsigned int n_nodes;
	unsigned int lost; /* for endpoints nobody has */
};

void queue_init(struct queue *q);
void queue_clear(struct queue *q); /* drops what waits */
void queue_attach(struct queue *q, const struct endpoint *at, queue_input_fn *fn, void *node);
void queue_detach(struct queue *q, const struct endpoint *at);

/* An ike_send_fn; arg is the queue. */
void queue_send(const struct endpoint *local, const struct endpoint *remote, struct bytes msg,
		void *arg);
/* Takes the oldest out; false when there is none. The caller frees .p. */
bool queue_take(struct queue *q, struct datagram *out);
void queue_deliver(struct queue *q, const struct datagram *d);
/* Takes and delivers until nothing is left. Returns how many. */
unsigned int queue_run(struct queue *q);

#endif
