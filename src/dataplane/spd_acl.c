/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines into rte_acl. Its rules: the first field is one octet, all others come in groups of four
 * octets; keys are in network order, rule values in host order; the highest priority wins.
 */
#include <stdio.h>

#include <rte_acl.h>

#include "dataplane/spd.h"

enum field { F_PROTO, F_SRC, F_DST, F_SPORT, F_DPORT, F_TOS, FIELDS };

RTE_ACL_RULE_DEF(spd_rule, FIELDS);

#define FIELD(type_, size_, index_, input_, member)                                       \
	{                                                                                 \
		.type = RTE_ACL_FIELD_TYPE_##type_, .size = size_, .field_index = index_, \
		.input_index = input_, .offset = offsetof(struct spd_key, member)         \
	}

static const struct rte_acl_field_def fields[FIELDS] = {
	FIELD(BITMASK, 1, F_PROTO, 0, proto), FIELD(MASK, 4, F_SRC, 1, src),
	FIELD(MASK, 4, F_DST, 2, dst),        FIELD(RANGE, 2, F_SPORT, 3, sport),
	FIELD(RANGE, 2, F_DPORT, 3, dport),   FIELD(BITMASK, 4, F_TOS, 4, tos),
};

/* The ToS field is last so that a policy that does not look at it has one step less. */
static bool wants_tos(const struct spd_acl_line *l, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (l[i].ace.tos_mask != 0)
			return true;
	return false;
}

static void rule_fill(struct spd_rule *r, const struct ace *a, uint8_t proto, bool later)
{
	const struct ace_ports any = {0, UINT16_MAX};
	const struct ace_ports *sp = later ? &any : &a->sport, *dp = later ? &any : &a->dport;

	r->field[F_PROTO].value.u8 = proto;
	r->field[F_PROTO].mask_range.u8 = proto == ACE_PROTO_ANY ? 0 : UINT8_MAX;
	r->field[F_SRC].value.u32 = addr_v4_u32(&a->src.addr);
	r->field[F_SRC].mask_range.u32 = a->src.len;
	r->field[F_DST].value.u32 = addr_v4_u32(&a->dst.addr);
	r->field[F_DST].mask_range.u32 = a->dst.len;
	r->field[F_SPORT].value.u16 = sp->lo;
	r->field[F_SPORT].mask_range.u16 = sp->hi;
	r->field[F_DPORT].value.u16 = dp->lo;
	r->field[F_DPORT].mask_range.u16 = dp->hi;
	r->field[F_TOS].value.u32 = (uint32_t)a->tos_value << 24;
	r->field[F_TOS].mask_range.u32 = (uint32_t)a->tos_mask << 24;
}

/* Protocols a line stands for: ports exist in TCP and UDP only, so `ip` with ports is those two.
 * Returns how many rules it makes. */
static unsigned int protocols(const struct ace *a, bool later, uint8_t proto[2])
{
	bool ports = !ace_ports_any(&a->sport) || !ace_ports_any(&a->dport);

	proto[0] = a->proto;
	if (a->src.addr.family == ADDR_V6 || a->dst.addr.family == ADDR_V6)
		return 0;
	if (later)
		return ports && !a->permit ? 0 : 1;
	if (a->fragments)
		return 0;
	if (!ports || a->proto == IPPROTO_TCP || a->proto == IPPROTO_UDP)
		return 1;
	if (a->proto != ACE_PROTO_ANY)
		return 0;
	proto[0] = IPPROTO_TCP;
	proto[1] = IPPROTO_UDP;
	return 2;
}

static int add_lines(struct rte_acl_ctx *ctx, const struct spd_acl_line *l, unsigned int n,
		     bool later)
{
	unsigned int added = 0;

	for (unsigned int i = 0; i < n; i++) {
		uint8_t proto[2];
		unsigned int k = protocols(&l[i].ace, later, proto);

		for (unsigned int j = 0; j < k; j++) {
			struct spd_rule r = {.data = {.category_mask = 1,
						      .priority = (int32_t)(n - i),
						      .userdata = l[i].index}};
			int rc;

			rule_fill(&r, &l[i].ace, proto[j], later);
			rc = rte_acl_add_rules(ctx, (const struct rte_acl_rule *)&r, 1);
			if (rc < 0)
				return rc;
			added++;
		}
	}
	return (int)added;
}

static int build(struct rte_acl_ctx *ctx, const struct spd_acl_line *l, unsigned int n, bool later)
{
	struct rte_acl_config cfg = {.num_categories = 1,
				     .num_fields = wants_tos(l, n) ? FIELDS : F_TOS};
	int rc = add_lines(ctx, l, n, later);

	if (rc <= 0)
		return rc;
	memcpy(cfg.defs, fields, sizeof(fields));
	rc = rte_acl_build(ctx, &cfg);
	return rc < 0 ? rc : 1;
}

int spd_acl_new(struct rte_acl_ctx **out, const struct spd_acl_line *l, unsigned int n,
		bool later_fragments)
{
	static unsigned int serial; /* a name that exists gives the old context back */
	char name[RTE_ACL_NAMESIZE];
	struct rte_acl_param p = {.name = name,
				  .socket_id = SOCKET_ID_ANY,
				  .rule_size = RTE_ACL_RULE_SZ(FIELDS),
				  .max_rule_num = 2 * n + 1};
	struct rte_acl_ctx *ctx;
	int rc;

	*out = NULL;
	if (n == 0)
		return 0;
	snprintf(name, sizeof(name), "spd%u", serial++);
	ctx = rte_acl_create(&p);
	if (ctx == NULL)
		return -ENOMEM;
	rc = build(ctx, l, n, later_fragments);
	if (rc > 0) {
		*out = ctx;
		return 0;
	}
	rte_acl_free(ctx);
	return rc;
}

void spd_acl_match(const struct rte_acl_ctx *ctx, const uint8_t *keys[], uint32_t *index,
		   unsigned int n)
{
	rte_acl_classify(ctx, keys, index, n, 1);
}

void spd_acl_free(struct rte_acl_ctx *ctx)
{
	rte_acl_free(ctx);
}
