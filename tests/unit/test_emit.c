/* SPDX-License-Identifier: BSD-3-Clause */
/* Output of commands at its edges: nesting, growth, what JSON must escape. */
#include "base/emit.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static json_t *json_of(struct emit *e)
{
	size_t len;
	const char *s = emit_result(e, &len);
	json_t *j = json_loadb(s, len, 0, NULL);

	assert_int_equal(len, strlen(s));
	assert_non_null(j);
	return j;
}

static void levels_nest(void **state)
{
	struct emit *e;
	json_t *j, *members, *m;

	assert_int_equal(emit_new(&e, EMIT_JSON), 0);
	assert_int_equal(emit_mode(e), EMIT_JSON);
	emit_arr(e, "members");
	for (uint64_t i = 0; i < 3; i++) {
		emit_obj(e, "ignored inside an array");
		emit_u64(e, "id", "%" PRIu64 "\n", i);
		emit_arr(e, "sids");
		emit_u64(e, NULL, NULL, i * 10);
		emit_end(e);
		emit_end(e);
	}
	emit_end(e);
	emit_bool(e, "last", NULL, false, "yes", "no");
	j = json_of(e);
	members = json_object_get(j, "members");
	assert_int_equal(json_array_size(members), 3);
	m = json_array_get(members, 2);
	assert_int_equal(json_integer_value(json_object_get(m, "id")), 2);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(m, "sids"), 0)), 20);
	assert_true(json_is_false(json_object_get(j, "last")));
	json_decref(j);
	emit_free(e);
}

static void what_has_no_key_or_no_format_is_left_out(void **state)
{
	struct emit *e;
	json_t *j;

	assert_int_equal(emit_new(&e, EMIT_TEXT), 0);
	emit_u64(e, "json_only", NULL, 1);
	emit_str(e, NULL, "text only: %s\n", "x");
	emit_obj(e, "nothing in text");
	emit_end(e);
	assert_string_equal(emit_result(e, NULL), "text only: x\n");
	emit_free(e);
	assert_int_equal(emit_new(&e, EMIT_JSON), 0);
	emit_u64(e, "json_only", NULL, 1);
	emit_str(e, NULL, "text only: %s\n", "x");
	j = json_of(e);
	assert_int_equal(json_object_size(j), 1);
	json_decref(j);
	emit_free(e);
}

static void nothing_said_is_empty(void **state)
{
	struct emit *e;
	json_t *j;

	assert_int_equal(emit_new(&e, EMIT_TEXT), 0);
	assert_string_equal(emit_result(e, NULL), "");
	emit_free(e);
	assert_int_equal(emit_new(&e, EMIT_JSON), 0);
	j = json_of(e);
	assert_int_equal(json_object_size(j), 0);
	json_decref(j);
	emit_free(e);
	emit_free(NULL);
}

static void text_grows_with_what_is_said(void **state)
{
	struct emit *e;
	size_t len;

	assert_int_equal(emit_new(&e, EMIT_TEXT), 0);
	for (unsigned int i = 0; i < 10000; i++)
		emit_text(e, "%05u\n", i);
	assert_memory_equal(emit_result(e, &len), "00000\n00001\n", 12);
	assert_int_equal(len, 60000);
	assert_string_equal(emit_result(e, NULL) + 59994, "09999\n");
	emit_free(e);
}

static void strange_text_is_still_json(void **state)
{
	static const char quoted[] = "a \"quoted\" \\ back\nslash";
	struct emit *e;
	json_t *j;

	assert_int_equal(emit_new(&e, EMIT_JSON), 0);
	emit_str(e, "quoted", NULL, quoted);
	emit_str(e, "latin1", NULL, "\xe9\xff");
	j = json_of(e);
	assert_string_equal(json_string_value(json_object_get(j, "quoted")), quoted);
	assert_string_equal(json_string_value(json_object_get(j, "latin1")), "(not UTF-8)");
	json_decref(j);
	emit_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_nest),
		cmocka_unit_test(what_has_no_key_or_no_format_is_left_out),
		cmocka_unit_test(nothing_said_is_empty),
		cmocka_unit_test(text_grows_with_what_is_said),
		cmocka_unit_test(strange_text_is_still_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
