/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The SA payload of phase 1 against the `crypto isakmp policy` lines: what we offer, what we
 * choose from an offer, whether an answer is one of our offers.
 */
#ifndef CONTROL_IKE_PROPOSAL_H
#define CONTROL_IKE_PROPOSAL_H

#include "control/wire/sa1.h"
#include "crypto/cbc.h"
#include "crypto/prf.h"

struct conf;

/* What both sides agreed on. */
struct ike_alg {
	enum cbc_cipher cipher;
	size_t key_len; /* octets */
	enum prf_hash hash;
	uint16_t group;
	uint32_t lifetime_s;
};

/* An SA payload with every policy we can speak, in order of their numbers. -ENOENT: none. */
int proposal_offer(struct pld_wr *c, const struct conf *conf, uint32_t doi) GV_MUST_CHECK;

/* A chosen transform, borrowed from the offer, to be given back unchanged. */
struct proposal_choice {
	struct sa1 sa;
	struct proposal proposal;
	struct transform transform;
	struct ike_alg alg;
};
/* The first of our policies that the peer offers. -ENOENT: none; -EBADMSG: malformed. */
int proposal_choose(struct proposal_choice *out, const struct conf *conf,
		    const struct pld *sa) GV_MUST_CHECK;
void proposal_answer(struct pld_wr *c, const struct proposal_choice *choice);
/* Initiator: the answer must be exactly one transform that one of our policies offers. */
int proposal_accept(struct proposal_choice *out, const struct conf *conf,
		    const struct pld *sa) GV_MUST_CHECK;

#endif
