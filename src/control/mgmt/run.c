/* SPDX-License-Identifier: BSD-3-Clause */
/* A request: a line to a command or to a configuration, a question about the language. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "control/mgmt/private.h"

#define HELP_TEXT_MAX 16384

/* What a run function returns for an open question. Not an errno. */
#define ASKED (-100000)

static const char *const brackets[MODE_COUNT] = {
#define X(name, prompt, around) [MODE_##name] = prompt,
	CONF_MODES(X)
#undef X
};

void mgmt_prompt(const struct mgmt_session *s, char *out, size_t cap)
{
	const char *host = conf_store_now(s->mgmt->store)->hostname;

	if (s->place.mode == MODE_USER || s->place.mode == MODE_EXEC)
		snprintf(out, cap, "%s%s", host, s->place.mode == MODE_USER ? ">" : "#");
	else
		snprintf(out, cap, "%s(%s)#", host, brackets[s->place.mode]);
}

/* ---- what a command may do --------------------------------------------------------------- */

int mgmt_refuse(struct mgmt_call *call, int code, const char *fmt, ...)
{
	struct err_text e;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e.s, sizeof(e.s), fmt, ap);
	va_end(ap);
	emit_str(call->out, "error", "%% %s\n", e.s);
	return code;
}

int mgmt_ask(struct mgmt_call *call, const char *question)
{
	if (call->confirmed)
		return 0;
	call->session->answer.question = question;
	return ASKED;
}

enum conf_mode mgmt_mode(const struct mgmt_call *call)
{
	return call->session->place.mode;
}

bool mgmt_privileged(const struct mgmt_call *call)
{
	return call->session->privileged;
}

const char *mgmt_user(const struct mgmt_call *call)
{
	return call->session->user;
}

static void enter(struct mgmt_session *s, enum conf_mode mode)
{
	if (mode == MODE_EXEC && s->configured) {
		log_msg(SYS_CONFIG_I, "", "console", s->user);
		s->configured = false;
	}
	s->place.mode = mode;
}

void mgmt_enter(struct mgmt_call *call, enum conf_mode mode)
{
	enter(call->session, mode);
}

void mgmt_exit(struct mgmt_call *call)
{
	struct mgmt_session *s = call->session;
	struct conf_place up = s->place;

	if (s->place.mode == MODE_EXEC || s->place.mode == MODE_USER) {
		s->answer.status = CLIPROTO_BYE;
		return;
	}
	conf_place_exit(&up);
	if (up.mode == MODE_EXEC)
		enter(s, MODE_EXEC);
	else
		s->place = up;
}

void mgmt_page(struct mgmt_call *call, uint16_t lines)
{
	call->session->page = lines;
}

void mgmt_prompt_timestamp(struct mgmt_call *call, bool on)
{
	call->session->timestamp = on;
}

/* ---- configuration lines ----------------------------------------------------------------- */

/* The word at fault becomes the caret. */
static void point_at(struct mgmt_session *s, const char *line, int word)
{
	struct cli_line l;

	cli_lex(&l, line);
	if (word < 0 || (unsigned int)word >= l.n)
		return;
	s->answer.has_caret = true;
	s->answer.caret = (uint16_t)l.tok[word].offset;
}

static int try_line(struct mgmt_session *s, const struct cli_match *m, struct conf_line_error *e)
{
	struct conf_store *store = s->mgmt->store;
	struct conf_place at = s->place;
	struct conf *next;
	int rc = conf_copy(&next, conf_store_now(store));

	if (rc < 0)
		return err_set(&e->text, rc, "out of memory");
	rc = conf_line_apply(next, &at, m, conf_store_limits(store),
			     conf_store_is_key_server(store), e);
	rc = rc < 0 ? rc : conf_store_commit(store, next, &e->text);
	if (rc < 0) {
		conf_free(next);
		return rc;
	}
	s->place = at;
	return 0;
}

static int configure(struct mgmt_call *call)
{
	struct mgmt_session *s = call->session;
	struct conf_line_error e = {.word = -1};
	const char *question = conf_question(call->m);
	char text[CLI_LINE_MAX * 2];
	int rc = question == NULL ? 0 : mgmt_ask(call, question);

	if (rc != 0)
		return rc;
	rc = try_line(s, call->m, &e);
	if (rc < 0) {
		point_at(s, call->line, e.word);
		return mgmt_refuse(call, rc, "%s", e.text.s);
	}
	cli_match_canonical(call->m, text, sizeof(text));
	/* The text is its own scope of the rate limit: no line goes unlogged. */
	log_msg(PARSER_CFGLOG_LOGGEDCMD, text, s->user, text);
	s->configured = true;
	return 0;
}

/* ---- a line ------------------------------------------------------------------------------ */

static enum cliproto_status status_of(int rc)
{
	if (rc == ASKED)
		return CLIPROTO_ASK;
	return rc < 0 ? CLIPROTO_REFUSED : CLIPROTO_OK;
}

static void load_and_clock(struct mgmt_call *call)
{
	struct log_stamp now = log_clock_text(loop_wall_ms(call->session->mgmt->loop));
	double load[3] = {0};

	if (getloadavg(load, 3) < 0)
		load[0] = load[1] = load[2] = 0;
	emit_text(call->out,
		  "Load for five secs: %.0f%%/0%%; one minute: %.0f%%; five minutes: %.0f%%\n",
		  100 * load[0], 100 * load[0], 100 * load[1]);
	emit_text(call->out, "Time source is %s, %s%s\n",
		  log_clock_synchronised() ? "NTP" : "hardware calendar",
		  log_clock_synchronised() ? "" : "*", now.s);
}

