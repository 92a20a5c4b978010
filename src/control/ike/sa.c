/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Phase 1 SAs: the table by cookie, the lists by class with their limits, life and end.
 *
 * An SA that a peer starts moves through three lists: new_peers (one datagram came, its source
 * may be forged; costs an entry), half_open (the source gets our answers; cost a Diffie-Hellman),
 * accepted (authenticated). Each is bounded, oldest out, so a flood in one class never takes room
 * from the next.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "control/ike/ike_priv.h"
#include "crypto/rand.h"

/* A peer that answered this recently still has the SA, most likely. */
#define REUSE_NS (60 * LOOP_NS_PER_S)

/* ---- table -------------------------------------------------------------------------------- */

/* By the initiator's cookie, which every message of an SA carries. */
static unsigned int bucket_of(const struct ike *ike, const uint8_t *cky_i)
{
	uint64_t h = (get_be64(cky_i) ^ ike->bucket_key) * 0x9e3779b97f4a7c15ull;

	h = (h ^ (h >> 32)) * (ike->bucket_key | 1);
	return (unsigned int)(h >> 32) % IKE_BUCKETS;
}

/* Message 1 cannot name our cookie, and message 2 is the first to name the peer's; what refuses
 * message 1 names none either. */
static bool responder_cookie_fits(const struct ike_sa *sa, const struct ike_msg *m)
{
	static const uint8_t none[ISAKMP_COOKIE_LEN];
	bool unnamed = memcmp(m->hdr.cky_r, none, sizeof(none)) == 0;

	if (sa->state == MM_SENT_1)
		return !unnamed || m->hdr.exchange == EXCH_INFO;
	if (unnamed)
		return !sa->initiator && m->hdr.exchange == EXCH_MAIN;
	return memcmp(sa->cky_r, m->hdr.cky_r, sizeof(sa->cky_r)) == 0;
}

struct ike_sa *ike_sa_by_cookies(const struct ike *ike, const struct ike_msg *m)
{
	struct ike_sa *sa;

	LIST_FOREACH (sa, &ike->buckets[bucket_of(ike, m->hdr.cky_i)], bucket)
		if (memcmp(sa->cky_i, m->hdr.cky_i, sizeof(sa->cky_i)) == 0 &&
		    endpoint_equal(&sa->remote, m->remote) &&
		    endpoint_equal(&sa->local, m->local) && responder_cookie_fits(sa, m))
			return sa;
	return NULL;
}

bool ike_sa_cookie_is_ours(const struct ike *ike, const uint8_t *cky_i)
{
	struct ike_sa *sa;

	LIST_FOREACH (sa, &ike->buckets[bucket_of(ike, cky_i)], bucket)
		if (sa->initiator && memcmp(sa->cky_i, cky_i, sizeof(sa->cky_i)) == 0)
			return true;
	return false;
}

/* ---- lists and limits --------------------------------------------------------------------- */

static void list_leave(struct ike_sa *sa)
{
	if (sa->list == NULL)
		return;
	TAILQ_REMOVE(&sa->list->q, sa, age);
	sa->list->n--;
	sa->list = NULL;
}

static void list_enter(struct ike_sa *sa, struct ike_sa_list *l)
{
	list_leave(sa);
	TAILQ_INSERT_TAIL(&l->q, sa, age);
	l->n++;
	sa->list = l;
}

/* The oldest SA of that address once there are `max` of them, else NULL. */
static struct ike_sa *oldest_of(struct ike_sa_list *l, const struct addr *peer, unsigned int max)
{
	struct ike_sa *sa, *oldest = NULL;
	unsigned int n = 0;

	TAILQ_FOREACH (sa, &l->q, age) {
		if (!addr_equal(&sa->remote.addr, peer))
			continue;
		if (oldest == NULL)
			oldest = sa;
		n++;
	}
	return n >= max ? oldest : NULL;
}

static void make_room(struct ike_sa_list *l, const struct addr *peer, unsigned int per_peer,
		      unsigned int max, enum ike_drop why)
{
	struct ike_sa *out = oldest_of(l, peer, per_peer);

	if (out == NULL && l->n >= max)
		out = TAILQ_FIRST(&l->q);
	if (out == NULL)
		return;
	out->ike->drops[why]++;
	ike_sa_end(out, IKE_END_REPLACED);
}

void ike_sa_enter_half_open(struct ike_sa *sa)
{
	if (sa->list == &sa->ike->half_open)
		return;
	make_room(&sa->ike->half_open, &sa->remote.addr, IKE_HALF_OPEN_PER_PEER, IKE_HALF_OPEN_MAX,
		  IKE_DROP_HALF_OPEN);
	list_enter(sa, &sa->ike->half_open);
}

static bool same_peer(const struct ike_sa *a, const struct ike_sa *b)
{
	return addr_equal(&a->remote.addr, &b->remote.addr) && a->peer_id_type == b->peer_id_type &&
	       bytes_equal(bytes_of(a->peer_id, a->peer_id_len),
			   bytes_of(b->peer_id, b->peer_id_len));
}

