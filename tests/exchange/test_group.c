/* SPDX-License-Identifier: BSD-3-Clause */
/* Members and a key server through registration, rekeys, losses and restarts. */
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

static struct sim s;

static void start_all(unsigned int members, const struct sim_group *g)
{
	sim_start(&s, members, g);
	sim_ks_up(&s);
	for (unsigned int i = 0; i < members; i++)
		sim_gm_up(&s, i);
	sim_until_registered(&s, 3000);
}

static unsigned int line_of(const char *mnemonic)
{
	unsigned int i = 0;

	while (i < sim_log_lines() && strstr(sim_log_line(i), mnemonic) == NULL)
		i++;
	assert_int_not_equal(i, sim_log_lines());
	return i;
}

static void registration_installs_and_says_so(void **state)
{
	struct gm_info gm;
	struct ks_member_row row;
	unsigned int at;

	(void)state;
	start_all(1, &sim_fast);
	at = line_of("%CRYPTO-5-GM_REGSTER: Start registration to KS 10.1.11.2 for group G1 using "
		     "address 10.1.13.2");
	assert_true(line_of("%GDOI-5-GM_CM_ATTACH: Crypto map attached for gdoi group G1") < at);
	at = line_of("%GDOI-5-GM_REKEY_TRANS_2_UNI: Group G1 transitioned to Unicast Rekey.");
	assert_int_equal(line_of("%GDOI-5-SA_KEK_UPDATED: SA KEK was updated"), at + 1);
	assert_int_equal(line_of("%GDOI-5-SA_TEK_UPDATED: SA TEK was updated"), at + 2);
	assert_int_equal(line_of("%GDOI-5-GM_REGS_COMPL: Registration to KS 10.1.11.2 complete for "
				 "group G1 using address 10.1.13.2"),
			 at + 3);
	assert_int_equal(line_of("%GDOI-5-GM_INSTALL_POLICIES_SUCCESS: SUCCESS: Installation of "
				 "Reg/Rekey policies from KS 10.1.11.2 for group G1 & gm identity "
				 "10.1.13.2"),
			 at + 4);
	gm = sim_gm_info(&s, 0);
	assert_int_equal(gm.reg_attempted, 1);
	assert_int_equal(gm.reg_succeeded, 1);
	assert_int_equal(s.gm[0].gate, GM_GATE_POLICY);
	assert_int_equal(s.gm[0].n_aces, 3);
	assert_int_equal(s.gm[0].n_denies, 2);
	assert_int_equal(s.gm[0].n_teks, 1);
	assert_true(ks_member_find(ks_group_at(s.ks.ks, 0), &s.gm[0].addr, &row));
	assert_true(row.ours);
	assert_int_equal(row.rekeys_sent, 0);
	sim_stop(&s);
}

static void clocks_of_members_agree(void **state)
{
	uint64_t now;

	(void)state;
	start_all(3, &sim_fast);
	sim_run_ms(&s, 100000);
	now = loop_now_ns(s.loop);
	for (unsigned int i = 0; i < s.n; i++) {
		int64_t mine = (int64_t)now + s.gm[i].off_ns;
		int64_t theirs = (int64_t)sim_ks_info(&s).pseudotime * 10000000;

		assert_true(s.gm[i].off_valid);
		assert_in_range(theirs - mine + 50000000, 0, 100000000);
	}
	sim_stop(&s);
}

/* A thousand rekeys, each acknowledged; at no moment does a member send what another one cannot
 * receive. */
static void thousand_rekeys_without_a_gap(void **state)
{
	struct ks_member_row row;

	(void)state;
	start_all(3, &sim_fast);
	sim_run_checked(&s, 10010000, 250, sim_check_common_tek);
	assert_in_range(sim_ks_info(&s).rekeys_sent, 1000, 1002);
	for (unsigned int i = 0; i < s.n; i++) {
		struct gm_info gm = sim_gm_info(&s, i);

		assert_true(ks_member_find(ks_group_at(s.ks.ks, 0), &s.gm[i].addr, &row));
		assert_int_equal(row.acks_missed, 0);
		assert_int_equal(row.retries, 0);
		assert_int_equal(row.rekeys_sent, row.acks_rcvd);
		assert_int_equal(gm.rekeys_total, row.rekeys_sent);
		assert_int_equal(gm.acks_sent, row.rekeys_sent);
		assert_int_equal(gm.reg_attempted, 1);
	}
	assert_int_equal(sim_log_count("RE_REGISTER"), 0);
	assert_int_equal(sim_log_count("FAILURE"), 0);
	sim_stop(&s);
}

static void lossy_network_leaves_no_gap(void **state)
{
	(void)state;
	start_all(3, &sim_fast);
	s.lose = 60;
	s.repeat = 100;
	s.delay_max_ns = 300 * LOOP_NS_PER_MS;
	sim_run_checked(&s, 3000000, 100, sim_check_common_tek);
	assert_true(sim_ks_info(&s).rekeys_retransmitted > 20);
	assert_true(gm_count(s.gm[0].gm, GM_COUNT_REKEY_COPY) > 0);
	assert_int_equal(gm_count(s.gm[0].gm, GM_COUNT_REKEY_SIGNATURE), 0);
	sim_stop(&s);
}

