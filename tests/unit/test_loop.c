/* SPDX-License-Identifier: BSD-3-Clause */
/* Timers on a hand-moved clock and on the real one, descriptors, traces, messages, output. */
#include "base/loop.h"

#include "base/emit.h"
#include "base/log.h"
#include "base/trace.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct probe {
	struct loop *loop;
	struct loop_timer *timer;
	char *order; /* one letter a firing */
	char letter;
	int again;
	uint64_t at_ns;
};

static void fired(void *arg)
{
	struct probe *p = arg;
	size_t n = strlen(p->order);

	p->order[n] = p->letter;
	p->order[n + 1] = '\0';
	p->at_ns = loop_now_ns(p->loop);
	if (p->again-- > 0)
		loop_timer_set(p->timer, 10);
}

static void timers_fire_in_order_of_time(void **state)
{
	char order[16] = "";
	struct loop *l;
	struct probe p[3];

	assert_int_equal(loop_new_manual(&l, 1000), 0);
	for (int i = 0; i < 3; i++) {
		p[i] = (struct probe){.loop = l, .order = order, .letter = (char)('a' + i)};
		assert_int_equal(loop_timer_new(&p[i].timer, l, fired, &p[i]), 0);
	}
	loop_timer_set(p[0].timer, 300);
	loop_timer_set(p[1].timer, 100);
	loop_timer_set(p[2].timer, 100);
	assert_int_equal(loop_next_due_ns(l), 1100);
	loop_advance(l, 99);
	assert_string_equal(order, "");
	loop_advance(l, 201);
	assert_string_equal(order, "bca");
	assert_int_equal(p[0].at_ns, 1300);
	assert_int_equal(loop_now_ns(l), 1300);
	for (int i = 0; i < 3; i++)
		loop_timer_free(p[i].timer);
	loop_free(l);
}

static void a_timer_may_set_move_and_cancel_itself(void **state)
{
	char order[16] = "";
	struct loop *l;
	struct probe p;

	assert_int_equal(loop_new_manual(&l, 0), 0);
	p = (struct probe){.loop = l, .order = order, .letter = 'x', .again = 3};
	assert_int_equal(loop_timer_new(&p.timer, l, fired, &p), 0);
	loop_timer_set(p.timer, 5);
	loop_timer_set(p.timer, 50);
	loop_advance(l, 49);
	assert_string_equal(order, "");
	loop_advance(l, 100);
	assert_string_equal(order, "xxxx");
	assert_int_equal(p.at_ns, 80);
	assert_false(loop_timer_pending(p.timer));
	loop_timer_set(p.timer, 5);
	loop_timer_cancel(p.timer);
	loop_advance(l, 100);
	assert_string_equal(order, "xxxx");
	loop_timer_free(p.timer);
	loop_free(l);
}

static void got(int fd, unsigned int events, void *arg)
{
	struct loop *l = arg;
	char c;

	assert_int_equal(events, LOOP_READ);
	assert_int_equal(read(fd, &c, 1), 1);
	loop_stop(l);
}

static void poke(void *arg)
{
	assert_int_equal(write(*(int *)arg, "x", 1), 1);
}

static void the_real_loop_runs_timers_and_descriptors(void **state)
{
	struct loop_timer *t;
	struct loop_fd *f;
	struct loop *l;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(loop_new(&l), 0);
	assert_int_equal(loop_fd_new(&f, l, fds[0], LOOP_READ, got, l), 0);
	assert_int_equal(loop_timer_new(&t, l, poke, &fds[1]), 0);
	loop_timer_set(t, LOOP_NS_PER_MS);
	assert_int_equal(loop_run(l), 0);
	loop_timer_free(t);
	loop_fd_free(f);
	loop_free(l);
	close(fds[0]);
	close(fds[1]);
}

/* ---- traces ------------------------------------------------------------------------------ */

struct lines {
	int n;
	char last[256];
	uint32_t first_num;
};

static void trace_line(const struct trace_rec *r, void *arg)
{
	struct lines *ls = arg;

	if (ls->n++ == 0)
		ls->first_num = r->num;
	trace_format(r, ls->last, sizeof(ls->last));
}

