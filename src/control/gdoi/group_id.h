/* SPDX-License-Identifier: BSD-3-Clause */
/* The group's identity as the ID payload of message 1 of a pull (RFC 6407 5.1). */
#ifndef CONTROL_GDOI_GROUP_ID_H
#define CONTROL_GDOI_GROUP_ID_H

#include "control/gdoi/gdoi.h"
#include "control/wire/pld.h"

void group_id_put(struct pld_wr *c, const struct gdoi_group_id *g);
/* -EBADMSG: malformed; -ENOENT: well-formed, but no group of ours can be called that. */
int group_id_get(struct gdoi_group_id *g, const struct pld *p) GV_MUST_CHECK;

#endif
