/* SPDX-License-Identifier: BSD-3-Clause */
/* ISAKMP header; walking and writing chains of payloads. */
#include "control/wire/isakmp.h"

#include "control/wire/bad.h"

#define HDR_LENGTH_AT 24

int isakmp_hdr_get(struct isakmp_hdr *h, struct bytes msg)
{
	struct buf_rd r;

	buf_rd_init(&r, msg.p, msg.len);
	buf_rd_copy(&r, h->cky_i, sizeof(h->cky_i));
	buf_rd_copy(&r, h->cky_r, sizeof(h->cky_r));
	h->next = buf_rd_u8(&r);
	h->version = buf_rd_u8(&r);
	h->exchange = buf_rd_u8(&r);
	h->flags = buf_rd_u8(&r);
	h->mid = buf_rd_u32(&r);
	h->length = buf_rd_u32(&r);
	if (r.err)
		return -EMSGSIZE;
	if (h->version >> 4 != ISAKMP_VERSION >> 4)
		return -EPROTONOSUPPORT;
	return h->length == msg.len ? 0 : -EBADMSG;
}

void isakmp_hdr_put(struct buf_wr *w, const struct isakmp_hdr *h)
{
	buf_wr_bytes(w, h->cky_i, sizeof(h->cky_i));
	buf_wr_bytes(w, h->cky_r, sizeof(h->cky_r));
	buf_wr_u8(w, h->next);
	buf_wr_u8(w, h->version);
	buf_wr_u8(w, h->exchange);
	buf_wr_u8(w, h->flags);
	buf_wr_u32(w, h->mid);
	buf_wr_u32(w, h->length);
}

void isakmp_hdr_finish(struct buf_wr *w)
{
	buf_wr_patch_u32(w, HDR_LENGTH_AT, (uint32_t)w->pos);
}

/* ---- payload types ---------------------------------------------------------------------- */

/* The words of payloads.def. */
#define IN(context) (1u << (context))
#define C1          IN(PLD_IN_PHASE1_CLEAR)
#define E1          IN(PLD_IN_PHASE1)
#define PULL        IN(PLD_IN_PULL)
#define PUSH        IN(PLD_IN_PUSH)
#define ACK         IN(PLD_IN_ACK)
#define CI          IN(PLD_IN_INFO_CLEAR)
#define EI          IN(PLD_IN_INFO)
#define SA1         IN(PLD_IN_SA1)
#define PROP        IN(PLD_IN_PROPOSAL)
#define SA2         IN(PLD_IN_GDOI_SA)
#define ONE         (1u << 31)

#define PRIVATE_MIN 128 /* payload types for private use */

struct payload_def {
	uint16_t min, max; /* octets of the body */
	uint32_t where;    /* 0: not a payload type we know */
};

static const struct payload_def payload_defs[] = {
#define PAYLOAD(sym, num, text, min, max, where) [num] = {(min), (max), (where)},
#include "control/wire/payloads.def"
#undef PAYLOAD
};

_Static_assert(GV_ARRAY_SIZE(payload_defs) <= 31, "pld_walk.seen has a bit a type");

static const struct payload_def *payload_def(uint8_t type)
{
	if (type >= GV_ARRAY_SIZE(payload_defs) || payload_defs[type].where == 0)
		return NULL;
	return &payload_defs[type];
}

/* May a payload of that type and length come next? */
static int payload_allowed(struct pld_walk *w, const struct pld *p, struct buf_err *e)
{
	const struct payload_def *d = payload_def(p->type);

	if (p->type >= PRIVATE_MIN && w->context < PLD_IN_SA1)
		return 0;
	if (d == NULL || !(d->where & IN(w->context)))
		return wire_bad(e, -EPROTONOSUPPORT, p->at, "payload type may not stand here");
	if (p->body.len < d->min || p->body.len > d->max)
		return wire_bad(e, -EBADMSG, p->at, "payload length");
	if ((d->where & ONE) && (w->seen & (1u << p->type)))
		return wire_bad(e, -EBADMSG, p->at, "payload appears twice");
	w->seen |= 1u << p->type;
	return 0;
}

/* ---- reading ---------------------------------------------------------------------------- */

/* The most payloads one level of a message may have. */
static unsigned int walk_limit(enum pld_context context)
{
	switch (context) {
	case PLD_IN_SA1:
		return PLD_PROPOSALS_MAX;
	case PLD_IN_PROPOSAL:
		return PLD_TRANSFORMS_MAX;
	case PLD_IN_GDOI_SA:
		return PLD_SA_ITEMS_MAX;
	case PLD_IN_PHASE1_CLEAR:
	case PLD_IN_PHASE1:
	case PLD_IN_PULL:
	case PLD_IN_PUSH:
	case PLD_IN_ACK:
	case PLD_IN_INFO_CLEAR:
	case PLD_IN_INFO:
		return PLD_MAX;
	}
	return 0;
}

