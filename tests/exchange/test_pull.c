/* SPDX-License-Identifier: BSD-3-Clause */
/* GROUPKEY-PULL between two instances: policies, loss, copies, refusals, damage, round trips. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs the headers above first */
#include <setjmp.h>

#include <cmocka.h>

#include "control/gdoi/gdoi.h"
#include "control/ike/limits.h"
#include "ike_pair.h"
#include "sample_policy.h"

struct pull_test {
	struct pair p;
	struct gdoi_server *server;
	struct gdoi_pull *pull;
	/* what the key server says */
	struct gdoi_policy policy;
	enum gdoi_fail offer, commit;
	unsigned int offers, commits;
	uint16_t sids_wanted;
	bool member_ours;
	struct gdoi_group_id asked;
	/* what the member got */
	unsigned int results;
	struct gdoi_pull_result result;
	struct gdoi_policy got;
};

static enum gdoi_fail offer(const struct gdoi_member_ref *m, const struct gdoi_group_id *g,
			    struct gdoi_policy *policy, void *arg)
{
	struct pull_test *t = arg;

	t->offers++;
	t->asked = *g;
	t->member_ours = m->peer.ours;
	assert_int_equal(m->id_type, 1);
	assert_true(endpoint_equal(&m->remote, &t->p.gm.at));
	if (t->offer == GDOI_FAIL_NONE)
		gdoi_policy_copy(policy, &t->policy);
	policy->seq = 0;
	policy->n_sids = policy->sid_bits = 0;
	return t->offer;
}

static enum gdoi_fail commit(const struct gdoi_member_ref *m, const struct gdoi_group_id *g,
			     uint16_t sids_wanted, struct gdoi_policy *policy, void *arg)
{
	struct pull_test *t = arg;

	t->commits++;
	t->sids_wanted = sids_wanted;
	assert_true(gdoi_group_id_equal(g, &t->asked));
	if (t->commit != GDOI_FAIL_NONE)
		return t->commit;
	policy->seq = t->policy.seq;
	policy->sid_bits = t->policy.sid_bits;
	policy->n_sids = t->policy.n_sids;
	memcpy(policy->sids, t->policy.sids, sizeof(policy->sids));
	return GDOI_FAIL_NONE;
}

static void done(const struct gdoi_pull_result *r, void *arg)
{
	struct pull_test *t = arg;

	t->results++;
	t->result = *r;
	if (r->policy != NULL)
		gdoi_policy_copy(&t->got, r->policy);
	t->pull = NULL;
}

static const struct gdoi_server_ops ops = {.offer = offer, .commit = commit};

static struct pull_test *pull_test_new(bool full)
{
	struct pull_test *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	pair_setup(&t->p);
	assert_int_equal(gdoi_server_new(&t->server, t->p.ks.ike, &ops, t), 0);
	sample_policy(&t->policy, full, sample_key());
	return t;
}

static void pull_test_free(struct pull_test *t)
{
	if (t->pull != NULL)
		gdoi_pull_abort(t->pull);
	gdoi_server_free(t->server);
	pair_teardown(&t->p);
	gdoi_policy_clear(&t->policy);
	gdoi_policy_clear(&t->got);
	free(t);
}

static int setup(void **state)
{
	*state = pull_test_new(true);
	return 0;
}

static int teardown(void **state)
{
	pull_test_free(*state);
	return 0;
}

static void start(struct pull_test *t)
{
	struct gdoi_pull_request rq = {.local = t->p.gm.at,
				       .remote = t->p.ks.at,
				       .group = {.number = 3333},
				       .sids_wanted = 3};

	assert_int_equal(gdoi_pull_start(&t->pull, t->p.gm.ike, &rq, done, t), 0);
	assert_int_equal(t->results, 0);
}

static void assert_registered(struct pull_test *t)
{
	struct err_text why = {0};

	assert_int_equal(t->results, 1);
	assert_string_equal(t->result.detail.s, "");
	assert_int_equal(t->result.fail, GDOI_FAIL_NONE);
	assert_int_equal(t->commits, 1);
	assert_int_equal(t->asked.number, 3333);
	if (!sample_policy_equal(&t->policy, &t->got, true, &why))
		fail_msg("%s", why.s);
}

/* ---- policies ----------------------------------------------------------------------------- */

