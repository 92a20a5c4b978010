/* SPDX-License-Identifier: BSD-3-Clause */
/* The observer: keys out of SA and KD payloads, and pushes under them. */
#include <string.h>

#include "control/wire/gdoi_kd.h"
#include "control/wire/gdoi_sa.h"
#include "session.h"

static struct gold_kek *kek_find(struct gold_session *s, const uint8_t *spi)
{
	for (unsigned int i = 0; i < s->n_keks; i++) {
		if (memcmp(s->keks[i].spi, spi, ISAKMP_SPI_LEN) == 0)
			return &s->keks[i];
	}
	return NULL;
}

/* ---- learning keys ---------------------------------------------------------------------- */

/* What the SAK of a message says of its KEK. */
static int sak_read(const struct pld *sa_pld, struct gold_kek *out, struct err_text *e)
{
	static const enum prf_hash hashes[] = {PRF_MD5, PRF_SHA1, PRF_SHA256, PRF_SHA384,
					       PRF_SHA512};
	uint32_t alg, hash;
	struct gdoi_sak sak;
	struct gdoi_sa sa;
	struct pld_walk w;
	struct pld item;

	if (gdoi_sa_get(&sa, sa_pld, NULL) != 0)
		return err_set(e, -EBADMSG, "SA payload");
	gdoi_sa_walk(&sa, &w);
	do {
		if (pld_walk_next(&w, &item, NULL) != 1)
			return -ENOENT;
	} while (item.type != PLD_SAK);
	if (gdoi_sak_get(&sak, &item, NULL) != 0)
		return err_set(e, -EBADMSG, "SAK payload");
	if (!attrs_number(&sak.attrs, SAKATTR_ALGORITHM, &alg) ||
	    !attrs_number(&sak.attrs, SAKATTR_SIG_HASH, &hash) || hash < 1 ||
	    hash > GV_ARRAY_SIZE(hashes) || (alg != KEKALG_3DES && alg != KEKALG_AES))
		return err_set(e, -ENOTSUP, "SAK attributes");
	memcpy(out->spi, sak.spi, sizeof(out->spi));
	out->cipher = alg == KEKALG_3DES ? CBC_3DES : CBC_AES;
	out->sig_hash = hashes[hash - 1];
	return 0;
}

/* IV, then the key. */
static int kek_add(struct gold_session *s, const struct gold_kek *from,
		   const struct gdoi_key_packet *k, struct err_text *e)
{
	size_t block = cbc_block(from->cipher);
	struct gold_kek kek = *from;
	struct attr iv_key, public;

	if (kek_find(s, kek.spi) != NULL)
		return 0;
	if (!attrs_find(&k->attrs, KDKEK_ALGORITHM_KEY, &iv_key) || iv_key.basic ||
	    iv_key.v.len <= block || !attrs_find(&k->attrs, KDKEK_SIG_ALGORITHM_KEY, &public))
		return err_set(e, -EBADMSG, "KEK packet");
	if (s->n_keks == GOLD_KEKS_MAX)
		return err_set(e, -E2BIG, "too many KEKs");
	if (sign_key_from_spki(&kek.public, public.v) != 0)
		return err_set(e, -EBADMSG, "public key of a KEK");
	kek.iv = bytes_of(iv_key.v.p, block);
	kek.key = bytes_of(iv_key.v.p + block, iv_key.v.len - block);
	s->keks[s->n_keks++] = kek;
	s->counts.keys++;
	return 0;
}

static int tek_add(struct gold_session *s, const struct gdoi_key_packet *k, struct err_text *e)
{
	struct gold_tek tek = {0};
	struct attr a;

	if (k->spi.len != 4)
		return 0; /* other protocols than IPsec */
	if (s->n_teks == GOLD_TEKS_MAX)
		return err_set(e, -E2BIG, "too many TEKs");
	tek.spi = get_be32(k->spi.p);
	for (unsigned int i = 0; i < s->n_teks; i++) {
		if (s->teks[i].spi == tek.spi)
			return 0;
	}
	if (attrs_find(&k->attrs, KDTEK_ALGORITHM_KEY, &a))
		tek.cipher_key = a.v;
	if (attrs_find(&k->attrs, KDTEK_INTEGRITY_KEY, &a))
		tek.integrity_key = a.v;
	s->teks[s->n_teks++] = tek;
	s->counts.keys++;
	return 0;
}

