/* SPDX-License-Identifier: BSD-3-Clause */
/* include, exclude, begin, section, count, json. */
#include "client/filter.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *word;
	enum filter_kind kind;
	const char *help;
} words[] = {
	{"begin", FILTER_BEGIN, "Begin with the line that matches"},
	{"count", FILTER_COUNT, "Count the lines that match"},
	{"exclude", FILTER_EXCLUDE, "Exclude the lines that match"},
	{"include", FILTER_INCLUDE, "Include only the lines that match"},
	{"json", FILTER_JSON, "The same as JSON"},
	{"section", FILTER_SECTION, "Lines that match and what is indented below them"},
};

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *p)
{
	while (blank(*p))
		p++;
	return p;
}

static size_t word_len(const char *p)
{
	return strcspn(p, " \t");
}

/* Only output is modified: a bar in a description or a key is just a bar. */
static bool is_show(const char *line)
{
	const char *p = skip_blanks(line);
	size_t n = word_len(p);

	if (n == 2 && strncasecmp(p, "do", 2) == 0) {
		p = skip_blanks(p + n);
		n = word_len(p);
	}
	return n >= 2 && n <= 4 && strncasecmp("show", p, n) == 0;
}

const char *filter_part(const char *line)
{
	if (!is_show(line))
		return NULL;
	for (const char *p = line; *p != '\0'; p++)
		if (*p == '|' && p > line && blank(p[-1]))
			return p + 1;
	return NULL;
}

void filter_words(const char *word, size_t n,
		  void (*fn)(const char *word, const char *help, void *arg), void *arg)
{
	for (size_t i = 0; i < GV_ARRAY_SIZE(words); i++)
		if (strncasecmp(words[i].word, word, n) == 0)
			fn(words[i].word, words[i].help, arg);
}

static int compile(struct filter *f, const char *re, struct err_text *e)
{
	char why[128];
	int rc;

	if (*re == '\0')
		return err_set(e, -EINVAL, "%% Incomplete command.");
	rc = regcomp(&f->re, re, REG_EXTENDED | REG_NOSUB);
	if (rc == 0)
		return 0;
	regerror(rc, &f->re, why, sizeof(why));
	return err_set(e, -EINVAL, "%% Bad regular expression: %s", why);
}

int filter_parse(struct filter *f, const char *line, size_t *command_len, size_t *bad,
		 struct err_text *e)
{
	const char *p = filter_part(line);
	enum filter_kind kind = FILTER_NONE;
	size_t n;
	int rc;

	*f = (struct filter){.kind = FILTER_NONE};
	*command_len = strlen(line);
	if (p == NULL)
		return 0;
	*command_len = (size_t)(p - 1 - line);
	p = skip_blanks(p);
	*bad = (size_t)(p - line);
	n = word_len(p);
	if (n == 0)
		return err_set(e, -EINVAL, "%% Incomplete command.");
	/* The first letters all differ: every prefix is unique. */
	for (size_t i = 0; i < GV_ARRAY_SIZE(words); i++)
		if (strncasecmp(words[i].word, p, n) == 0)
			kind = words[i].kind;
	if (kind == FILTER_NONE)
		return err_set(e, -EINVAL, "%% Invalid input detected at '^' marker.");
	rc = kind == FILTER_JSON ? 0 : compile(f, skip_blanks(p + n), e);
	f->kind = rc < 0 ? FILTER_NONE : kind;
	return rc;
}

void filter_free(struct filter *f)
{
	if (f->kind != FILTER_NONE && f->kind != FILTER_JSON)
		regfree(&f->re);
	f->kind = FILTER_NONE;
}

/* A line that matches opens a section, which lasts as long as lines are indented deeper. */
static bool in_section(struct filter *f, const char *line, bool match)
{
	size_t indent = strspn(line, " \t");

	if (f->open && indent > f->indent)
		return true;
	f->open = match;
	f->indent = indent;
	return match;
}

bool filter_line(struct filter *f, const char *line)
{
	bool match;

	if (f->kind == FILTER_NONE || f->kind == FILTER_JSON)
		return true;
	match = regexec(&f->re, line, 0, NULL, 0) == 0;
	switch (f->kind) {
	case FILTER_BEGIN:
		f->open = f->open || match;
		return f->open;
	case FILTER_COUNT:
		f->count += match ? 1 : 0;
		return false;
	case FILTER_EXCLUDE:
		return !match;
	case FILTER_INCLUDE:
		return match;
	case FILTER_SECTION:
		return in_section(f, line, match);
	case FILTER_NONE:
	case FILTER_JSON:
		break;
	}
	return true;
}

void filter_end(const struct filter *f, char *out, size_t cap)
{
	out[0] = '\0';
	if (f->kind == FILTER_COUNT)
		snprintf(out, cap, "Number of lines which match regexp = %lu\n", f->count);
}
