/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The frame of every message on UDP 848: the ISAKMP header and the chain of payloads
 * (RFC 2408 3.1, 3.2). This file owns all arithmetic on payload offsets; what is in a payload is
 * the business of pld.h, sa1.h and gdoi_sa.h, which get it as a run of octets of known length.
 *
 * Nothing here allocates or copies: what a decoder hands out is borrowed from the message and
 * lives as long as it. Decoders return 0 or
 *	-EBADMSG	 a length, a count or a field is wrong
 *	-EPROTONOSUPPORT a payload that may not stand there
 *	-E2BIG		 more of something than limits.h allows
 * and say what and where in *e (which may be NULL); the output is then undefined.
 * Encoders write into a struct buf_wr, whose `err` the caller looks at once, at the end.
 */
#ifndef WIRE_ISAKMP_H
#define WIRE_ISAKMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "control/wire/limits.h"
#include "control/wire/names.h"

enum isakmp_flags { ISAKMP_ENCRYPTED = 1, ISAKMP_COMMIT = 2, ISAKMP_AUTH_ONLY = 4 };

struct isakmp_hdr {
	uint8_t cky_i[ISAKMP_COOKIE_LEN], cky_r[ISAKMP_COOKIE_LEN];
	uint8_t next; /* type of the first payload */
	uint8_t version;
	uint8_t exchange;
	uint8_t flags;
	uint32_t mid;
	uint32_t length; /* header and everything after it, padding included */
};

/* -EMSGSIZE shorter than a header, -EPROTONOSUPPORT major version not 1, -EBADMSG the length
 * field is not that of the datagram. */
int isakmp_hdr_get(struct isakmp_hdr *h, struct bytes msg) GV_MUST_CHECK;
void isakmp_hdr_put(struct buf_wr *w, const struct isakmp_hdr *h);
/* Sets the length field of a message that starts at w->base to what was written so far. */
void isakmp_hdr_finish(struct buf_wr *w);

/* ---- reading a chain -------------------------------------------------------------------- */

/* Where a chain stands decides which payloads it may hold (payloads.def). */
enum pld_context {
	PLD_IN_PHASE1_CLEAR, /* main mode 1 to 4 */
	PLD_IN_PHASE1,       /* main mode 5 and 6, decrypted */
	PLD_IN_PULL,
	PLD_IN_PUSH,
	PLD_IN_ACK, /* RFC 8263, in clear */
	PLD_IN_INFO_CLEAR,
	PLD_IN_INFO,
	PLD_IN_SA1,      /* proposals inside a phase 1 SA */
	PLD_IN_PROPOSAL, /* transforms inside a proposal */
	PLD_IN_GDOI_SA   /* SAK, GAP, SAT inside a GDOI SA */
};

struct pld {
	uint8_t type;
	size_t at;          /* offset of its generic header in what was walked, for messages */
	struct bytes whole; /* with the generic header: what the hashes cover */
	struct bytes body;
};

/* One payload after the other. Private payload types (128 and up) are given out like any other,
 * for the reader to pass over. */
struct pld_walk {
	struct buf_rd r;
	size_t at; /* offset of r's start in the message, for *e */
	enum pld_context context;
	uint8_t next;   /* type of the payload to come, 0 at the end */
	unsigned int n; /* given out so far */
	uint32_t seen;  /* bit a type below 32 */
};

/* b holds the chain; `at` is added to offsets in messages. */
void pld_walk_init(struct pld_walk *w, enum pld_context context, uint8_t first, struct bytes b,
		   size_t at);
/* 1: *out is the next payload; 0: the chain has ended; negative: error, the walk is over. */
int pld_walk_next(struct pld_walk *w, struct pld *out, struct buf_err *e) GV_MUST_CHECK;
/* What is left after the chain has ended: padding, or stray octets. */
struct bytes pld_walk_rest(const struct pld_walk *w);

struct pld_chain {
	struct pld p[PLD_MAX]; /* in the order of the message */
	unsigned int n;
	size_t used; /* octets up to the end of the last payload; the rest is padding */
};

/*
 * The payloads of a message: b is everything after the header, decrypted where it was encrypted.
 * Octets after the last payload are allowed as padding of an encrypted chain only, and not
 * looked at: IKEv1 padding does not say how long it is.
 */
int pld_chain_get(struct pld_chain *c, enum pld_context context, uint8_t first, struct bytes b,
		  struct buf_err *e) GV_MUST_CHECK;
/* The first of that type, NULL when there is none. */
const struct pld *pld_find(const struct pld_chain *c, uint8_t type);
/* All octets after payload p up to the end of the chain, without padding: what a HASH covers. */
struct bytes pld_after(const struct pld_chain *c, const struct pld *p);

/* ---- writing a chain -------------------------------------------------------------------- */

/*
 * Payloads one after the other; each begin() enters its type into the next-payload octet of the
 * one before it. After the last, `first` is the type for the header.
 *
 *	pld_wr_init(&c, &w);
 *	pld_put(&c, PLD_NONCE, nonce);
 *	pld_begin(&c, PLD_ID);
 *	...
 *	pld_end(&c);
 */
struct pld_wr {
	struct buf_wr *w;
	size_t prev_at; /* generic header of the payload before, SIZE_MAX: none */
	size_t at;      /* generic header of the open payload */
	uint8_t first;  /* type of the first payload, 0: none yet */
};

void pld_wr_init(struct pld_wr *c, struct buf_wr *w);
void pld_begin(struct pld_wr *c, uint8_t type);
/* Fills in the length; a payload over 65535 octets sets w->err. */
void pld_end(struct pld_wr *c);
/* A payload that is nothing but its body: KE, NONCE, HASH, SIG, VID. */
void pld_put(struct pld_wr *c, uint8_t type, struct bytes body);
/* Enters `type` as next payload of the last one written: for a payload that is added later, as
 * the SIG of a push, which signs the payloads before it. */
void pld_announce(struct pld_wr *c, uint8_t type);

#endif
