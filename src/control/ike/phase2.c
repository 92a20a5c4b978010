/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exchanges under an established SA (RFC 2409 5.5): HDR*, HASH, payloads. Each message ID has its
 * own chain of IVs, which starts at the last block of phase 1 and moves only with messages whose
 * HASH was right.
 */
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "control/ike/ike_priv.h"
#include "crypto/rand.h"

#define HASH_PARTS_MAX 8

/* ---- object ------------------------------------------------------------------------------- */

struct ike_phase2 *phase2_find(const struct ike_sa *sa, uint32_t mid)
{
	struct ike_phase2 *x;

	LIST_FOREACH (x, &sa->exchanges, entry)
		if (x->mid == mid)
			return x;
	return NULL;
}

/* Out of its SA; the memory stays until the module is left. */
void phase2_forget(struct ike_phase2 *x)
{
	struct ike *ike = x->sa->ike;

	if (x->dead)
		return;
	x->dead = true;
	resend_stop(&x->resend);
	loop_timer_cancel(x->linger);
	LIST_REMOVE(x, entry);
	x->sa->n_exchanges--;
	LIST_INSERT_HEAD(&ike->dead_exchanges, x, entry);
}

static void end_exchange(struct ike_phase2 *x, enum ike_end why)
{
	bool tell = !x->over && x->end != NULL;

	phase2_forget(x);
	x->over = true;
	if (tell)
		x->end(x, why, x->arg);
}

static void nobody_answered(void *arg)
{
	end_exchange(arg, IKE_END_TIMEOUT);
}

static void linger_over(void *arg)
{
	struct ike_phase2 *x = arg;
	struct ike *ike = x->sa->ike;

	ike_enter(ike);
	end_exchange(x, IKE_END_TIMEOUT);
	ike_leave(ike);
}

/* An exchange that only waits for duplicates makes room for a new one. */
static bool make_room(struct ike_sa *sa)
{
	struct ike_phase2 *x, *oldest = NULL;

	if (sa->n_exchanges < IKE_PHASE2_MAX)
		return true;
	LIST_FOREACH (x, &sa->exchanges, entry)
		if (x->over)
			oldest = x;
	if (oldest != NULL)
		phase2_forget(oldest);
	return oldest != NULL;
}

static int exchange_new(struct ike_phase2 **out, struct ike_sa *sa, uint8_t exchange, uint32_t mid)
{
	struct ike_phase2 *x;

	if (!make_room(sa)) {
		sa->ike->drops[IKE_DROP_PHASE2_LIMIT]++;
		return -EBUSY;
	}
	x = calloc(1, sizeof(*x));
	if (x == NULL || loop_timer_new(&x->linger, sa->ike->loop, linger_over, x) < 0) {
		free(x);
		return -ENOMEM;
	}
	x->sa = sa;
	x->mid = mid;
	x->exchange = exchange;
	resend_init(&x->resend, sa->ike, &sa->local, &sa->remote);
	x->resend.give_up = nobody_answered;
	x->resend.arg = x;
	LIST_INSERT_HEAD(&sa->exchanges, x, entry);
	sa->n_exchanges++;
	*out = x;
	return 0;
}

static int first_iv(const struct ike_sa *sa, uint32_t mid, uint8_t *iv)
{
	size_t block = cbc_block(sa->alg.cipher);

	return skeyid_iv_phase2(sa->alg.hash, bytes_of(sa->last_block, block), mid, iv, block);
}

void phase2_end_all(struct ike_sa *sa, enum ike_end why)
{
	while (!LIST_EMPTY(&sa->exchanges))
		end_exchange(LIST_FIRST(&sa->exchanges), why);
}

void phase2_free_dead(struct ike *ike)
{
	struct ike_phase2 *x;

	while ((x = LIST_FIRST(&ike->dead_exchanges)) != NULL) {
		LIST_REMOVE(x, entry);
		resend_fini(&x->resend);
		loop_timer_free(x->linger);
		free(x);
	}
}

/* ---- hash --------------------------------------------------------------------------------- */

