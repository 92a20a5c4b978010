/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Main mode with pre-shared keys (RFC 2409 5.4), both sides:
 *
 *	1 I->R  HDR, SA, VID		4 R->I  HDR, KE, Nr
 *	2 R->I  HDR, SA, VID		5 I->R  HDR*, IDii, HASH_I [, N]
 *	3 I->R  HDR, KE, Ni		6 R->I  HDR*, IDir, HASH_R [, N]
 *
 * N is INITIAL-CONTACT: we have no other SA with the peer, what it still has of us is dead.
 *
 * A message that is refused changes nothing: the state stays, the right one may still come.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/conf/conf.h"
#include "control/ike/ike_priv.h"
#include "control/wire/pld.h"
#include "crypto/rand.h"

#define VID_NAME_LEN 16 /* what of our vendor ID is compared */

const char *main_mode_name(enum mm_state s)
{
	/* As `show crypto isakmp sa` has them. */
	switch (s) {
	case MM_SENT_1:
		return "MM_NO_STATE";
	case MM_SENT_2:
	case MM_SENT_3:
		return "MM_SA_SETUP";
	case MM_SENT_4:
	case MM_SENT_5:
		return "MM_KEY_EXCH";
	case MM_DONE:
		return "GDOI_IDLE";
	case MM_DEAD:
		break;
	}
	return "MM_NO_STATE";
}

/* ---- what both sides do ------------------------------------------------------------------- */

static void read_vendor_ids(struct ike_sa *sa, const struct pld_chain *c)
{
	for (unsigned int i = 0; i < c->n; i++) {
		struct bytes v = c->p[i].body;

		if (c->p[i].type != PLD_VID || v.len < VID_NAME_LEN ||
		    memcmp(v.p, ike_vid, VID_NAME_LEN) != 0)
			continue;
		sa->peer.ours = true;
		if (v.len >= IKE_VID_LEN)
			memcpy(sa->peer.version, v.p + VID_NAME_LEN, sizeof(sa->peer.version));
	}
}

static int keep_sa_body(struct ike_sa *sa, struct bytes body)
{
	if (body.len > IKE_SA_BODY_MAX)
		return -E2BIG;
	sa->hs->sa_i = malloc(body.len);
	if (sa->hs->sa_i == NULL)
		return -ENOMEM;
	memcpy(sa->hs->sa_i, body.p, body.len);
	sa->hs->sa_i_len = body.len;
	return 0;
}

static void begin(struct ike_out *o, const struct ike_sa *sa, uint8_t flags)
{
	struct isakmp_hdr h = ike_sa_hdr(sa, EXCH_MAIN, flags, 0);

	ike_out_begin(o, sa->ike, &h);
}

/* Enters the chain's type and sends it in clear. */
static int send_clear(struct ike_sa *sa, struct ike_out *o, bool repeat)
{
	int rc = ike_out_end(o);

	return rc < 0 ? rc : resend_send(&sa->resend, ike_out_bytes(o), repeat);
}

/* Message 3 or 4. */
static int send_key_exchange(struct ike_sa *sa)
{
	struct handshake *hs = sa->hs;
	const uint8_t *ke = sa->initiator ? hs->ke_i : hs->ke_r;
	const uint8_t *nonce = sa->initiator ? hs->ni : hs->nr;
	struct ike_out o;

	begin(&o, sa, 0);
	pld_put(&o.c, PLD_KE, bytes_of(ke, hs->ke_len));
	pld_put(&o.c, PLD_NONCE, bytes_of(nonce, IKE_NONCE_LEN));
	return send_clear(sa, &o, sa->initiator);
}

/* Our half of the key exchange. */
static int make_key_exchange(struct ike_sa *sa)
{
	struct handshake *hs = sa->hs;
	struct bytes pub;
	int rc;

	kex_free(hs->kex); /* of an earlier try that came to nothing */
	hs->kex = NULL;
	rc = kex_new(&hs->kex, sa->alg.group);
	if (rc == 0)
		rc = rand_bytes(RAND_NONCE, sa->initiator ? hs->ni : hs->nr, IKE_NONCE_LEN);
	if (rc < 0)
		return rc;
	pub = kex_public(hs->kex);
	memcpy(sa->initiator ? hs->ke_i : hs->ke_r, pub.p, pub.len);
	hs->ke_len = pub.len;
	*(sa->initiator ? &hs->ni_len : &hs->nr_len) = IKE_NONCE_LEN;
	return 0;
}

