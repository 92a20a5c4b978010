/* SPDX-License-Identifier: BSD-3-Clause */
/* What the decoders of SA, KD, ID, N and D make of octets: values, not only round trips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/wire/gdoi_kd.h"
#include "control/wire/gdoi_sa.h"
#include "control/wire/pld.h"
#include "control/wire/sa1.h"
#include "hex.h"

/* A payload of that type with that body, for the decoder under test. */
static struct pld pld_of(uint8_t type, const char *hex)
{
	static uint8_t body[1024];
	size_t len = hex_read(body, sizeof(body), hex);

	return (struct pld){.type = type, .at = 100, .body = bytes_of(body, len)};
}

/* ---- phase 1 SA ------------------------------------------------------------------------- */

#define TRANSFORM                                                                  \
	"00000028 01010000 80010007 800e0100 80020004 80030001 8004000e 800b0001 " \
	"000c000400015180"

static void a_transform_has_its_values(void **state)
{
	/* DOI 2, situation 0, one proposal, one transform. */
	struct pld p = pld_of(PLD_SA, "00000002 00000000 00000030 01010001 " TRANSFORM);
	struct proposal prop;
	struct transform t;
	struct buf_err e = {0};
	struct pld_walk w;
	struct sa1 sa;
	struct pld q;
	uint32_t v;

	assert_int_equal(sa1_get(&sa, &p, &e), 0);
	assert_int_equal(sa.doi, DOI_GDOI);
	sa1_walk(&sa, &w);
	assert_int_equal(pld_walk_next(&w, &q, &e), 1);
	assert_int_equal(q.at, 112);
	assert_int_equal(proposal_get(&prop, &q, &e), 0);
	assert_int_equal(prop.number, 1);
	proposal_walk(&prop, &w);
	assert_int_equal(pld_walk_next(&w, &q, &e), 1);
	assert_int_equal(q.at, 120);
	assert_int_equal(transform_get(&t, &q, &e), 0);
	assert_true(attrs_number(&t.attrs, P1ATTR_KEY_LENGTH, &v) && v == 256);
	assert_true(attrs_number(&t.attrs, P1ATTR_LIFE_DURATION, &v) && v == 86400);
	assert_int_equal(pld_walk_next(&w, &q, &e), 0);
}

struct bad {
	const char *body;
	const char *what; /* the reason it must be refused for */
};

static void a_bad_proposal_is_refused(void **state)
{
	static const struct bad rows[] = {
		{"00000002 00000000", "payload header"},
		{"00000002 00000000 00000030 01010002 " TRANSFORM, "number of transforms"},
		{"00000002 00000000 00000030 01010000 " TRANSFORM, "number of transforms"},
		{"00000002 00000000 00000030 01012001 " TRANSFORM, "SPI of a proposal"},
		{"00000002 00000000 00000030 01013001 " TRANSFORM, "SPI of a proposal"},
		{"00000002 00000000 00000030 01010001 " TRANSFORM " 00",
		 "octets after the last proposal"},
		{"00000002 00000000 03000030 01010001 " TRANSFORM " 00000008 00000000",
		 "payload type may not stand here"},
		{"00000002 00000000 00000031 01010001 " TRANSFORM " 00", "number of transforms"},
	};
	struct buf_err e;
	struct sa1 sa;

	for (size_t i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		struct pld p = pld_of(PLD_SA, rows[i].body);

		assert_true(sa1_get(&sa, &p, &e) < 0);
		assert_string_equal(e.what, rows[i].what);
	}
}

static void transforms_have_a_limit(void **state)
{
	static uint8_t msg[65536];
	struct proposal prop = {.number = 1, .proto = PROTO_ISAKMP};
	struct pld_wr c, props, trans;
	struct pld_chain chain;
	struct buf_err e;
	struct buf_wr w;
	struct sa1 sa;

	for (unsigned int n = PLD_TRANSFORMS_MAX; n <= PLD_TRANSFORMS_MAX + 1; n++) {
		prop.n_transforms = (uint8_t)n;
		buf_wr_init(&w, msg, sizeof(msg));
		pld_wr_init(&c, &w);
		sa1_begin(&c, &props, &(struct sa1){.doi = DOI_GDOI});
		proposal_begin(&props, &trans, &prop);
		for (unsigned int i = 0; i < n; i++) {
			transform_begin(&trans, &(struct transform){.number = 1});
			pld_end(&trans);
		}
		pld_end(&props);
		pld_end(&c);
		assert_int_equal(pld_chain_get(&chain, PLD_IN_PHASE1_CLEAR, PLD_SA,
					       bytes_of(msg, w.pos), &e),
				 0);
		assert_int_equal(sa1_get(&sa, &chain.p[0], &e),
				 n == PLD_TRANSFORMS_MAX ? 0 : -E2BIG);
	}
}

