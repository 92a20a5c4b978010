/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Informational exchange (RFC 2409 5.7): HDR*, HASH, N or D under an established SA. Each message
 * is an exchange of its own, is not acknowledged and leaves no state. What comes in clear is
 * nobody's word: it is counted, and says at most why an exchange that fails anyway may have
 * failed.
 */
#include <string.h>

#include "base/loop.h"
#include "control/ike/ike_priv.h"
#include "control/wire/pld.h"
#include "crypto/rand.h"

/* ---- receiving ---------------------------------------------------------------------------- */

static void clear_notify(struct ike_sa *sa, const struct ike_msg *m)
{
	const struct pld *p;
	struct pld_notify n;
	struct pld_chain c;

	if (sa == NULL || sa->hs == NULL || !sa->initiator ||
	    pld_chain_get(&c, PLD_IN_INFO_CLEAR, m->hdr.next, bytes_after_header(m), NULL) < 0)
		return;
	p = pld_find(&c, PLD_N);
	if (p == NULL || pld_notify_get(&n, p, NULL) < 0)
		return;
	if (n.type == NOTIFY_NO_PROPOSAL_CHOSEN)
		sa->hs->hint = IKE_END_NO_PROPOSAL;
	else if (n.type == NOTIFY_AUTHENTICATION_FAILED ||
		 n.type == NOTIFY_INVALID_HASH_INFORMATION)
		sa->hs->hint = IKE_END_AUTH;
}

/* By message ID, because whoever is told may end this exchange, others and the SA. */
static void notify_exchanges(struct ike_sa *sa, const struct pld_notify *n)
{
	uint32_t only = n->data.len == 4 ? get_be32(n->data.p) : 0, mids[IKE_PHASE2_MAX];
	unsigned int count = 0;
	struct ike_phase2 *x;

	LIST_FOREACH (x, &sa->exchanges, entry)
		if (count < IKE_PHASE2_MAX && (only == 0 || only == x->mid))
			mids[count++] = x->mid;
	for (unsigned int i = 0; i < count; i++) {
		x = phase2_find(sa, mids[i]);
		if (x != NULL && x->initiator && !x->over && x->notify != NULL)
			x->notify(x, n->type, x->arg);
	}
}

/* Does D name this SA? Its SPI is the cookie pair, whatever the DOI. */
static bool deletes(const struct ike_sa *sa, const struct pld_delete *d)
{
	uint8_t spi[ISAKMP_SPI_LEN];

	ike_sa_spi(sa, spi);
	if (d->proto != PROTO_ISAKMP || d->spi_len != sizeof(spi))
		return false;
	for (unsigned int i = 0; i < d->n; i++)
		if (memcmp(pld_delete_spi(d, i).p, spi, sizeof(spi)) == 0)
			return true;
	return false;
}

static void act(struct ike_sa *sa, const struct pld *p)
{
	struct pld_notify n;
	struct pld_delete d;

	if (p->type == PLD_N && pld_notify_get(&n, p, NULL) == 0)
		notify_exchanges(sa, &n);
	else if (p->type == PLD_D && pld_delete_get(&d, p, NULL) == 0 && deletes(sa, &d))
		ike_sa_end(sa, IKE_END_DELETED);
}

static enum ike_drop protected_info(struct ike_sa *sa, const struct ike_msg *m)
{
	uint8_t next_iv[CBC_BLOCK_MAX];
	struct pld_chain c;
	struct bytes rest;
	enum ike_drop why;

	why = phase2_open(sa, m, NULL, next_iv, &c);
	if (why != IKE_TAKEN)
		return why;
	rest = pld_after(&c, &c.p[0]);
	if (!phase2_hash_equal(sa, m->hdr.mid, &rest, 1, c.p[0].body))
		return IKE_DROP_HASH;
	sa->heard_ns = loop_now_ns(sa->ike->loop);
	for (unsigned int i = 1; i < c.n && sa->state == MM_DONE; i++)
		act(sa, &c.p[i]);
	return IKE_TAKEN;
}

enum ike_drop info_input(struct ike *ike, const struct ike_msg *m)
{
	struct ike_sa *sa = ike_sa_by_cookies(ike, m);

	if ((m->hdr.flags & ISAKMP_ENCRYPTED) == 0) {
		clear_notify(sa, m);
		return IKE_DROP_CLEAR_NOTIFY;
	}
	if (sa == NULL)
		return IKE_DROP_COOKIE;
	if (sa->state != MM_DONE)
		return IKE_DROP_STATE;
	if (m->hdr.flags != ISAKMP_ENCRYPTED || m->hdr.mid == 0)
		return IKE_DROP_FLAGS;
	return protected_info(sa, m);
}

/* ---- sending ------------------------------------------------------------------------------ */

void info_tell_clear(struct ike *ike, const struct ike_msg *m, const uint8_t *cky_r, uint16_t type)
{
	struct isakmp_hdr h = {.version = ISAKMP_VERSION, .exchange = EXCH_INFO};
	struct ike_out o;

	memcpy(h.cky_i, m->hdr.cky_i, sizeof(h.cky_i));
	memcpy(h.cky_r, cky_r, sizeof(h.cky_r));
	ike_out_begin(&o, ike, &h);
	pld_notify_put(&o.c,
		       &(struct pld_notify){.doi = DOI_IPSEC, .proto = PROTO_ISAKMP, .type = type});
	if (ike_out_end(&o) == 0)
		ike_transmit(ike, m->local, m->remote, ike_out_bytes(&o));
}

/* Sends HDR*, HASH, body, where body is one payload with its generic header. */
static int send_protected(struct ike_sa *sa, uint8_t type, struct bytes body)
{
	struct ike_phase2 *x;
	int rc;

	ike_enter(sa->ike);
	rc = ike_phase2_start(&x, sa, EXCH_INFO, NULL, NULL, NULL);
	if (rc == 0) {
		rc = ike_phase2_send(x, &body, 1, type, body, false);
		phase2_forget(x);
	}
	ike_leave(sa->ike);
	return rc;
}

int ike_notify(struct ike_sa *sa, uint16_t type, struct bytes data)
{
	struct pld_notify n = {.doi = sa->doi, .proto = PROTO_ISAKMP, .type = type, .data = data};
	uint8_t buf[256];
	struct buf_wr w;
	struct pld_wr c;

	buf_wr_init(&w, buf, sizeof(buf));
	pld_wr_init(&c, &w);
	pld_notify_put(&c, &n);
	return w.err ? -EMSGSIZE : send_protected(sa, PLD_N, bytes_of(buf, w.pos));
}

void info_delete_sa(struct ike_sa *sa)
{
	uint8_t buf[64], spi[ISAKMP_SPI_LEN] = {0};
	struct pld_delete d = {.doi = sa->doi,
			       .proto = PROTO_ISAKMP,
			       .spi_len = sizeof(spi),
			       .n = 1,
			       .spis = bytes_of(spi, sizeof(spi))};
	struct buf_wr w;
	struct pld_wr c;

	ike_sa_spi(sa, spi);
	buf_wr_init(&w, buf, sizeof(buf));
	pld_wr_init(&c, &w);
	pld_delete_put(&c, &d);
	/* A peer that does not hear it keeps the SA until its life is over. */
	if (!w.err && send_protected(sa, PLD_D, bytes_of(buf, w.pos)) < 0)
		sa->ike->drops[IKE_DROP_INTERNAL]++;
}
