/* SPDX-License-Identifier: BSD-3-Clause */
/* What a key server does for members that are only recorded: forms of the policy, rounds, times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim.h"

#include "control/ks/group.h"

#define MANY 8000

static struct sim s;
static struct gdoi_policy policy; /* of the last offer */

/* ---- what leaves ------------------------------------------------------------------------------------ */

struct sent {
	struct endpoint to;
	uint8_t octets[16 + 64]; /* cookies and some of the rest */
	size_t len;
	uint64_t at_ns;
};

static struct sent *sent;
static unsigned int n_sent;

static void tap(const struct endpoint *to, struct bytes msg, void *arg)
{
	(void)arg;
	if (n_sent == 4 * MANY)
		return;
	sent[n_sent] = (struct sent){.to = *to, .len = msg.len, .at_ns = loop_now_ns(s.loop)};
	memcpy(sent[n_sent].octets, msg.p, GV_MIN(msg.len, sizeof(sent[0].octets)));
	n_sent++;
}

/* ---- members by record --------------------------------------------------------------------------------- */

static enum gdoi_fail join(uint32_t address, bool ours)
{
	struct gdoi_member_ref ref = {.remote = {.addr = addr_v4(address), .port = 848},
				      .local = {.addr = s.ks.addr, .port = 848},
				      .peer = {.ours = ours, .version = {1, 0, 4}}};
	struct gdoi_group_id id = {.number = SIM_NUMBER};
	enum gdoi_fail why;

	gdoi_policy_clear(&policy);
	why = ks_server_ops.offer(&ref, &id, &policy, s.ks.ks);
	if (why == GDOI_FAIL_NONE)
		why = ks_server_ops.commit(&ref, &id, 1, &policy, s.ks.ks);
	return why;
}

static const struct ks_group *group(void)
{
	return ks_group_at(s.ks.ks, 0);
}

static void start(const struct sim_group *g)
{
	sim_start(&s, 0, g);
	sent = calloc(4 * MANY, sizeof(*sent));
	assert_non_null(sent);
	n_sent = 0;
	s.tap = tap;
	sim_ks_up(&s);
	gdoi_policy_init(&policy);
}

static void stop(void)
{
	gdoi_policy_clear(&policy);
	sim_stop(&s);
	free(sent);
	sent = NULL;
}

/* ---- forms of the policy ---------------------------------------------------------------------------------- */

static void member_of_ours_gets_everything(void **state)
{
	(void)state;
	start(&sim_fast);
	assert_int_equal(join(0x0a010d02, true), GDOI_FAIL_NONE);
	assert_true(policy.full_form);
	assert_int_equal(policy.n_aces, 3);
	assert_true(policy.has_time);
	assert_int_equal(policy.max_age_s, 30 + 2 * 1);
	assert_int_equal(policy.sync_period_s, 300 * 4);
	assert_true(policy.has_kek);
	assert_int_equal(policy.kek.ack, 0); /* asked for in pushes */
	assert_int_equal(addr_v4_u32(&policy.kek.dst.addr), 0x0a010d02);
	assert_int_equal(policy.teks[0].life_s, 20);
	assert_int_equal(policy.teks[0].spi >> 24,
			 gdoi_spi_mark(&(struct gdoi_group_id){.number = SIM_NUMBER}));
	stop();
}

static void time_stamps_need_a_member_of_ours(void **state)
{
	(void)state;
	start(&sim_fast);
	assert_int_equal(join(0x0a010d02, false), GDOI_FAIL_PEER_FORM);
	assert_int_equal(ks_count(s.ks.ks, KS_COUNT_REG_PEER_FORM), 1);
	stop();
}

static void foreign_member_gets_the_plain_form(void **state)
{
	struct sim_group plain = sim_fast;

	(void)state;
	plain.replay = GDOI_REPLAY_NONE;
	start(&plain);
	assert_int_equal(join(0x0a010d02, false), GDOI_FAIL_NONE);
	assert_false(policy.full_form);
	assert_false(policy.has_time);
	assert_int_equal(policy.n_aces, 1); /* the permit line */
	assert_int_equal(sim_log_count("%GDOI-4-KS_PLAIN_FORM: Group G1: member 10.1.13.2 does not "
				       "take deny lines"),
			 1);
	assert_int_equal(join(0x0a010d02, false), GDOI_FAIL_NONE); /* said once a member */
	assert_int_equal(sim_log_count("KS_PLAIN_FORM"), 1);
	stop();
}

static void lines_beyond_the_standard_shut_out_foreign_members(void **state)
{
	struct sim_group plain = sim_fast;

	(void)state;
	plain.replay = GDOI_REPLAY_NONE;
	start(&plain);
	s.ks.conf->acls[0].aces[2].dport = (struct ace_ports){1000, 2000};
	s.ks.conf->acls[0].aces[2].proto = 17;
	sim_ks_apply(&s);
	sim_run_ms(&s, 11000); /* a scheduled rekey brings the change in force */
	assert_int_equal(join(0x0a010d02, false), GDOI_FAIL_PEER_FORM);
	assert_int_equal(join(0x0a010d02, true), GDOI_FAIL_NONE);
	stop();
}