static void numbers_follow_the_kek(void **state)
{
	struct ks_member_row row;
	static const uint32_t newest_first[] = {3, 2, 1, 3};

	(void)state;
	start_all(1, &sim_fast);
	/* KEK 60 s, rekeyed after 30; a TEK every 10: 1, 2, and 3 brings the next KEK */
	sim_run_ms(&s, 61000);
	assert_true(ks_member_find(ks_group_at(s.ks.ks, 0), &s.gm[0].addr, &row));
	assert_memory_equal(row.sent_seq, newest_first, sizeof(newest_first));
	assert_memory_equal(row.rcvd_seq, newest_first, sizeof(newest_first));
	assert_int_equal(sim_gm_info(&s, 0).last_rekey_seq, 0);
	assert_int_equal(sim_log_count("SA_KEK_UPDATED"), 3);
	sim_stop(&s);
}

/* A rekey by command shifts the TEKs against the KEK; yet no push may follow the one that brings a
 * KEK before that one had its time. */
static void kek_and_tek_rekeys_never_chase_each_other(void **state)
{
	struct ks_rekey_result r;
	uint64_t last = 0, rekeys = 0;

	(void)state;
	start_all(2, &sim_fast);
	sim_run_ms(&s, 8300);
	assert_int_equal(ks_rekey(s.ks.ks, NULL, false, &r), 0);
	sim_log_clear();
	for (unsigned int i = 0; i < 20000; i++) {
		sim_run_ms(&s, 10);
		if (sim_ks_info(&s).rekeys_sent == rekeys)
			continue;
		rekeys = sim_ks_info(&s).rekeys_sent;
		if (last != 0)
			assert_true(loop_now_ns(s.loop) - last > 2 * LOOP_NS_PER_S);
		last = loop_now_ns(s.loop);
	}
	assert_true(rekeys > 15);
	assert_true(sim_log_count("SA_KEK_UPDATED") > 6);
	sim_stop(&s);
}

static void lost_pushes_are_repeated_until_acknowledged(void **state)
{
	struct ks_member_row row;

	(void)state;
	start_all(2, &sim_fast);
	s.cut_push[1] = true;
	sim_run_ms(&s, 10500); /* first rekey 10 s after the key was made */
	assert_int_equal(sim_gm_info(&s, 0).rekeys_total, 1);
	assert_int_equal(sim_gm_info(&s, 1).rekeys_total, 0);
	s.cut_push[1] = false;
	sim_run_ms(&s, 1500);
	assert_int_equal(sim_gm_info(&s, 1).rekeys_total, 1);
	sim_check_common_tek(&s);
	assert_true(ks_member_find(ks_group_at(s.ks.ks, 0), &s.gm[1].addr, &row));
	assert_in_range(row.retries, 1, 2);
	assert_int_equal(row.acks_rcvd, 1);
	assert_true(ks_member_find(ks_group_at(s.ks.ks, 0), &s.gm[0].addr, &row));
	assert_int_equal(row.retries, 0);
	sim_stop(&s);
}

static void lost_acknowledgement_is_given_again(void **state)
{
	struct ks_member_row row;

	(void)state;
	start_all(1, &sim_fast);
	s.cut_ack[0] = true;
	sim_run_ms(&s, 10500);
	s.cut_ack[0] = false;
	sim_run_ms(&s, 2000);
	assert_true(ks_member_find(ks_group_at(s.ks.ks, 0), &s.gm[0].addr, &row));
	assert_int_equal(row.acks_rcvd, 1);
	assert_int_equal(sim_gm_info(&s, 0).rekeys_total, 1);
	assert_true(sim_gm_info(&s, 0).rekey_copies >= 1);
	assert_int_equal(sim_gm_info(&s, 0).acks_sent, 1);
	assert_true(sim_gm_info(&s, 0).acks_resent >= 1);
	assert_int_equal(sim_log_count("FAILURE"), 0);
	sim_stop(&s);
}

static void silent_member_is_removed_after_three(void **state)
{
	struct ks_member_row row;

	(void)state;
	start_all(2, &sim_fast);
	s.cut_ack[1] = true;
	sim_run_ms(&s, 34500);
	assert_int_equal(sim_log_count("KS_GM_REMOVED"), 1);
	assert_false(ks_member_find(ks_group_at(s.ks.ks, 0), &s.gm[1].addr, &row));
	assert_true(ks_member_find(ks_group_at(s.ks.ks, 0), &s.gm[0].addr, &row));
	s.cut_ack[1] = false;
	/* without rekeys it comes back by itself, before its keys end */
	sim_run_checked(&s, 30000, 100, sim_check_common_tek);
	assert_int_equal(sim_log_count("GM_RE_REGISTER"), 1);
	assert_true(ks_member_find(ks_group_at(s.ks.ks, 0), &s.gm[1].addr, &row));
	sim_stop(&s);
}

static void member_that_misses_every_push_registers_again(void **state)
{
	(void)state;
	start_all(2, &sim_fast);
	s.cut_push[1] = true;
	sim_run_checked(&s, 120000, 100, sim_check_common_tek);
	assert_true(sim_gm_info(&s, 1).reg_succeeded > 4);
	assert_int_equal(sim_gm_info(&s, 1).rekeys_total, 0);
	assert_true(sim_log_count("%GDOI-4-GM_RE_REGISTER: The IPSec SA created for group G1 may "
				  "have expired/been cleared, or didn't go through. Re-register "
				  "to KS.") > 0);
	sim_stop(&s);
}

static void member_that_comes_late_finds_common_keys(void **state)
{
	(void)state;
	sim_start(&s, 6, &sim_fast);
	sim_ks_up(&s);
	sim_gm_up(&s, 0);
	sim_until_registered(&s, 3000);
	/* at every phase of a TEK's life, also while a round is under way */
	for (unsigned int round = 0; round < 40; round++) {
		for (unsigned int i = 1; i < s.n; i++) {
			sim_run_ms(&s, 1937);
			if (s.gm[i].up)
				sim_gm_down(&s, i);
			sim_gm_up(&s, i);
			sim_until_registered(&s, 3000);
			sim_check_common_tek(&s);
		}
	}
	sim_stop(&s);
}

