/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SATs into lines and TEKs. A SAT is one line of an ACL under one TEK; several SATs with one SPI
 * are one TEK with many lines, and a further TEK of the same `sa ipsec` repeats the lines. The
 * full form numbers the lines, so that repeats are known by their number; in the plain form they
 * are known by their selectors.
 */
#include <string.h>

#include "control/gdoi/codec.h"
#include "tbar/tbar.h"

#define PRIVATE_MIN        32001
#define LIFE_DEFAULT_S     28800 /* RFC 2407 4.5 */
#define AES_DEFAULT_BITS   128   /* RFC 3602 4.2 */
#define ADDRPRES_RESERVED  0     /* sent by one old stack for "not configured", as is direction 0 */
#define SADIR_RESERVED     0
#define REPLAY_COUNTER_MAX 4096

struct sat_read {
	struct gdoi_tek tek;
	struct gdoi_ace line;
	uint32_t life_type;
	uint32_t auth;
	bool has_key_bits;
	uint32_t key_bits;
	bool bypass;
};

static int refuse(struct err_text *e, enum name_space space, uint32_t number)
{
	return err_set(e, -ENOTSUP, "%s not supported", name_of(space, number).s);
}

static int refuse_value(struct err_text *e, uint16_t attr, enum name_space space, uint32_t value)
{
	return err_set(e, -ENOTSUP, "%s: %s not supported", name_of(NAMES_SATATTR, attr).s,
		       name_of(space, value).s);
}

static int malformed(struct err_text *e, const struct attr *a)
{
	return err_set(e, -EBADMSG, "%s malformed", name_of(NAMES_SATATTR, a->type).s);
}

/* ---- attributes --------------------------------------------------------------------------- */

static int read_direction(struct sat_read *r, uint32_t v, struct err_text *e)
{
	switch (v) {
	case SADIR_RESERVED:
	case SADIR_SYMMETRIC:
		r->tek.direction = GDOI_DIR_BOTH;
		return 0;
	case SADIR_SENDER_ONLY:
		r->tek.direction = GDOI_DIR_SEND_ONLY;
		return 0;
	case SADIR_RECEIVER_ONLY:
		r->tek.direction = GDOI_DIR_RECEIVE_ONLY;
		return 0;
	default:
		return refuse_value(e, SATATTR_DIRECTION, NAMES_SADIR, v);
	}
}

static int read_standard(struct sat_read *r, const struct attr *a, struct err_text *e)
{
	uint32_t v;

	if (!attr_number(a, &v))
		return malformed(e, a);
	switch (a->type) {
	case SATATTR_LIFE_TYPE:
		r->life_type = v;
		return v == LIFE_SECONDS || v == LIFE_KILOBYTES ? 0 : malformed(e, a);
	case SATATTR_LIFE_DURATION: /* of traffic in kilobytes: ended by time alone here */
		if (r->life_type == LIFE_SECONDS)
			r->tek.life_s = v;
		return r->life_type == 0 ? malformed(e, a) : 0;
	case SATATTR_GROUP: /* perfect forward secrecy means nothing for a group's key */
	case SATATTR_ECN_TUNNEL:
		return 0;
	case SATATTR_ENCAPSULATION:
		return v == ENCAP_TUNNEL ? 0 : refuse_value(e, a->type, NAMES_ENCAP, v);
	case SATATTR_AUTH_ALGORITHM:
		r->auth = v;
		return 0;
	case SATATTR_KEY_LENGTH:
		r->key_bits = v;
		r->has_key_bits = true;
		return 0;
	case SATATTR_ADDRESS_PRESERVATION:
		return v == ADDRPRES_BOTH || v == ADDRPRES_RESERVED
			       ? 0
			       : refuse_value(e, a->type, NAMES_ADDRPRES, v);
	case SATATTR_DIRECTION:
		return read_direction(r, v, e);
	default: /* RFC 6407 5.5.1.1: an unknown attribute ends the exchange */
		return refuse(e, NAMES_SATATTR, a->type);
	}
}