/* One datagram for each form, the same octets for all members of a form. */
static void push_is_built_once_a_form(void **state)
{
	struct sim_group plain = sim_fast;
	struct ks_rekey_result r;

	(void)state;
	plain.replay = GDOI_REPLAY_NONE;
	start(&plain);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(join(0x0a010d02 + (i << 8), i % 2 == 0), GDOI_FAIL_NONE);
	assert_int_equal(ks_rekey(s.ks.ks, NULL, false, &r), 0);
	assert_int_equal(n_sent, 6);
	for (unsigned int i = 0; i < n_sent; i++)
		for (unsigned int k = 0; k < i; k++) {
			bool same_form = (sent[i].to.addr.a[2] ^ sent[k].to.addr.a[2]) % 2 == 0;
			bool same =
				sent[i].len == sent[k].len &&
				memcmp(sent[i].octets, sent[k].octets, sizeof(sent[i].octets)) == 0;

			assert_int_equal(same, same_form);
			assert_memory_equal(sent[i].octets, sent[k].octets, 16);
		}
	stop();
}

/* ---- rounds --------------------------------------------------------------------------------------------------- */

static void round_starts_at_another_member_each_time(void **state)
{
	struct ks_rekey_result r;
	uint32_t first[3];

	(void)state;
	start(&sim_fast);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(join(0x0a010d02 + (i << 8), true), GDOI_FAIL_NONE);
	for (unsigned int i = 0; i < 3; i++) {
		n_sent = 0;
		assert_int_equal(ks_rekey(s.ks.ks, NULL, false, &r), 0);
		assert_int_equal(n_sent, 3);
		first[i] = addr_v4_u32(&sent[0].to.addr);
	}
	assert_int_not_equal(first[0], first[1]);
	assert_int_not_equal(first[1], first[2]);
	assert_int_not_equal(first[0], first[2]);
	stop();
}

/* 8000 members: a push to each, a batch at a time, two copies, and after three rekeys nobody is
 * left, because nobody answers. */
static void thousands_of_members(void **state)
{
	struct ks_member_row row;
	struct ks_rekey_result r;

	(void)state;
	start(&sim_fast);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(join(0x0a800000 + i * 7919 % 0x100000, true), GDOI_FAIL_NONE);
	assert_int_equal(ks_member_count(group()), MANY);
	for (unsigned int i = 1; i < MANY; i++) {
		struct ks_member_row before;

		ks_member_row(group(), i - 1, &before);
		ks_member_row(group(), i, &row);
		assert_true(addr_cmp(&before.address, &row.address) < 0);
	}
	assert_int_equal(ks_rekey(s.ks.ks, NULL, false, &r), 0);
	assert_true(n_sent < MANY);
	sim_run_ms(&s, 900);
	assert_int_equal(n_sent, MANY);
	assert_true(sent[n_sent - 1].at_ns - sent[0].at_ns < 500 * LOOP_NS_PER_MS);
	sim_run_ms(&s, 2000);
	assert_int_equal(n_sent, 3 * MANY);
	ks_member_row(group(), 17, &row);
	assert_int_equal(row.retries, 2);
	sim_run_ms(&s, 30000);
	assert_int_equal(ks_member_count(group()), 0);
	assert_int_equal(ks_count(s.ks.ks, KS_COUNT_MEMBER_REMOVED), MANY);
	stop();
}

static void multicast_goes_once_and_again(void **state)
{
	struct ks_member_row row;

	(void)state;
	start(&sim_fast);
	sim_ks_add_acl(&s, "REKEY", "permit udp host 10.1.11.2 eq 848 host 226.1.1.1 eq 848");
	snprintf(sim_ks_conf(&s)->rekey_acl, CONF_NAME_MAX, "REKEY");
	sim_ks_conf(&s)->rekey_unicast = false;
	sim_ks_apply(&s);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(join(0x0a010d02 + (i << 8), true), GDOI_FAIL_NONE);
	assert_int_equal(sim_log_count("%GDOI-5-KS_REKEY_TRANS_2_MULTI: Group G1 transitioned to "
				       "Multicast Rekey."),
			 1);
	assert_true(addr_is_multicast(&policy.kek.dst.addr));
	sim_run_ms(&s, 10500);
	assert_int_equal(sim_log_count("%GDOI-5-KS_SEND_MCAST_REKEY: Sending Multicast Rekey for "
				       "group G1 from address 10.1.11.2 to 226.1.1.1 with seq # 1"),
			 1);
	assert_int_equal(n_sent, 1);
	sim_run_ms(&s, 3000);
	assert_int_equal(n_sent, 3);
	assert_memory_equal(&sent[0].octets, &sent[2].octets, sizeof(sent[0].octets));
	sim_run_ms(&s, 60000);
	ks_member_row(group(), 0, &row);
	assert_int_equal(row.acks_missed, 0);
	assert_int_equal(ks_member_count(group()), 5); /* nobody is removed for silence */
	stop();
}

