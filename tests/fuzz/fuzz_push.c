/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inside of a push: an octet that says what to do, then payloads up to and without SIG. The
 * target signs them (0), leaves the signature wrong (1), or takes the whole input as a datagram
 * (2) or as an acknowledgement (3).
 */
#include <stdlib.h>
#include <string.h>

#include "control/gdoi/gdoi.h"
#include "control/gdoi/kek.h"
#include "control/wire/isakmp.h"
#include "fuzz.h"
#include "sample_policy.h"

static struct gdoi_kek_state *state(void)
{
	static struct gdoi_kek_state st;

	if (st.kek.iv_key == NULL) {
		sample_kek(&st.kek, 0x61, sample_key());
		st.kek.ack = 1;
		st.ours = true;
	}
	return &st;
}

static void open_push(struct bytes msg)
{
	struct gdoi_push out;
	enum gdoi_push_status s = gdoi_push_open(&out, state(), msg);

	if (s == GDOI_PUSH_POLICY && out.detail.s[0] == '\0')
		abort();
	gdoi_policy_clear(&out.policy);
}

/* SIG over what w holds, then padding and encryption. */
static void seal(struct buf_wr *w, bool sign)
{
	struct bytes parts[] = {bytes_of("rekey", 5), bytes_of(w->base, w->pos)};
	uint8_t digest[PRF_MAX], sig[SIGN_LEN_MAX] = {0};
	size_t len = sign_len(sample_key());
	struct kek_cipher k;

	put_be32(w->base + 24, (uint32_t)(w->pos + PLD_HDR_LEN + len));
	if (prf_digest(PRF_SHA256, parts, 2, digest) < 0 ||
	    (sign &&
	     sign_make(sample_key(), PRF_SHA256, SIGN_DIGEST_INFO, digest, sig, &len) < 0) ||
	    kek_cipher(&k, &state()->kek) < 0)
		abort();
	buf_wr_u16(w, 0);
	buf_wr_u16(w, (uint16_t)(PLD_HDR_LEN + len));
	buf_wr_bytes(w, sig, len);
	buf_wr_zero(w, (16 - (w->pos - ISAKMP_HDR_LEN) % 16) % 16);
	isakmp_hdr_finish(w);
	if (cbc_encrypt(k.cipher, k.key, k.iv, w->base + ISAKMP_HDR_LEN, w->pos - ISAKMP_HDR_LEN,
			w->base + ISAKMP_HDR_LEN) < 0)
		abort();
}

static void open_payloads(struct bytes payloads, bool sign)
{
	static uint8_t out[ISAKMP_MSG_MAX];
	struct isakmp_hdr h = {.next = PLD_SEQ,
			       .version = ISAKMP_VERSION,
			       .exchange = EXCH_PUSH,
			       .flags = ISAKMP_ENCRYPTED};
	struct buf_wr w;

	memcpy(h.cky_i, state()->kek.spi, sizeof(h.cky_i));
	memcpy(h.cky_r, state()->kek.spi + 8, sizeof(h.cky_r));
	buf_wr_init(&w, out, sizeof(out));
	isakmp_hdr_put(&w, &h);
	buf_wr_bytes(&w, payloads.p, payloads.len);
	seal(&w, sign);
	open_push(bytes_of(out, w.pos));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gdoi_ack ack;

	if (size < 1 || size > 60000)
		return 0;
	switch (data[0]) {
	case 0:
	case 1:
		open_payloads(bytes_of(data + 1, size - 1), data[0] == 0);
		break;
	case 2:
		open_push(bytes_of(data + 1, size - 1));
		break;
	default:
		if (gdoi_ack_open(&ack, &state()->kek, bytes_of(data + 1, size - 1)) == 0 &&
		    ack.form >= GDOI_ACK_FORMS)
			abort();
	}
	return 0;
}