static int read_port_ranges(struct ace *ace, const struct attr *a, struct err_text *e)
{
	if (a->basic || a->v.len != 8)
		return malformed(e, a);
	ace->sport = (struct ace_ports){get_be16(a->v.p), get_be16(a->v.p + 2)};
	ace->dport = (struct ace_ports){get_be16(a->v.p + 4), get_be16(a->v.p + 6)};
	if (ace->sport.lo > ace->sport.hi || ace->dport.lo > ace->dport.hi)
		return malformed(e, a);
	return 0;
}

static int read_tos(struct ace *ace, const struct attr *a, struct err_text *e)
{
	if (a->basic || a->v.len != 3 || (a->v.p[1] & ~a->v.p[0]) != 0 || a->v.p[2] > 1)
		return malformed(e, a);
	ace->tos_mask = a->v.p[0];
	ace->tos_value = a->v.p[1];
	ace->fragments = a->v.p[2] == 1;
	return 0;
}

static int read_private_number(struct sat_read *r, const struct attr *a, struct err_text *e)
{
	uint32_t v;

	if (!attr_number(a, &v))
		return malformed(e, a);
	switch (a->type) {
	case SATATTR_REPLAY_METHOD:
		if (v > REPLAY_TIME)
			return refuse_value(e, a->type, NAMES_REPLAY, v);
		r->tek.replay = v;
		return 0;
	case SATATTR_REPLAY_WINDOW:
		r->tek.window = v;
		return 0;
	case SATATTR_REPLAY_SHIM_PROTO:
		r->tek.shim_proto = (uint8_t)v;
		return v > 255 ? malformed(e, a) : 0;
	case SATATTR_POLICY_ACTION:
		r->bypass = v == ACTION_BYPASS;
		return v == ACTION_PROTECT || v == ACTION_BYPASS
			       ? 0
			       : refuse_value(e, a->type, NAMES_ACTION, v);
	case SATATTR_POLICY_ORDER:
		r->line.order = (uint16_t)v;
		return v == 0 || v > UINT16_MAX ? malformed(e, a) : 0;
	default:
		return refuse(e, NAMES_SATATTR, a->type);
	}
}

static int read_attr(struct sat_read *r, const struct attr *a, bool ours, struct err_text *e)
{
	if (a->type < PRIVATE_MIN)
		return read_standard(r, a, e);
	if (!ours) /* of somebody else: what it would change is unknown */
		return err_set(e, -ENOTSUP,
			       "private attribute %u of a foreign key server not supported",
			       a->type);
	if (a->type == SATATTR_PORT_RANGES)
		return read_port_ranges(&r->line.ace, a, e);
	if (a->type == SATATTR_TOS_FRAG_MATCH)
		return read_tos(&r->line.ace, a, e);
	return read_private_number(r, a, e);
}

/* ---- the TEK ------------------------------------------------------------------------------ */

static int read_auth(enum suite_auth *out, uint32_t auth, struct err_text *e)
{
	switch (auth) {
	case 0:
		*out = SUITE_AUTH_NONE;
		return 0;
	case AUTHALG_HMAC_SHA1:
		*out = SUITE_AUTH_SHA1;
		return 0;
	case AUTHALG_HMAC_SHA256:
		*out = SUITE_AUTH_SHA256;
		return 0;
	default:
		return refuse(e, NAMES_AUTHALG, auth);
	}
}

static int read_cipher(enum suite_cipher *out, uint8_t transform, struct err_text *e)
{
	switch (transform) {
	case ESPT_NULL:
		*out = SUITE_CIPHER_NULL;
		return 0;
	case ESPT_3DES:
		*out = SUITE_CIPHER_3DES_CBC;
		return 0;
	case ESPT_AES_CBC:
		*out = SUITE_CIPHER_AES_CBC;
		return 0;
	case ESPT_AES_GCM_16:
		*out = SUITE_CIPHER_AES_GCM;
		return 0;
	default:
		return refuse(e, NAMES_ESPT, transform);
	}
}