static void multicast_without_destination_is_not_ready(void **state)
{
	(void)state;
	start(&sim_fast);
	sim_ks_conf(&s)->rekey_unicast = false;
	sim_ks_apply(&s);
	assert_false(sim_ks_info(&s).ready);
	assert_int_equal(join(0x0a010d02, true), GDOI_FAIL_INCOMPLETE);
	stop();
}

/* ---- times ------------------------------------------------------------------------------------------------------ */

static void successors_come_at_the_times_of_the_table(void **state)
{
	static const struct {
		uint32_t tek_s, kek_s, period_s, number;
		uint32_t tek_ahead_s, kek_ahead_s;
	} cases[] = {
		{20, 60, 1, 2, 10, 30},
		{120, 360, 10, 2, 60, 180},
		{900, 1200, 10, 5, 140, 230},
		{3600, 86400, 10, 5, 230, 4460},
	};

	(void)state;
	for (size_t i = 0; i < GV_ARRAY_SIZE(cases); i++) {
		struct sim_group g = sim_fast;
		struct ks_tek_row tek;
		struct ks_kek_row kek;

		g.tek_s = cases[i].tek_s;
		g.kek_s = cases[i].kek_s;
		g.retransmit_s = cases[i].period_s;
		g.retransmit_n = cases[i].number;
		start(&g);
		ks_tek_row(group(), 0, &tek);
		assert_int_equal(tek.left_s - tek.rekey_s, cases[i].tek_ahead_s);
		assert_true(ks_kek_row(group(), &kek));
		assert_int_equal(kek.left_s - kek.rekey_s, cases[i].kek_ahead_s);
		stop();
	}
}

static void too_many_lines_are_cut_and_said(void **state)
{
	struct conf_acl *acl;

	(void)state;
	start(&sim_fast);
	acl = &s.ks.conf->acls[0];
	acl->aces = reallocarray(acl->aces, 120, sizeof(struct ace));
	assert_non_null(acl->aces);
	for (unsigned int i = 3; i < 120; i++)
		acl->aces[i] = acl->aces[2];
	acl->n_aces = 120;
	sim_ks_apply(&s);
	assert_int_equal(sim_log_count("%GDOI-3-GDOI_ACL_NUM: The ACL has too many entries. GDOI "
				       "will honor only the first 100 ACL entries specified."),
			 1);
	sim_run_ms(&s, 11000);
	assert_int_equal(join(0x0a010d02, true), GDOI_FAIL_NONE);
	assert_int_equal(policy.n_aces, 100);
	stop();
}

/* A second `sa ipsec` comes with the next rekey, and its keys go when it goes. */
static void policies_come_and_go(void **state)
{
	struct ks_rekey_result r;
	struct ks_sa_row row;

	(void)state;
	start(&sim_fast);
	sim_ks_add_acl(&s, "SECOND", "permit tcp any any eq 80");
	sim_ks_conf(&s)->sas[1] = sim_ks_conf(&s)->sas[0];
	sim_ks_conf(&s)->sas[1].number = 2;
	snprintf(sim_ks_conf(&s)->sas[1].acl, CONF_NAME_MAX, "SECOND");
	sim_ks_conf(&s)->n_sas = 2;
	sim_ks_apply(&s);
	assert_int_equal(sim_ks_info(&s).n_sas, 1);
	assert_int_equal(ks_rekey(s.ks.ks, NULL, false, &r), 0);
	assert_int_equal(sim_ks_info(&s).n_sas, 2);
	assert_int_equal(join(0x0a010d02, true), GDOI_FAIL_NONE);
	assert_int_equal(policy.n_aces, 4);
	assert_int_equal(policy.aces[3].sa, 1);
	assert_int_equal(policy.n_teks, 3);
	/* without the first one, the second keeps its key */
	sim_ks_conf(&s)->sas[0] = sim_ks_conf(&s)->sas[1];
	sim_ks_conf(&s)->n_sas = 1;
	sim_ks_apply(&s);
	assert_int_equal(ks_rekey(s.ks.ks, NULL, false, &r), 0);
	ks_sa_row(group(), 0, &row);
	assert_int_equal(row.number, 2);
	assert_int_equal(join(0x0a010d02, true), GDOI_FAIL_NONE);
	assert_int_equal(policy.n_aces, 1);
	assert_int_equal(policy.n_teks, 2);
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(member_of_ours_gets_everything),
		cmocka_unit_test(time_stamps_need_a_member_of_ours),
		cmocka_unit_test(foreign_member_gets_the_plain_form),
		cmocka_unit_test(lines_beyond_the_standard_shut_out_foreign_members),
		cmocka_unit_test(push_is_built_once_a_form),
		cmocka_unit_test(round_starts_at_another_member_each_time),
		cmocka_unit_test(thousands_of_members),
		cmocka_unit_test(multicast_goes_once_and_again),
		cmocka_unit_test(multicast_without_destination_is_not_ready),
		cmocka_unit_test(successors_come_at_the_times_of_the_table),
		cmocka_unit_test(too_many_lines_are_cut_and_said),
		cmocka_unit_test(policies_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
