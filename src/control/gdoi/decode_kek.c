/* SPDX-License-Identifier: BSD-3-Clause */
/* The SAK and its key packet into a KEK. */
#include <string.h>

#include "control/gdoi/codec.h"
#include "crypto/sign.h"

static int refuse(struct err_text *e, enum name_space space, uint32_t number)
{
	return err_set(e, -ENOTSUP, "%s not supported", name_of(space, number).s);
}

static int read_algorithm(struct gdoi_kek *k, uint32_t v, struct err_text *e)
{
	if (v != KEKALG_3DES && v != KEKALG_AES)
		return refuse(e, NAMES_KEKALG, v);
	k->alg = v;
	return 0;
}

static int read_sig_hash(struct gdoi_kek *k, uint32_t v, struct err_text *e)
{
	if (v < SIGHASH_SHA1 || v > SIGHASH_SHA512)
		return refuse(e, NAMES_SIGHASH, v);
	k->sig_hash = v;
	return 0;
}

/* Acknowledgements keyed by a leaf of a key tree need a tree. */
static int read_ack(struct gdoi_kek *k, uint32_t v, struct err_text *e)
{
	if (v != KEKACK_KEK_SHA256 && v != KEKACK_KEK_SHA512)
		return refuse(e, NAMES_KEKACK, v);
	k->ack = (uint8_t)v;
	return 0;
}

static int read_attr(struct gdoi_kek *k, const struct attr *a, struct err_text *e)
{
	uint32_t v;

	if (!attr_number(a, &v))
		return err_set(e, -EBADMSG, "%s malformed", name_of(NAMES_SAKATTR, a->type).s);
	switch (a->type) {
	case SAKATTR_MANAGEMENT: /* RFC 6407 5.3.2: has no place in a pull, so is passed over */
	case SAKATTR_KE_OAKLEY_GROUP:
	case SAKATTR_SIG_KEY_LENGTH: /* bits of the modulus or octets of the key: the key says */
		return 0;
	case SAKATTR_ALGORITHM:
		return read_algorithm(k, v, e);
	case SAKATTR_KEY_LENGTH:
		k->key_len = (uint8_t)(v / 8);
		return v <= 256 ? 0 : err_set(e, -ENOTSUP, "%u-bit KEK not supported", v);
	case SAKATTR_KEY_LIFETIME:
		k->life_s = v;
		return 0;
	case SAKATTR_SIG_HASH:
		return read_sig_hash(k, v, e);
	case SAKATTR_SIG_ALGORITHM:
		return v == SIGALG_RSA ? 0 : refuse(e, NAMES_SIGALG, v);
	case SAKATTR_ACK_REQUESTED:
		return read_ack(k, v, e);
	default:
		return refuse(e, NAMES_SAKATTR, a->type);
	}
}

static struct endpoint read_end(const struct gdoi_id *id)
{
	struct endpoint end = {.port = id->port};
	struct prefix p;

	if (gdoi_id_prefix(id, &p))
		end.addr = p.addr;
	return end;
}

int codec_get_sak(struct gdoi_policy *p, const struct pld *item, struct err_text *e)
{
	struct buf_err be = {.what = "SAK"};
	struct gdoi_kek *k = &p->kek;
	struct gdoi_sak sak;
	struct attr a;
	size_t pos = 0;
	int rc = 0;

	if (gdoi_sak_get(&sak, item, &be) < 0)
		return err_set(e, -EBADMSG, "%s at %zu", be.what, be.offset);
	if (sak.proto != IPPROTO_UDP)
		return err_set(e, -ENOTSUP, "rekeys over IP protocol %u not supported", sak.proto);
	p->has_kek = true;
	memcpy(k->spi, sak.spi, sizeof(k->spi));
	k->src = read_end(&sak.src);
	k->dst = read_end(&sak.dst);
	while (rc == 0 && attrs_next(&sak.attrs, &pos, &a))
		rc = read_attr(k, &a, e);
	if (rc < 0)
		return rc;
	if (k->alg == 0 || k->sig_hash == 0)
		return err_set(e, -EBADMSG, "SAK without KEK or signature algorithm");
	if (k->alg == GDOI_KEK_3DES)
		k->key_len = 24;
	return 0;
}

/* ---- key packet --------------------------------------------------------------------------- */

static int keep(struct secret **out, struct bytes v)
{
	secret_unref(*out);
	*out = secret_new(v.p, v.len);
	return *out == NULL ? -ENOMEM : 0;
}

/* IV of one block, then the key. AES without KEK_KEY_LENGTH: the packet says how long. */
static int take_key(struct gdoi_kek *k, struct bytes v, struct err_text *e)
{
	size_t iv = k->alg == GDOI_KEK_3DES ? 8 : 16;

	if (k->key_len == 0 && v.len > iv)
		k->key_len = (uint8_t)GV_MIN(v.len - iv, 255u);
	if (v.len != iv + k->key_len ||
	    (k->alg == GDOI_KEK_AES && k->key_len != 16 && k->key_len != 24 && k->key_len != 32))
		return err_set(e, -EBADMSG, "KEK of %zu octets", v.len);
	return keep(&k->iv_key, v);
}

static int take_public_key(struct gdoi_kek *k, struct bytes v, struct err_text *e)
{
	struct sign_key *key;

	if (sign_key_from_spki(&key, v) < 0)
		return err_set(e, -ENOTSUP, "public key of the key server not supported");
	k->sig_bits = (uint16_t)sign_key_bits(key);
	sign_key_unref(key);
	return keep(&k->public_key, v);
}

/* Whose KEK is it? Old servers name the KEK that is in force in the packet with a new one. */
static bool is_of(const struct gdoi_kek *k, struct bytes spi, const struct codec_in *in)
{
	if (spi.len != GDOI_KEK_SPI_LEN)
		return false;
	return memcmp(spi.p, k->spi, GDOI_KEK_SPI_LEN) == 0 ||
	       (in->kek != NULL && memcmp(spi.p, in->kek, GDOI_KEK_SPI_LEN) == 0);
}

int codec_get_kek_key(struct gdoi_policy *p, const struct gdoi_key_packet *key,
		      const struct codec_in *in, struct err_text *e)
{
	struct attr a;
	size_t pos = 0;
	int rc = 0;

	if (!p->has_kek || !is_of(&p->kek, key->spi, in))
		return 0;
	if (p->kek.iv_key != NULL)
		return err_set(e, -EBADMSG, "two keys for one KEK");
	while (rc == 0 && attrs_next(&key->attrs, &pos, &a)) {
		if (a.basic)
			rc = err_set(e, -EBADMSG, "%s malformed", name_of(NAMES_KDKEK, a.type).s);
		else if (a.type == KDKEK_ALGORITHM_KEY)
			rc = take_key(&p->kek, a.v, e);
		else if (a.type == KDKEK_SIG_ALGORITHM_KEY)
			rc = take_public_key(&p->kek, a.v, e);
		else
			rc = refuse(e, NAMES_KDKEK, a.type);
	}
	return rc;
}