static void test_full_form(void **state)
{
	struct pull_test *t = *state;

	start(t);
	queue_run(&t->p.q);
	assert_registered(t);
	assert_true(t->result.peer.ours);
	assert_true(t->member_ours);
	assert_int_equal(t->sids_wanted, 3); /* there is a counter-mode TEK */
	assert_int_equal(t->p.q.sent, 10);
	/* A unicast KEK names the member as its destination. */
	assert_true(addr_equal(&t->got.kek.dst.addr, &t->p.gm.at.addr));
	assert_int_equal(pair_drops(&t->p.gm) + pair_drops(&t->p.ks), 0);
}

static void test_plain_form(void **state)
{
	struct pull_test *t = pull_test_new(false);

	start(t);
	queue_run(&t->p.q);
	assert_registered(t);
	assert_false(t->got.full_form);
	pull_test_free(t);
}

/* The policy is refused as a whole, with a sentence that names what, and the SA is given up. */
static void test_unsupported_policy(void **state)
{
	struct pull_test *t = *state;

	t->policy.teks[0].window = 0;
	start(t);
	queue_run(&t->p.q);
	assert_int_equal(t->results, 1);
	assert_int_equal(t->result.fail, GDOI_FAIL_UNSUPPORTED);
	assert_non_null(strstr(t->result.detail.s, "replay window 0"));
	assert_null(t->result.policy);
	assert_int_equal(t->commits, 0);
	assert_int_equal(pair_established(&t->p.ks) + pair_established(&t->p.gm), 0);
}

static void test_multicast_kek_and_no_kek(void **state)
{
	struct pull_test *t = *state;

	t->policy.kek.dst.addr = addr_v4(0xef000001);
	start(t);
	queue_run(&t->p.q);
	assert_registered(t);
	assert_true(gdoi_kek_is_multicast(&t->got.kek));
	t->results = t->commits = 0;
	t->policy.has_kek = false;
	t->policy.seq = 0;
	start(t);
	queue_run(&t->p.q);
	assert_registered(t);
	assert_int_equal(t->p.q.sent, 14); /* the second one under the same SA */
}

static void test_group_address(void **state)
{
	struct pull_test *t = *state;
	struct gdoi_pull_request rq = {
		.local = t->p.gm.at,
		.remote = t->p.ks.at,
		.group = {.is_address = true, .address = addr_v4(0xef010101)},
	};

	assert_int_equal(gdoi_pull_start(&t->pull, t->p.gm.ike, &rq, done, t), 0);
	queue_run(&t->p.q);
	assert_int_equal(t->result.fail, GDOI_FAIL_NONE);
	assert_true(gdoi_group_id_equal(&t->asked, &rq.group));
}

static void test_spi_mark(void **state)
{
	/* SHA-256("GETVPN SPI mark" | 0b | 00000d05), SHA-256(... | 01 | ef010101) */
	struct gdoi_group_id number = {.number = 3333};
	struct gdoi_group_id address = {.is_address = true, .address = addr_v4(0xef010101)};

	assert_int_equal(gdoi_spi_mark(&number), 0xc2);
	assert_int_equal(gdoi_spi_mark(&address), 0x85);
	assert_false(gdoi_group_id_equal(&number, &address));
}

/* ---- loss and copies ---------------------------------------------------------------------- */

static void test_each_message_lost_once(void **state)
{
	for (unsigned int lost = 0; lost < 10; lost++) {
		struct pull_test *t = pull_test_new(true);
		struct datagram d;

		start(t);
		for (unsigned int i = 0; i <= lost; i++) {
			assert_true(queue_take(&t->p.q, &d));
			if (i < lost)
				queue_deliver(&t->p.q, &d);
			free(d.p);
		}
		pair_pass(&t->p, 6);
		assert_registered(t);
		pull_test_free(t);
	}
}

static void test_every_message_thrice(void **state)
{
	struct pull_test *t = *state;
	struct datagram d;

	start(t);
	while (queue_take(&t->p.q, &d)) {
		for (unsigned int i = 0; i < 3; i++)
			queue_deliver(&t->p.q, &d);
		free(d.p);
		assert_true(t->p.q.sent < 400);
	}
	assert_registered(t);
	assert_int_equal(t->offers, 1);
}

/* Somebody who copied message 3 has message 4 sent again, but not for ever. */
static void test_copies_are_answered_a_few_times(void **state)
{
	struct pull_test *t = *state;
	struct datagram kept[10];
	unsigned int n = 0, sent;

	start(t);
	while (n < 10 && queue_take(&t->p.q, &kept[n]))
		queue_deliver(&t->p.q, &kept[n++]);
	assert_registered(t);
	sent = t->p.q.sent;
	for (unsigned int i = 0; i < 100; i++)
		queue_deliver(&t->p.q, &kept[8]);
	assert_int_equal(t->p.q.sent - sent, IKE_REPEATS_MAX);
	assert_int_equal(t->commits, 1);
	/* After a while the exchange is forgotten, and message 3 is out of place. */
	queue_clear(&t->p.q);
	loop_advance(t->p.loop, 40 * LOOP_NS_PER_S);
	queue_deliver(&t->p.q, &kept[8]);
	assert_int_equal(t->p.q.n, 0);
	assert_int_equal(t->commits, 1);
	for (unsigned int i = 0; i < 10; i++)
		free(kept[i].p);
}

