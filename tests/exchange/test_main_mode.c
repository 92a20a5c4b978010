/* SPDX-License-Identifier: BSD-3-Clause */
/* Main mode between two instances: suites, loss, copies, refusals, floods, damage. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* cmocka needs the headers above first */
#include <setjmp.h>

#include <cmocka.h>

#include "control/ike/limits.h"
#include "ike_pair.h"

static int setup(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	pair_setup(p);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	pair_teardown(*state);
	free(*state);
	return 0;
}

static void assert_established(struct pair *p)
{
	uint8_t type;
	struct bytes id;

	assert_int_equal(p->ends, 1);
	assert_int_equal(p->last_end, IKE_END_ESTABLISHED);
	assert_int_equal(pair_established(&p->gm), 1);
	assert_int_equal(pair_established(&p->ks), 1);
	id = ike_sa_peer_id(p->sa, &type);
	assert_int_equal(type, 1);
	assert_int_equal(id.len, 4);
	assert_memory_equal(id.p, p->ks.at.addr.a, 4);
	assert_true(ike_sa_peer(p->sa)->ours);
	assert_memory_equal(ike_sa_peer(p->sa)->version, ike_vid + 16, 3);
}

/* ---- suites ------------------------------------------------------------------------------- */

struct cipher_case {
	enum conf_ike_cipher cipher;
	uint16_t bits;
};

static void test_every_suite(void **state)
{
	static const struct cipher_case ciphers[] = {
		{CONF_IKE_3DES, 0}, {CONF_IKE_AES, 128}, {CONF_IKE_AES, 192}, {CONF_IKE_AES, 256}};
	static const uint8_t groups[] = {2, 14, 19};

	for (unsigned int c = 0; c < GV_ARRAY_SIZE(ciphers); c++)
		for (unsigned int h = CONF_HASH_SHA1; h <= CONF_HASH_SHA512; h++)
			for (unsigned int g = 0; g < GV_ARRAY_SIZE(groups); g++) {
				struct pair p;

				pair_setup(&p);
				pair_policy(&p.gm, 0, ciphers[c].cipher, ciphers[c].bits, h,
					    groups[g]);
				pair_policy(&p.ks, 0, ciphers[c].cipher, ciphers[c].bits, h,
					    groups[g]);
				pair_start(&p);
				assert_int_equal(queue_run(&p.q), 6);
				assert_established(&p);
				assert_int_equal(pair_drops(&p.gm) + pair_drops(&p.ks), 0);
				pair_teardown(&p);
			}
}

static void test_both_dois(void **state)
{
	for (uint32_t doi = 1; doi <= 2; doi++) {
		struct datagram one, two;
		struct pair p;

		pair_setup(&p);
		ike_set_doi(p.gm.ike, doi);
		pair_start(&p);
		assert_true(queue_take(&p.q, &one));
		assert_int_equal(get_be32(one.p + 32), doi);
		queue_deliver(&p.q, &one);
		assert_true(queue_take(&p.q, &two));
		assert_int_equal(get_be32(two.p + 32), doi);
		/* situation: identity only with the IPsec DOI, none with GDOI's */
		assert_int_equal(get_be32(two.p + 36), doi == 1 ? 1 : 0);
		queue_deliver(&p.q, &two);
		free(one.p);
		free(two.p);
		queue_run(&p.q);
		assert_established(&p);
		pair_teardown(&p);
	}
}

/* The responder's order decides. */
static void test_selection_order(void **state)
{
	struct pair *p = *state;
	struct datagram d;

	pair_policy(&p->gm, 0, CONF_IKE_3DES, 0, CONF_HASH_SHA1, 2);
	pair_policy(&p->gm, 1, CONF_IKE_AES, 256, CONF_HASH_SHA256, 19);
	pair_policy(&p->gm, 2, CONF_IKE_AES, 128, CONF_HASH_SHA512, 14);
	pair_policy(&p->ks, 0, CONF_IKE_AES, 192, CONF_HASH_SHA256, 19);
	pair_policy(&p->ks, 1, CONF_IKE_AES, 128, CONF_HASH_SHA512, 14);
	pair_policy(&p->ks, 2, CONF_IKE_3DES, 0, CONF_HASH_SHA1, 2);
	pair_start(p);
	assert_true(queue_take(&p->q, &d));
	queue_deliver(&p->q, &d);
	free(d.p);
	assert_true(queue_take(&p->q, &d));
	/* header 28, SA 12, proposal 8, transform: generic header 4, then its number */
	assert_int_equal(d.p[52], 2);
	queue_deliver(&p->q, &d);
	free(d.p);
	queue_run(&p->q);
	assert_established(p);
}

