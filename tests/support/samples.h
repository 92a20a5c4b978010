/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chains of payloads made by the encoders of control/wire: every payload type, every layout of
 * peers that deviate, every private attribute. Unit tests take them apart in all ways; the
 * fuzzers' corpus is written from them.
 */
#ifndef TESTS_SUPPORT_SAMPLES_H
#define TESTS_SUPPORT_SAMPLES_H

#include "control/wire/isakmp.h"

struct sample {
	const char *name;
	enum pld_context context;
	void (*build)(struct pld_wr *c);
};

#define SAMPLE_MAX 8192

extern const struct sample samples[];
extern const unsigned int n_samples;

/* Encodes it into out (SAMPLE_MAX octets); the type of the first payload goes to *first. */
size_t sample_build(const struct sample *s, uint8_t *out, uint8_t *first);

#endif
