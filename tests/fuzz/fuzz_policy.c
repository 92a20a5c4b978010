/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The decrypted policy of a pull or a push: an octet of flags (1: from a peer of ours, 2: a push),
 * the length of the SA's body in two octets, that body, and the body of KD. What decodes as a
 * policy is encoded and decoded again and must be the same policy.
 */
#include <stdlib.h>
#include <string.h>

#include "control/gdoi/codec.h"
#include "fuzz.h"
#include "sample_policy.h"

#define FLAG_OURS 1
#define FLAG_PUSH 2

static const uint8_t under[GDOI_KEK_SPI_LEN] = "under this KEK..";

static int decode(struct gdoi_policy *p, const struct pld *sa, const struct pld *kd, uint8_t flags)
{
	struct codec_in in = {.ours = flags & FLAG_OURS, .kek = flags & FLAG_PUSH ? under : NULL};
	struct err_text e = {0};
	int rc;

	gdoi_policy_init(p);
	rc = codec_get_sa(p, sa, &in, &e);
	if (rc == 0)
		rc = codec_get_kd(p, kd, &in, &e);
	if (rc < 0 && rc != -ENOMEM && e.s[0] == '\0') /* a refusal names its reason */
		abort();
	return rc;
}

/* A KEK without its key, as a push may have it, or from a source that is no address, cannot be
 * said again. */
static bool can_encode(const struct gdoi_policy *p)
{
	return !p->has_kek || (p->kek.iv_key != NULL && p->kek.public_key != NULL &&
			       p->kek.src.addr.family != ADDR_NONE);
}

static void encode_and_compare(const struct gdoi_policy *p, uint8_t flags)
{
	static uint8_t out[ISAKMP_MSG_MAX];
	struct codec_out how = {.pull = !(flags & FLAG_PUSH)};
	struct gdoi_policy again;
	struct pld_chain c;
	struct pld_wr chain;
	struct buf_wr w;

	buf_wr_init(&w, out, sizeof(out));
	pld_wr_init(&chain, &w);
	if (codec_put_sa(&chain, p, &how, NULL) < 0)
		return; /* a line whose TEKs all belong to another SA */
	codec_put_kd(&chain, p, &how);
	if (w.err)
		return;
	if (pld_chain_get(&c, PLD_IN_PULL, PLD_SA, bytes_of(out, w.pos), NULL) < 0 ||
	    decode(&again, &c.p[0], &c.p[1], flags) < 0 ||
	    !sample_policy_equal(p, &again, how.pull, NULL))
		abort();
	gdoi_policy_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pld sa = {.type = PLD_SA}, kd = {.type = PLD_KD};
	struct gdoi_policy p;
	size_t sa_len;

	if (size < 3 || size > 60000)
		return 0;
	sa_len = get_be16(data + 1);
	if (sa_len > size - 3)
		return 0;
	sa.body = bytes_of(data + 3, sa_len);
	kd.body = bytes_of(data + 3 + sa_len, size - 3 - sa_len);
	if (decode(&p, &sa, &kd, data[0]) == 0 && can_encode(&p))
		encode_and_compare(&p, data[0]);
	gdoi_policy_clear(&p);
	return 0;
}