void pld_walk_init(struct pld_walk *w, enum pld_context context, uint8_t first, struct bytes b,
		   size_t at)
{
	*w = (struct pld_walk){.context = context, .next = first, .at = at};
	buf_rd_init(&w->r, b.p, b.len);
}

/* Generic header and body; the length counts the header. */
static int walk_split(struct pld_walk *w, struct pld *out, uint8_t *next, struct buf_err *e)
{
	size_t pos = w->r.pos;
	uint16_t len;

	*next = buf_rd_u8(&w->r);
	if (buf_rd_u8(&w->r) != 0)
		return wire_bad(e, -EBADMSG, out->at, "reserved octet not zero");
	len = buf_rd_u16(&w->r);
	if (w->r.err || len < PLD_HDR_LEN)
		return wire_bad(e, -EBADMSG, out->at, "payload header");
	out->body = buf_rd_bytes(&w->r, (size_t)len - PLD_HDR_LEN);
	if (w->r.err)
		return wire_bad(e, -EBADMSG, out->at, "payload longer than the message");
	out->whole = bytes_of(w->r.base + pos, len);
	return 0;
}

int pld_walk_next(struct pld_walk *w, struct pld *out, struct buf_err *e)
{
	uint8_t next;
	int rc;

	if (w->next == PLD_NONE)
		return 0;
	*out = (struct pld){.type = w->next, .at = w->at + w->r.pos};
	w->next = PLD_NONE; /* an error ends the walk */
	if (w->n == walk_limit(w->context))
		return wire_bad(e, -E2BIG, out->at, "too many payloads");
	rc = walk_split(w, out, &next, e);
	if (rc == 0)
		rc = payload_allowed(w, out, e);
	if (rc != 0)
		return rc;
	w->next = next;
	w->n++;
	return 1;
}

struct bytes pld_walk_rest(const struct pld_walk *w)
{
	return bytes_of(w->r.base + w->r.pos, w->r.end - w->r.pos);
}

static bool context_is_padded(enum pld_context c)
{
	return c == PLD_IN_PHASE1 || c == PLD_IN_PULL || c == PLD_IN_PUSH || c == PLD_IN_INFO;
}

int pld_chain_get(struct pld_chain *c, enum pld_context context, uint8_t first, struct bytes b,
		  struct buf_err *e)
{
	struct pld_walk w;
	int rc;

	c->n = 0;
	pld_walk_init(&w, context, first, b, 0);
	while ((rc = pld_walk_next(&w, &c->p[GV_MIN(c->n, PLD_MAX - 1)], e)) == 1)
		c->n++;
	if (rc != 0)
		return rc;
	c->used = w.r.pos;
	if (c->n == 0)
		return wire_bad(e, -EBADMSG, 0, "no payload");
	if (c->used < b.len && !context_is_padded(context))
		return wire_bad(e, -EBADMSG, c->used, "octets after the last payload");
	return 0;
}

const struct pld *pld_find(const struct pld_chain *c, uint8_t type)
{
	for (unsigned int i = 0; i < c->n; i++) {
		if (c->p[i].type == type)
			return &c->p[i];
	}
	return NULL;
}

struct bytes pld_after(const struct pld_chain *c, const struct pld *p)
{
	const struct pld *last = &c->p[c->n - 1];
	const uint8_t *from = p->whole.p + p->whole.len;

	return bytes_of(from, (size_t)(last->whole.p + last->whole.len - from));
}

/* ---- writing ---------------------------------------------------------------------------- */

#define NO_PAYLOAD SIZE_MAX

void pld_wr_init(struct pld_wr *c, struct buf_wr *w)
{
	*c = (struct pld_wr){.w = w, .prev_at = NO_PAYLOAD};
}

void pld_announce(struct pld_wr *c, uint8_t type)
{
	if (c->prev_at == NO_PAYLOAD)
		c->first = type;
	else
		buf_wr_patch_u8(c->w, c->prev_at, type);
}

void pld_begin(struct pld_wr *c, uint8_t type)
{
	pld_announce(c, type);
	c->at = c->w->pos;
	buf_wr_u8(c->w, PLD_NONE);
	buf_wr_u8(c->w, 0);
	(void)buf_wr_mark(c->w);
}

void pld_end(struct pld_wr *c)
{
	size_t len = c->w->pos - c->at;

	if (len > UINT16_MAX)
		c->w->err = true;
	buf_wr_patch_u16(c->w, c->at + 2, (uint16_t)len);
	c->prev_at = c->at;
}

void pld_put(struct pld_wr *c, uint8_t type, struct bytes body)
{
	pld_begin(c, type);
	buf_wr_bytes(c->w, body.p, body.len);
	pld_end(c);
}