/* The peer's half: copied only when it is the right length for the group. */
static enum ike_drop read_key_exchange(struct ike_sa *sa, const struct pld_chain *c)
{
	const struct pld *ke = pld_find(c, PLD_KE), *nonce = pld_find(c, PLD_NONCE);
	struct handshake *hs = sa->hs;

	if (ke == NULL || nonce == NULL || nonce->body.len > PLD_NONCE_MAX)
		return IKE_DROP_MALFORMED;
	if (ke->body.len != kex_public_len(sa->alg.group))
		return IKE_DROP_KEX;
	memcpy(sa->initiator ? hs->ke_r : hs->ke_i, ke->body.p, ke->body.len);
	memcpy(sa->initiator ? hs->nr : hs->ni, nonce->body.p, nonce->body.len);
	*(sa->initiator ? &hs->nr_len : &hs->ni_len) = nonce->body.len;
	return IKE_TAKEN;
}

static int derive(struct ike_sa *sa, const struct secret *gxy)
{
	struct handshake *hs = sa->hs;
	struct bytes gxi = bytes_of(hs->ke_i, hs->ke_len), gxr = bytes_of(hs->ke_r, hs->ke_len);
	struct skeyid_input in = {
		.cky_i = bytes_of(sa->cky_i, sizeof(sa->cky_i)),
		.cky_r = bytes_of(sa->cky_r, sizeof(sa->cky_r)),
		.ni = bytes_of(hs->ni, hs->ni_len),
		.nr = bytes_of(hs->nr, hs->nr_len),
		.gxy = secret_bytes(gxy),
		.psk = secret_bytes(hs->psk),
	};
	int rc;

	skeyid_clear(&sa->keys);
	secret_unref(sa->seal.key);
	sa->seal = (struct seal_key){.cipher = sa->alg.cipher};
	rc = skeyid_derive(&sa->keys, sa->alg.hash, &in);
	if (rc == 0)
		rc = skeyid_cipher_key(&sa->seal.key, &sa->keys, sa->alg.key_len);
	if (rc == 0)
		rc = skeyid_iv_phase1(sa->alg.hash, gxi, gxr, hs->iv, cbc_block(sa->alg.cipher));
	return rc;
}

static enum ike_drop agree_on_keys(struct ike_sa *sa)
{
	struct handshake *hs = sa->hs;
	struct bytes peer = bytes_of(sa->initiator ? hs->ke_r : hs->ke_i, hs->ke_len);
	struct secret *gxy;
	int rc = kex_shared(hs->kex, peer, &gxy);

	if (rc < 0)
		return rc == -EINVAL ? IKE_DROP_KEX : IKE_DROP_INTERNAL;
	rc = derive(sa, gxy);
	secret_unref(gxy);
	return rc < 0 ? IKE_DROP_INTERNAL : IKE_TAKEN;
}

static int auth_hash(const struct ike_sa *sa, bool of_initiator, struct bytes id, uint8_t *out)
{
	const struct handshake *hs = sa->hs;
	struct skeyid_auth a = {
		.gxi = bytes_of(hs->ke_i, hs->ke_len),
		.gxr = bytes_of(hs->ke_r, hs->ke_len),
		.cky_i = bytes_of(sa->cky_i, sizeof(sa->cky_i)),
		.cky_r = bytes_of(sa->cky_r, sizeof(sa->cky_r)),
		.sa_i = bytes_of(hs->sa_i, hs->sa_i_len),
		.id = id,
	};

	return skeyid_hash_auth(&sa->keys, of_initiator, &a, out);
}

/* RFC 2407 4.6.3.3; the notification is one of the IPsec DOI whatever the DOI of the SA. */
static void put_initial_contact(struct pld_wr *c, const struct ike_sa *sa)
{
	uint8_t spi[ISAKMP_SPI_LEN];

	ike_sa_spi(sa, spi);
	pld_notify_put(c, &(struct pld_notify){.doi = DOI_IPSEC,
					       .proto = PROTO_ISAKMP,
					       .type = NOTIFY_INITIAL_CONTACT,
					       .spi = bytes_of(spi, sizeof(spi))});
}

