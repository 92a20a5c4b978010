/* SPDX-License-Identifier: BSD-3-Clause */
/* Samples from a worker to the control side: at most ten a second of one kind and port. */
#ifndef DATAPLANE_EVENT_H
#define DATAPLANE_EVENT_H

#include <stdbool.h>

#include "dataplane/worker.h"

/* True when a sample of that kind may be taken now; the limit counts it as taken. */
bool dp_event_due(struct dp_worker *w, enum dp_event_kind kind, uint8_t port);
/* ev: kind, addresses, SPI and sequence number of the packet, data at its IP header. */
void dp_event_fill(const struct dp_worker *w, struct dp_event *ev, enum dp_event_kind kind,
		   const struct rte_mbuf *m, uint8_t port);
/* Into the ring; false: lost, that is full. */
bool dp_event_put(struct dp_worker *w, const struct dp_event *ev);

#endif