static void test_lifetime_is_the_shorter(void **state)
{
	struct pair *p = *state;

	p->gm.policies[0].lifetime_s = 300;
	p->ks.policies[0].lifetime_s = 900;
	pair_start(p);
	queue_run(&p->q);
	assert_established(p);
	loop_advance(p->loop, 299 * LOOP_NS_PER_S);
	assert_int_equal(pair_established(&p->gm) + pair_established(&p->ks), 2);
	loop_advance(p->loop, 2 * LOOP_NS_PER_S);
	assert_int_equal(pair_established(&p->gm) + pair_established(&p->ks), 0);
	assert_int_equal(p->ends, 2);
	assert_int_equal(p->last_end, IKE_END_EXPIRED);
}

/* ---- loss, copies, order ------------------------------------------------------------------ */

static void test_each_message_lost_once(void **state)
{
	for (unsigned int lost = 0; lost < 6; lost++) {
		struct datagram d;
		struct pair p;

		pair_setup(&p);
		pair_start(&p);
		for (unsigned int i = 0; i < lost; i++) {
			assert_true(queue_take(&p.q, &d));
			queue_deliver(&p.q, &d);
			free(d.p);
		}
		assert_true(queue_take(&p.q, &d));
		free(d.p);
		assert_int_equal(p.q.n, 0);
		assert_int_equal(p.ends, 0);
		pair_pass(&p, 2);
		assert_established(&p);
		pair_teardown(&p);
	}
}

static void test_every_message_thrice(void **state)
{
	struct pair *p = *state;
	struct datagram d;

	pair_start(p);
	while (queue_take(&p->q, &d)) {
		/* The copies come before anything the original causes is delivered. */
		for (unsigned int i = 0; i < 3; i++)
			queue_deliver(&p->q, &d);
		free(d.p);
		assert_true(p->q.sent < 200);
	}
	assert_established(p);
	assert_true(ike_drop_count(p->ks.ike, IKE_DROP_DUPLICATE) >= 6);
	assert_int_equal(pair_half_open(&p->ks), 0);
	/* A copy of the last message is not answered by the one that got it. */
	assert_int_equal(p->q.n, 0);
}

static void test_late_copies_change_nothing(void **state)
{
	struct pair *p = *state;
	struct datagram kept[6];
	unsigned int n = 0;

	pair_start(p);
	while (n < 6 && queue_take(&p->q, &kept[n]))
		queue_deliver(&p->q, &kept[n++]);
	assert_established(p);
	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < 6; i++)
			queue_deliver(&p->q, &kept[round == 0 ? i : 5 - i]);
		queue_run(&p->q);
		loop_advance(p->loop, LOOP_NS_PER_S);
	}
	assert_established(p);
	for (unsigned int i = 0; i < 6; i++)
		free(kept[i].p);
}

static void test_silence_ends_in_timeout(void **state)
{
	struct pair *p = *state;

	queue_detach(&p->q, &p->ks.at);
	pair_start(p);
	pair_pass(p, 30);
	assert_int_equal(p->ends, 0);
	assert_int_equal(p->q.sent, IKE_SENDS);
	pair_pass(p, 2);
	assert_int_equal(p->ends, 1);
	assert_int_equal(p->last_end, IKE_END_TIMEOUT);
	assert_null(p->sa);
	assert_int_equal(pair_half_open(&p->gm), 0);
}

/* The repeats are the same octets, 1, 2, 4, 8 s apart. */
static void test_repeats_are_exact(void **state)
{
	static const unsigned int gaps[] = {1, 2, 4, 8};
	struct pair *p = *state;
	struct datagram first, next;

	pair_start(p);
	assert_true(queue_take(&p->q, &first));
	for (unsigned int i = 0; i < GV_ARRAY_SIZE(gaps); i++) {
		loop_advance(p->loop, gaps[i] * LOOP_NS_PER_S - 1);
		assert_false(queue_take(&p->q, &next));
		loop_advance(p->loop, 1);
		assert_true(queue_take(&p->q, &next));
		assert_int_equal(next.len, first.len);
		assert_memory_equal(next.p, first.p, first.len);
		free(next.p);
	}
	free(first.p);
}

