/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Takes a chain of payloads apart with the decoders of control/wire, down to the last attribute,
 * and puts it together again with the encoders: the octets must be the same.
 */
#ifndef TESTS_SUPPORT_RECODE_H
#define TESTS_SUPPORT_RECODE_H

#include "control/wire/isakmp.h"

/* What decoding one payload and encoding it again gives, appended to c. */
int recode_payload(struct pld_wr *c, enum pld_context context, const struct pld *p,
		   struct buf_err *e) GV_MUST_CHECK;
/* A whole chain into w, without its padding. -EILSEQ: decoded, but not the same octets. */
int recode_chain(struct buf_wr *w, enum pld_context context, uint8_t first, struct bytes b,
		 struct buf_err *e) GV_MUST_CHECK;

#endif
