/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration text to objects, all of it or nothing. References between objects are checked
 * when all lines are there, so that their order does not matter; what each line was about is
 * remembered, so that a fault found then still names its line.
 */
#include "control/conf/loader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/conf/row.h"

#define FILE_MAX_BYTES (4u << 20)
#define CONFIG_MODES   (~(CLI_IN(MODE_USER) | CLI_IN(MODE_EXEC)))

static const struct cli_cmd exit_cmd = {CONFIG_MODES, 0, "exit", NULL, "Leave this mode"};
static const struct cli_cmd end_cmd = {CONFIG_MODES, 0, "end", NULL, "End of the configuration"};

struct mark {
	struct conf_blame what;
	unsigned int line;
};

struct loader {
	const char *name;
	const struct conf_limits *lim;
	bool key_server;
	struct cli_table *table;
	struct cli_match *m;
	struct conf *c;
	struct conf_place at;
	struct mark *marks;
	unsigned int n_marks;
	unsigned int line;
	bool ended;
	struct conf_report *why;
};

/* ---- reports ----------------------------------------------------------------------------- */

/* The line as typed with a caret under `at`; tabs stay tabs so that the caret is in place. */
static int report(struct loader *l, const char *text, size_t at, const char *reason)
{
	char shown[CLI_LINE_MAX + 16], pad[CLI_LINE_MAX + 16];
	size_t i;

	at = cli_redact(l->m, text, at, shown, sizeof(shown));
	for (i = 0; i < at && shown[i] != '\0' && i + 1 < sizeof(pad); i++)
		pad[i] = shown[i] == '\t' ? '\t' : ' ';
	pad[i] = '\0';
	snprintf(l->why->s, sizeof(l->why->s), "%s:%u: %s\n%s\n%s^", l->name, l->line, reason,
		 shown, pad);
	return -EINVAL;
}

static int report_word(struct loader *l, const char *text, const struct conf_line_error *e)
{
	struct cli_line words;
	size_t at;

	cli_lex(&words, text);
	at = words.n == 0 ? 0 : words.tok[0].offset;
	if (e->word >= 0 && (unsigned int)e->word < words.n)
		at = words.tok[e->word].offset;
	return report(l, text, at, e->text.s);
}

/* ---- lines ------------------------------------------------------------------------------- */

static int remember(struct loader *l, const struct conf_blame *what)
{
	struct mark *p;

	if (what->kind == BLAME_NOTHING)
		return 0;
	p = realloc(l->marks, (l->n_marks + 1) * sizeof(*p));
	if (p == NULL)
		return -ENOMEM;
	l->marks = p;
	p[l->n_marks++] = (struct mark){*what, l->line};
	return 0;
}

static int apply(struct loader *l, const char *text)
{
	struct conf_line_error e = {.word = -1};
	struct conf_edit x = {.c = l->c,
			      .at = &l->at,
			      .m = l->m,
			      .lim = l->lim,
			      .key_server = l->key_server,
			      .e = &e};
	int rc = conf_line_apply_marked(&x);

	return rc < 0 ? report_word(l, text, &e) : remember(l, &x.mark);
}

static int one_line(struct loader *l, const char *text)
{
	char reason[CLI_LINE_MAX + 64];

	cli_match(l->m, l->table, l->at.mode, text);
	if (l->m->status == CLI_EMPTY)
		return 0;
	if (l->m->status != CLI_OK) {
		cli_status_text(l->m, "", reason, sizeof(reason));
		return report(l, text, l->m->bad, reason);
	}
	if (l->m->cmd == &end_cmd) {
		l->ended = true;
		return 0;
	}
	if (l->m->cmd == &exit_cmd) {
		l->ended = l->at.mode == MODE_CONFIG;
		if (!l->ended)
			conf_place_exit(&l->at);
		return 0;
	}
	return apply(l, text);
}

static int all_lines(struct loader *l, const char *text)
{
	char line[CLI_LINE_MAX + 2];
	int rc = 0;

	while (rc == 0 && *text != '\0' && !l->ended) {
		size_t len = strcspn(text, "\n");

		l->line++;
		/* One octet more than a command may have: the grammar then says too long. */
		snprintf(line, sizeof(line), "%.*s", (int)GV_MIN(len, sizeof(line) - 1), text);
		rc = one_line(l, line);
		text += len + (text[len] == '\n' ? 1 : 0);
		secret_wipe(line, sizeof(line));
	}
	return rc;
}

/* ---- the whole --------------------------------------------------------------------------- */

static const char *line_at(const char *text, unsigned int line, char *out, size_t cap)
{
	for (; line > 1 && *text != '\0'; line--) {
		text += strcspn(text, "\n");
		text += *text == '\n' ? 1 : 0;
	}
	snprintf(out, cap, "%.*s", (int)strcspn(text, "\n"), text);
	return out;
}

