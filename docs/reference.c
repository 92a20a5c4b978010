/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes the parts of the manual that are lists already: commands.md from the syntax and help of
 * each command, messages.md from the catalogue of messages.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "commands/private.h"
#include "control/conf/session.h"

#define WORDS_MAX 128

/* ---- commands ---------------------------------------------------------------------------- */

static const char *const mode_names[MODE_COUNT] = {
#define X(name, prompt, around) [MODE_##name] = prompt,
	CONF_MODES(X)
#undef X
};

/* The syntax without the names by which values are asked for. */
static void print_syntax(const char *s)
{
	bool in_name = false;

	for (; *s != '\0'; s++) {
		if (*s == ':')
			in_name = true;
		else if (strchr(" ()[]{}|", *s) != NULL)
			in_name = false;
		if (!in_name)
			putchar(*s);
	}
}

static bool seen_before(char words[][64], unsigned int n, const char *word)
{
	for (unsigned int i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* Words of the syntax in order of first appearance, each with its line of help. */
static void print_words(const struct cli_cmd *cmd)
{
	static char words[WORDS_MAX][64];
	const char *s = cmd->syntax, *help = cmd->help;
	unsigned int n = 0;

	while (*(s += strspn(s, " ()[]{}|")) != '\0' && n < WORDS_MAX) {
		size_t len = strcspn(s, " ()[]{}|"), line = strcspn(help, "\n");

		snprintf(words[n], sizeof(words[n]), "%.*s", (int)len, s);
		s += len;
		if (seen_before(words, n, words[n]))
			continue;
		printf("| `%.*s` | %.*s |\n", (int)strcspn(words[n], ":"), words[n], (int)line,
		       help);
		help += line + (help[line] == '\n' ? 1 : 0);
		n++;
	}
}

struct section {
	unsigned int mode;
	const char *title; /* printed before the first command */
};

static void print_command(const struct cli_cmd *cmd, void *arg)
{
	struct section *s = arg;

	if ((cmd->modes & CLI_IN(s->mode)) == 0 || (cmd->flags & CLI_HIDDEN) != 0)
		return;
	if (s->title != NULL)
		printf("\n## %s\n", s->title);
	s->title = NULL;
	printf("\n### `");
	print_syntax(cmd->syntax);
	printf("`\n\n");
	if (cmd->no != NULL) {
		printf("`no ");
		print_syntax(cmd->no);
		printf("` takes it back.\n\n");
	}
	printf("| word | |\n|---|---|\n");
	print_words(cmd);
}

static int print_table(const char *title, const struct command_table *const *tables, unsigned int n)
{
	struct section s = {.mode = MODE_EXEC, .title = title};

	for (unsigned int t = 0; t < n; t++)
		for (unsigned int i = 0; i < tables[t]->n; i++)
			print_command(&tables[t]->cmds[i].cmd, &s);
	return 0;
}

static int print_configuration(void)
{
	struct cli_table *t;
	struct err_text e = {.s = "out of memory"};
	char title[96];

	if (cli_table_new(&t) < 0 || conf_rows_register(t, &e) < 0) {
		fprintf(stderr, "%s\n", e.s);
		return 1;
	}
	for (unsigned int m = MODE_CONFIG; m < MODE_COUNT; m++) {
		struct section s = {.mode = m, .title = title};

		snprintf(title, sizeof(title), "Configuration: (%s)", mode_names[m]);
		cli_table_each(t, print_command, &s);
	}
	cli_table_free(t);
	return 0;
}

static int print_commands(void)
{
	static const struct command_table *const both[] = {&commands_session, &commands_config,
							   &commands_system, &commands_trace,
							   &commands_ike};
	static const struct command_table *const member[] = {
		&commands_gm_group, &commands_gm_rekey, &commands_gm_action,
		&commands_ipsec,    &commands_ports,    &commands_drops};
	static const struct command_table *const server[] = {
		&commands_ks_group, &commands_ks_member, &commands_ks_action};

	printf("# Commands\n\nMade from the grammar by docs/reference.c. In a syntax `[ ]` may be "
	       "left out, of `( | )` one is\nchosen, `{ }` may be repeated; words may be shortened "
	       "as long as they stay unique.\n");
	print_table("Both daemons", both, GV_ARRAY_SIZE(both));
	print_table("Group member", member, GV_ARRAY_SIZE(member));
	print_table("Key server", server, GV_ARRAY_SIZE(server));
	return print_configuration();
}

/* ---- messages ---------------------------------------------------------------------------- */

static void print_message(const struct log_def *d)
{
	printf("\n### `%%%s-%u-%s`\n\n", d->facility, d->severity, d->mnemonic);
	printf("    %s\n\n%s\n\nWhat to do: %s\n", d->format, d->why, d->action);
}

static int print_messages(void)
{
	printf("# Messages\n\nMade from src/base/messages.def by docs/reference.c. A message of "
	       "one group is printed at most ten\ntimes a second; `show logging` says how many "
	       "were left out.\n");
	for (int i = 0; i < LOG_ID_COUNT; i++)
		print_message(log_def((enum log_id)i));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "commands") == 0)
		return print_commands();
	if (argc == 2 && strcmp(argv[1], "messages") == 0)
		return print_messages();
	fprintf(stderr, "usage: reference commands|messages\n");
	return 2;
}