static void ten_manual_rekeys_a_second_apart(void **state)
{
	struct ks_rekey_result r;
	struct ks_member_row row;
	uint64_t before[2];

	(void)state;
	start_all(2, &sim_fast);
	sim_run_ms(&s, 5000);
	for (unsigned int i = 0; i < 2; i++)
		before[i] = sim_gm_info(&s, i).rekeys_total;
	for (unsigned int k = 0; k < 10; k++) {
		assert_int_equal(ks_rekey(s.ks.ks, NULL, false, &r), 0);
		assert_int_equal(r.groups, 1);
		/* the first three make the second, third and fourth TEK */
		assert_int_equal(r.no_new_tek, k >= 3);
		sim_run_checked(&s, 1000, 20, sim_check_common_tek);
		assert_true(ks_tek_count(ks_group_at(s.ks.ks, 0)) <= 5);
	}
	for (unsigned int i = 0; i < 2; i++) {
		assert_true(sim_gm_info(&s, i).rekeys_total >= before[i] + 10);
		assert_int_equal(sim_gm_info(&s, i).acks_sent, sim_gm_info(&s, i).rekeys_total);
		assert_true(ks_member_find(ks_group_at(s.ks.ks, 0), &s.gm[i].addr, &row));
		assert_int_equal(row.acks_rcvd, row.rekeys_sent);
		assert_int_equal(row.strikes, 0);
	}
	sim_run_checked(&s, 60000, 100, sim_check_common_tek);
	sim_stop(&s);
}

static void manual_rekey_shortens_older_teks(void **state)
{
	struct sim_group slow = sim_fast;
	struct ks_rekey_result r;
	struct ks_tek_row row;

	(void)state;
	slow.tek_s = 900;
	slow.kek_s = 1200;
	start_all(2, &slow);
	sim_run_ms(&s, 100000);
	assert_int_equal(ks_rekey(s.ks.ks, SIM_GROUP, false, &r), 0);
	assert_int_equal(ks_tek_count(ks_group_at(s.ks.ks, 0)), 2);
	ks_tek_row(ks_group_at(s.ks.ks, 0), 0, &row);
	assert_int_equal(row.left_s, 900);
	ks_tek_row(ks_group_at(s.ks.ks, 0), 1, &row);
	assert_int_equal(row.left_s, 90);
	assert_int_equal(row.override_s, 90);
	sim_run_ms(&s, 1000);
	assert_in_range(gm_tek_left_s(sim_group(&s, 0), 0), 87, 89);
	sim_run_checked(&s, 1000000, 500, sim_check_common_tek);
	sim_stop(&s);
}

static void replace_now_deletes_the_old(void **state)
{
	struct ks_rekey_result r;
	uint32_t old;

	(void)state;
	start_all(2, &sim_fast);
	old = s.gm[0].teks[0].tek.spi;
	assert_int_equal(ks_rekey(s.ks.ks, NULL, true, &r), 0);
	sim_run_ms(&s, 500);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(s.gm[i].n_teks, 1);
		assert_false(sim_holds(&s, i, old));
	}
	sim_check_common_tek(&s);
	sim_stop(&s);
}

static void replayed_push_is_refused_and_said(void **state)
{
	uint8_t old[2048];
	size_t len;

	(void)state;
	start_all(1, &sim_fast);
	sim_run_ms(&s, 10500);
	len = s.last_push[0].len;
	assert_in_range(len, 1, sizeof(old));
	memcpy(old, s.last_push[0].p, len);
	sim_run_ms(&s, 10000); /* the next one has been accepted */
	sim_log_clear();
	sim_deliver_to_gm(&s, 0, bytes_of(old, len));
	sim_run_ms(&s, 10);
	assert_int_equal(sim_log_lines(), 3);
	assert_non_null(strstr(sim_log_line(0), "%GDOI-3-GDOI_REKEY_SEQ_FAILURE: Failed to process "
						"rekey seq # 1 in seq payload for group G1, last "
						"seq # 2"));
	assert_non_null(strstr(sim_log_line(1), "%GDOI-3-GDOI_REKEY_FAILURE: Processing of REKEY "
						"payloads failed on GM 10.1.13.2 in the group G1, "
						"with peer at 10.1.11.2"));
	assert_non_null(strstr(sim_log_line(2), "%CRYPTO-6-IKMP_MODE_FAILURE: Processing of GDOI "
						"mode failed with peer at 10.1.11.2"));
	/* the last one again is no failure, but a lost acknowledgement */
	sim_log_clear();
	sim_repeat_push(&s, 0);
	sim_run_ms(&s, 10);
	assert_int_equal(sim_log_lines(), 0);
	assert_int_equal(sim_gm_info(&s, 0).rekey_copies, 1);
	sim_stop(&s);
}

static void push_delayed_beyond_the_limit_is_refused(void **state)
{
	struct sim_group slow = sim_fast;
	struct ks_rekey_result r;

	(void)state;
	slow.tek_s = 900;
	slow.kek_s = 1200;
	start_all(1, &slow);
	sim_run_ms(&s, 50000);
	s.push_delay_ns[0] = 33 * LOOP_NS_PER_S; /* limit: 30 + 2 x 1 */
	assert_int_equal(ks_rekey(s.ks.ks, NULL, false, &r), 0);
	sim_run_ms(&s, 34000);
	assert_int_equal(sim_gm_info(&s, 0).rekeys_total, 0);
	assert_true(sim_log_count("%GDOI-3-PSEUDO_TIME_TOO_OLD: Rekey received in group G1 is too "
				  "old and fail PST check: my_pst is") >= 1);
	assert_true(sim_log_count("allowable_skew is 32 sec") >= 1);
	sim_stop(&s);
}