/* ---- SAK -------------------------------------------------------------------------------- */

#define SPI_HEX   "000102030405060708090a0b0c0d0e0f"
#define SAK_ATTRS " 80020003 80030080 00040004 00015180 80050003 80060001 80070800"

static void a_sak_in_three_layouts(void **state)
{
	static const struct {
		const char *body;
		bool wide;
		size_t stray;
	} rows[] = {
		{"11 01 0350 04 0a00e02c 01 0350 04 ef0a0101" SPI_HEX "00000000" SAK_ATTRS, false,
		 0},
		{"11 01 0350 04 0a00e02c 01 0350 04 ef0a0101" SPI_HEX "000000000000" SAK_ATTRS,
		 false, 2},
		{"11 01 0350 0004 0a00e02c 01 0350 0004 ef0a0101" SPI_HEX "00000000" SAK_ATTRS,
		 true, 0},
	};

	for (size_t i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		struct pld p = pld_of(PLD_SAK, rows[i].body);
		struct gdoi_sak sak;
		struct buf_err e;
		struct prefix dst;
		uint32_t v;

		assert_int_equal(gdoi_sak_get(&sak, &p, &e), 0);
		assert_int_equal(sak.proto, 17);
		assert_int_equal(sak.src.port, 848);
		assert_int_equal(sak.src.wide, rows[i].wide);
		assert_int_equal(sak.stray.len, rows[i].stray);
		assert_int_equal(sak.spi[15], 15);
		assert_true(gdoi_id_prefix(&sak.dst, &dst));
		assert_string_equal(addr_text(&dst.addr).s, "239.10.1.1");
		assert_true(attrs_number(&sak.attrs, SAKATTR_KEY_LIFETIME, &v) && v == 86400);
		assert_int_equal(sak.attrs.n, 6);
	}
}

static void a_sak_of_no_layout_is_refused(void **state)
{
	struct pld p = pld_of(PLD_SAK, "11 01 0350 04 0a00e02c 01 0350 04 ef0a0101" SPI_HEX
				       "0000000000" SAK_ATTRS);
	struct gdoi_sak sak;
	struct buf_err e = {0};

	assert_int_equal(gdoi_sak_get(&sak, &p, &e), -EBADMSG);
	assert_int_equal(e.offset, 100);
}

/* ---- SAT -------------------------------------------------------------------------------- */

#define SAT_ATTRS " 80040001 80050002 80010001 80020e10"

static void a_sat_in_two_layouts(void **state)
{
	static const struct {
		const char *body;
		bool wide;
	} rows[] = {
		{"01 06 04 0000 08 0a000000ff000000 01 01bb 04 c0000201 0c 1122aabb" SAT_ATTRS,
		 false},
		{"01 06 04 0000 0008 0a000000ff000000 01 01bb 0004 c0000201 0c 1122aabb" SAT_ATTRS,
		 true},
	};

	for (size_t i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		struct pld p = pld_of(PLD_SAT, rows[i].body);
		struct gdoi_sat sat;
		struct buf_err e;
		struct prefix src, dst;
		uint32_t v;

		assert_int_equal(gdoi_sat_get(&sat, &p, &e), 0);
		assert_int_equal(sat.proto, SATPROTO_ESP);
		assert_int_equal(sat.ip_proto, 6);
		assert_int_equal(sat.src.wide, rows[i].wide);
		assert_true(gdoi_id_prefix(&sat.src, &src));
		assert_string_equal(prefix_text(&src).s, "10.0.0.0/8");
		assert_true(gdoi_id_prefix(&sat.dst, &dst));
		assert_string_equal(prefix_text(&dst).s, "192.0.2.1/32");
		assert_int_equal(sat.dst.port, 443);
		assert_int_equal(sat.transform, ESPT_AES_CBC);
		assert_int_equal(sat.spi, 0x1122aabb);
		assert_true(attrs_number(&sat.attrs, SATATTR_LIFE_DURATION, &v) && v == 3600);
		assert_null(sat.foreign.p);
	}
}

