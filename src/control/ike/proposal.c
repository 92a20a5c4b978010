/* SPDX-License-Identifier: BSD-3-Clause */
/* Phase 1 proposals (RFC 2409 appendix A) and configuration. */
#include "control/ike/proposal.h"

#include "control/conf/conf.h"
#include "control/ike/limits.h"
#include "crypto/kex.h"

/* A transform as numbers; 0: attribute absent. */
struct offer {
	uint32_t enc, hash, auth, group, key_bits, life_s;
};

static uint16_t enc_number(const struct conf_ike_policy *p)
{
	return p->cipher == CONF_IKE_3DES ? P1ENC_3DES : P1ENC_AES;
}

static uint16_t hash_number(enum conf_hash h)
{
	static const uint16_t numbers[] = {
		[CONF_HASH_SHA1] = P1HASH_SHA1,
		[CONF_HASH_SHA256] = P1HASH_SHA256,
		[CONF_HASH_SHA384] = P1HASH_SHA384,
		[CONF_HASH_SHA512] = P1HASH_SHA512,
	};

	return numbers[h];
}

static enum prf_hash hash_prf(enum conf_hash h)
{
	static const enum prf_hash hashes[] = {
		[CONF_HASH_SHA1] = PRF_SHA1,
		[CONF_HASH_SHA256] = PRF_SHA256,
		[CONF_HASH_SHA384] = PRF_SHA384,
		[CONF_HASH_SHA512] = PRF_SHA512,
	};

	return hashes[h];
}

static bool usable(const struct conf_ike_policy *p)
{
	return p->auth == CONF_IKE_PSK && kex_known(p->group);
}

/* ---- offering ----------------------------------------------------------------------------- */

static void put_transform(struct pld_wr *c, const struct conf_ike_policy *p, uint8_t number)
{
	transform_begin(c, &(struct transform){.number = number, .id = P1T_KEY_IKE});
	attr_put_basic(c->w, P1ATTR_ENCRYPTION, enc_number(p));
	attr_put_basic(c->w, P1ATTR_HASH, hash_number(p->hash));
	attr_put_basic(c->w, P1ATTR_AUTH_METHOD, P1AUTH_PSK);
	attr_put_basic(c->w, P1ATTR_GROUP, p->group);
	attr_put_basic(c->w, P1ATTR_LIFE_TYPE, LIFE_SECONDS);
	attr_put_number(c->w, P1ATTR_LIFE_DURATION, p->lifetime_s);
	if (p->cipher == CONF_IKE_AES)
		attr_put_basic(c->w, P1ATTR_KEY_LENGTH, p->key_bits);
	pld_end(c);
}

int proposal_offer(struct pld_wr *c, const struct conf *conf, uint32_t doi)
{
	struct proposal prop = {.number = 1, .proto = PROTO_ISAKMP};
	struct sa1 sa = {.doi = doi, .situation = doi == DOI_IPSEC ? 1 : 0};
	struct pld_wr props, transforms;
	uint8_t number = 0;

	for (unsigned int i = 0; i < conf->n_ike_policies; i++)
		if (usable(&conf->ike_policies[i]) && prop.n_transforms < PLD_TRANSFORMS_MAX)
			prop.n_transforms++;
	if (prop.n_transforms == 0)
		return -ENOENT;
	sa1_begin(c, &props, &sa);
	proposal_begin(&props, &transforms, &prop);
	for (unsigned int i = 0; i < conf->n_ike_policies && number < prop.n_transforms; i++)
		if (usable(&conf->ike_policies[i]))
			put_transform(&transforms, &conf->ike_policies[i], number++);
	pld_end(&props);
	pld_end(c);
	return 0;
}

/* ---- choosing ----------------------------------------------------------------------------- */

/* Life type and duration come as pairs; a limit in kilobytes is not ours to keep, since an SA
 * carries a handful of messages. */
static bool read_life(struct offer *o, uint32_t *type, const struct attr *a)
{
	uint32_t v;

	if (!attr_number(a, &v))
		return false;
	if (a->type == P1ATTR_LIFE_TYPE)
		*type = v;
	else if (*type == LIFE_SECONDS)
		o->life_s = v;
	return *type == LIFE_SECONDS || *type == LIFE_KILOBYTES;
}

static bool read_once(uint32_t *field, const struct attr *a)
{
	return *field == 0 && attr_number(a, field) && *field != 0;
}