/* ---- refusals ----------------------------------------------------------------------------- */

static void test_wrong_key(void **state)
{
	struct pair *p = *state;

	pair_psk(&p->ks, "something else");
	pair_start(p);
	pair_pass(p, 10);
	/* Told at once, in clear, by the responder; believed only after silence. */
	assert_int_equal(p->ends, 0);
	assert_true(ike_drop_count(p->gm.ike, IKE_DROP_CLEAR_NOTIFY) >= 1);
	assert_true(ike_drop_count(p->ks.ike, IKE_DROP_DECRYPT) >= 1);
	pair_pass(p, 40);
	assert_int_equal(p->ends, 1);
	assert_int_equal(p->last_end, IKE_END_AUTH);
	assert_int_equal(pair_established(&p->ks) + pair_half_open(&p->ks), 0);
}

static void test_no_proposal(void **state)
{
	struct pair *p = *state;

	pair_policy(&p->ks, 0, CONF_IKE_AES, 256, CONF_HASH_SHA256, 19);
	pair_start(p);
	pair_pass(p, 40);
	assert_int_equal(p->last_end, IKE_END_NO_PROPOSAL);
	assert_int_equal(p->ends, 1);
	assert_int_equal(ike_drop_count(p->ks.ike, IKE_DROP_PROPOSAL), IKE_SENDS);
	assert_int_equal(pair_half_open(&p->ks), 0);
}

static void test_no_key_for_peer(void **state)
{
	struct pair *p = *state;
	struct ike_sa *sa;

	pair_psk(&p->ks, NULL);
	pair_start(p);
	pair_pass(p, 40);
	assert_int_equal(p->last_end, IKE_END_TIMEOUT);
	assert_int_equal(ike_drop_count(p->ks.ike, IKE_DROP_NO_KEY), IKE_SENDS);
	pair_psk(&p->gm, NULL);
	assert_int_equal(ike_sa_start(&sa, p->gm.ike, &p->gm.at, &p->ks.at, NULL, NULL), -ENOKEY);
	assert_int_equal(pair_half_open(&p->gm), 0);
}

static void test_no_policy(void **state)
{
	struct pair *p = *state;
	struct ike_sa *sa;

	p->gm.conf.n_ike_policies = 0;
	assert_int_equal(ike_sa_start(&sa, p->gm.ike, &p->gm.at, &p->ks.at, NULL, NULL), -ENOENT);
	assert_int_equal(pair_half_open(&p->gm), 0);
}

/* Our own first message, sent back to us, opens nothing: with a pre-shared key of the group we
 * would authenticate to ourselves. */
static void test_reflection(void **state)
{
	struct pair *p = *state;
	struct datagram d;

	pair_start(p);
	assert_true(queue_take(&p->q, &d));
	d.to = p->gm.at;
	d.from = p->ks.at;
	queue_deliver(&p->q, &d);
	free(d.p);
	assert_int_equal(p->q.n, 0);
	assert_int_equal(ike_drop_count(p->gm.ike, IKE_DROP_COOKIE), 1);
}

static void test_responder_restart(void **state)
{
	struct pair *p = *state;

	pair_start(p);
	queue_run(&p->q);
	assert_established(p);
	pair_restart_ks(p);
	assert_int_equal(pair_established(&p->ks), 0);
	/* What the member sends under the old SA is dropped, a new SA works. */
	ike_sa_delete(p->sa, true);
	queue_run(&p->q);
	assert_int_equal(ike_drop_count(p->ks.ike, IKE_DROP_COOKIE), 1);
	p->ends = 0;
	pair_start(p);
	queue_run(&p->q);
	assert_established(p);
}

static void test_initiator_restart(void **state)
{
	struct pair *p = *state;

	pair_start(p);
	queue_run(&p->q);
	pair_start(p);
	queue_run(&p->q);
	assert_int_equal(pair_established(&p->ks), 2);
	/* A member that lost its SAs says so, and the key server drops what is left of it. */
	ike_free(p->gm.ike);
	assert_int_equal(ike_new(&p->gm.ike, p->loop, queue_send, &p->q), 0);
	ike_set_conf(p->gm.ike, &p->gm.conf);
	pair_start(p);
	queue_run(&p->q);
	assert_int_equal(pair_established(&p->gm), 1);
	assert_int_equal(pair_established(&p->ks), 1);
}