static void any_without_data_is_the_short_form(void **state)
{
	struct pld p = pld_of(PLD_SAT, "01 00 00 0000 00 00 0000 00 14 00000007" SAT_ATTRS);
	struct gdoi_sat sat;
	struct buf_err e;
	struct prefix any;

	assert_int_equal(gdoi_sat_get(&sat, &p, &e), 0);
	assert_false(sat.src.wide);
	assert_int_equal(sat.src.data.len, 0);
	assert_false(gdoi_id_prefix(&sat.src, &any));
	assert_int_equal(sat.spi, 7);
	/* An address type without an address, of which the RFC has none. */
	p = pld_of(PLD_SAT, "01 00 01 0000 00 04 0000 00 14 00000007" SAT_ATTRS);
	assert_int_equal(gdoi_sat_get(&sat, &p, &e), 0);
	assert_int_equal(sat.dst.type, IDT_IPV4_SUBNET);
	assert_int_equal(sat.spi, 7);
}

static void another_protocol_is_kept_whole(void **state)
{
	struct pld p = pld_of(PLD_SAT, "a1 0102030405");
	struct gdoi_sat sat;
	struct buf_err e;

	assert_int_equal(gdoi_sat_get(&sat, &p, &e), 0);
	assert_int_equal(sat.proto, 0xa1);
	assert_int_equal(sat.foreign.len, 5);
}

static void identities_become_prefixes_and_back(void **state)
{
	static const struct {
		const char *addr;
		uint8_t len, type;
	} rows[] = {
		{"0.0.0.0", 0, IDT_IPV4_SUBNET},   {"10.0.0.0", 8, IDT_IPV4_SUBNET},
		{"10.1.2.0", 23, IDT_IPV4_SUBNET}, {"10.1.2.3", 32, IDT_IPV4},
		{"::", 0, IDT_IPV6_SUBNET},        {"2001:db8::", 33, IDT_IPV6_SUBNET},
		{"2001:db8::1", 128, IDT_IPV6},
	};

	for (size_t i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		uint8_t scratch[GDOI_ID_SCRATCH];
		struct prefix in, out;
		struct gdoi_id id;
		struct addr a;

		assert_int_equal(addr_parse(&a, rows[i].addr), 0);
		in = prefix_of(&a, rows[i].len);
		gdoi_id_set(&id, scratch, &in, 53);
		assert_int_equal(id.type, rows[i].type);
		assert_int_equal(id.port, 53);
		assert_true(gdoi_id_prefix(&id, &out));
		assert_true(prefix_equal(&in, &out));
	}
}

static void a_mask_with_holes_is_no_prefix(void **state)
{
	static const uint8_t holes[] = {10, 0, 0, 0, 255, 0, 255, 0};
	struct gdoi_id id = {.type = IDT_IPV4_SUBNET, .data = bytes_of(holes, 8)};
	struct prefix p;

	assert_false(gdoi_id_prefix(&id, &p));
	id.data.len = 7;
	assert_false(gdoi_id_prefix(&id, &p));
	id = (struct gdoi_id){.type = IDT_FQDN, .data = bytes_of("a.b", 3)};
	assert_false(gdoi_id_prefix(&id, &p));
}

/* ---- GDOI SA ---------------------------------------------------------------------------- */

static void an_sa_needs_an_item(void **state)
{
	static const struct bad rows[] = {
		{"00000002 00000000 0000 0000", "SA payload without policy"},
		{"00000002 00000000 0110 0000 00000005 a1", "SA payload without policy"},
		{"00000002 00000000 0010 0000", "payload header"},
		{"00000002 00000000 0010 0000 10000005 a1", "payload header"},
		{"00000002 00000000 0010 0000 00000006 a1", "payload longer than the message"},
		{"00000002 00000000 0010 0000 00010005 a1", "reserved octet not zero"},
		{"00000002 00000000 000a 0000 0000000c 0001020304050607",
		 "payload type may not stand here"},
		{"00000002 00000000 0016 0000 16000004 00000004", "payload appears twice"},
	};
	struct gdoi_sa sa;
	struct buf_err e;

	for (size_t i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		struct pld p = pld_of(PLD_SA, rows[i].body);

		assert_true(gdoi_sa_get(&sa, &p, &e) < 0);
		assert_string_equal(e.what, rows[i].what);
	}
}

