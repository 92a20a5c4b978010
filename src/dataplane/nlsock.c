/* SPDX-License-Identifier: BSD-3-Clause */
/* libmnl's sockets, with the buffers and groups the mirror needs. */
#include "dataplane/nlsock.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENT_BUFFER (4 << 20) /* 100,000 routes added at once did not overrun it */
#define READ_BUFFER  32768     /* a dump comes in pieces of at most this */
#define READS_MAX    256       /* a turn: the loop has other things to do */

static const int groups[] = {
	RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_NETCONF,
};

static int open_one(struct mnl_socket **out, int flags, struct err_text *e)
{
	*out = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags);
	if (*out != NULL && mnl_socket_bind(*out, 0, MNL_SOCKET_AUTOPID) == 0)
		return 0;
	return err_set(e, -errno, "no netlink socket: %s", strerror(errno));
}

static int subscribe(struct nlsock *s, struct err_text *e)
{
	int fd = mnl_socket_get_fd(s->events), size = EVENT_BUFFER, g = NL_GROUP_IPV4_MCADDR;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	for (size_t i = 0; i < GV_ARRAY_SIZE(groups); i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			       sizeof(groups[i])) != 0)
			return err_set(e, -errno, "netlink group %d: %s", groups[i],
				       strerror(errno));
	/* Older kernels know the group's number but never announce; the dump tells them apart. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &g, sizeof(g));
	return 0;
}

int nlsock_open(struct nlsock *s, struct err_text *e)
{
	int rc;

	*s = (struct nlsock){.seq = 1};
	rc = open_one(&s->events, SOCK_NONBLOCK, e);
	if (rc == 0)
		rc = open_one(&s->requests, 0, e);
	if (rc == 0)
		rc = subscribe(s, e);
	if (rc != 0)
		nlsock_close(s);
	return rc;
}

void nlsock_close(struct nlsock *s)
{
	if (s->events != NULL)
		mnl_socket_close(s->events);
	if (s->requests != NULL)
		mnl_socket_close(s->requests);
	*s = (struct nlsock){0};
}

int nlsock_fd(const struct nlsock *s)
{
	return mnl_socket_get_fd(s->events);
}

struct reader {
	nlsock_fn *fn;
	void *arg;
	uint64_t count;
	bool interrupted;
};

static void on_message(struct reader *r, const struct nlmsghdr *h)
{
	struct nl_event ev;

	r->count++;
	if ((h->nlmsg_flags & NLM_F_DUMP_INTR) != 0)
		r->interrupted = true;
	nlmsg_decode(&ev, h);
	if (ev.kind != NL_IGNORED)
		r->fn(&ev, r->arg);
}

int nlsock_read(struct nlsock *s, nlsock_fn *fn, void *arg, uint64_t *count)
{
	_Alignas(8) char buf[READ_BUFFER];
	struct reader r = {.fn = fn, .arg = arg};
	int rc = 0;

	for (unsigned int i = 0; i < READS_MAX; i++) {
		const struct nlmsghdr *h = (const struct nlmsghdr *)(void *)buf;
		ssize_t n = mnl_socket_recvfrom(s->events, buf, sizeof(buf));
		int left = (int)n;

		if (n < 0) {
			rc = errno == EAGAIN || errno == EINTR ? 0 : -ENOBUFS;
			break;
		}
		for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left))
			on_message(&r, h);
	}
	*count += r.count;
	return rc;
}

void nlsock_discard(struct nlsock *s)
{
	char buf[READ_BUFFER];

	while (mnl_socket_recvfrom(s->events, buf, sizeof(buf)) >= 0 || errno == ENOBUFS)
		;
}

static int verdict(const struct nlmsghdr *h)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(h);

	return mnl_nlmsg_get_payload_len(h) < sizeof(*err) ? -EBADMSG : err->error;
}

/* Runs to the end of the answer even if it is spoilt: what stayed in the socket would be taken
 * for the answer to the next request. */
static int exchange(struct nlsock *s, struct nlmsg_request *req, struct reader *r)
{
	_Alignas(8) char buf[READ_BUFFER];
	struct nlmsghdr *q = nlmsg_hdr(req);

	q->nlmsg_seq = s->seq++;
	if (mnl_socket_sendto(s->requests, q, q->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		const struct nlmsghdr *h = (const struct nlmsghdr *)(void *)buf;
		ssize_t n = mnl_socket_recvfrom(s->requests, buf, sizeof(buf));
		int left = (int)n;

		if (n < 0)
			return -errno;
		for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
			if (h->nlmsg_seq != q->nlmsg_seq)
				continue;
			if (h->nlmsg_type == NLMSG_ERROR)
				return verdict(h);
			if (h->nlmsg_type == NLMSG_DONE)
				return r->interrupted ? -EAGAIN : 0;
			on_message(r, h);
		}
	}
}

int nlsock_dump(struct nlsock *s, uint16_t type, uint8_t family, nlsock_fn *fn, void *arg)
{
	struct reader r = {.fn = fn, .arg = arg};
	struct nlmsg_request req;

	nlmsg_dump(&req, type, family);
	return exchange(s, &req, &r);
}

static void ignore(const struct nl_event *ev, void *arg)
{
}

int nlsock_request(struct nlsock *s, struct nlmsg_request *req)
{
	struct reader r = {.fn = ignore};

	return exchange(s, req, &r);
}

int nlsock_tell(struct nlsock *s, struct nlmsg_request *req)
{
	struct nlmsghdr *h = nlmsg_hdr(req);

	h->nlmsg_seq = s->seq++;
	return mnl_socket_sendto(s->events, h, h->nlmsg_len) < 0 ? -errno : 0;
}
