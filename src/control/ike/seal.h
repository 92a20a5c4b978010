/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Encryption of an ISAKMP message: everything after the header, CBC chained over the messages of
 * an exchange (RFC 2409 appendix B). Padding is zeros up to the block, none when the message is
 * aligned already, and does not say how long it is: the chain of payloads ends before it.
 */
#ifndef CONTROL_IKE_SEAL_H
#define CONTROL_IKE_SEAL_H

#include "base/buf.h"
#include "base/secret.h"
#include "crypto/cbc.h"

struct seal_key {
	enum cbc_cipher cipher;
	struct secret *key;
};

/* The message in w (header first, flags set): pads, sets the length, encrypts in place. iv moves
 * to the last block. -EMSGSIZE: w has no room for it. */
int seal_close(const struct seal_key *k, uint8_t *iv, struct buf_wr *w) GV_MUST_CHECK;
/* Decrypts what follows the header of msg into out (msg.len octets of room); *plain is what came
 * out. iv stays; next_iv is where the chain goes on once the message is accepted. */
int seal_open(const struct seal_key *k, const uint8_t *iv, struct bytes msg, uint8_t *out,
	      struct bytes *plain, uint8_t *next_iv) GV_MUST_CHECK;

#endif