/* A late copy must not make a TEK live longer here than elsewhere. */
static void late_push_does_not_prolong(void **state)
{
	int64_t diff;

	(void)state;
	start_all(2, &sim_fast);
	s.push_delay_ns[1] = 3 * LOOP_NS_PER_S;
	sim_run_ms(&s, 14000);
	assert_int_equal(sim_gm_info(&s, 1).rekeys_total, 1);
	for (unsigned int k = 0; k < 2; k++) {
		diff = (int64_t)(s.gm[0].teks[k].expire_ns - s.gm[1].teks[k].expire_ns);
		assert_int_equal(s.gm[0].teks[k].tek.spi, s.gm[1].teks[k].tek.spi);
		assert_in_range(diff + 200000000, 0, 400000000);
	}
	sim_stop(&s);
}

static void key_server_restart_brings_members_back(void **state)
{
	(void)state;
	start_all(3, &sim_fast);
	sim_run_ms(&s, 25000);
	sim_ks_down(&s);
	sim_run_ms(&s, 2000);
	sim_ks_up(&s);
	sim_run_checked(&s, 200000, 100, sim_check_common_tek);
	assert_int_equal(sim_ks_info(&s).n_members, 3);
	sim_stop(&s);
}

static void dead_key_server_ends_in_back_off_and_recovery(void **state)
{
	uint64_t attempts;

	(void)state;
	start_all(1, &sim_fast);
	sim_ks_down(&s);
	sim_run_ms(&s, 60000);
	assert_int_equal(s.gm[0].n_teks, 0);
	assert_int_equal(s.gm[0].gate, GM_GATE_POLICY); /* permit lines are dropped */
	assert_int_equal(s.gm[0].n_aces, 3);
	assert_int_equal(sim_gm_info(&s, 0).state != GM_REGISTERED, true);
	assert_string_not_equal(sim_gm_info(&s, 0).failure, "");
	attempts = sim_gm_info(&s, 0).reg_attempted;
	sim_run_ms(&s, 3600000);
	/* the pause grows to five minutes */
	assert_in_range(sim_gm_info(&s, 0).reg_attempted - attempts, 8, 40);
	sim_ks_up(&s);
	sim_until_registered(&s, 400000);
	assert_int_equal(s.gm[0].n_teks > 0, true);
	assert_string_equal(sim_gm_info(&s, 0).failure, "");
	sim_stop(&s);
}

static void unsupported_policy_is_refused_whole(void **state)
{
	uint64_t attempts;

	(void)state;
	sim_start(&s, 1, &sim_fast);
	s.gm[0].refuse = SUITE_AES128_SHA1;
	sim_ks_up(&s);
	sim_gm_up(&s, 0);
	sim_run_ms(&s, 5000);
	assert_true(sim_log_count("%GDOI-3-GM_FAILED_TO_INSTALL_POLICIES: FAILED: Installation of "
				  "Reg/Rekey policies from KS 10.1.11.2 for group G1 & gm identity "
				  "10.1.13.2: esp-aes esp-sha-hmac is not supported") >= 1);
	assert_int_equal(s.gm[0].n_teks, 0);
	assert_int_equal(s.gm[0].gate, GM_GATE_FAIL_CLOSE);
	assert_non_null(strstr(sim_gm_info(&s, 0).failure, "esp-aes esp-sha-hmac"));
	sim_run_ms(&s, 3600000);
	attempts = sim_gm_info(&s, 0).reg_attempted;
	sim_run_ms(&s, 7200000); /* half an hour between attempts by now */
	assert_in_range(sim_gm_info(&s, 0).reg_attempted - attempts, 3, 5);
	s.gm[0].refuse = SUITE_NONE;
	sim_until_registered(&s, 2000000);
	sim_stop(&s);
}

static void unsupported_rekey_keeps_the_old_policy(void **state)
{
	(void)state;
	start_all(1, &sim_fast);
	s.gm[0].refuse = SUITE_AES256_SHA256;
	s.ks.conf->transform_sets[0].suite = SUITE_AES256_SHA256;
	sim_ks_apply(&s);
	assert_int_equal(sim_log_count("POLICY_CHANGE"), 1);
	assert_true(sim_ks_info(&s).policy_changed);
	sim_run_ms(&s, 12500);
	assert_int_equal(sim_gm_info(&s, 0).rekeys_total, 0);
	assert_true(s.gm[0].refusals > 0);
	assert_int_equal(s.gm[0].n_teks, 1);
	assert_non_null(sim_sending(&s, 0));
	assert_int_equal(sim_gm_info(&s, 0).acks_sent, 0);
	sim_stop(&s);
}

static void changed_lines_come_with_the_next_rekey(void **state)
{
	struct ks_rekey_result r;

	(void)state;
	start_all(2, &sim_fast);
	s.ks.conf->acls[0].n_aces = 2; /* without permit ip any any */
	s.ks.conf->acls[0].aces[0].permit = true;
	sim_ks_apply(&s);
	sim_ks_apply(&s); /* the same again is no news */
	assert_int_equal(sim_log_count("%GDOI-5-POLICY_CHANGE: GDOI group G1 policy has changed. "
				       "Use 'crypto gdoi ks rekey' to send a rekey, or the changes "
				       "will be send in the next scheduled rekey"),
			 1);
	sim_run_ms(&s, 1000);
	assert_int_equal(s.gm[0].n_aces, 3);
	assert_int_equal(ks_rekey(s.ks.ks, SIM_GROUP, false, &r), 0);
	sim_run_ms(&s, 200);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(s.gm[i].n_aces, 2);
		assert_int_equal(s.gm[i].n_denies, 1);
	}
	assert_false(sim_ks_info(&s).policy_changed);
	sim_stop(&s);
}

