/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Output of a command: one call a field, rendered as IOS text or as JSON with stable keys. A
 * call names the JSON key and the text format; text that has no data of its own (headings, blank
 * lines) goes through emit_text() and does not exist in JSON.
 *
 *	emit_obj(e, "kek");
 *	emit_text(e, "KEK POLICY:\n");
 *	emit_str(e, "transport", "    Rekey Transport Type     : %s\n", "Unicast");
 *	emit_u64(e, "lifetime_s", "    Lifetime (secs)          : %" PRIu64 "\n", left);
 *	emit_end(e);
 *
 * A NULL format gives JSON only, a NULL key text only. Keys are snake_case with their unit.
 */
#ifndef BASE_EMIT_H
#define BASE_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct emit;

enum emit_mode { EMIT_TEXT, EMIT_JSON };

int emit_new(struct emit **out, enum emit_mode mode) GV_MUST_CHECK;
void emit_free(struct emit *e);
enum emit_mode emit_mode(const struct emit *e);

void emit_text(struct emit *e, const char *fmt, ...) GV_PRINTF(2, 3);
/* fmt takes one %s, one PRIu64, one PRId64, one double or one %s ("yes"/"no" chosen by the
 * caller in text, true/false in JSON). */
void emit_str(struct emit *e, const char *key, const char *fmt, const char *v);
void emit_u64(struct emit *e, const char *key, const char *fmt, uint64_t v);
void emit_i64(struct emit *e, const char *key, const char *fmt, int64_t v);
void emit_f64(struct emit *e, const char *key, const char *fmt, double v);
void emit_bool(struct emit *e, const char *key, const char *fmt, bool v, const char *yes,
	       const char *no);
/* Nesting in JSON; nothing in text. key is ignored inside an array. */
void emit_obj(struct emit *e, const char *key);
void emit_arr(struct emit *e, const char *key);
void emit_end(struct emit *e);

/* What was rendered so far (JSON: complete once all levels are ended). Owned by the emit. */
const char *emit_result(struct emit *e, size_t *len);

#endif
