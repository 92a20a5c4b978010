/* SPDX-License-Identifier: BSD-3-Clause */
/* GROUPKEY-PUSH, group member: the checks of RFC 6407 4.2, cheapest first. */
#include <stdlib.h>
#include <string.h>

#include "control/gdoi/codec.h"
#include "control/gdoi/gdoi.h"
#include "control/gdoi/kek.h"
#include "control/wire/pld.h"
#include "crypto/sign.h"

bool gdoi_push_spi(struct bytes msg, uint8_t spi[GDOI_KEK_SPI_LEN])
{
	if (msg.len < ISAKMP_HDR_LEN)
		return false;
	memcpy(spi, msg.p, GDOI_KEK_SPI_LEN);
	return true;
}

static bool digest_of(struct bytes msg, uint8_t out[32])
{
	uint8_t digest[PRF_MAX];

	if (prf_digest(PRF_SHA256, &msg, 1, digest) < 0)
		return false;
	memcpy(out, digest, 32);
	return true;
}

void gdoi_push_accept(struct gdoi_kek_state *st, uint32_t seq, struct bytes msg)
{
	st->last_seq = seq;
	st->has_digest = digest_of(msg, st->last_digest);
}

static bool is_copy(const struct gdoi_kek_state *st, struct bytes msg)
{
	uint8_t digest[32];

	return st->has_digest && digest_of(msg, digest) &&
	       memcmp(digest, st->last_digest, sizeof(digest)) == 0;
}

static bool header_valid(const struct isakmp_hdr *h, struct bytes msg, size_t block)
{
	return h->exchange == EXCH_PUSH && h->next == PLD_SEQ && h->version == ISAKMP_VERSION &&
	       h->flags == ISAKMP_ENCRYPTED && h->mid == 0 && msg.len > ISAKMP_HDR_LEN &&
	       (msg.len - ISAKMP_HDR_LEN) % block == 0;
}

/* msg into plain, which has its length: header as it came, the rest decrypted. */
static enum gdoi_push_status decrypt(uint8_t *plain, const struct gdoi_kek *kek, struct bytes msg)
{
	struct isakmp_hdr h;
	struct kek_cipher k;

	if (kek_cipher(&k, kek) < 0)
		return GDOI_PUSH_UNKNOWN_KEK;
	if (isakmp_hdr_get(&h, msg) < 0 || !header_valid(&h, msg, cbc_block(k.cipher)))
		return GDOI_PUSH_MALFORMED;
	memcpy(plain, msg.p, ISAKMP_HDR_LEN);
	if (cbc_decrypt(k.cipher, k.key, k.iv, msg.p + ISAKMP_HDR_LEN, msg.len - ISAKMP_HDR_LEN,
			plain + ISAKMP_HDR_LEN) < 0)
		return GDOI_PUSH_MALFORMED;
	return GDOI_PUSH_OK;
}

/* ---- signature ---------------------------------------------------------------------------- */

static bool signature_of(const struct sign_key *key, enum prf_hash hash, struct bytes head,
			 struct bytes sig)
{
	static const char label[] = "rekey";
	struct bytes parts[] = {bytes_of(label, sizeof(label) - 1), head};
	uint8_t digest[PRF_MAX];

	return prf_digest(hash, parts, GV_ARRAY_SIZE(parts), digest) == 0 &&
	       sign_check(key, hash, digest, sig) != SIGN_BAD;
}

/* The header that was signed says how long the message is without padding; some peer may count
 * the padding in, so the length as received is the second try. */
static bool signature_valid(const struct gdoi_kek *kek, uint8_t *plain, size_t len,
			    const struct pld_chain *c)
{
	const struct pld *sig = &c->p[c->n - 1];
	enum prf_hash hash = kek_sig_hash(kek);
	size_t head = ISAKMP_HDR_LEN + sig->at;
	struct sign_key *key;
	bool ok;

	if (sign_key_from_spki(&key, secret_bytes(kek->public_key)) < 0)
		return false;
	put_be32(plain + ISAKMP_HDR_LEN - 4, (uint32_t)(ISAKMP_HDR_LEN + c->used));
	ok = signature_of(key, hash, bytes_of(plain, head), sig->body);
	put_be32(plain + ISAKMP_HDR_LEN - 4, (uint32_t)len);
	ok = ok || signature_of(key, hash, bytes_of(plain, head), sig->body);
	sign_key_unref(key);
	return ok;
}

/* ---- content ------------------------------------------------------------------------------ */

static bool is_zero(struct bytes b)
{
	uint8_t or = 0;

	for (size_t i = 0; i < b.len; i++)
		or |= b.p[i];
	return or == 0;
}

static int read_tek_delete(struct gdoi_delete *out, const struct pld_delete *d, struct err_text *e)
{
	if (d->spi_len != 4)
		return err_set(e, -EBADMSG, "delete of a TEK with an SPI of %u octets", d->spi_len);
	for (unsigned int i = 0; i < d->n; i++) {
		uint32_t spi = get_be32(pld_delete_spi(d, i).p);

		if (spi == 0)
			out->all_teks = true;
		else if (out->n_spis < GDOI_TEKS_MAX)
			out->spis[out->n_spis++] = spi;
	}
	return 0;
}