static void fail_close_revert_after_failure(void **state)
{
	(void)state;
	sim_start(&s, 2, &sim_fast);
	sim_gm_conf(&s, 0)->fail_close_revert = true;
	s.gm[0].conf->maps[0].fail_close = false;
	sim_ks_up(&s);
	sim_gm_up(&s, 0);
	sim_gm_up(&s, 1);
	assert_int_equal(s.gm[0].gate, GM_GATE_FAIL_OPEN);
	assert_int_equal(s.gm[1].gate, GM_GATE_FAIL_CLOSE);
	sim_until_registered(&s, 3000);
	assert_int_equal(s.gm[0].gate, GM_GATE_POLICY);
	sim_ks_down(&s);
	sim_run_ms(&s, 15000);
	assert_int_equal(s.gm[0].gate, GM_GATE_POLICY); /* keys still live */
	sim_run_ms(&s, 60000);
	assert_int_equal(s.gm[0].gate, GM_GATE_FAIL_CLOSE);
	assert_int_equal(s.gm[1].gate, GM_GATE_POLICY);
	sim_ks_up(&s);
	sim_until_registered(&s, 400000);
	assert_int_equal(s.gm[0].gate, GM_GATE_POLICY);
	sim_stop(&s);
}

static void clear_drops_keys_and_keeps_the_lines(void **state)
{
	(void)state;
	start_all(2, &sim_fast);
	sim_log_clear();
	assert_int_equal(gm_clear(s.gm[0].gm, SIM_GROUP), 0);
	assert_int_equal(s.gm[0].n_teks, 0);
	assert_int_equal(s.gm[0].n_aces, 3);
	assert_int_equal(s.gm[0].gate, GM_GATE_POLICY);
	assert_int_equal(sim_log_count("%GDOI-5-GM_CLEAR_REGISTER: Config: User cleared GDOI "
				       "registration for gdoi group G1 using address 10.1.13.2"),
			 1);
	sim_until_registered(&s, 3000);
	sim_check_common_tek(&s);
	assert_int_equal(gm_clear(s.gm[0].gm, "nobody"), -ENOENT);
	sim_stop(&s);
}

static void cleared_key_server_forgets_members_only(void **state)
{
	(void)state;
	start_all(2, &sim_fast);
	assert_int_equal(ks_clear(s.ks.ks, SIM_GROUP), 0);
	assert_int_equal(sim_ks_info(&s).n_members, 0);
	assert_int_equal(sim_log_count("KS_CLEAR_REGISTER"), 1);
	sim_run_checked(&s, 60000, 100, sim_check_common_tek);
	assert_int_equal(sim_ks_info(&s).n_members, 2);
	sim_stop(&s);
}

static void detached_map_ends_everything(void **state)
{
	(void)state;
	start_all(1, &sim_fast);
	s.gm[0].conf->interfaces[0].map[0] = '\0';
	sim_gm_apply(&s, 0);
	assert_false(s.gm[0].attached);
	assert_int_equal(gm_group_count(s.gm[0].gm), 0);
	assert_int_equal(sim_log_count("%GDOI-5-GM_CM_DETACH: Crypto map detached for group G1"),
			 1);
	sim_run_ms(&s, 60000);
	sim_stop(&s);
}

/* Between two groups on one interface there is no moment without a policy. */
static void another_group_takes_over(void **state)
{
	struct conf *c;

	(void)state;
	start_all(1, &sim_fast);
	c = s.gm[0].conf;
	snprintf(c->groups[0].name, sizeof(c->groups[0].name), "G2");
	snprintf(c->maps[0].entries[0].group, sizeof(c->maps[0].entries[0].group), "G2");
	sim_gm_apply(&s, 0);
	assert_true(s.gm[0].attached);
	assert_int_equal(s.gm[0].detaches, 0);
	assert_int_equal(s.gm[0].n_teks, 0);
	assert_non_null(gm_group_find(s.gm[0].gm, "G2"));
	assert_null(gm_group_find(s.gm[0].gm, SIM_GROUP));
	sim_stop(&s);
}

/* A map whose policy the data plane refuses is no map: the configuration is refused. */
static void refused_attachment_refuses_the_configuration(void **state)
{
	struct conf *c;

	(void)state;
	start_all(1, &sim_fast);
	c = s.gm[0].conf;
	snprintf(c->groups[0].name, sizeof(c->groups[0].name), "G2");
	snprintf(c->maps[0].entries[0].group, sizeof(c->maps[0].entries[0].group), "G2");
	s.gm[0].refuse_all = true;
	assert_int_equal(gm_apply(s.gm[0].gm, c, NULL), -ENOMEM);
	assert_int_equal(gm_group_count(s.gm[0].gm), 0);
	assert_int_equal(s.gm[0].detaches, 0);
	sim_stop(&s);
}

