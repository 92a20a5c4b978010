/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages as our two programs, and some others, would send them. */
#include "samples.h"

#include <string.h>

#include "control/wire/gdoi_kd.h"
#include "control/wire/gdoi_sa.h"
#include "control/wire/pld.h"
#include "control/wire/sa1.h"

/* Octets whose value says where they are. */
static struct bytes pattern(size_t len)
{
	static uint8_t p[1024];

	for (size_t i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)(i * 7 + 1);
	return bytes_of(p, len);
}

static void put_notify(struct pld_wr *c, uint16_t type, struct bytes data)
{
	const struct pld_notify n = {.doi = DOI_IPSEC,
				     .proto = PROTO_ISAKMP,
				     .type = type,
				     .spi = pattern(16),
				     .data = data};

	pld_notify_put(c, &n);
}

static void put_transform(struct pld_wr *trans, uint8_t number, uint16_t cipher, uint16_t bits)
{
	pld_begin(trans, PLD_T);
	buf_wr_u8(trans->w, number);
	buf_wr_u8(trans->w, P1T_KEY_IKE);
	buf_wr_u16(trans->w, 0);
	attr_put_basic(trans->w, P1ATTR_ENCRYPTION, cipher);
	if (bits != 0)
		attr_put_basic(trans->w, P1ATTR_KEY_LENGTH, bits);
	attr_put_basic(trans->w, P1ATTR_HASH, P1HASH_SHA256);
	attr_put_basic(trans->w, P1ATTR_AUTH_METHOD, P1AUTH_PSK);
	attr_put_basic(trans->w, P1ATTR_GROUP, DHG_MODP_2048);
	attr_put_basic(trans->w, P1ATTR_LIFE_TYPE, LIFE_SECONDS);
	attr_put_number(trans->w, P1ATTR_LIFE_DURATION, 86400);
	pld_end(trans);
}

static void build_main1(struct pld_wr *c)
{
	struct pld_wr props, trans;

	sa1_begin(c, &props, &(struct sa1){.doi = DOI_GDOI});
	proposal_begin(&props, &trans,
		       &(struct proposal){.number = 1, .proto = PROTO_ISAKMP, .n_transforms = 2});
	put_transform(&trans, 1, P1ENC_AES, 256);
	put_transform(&trans, 2, P1ENC_3DES, 0);
	pld_end(&props);
	proposal_begin(
		&props, &trans,
		&(struct proposal){
			.number = 2, .proto = PROTO_ISAKMP, .n_transforms = 1, .spi = pattern(8)});
	transform_begin(&trans, &(struct transform){.number = 9, .id = P1T_KEY_IKE});
	pld_end(&trans);
	pld_end(&props);
	pld_end(c);
	pld_put(c, PLD_VID, pattern(19));
	pld_put(c, PLD_VID, pattern(0));
	pld_put(c, 130, pattern(20)); /* a private payload type */
}

static void build_main3(struct pld_wr *c)
{
	pld_put(c, PLD_KE, pattern(256));
	pld_put(c, PLD_NONCE, pattern(20));
	pld_put(c, PLD_NAT_D, pattern(32));
}

static void build_main5(struct pld_wr *c)
{
	const struct addr a = addr_v4(0x0a010d02);

	pld_id_put_addr(c, &a);
	pld_put(c, PLD_HASH, pattern(32));
	put_notify(c, NOTIFY_INITIAL_CONTACT, pattern(0));
}

static void build_main5_sig(struct pld_wr *c)
{
	const struct pld_id id = {.type = IDT_FQDN, .proto = 17, .port = 848, .data = pattern(11)};
	const struct pld_cert cert = {.encoding = CERTENC_X509_SIG, .data = pattern(700)};
	const struct pld_cert any = {.encoding = CERTENC_X509_SIG};

	pld_id_put(c, &id);
	pld_cert_put(c, PLD_CERT, &cert);
	pld_cert_put(c, PLD_CERTREQ, &any);
	pld_put(c, PLD_SIG, pattern(256));
}

