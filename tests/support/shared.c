/* SPDX-License-Identifier: BSD-3-Clause */
/* Where files of others are. TOP_DIR is given by the build: the top of the tree. */
#include "shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool shared_path(char *out, size_t size, const char *name)
{
	const char *dir = getenv("GETVPN_SHARED");

	if (dir == NULL)
		snprintf(out, size, "%s/../shared/%s", TOP_DIR, name);
	else
		snprintf(out, size, "%s/%s", dir, name);
	return access(out, R_OK) == 0;
}

bool shared_gold_gdoid(char *out, size_t size)
{
	const char *dir = getenv("GOLD_GDOID");

	if (dir == NULL)
		return shared_path(out, size, "reference/gold/gdoid");
	snprintf(out, size, "%s", dir);
	return access(out, R_OK) == 0;
}
