/* SPDX-License-Identifier: BSD-3-Clause */
/* A KEK as a cipher. */
#include "control/gdoi/kek.h"

#include <string.h>

int kek_cipher(struct kek_cipher *out, const struct gdoi_kek *k)
{
	size_t block;

	out->cipher = k->alg == GDOI_KEK_3DES ? CBC_3DES : CBC_AES;
	block = cbc_block(out->cipher);
	if (k->iv_key == NULL || k->iv_key->len < block ||
	    !cbc_key_len_valid(out->cipher, k->iv_key->len - block))
		return -EINVAL;
	memcpy(out->iv, k->iv_key->bytes, block);
	out->key = bytes_of(k->iv_key->bytes + block, k->iv_key->len - block);
	return 0;
}

enum prf_hash kek_sig_hash(const struct gdoi_kek *k)
{
	switch (k->sig_hash) {
	case GDOI_SIG_SHA1:
		return PRF_SHA1;
	case GDOI_SIG_SHA256:
		return PRF_SHA256;
	case GDOI_SIG_SHA384:
		return PRF_SHA384;
	case GDOI_SIG_SHA512:
		break;
	}
	return PRF_SHA512;
}