static int check_whole(struct loader *l, const char *text)
{
	struct conf_line_error e = {.word = -1};
	struct conf_blame who;
	char line[CLI_LINE_MAX + 2];

	if (conf_check(l->c, l->lim, l->key_server, &who, &e.text) == 0)
		return 0;
	l->m->secret.len = 0;
	for (unsigned int i = l->n_marks; i > 0; i--) {
		const struct mark *m = &l->marks[i - 1];

		if (m->what.kind != who.kind || m->what.number != who.number ||
		    strcmp(m->what.name, who.name) != 0)
			continue;
		l->line = m->line;
		return report_word(l, line_at(text, m->line, line, sizeof(line)), &e);
	}
	snprintf(l->why->s, sizeof(l->why->s), "%s: %s", l->name, e.text.s);
	return -EINVAL;
}

static int set_up(struct loader *l)
{
	struct err_text e = {.s = ""};
	int rc = cli_table_new(&l->table);

	rc = rc < 0 ? rc : conf_rows_register(l->table, &e);
	rc = rc < 0 ? rc : cli_table_add(l->table, &exit_cmd, &e);
	rc = rc < 0 ? rc : cli_table_add(l->table, &end_cmd, &e);
	rc = rc < 0 ? rc : conf_new(&l->c);
	l->m = rc < 0 ? NULL : calloc(1, sizeof(*l->m));
	if (rc == 0 && l->m == NULL)
		rc = -ENOMEM;
	if (rc < 0)
		snprintf(l->why->s, sizeof(l->why->s), "%s: %s", l->name,
			 e.s[0] != '\0' ? e.s : strerror(-rc));
	return rc;
}

int conf_load_text(struct conf **out, const char *name, const char *text,
		   const struct conf_limits *lim, bool key_server, struct conf_report *why)
{
	struct loader l = {.name = name,
			   .lim = lim,
			   .key_server = key_server,
			   .at = {.mode = MODE_CONFIG},
			   .why = why};
	int rc = set_up(&l);

	rc = rc < 0 ? rc : all_lines(&l, text);
	rc = rc < 0 ? rc : check_whole(&l, text);
	if (l.m != NULL)
		cli_match_wipe(l.m);
	free(l.m);
	free(l.marks);
	cli_table_free(l.table);
	if (rc < 0) {
		conf_free(l.c);
		return rc;
	}
	*out = l.c;
	return 0;
}

/* ---- files ------------------------------------------------------------------------------- */

static int read_all(int fd, char *text, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t k = read(fd, text + n, size - n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -errno;
		if (k == 0)
			break;
		n += (size_t)k;
	}
	text[n] = '\0';
	return strlen(text) == n ? 0 : -EILSEQ;
}

/* The whole file as one text of *size + 1 octets. */
static int read_file(char **out, size_t *size, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	struct stat st;
	char *text = NULL;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		rc = -errno;
	else if (st.st_size > FILE_MAX_BYTES)
		rc = -EFBIG;
	*size = rc < 0 ? 0 : (size_t)st.st_size;
	text = rc < 0 ? NULL : malloc(*size + 1);
	if (rc == 0)
		rc = text == NULL ? -ENOMEM : read_all(fd, text, *size);
	close(fd);
	if (rc < 0) {
		if (text != NULL)
			secret_wipe(text, *size);
		free(text);
		return rc;
	}
	*out = text;
	return 0;
}

int conf_load_file(struct conf **out, const char *path, const struct conf_limits *lim,
		   bool key_server, struct conf_report *why)
{
	char *text = NULL;
	size_t size = 0;
	int rc = read_file(&text, &size, path);

	if (rc < 0) {
		snprintf(why->s, sizeof(why->s), "%s: %s", path,
			 rc == -EILSEQ ? "not a text file" : strerror(-rc));
		return rc;
	}
	rc = conf_load_text(out, path, text, lim, key_server, why);
	secret_wipe(text, size);
	free(text);
	return rc;
}

struct saver {
	FILE *f;
};

static void save_line(const char *line, void *arg)
{
	struct saver *s = arg;

	fprintf(s->f, "%s\n", line);
}

static int write_file(const struct conf *c, int fd)
{
	/* stdio's buffer would hold keys after it is freed: this one is wiped. */
	static char buf[4096];
	struct saver s = {.f = fdopen(fd, "w")};
	int rc;

	if (s.f == NULL) {
		rc = -errno;
		close(fd);
		return rc;
	}
	setvbuf(s.f, buf, _IOFBF, sizeof(buf));
	conf_write(c, CONF_SECRETS_KEPT, save_line, &s);
	rc = fflush(s.f) != 0 || ferror(s.f) || fsync(fd) < 0 ? -EIO : 0;
	fclose(s.f);
	secret_wipe(buf, sizeof(buf));
	return rc;
}

int conf_save_file(const struct conf *c, const char *path, struct err_text *e)
{
	char tmp[512];
	int fd, rc;

	if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp))
		return err_set(e, -ENAMETOOLONG, "%s: name too long", path);
	unlink(tmp);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_set(e, -errno, "%s: %s", tmp, strerror(errno));
	rc = write_file(c, fd);
	if (rc == 0 && rename(tmp, path) < 0)
		rc = -errno;
	if (rc < 0) {
		unlink(tmp);
		return err_set(e, rc, "%s: %s", path, strerror(-rc));
	}
	return 0;
}
