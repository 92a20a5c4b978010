/* SPDX-License-Identifier: BSD-3-Clause */
/* Output of a command as IOS text or as JSON. */
#include "base/emit.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EMIT_DEPTH_MAX 16

struct emit {
	enum emit_mode mode;
	char *text; /* owned; in JSON mode made by emit_result() */
	size_t len, cap;
	json_t *level[EMIT_DEPTH_MAX]; /* level[0] owned, the others borrowed */
	unsigned int depth;
};

int emit_new(struct emit **out, enum emit_mode mode)
{
	struct emit *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return -ENOMEM;
	e->mode = mode;
	e->level[0] = mode == EMIT_JSON ? json_object() : NULL;
	*out = e;
	return 0;
}

void emit_free(struct emit *e)
{
	if (e == NULL)
		return;
	json_decref(e->level[0]);
	free(e->text);
	free(e);
}

enum emit_mode emit_mode(const struct emit *e)
{
	return e->mode;
}

static bool text_room(struct emit *e, size_t more)
{
	size_t cap = e->cap == 0 ? 4096 : e->cap;
	char *p;

	while (cap < e->len + more + 1)
		cap *= 2;
	if (cap == e->cap)
		return true;
	p = realloc(e->text, cap);
	if (p == NULL)
		return false;
	e->text = p;
	e->cap = cap;
	return true;
}

/* The formats come from our own calls, paired with one value; the printf check cannot see that. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void text_vadd(struct emit *e, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || !text_room(e, (size_t)n))
		return;
	vsnprintf(e->text + e->len, (size_t)n + 1, fmt, ap);
	e->len += (size_t)n;
}

static void text_add(struct emit *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vadd(e, fmt, ap);
	va_end(ap);
}
#pragma GCC diagnostic pop

void emit_text(struct emit *e, const char *fmt, ...)
{
	va_list ap;

	if (e->mode != EMIT_TEXT)
		return;
	va_start(ap, fmt);
	text_vadd(e, fmt, ap);
	va_end(ap);
}

static void json_put(struct emit *e, const char *key, json_t *v)
{
	json_t *top = e->level[e->depth];

	if (json_is_array(top))
		json_array_append_new(top, v);
	else if (key != NULL)
		json_object_set_new(top, key, v);
	else
		json_decref(v);
}

static bool wants_text(const struct emit *e, const char *fmt)
{
	return e->mode == EMIT_TEXT && fmt != NULL;
}

void emit_str(struct emit *e, const char *key, const char *fmt, const char *v)
{
	json_t *s;

	if (wants_text(e, fmt))
		text_add(e, fmt, v);
	if (e->mode != EMIT_JSON)
		return;
	s = json_string(v);
	json_put(e, key, s != NULL ? s : json_string("(not UTF-8)"));
}

void emit_u64(struct emit *e, const char *key, const char *fmt, uint64_t v)
{
	if (wants_text(e, fmt))
		text_add(e, fmt, v);
	if (e->mode == EMIT_JSON)
		json_put(e, key, json_integer((json_int_t)v));
}

void emit_i64(struct emit *e, const char *key, const char *fmt, int64_t v)
{
	if (wants_text(e, fmt))
		text_add(e, fmt, v);
	if (e->mode == EMIT_JSON)
		json_put(e, key, json_integer((json_int_t)v));
}

void emit_f64(struct emit *e, const char *key, const char *fmt, double v)
{
	if (wants_text(e, fmt))
		text_add(e, fmt, v);
	if (e->mode == EMIT_JSON)
		json_put(e, key, json_real(v));
}

void emit_bool(struct emit *e, const char *key, const char *fmt, bool v, const char *yes,
	       const char *no)
{
	if (wants_text(e, fmt))
		text_add(e, fmt, v ? yes : no);
	if (e->mode == EMIT_JSON)
		json_put(e, key, json_boolean(v));
}

static void json_push(struct emit *e, const char *key, json_t *v)
{
	gv_assert(e->depth + 1 < EMIT_DEPTH_MAX);
	json_put(e, key, v);
	e->level[++e->depth] = v;
}

void emit_obj(struct emit *e, const char *key)
{
	if (e->mode == EMIT_JSON)
		json_push(e, key, json_object());
}

void emit_arr(struct emit *e, const char *key)
{
	if (e->mode == EMIT_JSON)
		json_push(e, key, json_array());
}

void emit_end(struct emit *e)
{
	if (e->mode != EMIT_JSON)
		return;
	gv_assert(e->depth > 0);
	e->depth--;
}

const char *emit_result(struct emit *e, size_t *len)
{
	if (e->mode == EMIT_JSON) {
		free(e->text);
		e->text = json_dumps(e->level[0], JSON_INDENT(2));
		e->len = e->text == NULL ? 0 : strlen(e->text);
		e->cap = 0;
	}
	if (len != NULL)
		*len = e->len;
	return e->text == NULL ? "" : e->text;
}
