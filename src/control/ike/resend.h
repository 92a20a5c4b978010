/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reliability of one exchange, phase 1 or above it. The side that started the exchange always
 * expects the next message, so it alone repeats on a timer; the other side answers an exact
 * duplicate with the octets of its last answer. A repeated message is the same octets, so no IV
 * moves, and a forged one costs a digest.
 */
#ifndef CONTROL_IKE_RESEND_H
#define CONTROL_IKE_RESEND_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"

struct ike;
struct loop_timer;

typedef void resend_give_up_fn(void *arg);

struct resend {
	struct ike *ike;
	const struct endpoint *local, *remote; /* of the SA */
	resend_give_up_fn *give_up;            /* nobody answered */
	void *arg;
	struct loop_timer *timer;
	uint8_t *msg; /* last message sent since the last one was taken */
	size_t len;
	uint64_t first_ns; /* when it was sent first */
	unsigned int copies;
	bool has_taken;
	uint8_t taken[32]; /* digest of the last message that was taken */
};

void resend_init(struct resend *r, struct ike *ike, const struct endpoint *local,
		 const struct endpoint *remote);
void resend_fini(struct resend *r);
/* Sends and keeps msg. repeat: again and again, until a message is taken or nobody answered. */
int resend_send(struct resend *r, struct bytes msg, bool repeat) GV_MUST_CHECK;
/* Is msg the last one taken, octet by octet? Then its answer goes out again, if there was one. */
bool resend_duplicate(struct resend *r, struct bytes msg);
/* msg was accepted: what we sent before has arrived and is not needed any more. */
int resend_take(struct resend *r, struct bytes msg) GV_MUST_CHECK;
/* No more repeats; duplicates are still answered. */
void resend_stop(struct resend *r);

#endif