static void test_old_first_message_again(void **state)
{
	struct pull_test *t = *state;
	struct datagram kept[10];
	unsigned int n = 0;

	start(t);
	while (n < 10 && queue_take(&t->p.q, &kept[n]))
		queue_deliver(&t->p.q, &kept[n++]);
	loop_advance(t->p.loop, 40 * LOOP_NS_PER_S);
	queue_deliver(&t->p.q, &kept[6]);
	/* It is authentic, so it is answered, but nothing comes of it. */
	queue_run(&t->p.q);
	assert_int_equal(t->commits, 1);
	assert_int_equal(t->results, 1);
	for (unsigned int i = 0; i < 10; i++)
		free(kept[i].p);
}

static void test_silence(void **state)
{
	struct pull_test *t = *state;
	struct datagram d;

	start(t);
	for (unsigned int i = 0; i < 6; i++) { /* phase 1 */
		assert_true(queue_take(&t->p.q, &d));
		queue_deliver(&t->p.q, &d);
		free(d.p);
	}
	queue_detach(&t->p.q, &t->p.ks.at);
	pair_pass(&t->p, 30);
	assert_int_equal(t->results, 0);
	pair_pass(&t->p, 2);
	assert_int_equal(t->results, 1);
	assert_int_equal(t->result.fail, GDOI_FAIL_TIMEOUT);
}

/* The SA from before is used again; when the key server has lost it, a new one is made. */
static void test_key_server_restarted(void **state)
{
	struct pull_test *t = *state;

	start(t);
	queue_run(&t->p.q);
	assert_registered(t);
	gdoi_server_free(t->server);
	pair_restart_ks(&t->p);
	assert_int_equal(gdoi_server_new(&t->server, t->p.ks.ike, &ops, t), 0);
	t->results = t->commits = 0;
	start(t);
	pair_pass(&t->p, 30);
	assert_int_equal(t->results, 0);
	pair_pass(&t->p, 5);
	assert_registered(t);
}

/* ---- refusals ----------------------------------------------------------------------------- */

static void test_refused(void **state)
{
	static const struct {
		enum gdoi_fail says, hears;
	} cases[] = {
		{GDOI_FAIL_NO_GROUP, GDOI_FAIL_NO_GROUP},
		{GDOI_FAIL_INCOMPLETE, GDOI_FAIL_NO_GROUP},
		{GDOI_FAIL_UNAUTHORIZED, GDOI_FAIL_UNAUTHORIZED},
		{GDOI_FAIL_PEER_FORM, GDOI_FAIL_PEER_FORM},
		{GDOI_FAIL_INTERNAL, GDOI_FAIL_REFUSED},
	};

	for (unsigned int i = 0; i < 2 * GV_ARRAY_SIZE(cases); i++) {
		struct pull_test *t = pull_test_new(true);
		bool at_offer = i < GV_ARRAY_SIZE(cases);
		unsigned int c = i % GV_ARRAY_SIZE(cases);

		*(at_offer ? &t->offer : &t->commit) = cases[c].says;
		start(t);
		queue_run(&t->p.q);
		assert_int_equal(t->results, 1);
		assert_int_equal(t->result.fail, cases[c].hears);
		assert_true(t->result.detail.s[0] != '\0');
		assert_int_equal(t->commits, at_offer ? 0 : 1);
		/* Both sides gave up the SA. */
		assert_int_equal(pair_established(&t->p.ks) + pair_established(&t->p.gm), 0);
		pull_test_free(t);
	}
}

static void test_phase1_failures(void **state)
{
	struct pull_test *t = *state;

	pair_psk(&t->p.ks, "wrong");
	start(t);
	pair_pass(&t->p, 40);
	assert_int_equal(t->result.fail, GDOI_FAIL_PHASE1_AUTH);
	pair_psk(&t->p.ks, PAIR_PSK);
	pair_policy(&t->p.ks, 0, CONF_IKE_3DES, 0, CONF_HASH_SHA1, 2);
	t->results = 0;
	start(t);
	pair_pass(&t->p, 40);
	assert_int_equal(t->results, 1);
	assert_int_equal(t->result.fail, GDOI_FAIL_PHASE1_PROPOSAL);
	/* What our own configuration lacks is reported the same way, after start has returned. */
	pair_psk(&t->p.gm, NULL);
	t->results = 0;
	start(t);
	pair_pass(&t->p, 1);
	assert_int_equal(t->results, 1);
	assert_int_equal(t->result.fail, GDOI_FAIL_PHASE1_AUTH);
	assert_non_null(strstr(t->result.detail.s, "no pre-shared key for 10.1.12.2"));
}

