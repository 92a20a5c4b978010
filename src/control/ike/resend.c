/* SPDX-License-Identifier: BSD-3-Clause */
/* Retransmission and duplicates of one exchange. */
#include "control/ike/resend.h"

#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "control/ike/ike_priv.h"
#include "crypto/prf.h"

void resend_init(struct resend *r, struct ike *ike, const struct endpoint *local,
		 const struct endpoint *remote)
{
	*r = (struct resend){.ike = ike, .local = local, .remote = remote};
}

static void forget(struct resend *r)
{
	free(r->msg);
	r->msg = NULL;
	r->len = 0;
	r->copies = 0;
}

void resend_fini(struct resend *r)
{
	loop_timer_free(r->timer);
	r->timer = NULL;
	forget(r);
}

void resend_stop(struct resend *r)
{
	if (r->timer != NULL)
		loop_timer_cancel(r->timer);
}

static void transmit(struct resend *r)
{
	r->copies++;
	ike_transmit(r->ike, r->local, r->remote, bytes_of(r->msg, r->len));
}

static void tick(void *arg)
{
	struct resend *r = arg;
	struct ike *ike = r->ike;

	ike_enter(ike);
	if (r->copies >= IKE_SENDS) {
		r->give_up(r->arg);
	} else {
		loop_timer_set(r->timer, IKE_FIRST_WAIT_NS << r->copies);
		transmit(r);
	}
	ike_leave(ike);
}

int resend_send(struct resend *r, struct bytes msg, bool repeat)
{
	uint8_t *copy = malloc(msg.len);

	if (copy == NULL)
		return -ENOMEM;
	if (repeat && r->timer == NULL &&
	    loop_timer_new(&r->timer, ike_loop(r->ike), tick, r) < 0) {
		free(copy);
		return -ENOMEM;
	}
	forget(r);
	memcpy(copy, msg.p, msg.len);
	r->msg = copy;
	r->len = msg.len;
	r->first_ns = loop_now_ns(ike_loop(r->ike));
	if (repeat)
		loop_timer_set(r->timer, IKE_FIRST_WAIT_NS);
	transmit(r);
	return 0;
}

bool resend_duplicate(struct resend *r, struct bytes msg)
{
	uint8_t digest[PRF_MAX];

	if (!r->has_taken || prf_digest(PRF_SHA256, &msg, 1, digest) < 0 ||
	    memcmp(digest, r->taken, sizeof(r->taken)) != 0)
		return false;
	if (r->msg != NULL && r->copies <= IKE_REPEATS_MAX)
		transmit(r);
	return true;
}

int resend_take(struct resend *r, struct bytes msg)
{
	uint8_t digest[PRF_MAX];
	int rc = prf_digest(PRF_SHA256, &msg, 1, digest);

	if (rc < 0)
		return rc;
	memcpy(r->taken, digest, sizeof(r->taken));
	r->has_taken = true;
	resend_stop(r);
	forget(r);
	return 0;
}
