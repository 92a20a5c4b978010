/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interface names. Linux takes at most 15 characters, no slash, and a dot would break sysctl
 * keys; so "Serial1/0" is "se1_0" to the kernel: the two letters IOS abbreviates the type to,
 * in lower case, and the number with '_' for '/'.
 */
#ifndef BASE_IFNAME_H
#define BASE_IFNAME_H

#include "base/err.h"

#define IFNAME_IOS_MAX   32
#define IFNAME_LINUX_MAX 16

/* -EINVAL with a sentence for a name without letters and number, or too long for Linux. */
int ifname_to_linux(char out[IFNAME_LINUX_MAX], const char *ios, struct err_text *e) GV_MUST_CHECK;

#endif