static int read_suite(struct sat_read *r, uint8_t transform, struct err_text *e)
{
	enum suite_cipher cipher = SUITE_CIPHER_NULL;
	enum suite_auth auth = SUITE_AUTH_NONE;
	const struct suite *s;
	unsigned int key_len;
	int rc = read_cipher(&cipher, transform, e);

	if (rc == 0)
		rc = read_auth(&auth, r->auth, e);
	if (rc < 0)
		return rc;
	if (cipher == SUITE_CIPHER_AES_CBC || cipher == SUITE_CIPHER_AES_GCM)
		key_len = (r->has_key_bits ? r->key_bits : AES_DEFAULT_BITS) / 8;
	else
		key_len = cipher == SUITE_CIPHER_3DES_CBC ? 24 : 0;
	s = suite_find(cipher, key_len, auth);
	if (s == NULL)
		return err_set(e, -ENOTSUP, "%s, %u-bit key, %s not supported",
			       name_of(NAMES_ESPT, transform).s, 8 * key_len,
			       r->auth == 0 ? "no authentication"
					    : name_of(NAMES_AUTHALG, r->auth).s);
	r->tek.suite = s->id;
	return 0;
}

/* ESP next-header values that mean something of their own cannot announce the time stamp. */
static bool shim_proto_valid(uint8_t proto)
{
	static const uint8_t taken[] = {0,           IPPROTO_IPIP, IPPROTO_IPV6,
					IPPROTO_ESP, IPPROTO_AH,   IPPROTO_NONE};

	return memchr(taken, proto, sizeof(taken)) == NULL;
}

static int check_replay(struct gdoi_tek *t, struct err_text *e)
{
	bool power_of_two = (t->window & (t->window - 1)) == 0;

	switch (t->replay) {
	case GDOI_REPLAY_NONE:
		return 0;
	case GDOI_REPLAY_COUNTER:
		if (t->window >= 64 && t->window <= REPLAY_COUNTER_MAX && power_of_two)
			return 0;
		break;
	case GDOI_REPLAY_TIME:
		if (t->shim_proto == 0)
			t->shim_proto = TBAR_NEXT_HDR;
		if (t->window >= TBAR_WINDOW_MIN_S && t->window <= TBAR_WINDOW_MAX_S &&
		    shim_proto_valid(t->shim_proto))
			return 0;
		break;
	}
	return err_set(e, -ENOTSUP, "replay window %u, next header %u not supported", t->window,
		       t->shim_proto);
}

/* ---- the line ----------------------------------------------------------------------------- */

static int read_side(struct prefix *out, const struct gdoi_id *id, struct err_text *e)
{
	if (gdoi_id_prefix(id, out))
		return 0;
	if (id->type == 0 || id->data.len == 0) { /* "any", of no family: IPv4 is what we have */
		*out = (struct prefix){.addr = addr_v4(0)};
		return 0;
	}
	if (id->type == IDT_IPV4_SUBNET || id->type == IDT_IPV6_SUBNET)
		return err_set(e, -ENOTSUP, "subnet mask with holes not supported");
	return refuse(e, NAMES_IDT, id->type);
}

static struct ace_ports one_port(uint16_t port)
{
	return port == 0 ? (struct ace_ports){0, UINT16_MAX} : (struct ace_ports){port, port};
}

static int read_line(struct sat_read *r, const struct gdoi_sat *sat, struct err_text *e)
{
	struct ace *a = &r->line.ace;
	int rc = read_side(&a->src, &sat->src, e);

	if (rc == 0)
		rc = read_side(&a->dst, &sat->dst, e);
	if (rc < 0)
		return rc;
	if (a->src.addr.family != a->dst.addr.family)
		return err_set(e, -EBADMSG, "selector with two address families");
	a->permit = true;
	a->proto = sat->ip_proto;
	a->sport = one_port(sat->src.port);
	a->dport = one_port(sat->dst.port);
	return 0;
}

