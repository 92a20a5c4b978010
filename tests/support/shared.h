/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files that tests use but the tree does not have: recorded sessions and vectors of others, in
 * the folder $GETVPN_SHARED (default: `shared` beside the tree). Where they are absent a test
 * ends with TEST_SKIPPED, which is counted.
 */
#ifndef TESTS_SUPPORT_SHARED_H
#define TESTS_SUPPORT_SHARED_H

#include <stdbool.h>
#include <stddef.h>

#define TEST_SKIPPED 77

/* Path of `name` in that folder; false when there is nothing of that name. */
bool shared_path(char *out, size_t size, const char *name);
/* The folder of recorded GDOI sessions: $GOLD_GDOID, else its place in the shared folder. */
bool shared_gold_gdoid(char *out, size_t size);

#endif
