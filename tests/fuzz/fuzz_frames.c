/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Octets on the management socket, sent in pieces (first octet: how long) by a terminal that
 * then goes away. The daemon must be there for the next one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/loop.h"
#include "commands/commands.h"
#include "control/conf/store.h"
#include "control/mgmt/mgmt.h"
#include "fuzz.h"

static struct {
	char path[64];
	struct cli_env env;
	struct mgmt *mgmt;
} d;

static void stop(void)
{
	mgmt_free(d.mgmt);
	conf_store_free(d.env.store);
	log_fini();
	loop_free(d.env.loop);
	*strrchr(d.path, '/') = '\0';
	rmdir(d.path);
}

static void start(void)
{
	static const struct conf_limits limits = {0};
	static const struct log_config log_cfg = {.buffer_bytes = 65536};
	struct mgmt_config cfg = {.socket_path = d.path, .program = "fuzz"};
	char dir[] = "/tmp/getvpn-fuzz-XXXXXX";
	struct err_text e;

	if (mkdtemp(dir) == NULL || loop_new(&d.env.loop) < 0)
		abort();
	snprintf(d.path, sizeof(d.path), "%s/s", dir);
	/* `write memory` must fail, not fill a disk. */
	d.env.startup_path = "/nonexistent/startup";
	d.env.program = "fuzz";
	if (log_init(d.env.loop, &log_cfg) < 0 || conf_store_new(&d.env.store, &limits, true) < 0 ||
	    mgmt_new(&d.mgmt, d.env.loop, d.env.store, &cfg, &d.env, &e) < 0 ||
	    commands_register(d.mgmt, &e) < 0)
		abort();
	atexit(stop);
}

static int dial(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(un.sun_path, d.path, strlen(d.path));
	if (fd < 0 || connect(fd, (struct sockaddr *)&un, sizeof(un)) < 0)
		abort();
	return fd;
}

static void turn(int fd)
{
	char sink[4096];

	loop_turn(d.env.loop, 0);
	while (recv(fd, sink, sizeof(sink), MSG_DONTWAIT) > 0)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece;
	int fd;

	if (d.mgmt == NULL)
		start();
	if (size < 1 || size > 8192)
		return 0;
	piece = data[0] == 0 ? size : data[0];
	fd = dial();
	turn(fd);
	for (size_t at = 1; at < size; at += piece) {
		if (send(fd, data + at, at + piece > size ? size - at : piece, MSG_NOSIGNAL) < 0)
			break;
		turn(fd);
	}
	close(fd);
	loop_turn(d.env.loop, 0);
	loop_turn(d.env.loop, 0);
	return 0;
}
