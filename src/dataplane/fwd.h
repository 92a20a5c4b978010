/* SPDX-License-Identifier: BSD-3-Clause */
/* Next hop of a packet, for the stage and for what the box itself sends. */
#ifndef DATAPLANE_FWD_H
#define DATAPLANE_FWD_H

#include <stdint.h>

#include "dataplane/stage.h"

struct dp_worker;
struct fib_hop;

/* Fills in port_out and eth of m for that hop (FIB_UNICAST). True: it can go on. False: m was
 * taken, dropped or sent to wait for its neighbour. */
bool fwd_next_hop(struct dp_worker *w, struct rte_mbuf *m, const struct fib_hop *hop, uint32_t dst);

#endif
