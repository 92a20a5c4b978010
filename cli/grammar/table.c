/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of a program. */
#include <stdlib.h>
#include <string.h>

#include "grammar/private.h"

int cli_table_new(struct cli_table **out)
{
	struct cli_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	memset(t->parent, -1, sizeof(t->parent));
	*out = t;
	return 0;
}

void cli_table_free(struct cli_table *t)
{
	if (t == NULL)
		return;
	for (unsigned int i = 0; i < t->n; i++)
		prog_free(&t->progs[i]);
	for (unsigned int i = 0; i < t->n_helps; i++)
		free(t->helps[i]);
	free(t->progs);
	free(t->helps);
	free(t);
}

/* Room for the two forms of one more command. */
static int grow(struct cli_table *t)
{
	unsigned int cap = t->cap == 0 ? 64 : 2 * t->cap;
	struct prog *progs;
	char **helps;

	if (t->n + 2 <= t->cap)
		return 0;
	progs = realloc(t->progs, cap * sizeof(*progs));
	if (progs == NULL)
		return -ENOMEM;
	t->progs = progs;
	helps = realloc(t->helps, cap * sizeof(*helps));
	if (helps == NULL)
		return -ENOMEM;
	t->helps = helps;
	t->cap = cap;
	return 0;
}

int cli_table_add(struct cli_table *t, const struct cli_cmd *cmd, struct err_text *e)
{
	struct prog *positive;
	char *help;
	int rc = grow(t);

	if (rc < 0)
		return rc;
	help = strdup(cmd->help);
	if (help == NULL)
		return -ENOMEM;
	t->helps[t->n_helps++] = help;
	positive = &t->progs[t->n];
	rc = prog_compile(positive, cmd, false, NULL, help, e);
	if (rc < 0)
		return rc;
	t->n++;
	if (cmd->no == NULL)
		return 0;
	rc = prog_compile(&t->progs[t->n], cmd, true, positive, NULL, e);
	if (rc == 0)
		t->n++;
	return rc;
}

void cli_table_set_parent(struct cli_table *t, unsigned int mode, unsigned int parent)
{
	gv_assert(mode < CLI_MODES_MAX && parent < CLI_MODES_MAX && mode != parent);
	t->parent[mode] = (int8_t)parent;
}

void cli_table_each(const struct cli_table *t, void (*fn)(const struct cli_cmd *cmd, void *arg),
		    void *arg)
{
	for (unsigned int i = 0; i < t->n; i++)
		if (!t->progs[i].no)
			fn(t->progs[i].cmd, arg);
}