static size_t hash_of(const struct ike_sa *sa, uint32_t mid, const struct bytes *parts,
		      unsigned int n, uint8_t *out)
{
	struct bytes all[HASH_PARTS_MAX + 1];
	uint8_t mid_octets[4];

	gv_assert(n <= HASH_PARTS_MAX);
	put_be32(mid_octets, mid);
	all[0] = bytes_of(mid_octets, sizeof(mid_octets));
	for (unsigned int i = 0; i < n; i++)
		all[i + 1] = parts[i];
	if (prf(sa->alg.hash, secret_bytes(sa->keys.a), all, n + 1, out) < 0)
		return 0;
	return prf_len(sa->alg.hash);
}

bool phase2_hash_equal(const struct ike_sa *sa, uint32_t mid, const struct bytes *parts,
		       unsigned int n, struct bytes hash)
{
	uint8_t want[PRF_MAX];
	size_t len = hash_of(sa, mid, parts, n, want);

	return len > 0 && hash.len == len && secret_mem_equal(want, hash.p, len);
}

/* ---- receiving ---------------------------------------------------------------------------- */

enum ike_drop phase2_open(struct ike_sa *sa, const struct ike_msg *m, const uint8_t *iv,
			  uint8_t *next_iv, struct pld_chain *c)
{
	enum pld_context context = m->hdr.exchange == EXCH_PULL ? PLD_IN_PULL : PLD_IN_INFO;
	uint8_t first[CBC_BLOCK_MAX];
	struct bytes plain;

	if (iv == NULL && first_iv(sa, m->hdr.mid, first) < 0)
		return IKE_DROP_INTERNAL;
	if (seal_open(&sa->seal, iv == NULL ? first : iv, m->whole, sa->ike->rx, &plain, next_iv) <
	    0)
		return IKE_DROP_DECRYPT;
	if (pld_chain_get(c, context, m->hdr.next, plain, NULL) < 0 || c->n == 0 ||
	    c->p[0].type != PLD_HASH)
		return IKE_DROP_DECRYPT;
	return IKE_TAKEN;
}

/* Hands the payloads after HASH to the owner of the exchange, who checks it. */
static enum ike_drop deliver(struct ike_phase2 *x, const struct ike_msg *m)
{
	struct ike *ike = x->sa->ike;
	struct pld_chain c;
	enum ike_drop why;

	why = phase2_open(x->sa, m, x->iv, x->next_iv, &c);
	if (why == IKE_TAKEN) {
		x->accepted = false;
		x->at_hand = m->whole;
		x->fn(x, c.n > 1 ? c.p[1].type : PLD_NONE, pld_after(&c, &c.p[0]), c.p[0].body,
		      x->arg);
		x->at_hand = (struct bytes){0};
		why = x->accepted ? IKE_TAKEN : IKE_DROP_HASH;
	}
	/* What was decrypted may have been keys. */
	secret_wipe(ike->rx, m->whole.len);
	return why;
}

/* The first message of an exchange that the peer starts. */
static enum ike_drop open_exchange(struct ike_sa *sa, const struct ike_msg *m)
{
	const struct ike_accept *accept = &sa->ike->accept[m->hdr.exchange];
	struct ike_phase2 *x;
	enum ike_drop why;
	int rc;

	if (accept->fn == NULL)
		return IKE_DROP_STATE;
	rc = exchange_new(&x, sa, m->hdr.exchange, m->hdr.mid);
	if (rc < 0)
		return rc == -EBUSY ? IKE_DROP_PHASE2_LIMIT : IKE_DROP_INTERNAL;
	if (first_iv(sa, x->mid, x->iv) < 0) {
		phase2_forget(x);
		return IKE_DROP_INTERNAL;
	}
	accept->fn(x, accept->arg);
	why = x->fn == NULL ? IKE_DROP_STATE : deliver(x, m);
	if (why != IKE_TAKEN)
		end_exchange(x, IKE_END_MALFORMED);
	else if (!x->over)
		loop_timer_set(x->linger, IKE_LINGER_NS);
	return why;
}

enum ike_drop phase2_input(struct ike_sa *sa, const struct ike_msg *m)
{
	struct ike_phase2 *x = phase2_find(sa, m->hdr.mid);

	if (x == NULL)
		return open_exchange(sa, m);
	if (x->exchange != m->hdr.exchange)
		return IKE_DROP_EXCHANGE;
	if (resend_duplicate(&x->resend, m->whole))
		return IKE_DROP_DUPLICATE;
	if (x->over)
		return IKE_DROP_STATE;
	return deliver(x, m);
}