/* Message 5 or 6: our address as identity, and the proof. */
static int send_auth(struct ike_sa *sa)
{
	uint8_t hash[PRF_MAX];
	struct bytes id;
	struct ike_out o;
	int rc;

	begin(&o, sa, ISAKMP_ENCRYPTED);
	pld_id_put_addr(&o.c, &sa->local.addr);
	id = bytes_of(o.w.base + ISAKMP_HDR_LEN + PLD_HDR_LEN,
		      o.w.pos - ISAKMP_HDR_LEN - PLD_HDR_LEN);
	rc = auth_hash(sa, sa->initiator, id, hash);
	if (rc < 0)
		return rc;
	pld_put(&o.c, PLD_HASH, bytes_of(hash, prf_len(sa->alg.hash)));
	if (ike_sa_is_only_one(sa))
		put_initial_contact(&o.c, sa);
	rc = ike_out_end(&o);
	if (rc == 0)
		rc = seal_close(&sa->seal, sa->hs->iv, &o.w);
	return rc < 0 ? rc : resend_send(&sa->resend, ike_out_bytes(&o), sa->initiator);
}

/* RFC 2407 4.6.2 allows 0/0 and UDP with port 500 or 0; here the port may be 848 as well. */
static bool id_port_valid(const struct pld_id *id)
{
	if (id->proto == 0)
		return id->port == 0;
	return id->proto == IPPROTO_UDP && (id->port == 0 || id->port == 500 || id->port == 848);
}

static int keep_peer_id(struct ike_sa *sa, const struct pld_id *id)
{
	sa->peer_id = malloc(id->data.len > 0 ? id->data.len : 1);
	if (sa->peer_id == NULL)
		return -ENOMEM;
	memcpy(sa->peer_id, id->data.p, id->data.len);
	sa->peer_id_len = id->data.len;
	sa->peer_id_type = id->type;
	return 0;
}

/* Identity and proof of the peer; remembers the identity when they are right. */
static enum ike_drop check_auth(struct ike_sa *sa, const struct pld_chain *c)
{
	const struct pld *id = pld_find(c, PLD_ID), *hash = pld_find(c, PLD_HASH);
	uint8_t want[PRF_MAX];
	struct pld_id peer;

	if (id == NULL || hash == NULL || pld_id_get(&peer, id, NULL) < 0)
		return IKE_DROP_MALFORMED;
	if (auth_hash(sa, !sa->initiator, id->body, want) < 0)
		return IKE_DROP_INTERNAL;
	if (hash->body.len != prf_len(sa->alg.hash) ||
	    !secret_mem_equal(want, hash->body.p, hash->body.len))
		return IKE_DROP_AUTH;
	if (!id_port_valid(&peer) || peer.data.len > IKE_PEER_ID_MAX)
		return IKE_DROP_MALFORMED;
	return keep_peer_id(sa, &peer) < 0 ? IKE_DROP_INTERNAL : IKE_TAKEN;
}

/* No hash covers a notification here (RFC 2409 5), but what a changed octet of the ciphertext makes
 * of it is not this: without the check such a message would be taken, its last block would start
 * every IV above, and nothing would work under the SA. */
static bool notifications_whole(const struct ike_sa *sa, const struct pld_chain *c)
{
	uint8_t spi[ISAKMP_SPI_LEN];
	struct pld_notify n;

	ike_sa_spi(sa, spi);
	for (unsigned int i = 0; i < c->n; i++) {
		if (c->p[i].type != PLD_N)
			continue;
		if (pld_notify_get(&n, &c->p[i], NULL) < 0 || n.doi > DOI_GDOI ||
		    n.proto > PROTO_ISAKMP ||
		    (n.spi.len != 0 && !bytes_equal(n.spi, bytes_of(spi, sizeof(spi)))))
			return false;
	}
	return true;
}

/* Decrypts message 5 or 6 and authenticates the peer by it. The chain of IVs moves, and copies of
 * the message are recognised, only if it was right. */
static enum ike_drop take_auth(struct ike_sa *sa, const struct ike_msg *m, struct pld_chain *c)
{
	uint8_t next_iv[CBC_BLOCK_MAX];
	enum ike_drop why;
	struct bytes plain;

