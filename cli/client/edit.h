/* SPDX-License-Identifier: BSD-3-Clause */
/* Typing at it: line editing, history, `?`, Tab, Ctrl-Z. */
#ifndef CLIENT_EDIT_H
#define CLIENT_EDIT_H

#include "client/run.h"

/* Until the session is over. */
int edit_loop(struct client *c) GV_MUST_CHECK;

#endif
