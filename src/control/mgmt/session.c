/* SPDX-License-Identifier: BSD-3-Clause */
/* A terminal: its octets in and out. What they mean is run.c's business. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"
#include "control/mgmt/private.h"

/* ---- life -------------------------------------------------------------------------------- */

void mgmt_session_free(struct mgmt_session *s)
{
	struct mgmt_session **at = &s->mgmt->sessions;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	s->mgmt->n_sessions--;
	loop_fd_free(s->watch);
	close(s->fd);
	emit_free(s->answer.emit);
	secret_wipe(s, sizeof(*s));
	free(s);
}

static void name_user(struct mgmt_session *s, uid_t uid)
{
	/* The name of another user would need a look-up that may block. */
	if (uid == 0)
		snprintf(s->user, sizeof(s->user), "root");
	else
		snprintf(s->user, sizeof(s->user), "uid %u", (unsigned int)uid);
}

static bool identify(struct mgmt_session *s)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(s->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return false;
	s->privileged = cred.uid == 0 || cred.uid == geteuid();
	name_user(s, cred.uid);
	return true;
}

/* ---- out --------------------------------------------------------------------------------- */

static void put(struct mgmt_session *s, uint8_t type, const void *body, size_t len)
{
	struct buf_wr w;

	buf_wr_init(&w, s->out, sizeof(s->out));
	w.pos = s->out_len;
	cliproto_put(&w, type, body, len);
	gv_assert(!w.err);
	s->out_len = w.pos;
}

static void put_end(struct mgmt_session *s)
{
	char prompt[CLIPROTO_PROMPT_MAX];
	uint8_t body[3 + CLIPROTO_PROMPT_MAX];

	mgmt_prompt(s, prompt, sizeof(prompt));
	body[0] = (uint8_t)s->answer.status;
	put_be16(body + 1, s->page);
	memcpy(body + 3, prompt, strlen(prompt));
	put(s, CLIPROTO_END, body, 3 + strlen(prompt));
}

/* The next piece of the answer into the empty output buffer. */
static void refill(struct mgmt_session *s)
{
	struct mgmt_answer *a = &s->answer;
	uint8_t caret[2];
	bool failed = a->status == CLIPROTO_INVALID || a->status == CLIPROTO_REFUSED;
	size_t piece;

	s->out_len = s->out_sent = 0;
	if (a->has_caret) {
		put_be16(caret, a->caret);
		put(s, CLIPROTO_CARET, caret, sizeof(caret));
		a->has_caret = false;
	}
	if (a->question != NULL) {
		put(s, CLIPROTO_QUESTION, a->question, strlen(a->question));
		a->question = NULL;
	}
	if (a->emit != NULL && a->text == NULL)
		a->text = emit_result(a->emit, &a->len);
	piece = GV_MIN(a->len - a->sent, (size_t)CLIPROTO_ANSWER_MAX);
	if (piece > 0) {
		put(s, failed ? CLIPROTO_ERROR : CLIPROTO_DATA, a->text + a->sent, piece);
		a->sent += piece;
	}
	if (a->sent < a->len)
		return;
	put_end(s);
	s->closing = s->closing || a->status == CLIPROTO_BYE;
	emit_free(a->emit);
	*a = (struct mgmt_answer){0};
}

