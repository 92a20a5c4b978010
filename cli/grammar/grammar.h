/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command language: one syntax string a command, from which parsing, abbreviations, help,
 * completion and the manual are made. Pure: no session, no configuration, no output.
 *
 * Syntax of a command:
 *	keyword         lower case; unique abbreviations are accepted
 *	WORD LINE       one word; the rest of the line as it stands
 *	SECRET          a word that is never echoed
 *	<1-255>         a decimal number in that range
 *	A.B.C.D         an IPv4 address
 *	(a | b)         one of them      [a | b]  one of them or none
 *	{a | b}         any number of them, in any order
 * A typed token may be given a name, by which its value is asked for: WORD:name, <1-9>:n.
 *
 * `help` has one line a token, in the order of the syntax. A keyword that appears again, and
 * every token of the `no` form, takes the help of its first appearance.
 *
 * Which word a token is, is decided token by token over all commands of the mode, as on IOS: a
 * keyword in full, else a number or an address, else an abbreviated keyword, else a free word.
 * Where a free word may stand, keywords must be typed in full, so that a name is never taken
 * for an abbreviation.
 */
#ifndef GRAMMAR_GRAMMAR_H
#define GRAMMAR_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define CLI_LINE_MAX   1024
#define CLI_TOKENS_MAX 64
#define CLI_MODES_MAX  32

enum cli_flags {
	CLI_HIDDEN = 1, /* not listed; works when its own keywords are typed in full */
};

struct cli_cmd {
	uint32_t modes; /* CLI_IN(mode) | ... */
	unsigned int flags;
	const char *syntax;
	const char *no; /* what may follow `no` and `default`; NULL: there is no such form */
	const char *help;
};

#define CLI_IN(mode) (UINT32_C(1) << (mode))

struct cli_table;

int cli_table_new(struct cli_table **out) GV_MUST_CHECK;
void cli_table_free(struct cli_table *t); /* NULL is fine */
/* cmd must outlive the table. -EINVAL: the syntax or its help is wrong, the sentence says how. */
int cli_table_add(struct cli_table *t, const struct cli_cmd *cmd, struct err_text *e) GV_MUST_CHECK;
/* A line that `mode` does not know is looked for in `parent`, and so on upwards. */
void cli_table_set_parent(struct cli_table *t, unsigned int mode, unsigned int parent);
/* For the manual: in order of registration. */
void cli_table_each(const struct cli_table *t, void (*fn)(const struct cli_cmd *cmd, void *arg),
		    void *arg);

/* ---- a line ------------------------------------------------------------------------------ */

struct cli_token {
	size_t offset, len;
};

struct cli_line {
	const char *text; /* borrowed */
	unsigned int n;
	struct cli_token tok[CLI_TOKENS_MAX];
	bool too_long; /* in octets or words: no command */
};

/* Splits at blanks. A line that begins with `!` is a comment and has no words. */
void cli_lex(struct cli_line *out, const char *text);

enum cli_status {
	CLI_OK,
	CLI_EMPTY,
	CLI_INCOMPLETE,
	CLI_AMBIGUOUS,
	CLI_INVALID,
};

struct cli_arg {
	const char *name;  /* of the token; a keyword's name is the keyword */
	const char *text;  /* keywords in full, else as typed */
	unsigned int word; /* index in the line */
	bool secret;
};

struct cli_match {
	enum cli_status status;
	const struct cli_cmd *cmd;
	unsigned int mode;       /* where it was found: the mode asked for or one above */
	bool no;                 /* `no` or `default` form */
	bool dflt;               /* it was `default` */
	struct cli_token secret; /* the word that is or may be one; len 0: none */
	size_t bad;              /* offset of the word at fault */
	unsigned int n_args;
	struct cli_arg args[CLI_TOKENS_MAX];
	char text[2 * CLI_LINE_MAX]; /* what the arguments point into */
};

void cli_match(struct cli_match *m, const struct cli_table *t, unsigned int mode, const char *line);
/* Overwrites what was typed, for lines that may hold a secret. */
void cli_match_wipe(struct cli_match *m);

/* NULL when the token was not given. The n-th of that name counts from 0. */
const char *cli_arg(const struct cli_match *m, const char *name);
const struct cli_arg *cli_arg_find(const struct cli_match *m, const char *name, unsigned int nth);
bool cli_has(const struct cli_match *m, const char *keyword);
uint32_t cli_arg_u32(const struct cli_match *m, const char *name, uint32_t otherwise);
/* The command with its keywords in full and its secrets as asterisks. */
void cli_match_canonical(const struct cli_match *m, char *out, size_t cap);
/* The line as it may be shown: a secret becomes asterisks. Returns where offset `at` is then. */
size_t cli_redact(const struct cli_match *m, const char *line, size_t at, char *out, size_t cap);
/* "% Incomplete command." and the like, without caret and newline. */
void cli_status_text(const struct cli_match *m, const char *line, char *out, size_t cap);

/* ---- help and completion ----------------------------------------------------------------- */

#define CLI_CANDIDATES_MAX 256

struct cli_candidate {
	const char *text; /* "gdoi", "<1-255>", "<cr>" */
	const char *help;
	bool keyword;
};

struct cli_candidates {
	enum cli_status status; /* CLI_OK, or what is wrong with the words before */
	size_t bad;
	size_t partial; /* octets of the word under the cursor, 0: after a blank */
	unsigned int n; /* sorted; "<cr>" last */
	struct cli_candidate c[CLI_CANDIDATES_MAX];
};

/* What may stand at the end of `line`, the text before the cursor. */
void cli_candidates(struct cli_candidates *out, const struct cli_table *t, unsigned int mode,
		    const char *line);

/* The answer to `?` as IOS prints it: a list with help after a blank, the words alone in
 * mid-word. Always terminated; what does not fit is left out. */
void cli_help_text(const struct cli_candidates *c, const char *line, char *out, size_t cap);

#endif
