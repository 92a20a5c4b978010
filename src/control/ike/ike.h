/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IKEv1 phase 1 (main mode) and the phase 2 envelope under it, both roles, for UDP 848. No
 * socket in here: datagrams come in through ike_input() and leave through a send function.
 *
 * Exchanges above phase 1 (GROUPKEY-PULL 32, informational 5) use ike_phase2_*; datagrams of
 * exchanges with an envelope of their own (GROUPKEY-PUSH 33, acknowledgement 35) are handed to
 * a registered function as they came.
 */
#ifndef CONTROL_IKE_IKE_H
#define CONTROL_IKE_IKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"

struct conf;
struct loop;
struct ike;    /* one instance a daemon */
struct ike_sa; /* a phase 1 SA, established or on its way */

typedef void ike_send_fn(const struct endpoint *local, const struct endpoint *remote,
			 struct bytes msg, void *arg);

/* What the peer's vendor ID told. Nothing authenticates a vendor ID in IKEv1: its absence may only
 * make things stricter, and a GAP attribute inside the pull confirms it. */
struct ike_peer_info {
	bool ours;          /* announced our VID */
	uint8_t version[3]; /* major, minor, mini; zero when unknown */
};

enum ike_end {
#define IKE_END(name, text) IKE_END_##name,
#include "control/ike/ends.def"
#undef IKE_END
	IKE_END_COUNT
};
const char *ike_end_text(enum ike_end why);

/* Our vendor ID: 16 octets that name the private extensions, then the version (major, minor,
 * mini) of this software. */
#define IKE_VID_LEN 19
extern const uint8_t ike_vid[IKE_VID_LEN];

int ike_new(struct ike **out, struct loop *loop, ike_send_fn *send, void *arg) GV_MUST_CHECK;
void ike_free(struct ike *ike);
struct loop *ike_loop(const struct ike *ike);
/* Policies and pre-shared keys; the object must outlive its use or be replaced first. */
void ike_set_conf(struct ike *ike, const struct conf *c);
/* Phase 1 DOI we offer as initiator: 2 (GDOI, default) or 1 (IPsec, for peers that know no other).
 * A responder answers with the DOI it was offered. */
void ike_set_doi(struct ike *ike, uint32_t doi);

/* Every datagram that arrives on UDP 848. Never fails: what is wrong is counted by reason. */
void ike_input(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
	       struct bytes msg);

/* Hands on datagrams of an exchange type that has an envelope of its own. */
typedef void ike_raw_fn(const struct endpoint *local, const struct endpoint *remote,
			struct bytes msg, void *arg);
void ike_set_raw(struct ike *ike, uint8_t exchange, ike_raw_fn *fn, void *arg);

/* ---- phase 1 ---------------------------------------------------------------------------- */

/* Called once when phase 1 ends either way, and once more when an established SA goes away. */
typedef void ike_sa_fn(struct ike_sa *sa, enum ike_end what, void *arg);

/* Initiator. The SA belongs to the ike instance; it is gone after its end was reported, which
 * never happens before this returns. -ENOKEY: no pre-shared key for remote, -ENOENT: no usable
 * `crypto isakmp policy`. */
int ike_sa_start(struct ike_sa **out, struct ike *ike, const struct endpoint *local,
		 const struct endpoint *remote, ike_sa_fn *fn, void *arg) GV_MUST_CHECK;
/* An established SA with that peer that we started and that the peer answered on a short while
 * ago, so that it most likely still has it; NULL when there is none. */
struct ike_sa *ike_sa_find(struct ike *ike, const struct endpoint *local,
			   const struct endpoint *remote);
void ike_sa_delete(struct ike_sa *sa, bool tell_peer);
/* Nobody calls fn any more. */
void ike_sa_detach(struct ike_sa *sa);
const struct endpoint *ike_sa_local(const struct ike_sa *sa);
const struct endpoint *ike_sa_remote(const struct ike_sa *sa);
const struct ike_peer_info *ike_sa_peer(const struct ike_sa *sa);
/* The authenticated identity: ID type, then its data. */
struct bytes ike_sa_peer_id(const struct ike_sa *sa, uint8_t *id_type);
bool ike_sa_is_initiator(const struct ike_sa *sa);

