/* SPDX-License-Identifier: BSD-3-Clause */
/* What a member makes of messages: which TEK it sends with, how policies merge, when it registers
 * again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/gm/group.h"

#define S LOOP_NS_PER_S

static uint32_t conn_ids;

static struct gm_tek tek(uint32_t spi, uint32_t life_s, uint64_t left_s)
{
	return (struct gm_tek){.tek = {.spi = spi, .life_s = life_s}, .expire_ns = left_s * S};
}

/* ---- which TEK to send with ------------------------------------------------------------------------ */

static void oldest_with_more_than_a_left_sends(void **state)
{
	/* A is 15 s for a life of 120 s, 30 s from 240 s on, 2 s up to 16 s */
	static const struct {
		uint32_t life[3];
		uint64_t left[3];
		int want;
	} cases[] = {
		{{120, 120, 120}, {16, 76, 120}, 0},
		{{120, 120, 120}, {15, 76, 120}, 1},
		{{120, 120, 120}, {3, 14, 120}, 2},
		{{3600, 3600, 3600}, {31, 3000, 3600}, 0},
		{{3600, 3600, 3600}, {30, 3000, 3600}, 1},
		{{16, 16, 16}, {3, 8, 16}, 0},
		{{16, 16, 16}, {2, 8, 16}, 1},
		{{120, 120, 120}, {5, 9, 7}, 1},
		{{120, 120, 120}, {0, 0, 1}, 2},
		{{120, 120, 120}, {0, 0, 0}, -1},
		/* a life that was shortened in between does not lose its place */
		{{900, 900, 900}, {90, 50, 900}, 0},
	};

	(void)state;
	for (size_t i = 0; i < GV_ARRAY_SIZE(cases); i++) {
		struct gm_tek t[3];

		for (unsigned int k = 0; k < 3; k++)
			t[k] = tek(k + 1, cases[i].life[k], 1000 + cases[i].left[k]);
		assert_int_equal(gm_tek_select(t, 3, 0, 1000 * S), cases[i].want);
	}
}

static void activation_delay_comes_before_the_rule(void **state)
{
	struct gm_tek t[2] = {tek(1, 900, 1500), tek(2, 900, 1800)};

	(void)state;
	t[1].atd_ns = 1010 * S;
	assert_int_equal(gm_tek_select(t, 2, 0, 1009 * S), 0);
	assert_int_equal(gm_tek_select(t, 2, 0, 1010 * S), 1);
}

static void each_policy_has_its_own(void **state)
{
	struct gm_tek t[3] = {tek(1, 900, 1500), tek(2, 900, 1500), tek(3, 900, 1500)};

	(void)state;
	t[1].tek.sa = 1;
	t[2].tek.sa = 1;
	t[1].tek.direction = GDOI_DIR_RECEIVE_ONLY;
	assert_int_equal(gm_tek_select(t, 3, 0, 1000 * S), 0);
	assert_int_equal(gm_tek_select(t, 3, 1, 1000 * S), 2);
	assert_int_equal(gm_tek_select(t, 3, 2, 1000 * S), -1);
}

/* ---- merging ----------------------------------------------------------------------------------------- */

static struct gdoi_policy policy;
static struct gm_hold hold;

static struct secret *key_of(uint32_t n)
{
	return secret_new(&n, sizeof(n));
}

static void add_tek(uint32_t spi, uint32_t key, uint32_t life_s)
{
	policy.teks[policy.n_teks++] = (struct gdoi_tek){
		.spi = spi, .suite = SUITE_NULL_SHA1, .auth = key_of(key), .life_s = life_s};
}

static void add_line(bool permit, uint8_t proto)
{
	policy.aces[policy.n_aces++] = (struct gdoi_ace){.ace = {.permit = permit, .proto = proto}};
}

static void set_kek(uint8_t spi, uint32_t key, uint32_t life_s)
{
	policy.has_kek = true;
	policy.kek = (struct gdoi_kek){.iv_key = key_of(key), .life_s = life_s};
	policy.kek.spi[0] = spi;
}

static void drop_policy(void)
{
	for (unsigned int i = 0; i < policy.n_teks; i++)
		secret_unref(policy.teks[i].auth);
	secret_unref(policy.kek.iv_key);
	secret_unref(policy.kek.public_key);
	memset(&policy, 0, sizeof(policy));
}

static int merge_at(uint64_t now_s, uint64_t age_s, bool pull, const struct gdoi_delete *del,
		    struct gm_change *what)
{
	struct gm_message m = {.policy = &policy,
			       .del = del,
			       .now_ns = now_s * S,
			       .age_ns = age_s * S,
			       .pull = pull,
			       .conn_ids = &conn_ids};
	struct err_text why;
	int rc = gm_merge(&hold, &m, what, &why);

