/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Diffie-Hellman of IKEv1: MODP groups 1, 2, 5, 14, 15, 16 (RFC 2409, 3526) and ECP groups 19,
 * 20, 21 (RFC 5903), by their IANA number.
 */
#ifndef CRYPTO_KEX_H
#define CRYPTO_KEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#define KEX_PUBLIC_MAX 512 /* octets of the longest public value */

struct kex; /* one key pair of ours; its private half is wiped with it */

bool kex_known(uint16_t group);
/* Groups 1, 2 and 5: for old peers, by configuration. */
bool kex_weak(uint16_t group);
/* Octets of a public value on the wire, 0 for an unknown group. */
size_t kex_public_len(uint16_t group);

/* Draws a private value by rand_exponent() and makes the public one. -ENOTSUP: unknown group. */
int kex_new(struct kex **out, uint16_t group) GV_MUST_CHECK;
void kex_free(struct kex *k); /* NULL is fine */
/* As it goes into KE: MODP padded on the left to the modulus, ECP x | y. Lives as long as k. */
struct bytes kex_public(const struct kex *k);
/* g^xy, as long as the modulus; ECP: the x coordinate. -EINVAL: the peer's value has the wrong
 * length, lies outside 2..p-2 or off the curve. */
int kex_shared(const struct kex *k, struct bytes peer, struct secret **out) GV_MUST_CHECK;

#endif