static void missing_rsa_key_is_said_every_time(void **state)
{
	unsigned int said;

	(void)state;
	sim_start(&s, 1, &sim_fast);
	sim_remove_rsa_key(&s);
	sim_ks_up(&s);
	sim_log_clear();
	sim_gm_up(&s, 0);
	sim_until_registered(&s, 3000);
	said = sim_log_count("%GDOI-1-KS_NO_RSA_KEYS: RSA Key - get : Not found, Required for "
			     "group G1");
	assert_int_equal(said, 1);
	assert_false(sim_gm_info(&s, 0).has_kek);
	assert_false(sim_ks_info(&s).rsa_found);
	/* no rekey can be signed: it lives by registering again */
	sim_run_checked(&s, 100000, 100, sim_check_common_tek);
	assert_int_equal(sim_gm_info(&s, 0).rekeys_total, 0);
	assert_true(sim_gm_info(&s, 0).reg_succeeded > 3);
	assert_true(ks_count(s.ks.ks, KS_COUNT_PUSH_NO_RSA_KEY) > 3);
	sim_make_rsa_key(&s);
	sim_run_checked(&s, 60000, 100, sim_check_common_tek);
	assert_true(sim_gm_info(&s, 0).has_kek);
	assert_true(sim_gm_info(&s, 0).rekeys_total > 0);
	sim_stop(&s);
}

static void replaced_rsa_key_brings_a_new_kek(void **state)
{
	struct ks_kek_row before, after;

	(void)state;
	start_all(2, &sim_fast);
	assert_true(ks_kek_row(ks_group_at(s.ks.ks, 0), &before));
	sim_make_rsa_key(&s);
	ks_keys_changed(s.ks.ks);
	assert_true(ks_kek_row(ks_group_at(s.ks.ks, 0), &after));
	assert_memory_not_equal(before.spi, after.spi, sizeof(before.spi));
	sim_run_checked(&s, 120000, 100, sim_check_common_tek);
	assert_true(sim_gm_info(&s, 0).rekeys_total > 5);
	assert_int_equal(gm_count(s.gm[0].gm, GM_COUNT_REKEY_SIGNATURE), 0);
	sim_stop(&s);
}

/* As a replaced one: no push is signed by a pair that members cannot know. */
static void another_rsa_label_brings_a_new_kek(void **state)
{
	struct ks_kek_row before, after;
	struct err_text e;

	(void)state;
	start_all(2, &sim_fast);
	assert_true(ks_kek_row(ks_group_at(s.ks.ks, 0), &before));
	assert_int_equal(keystore_generate(s.ks.keys, "other", 1024, true, &e), 0);
	snprintf(sim_ks_conf(&s)->rsa_label, CONF_NAME_MAX, "other");
	sim_ks_apply(&s);
	assert_true(ks_kek_row(ks_group_at(s.ks.ks, 0), &after));
	assert_memory_not_equal(before.spi, after.spi, sizeof(before.spi));
	sim_run_checked(&s, 120000, 100, sim_check_common_tek);
	assert_true(sim_gm_info(&s, 0).rekeys_total > 5);
	assert_int_equal(gm_count(s.gm[0].gm, GM_COUNT_REKEY_SIGNATURE), 0);
	sim_stop(&s);
}

static void unauthorized_address_is_refused(void **state)
{
	(void)state;
	sim_start(&s, 2, &sim_fast);
	sim_ks_add_acl(&s, "MEMBERS", "permit ip host 10.1.13.2 any");
	snprintf(sim_ks_conf(&s)->auth_acl, CONF_NAME_MAX, "MEMBERS");
	sim_ks_up(&s);
	sim_gm_up(&s, 0);
	sim_gm_up(&s, 1);
	sim_run_ms(&s, 2000);
	assert_int_equal(sim_gm_info(&s, 0).state, GM_REGISTERED);
	assert_int_not_equal(sim_gm_info(&s, 1).state, GM_REGISTERED);
	assert_true(sim_log_count("%GDOI-1-UNAUTHORIZED_IPADDR: Group G1 received registration "
				  "from unauthorized ip address: 10.1.14.2") > 0);
	assert_true(sim_log_count("IKMP_MODE_FAILURE: Processing of GDOI mode failed with peer at "
				  "10.1.14.2") > 0);
	/* and one that loses its right is removed with the next rekey */
	s.ks.conf->acls[1].aces[0].permit = false;
	sim_ks_apply(&s);
	sim_run_ms(&s, 11000);
	assert_int_equal(sim_log_count("%GDOI-1-KS_GM_REVOKED: Re-Key: Group G1: member 10.1.13.2 "
				       "is not authorized, removed"),
			 1);
	assert_int_equal(sim_ks_info(&s).n_members, 0);
	sim_stop(&s);
}

static void incomplete_group_is_refused_with_the_reason(void **state)
{
	(void)state;
	sim_start(&s, 1, &sim_fast);
	sim_ks_conf(&s)->sas[0].acl[0] = '\0';
	sim_ks_up(&s);
	sim_gm_up(&s, 0);
	sim_run_ms(&s, 1000);
	assert_false(sim_ks_info(&s).ready);
	assert_true(sim_log_count("KS_INCOMPLETE_CFG") > 0);
	assert_true(sim_log_count("IKMP_MODE_FAILURE") > 0);
	snprintf(sim_ks_conf(&s)->sas[0].acl, CONF_NAME_MAX, "ENCPOL");
	sim_ks_apply(&s);
	sim_until_registered(&s, 60000);
	sim_stop(&s);
}