static void an_sa_keeps_its_tail(void **state)
{
	struct pld p = pld_of(PLD_SA, "00000002 00000000 0010 0000 00000005 a1 0000");
	struct gdoi_sa sa;
	struct pld_walk w;
	struct pld item;

	assert_int_equal(gdoi_sa_get(&sa, &p, NULL), 0);
	assert_int_equal(sa.tail.len, 2);
	gdoi_sa_walk(&sa, &w);
	assert_int_equal(pld_walk_next(&w, &item, NULL), 1);
	assert_int_equal(item.at, 116);
	assert_int_equal(pld_walk_next(&w, &item, NULL), 0);
}

static void items_have_a_limit(void **state)
{
	static uint8_t msg[65536];
	const struct gdoi_sa none = {.doi = DOI_GDOI};
	const struct gdoi_sat sat = {.proto = 161, .foreign = bytes_of("x", 1)};
	struct pld_wr c, items;
	struct gdoi_sa sa;
	struct buf_wr w;
	struct pld p;

	for (unsigned int n = PLD_SA_ITEMS_MAX; n <= PLD_SA_ITEMS_MAX + 1; n++) {
		buf_wr_init(&w, msg, sizeof(msg));
		pld_wr_init(&c, &w);
		gdoi_sa_begin(&c, &items, &none);
		for (unsigned int i = 0; i < n; i++) {
			gdoi_sat_begin(&items, &sat);
			pld_end(&items);
		}
		gdoi_sa_end(&c, &items, &none);
		assert_false(w.err);
		p = (struct pld){.type = PLD_SA, .body = bytes_of(msg + 4, w.pos - 4)};
		assert_int_equal(gdoi_sa_get(&sa, &p, NULL), n == PLD_SA_ITEMS_MAX ? 0 : -E2BIG);
	}
}

/* ---- KD --------------------------------------------------------------------------------- */

static void packets_are_counted_not_measured(void **state)
{
	/* A TEK, a SID, then padding that looks like a packet. */
	struct pld p =
		pld_of(PLD_KD, "0002 0000 01 00 0011 04 1122aabb 00010004 61626364"
			       "04 00 0011 00 80010018 00020004 00000007 01000009 04 00000000");
	struct gdoi_key_packet k;
	struct gdoi_kd kd;
	size_t pos = 0;
	uint32_t v;

	assert_int_equal(gdoi_kd_get(&kd, &p, NULL), 0);
	assert_int_equal(kd.tail.len, 9);
	assert_true(gdoi_kd_next(&kd, &pos, &k));
	assert_int_equal(k.type, KDTYPE_TEK);
	assert_true(bytes_equal(k.spi, bytes_of("\x11\x22\xaa\xbb", 4)));
	assert_int_equal(k.attrs.n, 1);
	assert_true(gdoi_kd_next(&kd, &pos, &k));
	assert_int_equal(k.type, KDTYPE_SID);
	assert_true(attrs_number(&k.attrs, KDSID_NUMBER_OF_SID_BITS, &v) && v == 24);
	assert_true(attrs_number(&k.attrs, KDSID_SID_VALUE, &v) && v == 7);
	assert_false(gdoi_kd_next(&kd, &pos, &k));
}

static void a_bad_packet_is_refused(void **state)
{
	static const struct bad rows[] = {
		{"0001 0000", "key packet"},
		{"0001 0000 01 00 0004 00", "key packet"},
		{"0001 0000 01 00 0006 04 11", "key packet"},
		{"0001 0000 01 00 000a 04 11223344", "key packet"},
		{"0001 0000 01 00 000b 04 11223344 8001", "attribute longer than its list"},
		{"0001 0000 01 00 0016 11 0011223344556677889900112233445566", "key packet"},
		{"0101 0000", "too many key packets"},
		{"0000", "KD payload too short"},
	};
	struct gdoi_kd kd;
	struct buf_err e;

	for (size_t i = 0; i < GV_ARRAY_SIZE(rows); i++) {
		struct pld p = pld_of(PLD_KD, rows[i].body);

		assert_true(gdoi_kd_get(&kd, &p, &e) < 0);
		assert_string_equal(e.what, rows[i].what);
	}
}

