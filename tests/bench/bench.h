/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a run measures: BENCH_BUFS packet buffers, 32 a burst in turns, either through the stages
 * or by the bare calls of intel-ipsec-mb over the same octets of the same buffers.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/suite.h"

#define BENCH_BURST 32
#define BENCH_BUFS  (2 * BENCH_BURST)
/* Bursts summed up before the best is kept: short enough that some batch is never interrupted. */
#define BENCH_BATCH 128
#define BENCH_KEY   64 /* octets of key material, all suites take a prefix */

struct bench_options {
	const struct suite *suite;
	unsigned int size; /* of the inner packet; 0: IMIX */
	bool inbound;
	bool tbar;
	double seconds;
	bool json;
	bool stages;
};

extern const uint8_t bench_key[BENCH_KEY];

/* Inner length of buffer i. IMIX: 64, 576 and 1400 octets, 7 : 4 : 1. */
unsigned int bench_length(const struct bench_options *o, unsigned int i);

/* ---- the path: path.c --------------------------------------------------------------------- */

struct path;

int path_new(struct path **out, const struct bench_options *o);
void path_free(struct path *p);
/* Runs batches for about that many cycles; returns cycles a packet of the best one, making of
 * packets left out. Ends the program when a packet does not come through. */
double path_measure(struct path *p, uint64_t cycles);
/* Cycles a packet of each stage; with what the timing between them costs, so more than a whole. */
#define PATH_STAGES 10
extern const char *const path_stage_names[PATH_STAGES];
void path_stages(struct path *p, uint64_t cycles, double out[PATH_STAGES]);
/* Where the ESP header of buffer i lies after the path made it, and the length of its text. */
uint8_t *path_esp(const struct path *p, unsigned int i, uint32_t *text_len);

/* ---- the library alone: raw.c ------------------------------------------------------------- */

struct raw;

int raw_new(struct raw **out, const struct bench_options *o);
void raw_free(struct raw *r);
/* Over the packets of p, by the fastest call there is for the suite. */
double raw_measure(struct raw *r, const struct path *p, uint64_t cycles);

#endif
