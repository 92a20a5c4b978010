/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What both daemons do around their work: options, one instance, background, the ready notice,
 * giving up root. Every refusal is one sentence and an exit status.
 */
#ifndef BASE_DAEMON_H
#define BASE_DAEMON_H

#include <stdbool.h>

#include "base/err.h"

/* Exit statuses, the same for both. */
enum daemon_exit {
	DAEMON_OK = 0,
	DAEMON_REFUSED = 1, /* bad configuration, cannot start, runs already */
	DAEMON_USAGE = 2,
};

struct daemon_options {
	const char *platform; /* -f */
	const char *startup;  /* -c */
	bool check;           /* -n: read both files and exit */
	bool foreground;      /* -d */
};

/*
 * Returns -1 to go on, else the exit status (-V, -h, a wrong option). Absent -f and -c give
 * /etc/getvpn/NAME.conf and /etc/getvpn/NAME.cfg.
 */
int daemon_options_parse(struct daemon_options *o, int argc, char **argv, const char *name);

/* Takes the lock beside the socket ("SOCKET.lock") and writes our pid into it. -EBUSY when
 * another process has it. The kernel gives the lock back however we end. */
struct daemon_lock {
	int fd;
};
int daemon_lock(struct daemon_lock *l, const char *socket_path, struct err_text *e) GV_MUST_CHECK;
void daemon_unlock(struct daemon_lock *l);

/*
 * Into the background: the parent waits until the child is ready or gone and exits with 0 or
 * its status. Call before threads and descriptors exist. With foreground nothing happens.
 */
int daemon_detach(bool foreground, struct err_text *e) GV_MUST_CHECK;
/* We serve now: the waiting parent goes, systemd is told (NOTIFY_SOCKET). */
void daemon_ready(void);
void daemon_stopping(void);

/* Becomes `user` and keeps these capabilities (CAP_NET_ADMIN, ...). "" does nothing. */
int daemon_drop(const char *user, const int *caps, unsigned int n_caps,
		struct err_text *e) GV_MUST_CHECK;

/* Enters a network namespace by name (/run/netns/NAME) or path for the calls in between;
 * descriptors stay where they were opened. "" or NULL: stays here. */
struct daemon_netns {
	int home; /* -1: nowhere to go back to */
};
int daemon_netns_enter(struct daemon_netns *ns, const char *name, struct err_text *e) GV_MUST_CHECK;
void daemon_netns_leave(struct daemon_netns *ns);

#endif