/* ---- vendor IDs --------------------------------------------------------------------------- */

/* Changes the vendor ID in message 1, message 2 or both, as somebody on the path can. */
static void run_with_vendor_ids(struct pull_test *t, bool strip_1, bool strip_2)
{
	struct datagram d;

	start(t);
	for (unsigned int i = 0; queue_take(&t->p.q, &d); i++) {
		if ((i == 0 && strip_1) || (i == 1 && strip_2))
			d.p[d.len - IKE_VID_LEN] ^= 0x80;
		queue_deliver(&t->p.q, &d);
		free(d.p);
	}
}

static void test_vendor_id_of_member_stripped(void **state)
{
	struct pull_test *t = *state;

	run_with_vendor_ids(t, true, false);
	assert_int_equal(t->results, 1);
	assert_int_equal(t->result.fail, GDOI_FAIL_VID_STRIPPED);
	assert_int_equal(t->commits, 0);
}

static void test_vendor_id_of_server_stripped(void **state)
{
	struct pull_test *t = *state;

	run_with_vendor_ids(t, false, true);
	assert_int_equal(t->results, 1);
	assert_int_equal(t->result.fail, GDOI_FAIL_VID_STRIPPED);
	assert_int_equal(t->commits, 0);
}

/* Foreign to each other: the plain form passes, the full form is refused by the member. */
static void test_foreign_peers(void **state)
{
	for (unsigned int full = 0; full < 2; full++) {
		struct pull_test *t = pull_test_new(full);

		run_with_vendor_ids(t, true, true);
		assert_int_equal(t->results, 1);
		assert_false(t->member_ours);
		assert_false(t->result.peer.ours);
		if (full) {
			assert_int_equal(t->result.fail, GDOI_FAIL_UNSUPPORTED);
			assert_non_null(strstr(t->result.detail.s, "foreign key server"));
		} else {
			assert_registered(t);
		}
		pull_test_free(t);
	}
}

/* ---- round trip --------------------------------------------------------------------------- */

/* Delivers phase 1 at once and each round trip of messages 1 and 2 in the given time. */
static void run_with_round_trips(struct pull_test *t, const unsigned int *ms, unsigned int n)
{
	struct datagram d;

	start(t);
	for (unsigned int i = 0; i < 6; i++) {
		assert_true(queue_take(&t->p.q, &d));
		queue_deliver(&t->p.q, &d);
		free(d.p);
	}
	for (unsigned int i = 0; i < n; i++) {
		assert_true(queue_take(&t->p.q, &d));
		queue_deliver(&t->p.q, &d);
		free(d.p);
		assert_true(queue_take(&t->p.q, &d));
		loop_advance(t->p.loop, ms[i] * LOOP_NS_PER_MS);
		queue_deliver(&t->p.q, &d);
		free(d.p);
	}
	queue_run(&t->p.q);
}

static void test_round_trips(void **state)
{
	static const struct {
		unsigned int ms[3], tries, best;
		uint32_t window;
	} cases[] = {
		{{150}, 1, 150, 20},
		{{300, 100}, 2, 100, 20},
		{{600, 300, 400}, 3, 300, 20},
		{{300, 600, 400}, 3, 300, 20},
		{{600, 400, 300}, 3, 300, 20},
		{{201, 199}, 2, 199, 100},
		{{199}, 1, 199, 1},
		{{251}, 1, 251, 0}, /* no time-based anti-replay: any will do */
	};

	for (unsigned int i = 0; i < GV_ARRAY_SIZE(cases); i++) {
		struct pull_test *t = pull_test_new(true);

		for (unsigned int k = 0; k < t->policy.n_teks; k++)
			if (t->policy.teks[k].replay == GDOI_REPLAY_TIME) {
				t->policy.teks[k].window = cases[i].window;
				if (cases[i].window == 0)
					t->policy.teks[k].replay = GDOI_REPLAY_NONE;
				if (cases[i].window == 0)
					t->policy.teks[k].shim_proto = 0;
			}
		run_with_round_trips(t, cases[i].ms, cases[i].tries);
		assert_registered(t);
		assert_int_equal(t->offers, cases[i].tries);
		assert_int_equal(t->result.rtt_ns, cases[i].best * LOOP_NS_PER_MS);
		pull_test_free(t);
	}
}