/* ---- public ------------------------------------------------------------------------------- */

int ike_phase2_start(struct ike_phase2 **out, struct ike_sa *sa, uint8_t exchange,
		     ike_phase2_fn *fn, ike_phase2_end_fn *end, void *arg)
{
	struct ike_phase2 *x;
	uint8_t mid[4];
	int rc;

	if (sa->state != MM_DONE)
		return -ENOTCONN;
	do
		rc = rand_bytes(RAND_MESSAGE_ID, mid, sizeof(mid));
	while (rc == 0 && (get_be32(mid) == 0 || phase2_find(sa, get_be32(mid)) != NULL));
	if (rc < 0)
		return rc;
	rc = exchange_new(&x, sa, exchange, get_be32(mid));
	if (rc < 0)
		return rc;
	x->initiator = true;
	ike_phase2_adopt(x, fn, end, arg);
	rc = first_iv(sa, x->mid, x->iv);
	if (rc < 0) {
		ike_enter(sa->ike);
		phase2_forget(x);
		ike_leave(sa->ike);
		return rc;
	}
	*out = x;
	return 0;
}

void ike_phase2_adopt(struct ike_phase2 *x, ike_phase2_fn *fn, ike_phase2_end_fn *end, void *arg)
{
	x->fn = fn;
	x->end = end;
	x->arg = arg;
}

void ike_phase2_on_notify(struct ike_phase2 *x, ike_phase2_notify_fn *fn)
{
	x->notify = fn;
}

struct ike_sa *ike_phase2_sa(const struct ike_phase2 *x)
{
	return x->sa;
}

uint32_t ike_phase2_mid(const struct ike_phase2 *x)
{
	return x->mid;
}

size_t ike_phase2_hash(const struct ike_phase2 *x, const struct bytes *parts, unsigned int n,
		       uint8_t *out)
{
	return hash_of(x->sa, x->mid, parts, n, out);
}

bool ike_phase2_check(struct ike_phase2 *x, struct bytes hash, const struct bytes *parts,
		      unsigned int n)
{
	if (!phase2_hash_equal(x->sa, x->mid, parts, n, hash))
		return false;
	if (resend_take(&x->resend, x->at_hand) < 0)
		return false;
	memcpy(x->iv, x->next_iv, sizeof(x->iv));
	x->sa->heard_ns = loop_now_ns(x->sa->ike->loop);
	x->accepted = true;
	return true;
}

int ike_phase2_send(struct ike_phase2 *x, const struct bytes *hash_parts, unsigned int n,
		    uint8_t first_payload, struct bytes payloads, bool expects_answer)
{
	uint8_t hash[PRF_MAX], iv[CBC_BLOCK_MAX];
	size_t len = hash_of(x->sa, x->mid, hash_parts, n, hash);
	struct isakmp_hdr h = ike_sa_hdr(x->sa, x->exchange, ISAKMP_ENCRYPTED, x->mid);
	struct ike_out o;
	int rc;

	if (len == 0)
		return -EIO;
	ike_out_begin(&o, x->sa->ike, &h);
	pld_put(&o.c, PLD_HASH, bytes_of(hash, len));
	pld_announce(&o.c, first_payload);
	buf_wr_bytes(&o.w, payloads.p, payloads.len);
	rc = ike_out_end(&o);
	if (rc < 0)
		return rc;
	memcpy(iv, x->iv, sizeof(iv));
	rc = seal_close(&x->sa->seal, iv, &o.w);
	if (rc == 0)
		rc = resend_send(&x->resend, ike_out_bytes(&o), expects_answer);
	if (rc == 0)
		memcpy(x->iv, iv, sizeof(iv));
	else
		secret_wipe(x->sa->ike->tx, o.w.pos);
	return rc;
}

uint64_t ike_phase2_sent_ns(const struct ike_phase2 *x)
{
	return x->resend.first_ns;
}

void ike_phase2_done(struct ike_phase2 *x)
{
	if (x->over)
		return;
	x->over = true;
	resend_stop(&x->resend);
	loop_timer_set(x->linger, IKE_LINGER_NS);
}