/* ---- small ones ------------------------------------------------------------------------- */

static void identities_that_are_addresses(void **state)
{
	struct pld p = pld_of(PLD_ID, "01 00 0000 0a010d02");
	struct pld_id id;
	struct addr a;

	assert_int_equal(pld_id_get(&id, &p, NULL), 0);
	assert_true(pld_id_addr(&id, &a));
	assert_string_equal(addr_text(&a).s, "10.1.13.2");
	p = pld_of(PLD_ID, "05 11 0350 20010db8000000000000000000000001");
	assert_int_equal(pld_id_get(&id, &p, NULL), 0);
	assert_int_equal(id.port, 848);
	assert_true(pld_id_addr(&id, &a));
	assert_string_equal(addr_text(&a).s, "2001:db8::1");
	p = pld_of(PLD_ID, "01 00 0000 0a010d"); /* an address of three octets */
	assert_int_equal(pld_id_get(&id, &p, NULL), 0);
	assert_false(pld_id_addr(&id, &a));
	p = pld_of(PLD_ID, "0b 00 0000 00000d05");
	assert_int_equal(pld_id_get(&id, &p, NULL), 0);
	assert_false(pld_id_addr(&id, &a));
}

static void a_notification_has_its_spi(void **state)
{
	struct pld p = pld_of(PLD_N, "00000001 01 10 8d28 " SPI_HEX " 0000002a");
	struct pld_notify n;

	assert_int_equal(pld_notify_get(&n, &p, NULL), 0);
	assert_int_equal(n.type, NOTIFY_R_U_THERE);
	assert_int_equal(n.spi.len, 16);
	assert_int_equal(n.data.len, 4);
	p = pld_of(PLD_N, "00000001 01 10 8d28 0102");
	assert_int_equal(pld_notify_get(&n, &p, NULL), -EBADMSG);
}

static void a_deletion_has_its_spis(void **state)
{
	struct pld p = pld_of(PLD_D, "00000002 01 04 0002 11223344 55667788");
	static uint8_t many[8 + 4 * (PLD_SPIS_MAX + 1)] = {0, 0, 0, 2, 1, 4, 0, PLD_SPIS_MAX + 1};
	struct pld_delete d;

	assert_int_equal(pld_delete_get(&d, &p, NULL), 0);
	assert_int_equal(d.n, 2);
	assert_true(bytes_equal(pld_delete_spi(&d, 1), bytes_of("\x55\x66\x77\x88", 4)));
	p = pld_of(PLD_D, "00000002 01 04 0002 11223344 556677");
	assert_int_equal(pld_delete_get(&d, &p, NULL), -EBADMSG);
	p = pld_of(PLD_D, "00000002 01 04 0001 11223344 55");
	assert_int_equal(pld_delete_get(&d, &p, NULL), -EBADMSG);
	p = pld_of(PLD_D, "00000002 01 04 0000");
	assert_int_equal(pld_delete_get(&d, &p, NULL), -EBADMSG);
	p = (struct pld){.type = PLD_D, .body = bytes_of(many, sizeof(many))};
	assert_int_equal(pld_delete_get(&d, &p, NULL), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transform_has_its_values),
		cmocka_unit_test(a_bad_proposal_is_refused),
		cmocka_unit_test(transforms_have_a_limit),
		cmocka_unit_test(a_sak_in_three_layouts),
		cmocka_unit_test(a_sak_of_no_layout_is_refused),
		cmocka_unit_test(a_sat_in_two_layouts),
		cmocka_unit_test(any_without_data_is_the_short_form),
		cmocka_unit_test(another_protocol_is_kept_whole),
		cmocka_unit_test(identities_become_prefixes_and_back),
		cmocka_unit_test(a_mask_with_holes_is_no_prefix),
		cmocka_unit_test(an_sa_needs_an_item),
		cmocka_unit_test(an_sa_keeps_its_tail),
		cmocka_unit_test(items_have_a_limit),
		cmocka_unit_test(packets_are_counted_not_measured),
		cmocka_unit_test(a_bad_packet_is_refused),
		cmocka_unit_test(identities_that_are_addresses),
		cmocka_unit_test(a_notification_has_its_spi),
		cmocka_unit_test(a_deletion_has_its_spis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