static void counter_mode_members_never_share_a_sender_id(void **state)
{
	struct sim_group gcm = sim_fast;
	uint32_t seen[64];
	unsigned int n = 0;

	(void)state;
	gcm.suite = SUITE_GCM128;
	sim_start(&s, 4, &gcm);
	s.gm[1].workers = 3;
	sim_ks_up(&s);
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < s.n; i++) {
			struct gm_info gm;

			if (s.gm[i].up)
				sim_gm_down(&s, i);
			sim_gm_up(&s, i);
			sim_until_registered(&s, 3000);
			gm = sim_gm_info(&s, i);
			assert_int_equal(gm.n_sids, s.gm[i].workers);
			assert_int_equal(gm.sid_bits, 24);
			for (unsigned int k = 0; k < gm.n_sids; k++) {
				for (unsigned int old = 0; old < n; old++)
					assert_int_not_equal(seen[old], gm.sids[k]);
				seen[n++] = gm.sids[k];
			}
		}
	}
	assert_int_equal(n, 18);
	sim_stop(&s);
}

static void used_up_sender_ids_mean_new_keys(void **state)
{
	struct sim_group gcm = sim_fast;
	uint32_t old;

	(void)state;
	gcm.suite = SUITE_GCM128;
	sim_start(&s, 2, &gcm);
	sim_ks_conf(&s)->sid_bits = 8;
	s.gm[0].workers = 64;
	s.gm[1].workers = 64;
	sim_ks_up(&s);
	sim_gm_up(&s, 0);
	sim_gm_up(&s, 1);
	sim_until_registered(&s, 3000);
	old = s.gm[1].teks[0].tek.spi;
	/* 256 numbers: two more registrations use them up, the fifth finds none */
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(gm_clear(s.gm[0].gm, NULL), 0);
		sim_until_registered(&s, 3000);
	}
	assert_int_equal(gm_clear(s.gm[0].gm, NULL), 0);
	sim_run_ms(&s, 500);
	assert_int_equal(ks_count(s.ks.ks, KS_COUNT_SID_RESET), 1);
	assert_int_equal(s.gm[1].n_teks, 0);
	assert_int_equal(sim_log_count("GM_RECV_DELETE_IMMEDIATE"), 1);
	sim_until_registered(&s, 70000);
	sim_check_common_tek(&s);
	assert_false(sim_holds(&s, 0, old));
	assert_false(sim_holds(&s, 1, old));
	sim_stop(&s);
}

/* A key server of a counter mode group for two members, of which the first is registered. */
static void start_counter_mode(void)
{
	struct sim_group gcm = sim_fast;

	gcm.suite = SUITE_GCM128;
	sim_start(&s, 2, &gcm);
	sim_ks_up(&s);
	sim_gm_up(&s, 0);
	sim_until_registered(&s, 3000);
}

/* Keys that were reset while nobody had any are not taken away from those who come later. */
static void reset_without_members_says_nothing_later(void **state)
{
	(void)state;
	start_counter_mode();
	sim_gm_down(&s, 0);
	assert_int_equal(ks_clear(s.ks.ks, NULL), 0);
	sim_ks_conf(&s)->sid_bits = 16;
	sim_ks_apply(&s);
	sim_gm_up(&s, 0);
	sim_gm_up(&s, 1);
	sim_until_registered(&s, 3000);
	assert_int_equal(sim_gm_info(&s, 0).sid_bits, 16);
	sim_run_checked(&s, 60000, 100, sim_check_common_tek);
	assert_int_equal(sim_log_count("GM_RECV_DELETE"), 0);
	assert_true(sim_gm_info(&s, 0).rekeys_total > 3);
	sim_stop(&s);
}

/* Between a change of configuration and the rekey that brings it, members still get what is. */
static void member_before_the_change_gets_sender_ids(void **state)
{
	(void)state;
	start_counter_mode();
	s.ks.conf->transform_sets[0].suite = SUITE_AES128_SHA1;
	sim_ks_apply(&s);
	sim_gm_up(&s, 1);
	sim_until_registered(&s, 3000);
	assert_int_equal(s.gm[1].teks[0].tek.suite, SUITE_GCM128);
	assert_int_equal(sim_gm_info(&s, 1).n_sids, 1);
	/* none are given once the last key of that kind has gone */
	sim_run_ms(&s, 60000);
	sim_ks_apply(&s);
	assert_int_equal(sim_ks_info(&s).sid_bits, 0);
	s.ks.conf->transform_sets[0].suite = SUITE_GCM128;
	sim_ks_conf(&s)->sid_bits = 8;
	sim_ks_apply(&s);
	assert_int_equal(sim_ks_info(&s).sid_bits, 8);
	sim_run_ms(&s, 70000); /* everybody was told to register again */
	sim_check_common_tek(&s);
	assert_int_equal(sim_gm_info(&s, 0).sid_bits, 8);
	assert_int_equal(sim_gm_info(&s, 1).sid_bits, 8);
	sim_stop(&s);
}

/* Workers that ask for new sender IDs with every packet get one registration a while. */
static void renewal_is_bounded(void **state)
{
	(void)state;
	start_all(1, &sim_fast);
	sim_run_ms(&s, 10500);
	for (unsigned int i = 0; i < 100; i++) {
		gm_renew(s.gm[0].gm, "Serial1/0");
		sim_run_ms(&s, 100);
	}
	assert_in_range(sim_gm_info(&s, 0).reg_succeeded, 2, 12);
	sim_stop(&s);
}

/* A group without a rekey for hours hears the clock in between. */
static void clock_is_synchronised_without_new_keys(void **state)
{
	struct sim_group slow = sim_fast;
	uint32_t spi;

	(void)state;
	slow.tek_s = 86400;
	slow.kek_s = 86400;
	slow.window = 2;
	start_all(2, &slow);
	spi = s.gm[0].teks[0].tek.spi;
	sim_run_ms(&s, 6050000);
	assert_int_equal(sim_gm_info(&s, 0).rekeys_total, 10); /* every 300 x 2 s */
	assert_int_equal(s.gm[0].n_teks, 1);
	assert_int_equal(s.gm[0].teks[0].tek.spi, spi);
	sim_stop(&s);
}

