/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one source of random octets of both programs: OpenSSL's private generator. Only tests may
 * put another in its place, so that an exchange can be replayed; `use` then tells it which value
 * is being drawn.
 */
#ifndef CRYPTO_RAND_H
#define CRYPTO_RAND_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum rand_use {
	RAND_COOKIE,     /* of a phase 1 SA */
	RAND_MESSAGE_ID, /* of a phase 2 exchange */
	RAND_NONCE,
	RAND_EXPONENT, /* Diffie-Hellman private value */
	RAND_KEY,      /* KEK, TEK, their IVs */
	RAND_SPI,      /* of a KEK or a TEK */
	RAND_OTHER     /* jitter, clock start, ... */
};

/* Fills all of out or fails (-EIO). */
int rand_bytes(enum rand_use use, void *out, size_t len) GV_MUST_CHECK;

/* A private exponent of `want` octets; *len says how many it has, at most room. Only a test's
 * source gives another number than want, when it repeats a recorded one. */
int rand_exponent(uint8_t *out, size_t want, size_t room, size_t *len) GV_MUST_CHECK;

/* Evenly below bound; 0 when bound is 0 or the source fails. For delays, never for keys. */
uint32_t rand_below(uint32_t bound);

/* Gives len octets, or more for RAND_EXPONENT (up to room); returns how many, 0 to fail. */
typedef size_t rand_fn(enum rand_use use, uint8_t *out, size_t len, size_t room, void *arg);
/* fn NULL: back to the real one. */
void rand_replace_for_tests(rand_fn *fn, void *arg);

#endif
