/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The SA payload of phase 1: proposals, in each its transforms, in each its attributes
 * (RFC 2408 3.4 to 3.6, RFC 2409 appendix A). sa1_get() checks the whole tree; the walks over it
 * then only fail where the tree was not checked.
 *
 *	sa1_get(&sa, pld, &e);
 *	sa1_walk(&sa, &pw);
 *	while (pld_walk_next(&pw, &pld, &e) == 1 && proposal_get(&prop, &pld, &e) == 0) {
 *		proposal_walk(&prop, &tw);
 *		while (pld_walk_next(&tw, &pld, &e) == 1 && transform_get(&t, &pld, &e) == 0)
 *			...
 *	}
 */
#ifndef WIRE_SA1_H
#define WIRE_SA1_H

#include "control/wire/attr.h"
#include "control/wire/isakmp.h"

struct sa1 {
	uint32_t doi;       /* DOI_IPSEC or DOI_GDOI */
	uint32_t situation; /* 1 with IPsec, 0 with GDOI */
	struct bytes proposals;
	size_t at;
};

struct proposal {
	uint8_t number;
	uint8_t proto; /* PROTO_ISAKMP */
	uint8_t n_transforms;
	struct bytes spi;
	struct bytes transforms;
	size_t at;
};

struct transform {
	uint8_t number;
	uint8_t id; /* P1T_KEY_IKE */
	uint16_t reserved;
	struct attrs attrs;
};

int sa1_get(struct sa1 *out, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;
void sa1_walk(const struct sa1 *sa, struct pld_walk *w);
int proposal_get(struct proposal *out, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;
void proposal_walk(const struct proposal *p, struct pld_walk *w);
int transform_get(struct transform *out, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;

/*
 *	sa1_begin(&c, &props, &(struct sa1){.doi = DOI_GDOI});
 *	proposal_begin(&props, &trans, &(struct proposal){.number = 1, ..., .n_transforms = 1});
 *	transform_begin(&trans, &(struct transform){.number = 1, .id = P1T_KEY_IKE});
 *	attr_put_basic(c.w, P1ATTR_HASH, P1HASH_SHA256);
 *	pld_end(&trans); pld_end(&props); pld_end(&c);
 */
void sa1_begin(struct pld_wr *c, struct pld_wr *proposals, const struct sa1 *sa);
void proposal_begin(struct pld_wr *c, struct pld_wr *transforms, const struct proposal *p);
/* Writes the attributes of *t too, which may be none. */
void transform_begin(struct pld_wr *c, const struct transform *t);

#endif
