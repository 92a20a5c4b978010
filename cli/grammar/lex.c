/* SPDX-License-Identifier: BSD-3-Clause */
/* A line cut at its blanks. */
#include <string.h>

#include "grammar/grammar.h"

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void cli_lex(struct cli_line *out, const char *text)
{
	size_t i = 0, start;

	*out = (struct cli_line){.text = text};
	if (strlen(text) > CLI_LINE_MAX) {
		out->too_long = true;
		return;
	}
	for (;;) {
		while (blank(text[i]))
			i++;
		if (text[i] == '\0' || (out->n == 0 && text[i] == '!'))
			return;
		if (out->n == CLI_TOKENS_MAX) {
			out->too_long = true;
			return;
		}
		start = i;
		while (text[i] != '\0' && !blank(text[i]))
			i++;
		out->tok[out->n++] = (struct cli_token){start, i - start};
	}
}