static bool read_attr(struct offer *o, uint32_t *life_type, const struct attr *a)
{
	switch (a->type) {
	case P1ATTR_ENCRYPTION:
		return read_once(&o->enc, a);
	case P1ATTR_HASH:
		return read_once(&o->hash, a);
	case P1ATTR_AUTH_METHOD:
		return read_once(&o->auth, a);
	case P1ATTR_GROUP:
		return read_once(&o->group, a);
	case P1ATTR_KEY_LENGTH:
		return read_once(&o->key_bits, a);
	case P1ATTR_LIFE_TYPE:
	case P1ATTR_LIFE_DURATION:
		return read_life(o, life_type, a);
	default: /* an attribute we do not know may change what the others mean */
		return false;
	}
}

static bool read_transform(struct offer *o, const struct transform *t)
{
	uint32_t life_type = 0;
	struct attr a;
	size_t pos = 0;

	*o = (struct offer){0};
	if (t->id != P1T_KEY_IKE)
		return false;
	while (attrs_next(&t->attrs, &pos, &a))
		if (!read_attr(o, &life_type, &a))
			return false;
	return o->life_s == 0 || o->life_s >= IKE_LIFETIME_MIN;
}

static bool matches(const struct conf_ike_policy *p, const struct offer *o)
{
	/* 3DES has one key length, which must not be sent (RFC 2409 appendix A). */
	uint32_t bits = p->cipher == CONF_IKE_AES ? p->key_bits : 0;

	return usable(p) && o->enc == enc_number(p) && o->key_bits == bits &&
	       o->hash == hash_number(p->hash) && o->auth == P1AUTH_PSK && o->group == p->group;
}

/* A shorter life is taken as offered, a longer one is cut on our side only. */
static void agree(struct ike_alg *alg, const struct conf_ike_policy *p, const struct offer *o)
{
	*alg = (struct ike_alg){
		.cipher = p->cipher == CONF_IKE_AES ? CBC_AES : CBC_3DES,
		.key_len = p->cipher == CONF_IKE_AES ? p->key_bits / 8 : 24,
		.hash = hash_prf(p->hash),
		.group = p->group,
		.lifetime_s = p->lifetime_s,
	};
	if (o->life_s != 0 && o->life_s < p->lifetime_s)
		alg->lifetime_s = o->life_s;
}

/* Looks for policy p among the transforms of a proposal. */
static int find_transform(struct proposal_choice *c, const struct conf_ike_policy *p)
{
	struct pld_walk w;
	struct offer o;
	struct pld pld;
	int rc;

	proposal_walk(&c->proposal, &w);
	while ((rc = pld_walk_next(&w, &pld, NULL)) == 1) {
		if (transform_get(&c->transform, &pld, NULL) < 0)
			return -EBADMSG;
		if (read_transform(&o, &c->transform) && matches(p, &o)) {
			agree(&c->alg, p, &o);
			return 0;
		}
	}
	return rc < 0 ? rc : -ENOENT;
}

/* Phase 1 has one proposal (RFC 2409 5); one for another protocol is nothing we can take. */
static int open_proposal(struct proposal_choice *c, const struct pld *sa)
{
	struct pld_walk w;
	struct pld pld;

	if (sa1_get(&c->sa, sa, NULL) < 0)
		return -EBADMSG;
	if (c->sa.doi != DOI_GDOI && c->sa.doi != DOI_IPSEC)
		return -ENOENT;
	sa1_walk(&c->sa, &w);
	if (pld_walk_next(&w, &pld, NULL) != 1 || proposal_get(&c->proposal, &pld, NULL) < 0)
		return -EBADMSG;
	return c->proposal.proto == PROTO_ISAKMP ? 0 : -ENOENT;
}

int proposal_choose(struct proposal_choice *out, const struct conf *conf, const struct pld *sa)
{
	int rc = open_proposal(out, sa);

	if (rc < 0)
		return rc;
	rc = -ENOENT;
	for (unsigned int i = 0; i < conf->n_ike_policies && rc == -ENOENT; i++)
		rc = find_transform(out, &conf->ike_policies[i]);
	return rc;
}

int proposal_accept(struct proposal_choice *out, const struct conf *conf, const struct pld *sa)
{
	int rc = proposal_choose(out, conf, sa);

	if (rc == 0 && out->proposal.n_transforms != 1)
		return -EBADMSG;
	return rc;
}

void proposal_answer(struct pld_wr *c, const struct proposal_choice *choice)
{
	struct sa1 sa = {.doi = choice->sa.doi, .situation = choice->sa.situation};
	struct proposal prop = choice->proposal;
	struct pld_wr props, transforms;

	prop.n_transforms = 1;
	sa1_begin(c, &props, &sa);
	proposal_begin(&props, &transforms, &prop);
	transform_begin(&transforms, &choice->transform);
	pld_end(&transforms);
	pld_end(&props);
	pld_end(c);
}
