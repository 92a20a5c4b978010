/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames to and from the daemon, waiting for each. */
#include "client/conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct conn {
	int fd;
	size_t len, used;
	uint8_t in[CLIPROTO_HEAD + CLIPROTO_ANSWER_MAX];
};

static int send_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* The next frame; it is gone with the next call. */
static int next_frame(struct conn *c, struct cliproto_frame *f)
{
	size_t used;
	ssize_t k;
	int rc;

	c->len -= c->used;
	memmove(c->in, c->in + c->used, c->len);
	c->used = 0;
	for (;;) {
		rc = cliproto_take(f, c->in, c->len, CLIPROTO_ANSWER_MAX, &used);
		if (rc == 0)
			c->used = used;
		if (rc != -EAGAIN)
			return rc;
		k = recv(c->fd, c->in + c->len, sizeof(c->in) - c->len, 0);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return k < 0 ? -errno : -EPIPE;
		c->len += (size_t)k;
	}
}

static int take_end(struct conn_end *end, struct bytes body)
{
	struct buf_rd r;
	size_t n;

	buf_rd_init(&r, body.p, body.len);
	end->status = (enum cliproto_status)buf_rd_u8(&r);
	end->page = buf_rd_u16(&r);
	n = buf_rd_left(&r);
	if (r.err || n >= sizeof(end->prompt))
		return -EBADMSG;
	buf_rd_copy(&r, end->prompt, n);
	end->prompt[n] = '\0';
	return 0;
}

static int answer(struct conn *c, const struct conn_sink *sink, struct conn_end *end)
{
	struct cliproto_frame f;
	int rc;

	for (;;) {
		rc = next_frame(c, &f);
		if (rc < 0)
			return rc;
		switch (f.type) {
		case CLIPROTO_END:
			return take_end(end, f.body);
		case CLIPROTO_CARET:
			if (f.body.len == 2 && sink != NULL)
				sink->caret(get_be16(f.body.p), sink->arg);
			break;
		case CLIPROTO_DATA:
		case CLIPROTO_ERROR:
		case CLIPROTO_QUESTION:
			if (sink != NULL)
				sink->data((const char *)f.body.p, f.body.len,
					   (enum cliproto_type)f.type, sink->arg);
			break;
		default:
			return -EBADMSG;
		}
	}
}

int conn_request(struct conn *c, uint8_t type, uint8_t flags, const char *text,
		 const struct conn_sink *sink, struct conn_end *end)
{
	uint8_t out[CLIPROTO_HEAD + CLIPROTO_REQUEST_MAX], body[CLIPROTO_REQUEST_MAX];
	struct buf_wr w, b;
	int rc;

	buf_wr_init(&b, body, sizeof(body));
	if (type == CLIPROTO_RUN)
		buf_wr_u8(&b, flags);
	buf_wr_bytes(&b, text, strlen(text));
	buf_wr_init(&w, out, sizeof(out));
	cliproto_put(&w, type, body, b.pos);
	if (b.err || w.err)
		return -EMSGSIZE;
	rc = send_all(c->fd, out, w.pos);
	return rc < 0 ? rc : answer(c, sink, end);
}

/* ---- opening ----------------------------------------------------------------------------- */

static int hello_status(const struct cliproto_frame *f, struct err_text *e)
{
	struct buf_rd r;
	unsigned int version, status;

	buf_rd_init(&r, f->body.p, f->body.len);
	version = buf_rd_u16(&r);
	status = buf_rd_u8(&r);
	if (f->type != CLIPROTO_HELLO || r.err)
		return err_set(e, -EBADMSG, "what answers there is no GETVPN daemon");
	if (status == CLIPROTO_VERSION_WRONG)
		return err_set(e, -EPROTO,
			       "the daemon speaks version %u of the protocol, this program %d",
			       version, CLIPROTO_VERSION);
	if (status == CLIPROTO_BUSY)
		return err_set(e, -EBUSY, "too many sessions are open");
	return 0;
}

static int hello(struct conn *c, struct conn_end *first, struct err_text *e)
{
	uint8_t out[CLIPROTO_HEAD + 2], version[2];
	struct cliproto_frame f;
	struct buf_wr w;
	int rc;

	put_be16(version, CLIPROTO_VERSION);
	buf_wr_init(&w, out, sizeof(out));
	cliproto_put(&w, CLIPROTO_HELLO, version, sizeof(version));
	rc = send_all(c->fd, out, w.pos);
	rc = rc < 0 ? rc : next_frame(c, &f);
	if (rc == 0) {
		rc = hello_status(&f, e);
		if (rc < 0)
			return rc;
		rc = answer(c, NULL, first);
	}
	return rc < 0 ? err_set(e, rc, "no greeting from the daemon: %s", strerror(-rc)) : 0;
}

static int dial(struct conn *c, const char *path, struct err_text *e)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(un.sun_path))
		return err_set(e, -ENAMETOOLONG, "%s: path too long", path);
	memcpy(un.sun_path, path, strlen(path));
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&un, sizeof(un)) < 0)
		return err_set(e, -errno, "%s: %s", path,
			       errno == ENOENT || errno == ECONNREFUSED ? "no daemon answers there"
									: strerror(errno));
	return 0;
}

int conn_open(struct conn **out, const char *socket_path, struct conn_end *first,
	      struct err_text *e)
{
	struct conn *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	rc = dial(c, socket_path, e);
	rc = rc < 0 ? rc : hello(c, first, e);
	if (rc < 0) {
		conn_close(c);
		return rc;
	}
	*out = c;
	return 0;
}

void conn_close(struct conn *c)
{
	if (c == NULL)
		return;
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}
