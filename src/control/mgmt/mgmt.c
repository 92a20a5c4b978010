/* SPDX-License-Identifier: BSD-3-Clause */
/* The listening socket and the commands behind it. */
#include "control/mgmt/mgmt.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/mgmt/private.h"

#define BACKLOG 32
#define REST_NS LOOP_NS_PER_S

/* ---- commands ---------------------------------------------------------------------------- */

int mgmt_register(struct mgmt *m, const struct mgmt_cmd *cmds, unsigned int n, struct err_text *e)
{
	int rc = 0;

	if (m->n_tables == MGMT_COMMANDS_MAX)
		return err_set(e, -ENOSPC, "too many tables of commands");
	for (unsigned int i = 0; rc == 0 && i < n; i++)
		rc = cli_table_add(m->table, &cmds[i].cmd, e);
	if (rc < 0)
		return rc;
	m->tables[m->n_tables].cmds = cmds;
	m->tables[m->n_tables++].n = n;
	return 0;
}

const struct mgmt_cmd *mgmt_command_of(const struct mgmt *m, const struct cli_cmd *cmd)
{
	for (unsigned int t = 0; t < m->n_tables; t++)
		for (unsigned int i = 0; i < m->tables[t].n; i++)
			if (&m->tables[t].cmds[i].cmd == cmd)
				return &m->tables[t].cmds[i];
	return NULL;
}

const struct cli_table *mgmt_table(const struct mgmt *m)
{
	return m->table;
}

/* ---- listening --------------------------------------------------------------------------- */

static void rested(void *arg)
{
	struct mgmt *m = arg;

	if (loop_fd_set(m->watch, LOOP_READ) < 0)
		loop_timer_set(m->rest, REST_NS);
}

static void accept_ready(int fd, unsigned int events, void *arg)
{
	struct mgmt *m = arg;
	int c = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (c >= 0) {
		mgmt_session_open(m, c);
		return;
	}
	/* Without descriptors the socket would stay ready and the loop would spin. */
	if ((errno == EMFILE || errno == ENFILE || errno == ENOMEM) &&
	    loop_fd_set(m->watch, 0) == 0)
		loop_timer_set(m->rest, REST_NS);
}

static int address_of(struct sockaddr_un *un, const char *path, struct err_text *e)
{
	*un = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(un->sun_path))
		return err_set(e, -ENAMETOOLONG, "socket path too long: %s", path);
	memcpy(un->sun_path, path, strlen(path));
	return 0;
}

/* Does somebody answer there? Else what is left of an earlier run is removed. */
static int clear_path(const struct sockaddr_un *un, struct err_text *e)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return err_set(e, -errno, "socket: %s", strerror(errno));
	rc = connect(fd, (const struct sockaddr *)un, sizeof(*un)) < 0 ? -errno : 0;
	close(fd);
	if (rc == 0 || rc == -EAGAIN)
		return err_set(e, -EADDRINUSE, "%s: another process answers there", un->sun_path);
	if (rc == -ECONNREFUSED && unlink(un->sun_path) < 0)
		return err_set(e, -errno, "%s: %s", un->sun_path, strerror(errno));
	return 0;
}

static int give_to_group(const char *path, const char *group, struct err_text *e)
{
	struct group *g = group == NULL ? NULL : getgrnam(group);

	if (group == NULL)
		return 0;
	if (g == NULL)
		return err_set(e, -ENOENT, "no group %s for the socket", group);
	if (chown(path, (uid_t)-1, g->gr_gid) < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	return 0;
}

static int bind_and_listen(struct mgmt *m, const struct mgmt_config *cfg, struct err_text *e)
{
	struct sockaddr_un un;
	mode_t old;
	int rc = address_of(&un, cfg->socket_path, e);

	rc = rc < 0 ? rc : clear_path(&un, e);
	if (rc < 0)
		return rc;
	m->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (m->fd < 0)
		return err_set(e, -errno, "socket: %s", strerror(errno));
	old = umask(cfg->group == NULL ? 0111 : 0117);
	rc = bind(m->fd, (struct sockaddr *)&un, sizeof(un)) < 0 ? -errno : 0;
	umask(old);
	if (rc < 0)
		return err_set(e, rc, "%s: %s", cfg->socket_path, strerror(-rc));
	m->path = strdup(cfg->socket_path);
	if (m->path == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	if (listen(m->fd, BACKLOG) < 0)
		return err_set(e, -errno, "%s: %s", cfg->socket_path, strerror(errno));
	return give_to_group(cfg->socket_path, cfg->group, e);
}

static int set_up(struct mgmt *m, const struct mgmt_config *cfg, struct err_text *e)
{
	int rc = cli_table_new(&m->table);

	rc = rc < 0 ? rc : conf_rows_register(m->table, e);
	rc = rc < 0 ? rc : bind_and_listen(m, cfg, e);
	rc = rc < 0 ? rc : loop_timer_new(&m->rest, m->loop, rested, m);
	return rc < 0 ? rc : loop_fd_new(&m->watch, m->loop, m->fd, LOOP_READ, accept_ready, m);
}

int mgmt_new(struct mgmt **out, struct loop *loop, struct conf_store *store,
	     const struct mgmt_config *cfg, const void *env, struct err_text *e)
{
	struct mgmt *m = calloc(1, sizeof(*m));
	int rc;

	e->s[0] = '\0';
	if (m == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	m->loop = loop;
	m->store = store;
	m->env = env;
	m->program = cfg->program;
	m->fd = -1;
	rc = set_up(m, cfg, e);
	if (rc < 0) {
		if (e->s[0] == '\0')
			err_set(e, rc, "%s", strerror(-rc));
		mgmt_free(m);
		return rc;
	}
	*out = m;
	return 0;
}

void mgmt_free(struct mgmt *m)
{
	if (m == NULL)
		return;
	while (m->sessions != NULL)
		mgmt_session_free(m->sessions);
	loop_fd_free(m->watch);
	loop_timer_free(m->rest);
	if (m->fd >= 0)
		close(m->fd);
	if (m->path != NULL)
		unlink(m->path);
	free(m->path);
	cli_table_free(m->table);
	free(m);
}
