/* SPDX-License-Identifier: BSD-3-Clause */
/* getvpn-cli: options, and where the lines come from. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/edit.h"
#include "client/run.h"

#define EXIT_REFUSED 1
#define EXIT_USAGE   2

static const char *const sockets[] = {"/run/getvpn/getvpnd.sock", "/run/getvpn/getvpn-ks.sock"};

struct options {
	const char *socket;
	const char *file; /* -f, "-": standard input */
	char **commands;  /* -c, in order */
	unsigned int n_commands;
	bool json, stop;
};

static void usage(FILE *to)
{
	fprintf(to, "usage: getvpn-cli [-s SOCKET] [-c COMMAND]... [-f FILE] [-j] [-e] [-V] [-h]\n"
		    "  -s SOCKET   of the daemon (default: GETVPN_SOCKET, else the one that runs)\n"
		    "  -c COMMAND  run it; may be repeated\n"
		    "  -f FILE     run the lines of a file, - for standard input\n"
		    "  -j          output as JSON\n"
		    "  -e          stop at the first command that is not done\n");
}

/* -1: go on, else the exit status. */
static int parse(struct options *o, int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "s:c:f:jeVh")) != -1) {
		switch (opt) {
		case 's':
			o->socket = optarg;
			break;
		case 'c':
			o->commands[o->n_commands++] = optarg;
			break;
		case 'f':
			o->file = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'e':
			o->stop = true;
			break;
		case 'V':
			printf("getvpn-cli %s\n", GV_VERSION);
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	usage(stderr);
	return EXIT_USAGE;
}

static const char *socket_path(const struct options *o)
{
	const char *env = getenv("GETVPN_SOCKET");

	if (o->socket != NULL)
		return o->socket;
	if (env != NULL && env[0] != '\0')
		return env;
	for (size_t i = 0; i < GV_ARRAY_SIZE(sockets); i++)
		if (access(sockets[i], F_OK) == 0)
			return sockets[i];
	return sockets[0];
}

/* False: stop here. */
static bool batch_line(struct client *c, const struct options *o, const char *line)
{
	bool done = run_line(c, line);

	return !c->over && (done || !o->stop);
}

static void batch_stream(struct client *c, const struct options *o, FILE *f)
{
	char *line = NULL;
	size_t cap = 0;

	while (!c->over && getline(&line, &cap, f) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (!batch_line(c, o, line))
			break;
	}
	free(line);
}

static int batch_file(struct client *c, const struct options *o)
{
	FILE *f = strcmp(o->file, "-") == 0 ? stdin : fopen(o->file, "r");

	if (f == NULL) {
		fprintf(stderr, "getvpn-cli: %s: %s\n", o->file, strerror(errno));
		return EXIT_USAGE;
	}
	batch_stream(c, o, f);
	if (f != stdin)
		fclose(f);
	return 0;
}

static int work(struct client *c, const struct options *o)
{
	int rc = 0;

	for (unsigned int i = 0; i < o->n_commands; i++)
		if (!batch_line(c, o, o->commands[i]))
			return c->failed ? EXIT_REFUSED : 0;
	if (o->file != NULL)
		rc = batch_file(c, o);
	else if (o->n_commands == 0 && c->terminal)
		rc = edit_loop(c) < 0 ? EXIT_USAGE : 0;
	else if (o->n_commands == 0)
		batch_stream(c, o, stdin);
	if (rc != 0)
		return rc;
	/* A person has seen what went wrong; a script looks at the status. */
	return c->failed && !c->terminal ? EXIT_REFUSED : 0;
}

int main(int argc, char **argv)
{
	struct options o = {.commands = calloc((size_t)argc + 1, sizeof(char *))};
	struct client c = {0};
	struct err_text e;
	int rc = o.commands == NULL ? EXIT_USAGE : parse(&o, argc, argv);

	if (rc < 0) {
		c.json = o.json;
		c.terminal = o.n_commands == 0 && o.file == NULL && isatty(STDIN_FILENO) &&
			     isatty(STDOUT_FILENO);
		rc = EXIT_USAGE;
		if (conn_open(&c.conn, socket_path(&o), &c.end, &e) < 0)
			fprintf(stderr, "getvpn-cli: %s\n", e.s);
		else
			rc = work(&c, &o);
		conn_close(c.conn);
	}
	free(o.commands);
	return rc;
}
