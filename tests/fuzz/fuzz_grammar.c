/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A line typed in a configuration mode (first octet: which) under all its questions: matched,
 * explained, completed. What was understood must be understood again in its full spelling.
 */
#include <stdlib.h>
#include <string.h>

#include "control/conf/session.h"
#include "fuzz.h"

static struct cli_table *table(void)
{
	static struct cli_table *t;
	struct err_text e;

	if (t == NULL && (cli_table_new(&t) < 0 || conf_rows_register(t, &e) < 0))
		abort();
	return t;
}

static void again(const struct cli_match *m, unsigned int mode)
{
	static struct cli_match second;
	static char text[4 * CLI_LINE_MAX];

	cli_match_canonical(m, text, sizeof(text));
	if (m->secret.len > 0 || strlen(text) > CLI_LINE_MAX)
		return;
	cli_match(&second, table(), mode, text);
	if (second.status != CLI_OK || second.cmd != m->cmd || second.no != m->no)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cli_match m;
	static struct cli_candidates c;
	static char line[2 * CLI_LINE_MAX], text[2 * CLI_LINE_MAX + 64], help[512];
	unsigned int mode;

	if (size < 1 || size >= sizeof(line))
		return 0;
	mode = MODE_CONFIG + data[0] % (MODE_COUNT - MODE_CONFIG);
	memcpy(line, data + 1, size - 1);
	line[size - 1] = '\0';
	cli_match(&m, table(), mode, line);
	if (m.status == CLI_OK)
		again(&m, mode);
	if (cli_redact(&m, line, m.bad, text, sizeof(text)) > strlen(text))
		abort();
	cli_status_text(&m, line, text, sizeof(text));
	cli_candidates(&c, table(), mode, line);
	cli_help_text(&c, line, help, sizeof(help));
	return 0;
}
