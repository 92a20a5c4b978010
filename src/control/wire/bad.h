/* SPDX-License-Identifier: BSD-3-Clause */
/* How the decoders of this folder refuse: one statement that says what, where and why. */
#ifndef WIRE_BAD_H
#define WIRE_BAD_H

#include "base/buf.h"

static inline int wire_bad(struct buf_err *e, int code, size_t offset, const char *what)
{
	if (e != NULL)
		*e = (struct buf_err){.what = what, .offset = offset};
	return code;
}

#endif
