/* SPDX-License-Identifier: BSD-3-Clause */
/* The IKE instance: checks of a datagram's header, dispatch by exchange type, counters. */
#include "control/ike/ike.h"

#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "control/ike/ike_priv.h"
#include "crypto/rand.h"

/* SHA-256("GETVPN-DPDK private extensions v1"), cut; then 0.1.0. */
const uint8_t ike_vid[IKE_VID_LEN] = {0x9a, 0x03, 0xaa, 0x8d, 0x1a, 0x7d, 0x97, 0xa5, 0xed, 0x72,
				      0x4f, 0xd0, 0x04, 0x5a, 0x3d, 0x11, 0x00, 0x01, 0x00};

static const char *const drop_texts[] = {
#define IKE_DROP(name, text) text,
#include "control/ike/drops.def"
#undef IKE_DROP
};

static const char *const end_texts[] = {
#define IKE_END(name, text) text,
#include "control/ike/ends.def"
#undef IKE_END
};

const char *ike_drop_text(enum ike_drop why)
{
	return drop_texts[why];
}

const char *ike_end_text(enum ike_end why)
{
	return end_texts[why];
}

uint64_t ike_drop_count(const struct ike *ike, enum ike_drop why)
{
	return ike->drops[why];
}

int ike_new(struct ike **out, struct loop *loop, ike_send_fn *send, void *arg)
{
	struct ike *ike = calloc(1, sizeof(*ike));
	struct ike_sa_list *lists[] = {&ike->new_peers, &ike->half_open, &ike->accepted,
				       &ike->started, &ike->dead_sas};

	if (ike == NULL)
		return -ENOMEM;
	if (rand_bytes(RAND_OTHER, &ike->bucket_key, sizeof(ike->bucket_key)) < 0) {
		free(ike);
		return -EIO;
	}
	for (unsigned int i = 0; i < GV_ARRAY_SIZE(lists); i++)
		TAILQ_INIT(&lists[i]->q);
	ike->loop = loop;
	ike->send = send;
	ike->send_arg = arg;
	ike->doi = DOI_GDOI;
	ike->next_conn_id = 1001; /* where IOS starts to count */
	*out = ike;
	return 0;
}

static void end_list(struct ike_sa_list *l)
{
	struct ike_sa *sa;

	while ((sa = TAILQ_FIRST(&l->q)) != NULL)
		ike_sa_end(sa, IKE_END_DELETED);
}

void ike_free(struct ike *ike)
{
	if (ike == NULL)
		return;
	gv_assert(ike->depth == 0);
	ike_enter(ike);
	end_list(&ike->new_peers);
	end_list(&ike->half_open);
	end_list(&ike->accepted);
	end_list(&ike->started);
	ike_leave(ike);
	free(ike);
}

void ike_set_conf(struct ike *ike, const struct conf *c)
{
	ike->conf = c;
}

void ike_set_doi(struct ike *ike, uint32_t doi)
{
	ike->doi = doi;
}

void ike_set_raw(struct ike *ike, uint8_t exchange, ike_raw_fn *fn, void *arg)
{
	ike->raw[exchange] = (struct ike_raw){fn, arg};
}

void ike_set_phase2(struct ike *ike, uint8_t exchange, ike_phase2_new_fn *fn, void *arg)
{
	ike->accept[exchange] = (struct ike_accept){fn, arg};
}

struct loop *ike_loop(const struct ike *ike)
{
	return ike->loop;
}

void ike_enter(struct ike *ike)
{
	ike->depth++;
}

void ike_leave(struct ike *ike)
{
	if (--ike->depth > 0)
		return;
	phase2_free_dead(ike);
	ike_sa_free_dead(ike);
}

void ike_transmit(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
		  struct bytes msg)
{
	ike->send(local, remote, msg, ike->send_arg);
}

struct isakmp_hdr ike_sa_hdr(const struct ike_sa *sa, uint8_t exchange, uint8_t flags, uint32_t mid)
{
	struct isakmp_hdr h = {
		.version = ISAKMP_VERSION, .exchange = exchange, .flags = flags, .mid = mid};

	memcpy(h.cky_i, sa->cky_i, sizeof(h.cky_i));
	memcpy(h.cky_r, sa->cky_r, sizeof(h.cky_r));
	return h;
}

void ike_out_begin(struct ike_out *o, struct ike *ike, const struct isakmp_hdr *h)
{
	buf_wr_init(&o->w, ike->tx, sizeof(ike->tx));
	isakmp_hdr_put(&o->w, h);
	pld_wr_init(&o->c, &o->w);
}

int ike_out_end(struct ike_out *o)
{
	if (o->w.err)
		return -EMSGSIZE;
	o->w.base[2 * ISAKMP_COOKIE_LEN] = o->c.first;
	isakmp_hdr_finish(&o->w);
	return 0;
}

struct bytes ike_out_bytes(const struct ike_out *o)
{
	return bytes_of(o->w.base, o->w.pos);
}

/* ---- datagrams ---------------------------------------------------------------------------- */

static enum ike_drop header_get(struct ike_msg *m)
{
	switch (isakmp_hdr_get(&m->hdr, m->whole)) {
	case 0:
		break;
	case -EMSGSIZE:
		return IKE_DROP_SHORT;
	case -EPROTONOSUPPORT:
		return IKE_DROP_VERSION;
	default:
		return IKE_DROP_LENGTH;
	}
	/* RFC 2408 3.1: a minor version above ours is refused as well. */
	return m->hdr.version == ISAKMP_VERSION ? IKE_TAKEN : IKE_DROP_VERSION;
}

static enum ike_drop phase2_dispatch(struct ike *ike, const struct ike_msg *m)
{
	struct ike_sa *sa = ike_sa_by_cookies(ike, m);

	if (sa == NULL)
		return IKE_DROP_COOKIE;
	if (sa->state != MM_DONE)
		return IKE_DROP_STATE;
	/* RFC 2409 5.5 and RFC 6407 3.2: encrypted, and a message ID of its own. */
	if (m->hdr.flags != ISAKMP_ENCRYPTED || m->hdr.mid == 0)
		return IKE_DROP_FLAGS;
	return phase2_input(sa, m);
}

static enum ike_drop dispatch(struct ike *ike, const struct ike_msg *m)
{
	const struct ike_raw *raw = &ike->raw[m->hdr.exchange];

	if (raw->fn != NULL) {
		raw->fn(m->local, m->remote, m->whole, raw->arg);
		return IKE_TAKEN;
	}
	switch (m->hdr.exchange) {
	case EXCH_MAIN:
		return main_mode_input(ike, m);
	case EXCH_INFO:
		return info_input(ike, m);
	case EXCH_PULL:
		return phase2_dispatch(ike, m);
	default:
		return IKE_DROP_EXCHANGE;
	}
}

void ike_input(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
	       struct bytes msg)
{
	struct ike_msg m = {.local = local, .remote = remote, .whole = msg};
	enum ike_drop why = header_get(&m);

	ike_enter(ike);
	if (why == IKE_TAKEN)
		why = dispatch(ike, &m);
	if (why != IKE_TAKEN)
		ike->drops[why]++;
	ike_leave(ike);
}
