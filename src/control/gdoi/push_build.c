/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GROUPKEY-PUSH, key server: HDR*, SEQ, [D,] [SA, KD,] SIG (RFC 6407 4). The signature covers
 * "rekey", the header with the length the message has without padding, and the payloads before
 * SIG; then all after the header is padded with zeros and encrypted.
 */
#include <string.h>

#include "control/gdoi/codec.h"
#include "control/gdoi/gdoi.h"
#include "control/gdoi/kek.h"
#include "control/wire/pld.h"
#include "crypto/sign.h"

static void put_delete(struct pld_wr *c, uint8_t proto, uint8_t spi_len, struct bytes spis)
{
	pld_delete_put(c, &(struct pld_delete){.doi = DOI_GDOI,
					       .proto = proto,
					       .spi_len = spi_len,
					       .n = (uint16_t)(spis.len / spi_len),
					       .spis = spis});
}

/* SPI 0 means all TEKs, and the KEK. TEK and KEK take a payload each. */
static void put_deletes(struct pld_wr *c, const struct gdoi_delete *d)
{
	static const uint8_t zero[GDOI_KEK_SPI_LEN];
	uint8_t spis[4 * GDOI_TEKS_MAX];

	for (unsigned int i = 0; i < d->n_spis; i++)
		put_be32(spis + (size_t)4 * i, d->spis[i]);
	if (d->all_teks)
		put_delete(c, SATPROTO_ESP, 4, bytes_of(zero, 4));
	else if (d->n_spis > 0)
		put_delete(c, SATPROTO_ESP, 4, bytes_of(spis, (size_t)4 * d->n_spis));
	if (d->kek)
		put_delete(c, SATPROTO_KEK, sizeof(zero), bytes_of(zero, sizeof(zero)));
}

static int put_payloads(struct pld_wr *c, const struct gdoi_push_spec *spec, struct err_text *e)
{
	struct codec_out how = {.under = spec->kek->spi};
	int rc;

	pld_seq_put(c, spec->seq);
	if (spec->del != NULL)
		put_deletes(c, spec->del);
	if (!spec->policy->has_kek && spec->policy->n_teks == 0)
		return 0;
	rc = codec_put_sa(c, spec->policy, &how, e);
	if (rc == 0)
		codec_put_kd(c, spec->policy, &how);
	return rc;
}

static int put_signature(struct pld_wr *c, const struct gdoi_push_spec *spec, struct err_text *e)
{
	static const char label[] = "rekey";
	enum prf_hash hash = kek_sig_hash(spec->kek);
	size_t len = sign_len(spec->key);
	uint8_t digest[PRF_MAX], sig[SIGN_LEN_MAX];
	struct bytes parts[2];
	int rc;

	pld_announce(c, PLD_SIG);
	if (c->w->err)
		return err_set(e, -EMSGSIZE, "rekey does not fit a datagram");
	put_be32(c->w->base + ISAKMP_HDR_LEN - 4, (uint32_t)(c->w->pos + PLD_HDR_LEN + len));
	parts[0] = bytes_of(label, sizeof(label) - 1);
	parts[1] = bytes_of(c->w->base, c->w->pos);
	rc = prf_digest(hash, parts, GV_ARRAY_SIZE(parts), digest);
	len = sizeof(sig);
	if (rc == 0)
		rc = sign_make(spec->key, hash,
			       spec->digest_info ? SIGN_DIGEST_INFO : SIGN_BARE_HASH, digest, sig,
			       &len);
	if (rc < 0)
		return err_set(e, rc, "cannot sign a rekey: %s", strerror(-rc));
	pld_put(c, PLD_SIG, bytes_of(sig, len));
	return 0;
}

static int encrypt(struct buf_wr *w, const struct gdoi_kek *kek, struct err_text *e)
{
	struct kek_cipher k;
	size_t block;
	int rc = kek_cipher(&k, kek);

	if (rc == 0) {
		block = cbc_block(k.cipher);
		buf_wr_zero(w, (block - (w->pos - ISAKMP_HDR_LEN) % block) % block);
		isakmp_hdr_finish(w);
		if (w->err)
			return err_set(e, -EMSGSIZE, "rekey does not fit a datagram");
		rc = cbc_encrypt(k.cipher, k.key, k.iv, w->base + ISAKMP_HDR_LEN,
				 w->pos - ISAKMP_HDR_LEN, w->base + ISAKMP_HDR_LEN);
	}
	return rc < 0 ? err_set(e, rc, "cannot encrypt a rekey: %s", strerror(-rc)) : 0;
}

int gdoi_push_build(const struct gdoi_push_spec *spec, uint8_t *out, size_t *len,
		    struct err_text *e)
{
	struct isakmp_hdr h = {.next = PLD_SEQ,
			       .version = ISAKMP_VERSION,
			       .exchange = EXCH_PUSH,
			       .flags = ISAKMP_ENCRYPTED};
	struct buf_wr w;
	struct pld_wr c;
	int rc;

	memcpy(h.cky_i, spec->kek->spi, sizeof(h.cky_i));
	memcpy(h.cky_r, spec->kek->spi + sizeof(h.cky_i), sizeof(h.cky_r));
	buf_wr_init(&w, out, GV_MIN(*len, (size_t)GDOI_PUSH_MAX));
	isakmp_hdr_put(&w, &h);
	pld_wr_init(&c, &w);
	rc = put_payloads(&c, spec, e);
	if (rc == 0)
		rc = put_signature(&c, spec, e);
	if (rc == 0)
		rc = encrypt(&w, spec->kek, e);
	if (rc < 0)
		secret_wipe(out, w.pos); /* keys in clear */
	else
		*len = w.pos;
	return rc;
}