/* The repeat stays without an answer: the exchange that has one goes on. */
static void test_repeat_lost(void **state)
{
	static const unsigned int slow[] = {500};
	struct pull_test *t = *state;

	run_with_round_trips(t, slow, 0);
	t->results = t->commits = t->offers = 0;
	start(t);
	for (unsigned int i = 0; i < 2; i++) {
		struct datagram d;

		assert_true(queue_take(&t->p.q, &d));
		loop_advance(t->p.loop, i * 500 * LOOP_NS_PER_MS);
		queue_deliver(&t->p.q, &d);
		free(d.p);
	}
	for (unsigned int i = 0; i < 31; i++) {
		queue_clear(&t->p.q);
		loop_advance(t->p.loop, LOOP_NS_PER_S);
	}
	pair_pass(&t->p, 2);
	assert_registered(t);
	assert_int_equal(t->result.rtt_ns, 500 * LOOP_NS_PER_MS);
}

/* ---- damage ------------------------------------------------------------------------------- */

/* Runs a pull; message `which` (6..9) arrives with one bit of octet `at` changed, and then as it
 * was when heal. */
static size_t run_damaged(struct pull_test *t, unsigned int which, size_t at, uint8_t bit,
			  bool heal)
{
	struct datagram d;
	size_t len = 0;

	start(t);
	for (unsigned int i = 0; queue_take(&t->p.q, &d); i++) {
		if (i == which && at < d.len) {
			len = d.len;
			d.p[at] ^= bit;
			queue_deliver(&t->p.q, &d);
			d.p[at] ^= bit;
		}
		if (i != which || heal)
			queue_deliver(&t->p.q, &d);
		free(d.p);
	}
	return len;
}

static void test_every_octet_damaged(void **state)
{
	for (unsigned int which = 6; which < 10; which++) {
		size_t len = 1;

		for (size_t at = 0; at < len; at++) {
			struct pull_test *t = pull_test_new(true);
			size_t l = run_damaged(t, which, at, (uint8_t)(1u << (at % 8)), false);

			len = l > 0 ? l : len;
			/* It is as if the message had never come. */
			assert_int_equal(t->results, 0);
			assert_int_equal(t->offers, which > 6 ? 1 : 0);
			assert_int_equal(t->commits, which > 8 ? 1 : 0);
			pull_test_free(t);
		}
	}
}

static void test_damage_does_no_harm(void **state)
{
	for (unsigned int which = 6; which < 10; which++)
		for (size_t at = 0; at < 600; at += 7) {
			struct pull_test *t = pull_test_new(true);

			run_damaged(t, which, at, 0x10, true);
			assert_registered(t);
			pull_test_free(t);
		}
}

static void test_abort(void **state)
{
	/* At every point of the exchange; nothing is reported, nothing leaks, the rest is dropped. */
	for (unsigned int stop = 0; stop < 10; stop++) {
		struct pull_test *t = pull_test_new(true);
		struct datagram d;

		start(t);
		for (unsigned int i = 0; i < stop; i++) {
			assert_true(queue_take(&t->p.q, &d));
			queue_deliver(&t->p.q, &d);
			free(d.p);
		}
		if (t->pull != NULL)
			gdoi_pull_abort(t->pull);
		t->pull = NULL;
		pair_pass(&t->p, 40);
		assert_int_equal(t->results, 0);
		pull_test_free(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_full_form, setup, teardown),
		cmocka_unit_test(test_plain_form),
		cmocka_unit_test_setup_teardown(test_unsupported_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_multicast_kek_and_no_kek, setup, teardown),
		cmocka_unit_test_setup_teardown(test_group_address, setup, teardown),
		cmocka_unit_test(test_spi_mark),
		cmocka_unit_test(test_each_message_lost_once),
		cmocka_unit_test_setup_teardown(test_every_message_thrice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_copies_are_answered_a_few_times, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_old_first_message_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_silence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_key_server_restarted, setup, teardown),
		cmocka_unit_test(test_refused),
		cmocka_unit_test_setup_teardown(test_phase1_failures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vendor_id_of_member_stripped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vendor_id_of_server_stripped, setup, teardown),
		cmocka_unit_test(test_foreign_peers),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test_setup_teardown(test_repeat_lost, setup, teardown),
		cmocka_unit_test(test_every_octet_damaged),
		cmocka_unit_test(test_damage_does_no_harm),
		cmocka_unit_test(test_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
