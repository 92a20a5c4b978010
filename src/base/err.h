/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Error convention: functions that can fail return 0 or a negative errno and are marked
 * GV_MUST_CHECK; results go through pointers. gv_assert() is for our own mistakes only, never
 * for a length or a value that came from outside, and stays on in release builds.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <errno.h>

#define GV_MUST_CHECK    __attribute__((warn_unused_result))
#define GV_PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define GV_UNUSED        __attribute__((unused))
#define GV_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define GV_MIN(a, b)     ((a) < (b) ? (a) : (b))
#define GV_MAX(a, b)     ((a) > (b) ? (a) : (b))

_Noreturn void gv_assert_fail(const char *expr, const char *file, int line);

#define gv_assert(expr) ((expr) ? (void)0 : gv_assert_fail(#expr, __FILE__, __LINE__))

/* One clear sentence for a person: why a file, a line or a request was refused. Owned by the
 * caller, filled by the callee, always terminated. */
struct err_text {
	char s[256];
};

/* Writes the sentence and returns `code`, so that a refusal is one statement. e may be NULL. */
int err_set(struct err_text *e, int code, const char *fmt, ...) GV_PRINTF(3, 4);

#endif
