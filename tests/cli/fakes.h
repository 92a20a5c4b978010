/* SPDX-License-Identifier: BSD-3-Clause */
/* What stands in for the daemons behind the commands. */
#ifndef TESTS_CLI_FAKES_H
#define TESTS_CLI_FAKES_H

#include <stdio.h>

#include "control/dp/reader.h"
#include "control/gm/gm.h"
#include "control/ks/ks.h"

extern const struct dp_reader fake_dp;
const struct gdoi_ace *fake_policy(unsigned int *n);

static inline void copy_text(char *out, size_t cap, const char *s)
{
	snprintf(out, cap, "%s", s);
}

#endif
