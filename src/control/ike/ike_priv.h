/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside of control/ike. Files:
 *	ike.c		the instance: datagrams in, dispatch, counters
 *	sa.c		phase 1 SAs: table, limits, life and end
 *	main_mode.c	state table and messages of main mode
 *	proposal.c	the SA payload of phase 1 against configuration
 *	phase2.c	exchanges under an SA
 *	info.c		informational exchange
 *	resend.c	retransmission and duplicates of one exchange
 *	seal.c		encryption of messages
 *
 * Life of objects: a callback may end the very SA or exchange it is called for. So whatever ends
 * is taken out of its tables at once and freed when the outermost call into this module returns
 * (ike_enter, ike_leave).
 */
#ifndef CONTROL_IKE_IKE_PRIV_H
#define CONTROL_IKE_IKE_PRIV_H

#include <sys/queue.h>

#include "control/ike/ike.h"
#include "control/ike/limits.h"
#include "control/ike/proposal.h"
#include "control/ike/resend.h"
#include "control/ike/seal.h"
#include "control/wire/isakmp.h"
#include "crypto/kex.h"
#include "crypto/skeyid.h"

/* What handlers of a message return when it was taken, in place of a reason to drop it. */
#define IKE_TAKEN IKE_DROP_COUNT

/* A datagram whose header was checked. */
struct ike_msg {
	struct isakmp_hdr hdr;
	const struct endpoint *local, *remote;
	struct bytes whole;
};

static inline struct bytes bytes_after_header(const struct ike_msg *m)
{
	return bytes_of(m->whole.p + ISAKMP_HDR_LEN, m->whole.len - ISAKMP_HDR_LEN);
}

enum mm_state {
	MM_SENT_1, /* initiator */
	MM_SENT_2, /* responder */
	MM_SENT_3, /* initiator */
	MM_SENT_4, /* responder */
	MM_SENT_5, /* initiator */
	MM_DONE,   /* authenticated */
	MM_DEAD
};

/* What only main mode itself needs. */
struct handshake {
	struct secret *psk;
	struct kex *kex;
	uint8_t *sa_i; /* body of the initiator's SA payload */
	size_t sa_i_len;
	uint8_t ke_i[KEX_PUBLIC_MAX], ke_r[KEX_PUBLIC_MAX];
	size_t ke_len;
	uint8_t ni[PLD_NONCE_MAX], nr[PLD_NONCE_MAX];
	size_t ni_len, nr_len;
	uint8_t iv[CBC_BLOCK_MAX];
	enum ike_end hint; /* what a notification in clear said; believed only after silence */
	bool told;         /* we sent one */
};

struct ike_sa {
	LIST_ENTRY(ike_sa) bucket;
	TAILQ_ENTRY(ike_sa) age; /* in the list of its class, or in the graveyard */
	struct ike_sa_list *list;
	struct ike *ike;
	struct endpoint local, remote;
	uint8_t cky_i[ISAKMP_COOKIE_LEN], cky_r[ISAKMP_COOKIE_LEN];
	bool initiator;
	bool indexed; /* in a bucket */
	enum mm_state state;
	uint32_t conn_id;
	uint32_t doi;
	struct ike_alg alg;
	struct ike_peer_info peer;
	uint8_t peer_id_type;
	uint8_t *peer_id;
	size_t peer_id_len;
	struct handshake *hs; /* NULL once main mode is over */
	struct skeyid keys;   /* afterwards only SKEYID_a is left */
	struct seal_key seal;
	uint8_t last_block[CBC_BLOCK_MAX]; /* of phase 1, where the IVs above it start */
	struct resend resend;
	struct loop_timer *life;
	uint64_t heard_ns; /* last authenticated message */
	LIST_HEAD(, ike_phase2) exchanges;
	unsigned int n_exchanges;
	ike_sa_fn *fn;
	void *arg;
};

TAILQ_HEAD(ike_sa_tailq, ike_sa);
struct ike_sa_list { /* oldest first */
	struct ike_sa_tailq q;
	unsigned int n;
};

struct ike_phase2 {
	LIST_ENTRY(ike_phase2) entry; /* of its SA, or of the graveyard */
	struct ike_sa *sa;
	uint32_t mid;
	uint8_t exchange;
	bool initiator;
	bool accepted; /* the message at hand was verified */
	bool over;     /* only there for duplicates */
	bool dead;     /* out of every list, freed soon */
	uint8_t iv[CBC_BLOCK_MAX], next_iv[CBC_BLOCK_MAX];
	struct bytes at_hand; /* the datagram being handled */
	struct resend resend;
	struct loop_timer *linger;
	ike_phase2_fn *fn;
	ike_phase2_end_fn *end;
	ike_phase2_notify_fn *notify;
	void *arg;
};

struct ike_raw {
	ike_raw_fn *fn;
	void *arg;
};

struct ike_accept {
	ike_phase2_new_fn *fn;
	void *arg;
};

