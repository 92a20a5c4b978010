/* SPDX-License-Identifier: BSD-3-Clause */
/* Data attributes: lists read and written. */
#include "control/wire/attr.h"

#include "control/wire/bad.h"

#define AF_BASIC 0x8000

static void attr_read(struct buf_rd *r, struct attr *out)
{
	uint16_t head = buf_rd_u16(r);
	uint16_t value = buf_rd_u16(r);

	*out = (struct attr){.type = head & (AF_BASIC - 1), .basic = head & AF_BASIC};
	if (out->basic)
		out->value = value;
	else
		out->v = buf_rd_bytes(r, value);
}

int attrs_get(struct attrs *out, struct bytes raw, size_t at, struct buf_err *e)
{
	struct attr a;
	struct buf_rd r;

	*out = (struct attrs){.raw = raw};
	buf_rd_init(&r, raw.p, raw.len);
	while (r.pos < raw.len) {
		size_t pos = r.pos;

		attr_read(&r, &a);
		if (r.err)
			return wire_bad(e, -EBADMSG, at + pos, "attribute longer than its list");
		if (++out->n > PLD_ATTRS_MAX)
			return wire_bad(e, -E2BIG, at + pos, "too many attributes");
	}
	return 0;
}

bool attrs_next(const struct attrs *l, size_t *pos, struct attr *out)
{
	struct buf_rd r;

	if (*pos >= l->raw.len)
		return false;
	buf_rd_init(&r, l->raw.p, l->raw.len);
	buf_rd_skip(&r, *pos);
	attr_read(&r, out);
	*pos = r.pos;
	return !r.err;
}

bool attrs_find(const struct attrs *l, uint16_t type, struct attr *out)
{
	size_t pos = 0;

	while (attrs_next(l, &pos, out)) {
		if (out->type == type)
			return true;
	}
	return false;
}

bool attr_number(const struct attr *a, uint32_t *out)
{
	uint32_t n = 0;

	if (a->basic) {
		*out = a->value;
		return true;
	}
	if (a->v.len < 1 || a->v.len > 4)
		return false;
	for (size_t i = 0; i < a->v.len; i++)
		n = (n << 8) | a->v.p[i];
	*out = n;
	return true;
}

bool attrs_number(const struct attrs *l, uint16_t type, uint32_t *out)
{
	struct attr a;

	return attrs_find(l, type, &a) && attr_number(&a, out);
}

void attr_put_basic(struct buf_wr *w, uint16_t type, uint16_t value)
{
	buf_wr_u16(w, type | AF_BASIC);
	buf_wr_u16(w, value);
}

void attr_put_u32(struct buf_wr *w, uint16_t type, uint32_t value)
{
	buf_wr_u16(w, type);
	buf_wr_u16(w, sizeof(value));
	buf_wr_u32(w, value);
}

void attr_put_var(struct buf_wr *w, uint16_t type, struct bytes v)
{
	if (v.len > UINT16_MAX)
		w->err = true;
	buf_wr_u16(w, type);
	buf_wr_u16(w, (uint16_t)v.len);
	buf_wr_bytes(w, v.p, v.len);
}

void attr_put_number(struct buf_wr *w, uint16_t type, uint32_t value)
{
	if (value <= UINT16_MAX)
		attr_put_basic(w, type, (uint16_t)value);
	else
		attr_put_u32(w, type, value);
}

void attr_put(struct buf_wr *w, const struct attr *a)
{
	if (a->basic)
		attr_put_basic(w, a->type, a->value);
	else
		attr_put_var(w, a->type, a->v);
}

void attrs_put(struct buf_wr *w, const struct attrs *l)
{
	struct attr a;
	size_t pos = 0;

	while (attrs_next(l, &pos, &a))
		attr_put(w, &a);
}