/* One row of `show crypto isakmp sa`. */
struct ike_sa_row {
	struct addr dst, src;
	const char *state; /* GDOI_IDLE, MM_NO_STATE, MM_SA_SETUP, MM_KEY_EXCH, ... */
	uint32_t conn_id;
	bool active;
};
void ike_sa_each(const struct ike *ike, void (*fn)(const struct ike_sa_row *row, void *arg),
		 void *arg);

/* ---- phase 2 envelope ------------------------------------------------------------------- */

/*
 * HDR*, HASH, payloads. The caller encodes payloads after the HASH (with generic headers) and
 * names what the prf covers before them; the envelope makes the HASH payload, pads, chains the
 * IV per message ID, retransmits what expects an answer and answers exact duplicates.
 */
struct ike_phase2; /* one exchange: SA, message ID, IV chain */

/* payloads: everything after the HASH payload up to the end of the chain, without padding. */
typedef void ike_phase2_fn(struct ike_phase2 *x, uint8_t first_payload, struct bytes payloads,
			   struct bytes hash, void *arg);
/* The exchange is over without an answer (retransmissions used up, SA gone); x is gone after. */
typedef void ike_phase2_end_fn(struct ike_phase2 *x, enum ike_end why, void *arg);

int ike_phase2_start(struct ike_phase2 **out, struct ike_sa *sa, uint8_t exchange,
		     ike_phase2_fn *fn, ike_phase2_end_fn *end, void *arg) GV_MUST_CHECK;
/* Responder: called for the first message of an unknown message ID of that exchange type; sets
 * the functions of the exchange by ike_phase2_adopt() and then gets the message itself. */
typedef void ike_phase2_new_fn(struct ike_phase2 *x, void *arg);
void ike_set_phase2(struct ike *ike, uint8_t exchange, ike_phase2_new_fn *fn, void *arg);
void ike_phase2_adopt(struct ike_phase2 *x, ike_phase2_fn *fn, ike_phase2_end_fn *end, void *arg);

/* The peer sent a protected notification while x was open: to every open exchange that we started,
 * or to the one whose message ID it carries as its 4 octets of data. fn may end x. */
typedef void ike_phase2_notify_fn(struct ike_phase2 *x, uint16_t type, void *arg);
void ike_phase2_on_notify(struct ike_phase2 *x, ike_phase2_notify_fn *fn);

struct ike_sa *ike_phase2_sa(const struct ike_phase2 *x);
uint32_t ike_phase2_mid(const struct ike_phase2 *x);
/* prf(SKEYID_a, M-ID | a | b | ...): out has room for 64 octets; returns the length. */
size_t ike_phase2_hash(const struct ike_phase2 *x, const struct bytes *parts, unsigned int n,
		       uint8_t *out);
/* Is the HASH of the message just received prf(SKEYID_a, M-ID | parts)? "No" counts the message as
 * forged and the caller returns at once: the exchange goes on as if it had not come, and one that
 * it opened ends (MALFORMED). "Yes" accepts it: the receive IV moves, and its duplicates are recognised. */
bool ike_phase2_check(struct ike_phase2 *x, struct bytes hash, const struct bytes *parts,
		      unsigned int n);
/* Sends HDR*, HASH(parts), payloads. expects_answer: retransmit until the next message comes. */
int ike_phase2_send(struct ike_phase2 *x, const struct bytes *hash_parts, unsigned int n,
		    uint8_t first_payload, struct bytes payloads,
		    bool expects_answer) GV_MUST_CHECK;
/* Monotonic time of the first transmission of our last message, for the RTT of a pull. */
uint64_t ike_phase2_sent_ns(const struct ike_phase2 *x);
/* Ends it from our side; its functions are not called again and x is not used any more. The last
 * message stays to answer duplicates for a while. */
void ike_phase2_done(struct ike_phase2 *x);

/* Protected notification (informational exchange). It is not acknowledged. */
int ike_notify(struct ike_sa *sa, uint16_t type, struct bytes data) GV_MUST_CHECK;

/* ---- counters --------------------------------------------------------------------------- */

enum ike_drop {
#define IKE_DROP(name, text) IKE_DROP_##name,
#include "control/ike/drops.def"
#undef IKE_DROP
	IKE_DROP_COUNT
};
uint64_t ike_drop_count(const struct ike *ike, enum ike_drop why);
const char *ike_drop_text(enum ike_drop why);

#endif
