/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages and event traces at their edges: what passes, what is kept, how times are written. */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/loop.h"
#include "base/trace.h"

struct seen {
	unsigned int n;
	char first[1100], last[1100];
	enum log_id id;
};

static void see(const char *line, void *arg)
{
	struct seen *s = arg;

	if (s->n++ == 0)
		snprintf(s->first, sizeof(s->first), "%s", line);
	snprintf(s->last, sizeof(s->last), "%s", line);
}

static void see_id(enum log_id id, const char *line, void *arg)
{
	see(line, arg);
	((struct seen *)arg)->id = id;
}

static struct seen buffered(void)
{
	struct seen s = {0};

	log_each(see, &s);
	return s;
}

static struct loop *loop;

static int setup(void **state)
{
	const struct log_config cfg = {.buffer_severity = 7};

	setenv("TZ", "UTC", 1);
	tzset();
	return loop_new_manual(&loop, LOOP_NS_PER_S) == 0 && log_init(loop, &cfg) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	log_fini();
	loop_free(loop);
	return 0;
}

/* ---- messages --------------------------------------------------------------------------- */

static void the_catalogue_is_whole(void **state)
{
	for (int i = 0; i < LOG_ID_COUNT; i++) {
		const struct log_def *d = log_def((enum log_id)i);

		assert_true(d->severity <= 7);
		assert_true(d->facility[0] != '\0' && d->mnemonic[0] != '\0');
		assert_true(d->format[0] != '\0' && d->why[0] != '\0' && d->action[0] != '\0');
		for (int k = 0; k < i; k++) {
			const struct log_def *o = log_def((enum log_id)k);

			assert_false(strcmp(o->mnemonic, d->mnemonic) == 0 &&
				     strcmp(o->facility, d->facility) == 0);
		}
	}
}

static void a_severity_keeps_the_lesser_ones_out(void **state)
{
	struct log_config cfg = {.buffer_severity = 4};
	struct seen sink = {0};

	assert_int_equal(log_configure(&cfg), 0);
	log_set_sink(see_id, &sink);
	log_msg(GDOI_SA_TEK_UPDATED, "G1"); /* severity 5 */
	assert_int_equal(buffered().n, 0);
	assert_int_equal(sink.n, 1); /* the sink sees it all the same */
	assert_int_equal(sink.id, LOG_GDOI_SA_TEK_UPDATED);
	assert_string_equal(sink.last, "%GDOI-5-SA_TEK_UPDATED: SA TEK was updated");
	log_set_sink(NULL, NULL);
	cfg.buffer_severity = 5;
	assert_int_equal(log_configure(&cfg), 0);
	log_msg(GDOI_SA_TEK_UPDATED, "G1");
	assert_int_equal(buffered().n, 1);
}

static void each_message_and_group_has_its_own_limit(void **state)
{
	struct log_stats st;

	for (int i = 0; i < 30; i++) {
		log_msg(GDOI_SA_TEK_UPDATED, "G1");
		log_msg(GDOI_SA_TEK_UPDATED, "G2");
		log_msg(GDOI_SA_KEK_UPDATED, "G1");
	}
	log_stats_get(&st);
	assert_int_equal(st.logged, 30);
	assert_int_equal(st.suppressed, 60);
	assert_int_equal(log_count(LOG_GDOI_SA_TEK_UPDATED), 60);
	loop_advance(loop, LOOP_NS_PER_S); /* a new second, a new burst */
	log_msg(GDOI_SA_TEK_UPDATED, "G1");
	log_stats_get(&st);
	assert_int_equal(st.logged, 31);
}

static void the_first_of_many_groups_is_never_lost(void **state)
{
	for (int i = 0; i < 2000; i++) {
		char group[16];

		snprintf(group, sizeof(group), "group-%d", i);
		log_msg(GDOI_SA_TEK_UPDATED, group);
	}
	assert_int_equal(buffered().n, 2000);
}

static void another_size_keeps_what_fits(void **state)
{
	struct log_config cfg = {.buffer_bytes = 10000, .buffer_severity = 7};
	struct log_stats st;
	struct seen s;

	for (int i = 0; i < 9; i++)
		log_msg(GDOI_GM_REKEY_TRANS_2_UNI, "", i < 8 ? "older" : "newest");
	assert_int_equal(log_configure(&cfg), 0);
	assert_int_equal(buffered().n, 9);
	cfg.buffer_bytes = 200;
	assert_int_equal(log_configure(&cfg), 0);
	s = buffered();
	assert_int_equal(s.n, 2);
	assert_non_null(strstr(s.last, "newest"));
	log_stats_get(&st);
	assert_int_equal(st.logged, 9);
	assert_int_equal(st.overwritten, 7);
}

