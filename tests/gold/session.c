/* SPDX-License-Identifier: BSD-3-Clause */
/* The observer: dispatch, phase 1, and the step that every encrypted message takes. */
#include "session.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "control/wire/pld.h"
#include "control/wire/sa1.h"
#include "crypto/kex.h"
#include "crypto/rand.h"
#include "recode.h"

void gold_session_init(struct gold_session *s, const struct gold_secrets *secrets)
{
	*s = (struct gold_session){.secrets = secrets};
}

void gold_session_clear(struct gold_session *s)
{
	skeyid_clear(&s->k);
	secret_unref(s->gxy);
	secret_unref(s->key);
	for (unsigned int i = 0; i < s->n_keks; i++)
		sign_key_unref(s->keks[i].public);
	for (unsigned int i = 0; i < s->n_buffers; i++)
		free(s->buffers[i]);
	*s = (struct gold_session){0};
}

static uint8_t *buffer_new(struct gold_session *s, size_t len)
{
	void *p;

	if (s->n_buffers == GOLD_MESSAGES_MAX)
		return NULL;
	p = malloc(len > 0 ? len : 1);
	if (p != NULL)
		s->buffers[s->n_buffers++] = p;
	return p;
}

/* ---- every message ---------------------------------------------------------------------- */

int gold_recode(struct gold_session *s, enum pld_context context, uint8_t first, struct bytes b,
		struct pld_chain *c, struct err_text *e)
{
	static uint8_t again[ISAKMP_MSG_MAX];
	struct buf_err be = {.what = "?"};
	struct buf_wr w;
	int rc;

	buf_wr_init(&w, again, sizeof(again));
	rc = pld_chain_get(c, context, first, b, &be);
	if (rc == 0)
		rc = recode_chain(&w, context, first, b, &be);
	if (rc != 0)
		return err_set(e, rc, "payloads: %s at %zu", be.what, be.offset);
	s->counts.payloads += c->n;
	return 0;
}

/* Header, payloads as they were encoded again, the padding that was found, encrypted: is it the
 * datagram? */
static int encrypt_again(const struct gold_step *st, struct bytes msg, const struct gold_lock *lock,
			 struct err_text *e)
{
	static uint8_t again[ISAKMP_MSG_MAX];
	struct bytes padding = bytes_of(st->plain.p + st->used, st->plain.len - st->used);
	uint8_t iv[CBC_BLOCK_MAX], *body = again + ISAKMP_HDR_LEN;
	struct isakmp_hdr hdr = st->hdr;
	struct buf_wr w;

	hdr.length = 0;
	buf_wr_init(&w, again, sizeof(again));
	isakmp_hdr_put(&w, &hdr);
	buf_wr_bytes(&w, st->plain.p, st->used);
	buf_wr_bytes(&w, padding.p, padding.len);
	isakmp_hdr_finish(&w);
	memcpy(iv, st->iv, st->block);
	if (w.err || cbc_encrypt(lock->cipher, lock->key, iv, body, w.pos - ISAKMP_HDR_LEN, body))
		return err_set(e, -EIO, "encryption failed");
	if (!bytes_equal(bytes_of(again, w.pos), msg))
		return err_set(e, -EILSEQ, "encrypted again it is not the same datagram");
	return 0;
}