static void jump_of_the_clock_is_said(void **state)
{
	struct gm_replay_info replay;

	(void)state;
	start_all(1, &sim_fast);
	((struct ks_group *)(uintptr_t)ks_group_at(s.ks.ks, 0))->pt0 += 250; /* window: 400 */
	gm_renew(s.gm[0].gm, "Serial1/0");
	sim_until_registered(&s, 3000);
	assert_int_equal(sim_log_count("PSEUDO_TIME_LARGE"), 1);
	gm_replay_info(sim_group(&s, 0), &replay);
	assert_int_equal(replay.steps, 1);
	assert_in_range(replay.ticks + 10 - sim_ks_info(&s).pseudotime, 0, 20);
	gm_renew(s.gm[0].gm, "Serial1/0");
	sim_until_registered(&s, 3000);
	assert_int_equal(sim_log_count("PSEUDO_TIME_LARGE"), 1);
	sim_stop(&s);
}

static void error_history_is_sampled(void **state)
{
	struct gm_tbar_error e = {.window_s = 4};
	unsigned int kept = 0;

	(void)state;
	start_all(1, &sim_fast);
	for (unsigned int i = 0; i < 1000; i++) {
		e.my_ticks = i;
		kept += gm_tbar_error_add(s.gm[0].gm, "Serial1/0", &e);
	}
	assert_int_equal(kept, 10);
	assert_int_equal(gm_tbar_error_count(sim_group(&s, 0)), 10);
	assert_int_equal(gm_tbar_error_at(sim_group(&s, 0), 0)->my_ticks, 9);
	for (unsigned int minute = 0; minute < 20; minute++) {
		sim_run_ms(&s, 60000);
		for (unsigned int i = 0; i < 20; i++) {
			e.my_ticks = minute * 100 + i;
			(void)gm_tbar_error_add(s.gm[0].gm, "Serial1/0", &e);
		}
	}
	assert_int_equal(gm_tbar_error_count(sim_group(&s, 0)), 100);
	assert_int_equal(gm_tbar_error_at(sim_group(&s, 0), 0)->my_ticks, 1909);
	assert_int_equal(gm_tbar_error_at(sim_group(&s, 0), 99)->my_ticks, 1000);
	assert_false(gm_tbar_error_add(s.gm[0].gm, "Ethernet0/0", &e));
	gm_clear_replay(s.gm[0].gm, NULL);
	assert_int_equal(gm_tbar_error_count(sim_group(&s, 0)), 0);
	sim_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registration_installs_and_says_so),
		cmocka_unit_test(clocks_of_members_agree),
		cmocka_unit_test(thousand_rekeys_without_a_gap),
		cmocka_unit_test(lossy_network_leaves_no_gap),
		cmocka_unit_test(numbers_follow_the_kek),
		cmocka_unit_test(kek_and_tek_rekeys_never_chase_each_other),
		cmocka_unit_test(lost_pushes_are_repeated_until_acknowledged),
		cmocka_unit_test(lost_acknowledgement_is_given_again),
		cmocka_unit_test(silent_member_is_removed_after_three),
		cmocka_unit_test(member_that_misses_every_push_registers_again),
		cmocka_unit_test(member_that_comes_late_finds_common_keys),
		cmocka_unit_test(ten_manual_rekeys_a_second_apart),
		cmocka_unit_test(manual_rekey_shortens_older_teks),
		cmocka_unit_test(replace_now_deletes_the_old),
		cmocka_unit_test(replayed_push_is_refused_and_said),
		cmocka_unit_test(push_delayed_beyond_the_limit_is_refused),
		cmocka_unit_test(late_push_does_not_prolong),
		cmocka_unit_test(key_server_restart_brings_members_back),
		cmocka_unit_test(dead_key_server_ends_in_back_off_and_recovery),
		cmocka_unit_test(unsupported_policy_is_refused_whole),
		cmocka_unit_test(unsupported_rekey_keeps_the_old_policy),
		cmocka_unit_test(changed_lines_come_with_the_next_rekey),
		cmocka_unit_test(fail_close_revert_after_failure),
		cmocka_unit_test(clear_drops_keys_and_keeps_the_lines),
		cmocka_unit_test(cleared_key_server_forgets_members_only),
		cmocka_unit_test(detached_map_ends_everything),
		cmocka_unit_test(another_group_takes_over),
		cmocka_unit_test(refused_attachment_refuses_the_configuration),
		cmocka_unit_test(missing_rsa_key_is_said_every_time),
		cmocka_unit_test(replaced_rsa_key_brings_a_new_kek),
		cmocka_unit_test(unauthorized_address_is_refused),
		cmocka_unit_test(incomplete_group_is_refused_with_the_reason),
		cmocka_unit_test(counter_mode_members_never_share_a_sender_id),
		cmocka_unit_test(used_up_sender_ids_mean_new_keys),
		cmocka_unit_test(reset_without_members_says_nothing_later),
		cmocka_unit_test(member_before_the_change_gets_sender_ids),
		cmocka_unit_test(renewal_is_bounded),
		cmocka_unit_test(another_rsa_label_brings_a_new_kek),
		cmocka_unit_test(clock_is_synchronised_without_new_keys),
		cmocka_unit_test(jump_of_the_clock_is_said),
		cmocka_unit_test(error_history_is_sampled),
	};

	if (getenv("SIM_FILTER") != NULL)
		cmocka_set_test_filter(getenv("SIM_FILTER"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
