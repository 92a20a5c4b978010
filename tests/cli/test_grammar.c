/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The grammar against golden files: a script of lines typed, and what must come of each.
 *	> LINE     run it: the command in full, or the error with its caret
 *	? "TEXT"   help with the cursor behind TEXT
 *	# ...      comment, copied
 *	mode N     goes to a mode
 * And syntaxes that must be refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/grammar.h"

enum { MODE_TOP, MODE_OUTER, MODE_INNER };

static const struct cli_cmd commands[] = {
	{CLI_IN(MODE_TOP), 0, "show version", NULL,
	 "Show state\n"
	 "Version of the software"},
	{CLI_IN(MODE_TOP), 0, "show crypto gdoi [group WORD:name] [gm | ks [members | policy]]",
	 NULL,
	 "Show state\n"
	 "Crypto\n"
	 "GDOI\n"
	 "A group\n"
	 "Its name\n"
	 "Member\n"
	 "Key server\n"
	 "Its members\n"
	 "Its policy"},
	{CLI_IN(MODE_TOP), 0, "show crypto gdoi rekey sa", NULL,
	 "Show state\n"
	 "Crypto\n"
	 "GDOI\n"
	 "Rekey\n"
	 "SAs"},
	{CLI_IN(MODE_TOP), 0, "show clock", NULL,
	 "Show state\n"
	 "The clock"},
	{CLI_IN(MODE_TOP), CLI_HIDDEN, "show secrets", NULL,
	 "Show state\n"
	 "Nothing"},
	{CLI_IN(MODE_TOP), 0, "terminal length <0-512>:lines", NULL,
	 "Terminal\n"
	 "Length of a page\n"
	 "Lines, 0 for no paging"},
	{CLI_IN(MODE_OUTER), 0, "hostname WORD:name", "hostname [WORD:name]",
	 "Name\n"
	 "The name"},
	{CLI_IN(MODE_OUTER), 0, "group [ipv6] WORD:name", "group [ipv6] WORD:name",
	 "A group\n"
	 "For IPv6\n"
	 "Its name"},
	{CLI_IN(MODE_OUTER), 0, "key [0 | 6] SECRET:psk address A.B.C.D:peer [A.B.C.D:mask]",
	 "key [0 | 6] [SECRET:psk] address A.B.C.D:peer [A.B.C.D:mask]",
	 "A key\n"
	 "In clear\n"
	 "Encrypted\n"
	 "The key\n"
	 "Whose\n"
	 "Address\n"
	 "Netmask"},
	{CLI_IN(MODE_OUTER), 0, "map WORD:name <1-65535>:seq gdoi", NULL,
	 "A map\n"
	 "Name\n"
	 "Number\n"
	 "Group"},
	{CLI_IN(MODE_OUTER), 0, "map WORD:name gdoi fail-close", NULL,
	 "A map\n"
	 "Name\n"
	 "Group\n"
	 "Before registration"},
	{CLI_IN(MODE_INNER), 0, "map WORD:name", "map [WORD:name]",
	 "Attach a map\n"
	 "Name"},
	{CLI_IN(MODE_INNER), 0, "description LINE:text", "description [LINE:text]",
	 "Description\n"
	 "Text"},
	{CLI_IN(MODE_INNER), 0, "mark {log | tos <0-15>:tos-value | dscp WORD:dscp-value}", NULL,
	 "Mark\n"
	 "Log\n"
	 "ToS\n"
	 "Value\n"
	 "DSCP\n"
	 "Value"},
};

static struct cli_table *table(void)
{
	struct cli_table *t;
	struct err_text e = {.s = ""};

	assert_int_equal(cli_table_new(&t), 0);
	for (size_t i = 0; i < GV_ARRAY_SIZE(commands); i++)
		if (cli_table_add(t, &commands[i], &e) < 0)
			fail_msg("%s", e.s);
	cli_table_set_parent(t, MODE_INNER, MODE_OUTER);
	return t;
}

static void run_line(FILE *out, const struct cli_table *t, unsigned int mode, const char *line)
{
	struct cli_match m;
	char text[CLI_LINE_MAX * 2], redacted[CLI_LINE_MAX * 2];
	size_t caret;

	cli_match(&m, t, mode, line);
	caret = cli_redact(&m, line, m.bad, redacted, sizeof(redacted));
	fprintf(out, "> %s\n", redacted);
	if (m.status == CLI_OK) {
		cli_match_canonical(&m, text, sizeof(text));
		fprintf(out, "= %u%s: %s\n", m.mode, m.no && m.dflt ? " default" : "", text);
		return;
	}
	cli_status_text(&m, redacted, text, sizeof(text));
	if (m.status == CLI_INVALID)
		fprintf(out, "  %*s^\n", (int)caret, "");
	fprintf(out, "%s\n", text);
}