static void test_delete_tells_the_peer(void **state)
{
	struct pair *p = *state;

	pair_start(p);
	queue_run(&p->q);
	ike_sa_delete(p->sa, true);
	assert_int_equal(pair_established(&p->gm), 0);
	queue_run(&p->q);
	assert_int_equal(pair_established(&p->ks), 0);
	assert_int_equal(p->ends, 1);
}

static void test_find_and_reuse(void **state)
{
	struct pair *p = *state;

	assert_null(ike_sa_find(p->gm.ike, &p->gm.at, &p->ks.at));
	pair_start(p);
	assert_null(ike_sa_find(p->gm.ike, &p->gm.at, &p->ks.at));
	queue_run(&p->q);
	assert_ptr_equal(ike_sa_find(p->gm.ike, &p->gm.at, &p->ks.at), p->sa);
	assert_null(ike_sa_find(p->gm.ike, &p->ks.at, &p->gm.at));
	assert_null(ike_sa_find(p->ks.ike, &p->ks.at, &p->gm.at)); /* not ours to use */
	loop_advance(p->loop, 61 * LOOP_NS_PER_S);
	assert_null(ike_sa_find(p->gm.ike, &p->gm.at, &p->ks.at));
}

/* ---- floods ------------------------------------------------------------------------------- */

/* Message 1 of the pair, to be sent again with other cookies from elsewhere. */
static struct datagram first_message(struct pair *p)
{
	struct datagram d;

	pair_start(p);
	assert_true(queue_take(&p->q, &d));
	ike_sa_delete(p->sa, false);
	p->ends = 0;
	return d;
}

static void test_flood_of_first_messages(void **state)
{
	struct pair *p = *state;
	struct datagram d = first_message(p);
	unsigned int sent = p->q.sent;
	size_t octets = p->q.sent_octets;

	for (unsigned int i = 0; i < 5000; i++) {
		put_be32(d.p, i + 1);
		d.from.addr = addr_v4(0xac100000 + i);
		queue_deliver(&p->q, &d);
		queue_clear(&p->q);
	}
	assert_int_equal(pair_half_open(&p->ks), IKE_HALF_OPEN_MAX);
	assert_int_equal(ike_drop_count(p->ks.ike, IKE_DROP_HALF_OPEN), 5000 - IKE_HALF_OPEN_MAX);
	/* One answer each, never by timer, no longer than the question plus a vendor ID. */
	assert_int_equal(p->q.sent - sent, 5000);
	assert_true(p->q.sent_octets - octets <= 5000 * (d.len + 23));
	pair_pass(p, 34);
	assert_int_equal(p->q.sent - sent, 5000);
	/* In the middle of it, somebody who is really there gets through. */
	pair_start(p);
	queue_run(&p->q);
	assert_established(p);
	pair_pass(p, 36);
	assert_int_equal(pair_half_open(&p->ks), 0);
	free(d.p);
}

/* Message 3 of somebody who did not see message 2 and leaves our cookie out: no Diffie-Hellman. */
static void test_third_message_without_cookie(void **state)
{
	struct pair *p = *state;
	struct datagram d;

	pair_start(p);
	for (unsigned int i = 0; i < 2; i++) {
		assert_true(queue_take(&p->q, &d));
		queue_deliver(&p->q, &d);
		free(d.p);
	}
	assert_true(queue_take(&p->q, &d));
	memset(d.p + 8, 0, 8);
	queue_deliver(&p->q, &d);
	free(d.p);
	assert_int_equal(p->q.n, 0);
	assert_int_equal(ike_drop_count(p->ks.ike, IKE_DROP_COOKIE), 1);
	/* the copy by timer has the cookie */
	pair_pass(p, 2);
	assert_established(p);
}

static void test_flood_from_one_address(void **state)
{
	struct pair *p = *state;
	struct datagram d = first_message(p);

	for (unsigned int i = 0; i < 100; i++) {
		put_be32(d.p, i + 1);
		queue_deliver(&p->q, &d);
		queue_clear(&p->q);
	}
	assert_int_equal(pair_half_open(&p->ks), IKE_HALF_OPEN_PER_PEER);
	free(d.p);
}

/* A peer that authenticates again and again keeps a bounded number of SAs. */
static void test_many_sas_of_one_peer(void **state)
{
	struct pair *p = *state;

	for (unsigned int i = 0; i < IKE_ACCEPTED_PER_PEER + 5; i++) {
		pair_start(p);
		queue_run(&p->q);
	}
	assert_int_equal(pair_established(&p->gm), IKE_ACCEPTED_PER_PEER + 5);
	assert_int_equal(pair_established(&p->ks), IKE_ACCEPTED_PER_PEER);
	assert_int_equal(ike_drop_count(p->ks.ike, IKE_DROP_ACCEPTED_LIMIT), 5);
}