	drop_policy();
	return rc;
}

static int setup(void **state)
{
	(void)state;
	memset(&hold, 0, sizeof(hold));
	memset(&policy, 0, sizeof(policy));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gm_hold_clear(&hold);
	drop_policy();
	return 0;
}

static void first_policy(void)
{
	struct gm_change what;

	policy.full_form = true;
	add_line(false, 88);
	add_line(true, 0);
	add_tek(1, 1, 900);
	set_kek(1, 1, 1200);
	policy.seq = 7;
	assert_int_equal(merge_at(1000, 0, true, NULL, &what), 0);
	assert_true(what.new_tek);
	assert_true(what.new_kek);
}

static void ages_shorten_lives(void **state)
{
	struct gm_change what;

	(void)state;
	first_policy();
	policy.full_form = true;
	add_tek(1, 1, 300);
	add_tek(2, 2, 900);
	assert_int_equal(merge_at(1600, 50, false, NULL, &what), 0);
	assert_int_equal(hold.n_teks, 2);
	assert_int_equal(hold.teks[0].tek.spi, 1);
	assert_int_equal(hold.teks[0].expire_ns, 1850 * S);
	assert_int_equal(hold.teks[0].tek.life_s, 900); /* L stays what it was when it came */
	assert_int_equal(hold.teks[1].expire_ns, 2450 * S);
	assert_int_equal(hold.teks[1].tek.life_s, 850);
}

static void unnamed_tek_lives_on_unless_deleted(void **state)
{
	struct gdoi_delete del = {.spis = {1}, .n_spis = 1};
	struct gm_change what;

	(void)state;
	first_policy();
	policy.full_form = true;
	add_tek(2, 2, 900);
	assert_int_equal(merge_at(1100, 0, false, NULL, &what), 0);
	assert_int_equal(hold.n_teks, 2);
	assert_int_equal(hold.teks[0].tek.spi, 1);
	policy.full_form = true;
	add_tek(2, 2, 850);
	assert_int_equal(merge_at(1150, 0, false, &del, &what), 0);
	assert_int_equal(what.teks_deleted, 1);
	assert_int_equal(hold.n_teks, 1);
	assert_int_equal(hold.teks[0].tek.spi, 2);
}

static void known_spi_with_another_key_is_refused(void **state)
{
	struct gm_change what;

	(void)state;
	first_policy();
	policy.full_form = true;
	add_tek(2, 2, 900);
	add_tek(1, 99, 900);
	assert_int_equal(merge_at(1100, 0, false, NULL, &what), -EEXIST);
	policy.full_form = true;
	add_tek(1, 1, 800);
	set_kek(1, 99, 1100);
	assert_int_equal(merge_at(1100, 0, false, NULL, &what), -EEXIST);
	assert_int_equal(hold.n_teks, 1);
	assert_int_equal(hold.n_keks, 1);
}

static void sixth_tek_pushes_out_the_one_that_ends_first(void **state)
{
	struct gm_change what;

	(void)state;
	first_policy();
	policy.full_form = true;
	for (uint32_t i = 2; i <= 5; i++)
		add_tek(i, i, i == 3 ? 100 : 900);
	assert_int_equal(merge_at(1010, 0, false, NULL, &what), 0);
	assert_int_equal(hold.n_teks, 5);
	assert_int_equal(what.teks_given_up, 0);
	policy.full_form = true;
	add_tek(6, 6, 900);
	assert_int_equal(merge_at(1020, 0, false, NULL, &what), 0);
	assert_int_equal(hold.n_teks, 5);
	assert_int_equal(what.teks_given_up, 1);
	assert_null(gm_hold_tek(&hold, 3));
	assert_non_null(gm_hold_tek(&hold, 6));
}

static void plain_form_keeps_the_deny_lines(void **state)
{
	struct gm_change what;

	(void)state;
	first_policy();
	add_line(true, 0); /* the same permit line: nothing changes */
	add_tek(2, 2, 900);
	assert_int_equal(merge_at(1100, 0, false, NULL, &what), 0);
	assert_int_equal(hold.n_aces, 2);
	assert_false(hold.aces[0].ace.permit);
	add_line(true, 6);
	add_line(true, 17);
	assert_int_equal(merge_at(1200, 0, false, NULL, &what), 0);
	assert_int_equal(hold.n_aces, 3);
	assert_false(hold.aces[0].ace.permit);
	assert_int_equal(hold.aces[1].ace.proto, 6);
	assert_int_equal(hold.aces[2].ace.proto, 17);
	/* no lines at all: they stay */
	add_tek(3, 3, 900);
	assert_int_equal(merge_at(1250, 0, false, NULL, &what), 0);
	assert_int_equal(hold.n_aces, 3);
	/* and the full form replaces everything */
	policy.full_form = true;
	add_line(true, 50);
	assert_int_equal(merge_at(1300, 0, false, NULL, &what), 0);
	assert_int_equal(hold.n_aces, 1);
}

