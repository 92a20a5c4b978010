/* SPDX-License-Identifier: BSD-3-Clause */
/* No libsystemd and no libcap: the notice is one datagram, a capability is a bit. */
#include "base/daemon.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int ready_fd = -1; /* to the parent that waits in daemon_detach() */

/* ---- options ---------------------------------------------------------------------------- */

static void usage(FILE *to, const char *name)
{
	fprintf(to,
		"usage: %s [-dnV] [-f platform.conf] [-c startup-config]\n"
		"  -f FILE  platform file (default /etc/getvpn/%s.conf)\n"
		"  -c FILE  startup configuration (default /etc/getvpn/%s.cfg)\n"
		"  -n       check both files and exit\n"
		"  -d       stay in the foreground, messages to standard error\n"
		"  -V       print the version and exit\n",
		name, name, name);
}

static const char *default_path(char *buf, size_t cap, const char *name, const char *suffix)
{
	snprintf(buf, cap, "/etc/getvpn/%s%s", name, suffix);
	return buf;
}

int daemon_options_parse(struct daemon_options *o, int argc, char **argv, const char *name)
{
	static char platform[64], startup[64];
	int c;

	*o = (struct daemon_options){
		.platform = default_path(platform, sizeof(platform), name, ".conf"),
		.startup = default_path(startup, sizeof(startup), name, ".cfg"),
	};
	while ((c = getopt(argc, argv, "f:c:ndVh")) != -1) {
		switch (c) {
		case 'f':
			o->platform = optarg;
			break;
		case 'c':
			o->startup = optarg;
			break;
		case 'n':
			o->check = true;
			break;
		case 'd':
			o->foreground = true;
			break;
		case 'V':
			printf("%s %s\n", name, GV_VERSION);
			return DAEMON_OK;
		case 'h':
			usage(stdout, name);
			return DAEMON_OK;
		default:
			usage(stderr, name);
			return DAEMON_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	usage(stderr, name);
	return DAEMON_USAGE;
}

/* ---- one instance ----------------------------------------------------------------------- */

int daemon_lock(struct daemon_lock *l, const char *socket_path, struct err_text *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s.lock", socket_path);
	l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (l->fd < 0)
		return err_set(e, -errno, "%s: cannot be opened: %s", path, strerror(errno));
	if (flock(l->fd, LOCK_EX | LOCK_NB) != 0) {
		close(l->fd);
		l->fd = -1;
		return err_set(e, -EBUSY, "another instance is running: it serves %s", socket_path);
	}
	if (ftruncate(l->fd, 0) != 0 || dprintf(l->fd, "%d\n", (int)getpid()) < 0) {
		daemon_unlock(l);
		return err_set(e, -EIO, "%s: cannot be written", path);
	}
	return 0;
}

/* The file stays: removing it would let two starters lock two files of one name. */
void daemon_unlock(struct daemon_lock *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

/* ---- background ------------------------------------------------------------------------- */

static _Noreturn void wait_for_child(int fd, pid_t child)
{
	char byte;
	int status = 0;

	if (read(fd, &byte, 1) == 1)
		_exit(DAEMON_OK);
	if (waitpid(child, &status, 0) == child && WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	_exit(DAEMON_REFUSED);
}

int daemon_detach(bool foreground, struct err_text *e)
{
	int p[2];
	pid_t child;

	if (foreground)
		return 0;
	if (pipe2(p, O_CLOEXEC) != 0)
		return err_set(e, -errno, "no pipe to the child: %s", strerror(errno));
	child = fork();
	if (child < 0) {
		close(p[0]);
		close(p[1]);
		return err_set(e, -errno, "cannot fork: %s", strerror(errno));
	}
	if (child > 0) {
		close(p[1]);
		wait_for_child(p[0], child);
	}
	close(p[0]);
	ready_fd = p[1];
	(void)setsid();
	return 0;
}

static void notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	size_t len;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	len = strlen(path);
	if (len >= sizeof(sa.sun_path))
		return;
	memcpy(sa.sun_path, path, len);
	if (path[0] == '@')
		sa.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&sa,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

/* Standard input, output and error go to /dev/null once there is nobody to read them. */
static void let_parent_go(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		(void)dup2(null, fd);
	if (null > 2)
		close(null);
	if (write(ready_fd, "1", 1) != 1)
		(void)0; /* the parent is gone: nobody waits */
	close(ready_fd);
	ready_fd = -1;
}

void daemon_ready(void)
{
	notify("READY=1\n");
	if (ready_fd >= 0)
		let_parent_go();
}

void daemon_stopping(void)
{
	notify("STOPPING=1\n");
}

/* ---- privilege -------------------------------------------------------------------------- */

static int set_caps(const int *caps, unsigned int n)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2] = {0};

	for (unsigned int i = 0; i < n; i++)
		d[caps[i] / 32].permitted |= 1u << (caps[i] % 32);
	d[0].effective = d[0].permitted;
	d[1].effective = d[1].permitted;
	return syscall(SYS_capset, &h, d) == 0 ? 0 : -errno;
}

int daemon_drop(const char *user, const int *caps, unsigned int n_caps, struct err_text *e)
{
	const struct passwd *pw;

	if (user == NULL || user[0] == '\0')
		return 0;
	pw = getpwnam(user);
	if (pw == NULL)
		return err_set(e, -ENOENT, "there is no user '%s'", user);
	if (prctl(PR_SET_KEEPCAPS, 1) != 0 || initgroups(user, pw->pw_gid) != 0 ||
	    setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0)
		return err_set(e, -errno, "cannot become user '%s': %s", user, strerror(errno));
	if (set_caps(caps, n_caps) != 0)
		return err_set(e, -EPERM, "cannot keep the capabilities user '%s' needs", user);
	return 0;
}

/* ---- network namespace ------------------------------------------------------------------ */

int daemon_netns_enter(struct daemon_netns *ns, const char *name, struct err_text *e)
{
	char path[PATH_MAX];
	int there, rc;

	ns->home = -1;
	if (name == NULL || name[0] == '\0')
		return 0;
	snprintf(path, sizeof(path), "%s%s", name[0] == '/' ? "" : "/run/netns/", name);
	there = open(path, O_RDONLY | O_CLOEXEC);
	if (there < 0)
		return err_set(e, -errno, "network namespace %s: %s", name, strerror(errno));
	ns->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	rc = ns->home >= 0 && setns(there, CLONE_NEWNET) == 0 ? 0 : -errno;
	close(there);
	if (rc == 0)
		return 0;
	if (ns->home >= 0)
		close(ns->home);
	ns->home = -1;
	return err_set(e, rc, "network namespace %s cannot be entered: %s", name, strerror(-rc));
}

void daemon_netns_leave(struct daemon_netns *ns)
{
	if (ns->home < 0)
		return;
	gv_assert(setns(ns->home, CLONE_NEWNET) == 0); /* sockets would land in the wrong place */
	close(ns->home);
	ns->home = -1;
}