static void a_small_buffer_keeps_the_newest(void **state)
{
	const struct log_config cfg = {.buffer_bytes = 200, .buffer_severity = 7};
	struct log_stats st;
	struct seen s;

	assert_int_equal(log_configure(&cfg), 0);
	for (int i = 0; i < 9; i++)
		log_msg(GDOI_GM_REKEY_TRANS_2_UNI, "", i < 8 ? "older" : "newest");
	s = buffered();
	assert_int_equal(s.n, 2); /* 200 octets hold two lines */
	assert_non_null(strstr(s.last, "newest"));
	log_stats_get(&st);
	assert_int_equal(st.overwritten, 7);
	assert_true(st.bytes_used <= st.bytes_max);
	log_clear();
	assert_int_equal(buffered().n, 0);
	log_msg(GDOI_SA_TEK_UPDATED, "");
	assert_int_equal(buffered().n, 1);
}

static void a_long_text_is_cut(void **state)
{
	char name[3000];
	struct seen s;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	log_msg(GDOI_GM_REKEY_TRANS_2_UNI, "", name);
	s = buffered();
	assert_int_equal(s.n, 1);
	assert_in_range(strlen(s.last), 900, 1023);
	assert_non_null(strstr(s.last, "%GDOI-5-GM_REKEY_TRANS_2_UNI: Group xxxx"));
}

static void times_are_written_as_ios_does(void **state)
{
	/* 2013-11-06 15:55:16.117 and 2013-11-13 19:29:32.081 UTC */
	const struct log_stamp stamp = log_stamp(1383753316117);

	/* The asterisk: the machine's clock is not synchronised. */
	assert_string_equal(stamp.s + (stamp.s[0] == '*'), "Nov  6 15:55:16.117");
	assert_string_equal(log_clock_text(1384370972081).s, "19:29:32.081 UTC Wed Nov 13 2013");
	assert_string_equal(log_clock_text(1383753316117).s, "15:55:16.117 UTC Wed Nov 6 2013");
}

/* ---- traces ----------------------------------------------------------------------------- */

static void keep_rec(const struct trace_rec *r, void *arg)
{
	*(struct trace_rec *)arg = *r;
}

static void count_rec(const struct trace_rec *r, void *arg)
{
	++*(unsigned int *)arg;
}

static void kinds_have_rings_of_their_own(void **state)
{
	unsigned int n[TRACE_KINDS] = {0};

	assert_int_equal(trace_init(loop), 0);
	trace_add(TRACE_EV_REKEY_RCVD, NULL, NULL, 1, "G1", NULL);
	trace_add(TRACE_EV_ACK_SENT, NULL, NULL, 1, "G1", NULL);
	trace_add(TRACE_EV_REG_STARTED, NULL, NULL, 0, "G1", NULL);
	for (int k = 0; k < TRACE_KINDS; k++)
		trace_each((enum trace_kind)k, count_rec, &n[k]);
	assert_int_equal(n[TRACE_REKEY], 2);
	assert_int_equal(n[TRACE_REGISTRATION], 1);
	assert_int_equal(n[TRACE_EXIT], 0);
	assert_string_equal(trace_kind_name(TRACE_COOP), "coop");
	trace_fini();
	trace_add(TRACE_EV_ACK_SENT, NULL, NULL, 1, "G1", NULL); /* nowhere to go, no harm */
}

static void a_record_fits_any_room(void **state)
{
	char text[256], whole[256], group[64];
	struct trace_rec r;

	memset(group, 'g', sizeof(group) - 1);
	group[sizeof(group) - 1] = '\0';
	assert_int_equal(trace_init(loop), 0);
	trace_add(TRACE_EV_REKEY_FAILED, NULL, NULL, 7, group, "signature");
	trace_each(TRACE_REKEY, keep_rec, &r);
	assert_int_equal(strlen(r.group), sizeof(r.group) - 1);
	trace_format(&r, whole, sizeof(whole));
	assert_non_null(strstr(whole, "From 0.0.0.0 to 0.0.0.0 with seq no 7 for the group ggg"));
	assert_non_null(strstr(whole, "g: signature"));
	for (size_t cap = 1; cap <= strlen(whole) + 1; cap++) {
		memset(text, 0x7e, sizeof(text));
		trace_format(&r, text, cap);
		assert_int_equal(strlen(text), cap - 1);
		assert_memory_equal(text, whole, cap - 1);
		assert_int_equal(text[cap], 0x7e);
	}
	trace_fini();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_catalogue_is_whole),
		TEST(a_severity_keeps_the_lesser_ones_out),
		TEST(each_message_and_group_has_its_own_limit),
		TEST(the_first_of_many_groups_is_never_lost),
		TEST(another_size_keeps_what_fits),
		TEST(a_small_buffer_keeps_the_newest),
		TEST(a_long_text_is_cut),
		TEST(times_are_written_as_ios_does),
		TEST(kinds_have_rings_of_their_own),
		TEST(a_record_fits_any_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