static void a_trace_keeps_the_newest(void **state)
{
	struct addr ks = addr_v4(0x0a010c02), gm = addr_v4(0x0a010d02);
	struct lines ls = {0};
	struct loop *l;

	assert_int_equal(loop_new_manual(&l, 0), 0);
	assert_int_equal(trace_init(l), 0);
	assert_int_equal(trace_size(TRACE_REKEY), TRACE_DEFAULT_ENTRIES);
	for (uint32_t i = 1; i <= 600; i++)
		trace_add(TRACE_EV_REKEY_RCVD, &ks, &gm, i, "G1", NULL);
	trace_each(TRACE_REKEY, trace_line, &ls);
	assert_int_equal(ls.n, 512);
	assert_int_equal(ls.first_num, 89);
	assert_non_null(strstr(ls.last,
			       ": GDOI_REKEY_EVENT: REKEY_RCVD: From 10.1.12.2 to 10.1.13.2 "
			       "with seq no 600 for the group G1"));
	assert_int_equal(trace_resize(TRACE_REKEY, 1000), 0);
	trace_add(TRACE_EV_ACK_SENT, &ks, &gm, 601, "G1", NULL);
	ls = (struct lines){0};
	trace_each(TRACE_REKEY, trace_line, &ls);
	assert_int_equal(ls.n, 513);
	assert_int_equal(ls.first_num, 89);
	assert_int_equal(trace_resize(TRACE_REKEY, 2), 0);
	ls = (struct lines){0};
	trace_each(TRACE_REKEY, trace_line, &ls);
	assert_int_equal(ls.n, 2);
	assert_int_equal(ls.first_num, 600);
	assert_int_equal(trace_resize(TRACE_REKEY, 0), -EINVAL);
	assert_int_equal(trace_resize(TRACE_REKEY, TRACE_MAX_ENTRIES + 1), -EINVAL);
	trace_fini();
	loop_free(l);
}

/* ---- messages ---------------------------------------------------------------------------- */

static void count_line(const char *line, void *arg)
{
	struct lines *ls = arg;

	ls->n++;
	snprintf(ls->last, sizeof(ls->last), "%s", line);
}

static void messages_are_buffered_and_rate_limited(void **state)
{
	struct log_config cfg = {.buffer_bytes = 4096, .buffer_severity = 7, .timestamps = true};
	struct lines ls = {0};
	struct log_stats st;
	struct loop *l;

	assert_int_equal(loop_new_manual(&l, 1000 * LOOP_NS_PER_S), 0);
	assert_int_equal(log_init(l, &cfg), 0);
	for (int i = 0; i < 50; i++)
		log_msg(GDOI_GM_REKEY_TRANS_2_UNI, "G1", "G1");
	log_msg(GDOI_GM_REKEY_TRANS_2_UNI, "G2", "G2");
	log_each(count_line, &ls);
	log_stats_get(&st);
	assert_int_equal(ls.n, 11);
	assert_int_equal(st.suppressed, 40);
	assert_int_equal(log_count(LOG_GDOI_GM_REKEY_TRANS_2_UNI), 51);
	assert_non_null(
		strstr(ls.last,
		       ": %GDOI-5-GM_REKEY_TRANS_2_UNI: Group G2 transitioned to Unicast Rekey."));
	for (int i = 0; i < 100; i++) {
		loop_advance(l, LOOP_NS_PER_S);
		log_msg(GDOI_SA_TEK_UPDATED, "G1");
	}
	log_stats_get(&st);
	assert_int_equal(st.logged, 111);
	assert_true(st.overwritten > 0);
	assert_true(st.bytes_used <= 4096);
	ls.n = 0;
	log_each(count_line, &ls);
	assert_int_equal((uint64_t)ls.n + st.overwritten, st.logged);
	log_fini();
	loop_free(l);
}

/* ---- output ------------------------------------------------------------------------------- */

static void describe(struct emit *e)
{
	emit_text(e, "KEK POLICY:\n");
	emit_obj(e, "kek");
	emit_str(e, "transport", "    Rekey Transport Type     : %s\n", "Unicast");
	emit_u64(e, "lifetime_s", "    Lifetime (secs)          : %" PRIu64 "\n", 878);
	emit_bool(e, "acked", "    Ack: %s\n", true, "Y", "N");
	emit_end(e);
	emit_arr(e, "servers");
	emit_str(e, NULL, "%s\n", "10.1.11.2");
	emit_str(e, NULL, "%s\n", "10.1.12.2");
	emit_end(e);
	emit_f64(e, "replay_value_s", "%.2f secs\n", 621388.66);
	emit_i64(e, "offset", NULL, -5);
}

static void one_description_gives_text_and_json(void **state)
{
	struct emit *e;

	assert_int_equal(emit_new(&e, EMIT_TEXT), 0);
	describe(e);
	assert_string_equal(emit_result(e, NULL),
			    "KEK POLICY:\n"
			    "    Rekey Transport Type     : Unicast\n"
			    "    Lifetime (secs)          : 878\n"
			    "    Ack: Y\n10.1.11.2\n10.1.12.2\n621388.66 secs\n");
	emit_free(e);
	assert_int_equal(emit_new(&e, EMIT_JSON), 0);
	describe(e);
	assert_non_null(strstr(emit_result(e, NULL), "\"lifetime_s\": 878"));
	assert_non_null(strstr(emit_result(e, NULL), "\"10.1.12.2\""));
	assert_non_null(strstr(emit_result(e, NULL), "\"offset\": -5"));
	assert_null(strstr(emit_result(e, NULL), "POLICY"));
	emit_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order_of_time),
		cmocka_unit_test(a_timer_may_set_move_and_cancel_itself),
		cmocka_unit_test(the_real_loop_runs_timers_and_descriptors),
		cmocka_unit_test(a_trace_keeps_the_newest),
		cmocka_unit_test(messages_are_buffered_and_rate_limited),
		cmocka_unit_test(one_description_gives_text_and_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
