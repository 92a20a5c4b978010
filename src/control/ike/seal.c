/* SPDX-License-Identifier: BSD-3-Clause */
/* CBC over ISAKMP messages. */
#include "control/ike/seal.h"

#include <string.h>

#include "control/wire/isakmp.h"

int seal_close(const struct seal_key *k, uint8_t *iv, struct buf_wr *w)
{
	size_t block = cbc_block(k->cipher), body;

	buf_wr_zero(w, (block - (w->pos - ISAKMP_HDR_LEN) % block) % block);
	isakmp_hdr_finish(w);
	if (w->err)
		return -EMSGSIZE;
	body = w->pos - ISAKMP_HDR_LEN;
	return cbc_encrypt(k->cipher, secret_bytes(k->key), iv, w->base + ISAKMP_HDR_LEN, body,
			   w->base + ISAKMP_HDR_LEN);
}

int seal_open(const struct seal_key *k, const uint8_t *iv, struct bytes msg, uint8_t *out,
	      struct bytes *plain, uint8_t *next_iv)
{
	size_t block = cbc_block(k->cipher), body = msg.len - ISAKMP_HDR_LEN;

	if (body == 0 || body % block != 0)
		return -EBADMSG;
	memcpy(next_iv, iv, block);
	*plain = bytes_of(out, body);
	return cbc_decrypt(k->cipher, secret_bytes(k->key), next_iv, msg.p + ISAKMP_HDR_LEN, body,
			   out);
}