static void build_pull1(struct pld_wr *c)
{
	const struct pld_id group = {.type = IDT_KEY_ID, .data = pattern(4)};

	pld_put(c, PLD_HASH, pattern(20));
	pld_put(c, PLD_NONCE, pattern(16));
	pld_id_put(c, &group);
}

/* ---- GDOI SA ---------------------------------------------------------------------------- */

static void put_sak(struct pld_wr *items, bool wide, size_t stray)
{
	struct gdoi_sak sak = {
		.proto = 17,
		.src = {.type = IDT_IPV4, .port = 848, .wide = wide, .data = pattern(4)},
		.dst = {.type = IDT_IPV4, .port = 848, .wide = wide, .data = pattern(4)},
		.stray = bytes_of("\0\0", stray),
	};

	memcpy(sak.spi, pattern(16).p, sizeof(sak.spi));
	gdoi_sak_begin(items, &sak);
	attr_put_basic(items->w, SAKATTR_ALGORITHM, KEKALG_AES);
	attr_put_basic(items->w, SAKATTR_KEY_LENGTH, 128);
	attr_put_u32(items->w, SAKATTR_KEY_LIFETIME, 86400);
	attr_put_basic(items->w, SAKATTR_SIG_HASH, SIGHASH_SHA256);
	attr_put_basic(items->w, SAKATTR_SIG_ALGORITHM, SIGALG_RSA);
	attr_put_basic(items->w, SAKATTR_SIG_KEY_LENGTH, 2048);
	attr_put_basic(items->w, SAKATTR_ACK_REQUESTED, KEKACK_KEK_SHA256);
	pld_end(items);
}

static void put_gap(struct pld_wr *items)
{
	pld_begin(items, PLD_GAP);
	attr_put_basic(items->w, GAPATTR_ATD, 60);
	attr_put_basic(items->w, GAPATTR_DTD, 90);
	attr_put_var(items->w, GAPATTR_PSEUDOTIME, pattern(8));
	attr_put_u32(items->w, GAPATTR_PSEUDOTIME_EPOCH, 1);
	attr_put_basic(items->w, GAPATTR_SYNC_PERIOD, 1200);
	attr_put_basic(items->w, GAPATTR_MAX_AGE, 50);
	attr_put_var(items->w, GAPATTR_MEMBER_REMOVAL, pattern(8));
	attr_put_basic(items->w, GAPATTR_EXT_VERSION, 1);
	pld_end(items);
}

static void put_sat(struct pld_wr *items, uint8_t transform, bool wide, uint16_t order)
{
	const struct addr net = addr_v4(0xc0a80d00), any = addr_v4(0);
	const struct prefix src = prefix_of(&net, 24), dst = prefix_of(&any, 0);
	uint8_t scratch[2][GDOI_ID_SCRATCH];
	struct gdoi_sat sat = {.proto = SATPROTO_ESP, .ip_proto = 6, .transform = transform};

	gdoi_id_set(&sat.src, scratch[0], &src, 0);
	gdoi_id_set(&sat.dst, scratch[1], &dst, 443);
	sat.src.wide = sat.dst.wide = wide;
	sat.spi = 0x1122aabb;
	gdoi_sat_begin(items, &sat);
	attr_put_basic(items->w, SATATTR_ENCAPSULATION, ENCAP_TUNNEL);
	attr_put_basic(items->w, SATATTR_LIFE_TYPE, LIFE_SECONDS);
	attr_put_u32(items->w, SATATTR_LIFE_DURATION, 86400);
	attr_put_basic(items->w, SATATTR_KEY_LENGTH, 128);
	attr_put_basic(items->w, SATATTR_REPLAY_METHOD, REPLAY_TIME);
	attr_put_basic(items->w, SATATTR_REPLAY_WINDOW, 4);
	attr_put_basic(items->w, SATATTR_REPLAY_SHIM_PROTO, 99);
	attr_put_basic(items->w, SATATTR_POLICY_ACTION, ACTION_PROTECT);
	attr_put_basic(items->w, SATATTR_POLICY_ORDER, order);
	attr_put_var(items->w, SATATTR_PORT_RANGES, pattern(8));
	attr_put_var(items->w, SATATTR_TOS_FRAG_MATCH, pattern(3));
	pld_end(items);
}

