/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 3DES and AES in CBC mode for ISAKMP messages and KEKs: whole blocks, no padding of its own.
 */
#ifndef CRYPTO_CBC_H
#define CRYPTO_CBC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum cbc_cipher { CBC_3DES, CBC_AES };

#define CBC_BLOCK_MAX 16

size_t cbc_block(enum cbc_cipher c);
bool cbc_key_len_valid(enum cbc_cipher c, size_t len); /* 24; 16, 24, 32 */

/*
 * len octets from in to out, which may be the same buffer. iv is one block and becomes the last
 * block of ciphertext, which IKEv1 chains from. -EINVAL: key length, or len not whole blocks.
 */
int cbc_encrypt(enum cbc_cipher c, struct bytes key, uint8_t *iv, const uint8_t *in, size_t len,
		uint8_t *out) GV_MUST_CHECK;
int cbc_decrypt(enum cbc_cipher c, struct bytes key, uint8_t *iv, const uint8_t *in, size_t len,
		uint8_t *out) GV_MUST_CHECK;

#endif