/* The last SAK seen says what the KEK packet of this message means. */
static int kd_learn(struct gold_session *s, const struct pld *pld, const struct gold_kek *sak,
		    struct err_text *e)
{
	struct gdoi_key_packet k;
	struct gdoi_kd kd;
	size_t pos = 0;
	int rc = 0;

	if (gdoi_kd_get(&kd, pld, NULL) != 0)
		return err_set(e, -EBADMSG, "KD payload");
	while (rc == 0 && gdoi_kd_next(&kd, &pos, &k)) {
		if (k.type == KDTYPE_TEK)
			rc = tek_add(s, &k, e);
		else if (k.type == KDTYPE_KEK)
			rc = kek_add(s, sak, &k, e);
	}
	return rc;
}

int gold_learn(struct gold_session *s, const struct pld_chain *c, struct err_text *e)
{
	const struct pld *sa = pld_find(c, PLD_SA);
	const struct pld *kd = pld_find(c, PLD_KD);
	int rc = sa == NULL ? 0 : sak_read(sa, &s->sak, e);

	if (rc != 0 && rc != -ENOENT)
		return rc;
	return kd == NULL ? 0 : kd_learn(s, kd, &s->sak, e);
}

/* ---- push ------------------------------------------------------------------------------- */

/* hash("rekey" | header with that length | payloads before the SIG) */
static int push_digest(const struct gold_kek *kek, struct bytes msg, struct bytes plain,
		       size_t sig_at, struct gold_step *st)
{
	uint8_t hdr[ISAKMP_HDR_LEN];
	const struct bytes parts[] = {bytes_of("rekey", 5), bytes_of(hdr, sizeof(hdr)),
				      bytes_of(plain.p, sig_at)};

	memcpy(hdr, msg.p, sizeof(hdr));
	put_be32(hdr + 24, (uint32_t)st->hashed_length);
	st->hash_len = prf_len(kek->sig_hash);
	return prf_digest(kek->sig_hash, parts, GV_ARRAY_SIZE(parts), st->hash);
}

/* The header's length without the padding, as it should be; else as sent. */
static int push_signature(struct gold_session *s, const struct gold_kek *kek, struct bytes msg,
			  struct gold_step *st, struct err_text *e)
{
	const struct pld *sig = pld_find(&st->chain, PLD_SIG);
	const size_t lengths[] = {ISAKMP_HDR_LEN + st->chain.used, msg.len};
	uint8_t again[SIGN_LEN_MAX];
	size_t len = sizeof(again);

	if (sig == NULL)
		return err_set(e, -EBADMSG, "push without signature");
	for (size_t i = 0; i < GV_ARRAY_SIZE(lengths) && st->form == SIGN_BAD; i++) {
		st->hashed_length = lengths[i];
		if (push_digest(kek, msg, st->plain, sig->at, st) != 0)
			return err_set(e, -EIO, "hash failed");
		st->form = sign_check(kek->public, kek->sig_hash, st->hash, sig->body);
	}
	if (st->form == SIGN_BAD)
		return err_set(e, -EACCES, "signature of a push");
	s->counts.signatures++;
	if (s->secrets->rsa == NULL)
		return 0;
	if (sign_make(s->secrets->rsa, kek->sig_hash, st->form, st->hash, again, &len) != 0 ||
	    !bytes_equal(bytes_of(again, len), sig->body))
		return err_set(e, -EILSEQ, "signature made again differs");
	return 0;
}

int gold_check_push(struct gold_session *s, struct bytes msg, struct gold_step *st,
		    struct err_text *e)
{
	const struct gold_kek *kek = kek_find(s, msg.p);
	uint8_t iv[CBC_BLOCK_MAX];
	struct gold_lock lock;
	int rc;

	if (kek == NULL)
		return err_set(e, -ENOENT, "push under an unknown KEK");
	memcpy(iv, kek->iv.p, kek->iv.len); /* the same for every push */
	lock = (struct gold_lock){kek->cipher, kek->key, iv};
	rc = gold_open(s, msg, PLD_IN_PUSH, &lock, st, e);
	if (rc == 0)
		rc = push_signature(s, kek, msg, st, e);
	return rc != 0 ? rc : gold_learn(s, &st->chain, e);
}