static int read_sat(struct sat_read *r, const struct gdoi_sat *sat, bool ours, struct err_text *e)
{
	struct attr a;
	size_t pos = 0;
	int rc;

	*r = (struct sat_read){.tek = {.spi = sat->spi, .life_s = LIFE_DEFAULT_S}};
	if (sat->proto != SATPROTO_ESP)
		return refuse(e, NAMES_SATPROTO, sat->proto);
	rc = read_line(r, sat, e);
	while (rc == 0 && attrs_next(&sat->attrs, &pos, &a))
		rc = read_attr(r, &a, ours, e);
	if (rc < 0)
		return rc;
	r->line.ace.permit = !r->bypass;
	if (r->bypass)
		return sat->spi == 0 && r->line.order != 0
			       ? 0
			       : err_set(e, -EBADMSG, "malformed bypass line");
	if (sat->spi == 0)
		return err_set(e, -EBADMSG, "SPI 0");
	rc = read_suite(r, sat->transform, e);
	return rc < 0 ? rc : check_replay(&r->tek, e);
}

/* ---- into the policy ---------------------------------------------------------------------- */

static struct gdoi_tek *find_tek(struct gdoi_policy *p, uint32_t spi)
{
	for (unsigned int i = 0; i < p->n_teks; i++)
		if (p->teks[i].spi == spi)
			return &p->teks[i];
	return NULL;
}

static struct gdoi_ace *find_line(struct gdoi_policy *p, const struct gdoi_ace *l)
{
	for (unsigned int i = 0; i < p->n_aces; i++)
		if (l->order != 0 ? p->aces[i].order == l->order
				  : ace_equal(&p->aces[i].ace, &l->ace))
			return &p->aces[i];
	return NULL;
}

static bool same_tek(const struct gdoi_tek *a, const struct gdoi_tek *b)
{
	return a->suite == b->suite && a->life_s == b->life_s && a->replay == b->replay &&
	       a->window == b->window && a->shim_proto == b->shim_proto &&
	       a->direction == b->direction;
}

static int add_tek(struct gdoi_policy *p, const struct gdoi_tek *t, uint8_t sa, struct err_text *e)
{
	if (p->n_teks == GDOI_TEKS_MAX)
		return err_set(e, -ENOTSUP, "more than %u TEKs", GDOI_TEKS_MAX);
	p->teks[p->n_teks] = *t;
	p->teks[p->n_teks++].sa = sa;
	return 0;
}

static int add_line(struct gdoi_policy *p, const struct gdoi_ace *l, uint8_t sa, struct err_text *e)
{
	if (p->n_aces == ACE_MAX_PER_POLICY)
		return err_set(e, -ENOTSUP, "more than %u lines", ACE_MAX_PER_POLICY);
	p->aces[p->n_aces] = *l;
	p->aces[p->n_aces++].sa = sa;
	return 0;
}

static int new_sa(const struct gdoi_policy *p, uint8_t *sa, struct err_text *e)
{
	*sa = 0;
	for (unsigned int i = 0; i < p->n_teks; i++)
		if (p->teks[i].sa >= *sa)
			*sa = (uint8_t)(p->teks[i].sa + 1);
	return *sa < GDOI_SAS_MAX ? 0
				  : err_set(e, -ENOTSUP, "more than %u IPsec SAs", GDOI_SAS_MAX);
}