static void foreign_delays_gate_sending_and_removal(void **state)
{
	struct gm_change what;

	(void)state;
	first_policy();
	policy.has_gap = true;
	policy.atd_s = 20;
	policy.dtd_s = 60;
	add_tek(2, 2, 900);
	assert_int_equal(merge_at(1100, 0, false, NULL, &what), 0);
	assert_int_equal(hold.teks[0].expire_ns, 1160 * S);
	assert_int_equal(hold.teks[1].atd_ns, 1120 * S);
	assert_int_equal(gm_tek_select(hold.teks, 2, 0, 1119 * S), 0);
	assert_int_equal(gm_tek_select(hold.teks, 2, 0, 1121 * S), 1);
}

static void kek_keeps_its_own_number(void **state)
{
	struct gm_change what;

	(void)state;
	first_policy();
	assert_int_equal(hold.keks[0].st.last_seq, 7);
	policy.full_form = true;
	set_kek(2, 2, 1200);
	assert_int_equal(merge_at(1500, 0, false, NULL, &what), 0);
	assert_true(what.new_kek);
	assert_int_equal(hold.n_keks, 2);
	assert_int_equal(hold.keks[0].st.kek.spi[0], 2);
	assert_int_equal(hold.keks[0].st.last_seq, 0);
	assert_int_equal(hold.keks[1].st.last_seq, 7);
	/* a registration that was overtaken by pushes does not turn the number back */
	hold.keks[0].st.last_seq = 9;
	set_kek(2, 2, 1000);
	policy.seq = 4;
	add_tek(1, 1, 300);
	assert_int_equal(merge_at(1600, 0, true, NULL, &what), 0);
	assert_int_equal(hold.keks[0].st.last_seq, 9);
	/* the old one goes when its life ends */
	assert_int_equal(gm_hold_expire(&hold, 2201 * S), 1);
	assert_int_equal(hold.n_keks, 1);
}

/* ---- when to register again --------------------------------------------------------------------------- */

static void last_key_of_each_kind_decides(void **state)
{
	struct gm_change what;
	uint64_t end, when;

	(void)state;
	assert_int_equal(gm_hold_reregister_ns(&hold, &end), UINT64_MAX);
	first_policy();
	/* TEK 900 s: 60 s before its end; KEK 1200 s later than that */
	when = gm_hold_reregister_ns(&hold, &end);
	assert_int_equal(end, 1900 * S);
	assert_int_equal(when, 1840 * S);
	/* its successor is here: now the KEK comes first */
	policy.full_form = true;
	add_tek(1, 1, 140);
	add_tek(2, 2, 900);
	assert_int_equal(merge_at(1760, 0, false, NULL, &what), 0);
	when = gm_hold_reregister_ns(&hold, &end);
	assert_int_equal(end, 2200 * S);
	assert_int_equal(when, 2140 * S);
}

/* Another policy's keys and a KEK do not hide that this one has none. */
static void policy_without_a_key_is_due(void **state)
{
	struct gm_change what;
	uint64_t end;

	(void)state;
	first_policy();
	policy.full_form = true;
	add_line(true, 0);
	add_line(true, 6);
	policy.aces[1].sa = 1;
	add_tek(1, 1, 900);
	add_tek(2, 2, 100);
	policy.teks[1].sa = 1;
	assert_int_equal(merge_at(1000, 0, false, NULL, &what), 0);
	assert_true(gm_hold_reregister_ns(&hold, &end) > 1000 * S);
	assert_int_equal(gm_hold_expire(&hold, 1100 * S), 1);
	assert_int_equal(gm_hold_reregister_ns(&hold, &end), 0);
	assert_int_equal(end, UINT64_MAX);
}

/* A key server that was started again gives the same sender IDs to others: they must not be used
 * under the keys of its life before. */
static void registration_retires_counter_mode_keys_it_does_not_name(void **state)
{
	struct gm_change what;

	(void)state;
	policy.full_form = true;
	add_line(true, 0);
	add_tek(1, 1, 900);
	add_tek(2, 2, 900);
	policy.teks[0].suite = SUITE_GCM128;
	assert_int_equal(merge_at(1000, 0, true, NULL, &what), 0);
	policy.full_form = true;
	add_line(true, 0);
	add_tek(3, 3, 900);
	/* a push brings no sender IDs and changes nothing about other keys */
	assert_int_equal(merge_at(1100, 0, false, NULL, &what), 0);
	assert_int_equal(gm_hold_tek(&hold, 1)->tek.direction, GDOI_DIR_BOTH);
	policy.full_form = true;
	add_line(true, 0);
	add_tek(4, 4, 900);
	assert_int_equal(merge_at(1200, 0, true, NULL, &what), 0);
	assert_int_equal(hold.n_teks, 4);
	assert_int_equal(gm_hold_tek(&hold, 1)->tek.direction, GDOI_DIR_RECEIVE_ONLY);
	assert_int_equal(gm_hold_tek(&hold, 2)->tek.direction, GDOI_DIR_BOTH);
	assert_int_equal(gm_hold_tek(&hold, 4)->tek.direction, GDOI_DIR_BOTH);
}