/* A line that was applied has nothing to say, in JSON either; nor has one that waits. */
static void drop_output(struct mgmt_call *call)
{
	emit_free(call->session->answer.emit);
	call->session->answer.emit = NULL;
	call->out = NULL;
}

static int dispatch(struct mgmt_call *call)
{
	const struct mgmt_cmd *cmd = mgmt_command_of(call->session->mgmt, call->m->cmd);
	int rc;

	if (call->session->timestamp && cli_has(call->m, "show"))
		load_and_clock(call);
	rc = cmd == NULL ? configure(call) : cmd->run(call);
	if (rc == ASKED || (cmd == NULL && rc == 0))
		drop_output(call);
	return rc;
}

static void not_understood(struct mgmt_session *s, const struct cli_match *m, const char *line)
{
	char text[CLI_LINE_MAX + 64];

	cli_status_text(m, line, text, sizeof(text));
	s->answer.has_caret = m->status == CLI_INVALID;
	s->answer.caret = (uint16_t)GV_MIN(m->bad, (size_t)UINT16_MAX);
	emit_str(s->answer.emit, "error", "%s\n", text);
	s->answer.status = CLIPROTO_INVALID;
}

static void run_in(struct mgmt_session *s, enum conf_mode mode, uint8_t flags, const char *line)
{
	struct cli_match *m = calloc(1, sizeof(*m));
	struct mgmt_call call = {.m = m,
				 .line = line,
				 .out = s->answer.emit,
				 .session = s,
				 .env = s->mgmt->env,
				 .confirmed = (flags & CLIPROTO_CONFIRMED) != 0 ||
					      (flags & CLIPROTO_TERMINAL) == 0};
	enum cliproto_status status;

	if (m == NULL) {
		mgmt_refuse(&call, -ENOMEM, "out of memory");
		s->answer.status = CLIPROTO_REFUSED;
		return;
	}
	cli_match(m, s->mgmt->table, mode, line);
	if (m->status == CLI_OK) {
		status = status_of(dispatch(&call));
		if (status != CLIPROTO_OK)
			s->answer.status = status;
	} else if (m->status != CLI_EMPTY) {
		not_understood(s, m, line);
	}
	cli_match_wipe(m);
	free(m);
}

void mgmt_run(struct mgmt_session *s, uint8_t flags, const char *line)
{
	enum emit_mode mode = (flags & CLIPROTO_JSON) != 0 ? EMIT_JSON : EMIT_TEXT;

	s->answer.status = CLIPROTO_OK;
	if (emit_new(&s->answer.emit, mode) < 0) {
		s->answer.status = CLIPROTO_REFUSED;
		return;
	}
	run_in(s, s->place.mode, flags, line);
}

int mgmt_do(struct mgmt_call *call, const char *arg)
{
	struct mgmt_session *s = call->session;
	const struct cli_arg *a = cli_arg_find(call->m, arg, 0);
	struct cli_line l;
	uint8_t flags = call->confirmed ? CLIPROTO_CONFIRMED : CLIPROTO_TERMINAL;

	gv_assert(a != NULL);
	cli_lex(&l, call->line);
	run_in(s, MODE_EXEC, flags, a->text);
	if (s->answer.has_caret && a->word < l.n)
		s->answer.caret = (uint16_t)(s->answer.caret + l.tok[a->word].offset);
	switch (s->answer.status) {
	case CLIPROTO_ASK:
		return ASKED;
	case CLIPROTO_REFUSED:
		return -EINVAL;
	default:
		return 0;
	}
}

/* ---- help and completion ----------------------------------------------------------------- */

/* In configuration modes `do ` leads to the exec commands. */
static enum conf_mode mode_of(const struct mgmt_session *s, const char **text)
{
	const char *p = *text + strspn(*text, " \t");

	if (s->place.mode < MODE_CONFIG || strncasecmp(p, "do", 2) != 0 ||
	    (p[2] != ' ' && p[2] != '\t'))
		return s->place.mode;
	*text = p + 3;
	return MODE_EXEC;
}

void mgmt_help(struct mgmt_session *s, const char *text)
{
	enum conf_mode mode = mode_of(s, &text);
	struct cli_candidates *c = malloc(sizeof(*c));
	char *out = malloc(HELP_TEXT_MAX);

	if (c != NULL && out != NULL && emit_new(&s->answer.emit, EMIT_TEXT) == 0) {
		cli_candidates(c, s->mgmt->table, mode, text);
		cli_help_text(c, text, out, HELP_TEXT_MAX);
		emit_text(s->answer.emit, "%s", out);
	}
	free(out);
	free(c);
}

/* The keywords that fit, one a line. */
void mgmt_complete(struct mgmt_session *s, const char *text)
{
	enum conf_mode mode = mode_of(s, &text);
	struct cli_candidates *c = malloc(sizeof(*c));

	if (c != NULL && emit_new(&s->answer.emit, EMIT_TEXT) == 0) {
		cli_candidates(c, s->mgmt->table, mode, text);
		for (unsigned int i = 0; c->status == CLI_OK && i < c->n; i++)
			if (c->c[i].keyword && c->partial > 0)
				emit_text(s->answer.emit, "%s\n", c->c[i].text);
	}
	free(c);
}
