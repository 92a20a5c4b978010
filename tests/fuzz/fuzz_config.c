/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A configuration file (first octet: of which daemon). What is taken is written, must be taken
 * again and then be written the same; what is refused has a sentence.
 */
#include <stdlib.h>
#include <string.h>

#include "control/conf/loader.h"
#include "fuzz.h"

#define TEXT_MAX (256 * 1024)

struct text {
	size_t n;
	char s[TEXT_MAX];
};

static void add(const char *line, void *arg)
{
	struct text *t = arg;
	size_t len = strlen(line);

	if (t->n + len + 2 > sizeof(t->s))
		return;
	memcpy(t->s + t->n, line, len);
	t->n += len;
	t->s[t->n++] = '\n';
	t->s[t->n] = '\0';
}

static void round_trip(const struct conf *c, const struct conf_limits *lim, bool key_server)
{
	static struct text first, second;
	struct conf_report why;
	struct conf *d;

	first.n = second.n = 0;
	conf_write(c, CONF_SECRETS_KEPT, add, &first);
	if (conf_load_text(&d, "again", first.s, lim, key_server, &why) < 0)
		abort();
	conf_write(d, CONF_SECRETS_KEPT, add, &second);
	conf_free(d);
	if (strcmp(first.s, second.s) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[16384];
	const struct conf_limits lim = {.lifetime_min_s = 10, .retransmit_min_s = 1};
	struct conf_report why = {.s = ""};
	struct conf *c;

	if (size < 1 || size >= sizeof(text))
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (conf_load_text(&c, "fuzz", text, &lim, (data[0] & 1) != 0, &why) < 0) {
		if (why.s[0] == '\0')
			abort();
		return 0;
	}
	round_trip(c, &lim, (data[0] & 1) != 0);
	conf_free(c);
	return 0;
}