bool ike_sa_is_only_one(const struct ike_sa *sa)
{
	const struct ike_sa_list *l = sa->initiator ? &sa->ike->started : &sa->ike->accepted;
	const struct ike_sa *other;

	TAILQ_FOREACH (other, &l->q, age)
		if (other != sa && addr_equal(&other->remote.addr, &sa->remote.addr))
			return false;
	return true;
}

void ike_sa_spi(const struct ike_sa *sa, uint8_t spi[ISAKMP_SPI_LEN])
{
	memcpy(spi, sa->cky_i, sizeof(sa->cky_i));
	memcpy(spi + sizeof(sa->cky_i), sa->cky_r, sizeof(sa->cky_r));
}

void ike_sa_initial_contact(struct ike_sa *sa)
{
	struct ike_sa *old = TAILQ_FIRST(&sa->ike->accepted.q), *next;

	for (; old != NULL; old = next) {
		next = TAILQ_NEXT(old, age);
		if (old != sa && same_peer(old, sa))
			ike_sa_end(old, IKE_END_REPLACED);
	}
}

/* ---- life --------------------------------------------------------------------------------- */

static void nobody_answered(void *arg)
{
	struct ike_sa *sa = arg;
	enum ike_end why = sa->hs == NULL ? IKE_END_TIMEOUT : sa->hs->hint;

	if (why != IKE_END_TIMEOUT)
		log_msg(CRYPTO_IKMP_MODE_FAILURE, "", "Main", addr_text(&sa->remote.addr).s);
	ike_sa_end(sa, why);
}

static void life_over(void *arg)
{
	struct ike_sa *sa = arg;
	struct ike *ike = sa->ike;

	ike_enter(ike);
	ike_sa_end(sa, sa->state == MM_DONE ? IKE_END_EXPIRED : IKE_END_TIMEOUT);
	ike_leave(ike);
}

static struct ike_sa *sa_alloc(struct ike *ike, const struct endpoint *local,
			       const struct endpoint *remote, bool initiator)
{
	struct ike_sa *sa = calloc(1, sizeof(*sa));

	if (sa == NULL)
		return NULL;
	sa->ike = ike;
	sa->local = *local;
	sa->remote = *remote;
	sa->initiator = initiator;
	sa->hs = calloc(1, sizeof(*sa->hs));
	LIST_INIT(&sa->exchanges);
	resend_init(&sa->resend, ike, &sa->local, &sa->remote);
	sa->resend.give_up = nobody_answered;
	sa->resend.arg = sa;
	if (sa->hs != NULL && loop_timer_new(&sa->life, ike->loop, life_over, sa) == 0) {
		sa->hs->hint = IKE_END_TIMEOUT;
		return sa;
	}
	free(sa->hs);
	free(sa);
	return NULL;
}

int ike_sa_new(struct ike_sa **out, struct ike *ike, const struct endpoint *local,
	       const struct endpoint *remote, bool initiator)
{
	struct ike_sa *sa;

	if (!initiator)
		make_room(&ike->new_peers, &remote->addr, IKE_HALF_OPEN_PER_PEER, IKE_HALF_OPEN_MAX,
			  IKE_DROP_HALF_OPEN);
	sa = sa_alloc(ike, local, remote, initiator);
	if (sa == NULL)
		return -ENOMEM;
	sa->state = initiator ? MM_SENT_1 : MM_SENT_2;
	sa->conn_id = ike->next_conn_id++;
	list_enter(sa, initiator ? &ike->started : &ike->new_peers);
	/* Whatever becomes of retransmission, nothing unauthenticated outlives this. */
	loop_timer_set(sa->life, initiator ? 3 * IKE_HALF_OPEN_NS : IKE_HALF_OPEN_NS);
	*out = sa;
	return 0;
}

void ike_sa_index(struct ike_sa *sa)
{
	LIST_INSERT_HEAD(&sa->ike->buckets[bucket_of(sa->ike, sa->cky_i)], sa, bucket);
	sa->indexed = true;
}

void ike_sa_handshake_free(struct ike_sa *sa)
{
	struct handshake *hs = sa->hs;

	if (hs == NULL)
		return;
	secret_unref(hs->psk);
	kex_free(hs->kex);
	free(hs->sa_i);
	secret_wipe(hs, sizeof(*hs));
	free(hs);
	sa->hs = NULL;
}

static void forget_secret(struct secret **s)
{
	secret_unref(*s);
	*s = NULL;
}

