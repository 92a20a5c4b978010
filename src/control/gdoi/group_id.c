/* SPDX-License-Identifier: BSD-3-Clause */
/* Group identities: payload, comparison, the mark in the SPIs of a group's TEKs. */
#include "control/gdoi/group_id.h"

#include <string.h>

#include "crypto/prf.h"

#define NUMBER_LEN 4 /* octets of a KEY_ID that is a group number (RFC 6407 5.1.1) */

static const char *const fail_texts[] = {
#define GDOI_FAIL(name, text) text,
#include "control/gdoi/fails.def"
#undef GDOI_FAIL
};

const char *gdoi_fail_text(enum gdoi_fail why)
{
	return fail_texts[why];
}

bool gdoi_group_id_equal(const struct gdoi_group_id *a, const struct gdoi_group_id *b)
{
	if (a->is_address != b->is_address)
		return false;
	return a->is_address ? addr_equal(&a->address, &b->address) : a->number == b->number;
}

static struct bytes id_data(const struct gdoi_group_id *g, uint8_t number[NUMBER_LEN])
{
	if (g->is_address)
		return bytes_of(g->address.a, addr_len(&g->address));
	put_be32(number, g->number);
	return bytes_of(number, NUMBER_LEN);
}

static uint8_t id_type(const struct gdoi_group_id *g)
{
	if (!g->is_address)
		return IDT_KEY_ID;
	return g->address.family == ADDR_V6 ? IDT_IPV6 : IDT_IPV4;
}

uint8_t gdoi_spi_mark(const struct gdoi_group_id *g)
{
	static const char label[] = "GETVPN SPI mark";
	uint8_t number[NUMBER_LEN], type = id_type(g), digest[PRF_MAX] = {0};
	struct bytes parts[] = {bytes_of(label, sizeof(label) - 1), bytes_of(&type, 1),
				id_data(g, number)};

	/* The mark only groups SPIs: without a digest any octet will do. */
	if (prf_digest(PRF_SHA256, parts, GV_ARRAY_SIZE(parts), digest) < 0)
		return 1;
	return digest[0] == 0 ? 1 : digest[0];
}

void group_id_put(struct pld_wr *c, const struct gdoi_group_id *g)
{
	uint8_t number[NUMBER_LEN];

	pld_id_put(c, &(struct pld_id){.type = id_type(g), .data = id_data(g, number)});
}

int group_id_get(struct gdoi_group_id *g, const struct pld *p)
{
	struct pld_id id;

	if (pld_id_get(&id, p, NULL) < 0)
		return -EBADMSG;
	*g = (struct gdoi_group_id){0};
	if (id.type == IDT_KEY_ID && id.data.len == NUMBER_LEN) {
		g->number = get_be32(id.data.p);
		return 0;
	}
	g->is_address = true;
	return pld_id_addr(&id, &g->address) ? 0 : -ENOENT;
}