/* ---- damage ------------------------------------------------------------------------------- */

/* Delivers everything, but message `which` (0..5) with one bit of octet `at` flipped, and its
 * original afterwards when `heal`. Returns the length of that message. */
static size_t run_damaged(struct pair *p, unsigned int which, size_t at, uint8_t bit, bool heal)
{
	struct datagram d;
	size_t len = 0;

	pair_start(p);
	for (unsigned int i = 0; queue_take(&p->q, &d); i++) {
		if (i == which) {
			len = d.len;
			if (at < d.len) {
				d.p[at] ^= bit;
				queue_deliver(&p->q, &d);
				d.p[at] ^= bit;
				queue_clear(&p->q);
			}
			if (!heal) {
				free(d.p);
				break;
			}
		}
		queue_deliver(&p->q, &d);
		free(d.p);
	}
	return len;
}

/*
 * Every octet of every message, one bit at a time in turn: nothing establishes on what was
 * changed, except where the octet is not covered by anything (reserved octets in clear, vendor
 * IDs), and nothing crashes.
 */
static void test_every_octet_damaged(void **state)
{
	for (unsigned int which = 4; which < 6; which++) {
		size_t len = 1;

		for (size_t at = 0; at < len; at++) {
			struct pair p;

			pair_setup(&p);
			len = run_damaged(&p, which, at, (uint8_t)(1u << (at % 8)), false);
			/* Message 5 and 6 are authenticated as a whole, header included. */
			assert_int_equal(pair_established(which == 4 ? &p.ks : &p.gm), 0);
			pair_teardown(&p);
		}
	}
}

/* The clear messages: both sides end with the same keys or with none; a side never believes it is
 * done when the other computed something else. */
static void test_clear_messages_damaged(void **state)
{
	for (unsigned int which = 0; which < 4; which++) {
		size_t len = 1;

		for (size_t at = 0; at < len; at++) {
			struct pair p;

			pair_setup(&p);
			len = run_damaged(&p, which, at, (uint8_t)(1u << (at % 8)), true);
			if (pair_established(&p.gm) == 1)
				assert_int_equal(pair_established(&p.ks), 1);
			pair_teardown(&p);
		}
	}
}

static void test_truncated_and_grown(void **state)
{
	for (unsigned int which = 0; which < 6; which++) {
		struct datagram d;
		struct pair p;

		pair_setup(&p);
		pair_start(&p);
		for (unsigned int i = 0; queue_take(&p.q, &d); i++) {
			for (size_t len = 0; i == which && len < d.len; len++) {
				struct datagram cut = d;

				cut.len = len;
				queue_deliver(&p.q, &cut);
				assert_int_equal(p.q.n, 0);
				/* The same with a header that says so. */
				if (len >= 28) {
					put_be32(d.p + 24, (uint32_t)len);
					queue_deliver(&p.q, &cut);
					put_be32(d.p + 24, (uint32_t)d.len);
					queue_clear(&p.q);
				}
			}
			queue_deliver(&p.q, &d);
			free(d.p);
		}
		assert_int_equal(pair_established(&p.gm), 1);
		assert_int_equal(pair_established(&p.ks), 1);
		pair_teardown(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_suite),
		cmocka_unit_test(test_both_dois),
		cmocka_unit_test_setup_teardown(test_selection_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lifetime_is_the_shorter, setup, teardown),
		cmocka_unit_test(test_each_message_lost_once),
		cmocka_unit_test_setup_teardown(test_every_message_thrice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late_copies_change_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_silence_ends_in_timeout, setup, teardown),
		cmocka_unit_test_setup_teardown(test_repeats_are_exact, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_key, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_proposal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_key_for_peer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reflection, setup, teardown),
		cmocka_unit_test_setup_teardown(test_responder_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_initiator_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_delete_tells_the_peer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_find_and_reuse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flood_of_first_messages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_third_message_without_cookie, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flood_from_one_address, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_sas_of_one_peer, setup, teardown),
		cmocka_unit_test(test_every_octet_damaged),
		cmocka_unit_test(test_clear_messages_damaged),
		cmocka_unit_test(test_truncated_and_grown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