/* "any" as an identity without data, for AH, and an IPv6 host. */
static void put_sat_any(struct pld_wr *items)
{
	const struct gdoi_sat sat = {
		.proto = SATPROTO_AH,
		.dst = {.type = IDT_IPV6, .data = pattern(16)},
		.transform = AHT_SHA256,
		.spi = 1,
	};

	gdoi_sat_begin(items, &sat);
	attr_put_basic(items->w, SATATTR_LIFE_DURATION, 3600); /* Basic where it may be Variable */
	pld_end(items);
}

static void put_sat_foreign(struct pld_wr *items)
{
	const struct gdoi_sat sat = {.proto = 161, .foreign = pattern(41)};

	gdoi_sat_begin(items, &sat);
	pld_end(items);
}

static void put_sa(struct pld_wr *c)
{
	const struct gdoi_sa sa = {.doi = DOI_GDOI};
	struct pld_wr items;

	gdoi_sa_begin(c, &items, &sa);
	put_sak(&items, false, 0);
	put_gap(&items);
	put_sat(&items, ESPT_AES_GCM_16, false, 1);
	put_sat(&items, ESPT_NULL, false, 2);
	put_sat_any(&items);
	gdoi_sa_end(c, &items, &sa);
}

static void build_pull2(struct pld_wr *c)
{
	pld_put(c, PLD_HASH, pattern(32));
	pld_put(c, PLD_NONCE, pattern(16));
	put_sa(c);
}

static void build_pull2_wide(struct pld_wr *c)
{
	const struct gdoi_sa sa = {.doi = DOI_GDOI};
	struct pld_wr items;

	pld_put(c, PLD_HASH, pattern(32));
	pld_put(c, PLD_NONCE, pattern(16));
	gdoi_sa_begin(c, &items, &sa);
	put_sak(&items, true, 0);
	put_sat(&items, ESPT_AES_CBC, true, 1);
	gdoi_sa_end(c, &items, &sa);
}

static void build_pull2_stray(struct pld_wr *c)
{
	const struct gdoi_sa sa = {.doi = DOI_GDOI, .tail = pattern(3)};
	struct pld_wr items;

	pld_put(c, PLD_HASH, pattern(32));
	pld_put(c, PLD_NONCE, pattern(16));
	gdoi_sa_begin(c, &items, &sa);
	put_sak(&items, false, 2);
	put_sat_foreign(&items);
	gdoi_sa_end(c, &items, &sa);
}

static void build_pull3(struct pld_wr *c)
{
	pld_put(c, PLD_HASH, pattern(32));
	pld_begin(c, PLD_GAP);
	attr_put_basic(c->w, GAPATTR_SENDER_ID_REQUEST, 3);
	pld_end(c);
}

/* ---- KD --------------------------------------------------------------------------------- */

static void key_begin(struct gdoi_kd_wr *k, uint8_t type, size_t spi_len)
{
	const struct gdoi_key_packet p = {.type = type, .spi = pattern(spi_len)};

	gdoi_key_begin(k, &p);
}

static void put_kd(struct pld_wr *c, size_t padding)
{
	struct gdoi_kd_wr k;

	gdoi_kd_begin(&k, c, 0);
	key_begin(&k, KDTYPE_KEK, 16);
	attr_put_var(c->w, KDKEK_ALGORITHM_KEY, pattern(32));
	attr_put_var(c->w, KDKEK_SIG_ALGORITHM_KEY, pattern(294));
	gdoi_key_end(&k);
	key_begin(&k, KDTYPE_TEK, 4);
	attr_put_var(c->w, KDTEK_ALGORITHM_KEY, pattern(20));
	attr_put_var(c->w, KDTEK_INTEGRITY_KEY, pattern(32));
	gdoi_key_end(&k);
	key_begin(&k, KDTYPE_LKH, 16);
	attr_put_var(c->w, KDLKH_DOWNLOAD_ARRAY, pattern(40));
	gdoi_key_end(&k);
	key_begin(&k, KDTYPE_SID, 0);
	attr_put_basic(c->w, KDSID_NUMBER_OF_SID_BITS, 24);
	attr_put_u32(c->w, KDSID_SID_VALUE, 7);
	attr_put_u32(c->w, KDSID_SID_VALUE, 8);
	gdoi_key_end(&k);
	key_begin(&k, KDTYPE_TEK, 1); /* a packet without attributes */
	gdoi_key_end(&k);
	buf_wr_zero(c->w, padding);
	gdoi_kd_end(&k);
}