static int read_delete(struct gdoi_delete *out, const struct pld *p, const struct gdoi_kek *kek,
		       struct err_text *e)
{
	struct pld_delete d;

	if (pld_delete_get(&d, p, NULL) < 0)
		return err_set(e, -EBADMSG, "malformed delete");
	if (d.proto == SATPROTO_ESP)
		return read_tek_delete(out, &d, e);
	if (d.proto == SATPROTO_AH) /* none of ours */
		return 0;
	if (d.proto != SATPROTO_KEK)
		return err_set(e, -ENOTSUP, "delete of %s not supported",
			       name_of(NAMES_SATPROTO, d.proto).s);
	for (unsigned int i = 0; i < d.n; i++) {
		struct bytes spi = pld_delete_spi(&d, i);

		out->kek |= is_zero(spi) || bytes_equal(spi, bytes_of(kek->spi, sizeof(kek->spi)));
	}
	return 0;
}

/* What a push may leave out of a KEK the member has: its key, and the public key of a new one. */
static int complete_kek(struct gdoi_policy *p, const struct gdoi_kek *have, struct err_text *e)
{
	struct gdoi_kek *k = &p->kek;
	bool same = memcmp(k->spi, have->spi, sizeof(k->spi)) == 0;

	if (!p->has_kek)
		return 0;
	if (k->iv_key == NULL && same)
		k->iv_key = secret_ref(have->iv_key);
	if (k->iv_key == NULL)
		return err_set(e, -EBADMSG, "no key for the new KEK");
	if (k->key_len == 0)
		k->key_len = have->key_len;
	if (k->public_key == NULL) {
		k->public_key = secret_ref(have->public_key);
		k->sig_bits = have->sig_bits;
	}
	return 0;
}

static int read_policy(struct gdoi_push *out, const struct gdoi_kek_state *st,
		       const struct pld_chain *c)
{
	const struct pld *sa = pld_find(c, PLD_SA), *kd = pld_find(c, PLD_KD);
	struct codec_in in = {.ours = st->ours, .kek = st->kek.spi};
	int rc = 0;

	for (unsigned int i = 0; i < c->n && rc == 0; i++)
		if (c->p[i].type == PLD_D)
			rc = read_delete(&out->del, &c->p[i], &st->kek, &out->detail);
	if (rc < 0 || (sa == NULL && kd == NULL && pld_find(c, PLD_D) != NULL))
		return rc;
	if (sa == NULL || kd == NULL)
		return err_set(&out->detail, -EBADMSG, "SA or KD missing");
	rc = codec_get_sa(&out->policy, sa, &in, &out->detail);
	if (rc == 0)
		rc = codec_get_kd(&out->policy, kd, &in, &out->detail);
	return rc < 0 ? rc : complete_kek(&out->policy, &st->kek, &out->detail);
}

static enum gdoi_push_status open_plain(struct gdoi_push *out, const struct gdoi_kek_state *st,
					uint8_t *plain, size_t len)
{
	struct bytes body = bytes_of(plain + ISAKMP_HDR_LEN, len - ISAKMP_HDR_LEN);
	struct buf_err be = {.what = "rekey"};
	struct pld_chain c;
	int rc;

	if (pld_chain_get(&c, PLD_IN_PUSH, PLD_SEQ, body, &be) < 0 || c.n < 2 ||
	    c.p[c.n - 1].type != PLD_SIG || pld_seq_get(&out->seq, &c.p[0], &be) < 0) {
		err_set(&out->detail, 0, "%s at %zu", be.what, be.offset);
		return GDOI_PUSH_MALFORMED;
	}
	if (out->seq <= st->last_seq)
		return GDOI_PUSH_SEQ;
	if (!signature_valid(&st->kek, plain, len, &c))
		return GDOI_PUSH_SIGNATURE;
	rc = read_policy(out, st, &c);
	if (rc < 0)
		return rc == -EBADMSG ? GDOI_PUSH_MALFORMED : GDOI_PUSH_POLICY;
	return GDOI_PUSH_OK;
}

enum gdoi_push_status gdoi_push_open(struct gdoi_push *out, const struct gdoi_kek_state *st,
				     struct bytes msg)
{
	uint8_t spi[GDOI_KEK_SPI_LEN], *plain;
	enum gdoi_push_status rc;

	*out = (struct gdoi_push){0};
	gdoi_policy_init(&out->policy);
	if (!gdoi_push_spi(msg, spi) || memcmp(spi, st->kek.spi, sizeof(spi)) != 0)
		return GDOI_PUSH_UNKNOWN_KEK;
	if (is_copy(st, msg)) {
		out->seq = st->last_seq;
		return GDOI_PUSH_COPY;
	}
	plain = malloc(msg.len);
	if (plain == NULL) {
		err_set(&out->detail, 0, "no memory");
		return GDOI_PUSH_POLICY;
	}
	rc = decrypt(plain, &st->kek, msg);
	if (rc == GDOI_PUSH_OK)
		rc = open_plain(out, st, plain, msg.len);
	secret_wipe(plain, msg.len);
	free(plain);
	return rc;
}