	if (seal_open(&sa->seal, sa->hs->iv, m->whole, sa->ike->rx, &plain, next_iv) < 0 ||
	    pld_chain_get(c, PLD_IN_PHASE1, m->hdr.next, plain, NULL) < 0)
		return IKE_DROP_DECRYPT;
	if (!notifications_whole(sa, c))
		return IKE_DROP_MALFORMED;
	why = check_auth(sa, c);
	if (why != IKE_TAKEN)
		return why;
	if (resend_take(&sa->resend, m->whole) < 0)
		return IKE_DROP_INTERNAL;
	memcpy(sa->hs->iv, next_iv, sizeof(next_iv));
	return IKE_TAKEN;
}

static void established(struct ike_sa *sa)
{
	memcpy(sa->last_block, sa->hs->iv, sizeof(sa->last_block));
	sa->state = MM_DONE;
	ike_sa_established(sa);
}

/* ---- messages to the responder ------------------------------------------------------------ */

/* Wrong keys on either side look like this: the peer is there, what it sends makes no sense. The
 * notification helps its operator, ours reads the log. */
static void authentication_failed(struct ike_sa *sa, const struct ike_msg *m)
{
	log_msg(CRYPTO_IKMP_MODE_FAILURE, "", "Main", addr_text(&sa->remote.addr).s);
	if (sa->hs->told)
		return;
	sa->hs->told = true;
	info_tell_clear(sa->ike, m, sa->cky_r, NOTIFY_AUTHENTICATION_FAILED);
}

static enum ike_drop responder_take_5(struct ike_sa *sa, const struct ike_msg *m)
{
	struct pld_chain c;
	enum ike_drop why = take_auth(sa, m, &c);
	bool initial_contact = false;
	struct pld_notify n;

	if (why == IKE_DROP_DECRYPT || why == IKE_DROP_AUTH)
		authentication_failed(sa, m);
	if (why != IKE_TAKEN)
		return why;
	for (unsigned int i = 0; i < c.n; i++)
		if (c.p[i].type == PLD_N && pld_notify_get(&n, &c.p[i], NULL) == 0)
			initial_contact |= n.type == NOTIFY_INITIAL_CONTACT;
	if (send_auth(sa) < 0) {
		ike_sa_end(sa, IKE_END_MALFORMED);
		return IKE_DROP_INTERNAL;
	}
	established(sa);
	if (initial_contact)
		ike_sa_initial_contact(sa);
	return IKE_TAKEN;
}

static enum ike_drop responder_take_3(struct ike_sa *sa, const struct ike_msg *m)
{
	struct pld_chain c;
	enum ike_drop why;

	if (pld_chain_get(&c, PLD_IN_PHASE1_CLEAR, m->hdr.next, bytes_after_header(m), NULL) < 0)
		return IKE_DROP_MALFORMED;
	why = read_key_exchange(sa, &c);
	if (why != IKE_TAKEN)
		return why;
	/* The peer named our cookie, so it gets what we send: only now work is spent on it, and
	 * for as many wrong values as it likes only once. */
	ike_sa_enter_half_open(sa);
	if (sa->hs->kex == NULL && make_key_exchange(sa) < 0)
		return IKE_DROP_INTERNAL;
	why = agree_on_keys(sa);
	if (why != IKE_TAKEN)
		return why;
	if (resend_take(&sa->resend, m->whole) < 0 || send_key_exchange(sa) < 0)
		return IKE_DROP_INTERNAL;
	sa->state = MM_SENT_4;
	return IKE_TAKEN;
}

static int send_2(struct ike_sa *sa, const struct proposal_choice *choice)
{
	struct ike_out o;

	begin(&o, sa, 0);
	proposal_answer(&o.c, choice);
	pld_put(&o.c, PLD_VID, bytes_of(ike_vid, sizeof(ike_vid)));
	return send_clear(sa, &o, false);
}