int gold_open(struct gold_session *s, struct bytes msg, enum pld_context context,
	      const struct gold_lock *lock, struct gold_step *st, struct err_text *e)
{
	size_t len = msg.len - ISAKMP_HDR_LEN;
	uint8_t *plain = buffer_new(s, len);
	int rc;

	if (plain == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	st->block = cbc_block(lock->cipher);
	memcpy(st->iv, lock->iv, st->block);
	if (cbc_decrypt(lock->cipher, lock->key, lock->iv, msg.p + ISAKMP_HDR_LEN, len, plain) != 0)
		return err_set(e, -EINVAL, "not whole cipher blocks");
	st->plain = bytes_of(plain, len);
	rc = gold_recode(s, context, st->hdr.next, st->plain, &st->chain, e);
	if (rc != 0)
		return rc;
	st->used = st->chain.used;
	s->counts.encrypted++;
	return encrypt_again(st, msg, lock, e);
}

static const struct pld *need(const struct pld_chain *c, uint8_t type, struct err_text *e)
{
	const struct pld *p = pld_find(c, type);

	if (p == NULL)
		(void)err_set(e, 0, "no %s payload", name_of(NAMES_PLD, type).s);
	return p;
}

/* ---- main mode -------------------------------------------------------------------------- */

static int suite_set(struct gold_session *s, const struct attrs *l, struct err_text *e)
{
	uint32_t enc, hash, bits = 192;

	if (!attrs_number(l, P1ATTR_ENCRYPTION, &enc) || !attrs_number(l, P1ATTR_HASH, &hash) ||
	    !attrs_number(l, P1ATTR_AUTH_METHOD, &s->auth) ||
	    !attrs_number(l, P1ATTR_GROUP, &s->group))
		return err_set(e, -EBADMSG, "transform incomplete");
	if (enc != P1ENC_3DES && (enc != P1ENC_AES || !attrs_number(l, P1ATTR_KEY_LENGTH, &bits)))
		return err_set(e, -ENOTSUP, "%s", name_of(NAMES_P1ENC, enc).s);
	s->cipher = enc == P1ENC_3DES ? CBC_3DES : CBC_AES;
	s->key_len = bits / 8;
	switch (hash) {
	case P1HASH_MD5:
		s->hash = PRF_MD5;
		break;
	case P1HASH_SHA1:
		s->hash = PRF_SHA1;
		break;
	case P1HASH_SHA256:
		s->hash = PRF_SHA256;
		break;
	case P1HASH_SHA384:
		s->hash = PRF_SHA384;
		break;
	case P1HASH_SHA512:
		s->hash = PRF_SHA512;
		break;
	default:
		return err_set(e, -ENOTSUP, "%s", name_of(NAMES_P1HASH, hash).s);
	}
	return 0;
}

/* The one transform that the responder chose. */
static int choice_read(struct gold_session *s, const struct pld *pld, struct err_text *e)
{
	struct proposal prop;
	struct transform t;
	struct pld_walk w;
	struct sa1 sa;
	struct pld p;

	if (sa1_get(&sa, pld, NULL) != 0)
		return err_set(e, -EBADMSG, "SA payload");
	sa1_walk(&sa, &w);
	if (pld_walk_next(&w, &p, NULL) != 1 || proposal_get(&prop, &p, NULL) != 0)
		return err_set(e, -EBADMSG, "proposal");
	proposal_walk(&prop, &w);
	if (pld_walk_next(&w, &p, NULL) != 1 || transform_get(&t, &p, NULL) != 0)
		return err_set(e, -EBADMSG, "transform");
	return suite_set(s, &t.attrs, e);
}

/* Gives a recorded exponent to crypto/kex. */
static size_t exponent_give(enum rand_use use, uint8_t *out, size_t len, size_t room, void *arg)
{
	const struct bytes *x = arg;

	if (use != RAND_EXPONENT || x->len > room)
		return 0;
	memcpy(out, x->p, x->len);
	return x->len;
}

/* The side whose exponent is x: its public value and the secret it shares with the other. */
static int side_check(struct gold_session *s, struct bytes x, struct bytes own, struct bytes peer,
		      struct secret **gxy)
{
	struct kex *k;
	int rc;

	rand_replace_for_tests(exponent_give, &x);
	rc = kex_new(&k, (uint16_t)s->group);
	rand_replace_for_tests(NULL, NULL);
	if (rc != 0)
		return rc;
	rc = bytes_equal(kex_public(k), own) ? kex_shared(k, peer, gxy) : -EILSEQ;
	kex_free(k);
	return rc;
}

static int exchange_keys(struct gold_session *s, struct err_text *e)
{
	struct secret *other = NULL;
	int rc;

	if (s->secrets->xi.len == 0) {
		s->gxy = secret_new(s->secrets->gxy.p, s->secrets->gxy.len);
		return s->gxy == NULL ? -ENOMEM : 0;
	}
	rc = side_check(s, s->secrets->xi, s->gxi, s->gxr, &s->gxy);
	if (rc != 0)
		return err_set(e, rc, "key exchange of the initiator");
	rc = side_check(s, s->secrets->xr, s->gxr, s->gxi, &other);
	if (rc != 0)
		return err_set(e, rc, "key exchange of the responder");
	rc = secret_equal(s->gxy, other) ? 0 : err_set(e, -EILSEQ, "the sides share no secret");
	secret_unref(other);
	s->counts.keys += 3;
	return rc;
}

int gold_derive(struct gold_session *s, struct err_text *e)
{
	const struct skeyid_input in = {
		.cky_i = bytes_of(s->cky_i, sizeof(s->cky_i)),
		.cky_r = bytes_of(s->cky_r, sizeof(s->cky_r)),
		.ni = s->ni,
		.nr = s->nr,
		.gxy = secret_bytes(s->gxy),
		.psk = s->secrets->psk,
		.signature = s->auth == P1AUTH_RSA_SIG,
	};
	size_t block = cbc_block(s->cipher);

	if (skeyid_derive(&s->k, s->hash, &in) != 0 ||
	    skeyid_cipher_key(&s->key, &s->k, s->key_len) != 0 ||
	    skeyid_iv_phase1(s->hash, s->gxi, s->gxr, s->iv0, block) != 0)
		return err_set(e, -EIO, "key derivation failed");
	memcpy(s->iv, s->iv0, block);
	s->counts.keys += 6;
	return 0;
}

static int main_clear(struct gold_session *s, struct bytes msg, const struct gold_step *st,
		      struct err_text *e)
{
	const struct pld *a, *b;
	struct pld_chain c;
	int rc = gold_recode(s, PLD_IN_PHASE1_CLEAR, st->hdr.next, st->plain, &c, e);
	bool second = s->n_main % 2 == 0; /* the responder's */

	if (rc != 0)
		return rc;
	a = need(&c, s->n_main <= 2 ? PLD_SA : PLD_KE, e);
	b = s->n_main <= 2 ? a : need(&c, PLD_NONCE, e);
	if (a == NULL || b == NULL)
		return -EBADMSG;
	if (s->n_main == 1) {
		memcpy(s->cky_i, st->hdr.cky_i, sizeof(s->cky_i));
		s->sa_i = a->body;
	} else if (s->n_main == 2) {
		memcpy(s->cky_r, st->hdr.cky_r, sizeof(s->cky_r));
		return choice_read(s, a, e);
	} else {
		*(second ? &s->gxr : &s->gxi) = a->body;
		*(second ? &s->nr : &s->ni) = b->body;
	}
	if (s->n_main < 4)
		return 0;
	rc = exchange_keys(s, e);
	return rc != 0 ? rc : gold_derive(s, e);
}

/* The public key of a certificate. */
static int cert_key(const struct pld *p, struct sign_key **out)
{
	struct pld_cert cert;
	const unsigned char *der;
	unsigned char *spki = NULL;
	X509 *x;
	int len, rc;

	if (pld_cert_get(&cert, p, NULL) != 0 || cert.encoding != CERTENC_X509_SIG)
		return -ENOTSUP;
	der = cert.data.p;
	x = d2i_X509(NULL, &der, (long)cert.data.len);
	if (x == NULL)
		return -EBADMSG;
	len = i2d_PUBKEY(X509_get0_pubkey(x), &spki);
	rc = len <= 0 ? -EBADMSG : sign_key_from_spki(out, bytes_of(spki, (size_t)len));
	OPENSSL_free(spki);
	X509_free(x);
	return rc;
}

/* Does our own signature over the hash give the same octets? */
static bool sign_again(const struct sign_key *k, enum prf_hash hash, const struct gold_step *st,
		       struct bytes sig)
{
	uint8_t out[SIGN_LEN_MAX];
	size_t len = sizeof(out);

	if (k == NULL)
		return true;
	return sign_make(k, hash, st->form, st->hash, out, &len) == 0 &&
	       bytes_equal(bytes_of(out, len), sig);
}

static int auth_signature(struct gold_session *s, struct gold_step *st, struct err_text *e)
{
	const struct pld *cert = need(&st->chain, PLD_CERT, e);
	const struct pld *sig = need(&st->chain, PLD_SIG, e);
	struct sign_key *k;
	bool initiator = s->n_main == 5;

	if (cert == NULL || sig == NULL)
		return -EBADMSG;
	if (cert_key(cert, &k) != 0)
		return err_set(e, -EBADMSG, "certificate");
	st->form = sign_check(k, s->hash, st->hash, sig->body);
	sign_key_unref(k);
	if (st->form == SIGN_BAD)
		return err_set(e, -EACCES, "phase 1 signature");
	if (!sign_again(initiator ? s->secrets->auth_i : s->secrets->auth_r, s->hash, st,
			sig->body))
		return err_set(e, -EILSEQ, "phase 1 signature made again differs");
	s->counts.signatures++;
	return 0;
}

static int main_encrypted(struct gold_session *s, struct bytes msg, struct gold_step *st,
			  struct err_text *e)
{
	bool initiator = s->n_main == 5;
	const struct pld *id, *hash;
	struct skeyid_auth auth;
	const struct gold_lock lock = {s->cipher, secret_bytes(s->key), s->iv};
	int rc = gold_open(s, msg, PLD_IN_PHASE1, &lock, st, e);

	if (rc != 0)
		return rc;
	id = need(&st->chain, PLD_ID, e);
	if (id == NULL)
		return -EBADMSG;
	auth = (struct skeyid_auth){
		.gxi = s->gxi,
		.gxr = s->gxr,
		.cky_i = bytes_of(s->cky_i, sizeof(s->cky_i)),
		.cky_r = bytes_of(s->cky_r, sizeof(s->cky_r)),
		.sa_i = s->sa_i,
		.id = id->body,
	};
	if (skeyid_hash_auth(&s->k, initiator, &auth, st->hash) != 0)
		return err_set(e, -EIO, "hash failed");
	st->hash_len = prf_len(s->hash);
	st->hash_name = initiator ? "HASH_I" : "HASH_R";
	memcpy(initiator ? s->hash_i : s->hash_r, st->hash, st->hash_len);
	s->counts.hashes++;
	if (s->auth == P1AUTH_RSA_SIG)
		return auth_signature(s, st, e);
	hash = need(&st->chain, PLD_HASH, e);
	if (hash == NULL || !bytes_equal(hash->body, bytes_of(st->hash, st->hash_len)))
		return err_set(e, -EACCES, "%s", st->hash_name);
	return 0;
}

/* Every message of the SA carries its cookies, the first without the responder's. */
static bool cookies_fit(const struct gold_session *s, const struct isakmp_hdr *h)
{
	static const uint8_t none[ISAKMP_COOKIE_LEN];

	if (s->n_main == 0)
		return memcmp(h->cky_r, none, sizeof(none)) == 0;
	if (memcmp(h->cky_i, s->cky_i, sizeof(s->cky_i)) != 0)
		return false;
	return s->n_main == 1 || memcmp(h->cky_r, s->cky_r, sizeof(s->cky_r)) == 0;
}

static int feed_main(struct gold_session *s, struct bytes msg, struct gold_step *st,
		     struct err_text *e)
{
	s->n_main++;
	if (s->n_main <= 4)
		return main_clear(s, msg, st, e);
	if (s->n_main <= 6)
		return main_encrypted(s, msg, st, e);
	return err_set(e, -ENOTSUP, "a second phase 1");
}

/* ---- phase 2 ---------------------------------------------------------------------------- */

static struct gold_exchange *exchange_find(struct gold_session *s, const struct isakmp_hdr *h)
{
	struct gold_exchange *x;

	for (unsigned int i = 0; i < s->n_exchanges; i++) {
		if (s->exchanges[i].mid == h->mid)
			return &s->exchanges[i];
	}
	if (s->n_exchanges == GOLD_EXCHANGES_MAX)
		return NULL;
	x = &s->exchanges[s->n_exchanges++];
	*x = (struct gold_exchange){.mid = h->mid, .exchange = h->exchange};
	/* s->iv is the last ciphertext block of phase 1. */
	if (skeyid_iv_phase2(s->hash, bytes_of(s->iv, cbc_block(s->cipher)), h->mid, x->iv0,
			     cbc_block(s->cipher)) != 0)
		return NULL;
	memcpy(x->iv, x->iv0, sizeof(x->iv));
	return x;
}

/* HASH(n) covers M-ID, the nonces that came before and everything after the HASH payload. */
static int hash_check(struct gold_session *s, struct gold_exchange *x, struct gold_step *st,
		      struct err_text *e)
{
	static const char *const names[] = {"HASH(1)", "HASH(2)", "HASH(3)", "HASH(4)"};
	const struct pld *hash = need(&st->chain, PLD_HASH, e);
	uint8_t mid[4];
	struct bytes parts[4] = {bytes_of(mid, sizeof(mid))};
	unsigned int n = 1;

	if (hash == NULL || x->n < 1 || x->n > GV_ARRAY_SIZE(names))
		return -EBADMSG;
	put_be32(mid, x->mid);
	if (x->n >= 2)
		parts[n++] = x->ni;
	if (x->n >= 3)
		parts[n++] = x->nr;
	parts[n++] = pld_after(&st->chain, hash);
	if (prf(s->hash, secret_bytes(s->k.a), parts, n, st->hash) != 0)
		return err_set(e, -EIO, "hash failed");
	st->hash_len = prf_len(s->hash);
	st->hash_name = names[x->n - 1];
	memcpy(x->hash[x->n - 1], st->hash, st->hash_len);
	s->counts.hashes++;
	if (!bytes_equal(hash->body, bytes_of(st->hash, st->hash_len)))
		return err_set(e, -EACCES, "%s", st->hash_name);
	return 0;
}

static int pull_read(struct gold_session *s, struct gold_exchange *x, struct gold_step *st,
		     struct err_text *e)
{
	const struct pld *nonce = pld_find(&st->chain, PLD_NONCE);
	int rc;

	if (x->n <= 2 && nonce == NULL)
		return err_set(e, -EBADMSG, "no NONCE payload");
	rc = hash_check(s, x, st, e);
	if (rc != 0)
		return rc;
	if (x->n <= 2)
		*(x->n == 1 ? &x->ni : &x->nr) = nonce->body;
	return gold_learn(s, &st->chain, e);
}

int gold_check_pull(struct gold_session *s, struct gold_exchange *x, unsigned int n,
		    struct bytes plain, struct gold_step *st, struct err_text *e)
{
	int rc = gold_recode(s, PLD_IN_PULL, PLD_HASH, plain, &st->chain, e);

	x->n = n;
	return rc != 0 ? rc : pull_read(s, x, st, e);
}

static int feed_phase2(struct gold_session *s, struct bytes msg, struct gold_step *st,
		       struct err_text *e)
{
	bool pull = st->hdr.exchange == EXCH_PULL;
	struct gold_lock lock = {s->cipher, secret_bytes(s->key), NULL};
	struct gold_exchange *x;
	int rc;

	if (s->n_main != 6 || !(st->hdr.flags & ISAKMP_ENCRYPTED))
		return err_set(e, -EBADMSG, "phase 2 without protection");
	x = exchange_find(s, &st->hdr);
	if (x == NULL)
		return err_set(e, -E2BIG, "too many exchanges");
	lock.iv = x->iv;
	rc = gold_open(s, msg, pull ? PLD_IN_PULL : PLD_IN_INFO, &lock, st, e);
	if (rc != 0)
		return rc;
	x->n++;
	return pull ? pull_read(s, x, st, e) : hash_check(s, x, st, e);
}

int gold_session_feed(struct gold_session *s, struct bytes msg, struct gold_step *st,
		      struct err_text *e)
{
	*st = (struct gold_step){0};
	if (isakmp_hdr_get(&st->hdr, msg) != 0)
		return err_set(e, -EBADMSG, "ISAKMP header");
	s->counts.messages++;
	st->plain = bytes_of(msg.p + ISAKMP_HDR_LEN, msg.len - ISAKMP_HDR_LEN);
	st->used = st->plain.len;
	if (st->hdr.exchange != EXCH_PUSH && !cookies_fit(s, &st->hdr))
		return err_set(e, -EBADMSG, "cookies");
	switch (st->hdr.exchange) {
	case EXCH_MAIN:
		return feed_main(s, msg, st, e);
	case EXCH_PULL:
	case EXCH_INFO:
		return feed_phase2(s, msg, st, e);
	case EXCH_PUSH:
		return gold_check_push(s, msg, st, e);
	default:
		return err_set(e, -ENOTSUP, "%s", name_of(NAMES_EXCH, st->hdr.exchange).s);
	}
}
