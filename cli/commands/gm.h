/* SPDX-License-Identifier: BSD-3-Clause */
/* What the commands of a group member share. */
#ifndef COMMANDS_GM_H
#define COMMANDS_GM_H

#include "commands/private.h"

struct gm_group;
struct gm_info;

typedef void gm_show_fn(struct mgmt_call *call, const struct gm_group *g,
			const struct gm_info *info);

/* Shows each attachment, or those of the group that was named, as objects of one array. */
int gm_each(struct mgmt_call *call, gm_show_fn *show, const char *array);

#endif