/* A protect SAT whose line, TEK, both or none are known already. */
static int place(struct gdoi_policy *p, const struct sat_read *r, struct err_text *e)
{
	struct gdoi_tek *t = find_tek(p, r->tek.spi);
	struct gdoi_ace *l = find_line(p, &r->line);
	uint8_t sa = 0;
	int rc = 0;

	if (t != NULL && !same_tek(t, &r->tek))
		return err_set(e, -EBADMSG, "SPI 0x%08X with two policies", r->tek.spi);
	if (l != NULL && !(l->ace.permit && ace_equal(&l->ace, &r->line.ace)))
		return err_set(e, -EBADMSG, "two lines with number %u", r->line.order);
	if (l != NULL && t != NULL && l->sa != t->sa)
		return err_set(e, -EBADMSG, "line %u under two SAs", l->order);
	if (l != NULL)
		sa = l->sa;
	else if (t != NULL)
		sa = t->sa;
	else
		rc = new_sa(p, &sa, e);
	if (rc == 0 && t == NULL)
		rc = add_tek(p, &r->tek, sa, e);
	if (rc == 0 && l == NULL)
		rc = add_line(p, &r->line, sa, e);
	return rc;
}

/* Deny lines belong to the list as a whole; they are entered under the SA of the line before. */
static int place_bypass(struct gdoi_policy *p, const struct sat_read *r, struct err_text *e)
{
	if (find_line(p, &r->line) != NULL)
		return err_set(e, -EBADMSG, "two lines with number %u", r->line.order);
	return add_line(p, &r->line, p->n_aces > 0 ? p->aces[p->n_aces - 1].sa : 0, e);
}

int codec_get_sat(struct gdoi_policy *p, const struct pld *item, const struct codec_in *in,
		  struct err_text *e)
{
	struct buf_err be = {.what = "SAT"};
	struct gdoi_sat sat;
	struct sat_read r;
	int rc;

	if (gdoi_sat_get(&sat, item, &be) < 0)
		return err_set(e, -EBADMSG, "%s at %zu", be.what, be.offset);
	rc = read_sat(&r, &sat, in->ours, e);
	if (rc < 0)
		return rc;
	if (p->n_aces > 0 && p->full_form != (r.line.order != 0))
		return err_set(e, -EBADMSG, "lines with and without numbers");
	p->full_form = r.line.order != 0;
	return r.bypass ? place_bypass(p, &r, e) : place(p, &r, e);
}

/* ---- after the last SAT ------------------------------------------------------------------- */

/* SA by SA, and in each by remaining life: a younger TEK ends later. Of equal ones the later sent
 * is the older. */
static bool comes_after(const struct gdoi_tek *a, const struct gdoi_tek *b)
{
	return a->sa > b->sa || (a->sa == b->sa && a->life_s >= b->life_s);
}

static void sort_teks(struct gdoi_policy *p)
{
	struct gdoi_tek t;
	unsigned int at;

	for (unsigned int i = 1; i < p->n_teks; i++) {
		t = p->teks[i];
		for (at = i; at > 0 && comes_after(&p->teks[at - 1], &t); at--)
			p->teks[at] = p->teks[at - 1];
		p->teks[at] = t;
	}
}

static void sort_lines(struct gdoi_policy *p)
{
	struct gdoi_ace l;
	unsigned int at;

	for (unsigned int i = 1; i < p->n_aces; i++) {
		l = p->aces[i];
		for (at = i; at > 0 && p->aces[at - 1].order > l.order; at--)
			p->aces[at] = p->aces[at - 1];
		p->aces[at] = l;
	}
}

int codec_finish_sats(struct gdoi_policy *p, struct err_text *e)
{
	unsigned int per_sa[GDOI_SAS_MAX] = {0};

	for (unsigned int i = 0; i < p->n_teks; i++)
		if (++per_sa[p->teks[i].sa] > GDOI_TEKS_PER_SA_MAX)
			return err_set(e, -ENOTSUP, "more than %u TEKs of one SA",
				       GDOI_TEKS_PER_SA_MAX);
	sort_teks(p);
	if (p->full_form)
		sort_lines(p);
	for (unsigned int i = 0; i < p->n_aces; i++)
		p->aces[i].order = p->full_form ? p->aces[i].order : (uint16_t)(i + 1);
	return 0;
}