/* Its count of IVs went with it: the same sender IDs would make the same ones again. */
static void counter_mode_key_that_comes_back_only_receives(void **state)
{
	struct gdoi_delete del = {.spis = {1}, .n_spis = 1};
	struct gm_change what;

	(void)state;
	policy.full_form = true;
	add_line(true, 0);
	add_tek(1, 1, 900);
	add_tek(2, 2, 100);
	policy.teks[0].suite = policy.teks[1].suite = SUITE_GCM128;
	assert_int_equal(merge_at(1000, 0, true, NULL, &what), 0);
	assert_int_equal(gm_hold_expire(&hold, 1100 * S), 1);
	add_tek(3, 3, 900);
	assert_int_equal(merge_at(1100, 0, false, &del, &what), 0);
	for (unsigned int round = 0; round < 2; round++) {
		bool pull = round == 1; /* brings new sender IDs */

		gm_hold_drop_teks(&hold);
		for (uint32_t spi = 1; spi <= 4; spi++) {
			add_tek(spi, spi, 900);
			policy.teks[spi - 1].suite = SUITE_GCM128;
		}
		assert_int_equal(merge_at(1200, 0, pull, NULL, &what), 0);
		for (uint32_t spi = 1; spi <= 4; spi++)
			assert_int_equal(gm_hold_tek(&hold, spi)->tek.direction,
					 spi <= 2 && !pull ? GDOI_DIR_RECEIVE_ONLY : GDOI_DIR_BOTH);
	}
}

/* Those a message names stay, however short their life, as long as others can go. */
static void room_is_made_by_those_not_named(void **state)
{
	struct gm_change what;

	(void)state;
	first_policy();
	policy.full_form = true;
	for (uint32_t i = 2; i <= 6; i++)
		add_tek(i, i, 90);
	assert_int_equal(merge_at(1010, 0, false, NULL, &what), 0);
	assert_int_equal(what.teks_given_up, 1);
	assert_int_equal(hold.n_teks, 5);
	assert_null(gm_hold_tek(&hold, 1));
}

static void margin_is_spread_and_capped(void **state)
{
	static const struct {
		uint32_t life_s;
		uint64_t lo_s, hi_s;
	} cases[] = {{20, 5, 5}, {120, 30, 30}, {900, 60, 60}, {3600, 60, 180}, {86400, 60, 4320}};
	struct gm_change what;

	(void)state;
	for (size_t i = 0; i < GV_ARRAY_SIZE(cases); i++) {
		uint64_t least = UINT64_MAX, most = 0;

		for (uint32_t k = 0; k < 400; k++) {
			gm_hold_clear(&hold);
			add_tek(1, 1, cases[i].life_s);
			assert_int_equal(merge_at(1000, 0, true, NULL, &what), 0);
			least = GV_MIN(least, hold.teks[0].margin_ns / S);
			most = GV_MAX(most, hold.teks[0].margin_ns / S);
		}
		assert_in_range(least, cases[i].lo_s, cases[i].lo_s + (cases[i].hi_s / 20));
		assert_in_range(most, cases[i].hi_s - (cases[i].hi_s / 20), cases[i].hi_s);
	}
}

#define WITH_HOLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oldest_with_more_than_a_left_sends),
		cmocka_unit_test(activation_delay_comes_before_the_rule),
		cmocka_unit_test(each_policy_has_its_own),
		WITH_HOLD(ages_shorten_lives),
		WITH_HOLD(unnamed_tek_lives_on_unless_deleted),
		WITH_HOLD(known_spi_with_another_key_is_refused),
		WITH_HOLD(sixth_tek_pushes_out_the_one_that_ends_first),
		WITH_HOLD(plain_form_keeps_the_deny_lines),
		WITH_HOLD(foreign_delays_gate_sending_and_removal),
		WITH_HOLD(kek_keeps_its_own_number),
		WITH_HOLD(last_key_of_each_kind_decides),
		WITH_HOLD(policy_without_a_key_is_due),
		WITH_HOLD(registration_retires_counter_mode_keys_it_does_not_name),
		WITH_HOLD(counter_mode_key_that_comes_back_only_receives),
		WITH_HOLD(room_is_made_by_those_not_named),
		WITH_HOLD(margin_is_spread_and_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
