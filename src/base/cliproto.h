/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The protocol between a daemon and its terminals, on a Unix stream socket.
 *
 * A frame is a length (32 bits, big-endian, of what follows), a type (one octet) and a body.
 * The terminal says HELLO, is answered by HELLO, and then sends one request at a time: the
 * answer is any number of DATA and the like and one END. Both sides name their version in
 * HELLO; a daemon that speaks another one says so and closes.
 */
#ifndef BASE_CLIPROTO_H
#define BASE_CLIPROTO_H

#include "base/buf.h"

#define CLIPROTO_VERSION     1
#define CLIPROTO_HEAD        5
#define CLIPROTO_REQUEST_MAX 2048  /* octets of a body towards the daemon */
#define CLIPROTO_ANSWER_MAX  16384 /* towards the terminal */
#define CLIPROTO_PROMPT_MAX  128

enum cliproto_type {
	/* from the terminal */
	CLIPROTO_HELLO = 'H',    /* version (16 bits) */
	CLIPROTO_RUN = 'R',      /* flags (8 bits), line */
	CLIPROTO_HELP = '?',     /* text before the cursor */
	CLIPROTO_COMPLETE = 'T', /* text before the cursor */
	/* from the daemon: HELLO has version, status (8 bits), program and its version as text */
	CLIPROTO_DATA = 'D',
	CLIPROTO_ERROR = '!',    /* as DATA, of a request that was not done */
	CLIPROTO_QUESTION = 'Q', /* of a command that waits for a yes */
	CLIPROTO_CARET = '^', /* offset in the line (16 bits), before the DATA that explains it */
	CLIPROTO_END = 'E',   /* status (8 bits), page length (16 bits), prompt */
};

enum cliproto_flags {
	CLIPROTO_JSON = 1,
	CLIPROTO_CONFIRMED = 2, /* the question was answered by yes */
	CLIPROTO_TERMINAL = 4,  /* a person types: questions may be asked */
};

enum cliproto_status {
	CLIPROTO_OK,
	CLIPROTO_INVALID, /* the line was not understood */
	CLIPROTO_REFUSED, /* it was understood and not done */
	CLIPROTO_ASK,     /* nothing was done yet: run again with CONFIRMED for yes */
	CLIPROTO_BYE,     /* the session is over */
	CLIPROTO_VERSION_WRONG,
	CLIPROTO_BUSY, /* too many sessions */
};

#define CLIPROTO_PAGE_WINDOW 0xffff /* page length: whatever the window has */

struct cliproto_frame {
	uint8_t type;
	struct bytes body; /* borrowed */
};

/* The first frame of n octets at p. 0: *used octets were taken. -EAGAIN: it is not complete yet.
 * -EMSGSIZE: its body is longer than max. */
int cliproto_take(struct cliproto_frame *out, const void *p, size_t n, size_t max,
		  size_t *used) GV_MUST_CHECK;
/* Appends a frame; sticky error of w when there is no room. */
void cliproto_put(struct buf_wr *w, uint8_t type, const void *body, size_t len);

#endif