/* An SA for a first message that we can answer. */
static int accept_peer(struct ike *ike, const struct ike_msg *m, const struct pld_chain *c,
		       const struct proposal_choice *choice, struct secret *psk)
{
	struct ike_sa *sa;
	int rc = ike_sa_new(&sa, ike, m->local, m->remote, false);

	if (rc < 0)
		return rc;
	sa->doi = choice->sa.doi;
	sa->alg = choice->alg;
	sa->hs->psk = secret_ref(psk);
	read_vendor_ids(sa, c);
	memcpy(sa->cky_i, m->hdr.cky_i, sizeof(sa->cky_i));
	ike_sa_index(sa);
	rc = rand_bytes(RAND_COOKIE, sa->cky_r, sizeof(sa->cky_r));
	if (rc == 0)
		rc = keep_sa_body(sa, pld_find(c, PLD_SA)->body);
	if (rc == 0)
		rc = resend_take(&sa->resend, m->whole);
	if (rc == 0)
		rc = send_2(sa, choice);
	if (rc < 0)
		ike_sa_end(sa, IKE_END_MALFORMED);
	return rc;
}

/*
 * Message 1 costs its sender a datagram and us an entry of a bounded table: no Diffie-Hellman,
 * no repeats of the answer by timer, and an answer about as long as the question. The cookie in
 * it is bound to the addresses by the entry.
 */
static enum ike_drop responder_take_1(struct ike *ike, const struct ike_msg *m)
{
	static const uint8_t none[ISAKMP_COOKIE_LEN];
	const struct conf_ike_key *key;
	struct proposal_choice choice;
	const struct pld *sa;
	struct pld_chain c;
	int rc;

	if (memcmp(m->hdr.cky_r, none, sizeof(none)) != 0 ||
	    memcmp(m->hdr.cky_i, none, sizeof(none)) == 0 ||
	    ike_sa_cookie_is_ours(ike, m->hdr.cky_i))
		return IKE_DROP_COOKIE;
	if (m->hdr.flags != 0)
		return IKE_DROP_FLAGS;
	if (pld_chain_get(&c, PLD_IN_PHASE1_CLEAR, m->hdr.next, bytes_after_header(m), NULL) < 0)
		return IKE_DROP_MALFORMED;
	sa = pld_find(&c, PLD_SA);
	if (sa == NULL)
		return IKE_DROP_MALFORMED;
	key = ike->conf == NULL ? NULL : conf_ike_key_find(ike->conf, &m->remote->addr);
	if (key == NULL)
		return IKE_DROP_NO_KEY;
	rc = proposal_choose(&choice, ike->conf, sa);
	if (rc == -ENOENT) {
		info_tell_clear(ike, m, none, NOTIFY_NO_PROPOSAL_CHOSEN);
		return IKE_DROP_PROPOSAL;
	}
	if (rc < 0)
		return IKE_DROP_MALFORMED;
	rc = accept_peer(ike, m, &c, &choice, key->key);
	if (rc == -E2BIG)
		return IKE_DROP_MALFORMED;
	return rc < 0 ? IKE_DROP_INTERNAL : IKE_TAKEN;
}

/* ---- messages to the initiator ------------------------------------------------------------ */

static enum ike_drop initiator_take_2(struct ike_sa *sa, const struct ike_msg *m)
{
	struct proposal_choice choice;
	struct pld_chain c;
	const struct pld *answer;
	int rc;

	if (pld_chain_get(&c, PLD_IN_PHASE1_CLEAR, m->hdr.next, bytes_after_header(m), NULL) < 0)
		return IKE_DROP_MALFORMED;
	answer = pld_find(&c, PLD_SA);
	if (answer == NULL)
		return IKE_DROP_MALFORMED;
	rc = proposal_accept(&choice, sa->ike->conf, answer);
	if (rc < 0)
		return rc == -ENOENT ? IKE_DROP_PROPOSAL : IKE_DROP_MALFORMED;
	sa->alg = choice.alg;
	read_vendor_ids(sa, &c);
	memcpy(sa->cky_r, m->hdr.cky_r, sizeof(sa->cky_r));
	if (make_key_exchange(sa) < 0 || resend_take(&sa->resend, m->whole) < 0 ||
	    send_key_exchange(sa) < 0)
		return IKE_DROP_INTERNAL;
	sa->state = MM_SENT_3;
	return IKE_TAKEN;
}

static enum ike_drop initiator_take_4(struct ike_sa *sa, const struct ike_msg *m)
{
	struct pld_chain c;
	enum ike_drop why;

