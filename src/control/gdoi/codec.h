/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between struct gdoi_policy and the SA and KD payloads of pull and push (RFC 6407 5.2 to 5.6).
 *
 * Two forms of a policy exist. The full form carries private attributes, deny lines and
 * pseudotime and goes to peers that announced our vendor ID; the plain form is what RFC 6407
 * defines.
 */
#ifndef CONTROL_GDOI_CODEC_H
#define CONTROL_GDOI_CODEC_H

#include "control/gdoi/policy.h"
#include "control/wire/gdoi_kd.h"
#include "control/wire/gdoi_sa.h"

#define CODEC_EXT_VERSION 1 /* value of the GAP attribute that confirms the vendor ID */

struct codec_out {
	/* A pull names the member as destination of unicast pushes; a push is the same octets for
	 * many of them and says 0.0.0.0. */
	bool pull;
	struct endpoint member; /* pull */
	bool confirm; /* pull: the member announced our vendor ID, tell it that we saw it */
	/* Push: the KEK it goes under. The public key travels only with another one. */
	const uint8_t *under;
};

/* -EINVAL: the policy cannot be said in its form, *e names what. */
int codec_put_sa(struct pld_wr *c, const struct gdoi_policy *p, const struct codec_out *how,
		 struct err_text *e) GV_MUST_CHECK;
void codec_put_kd(struct pld_wr *c, const struct gdoi_policy *p, const struct codec_out *how);

struct codec_in {
	bool ours;          /* the peer announced our vendor ID, so private attributes are ours */
	bool ext_version;   /* out: EXT_VERSION was there */
	const uint8_t *kek; /* push: SPI of the KEK it came under, which old servers put on the new
			     * KEK's key packet */
};

/*
 * Into an initialised policy; on failure it holds what was read so far, to be cleared.
 * -EBADMSG: malformed. -ENOTSUP: well-formed, but an algorithm, attribute or selector in it is
 * not supported, and a policy is never installed in part. *e names it.
 */
int codec_get_sa(struct gdoi_policy *p, const struct pld *sa, struct codec_in *in,
		 struct err_text *e) GV_MUST_CHECK;
/* Keys for what codec_get_sa() found, matched by SPI. Every TEK must have its keys. */
int codec_get_kd(struct gdoi_policy *p, const struct pld *kd, const struct codec_in *in,
		 struct err_text *e) GV_MUST_CHECK;

/* decode_kek.c */
int codec_get_sak(struct gdoi_policy *p, const struct pld *item, struct err_text *e) GV_MUST_CHECK;
int codec_get_kek_key(struct gdoi_policy *p, const struct gdoi_key_packet *k,
		      const struct codec_in *in, struct err_text *e) GV_MUST_CHECK;
/* decode_sat.c */
int codec_get_sat(struct gdoi_policy *p, const struct pld *item, const struct codec_in *in,
		  struct err_text *e) GV_MUST_CHECK;
/* After the last SAT: one form for all, TEKs of one SA oldest first. */
int codec_finish_sats(struct gdoi_policy *p, struct err_text *e) GV_MUST_CHECK;

#endif