static void build_pull4(struct pld_wr *c)
{
	pld_put(c, PLD_HASH, pattern(32));
	pld_seq_put(c, 41);
	put_kd(c, 0);
}

static void build_pull4_padded(struct pld_wr *c)
{
	pld_put(c, PLD_HASH, pattern(32));
	put_kd(c, 7);
}

static void put_delete(struct pld_wr *c, uint32_t doi, uint8_t proto, uint8_t spi_len, uint16_t n)
{
	const struct pld_delete d = {.doi = doi,
				     .proto = proto,
				     .spi_len = spi_len,
				     .n = n,
				     .spis = pattern((size_t)spi_len * n)};

	pld_delete_put(c, &d);
}

static void build_push(struct pld_wr *c)
{
	pld_seq_put(c, 42);
	put_delete(c, DOI_GDOI, SATPROTO_ESP, 4, 3);
	put_delete(c, DOI_GDOI, SATPROTO_KEK, 16, 1);
	put_sa(c);
	put_kd(c, 0);
	pld_put(c, PLD_SIG, pattern(256));
}

static void build_info_notify(struct pld_wr *c)
{
	pld_put(c, PLD_HASH, pattern(20));
	put_notify(c, NOTIFY_R_U_THERE, pattern(4));
}

static void build_info_delete(struct pld_wr *c)
{
	pld_put(c, PLD_HASH, pattern(20));
	put_delete(c, DOI_IPSEC, PROTO_ISAKMP, 16, 1);
}

static void build_info_clear(struct pld_wr *c)
{
	put_notify(c, NOTIFY_NO_PROPOSAL_CHOSEN, pattern(0));
}

static void build_ack(struct pld_wr *c)
{
	const struct addr a = addr_from_bytes(ADDR_V6, pattern(16).p);

	pld_put(c, PLD_HASH, pattern(32));
	pld_seq_put(c, 42);
	pld_id_put_addr(c, &a);
}

const struct sample samples[] = {
	{"main1", PLD_IN_PHASE1_CLEAR, build_main1},
	{"main3", PLD_IN_PHASE1_CLEAR, build_main3},
	{"main5", PLD_IN_PHASE1, build_main5},
	{"main5-sig", PLD_IN_PHASE1, build_main5_sig},
	{"pull1", PLD_IN_PULL, build_pull1},
	{"pull2", PLD_IN_PULL, build_pull2},
	{"pull2-wide", PLD_IN_PULL, build_pull2_wide},
	{"pull2-stray", PLD_IN_PULL, build_pull2_stray},
	{"pull3", PLD_IN_PULL, build_pull3},
	{"pull4", PLD_IN_PULL, build_pull4},
	{"pull4-padded", PLD_IN_PULL, build_pull4_padded},
	{"push", PLD_IN_PUSH, build_push},
	{"info-notify", PLD_IN_INFO, build_info_notify},
	{"info-delete", PLD_IN_INFO, build_info_delete},
	{"info-clear", PLD_IN_INFO_CLEAR, build_info_clear},
	{"ack", PLD_IN_ACK, build_ack},
};
const unsigned int n_samples = GV_ARRAY_SIZE(samples);

size_t sample_build(const struct sample *s, uint8_t *out, uint8_t *first)
{
	struct buf_wr w;
	struct pld_wr c;

	buf_wr_init(&w, out, SAMPLE_MAX);
	pld_wr_init(&c, &w);
	s->build(&c);
	gv_assert(!w.err);
	*first = c.first;
	return w.pos;
}
