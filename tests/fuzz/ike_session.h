/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A member that registers with a key server, both of this tree, with a random source that gives
 * the same octets in every run: so a recorded datagram fits the run it is fed to.
 */
#ifndef TESTS_FUZZ_IKE_SESSION_H
#define TESTS_FUZZ_IKE_SESSION_H

#include "control/gdoi/gdoi.h"
#include "ike_pair.h"

struct ike_session {
	struct pair p;
	struct gdoi_server *server;
	struct gdoi_pull *pull;
	unsigned int results, commits;
	enum gdoi_fail fail;
	uint64_t drawn;
};

/* The member has sent its first message, which waits in the queue. */
void ike_session_start(struct ike_session *s);
void ike_session_end(struct ike_session *s);

#endif