#define IKE_BUCKETS 1024

struct ike {
	struct loop *loop;
	ike_send_fn *send;
	void *send_arg;
	const struct conf *conf;
	uint32_t doi;
	unsigned int depth; /* calls into the module that have not returned */
	uint32_t next_conn_id;
	uint64_t bucket_key; /* so that no peer can aim at one bucket */
	LIST_HEAD(, ike_sa) buckets[IKE_BUCKETS];
	struct ike_sa_list new_peers; /* responder, no message 3 yet */
	struct ike_sa_list half_open; /* responder, not authenticated yet */
	struct ike_sa_list accepted;  /* responder, authenticated */
	struct ike_sa_list started;   /* initiator, all states */
	struct ike_sa_list dead_sas;
	LIST_HEAD(, ike_phase2) dead_exchanges;
	struct ike_raw raw[256]; /* by exchange type */
	struct ike_accept accept[256];
	uint64_t drops[IKE_DROP_COUNT];
	uint8_t tx[ISAKMP_MSG_MAX], rx[ISAKMP_MSG_MAX];
};

/* ---- ike.c ---- */
void ike_enter(struct ike *ike);
void ike_leave(struct ike *ike);
void ike_transmit(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
		  struct bytes msg);

/* A message being written into ike->tx. */
struct ike_out {
	struct buf_wr w;
	struct pld_wr c;
};
void ike_out_begin(struct ike_out *o, struct ike *ike, const struct isakmp_hdr *h);
/* Header of a message under sa. */
struct isakmp_hdr ike_sa_hdr(const struct ike_sa *sa, uint8_t exchange, uint8_t flags,
			     uint32_t mid);
/* Enters the first payload's type and the length. -EMSGSIZE: it does not fit a datagram. */
int ike_out_end(struct ike_out *o) GV_MUST_CHECK;
struct bytes ike_out_bytes(const struct ike_out *o);

/* ---- sa.c ---- */
int ike_sa_new(struct ike_sa **out, struct ike *ike, const struct endpoint *local,
	       const struct endpoint *remote, bool initiator) GV_MUST_CHECK;
/* Once cky_i is set. */
void ike_sa_index(struct ike_sa *sa);
/* Out of the tables, exchanges ended, owner told; freed when the module is left. */
void ike_sa_end(struct ike_sa *sa, enum ike_end why);
void ike_sa_free_dead(struct ike *ike);
struct ike_sa *ike_sa_by_cookies(const struct ike *ike, const struct ike_msg *m);
/* Did we start an SA with this cookie? Then a first message that has it is our own, sent back. */
bool ike_sa_cookie_is_ours(const struct ike *ike, const uint8_t *cky_i);
/* Is there no other SA with that peer, as far as we know? */
bool ike_sa_is_only_one(const struct ike_sa *sa);
/* The cookie pair, which names the SA in notifications and deletions. */
void ike_sa_spi(const struct ike_sa *sa, uint8_t spi[ISAKMP_SPI_LEN]);
/* INITIAL-CONTACT: the peer has no other SA with us any more. */
void ike_sa_initial_contact(struct ike_sa *sa);
/* Both make room in the list they enter. */
void ike_sa_enter_half_open(struct ike_sa *sa);
void ike_sa_established(struct ike_sa *sa);
void ike_sa_handshake_free(struct ike_sa *sa);

/* ---- main_mode.c ---- */
enum ike_drop main_mode_input(struct ike *ike, const struct ike_msg *m);
int main_mode_start(struct ike_sa *sa) GV_MUST_CHECK;
const char *main_mode_name(enum mm_state s);

/* ---- phase2.c ---- */
struct ike_phase2 *phase2_find(const struct ike_sa *sa, uint32_t mid);
enum ike_drop phase2_input(struct ike_sa *sa, const struct ike_msg *m);
void phase2_end_all(struct ike_sa *sa, enum ike_end why);
void phase2_free_dead(struct ike *ike);
/* Leaves nothing behind, not even for duplicates. */
void phase2_forget(struct ike_phase2 *x);
/* Decrypts m under the IV of a new exchange or of iv; *c is its chain, HASH first. */
enum ike_drop phase2_open(struct ike_sa *sa, const struct ike_msg *m, const uint8_t *iv,
			  uint8_t *next_iv, struct pld_chain *c);
/* prf(SKEYID_a, M-ID | parts) == hash? */
bool phase2_hash_equal(const struct ike_sa *sa, uint32_t mid, const struct bytes *parts,
		       unsigned int n, struct bytes hash);

/* ---- info.c ---- */
enum ike_drop info_input(struct ike *ike, const struct ike_msg *m);
/* N in clear for a message that main mode cannot go on with. */
void info_tell_clear(struct ike *ike, const struct ike_msg *m, const uint8_t *cky_r, uint16_t type);
/* Protected D of the SA itself. */
void info_delete_sa(struct ike_sa *sa);

#endif
