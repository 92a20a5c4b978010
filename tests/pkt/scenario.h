/* SPDX-License-Identifier: BSD-3-Clause */
/* Policy of a group and routes from JSON, and counters into JSON. */
#ifndef TESTS_PKT_SCENARIO_H
#define TESTS_PKT_SCENARIO_H

#include <jansson.h>

#include "world.h"

/* {"port": ..., "gate": ..., "aces": [...], "teks": [...], ...}: see pipe.py. Returns what
 * dp_group_set() said. */
int scenario_group(struct world *w, json_t *g, struct err_text *e);
/* "own", "routes" and "neighbours" of the scenario; published. */
void scenario_routes(struct world *w, json_t *s);
/* Everything that counts: a new object. */
json_t *scenario_counters(struct world *w, json_t *events);
json_t *scenario_event(const struct dp_event *ev);
_Noreturn void scenario_die(const char *what);

#endif