static void help(FILE *out, const struct cli_table *t, unsigned int mode, const char *quoted)
{
	struct cli_candidates c;
	char text[4096], line[CLI_LINE_MAX];

	snprintf(line, sizeof(line), "%.*s", (int)strlen(quoted) - 2, quoted + 1);
	cli_candidates(&c, t, mode, line);
	cli_help_text(&c, line, text, sizeof(text));
	fprintf(out, "? %s\n%s", quoted, text);
}

static char *run_script(const char *path)
{
	struct cli_table *t = table();
	FILE *in = fopen(path, "r"), *out;
	unsigned int mode = 0;
	char line[CLI_LINE_MAX], *text = NULL;
	size_t size;

	assert_non_null(in);
	out = open_memstream(&text, &size);
	while (fgets(line, sizeof(line), in) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "> ", 2) == 0)
			run_line(out, t, mode, line + 2);
		else if (strncmp(line, "? ", 2) == 0)
			help(out, t, mode, line + 2);
		else
			fprintf(out, "%s\n", line);
		if (strncmp(line, "mode ", 5) == 0)
			mode = (unsigned int)strtoul(line + 5, NULL, 10);
	}
	fclose(in);
	fclose(out);
	cli_table_free(t);
	return text;
}

static const char *script, *expected;

static void test_golden(void **state)
{
	char *got = run_script(script);
	char *want = calloc(1, 1 << 16);
	FILE *f = fopen(expected, "r");

	(void)state;
	assert_non_null(f);
	assert_non_null(want);
	assert_true(fread(want, 1, (1 << 16) - 1, f) > 0);
	fclose(f);
	if (strcmp(got, want) != 0)
		fail_msg("%s differs, now:\n%s", expected, got);
	free(got);
	free(want);
}

static void test_bad_syntax(void **state)
{
	static const struct cli_cmd bad[] = {
		{1, 0, "a [b", NULL, "1\n2"},
		{1, 0, "a b]", NULL, "1\n2"},
		{1, 0, "a <5-1>", NULL, "1\n2"},
		{1, 0, "a <x>", NULL, "1\n2"},
		{1, 0, "a b", NULL, "1"},
		{1, 0, "a b", NULL, "1\n2\n3"},
		{1, 0, "a NOSUCH", NULL, "1\n2"},
		{1, 0, "a b:c", NULL, "1\n2"},
		{1, 0, "a b WORD:b", NULL, "1\n2\n3"},
		{1, 0, "a b", "a c", "1\n2"},
		{1, 0, "((((((((((a))))))))))", NULL, "1"},
	};

	(void)state;
	for (size_t i = 0; i < GV_ARRAY_SIZE(bad); i++) {
		struct cli_table *t;
		struct err_text e = {.s = ""};

		assert_int_equal(cli_table_new(&t), 0);
		if (cli_table_add(t, &bad[i], &e) != -EINVAL || e.s[0] == '\0')
			fail_msg("accepted: %s", bad[i].syntax);
		cli_table_free(t);
	}
}

static void test_arguments(void **state)
{
	struct cli_table *t = table();
	struct cli_match m;

	(void)state;
	cli_match(&m, t, MODE_OUTER, "key 0 s3cret address 10.0.0.0 255.0.0.0");
	assert_int_equal(m.status, CLI_OK);
	assert_string_equal(cli_arg(&m, "psk"), "s3cret");
	assert_string_equal(cli_arg(&m, "mask"), "255.0.0.0");
	assert_true(cli_has(&m, "0"));
	assert_false(cli_has(&m, "6"));
	cli_match(&m, t, MODE_TOP, "ter len 24");
	assert_int_equal(cli_arg_u32(&m, "lines", 7), 24);
	assert_int_equal(cli_arg_u32(&m, "nosuch", 7), 7);
	assert_null(cli_arg(&m, "nosuch"));
	cli_match_wipe(&m);
	assert_null(m.cmd);
	cli_table_free(t);
}

static void test_limits(void **state)
{
	struct cli_table *t = table();
	struct cli_match m;
	struct cli_candidates c;
	char line[CLI_LINE_MAX + 2];

	(void)state;
	memset(line, 'a', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	cli_match(&m, t, MODE_TOP, line);
	assert_int_equal(m.status, CLI_INVALID);
	cli_candidates(&c, t, MODE_TOP, line);
	assert_int_equal(c.status, CLI_INVALID);
	for (size_t i = 0; i < sizeof(line) - 2; i += 2)
		memcpy(line + i, "a ", 2);
	cli_match(&m, t, MODE_TOP, line);
	assert_int_equal(m.status, CLI_INVALID);
	cli_table_free(t);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_bad_syntax),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_limits),
	};
	char *text;

	if (argc == 2) { /* prints what the golden file would be */
		text = run_script(argv[1]);
		fputs(text, stdout);
		free(text);
		return 0;
	}
	if (argc != 3)
		return 2;
	script = argv[1];
	expected = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
