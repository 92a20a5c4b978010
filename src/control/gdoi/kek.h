/* SPDX-License-Identifier: BSD-3-Clause */
/* A KEK as a cipher, and its signature hash as a prf number. */
#ifndef CONTROL_GDOI_KEK_H
#define CONTROL_GDOI_KEK_H

#include "control/gdoi/policy.h"
#include "crypto/cbc.h"
#include "crypto/prf.h"

/* IV and key inside KEK_ALGORITHM_KEY. Every message under a KEK starts from the same IV, which
 * is why it travels with the key (RFC 6407 5.6.2.1). */
struct kek_cipher {
	enum cbc_cipher cipher;
	uint8_t iv[CBC_BLOCK_MAX];
	struct bytes key;
};

/* -EINVAL: no key, or one of the wrong length. */
int kek_cipher(struct kek_cipher *out, const struct gdoi_kek *k) GV_MUST_CHECK;
enum prf_hash kek_sig_hash(const struct gdoi_kek *k);

#endif
