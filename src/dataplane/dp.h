/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * struct dp, the inside of dp_api.h: what the control lcore holds of the data plane. Everything
 * here belongs to the control thread, except what struct dp_worker says of itself.
 *
 * dp_new() (with the ports) brings EAL up, then dp_core_init(), fills in queues and pools of the
 * workers, publishes the ports and starts them; tests and the bench call dp_core_init() alone and
 * turn the workers by hand.
 */
#ifndef DATAPLANE_DP_H
#define DATAPLANE_DP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/bulk.h"
#include "dataplane/dp_api.h"
#include "dataplane/dp_retire.h"
#include "dataplane/dp_root.h"

struct dp_worker;
struct dp_tek;
struct dp_baseline;
struct dp_box; /* ports, TAPs, mirror of the kernel: dp_box.h */

struct dp {
	struct loop *loop;
	struct bulk *bulk; /* expands keys; each worker has an engine of its own */
	struct dp_worker *worker[DP_WORKERS_MAX];
	unsigned int n_workers;
	unsigned int n_launched; /* run on lcores of their own */

	struct dp_root *root; /* published */
	struct dp_retire retire;
	struct loop_timer *housekeeping; /* retirement, time base, events */
	uint64_t last_anchor_ns;
	uint64_t start_tsc, start_ns; /* what the counter's rate is measured from */

	struct dp_tek *teks;  /* every key installed, and what expired ones counted */
	uint32_t attachments; /* groups that came to a port */
	struct dp_baseline *baseline;

	dp_event_fn *event_fn;
	void *event_arg;

	/* The ports. name is filled in before the first root with that port. */
	char port_name[DP_PORTS_MAX][DP_PORT_NAME_MAX];
	struct dp_box *box; /* NULL in tests and the bench */
};

/*
 * Workers with their rings, engines and counters, the QSBR state, and the first root: no port, no
 * forwarding, every gate closed. EAL must be up. loop may be a manual one.
 */
int dp_core_init(struct dp *dp, struct loop *loop, unsigned int n_workers,
		 struct err_text *e) GV_MUST_CHECK;
/* No worker may run any more. Wipes every key. */
void dp_core_fini(struct dp *dp);

/* Index of the port of that name, -ENOENT. */
int dp_port_find(const struct dp *dp, const char *name);
/* Hands what workers put into their event rings to the event function. The housekeeping timer
 * does it ten times a second; whoever is woken by w->wake_fd may do it sooner. */
void dp_events_drain(struct dp *dp);

#endif
