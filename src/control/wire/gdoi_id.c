/* SPDX-License-Identifier: BSD-3-Clause */
/* Identities inside SAK and SAT (RFC 6407 5.3, 5.5): octets, and prefixes both ways. */
#include "control/wire/gdoi_id.h"

#include <string.h>

void gdoi_id_read(struct buf_rd *r, struct gdoi_id *id, bool wide)
{
	size_t len;

	*id = (struct gdoi_id){.wide = wide};
	id->type = buf_rd_u8(r);
	id->port = buf_rd_u16(r);
	len = wide ? buf_rd_u16(r) : buf_rd_u8(r);
	id->data = buf_rd_bytes(r, len);
}

void gdoi_id_write(struct buf_wr *w, const struct gdoi_id *id)
{
	size_t max = id->wide ? UINT16_MAX : UINT8_MAX;

	if (id->data.len > max)
		w->err = true;
	buf_wr_u8(w, id->type);
	buf_wr_u16(w, id->port);
	if (id->wide)
		buf_wr_u16(w, (uint16_t)id->data.len);
	else
		buf_wr_u8(w, (uint8_t)id->data.len);
	buf_wr_bytes(w, id->data.p, id->data.len);
}

bool gdoi_id_len_fits(const struct gdoi_id *id)
{
	switch (id->type) {
	case IDT_IPV4:
		return id->data.len == 4 || id->data.len == 0;
	case IDT_IPV4_SUBNET:
	case IDT_IPV4_RANGE:
		return id->data.len == 8 || id->data.len == 0;
	case IDT_IPV6:
		return id->data.len == 16 || id->data.len == 0;
	case IDT_IPV6_SUBNET:
	case IDT_IPV6_RANGE:
		return id->data.len == 32 || id->data.len == 0;
	default:
		return true;
	}
}

/* Leading ones of a mask; -1 when ones follow a zero. */
static int mask_len(const uint8_t *m, unsigned int bits)
{
	unsigned int len = 0;

	while (len < bits && (m[len / 8] & (0x80 >> (len % 8))))
		len++;
	for (unsigned int i = len; i < bits; i++) {
		if (m[i / 8] & (0x80 >> (i % 8)))
			return -1;
	}
	return (int)len;
}

bool gdoi_id_prefix(const struct gdoi_id *id, struct prefix *out)
{
	bool v4 = id->type == IDT_IPV4 || id->type == IDT_IPV4_SUBNET;
	bool subnet = id->type == IDT_IPV4_SUBNET || id->type == IDT_IPV6_SUBNET;
	size_t alen = v4 ? 4 : 16;
	int len = (int)alen * 8;
	struct addr a;

	if (!v4 && id->type != IDT_IPV6 && id->type != IDT_IPV6_SUBNET)
		return false;
	if (id->data.len != (subnet ? 2 * alen : alen))
		return false;
	if (subnet)
		len = mask_len(id->data.p + alen, (unsigned int)alen * 8);
	if (len < 0)
		return false;
	a = addr_from_bytes(v4 ? ADDR_V4 : ADDR_V6, id->data.p);
	*out = prefix_of(&a, (uint8_t)len);
	return true;
}

void gdoi_id_set(struct gdoi_id *id, uint8_t scratch[GDOI_ID_SCRATCH], const struct prefix *p,
		 uint16_t port)
{
	bool v4 = p->addr.family == ADDR_V4;
	size_t alen = v4 ? 4 : 16;
	uint8_t *mask = scratch + alen;

	*id = (struct gdoi_id){.port = port, .data = bytes_of(scratch, alen)};
	memcpy(scratch, p->addr.a, alen);
	if (p->len == alen * 8) {
		id->type = v4 ? IDT_IPV4 : IDT_IPV6;
		return;
	}
	id->type = v4 ? IDT_IPV4_SUBNET : IDT_IPV6_SUBNET;
	id->data.len += alen;
	memset(mask, 0, alen);
	for (unsigned int i = 0; i < p->len; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> (i % 8));
}
