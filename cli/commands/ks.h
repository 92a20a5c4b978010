/* SPDX-License-Identifier: BSD-3-Clause */
/* What the commands of a key server share. */
#ifndef COMMANDS_KS_H
#define COMMANDS_KS_H

#include "commands/private.h"

struct ks_group;
struct ks_info;

typedef void ks_show_fn(struct mgmt_call *call, const struct ks_group *g,
			const struct ks_info *info);

/* Shows each group, or the one that was named, as objects of one array. */
int ks_each(struct mgmt_call *call, ks_show_fn *show, const char *array);

#endif
