/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Acknowledgement of a push (RFC 8263): HDR, HASH, SEQ, ID in clear, where
 *	HASH    = prf(ack_key, SEQ | ID)
 *	ack_key = prf(KEK, "GROUPKEY-PUSH ACK" | SPI | L)
 */
#include <string.h>

#include "control/gdoi/gdoi.h"
#include "control/gdoi/kek.h"
#include "control/wire/pld.h"

/* HASH over the payloads after it, in one of the forms. */
static int ack_hash(const struct gdoi_kek *kek, enum prf_hash hash, enum gdoi_ack_form form,
		    struct bytes payloads, uint8_t *out)
{
	static const char label[] = "GROUPKEY-PUSH ACK";
	bool nul = form == GDOI_ACK_NUL_IV || form == GDOI_ACK_NUL;
	bool iv = form == GDOI_ACK_NUL_IV || form == GDOI_ACK_IV;
	uint8_t key[PRF_MAX], bits[2];
	struct bytes parts[3];
	struct kek_cipher k;
	int rc = kek_cipher(&k, kek);

	if (rc < 0)
		return rc;
	/* 512 for SHA-256, 1024 for SHA-512: two blocks of the hash. */
	put_be16(bits, (uint16_t)(16 * prf_len(hash)));
	parts[0] = bytes_of(label, nul ? sizeof(label) : sizeof(label) - 1);
	parts[1] = bytes_of(kek->spi, sizeof(kek->spi));
	parts[2] = bytes_of(bits, sizeof(bits));
	rc = prf(hash, iv ? secret_bytes(kek->iv_key) : k.key, parts, GV_ARRAY_SIZE(parts), key);
	if (rc == 0)
		rc = prf(hash, bytes_of(key, prf_len(hash)), &payloads, 1, out);
	secret_wipe(key, sizeof(key));
	return rc;
}

int gdoi_ack_build(const struct gdoi_kek *kek, uint32_t seq, const struct addr *gm, uint8_t *out,
		   size_t *len)
{
	enum prf_hash hash = kek->ack == KEKACK_KEK_SHA512 ? PRF_SHA512 : PRF_SHA256;
	struct isakmp_hdr h = {
		.next = PLD_HASH, .version = ISAKMP_VERSION, .exchange = EXCH_PUSH_ACK};
	uint8_t digest[PRF_MAX] = {0};
	struct buf_wr w;
	struct pld_wr c;
	size_t hash_at;
	int rc;

	memcpy(h.cky_i, kek->spi, sizeof(h.cky_i));
	memcpy(h.cky_r, kek->spi + sizeof(h.cky_i), sizeof(h.cky_r));
	buf_wr_init(&w, out, *len);
	isakmp_hdr_put(&w, &h);
	pld_wr_init(&c, &w);
	hash_at = w.pos + PLD_HDR_LEN;
	pld_put(&c, PLD_HASH, bytes_of(digest, prf_len(hash))); /* filled in below */
	pld_seq_put(&c, seq);
	pld_id_put_addr(&c, gm);
	isakmp_hdr_finish(&w);
	if (w.err)
		return -EMSGSIZE;
	rc = ack_hash(kek, hash, GDOI_ACK_NUL_IV,
		      bytes_of(out + hash_at + prf_len(hash), w.pos - hash_at - prf_len(hash)),
		      out + hash_at);
	if (rc == 0)
		*len = w.pos;
	return rc;
}

static bool header_valid(const struct isakmp_hdr *h)
{
	return h->exchange == EXCH_PUSH_ACK && h->version == ISAKMP_VERSION &&
	       h->next == PLD_HASH && h->flags == 0 && h->mid == 0;
}

/* HASH, SEQ and ID, in that order. */
static int ack_parse(struct gdoi_ack *out, struct pld_chain *c, struct bytes msg)
{
	struct isakmp_hdr h;
	struct pld_id id;
	int rc;

	if (isakmp_hdr_get(&h, msg) < 0 || !header_valid(&h))
		return -EBADMSG;
	rc = pld_chain_get(c, PLD_IN_ACK, h.next,
			   bytes_of(msg.p + ISAKMP_HDR_LEN, msg.len - ISAKMP_HDR_LEN), NULL);
	if (rc < 0 || c->n != 3 || c->p[1].type != PLD_SEQ || c->p[2].type != PLD_ID ||
	    pld_seq_get(&out->seq, &c->p[1], NULL) < 0 || pld_id_get(&id, &c->p[2], NULL) < 0)
		return -EBADMSG;
	if (!pld_id_addr(&id, &out->gm))
		out->gm = (struct addr){.family = ADDR_NONE};
	return 0;
}

int gdoi_ack_open(struct gdoi_ack *out, const struct gdoi_kek *kek, struct bytes msg)
{
	struct pld_chain c;
	enum prf_hash hash;
	uint8_t want[PRF_MAX];
	struct bytes got;
	int rc;

	*out = (struct gdoi_ack){0};
	rc = ack_parse(out, &c, msg);
	if (rc < 0)
		return rc;
	got = c.p[0].body;
	if (got.len != prf_len(PRF_SHA256) && got.len != prf_len(PRF_SHA512))
		return -EBADMSG;
	hash = got.len == prf_len(PRF_SHA256) ? PRF_SHA256 : PRF_SHA512;
	for (unsigned int form = 0; form < GDOI_ACK_FORMS; form++) {
		rc = ack_hash(kek, hash, form, pld_after(&c, &c.p[0]), want);
		if (rc < 0)
			return rc;
		if (!secret_mem_equal(want, got.p, got.len))
			continue;
		out->form = (uint8_t)form;
		return 0;
	}
	return -EACCES;
}