	if (pld_chain_get(&c, PLD_IN_PHASE1_CLEAR, m->hdr.next, bytes_after_header(m), NULL) < 0)
		return IKE_DROP_MALFORMED;
	why = read_key_exchange(sa, &c);
	if (why == IKE_TAKEN)
		why = agree_on_keys(sa);
	if (why != IKE_TAKEN)
		return why;
	if (resend_take(&sa->resend, m->whole) < 0 || send_auth(sa) < 0)
		return IKE_DROP_INTERNAL;
	sa->state = MM_SENT_5;
	return IKE_TAKEN;
}

static enum ike_drop initiator_take_6(struct ike_sa *sa, const struct ike_msg *m)
{
	struct pld_chain c;
	enum ike_drop why = take_auth(sa, m, &c);

	if (why == IKE_DROP_AUTH) /* believed only if nothing better comes */
		sa->hs->hint = IKE_END_AUTH;
	if (why != IKE_TAKEN)
		return why;
	established(sa);
	if (sa->fn != NULL)
		sa->fn(sa, IKE_END_ESTABLISHED, sa->arg);
	return IKE_TAKEN;
}

int main_mode_start(struct ike_sa *sa)
{
	const struct conf *conf = sa->ike->conf;
	const struct conf_ike_key *key;
	struct ike_out o;
	int rc;

	key = conf == NULL ? NULL : conf_ike_key_find(conf, &sa->remote.addr);
	if (key == NULL)
		return -ENOKEY;
	sa->hs->psk = secret_ref(key->key);
	sa->doi = sa->ike->doi;
	rc = rand_bytes(RAND_COOKIE, sa->cky_i, sizeof(sa->cky_i));
	if (rc < 0)
		return rc;
	ike_sa_index(sa);
	begin(&o, sa, 0);
	rc = proposal_offer(&o.c, conf, sa->doi);
	if (rc < 0)
		return rc;
	rc = keep_sa_body(sa, bytes_of(o.w.base + ISAKMP_HDR_LEN + PLD_HDR_LEN,
				       o.w.pos - ISAKMP_HDR_LEN - PLD_HDR_LEN));
	if (rc < 0)
		return rc;
	pld_put(&o.c, PLD_VID, bytes_of(ike_vid, sizeof(ike_vid)));
	return send_clear(sa, &o, true);
}

/* ---- the table ---------------------------------------------------------------------------- */

typedef enum ike_drop main_mode_fn(struct ike_sa *sa, const struct ike_msg *m);

/* State, flags of the message, what to do. The functions set the next state themselves, as the
 * last thing they do. Message 1 makes the SA and has no state yet. */
static const struct {
	enum mm_state state;
	uint8_t flags;
	main_mode_fn *fn;
} transitions[] = {
	{MM_SENT_1, 0, initiator_take_2},                /* -> MM_SENT_3 */
	{MM_SENT_2, 0, responder_take_3},                /* -> MM_SENT_4 */
	{MM_SENT_3, 0, initiator_take_4},                /* -> MM_SENT_5 */
	{MM_SENT_4, ISAKMP_ENCRYPTED, responder_take_5}, /* -> MM_DONE */
	{MM_SENT_5, ISAKMP_ENCRYPTED, initiator_take_6}, /* -> MM_DONE */
};

enum ike_drop main_mode_input(struct ike *ike, const struct ike_msg *m)
{
	static const uint8_t none[ISAKMP_COOKIE_LEN];
	struct ike_sa *sa = ike_sa_by_cookies(ike, m);

	if (m->hdr.mid != 0 || (m->hdr.flags & ~ISAKMP_ENCRYPTED) != 0)
		return IKE_DROP_FLAGS;
	if (sa == NULL)
		return responder_take_1(ike, m);
	if (resend_duplicate(&sa->resend, m->whole))
		return IKE_DROP_DUPLICATE;
	/* Only message 1 may leave our cookie out: who names it gets what we send (RFC 2408 2.5.3). */
	if (memcmp(m->hdr.cky_r, none, sizeof(none)) == 0)
		return IKE_DROP_COOKIE;
	for (unsigned int i = 0; i < GV_ARRAY_SIZE(transitions); i++)
		if (transitions[i].state == sa->state && transitions[i].flags == m->hdr.flags)
			return transitions[i].fn(sa, m);
	return IKE_DROP_STATE;
}
