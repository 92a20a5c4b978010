/* SPDX-License-Identifier: BSD-3-Clause */
/* Netlink sockets: one that listens to announcements, one that asks and waits for the answer. */
#ifndef DATAPLANE_NLSOCK_H
#define DATAPLANE_NLSOCK_H

#include <stdint.h>

#include "base/err.h"
#include "dataplane/nlmsg.h"

struct mnl_socket;

struct nlsock {
	struct mnl_socket *events;   /* not blocking */
	struct mnl_socket *requests; /* blocking: the kernel answers within the call */
	uint32_t seq;
	bool groups_announced; /* the kernel tells of IPv4 multicast joins */
};

typedef void nlsock_fn(const struct nl_event *ev, void *arg);

/* In the namespace the thread is in; subscribes to what nlmsg.h decodes. */
int nlsock_open(struct nlsock *s, struct err_text *e) GV_MUST_CHECK;
void nlsock_close(struct nlsock *s);
int nlsock_fd(const struct nlsock *s);
/* Hands on what has been announced. -ENOBUFS: announcements were lost, dump again. */
int nlsock_read(struct nlsock *s, nlsock_fn *fn, void *arg, uint64_t *count) GV_MUST_CHECK;
/* Throws away what has been announced: a dump is about to say all of it. */
void nlsock_discard(struct nlsock *s);
/* -EAGAIN: the tables changed meanwhile, the dump has holes. */
int nlsock_dump(struct nlsock *s, uint16_t type, uint8_t family, nlsock_fn *fn,
		void *arg) GV_MUST_CHECK;
/* A request with NLM_F_ACK: the kernel's verdict. */
int nlsock_request(struct nlsock *s, struct nlmsg_request *r) GV_MUST_CHECK;
/* A request without an answer. */
int nlsock_tell(struct nlsock *s, struct nlmsg_request *r) GV_MUST_CHECK;

#endif