/* False: the terminal is gone. */
static bool flush(struct mgmt_session *s)
{
	while (s->out_sent < s->out_len || s->answer.busy) {
		ssize_t n;

		if (s->out_sent == s->out_len)
			refill(s);
		n = send(s->fd, s->out + s->out_sent, s->out_len - s->out_sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		s->out_sent += (size_t)n;
	}
	return !s->closing;
}

/* ---- in ---------------------------------------------------------------------------------- */

static void hello(struct mgmt_session *s, struct bytes body)
{
	struct buf_rd r;
	uint8_t out[128];
	struct buf_wr w;
	enum cliproto_status status = CLIPROTO_OK;
	char text[96];

	buf_rd_init(&r, body.p, body.len);
	if (buf_rd_u16(&r) != CLIPROTO_VERSION || r.err)
		status = CLIPROTO_VERSION_WRONG;
	else if (s->mgmt->n_sessions > MGMT_SESSIONS_MAX)
		status = CLIPROTO_BUSY;
	snprintf(text, sizeof(text), "%s %s", s->mgmt->program, GV_VERSION);
	buf_wr_init(&w, out, sizeof(out));
	buf_wr_u16(&w, CLIPROTO_VERSION);
	buf_wr_u8(&w, (uint8_t)status);
	buf_wr_bytes(&w, text, strlen(text));
	put(s, CLIPROTO_HELLO, out, w.pos);
	s->greeted = true;
	s->closing = status != CLIPROTO_OK;
	/* The first prompt comes with the END of an empty request. */
	s->answer.busy = status == CLIPROTO_OK;
}

/* A request's text as a string; false for one that is none. */
static bool text_of(char out[CLIPROTO_REQUEST_MAX + 1], struct bytes b)
{
	if (b.len > CLIPROTO_REQUEST_MAX || memchr(b.p, '\0', b.len) != NULL)
		return false;
	memcpy(out, b.p, b.len);
	out[b.len] = '\0';
	return true;
}

static bool request(struct mgmt_session *s, const struct cliproto_frame *f)
{
	char text[CLIPROTO_REQUEST_MAX + 1];
	struct bytes body = f->body;
	uint8_t flags = 0;
	bool ok;

	if (!s->greeted) {
		hello(s, body);
		return f->type == CLIPROTO_HELLO;
	}
	if (f->type == CLIPROTO_RUN && body.len > 0) {
		flags = body.p[0];
		body = bytes_of(body.p + 1, body.len - 1);
	}
	ok = text_of(text, body);
	s->answer.busy = ok;
	if (ok && f->type == CLIPROTO_RUN)
		mgmt_run(s, flags, text);
	else if (ok && f->type == CLIPROTO_HELP)
		mgmt_help(s, text);
	else if (ok && f->type == CLIPROTO_COMPLETE)
		mgmt_complete(s, text);
	else
		ok = false;
	secret_wipe(text, sizeof(text));
	return ok;
}

/* Handles requests while there is a whole one and no answer under way. */
static bool work(struct mgmt_session *s)
{
	struct cliproto_frame f;
	size_t used;
	int rc;

	for (;;) {
		if (!flush(s))
			return false;
		if (s->answer.busy || s->out_sent < s->out_len)
			return true;
		rc = cliproto_take(&f, s->in, s->in_len, CLIPROTO_REQUEST_MAX, &used);
		if (rc == -EAGAIN)
			return true;
		if (rc < 0 || !request(s, &f))
			return false;
		s->in_len -= used;
		memmove(s->in, s->in + used, s->in_len);
		secret_wipe(s->in + s->in_len, used);
	}
}

static bool read_more(struct mgmt_session *s)
{
	ssize_t n = recv(s->fd, s->in + s->in_len, sizeof(s->in) - s->in_len, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	s->in_len += (size_t)n;
	return n > 0;
}

static void session_ready(int fd, unsigned int events, void *arg)
{
	struct mgmt_session *s = arg;
	bool alive = true;

	(void)fd;
	if ((events & LOOP_READ) != 0)
		alive = read_more(s);
	alive = alive && work(s);
	/* A terminal that does not read is not read from either. */
	alive = alive &&
		loop_fd_set(s->watch, s->out_sent < s->out_len || s->answer.busy ? LOOP_WRITE
										 : LOOP_READ) == 0;
	if (!alive)
		mgmt_session_free(s);
}

void mgmt_session_open(struct mgmt *m, int fd)
{
	struct mgmt_session *s = calloc(1, sizeof(*s));

	/* One more than the limit is let in, to be told. */
	if (s == NULL || m->n_sessions > MGMT_SESSIONS_MAX) {
		free(s);
		close(fd);
		return;
	}
	s->mgmt = m;
	s->fd = fd;
	s->page = CLIPROTO_PAGE_WINDOW;
	s->next = m->sessions;
	m->sessions = s;
	m->n_sessions++;
	if (!identify(s) || loop_fd_new(&s->watch, m->loop, fd, LOOP_READ, session_ready, s) < 0) {
		mgmt_session_free(s);
		return;
	}
	s->place.mode = s->privileged ? MODE_EXEC : MODE_USER;
}