void ike_sa_established(struct ike_sa *sa)
{
	struct ike *ike = sa->ike;

	ike_sa_handshake_free(sa);
	/* SKEYID_a is all that exchanges above need; the cipher key is in sa->seal. */
	forget_secret(&sa->keys.skeyid);
	forget_secret(&sa->keys.d);
	forget_secret(&sa->keys.e);
	sa->heard_ns = loop_now_ns(ike->loop);
	if (!sa->initiator) {
		make_room(&ike->accepted, &sa->remote.addr, IKE_ACCEPTED_PER_PEER, IKE_ACCEPTED_MAX,
			  IKE_DROP_ACCEPTED_LIMIT);
		list_enter(sa, &ike->accepted);
	}
	loop_timer_set(sa->life, sa->alg.lifetime_s * LOOP_NS_PER_S);
}

static void sa_free(struct ike_sa *sa)
{
	ike_sa_handshake_free(sa);
	skeyid_clear(&sa->keys);
	secret_unref(sa->seal.key);
	resend_fini(&sa->resend);
	loop_timer_free(sa->life);
	free(sa->peer_id);
	free(sa);
}

void ike_sa_free_dead(struct ike *ike)
{
	struct ike_sa *sa;

	while ((sa = TAILQ_FIRST(&ike->dead_sas.q)) != NULL) {
		list_leave(sa);
		sa_free(sa);
	}
}

void ike_sa_end(struct ike_sa *sa, enum ike_end why)
{
	ike_sa_fn *fn = sa->fn;

	if (sa->state == MM_DEAD)
		return;
	sa->state = MM_DEAD;
	resend_stop(&sa->resend);
	loop_timer_cancel(sa->life);
	if (sa->indexed)
		LIST_REMOVE(sa, bucket);
	list_enter(sa, &sa->ike->dead_sas);
	phase2_end_all(sa, why);
	sa->fn = NULL;
	if (fn != NULL)
		fn(sa, why, sa->arg);
}

/* ---- public ------------------------------------------------------------------------------- */

int ike_sa_start(struct ike_sa **out, struct ike *ike, const struct endpoint *local,
		 const struct endpoint *remote, ike_sa_fn *fn, void *arg)
{
	struct ike_sa *sa;
	int rc;

	ike_enter(ike);
	rc = ike_sa_new(&sa, ike, local, remote, true);
	if (rc == 0) {
		rc = main_mode_start(sa);
		if (rc < 0)
			ike_sa_end(sa, IKE_END_DELETED);
	}
	if (rc == 0) {
		sa->fn = fn;
		sa->arg = arg;
		*out = sa;
	}
	ike_leave(ike);
	return rc;
}

struct ike_sa *ike_sa_find(struct ike *ike, const struct endpoint *local,
			   const struct endpoint *remote)
{
	uint64_t now = loop_now_ns(ike->loop);
	struct ike_sa *sa;

	TAILQ_FOREACH_REVERSE (sa, &ike->started.q, ike_sa_tailq, age)
		if (sa->state == MM_DONE && now - sa->heard_ns < REUSE_NS &&
		    endpoint_equal(&sa->local, local) && endpoint_equal(&sa->remote, remote))
			return sa;
	return NULL;
}

void ike_sa_delete(struct ike_sa *sa, bool tell_peer)
{
	struct ike *ike = sa->ike;

	ike_enter(ike);
	if (tell_peer && sa->state == MM_DONE)
		info_delete_sa(sa);
	sa->fn = NULL;
	ike_sa_end(sa, IKE_END_DELETED);
	ike_leave(ike);
}

void ike_sa_detach(struct ike_sa *sa)
{
	sa->fn = NULL;
}

const struct endpoint *ike_sa_local(const struct ike_sa *sa)
{
	return &sa->local;
}

const struct endpoint *ike_sa_remote(const struct ike_sa *sa)
{
	return &sa->remote;
}

const struct ike_peer_info *ike_sa_peer(const struct ike_sa *sa)
{
	return &sa->peer;
}

struct bytes ike_sa_peer_id(const struct ike_sa *sa, uint8_t *id_type)
{
	*id_type = sa->peer_id_type;
	return bytes_of(sa->peer_id, sa->peer_id_len);
}

bool ike_sa_is_initiator(const struct ike_sa *sa)
{
	return sa->initiator;
}

static void list_rows(const struct ike_sa_list *l,
		      void (*fn)(const struct ike_sa_row *row, void *arg), void *arg)
{
	struct ike_sa_row row;
	struct ike_sa *sa;

	TAILQ_FOREACH (sa, &l->q, age) {
		/* IOS shows the initiator as source. */
		row = (struct ike_sa_row){
			.dst = sa->initiator ? sa->remote.addr : sa->local.addr,
			.src = sa->initiator ? sa->local.addr : sa->remote.addr,
			.state = main_mode_name(sa->state),
			.conn_id = sa->conn_id,
			.active = sa->state != MM_DEAD,
		};
		fn(&row, arg);
	}
}

void ike_sa_each(const struct ike *ike, void (*fn)(const struct ike_sa_row *row, void *arg),
		 void *arg)
{
	list_rows(&ike->started, fn, arg);
	list_rows(&ike->accepted, fn, arg);
	list_rows(&ike->half_open, fn, arg);
	list_rows(&ike->new_peers, fn, arg);
}
