/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP endpoints on the event loop. */
#include "control/net/net.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"

/* The largest UDP payload there can be is a little less. */
#define NET_DATAGRAM_MAX 65535
/* Datagrams taken from one socket before the others get their turn. */
#define NET_BATCH        64
/* A thousand members that register at once must fit while the loop is busy with one of them;
 * the kernel cuts it down to its own limit. */
#define NET_RCVBUF       (4 << 20)

struct net_sock {
	struct net_sock *next;
	struct net *net;
	struct endpoint local;
	struct loop_fd *watch;
	int fd;
	bool closed; /* closed by its own receive callback, freed when that returns */
	bool busy;
};

struct net {
	struct loop *loop;
	net_recv_fn *fn;
	void *arg;
	struct net_sock *socks;
	uint64_t counts[NET_COUNT_MAX];
	uint8_t buf[NET_DATAGRAM_MAX];
};

static const char *const count_texts[] = {
#define NET_COUNT(name, text) text,
#include "control/net/counts.def"
#undef NET_COUNT
};

const char *net_count_text(enum net_count which)
{
	return count_texts[which];
}

uint64_t net_count(const struct net *n, enum net_count which)
{
	return n->counts[which];
}

int net_new(struct net **out, struct loop *loop, net_recv_fn *fn, void *arg)
{
	struct net *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return -ENOMEM;
	n->loop = loop;
	n->fn = fn;
	n->arg = arg;
	*out = n;
	return 0;
}

static struct net_sock **sock_slot(struct net *n, const struct endpoint *local)
{
	struct net_sock **s = &n->socks;

	while (*s != NULL && !endpoint_equal(&(*s)->local, local))
		s = &(*s)->next;
	return s;
}

static void sock_free(struct net_sock *s)
{
	loop_fd_free(s->watch);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

static void sock_close(struct net_sock **slot)
{
	struct net_sock *s = *slot;

	*slot = s->next;
	if (s->busy)
		s->closed = true;
	else
		sock_free(s);
}

void net_close(struct net *n, const struct endpoint *local)
{
	struct net_sock **slot = sock_slot(n, local);

	if (*slot != NULL)
		sock_close(slot);
}

void net_free(struct net *n)
{
	if (n == NULL)
		return;
	while (n->socks != NULL)
		sock_close(&n->socks);
	free(n);
}

/* One datagram; false when there is none left. */
static bool sock_receive(struct net_sock *s)
{
	struct sockaddr_storage ss = {0};
	socklen_t ss_len = sizeof(ss);
	struct endpoint remote;
	struct net *n = s->net;
	ssize_t len;

	len = recvfrom(s->fd, n->buf, sizeof(n->buf), MSG_DONTWAIT, (struct sockaddr *)&ss,
		       &ss_len);
	if (len < 0) {
		if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
			n->counts[NET_COUNT_RECV_ERROR]++;
		return errno == EINTR;
	}
	if (endpoint_from_sockaddr(&remote, &ss) < 0) {
		n->counts[NET_COUNT_RECV_FAMILY]++;
		return true;
	}
	n->counts[NET_COUNT_RECEIVED]++;
	n->fn(&s->local, &remote, bytes_of(n->buf, (size_t)len), n->arg);
	return true;
}

static void sock_readable(int fd, unsigned int events, void *arg)
{
	struct net_sock *s = arg;

	s->busy = true;
	for (unsigned int i = 0; i < NET_BATCH && !s->closed; i++)
		if (!sock_receive(s))
			break;
	s->busy = false;
	if (s->closed)
		sock_free(s);
}

static int sock_options(int fd, uint8_t family)
{
	int v4 = IP_PMTUDISC_DONT, v6 = IPV6_PMTUDISC_DONT, room = NET_RCVBUF;

	/* The kernel may grant less: then more retransmissions are needed, not an error. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (family == ADDR_V4)
		return setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &v4, sizeof(v4));
	return setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &v6, sizeof(v6));
}

static int sock_bind(struct net_sock *s, struct endpoint *local)
{
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(local, &ss);

	if (len == 0)
		return -EAFNOSUPPORT;
	s->fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
	if (s->fd < 0 || sock_options(s->fd, local->addr.family) < 0 ||
	    bind(s->fd, (struct sockaddr *)&ss, len) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&ss, &len) < 0)
		return -errno;
	return endpoint_from_sockaddr(local, &ss);
}

int net_open(struct net *n, struct endpoint *local, struct err_text *e)
{
	struct net_sock *s;
	int rc;

	if (*sock_slot(n, local) != NULL)
		return 0;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return err_set(e, -ENOMEM, "no memory for a socket");
	s->net = n;
	s->fd = -1;
	rc = sock_bind(s, local);
	if (rc == 0)
		rc = loop_fd_new(&s->watch, n->loop, s->fd, LOOP_READ, sock_readable, s);
	if (rc < 0) {
		sock_free(s);
		return err_set(e, rc, "cannot receive on UDP %s: %s", endpoint_text(local).s,
			       strerror(-rc));
	}
	s->local = *local;
	s->next = n->socks;
	n->socks = s;
	return 0;
}

void net_send(struct net *n, const struct endpoint *local, const struct endpoint *remote,
	      struct bytes msg)
{
	struct net_sock *s = *sock_slot(n, local);
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(remote, &ss);

	if (s == NULL)
		n->counts[NET_COUNT_SEND_CLOSED]++;
	else if (sendto(s->fd, msg.p, msg.len, MSG_DONTWAIT, (struct sockaddr *)&ss, len) >= 0)
		n->counts[NET_COUNT_SENT]++;
	else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
		n->counts[NET_COUNT_SEND_FULL]++;
	else
		n->counts[NET_COUNT_SEND_ERROR]++;
}
