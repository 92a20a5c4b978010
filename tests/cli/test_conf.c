/* SPDX-License-Identifier: BSD-3-Clause */
/* Configuration text to objects and back, what is refused and where, commit and back-out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/conf/loader.h"
#include "control/conf/session.h"
#include "control/conf/store.h"
#include "control/gdoi/policy.h"

static const struct conf_limits normal = {0};
static const struct conf_limits fast = {.lifetime_min_s = 10, .retransmit_min_s = 1};

/* Flat, as guides print it: what a mode does not know belongs to the mode around it. */
static const char ks_flat[] = "crypto gdoi group G1\n"
			      "identity number 3333\n"
			      "server local\n"
			      "rekey authentication mypubkey rsa get\n"
			      "rekey transport unicast\n"
			      "sa ipsec 1\n"
			      "profile gdoi-p\n"
			      "match address ipv4 ENCPOL\n"
			      "address ipv4 10.1.11.2\n"
			      "redundancy\n"
			      "local priority 10\n"
			      "peer address ipv4 10.1.12.2\n"
			      "crypto ipsec profile gdoi-p\n";

static const char ks_full[] = "service timestamps debug datetime msec\n"
			      "service timestamps log datetime msec\n"
			      "hostname KS1\n"
			      "!\n"
			      "logging buffered 10000000 debugging\n"
			      "no logging console\n"
			      "no logging monitor\n"
			      "!\n"
			      "crypto isakmp policy 10\n"
			      " encryption aes 256\n"
			      " hash sha256\n"
			      " authentication pre-share\n"
			      " group 14\n"
			      " lifetime 3600\n"
			      "!\n"
			      "crypto isakmp policy 20\n"
			      " encryption 3des\n"
			      " hash sha\n"
			      " authentication pre-share\n"
			      " group 2\n"
			      "!\n"
			      "crypto isakmp key 0 s3cret address 0.0.0.0\n"
			      "crypto isakmp key 0 other address 10.1.0.0 255.255.0.0\n"
			      "crypto isakmp key 0 third address 10.1.13.2\n"
			      "!\n"
			      "crypto ipsec transform-set gdoi-ts esp-3des esp-sha-hmac\n"
			      " mode tunnel\n"
			      "!\n"
			      "crypto ipsec transform-set gcm esp-gcm 256\n"
			      " mode transport\n"
			      "!\n"
			      "crypto ipsec transform-set cbc esp-aes 192 esp-sha256-hmac\n"
			      " mode tunnel\n"
			      "!\n"
			      "crypto ipsec profile gdoi-p\n"
			      " set security-association lifetime seconds 900\n"
			      " set transform-set gdoi-ts\n"
			      "!\n"
			      "crypto ipsec profile long\n"
			      " set security-association lifetime days 3\n"
			      "!\n"
			      "ip access-list standard MEMBERS\n"
			      " permit host 10.1.13.2\n"
			      " deny 10.9.0.0 0.0.255.255\n"
			      " permit any\n"
			      "!\n"
			      "ip access-list extended ENCPOL\n"
			      " deny icmp any any\n"
			      " deny eigrp any any\n"
			      " deny ip any 224.0.0.0 0.255.255.255\n"
			      " deny ip 224.0.0.0 0.255.255.255 any\n"
			      " deny udp any eq 848 any eq 848\n"
			      " 100 permit tcp host 10.0.0.1 range 10 20 any dscp 46 fragments\n"
			      " permit ip any any\n"
			      "!\n"
			      "crypto gdoi group G1\n"
			      " identity number 3333\n"
			      " server local\n"
			      "  rekey acknowledgement interoperable\n"
			      "  rekey address ipv4 MCAST\n"
			      "  rekey algorithm aes 256\n"
			      "  rekey lifetime seconds 1200\n"
			      "  rekey retransmit 10 number 5\n"
			      "  rekey authentication mypubkey rsa get\n"
			      "  rekey sig-hash algorithm sha512\n"
			      "  rekey transport unicast\n"
			      "  authorization address ipv4 MEMBERS\n"
			      "  group size small 12\n"
			      "  sa ipsec 1\n"
			      "   profile gdoi-p\n"
			      "   match address ipv4 ENCPOL\n"
			      "   replay time window-size 4\n"
			      "  sa ipsec 7\n"
			      "   replay counter window-size 512\n"
			      "  sa ipsec 9\n"
			      "   no replay\n"
			      "  address ipv4 10.1.11.2\n"
			      "  redundancy\n"
			      "   local priority 200\n"
			      "   peer address ipv4 10.1.12.2\n"
			      "!\n"
			      "crypto gdoi group ipv6 ip\n"
			      " identity address ipv4 10.1.1.1\n"
			      " server local\n"
			      "  no rekey acknowledgement\n"
			      "  rekey algorithm 3des-cbc\n"
			      "  rekey lifetime days 2\n"
			      "  group size large\n"
			      "!\n"
			      "ntp server 10.1.11.1\n"
			      "monitor event-trace gdoi rekey size 1000\n"
			      "end\n";

static const char gm_full[] = "service timestamps debug datetime msec\n"
			      "no service timestamps log\n"
			      "hostname GM1\n"
			      "!\n"
			      "ip access-list extended FAIL\n"
			      " deny tcp any any eq 22\n"
			      "!\n"
			      "crypto gdoi group G1\n"
			      " identity number 3333\n"
			      " server address ipv4 10.1.11.2\n"
			      " server address ipv4 10.1.12.2\n"
			      " passive\n"
			      " client fail-close revert\n"
			      "!\n"
			      "crypto map gm_map 10 gdoi\n"
			      " description to the WAN | first\n"
			      " set group G1\n"
			      " match address FAIL\n"
			      "!\n"
			      "crypto map gm_map gdoi fail-close\n"
			      " match address FAIL\n"
			      " activate\n"
			      "!\n"
			      "interface Serial1/0\n"
			      " description WAN interface\n"
			      " ip address 10.1.13.2 255.255.255.252\n"
			      " ip mtu 1400\n"
			      " crypto map gm_map\n"
			      "!\n"
			      "interface Ethernet0/0\n"
			      " ip address 192.168.13.1 255.255.255.0\n"
			      " shutdown\n"
			      "!\n"
			      "ip route 0.0.0.0 0.0.0.0 10.1.13.1\n"
			      "!\n"
			      "end\n";

struct text {
	char s[8192];
	size_t n;
};

static void add_line(const char *line, void *arg)
{
	struct text *t = arg;

	t->n += (size_t)snprintf(t->s + t->n, sizeof(t->s) - t->n, "%s\n", line);
}

static struct conf *load(const char *text, bool key_server)
{
	struct conf_report why = {.s = ""};
	struct conf *c = NULL;

	if (conf_load_text(&c, "test", text, &normal, key_server, &why) < 0)
		fail_msg("%s", why.s);
	return c;
}

static void assert_round_trip(const char *text, bool key_server)
{
	struct conf *c = load(text, key_server), *copy;
	struct text out = {.n = 0}, again = {.n = 0};

	conf_write(c, CONF_SECRETS_KEPT, add_line, &out);
	assert_string_equal(out.s, text);
	assert_int_equal(conf_copy(&copy, c), 0);
	conf_free(c);
	conf_write(copy, CONF_SECRETS_KEPT, add_line, &again);
	assert_string_equal(again.s, text);
	conf_free(copy);
}

static void test_round_trip(void **state)
{
	(void)state;
	assert_round_trip(ks_full, true);
	assert_round_trip(gm_full, false);
}

static void test_flat(void **state)
{
	struct conf *c = load(ks_flat, true);
	const struct conf_group *g = conf_group_find(c, "G1");

	(void)state;
	assert_non_null(g);
	assert_true(g->has_number && g->server.enabled && g->server.rekey_unicast);
	assert_int_equal(g->number, 3333);
	assert_int_equal(g->server.n_sas, 1);
	assert_string_equal(g->server.sas[0].acl, "ENCPOL");
	assert_string_equal(addr_text(&g->server.address).s, "10.1.11.2");
	assert_int_equal(g->server.priority, 10);
	assert_int_equal(g->server.n_peers, 1);
	assert_int_equal(g->server.kek_lifetime_s, 86400);
	conf_free(c);
}

static void test_hidden_secrets(void **state)
{
	struct conf *c = load(ks_full, true);
	struct text out = {.n = 0};
	struct conf_report why;
	struct conf *d;

	(void)state;
	conf_write(c, CONF_SECRETS_HIDDEN, add_line, &out);
	assert_null(strstr(out.s, "s3cret"));
	assert_null(strstr(out.s, "third"));
	assert_non_null(strstr(out.s, "crypto isakmp key ****** address 0.0.0.0\n"));
	/* Fed back, the asterisks must not become the key. */
	assert_int_equal(conf_load_text(&d, "t", out.s, &normal, true, &why), -EINVAL);
	assert_non_null(strstr(why.s, "asterisks stand for a hidden key"));
	conf_free(c);
}

static void test_key_find(void **state)
{
	struct conf *c = load(ks_full, true);
	struct addr a;

	(void)state;
	assert_int_equal(addr_parse(&a, "10.1.13.2"), 0);
	assert_memory_equal(conf_ike_key_find(c, &a)->key->bytes, "third", 5);
	assert_int_equal(addr_parse(&a, "10.1.14.2"), 0);
	assert_memory_equal(conf_ike_key_find(c, &a)->key->bytes, "other", 5);
	assert_int_equal(addr_parse(&a, "10.2.14.2"), 0);
	assert_memory_equal(conf_ike_key_find(c, &a)->key->bytes, "s3cret", 6);
	conf_free(c);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *report;
		bool key_server;
	} bad[] = {
		{"hostname R1\nhostnam\n", "t:2: % Incomplete command.\nhostnam\n       ^", false},
		{"hostname R1\n ip addresses\n",
		 "t:2: % Invalid input detected at '^' marker.\n ip addresses\n    ^", false},
		{"crypto isakmp key 0 hunter2 addresses 1.2.3.4\n",
		 "t:1: % Invalid input detected at '^' marker.\n"
		 "crypto isakmp key 0 ****** addresses 1.2.3.4\n"
		 "                           ^",
		 false},
		{"crypto isakmp policy 1\n group 5\n",
		 "t:2: group 5 is not supported, only 2, 14 and 19\n group 5\n       ^", false},
		{"ip access-list extended A\n permit tcp any neq 5 any\n",
		 "t:2: neq cannot be carried by GDOI\n permit tcp any neq 5 any\n                ^",
		 false},
		{"ip access-list extended A\n permit ip 10.0.0.0 0.255.0.255 any\n",
		 "t:2: wildcard mask with holes: 0.255.0.255\n"
		 " permit ip 10.0.0.0 0.255.0.255 any\n                    ^",
		 false},
		{"crypto gdoi group G\n server local\n",
		 "t:2: this is a group member, server local needs a key server\n server local\n"
		 "        ^",
		 false},
		{"crypto gdoi group G\n server local\n  rekey acknowledgement cisco\n",
		 "t:3: the format of this acknowledgement is not public; use any or interoperable "
		 "(RFC 8263)\n  rekey acknowledgement cisco\n                        ^",
		 true},
		{"crypto map M 10 gdoi\n set group NONE\nhostname X\n",
		 "t:2: group NONE doesn't yet exist.\n set group NONE\n ^", false},
		{"crypto gdoi group ipv6 G\ncrypto map M 10 gdoi\n set group G\n",
		 "t:3: Group G is an IPv6 group and Crypto map is for IPv4. Please set an IPv4 "
		 "group.\n set group G\n ^",
		 false},
		{"interface se1/0\n crypto map NONE\n",
		 "t:2: crypto map with tag NONE does not exist (interface Serial1/0)\n"
		 " crypto map NONE\n ^",
		 false},
		{"crypto ipsec profile P\n set transform-set T\n",
		 "t:2: transform set with tag T does not exist (profile P)\n set transform-set T\n ^",
		 true},
		{"ip access-list extended A\n permit ip any any\n"
		 "crypto map M gdoi fail-close\n match address A\n",
		 "t:4: access list A of crypto map M may have deny lines only\n match address A\n ^",
		 false},
		{"crypto gdoi group A\n identity number 1\n server local\n"
		 "crypto gdoi group B\n identity number 1\n server local\n",
		 "t:6: groups A and B have the same identity\n server local\n ^", true},
		{"crypto ipsec profile P\n set security-association lifetime seconds 20\n",
		 "t:2: at least 120 seconds\n set security-association lifetime seconds 20\n"
		 "                                           ^",
		 true},
		{"interface bogus\n",
		 "t:1: 'bogus' is not an interface name such as Serial1/0\ninterface bogus\n"
		 "          ^",
		 false},
	};

	(void)state;
	for (size_t i = 0; i < GV_ARRAY_SIZE(bad); i++) {
		struct conf_report why = {.s = ""};
		struct conf *c;

		assert_int_equal(
			conf_load_text(&c, "t", bad[i].text, &normal, bad[i].key_server, &why),
			-EINVAL);
		assert_string_equal(why.s, bad[i].report);
	}
}

static void test_limits(void **state)
{
	static const char text[] = "crypto ipsec profile P\n"
				   " set security-association lifetime seconds 20\n"
				   "crypto gdoi group G\n server local\n"
				   "  rekey lifetime seconds 60\n  rekey retransmit 1 number 2\n";
	struct conf_report why;
	struct conf *c;

	(void)state;
	assert_int_equal(conf_load_text(&c, "t", text, &normal, true, &why), -EINVAL);
	assert_int_equal(conf_load_text(&c, "t", text, &fast, true, &why), 0);
	assert_int_equal(conf_profile_find(c, "P")->lifetime_s, 20);
	assert_int_equal(conf_group_find(c, "G")->server.retransmit_s, 1);
	conf_free(c);
}

static void test_file(void **state)
{
	char dir[] = "/tmp/getvpn-conf-XXXXXX", path[64];
	struct conf *c = load(ks_full, true), *d;
	struct conf_report why;
	struct err_text e;
	struct stat st;
	struct text out = {.n = 0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/startup", dir);
	assert_int_equal(conf_load_file(&d, path, &normal, true, &why), -ENOENT);
	assert_int_equal(conf_save_file(c, path, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(conf_load_file(&d, path, &normal, true, &why), 0);
	conf_write(d, CONF_SECRETS_KEPT, add_line, &out);
	assert_string_equal(out.s, ks_full);
	conf_free(c);
	conf_free(d);
	snprintf(path, sizeof(path), "%s/no/startup", dir);
	c = load(gm_full, false);
	assert_int_equal(conf_save_file(c, path, &e), -ENOENT);
	conf_free(c);
	snprintf(path, sizeof(path), "%s/startup", dir);
	unlink(path);
	rmdir(dir);
}

/* ---- the store --------------------------------------------------------------------------- */

struct listener {
	char seen[CONF_NAME_MAX];
	unsigned int calls;
	bool refuse;
};

static int listen_to(const struct conf *now, void *arg, struct err_text *e)
{
	struct listener *l = arg;

	l->calls++;
	snprintf(l->seen, sizeof(l->seen), "%s", now->hostname);
	if (l->refuse && strcmp(now->hostname, "Bad") == 0)
		return err_set(e, -ENOTSUP, "no such luck");
	return 0;
}

static void test_store(void **state)
{
	struct listener first = {.calls = 0}, second = {.refuse = true};
	struct conf_store *s;
	struct conf *good = load("hostname Good\n", false), *bad = load("hostname Bad\n", false);
	struct err_text e;

	(void)state;
	assert_int_equal(conf_store_new(&s, &normal, false), 0);
	assert_int_equal(conf_store_listen(s, listen_to, &first), 0);
	assert_int_equal(conf_store_listen(s, listen_to, &second), 0);
	assert_int_equal(conf_store_commit(s, good, &e), 0);
	assert_string_equal(conf_store_now(s)->hostname, "Good");
	assert_int_equal(conf_store_commit(s, bad, &e), -ENOTSUP);
	assert_string_equal(e.s, "no such luck");
	assert_string_equal(conf_store_now(s)->hostname, "Good");
	/* Who had accepted the bad one has the good one back. */
	assert_string_equal(first.seen, "Good");
	assert_string_equal(second.seen, "Good");
	assert_int_equal(first.calls, 3);
	conf_free(bad);
	conf_store_free(s);
}

/* ---- lines one by one -------------------------------------------------------------------- */

struct typist {
	struct cli_table *t;
	struct conf *c;
	struct conf_place at;
	struct conf_line_error e;
};

static int type(struct typist *y, const char *line)
{
	struct cli_match m;

	cli_match(&m, y->t, y->at.mode, line);
	if (m.status != CLI_OK)
		return -EBADMSG;
	return conf_line_apply(y->c, &y->at, &m, &normal, true, &y->e);
}

static void test_no_forms(void **state)
{
	static const char *const undo[] = {
		"no monitor event-trace gdoi rekey size",
		"no ntp server 10.1.11.1",
		"no crypto gdoi group ipv6 ip",
		"crypto gdoi group G1",
		"no identity",
		"server local",
		"default rekey acknowledgement",
		"no rekey address ipv4",
		"no rekey algorithm",
		"no rekey lifetime",
		"no rekey retransmit",
		"no rekey authentication",
		"no rekey sig-hash",
		"no rekey transport",
		"no authorization address ipv4",
		"no group size",
		"sa ipsec 1",
		"no profile",
		"no match address ipv4",
		"no replay",
		"no sa ipsec 7",
		"no sa ipsec 9",
		"no address ipv4",
		"no redundancy",
		"no ip access-list standard MEMBERS",
		"ip access-list extended ENCPOL",
		"no 10",
		"no permit ip any any",
		"no ip access-list extended ENCPOL",
		"no crypto ipsec profile gdoi-p",
		"no crypto ipsec profile long",
		"no crypto ipsec transform-set gdoi-ts",
		"no crypto ipsec transform-set gcm",
		"no crypto ipsec transform-set cbc",
		"no crypto isakmp key address 0.0.0.0",
		"no crypto isakmp key other address 10.1.0.0 255.255.0.0",
		"no crypto isakmp key address 10.1.13.2",
		"no crypto isakmp policy 20",
		"no crypto isakmp policy 10",
		"no hostname",
		"default logging console",
		"logging monitor",
		"no logging buffered",
		"crypto gdoi group G1",
		"server local",
		"no sa ipsec 1",
		"no server local",
		"no crypto gdoi group G1",
	};
	struct typist y = {.c = load(ks_full, true), .at = {.mode = MODE_CONFIG}};
	struct err_text e;
	struct text out = {.n = 0};

	(void)state;
	assert_int_equal(cli_table_new(&y.t), 0);
	assert_int_equal(conf_rows_register(y.t, &e), 0);
	for (size_t i = 0; i < GV_ARRAY_SIZE(undo); i++)
		if (type(&y, undo[i]) != 0)
			fail_msg("%s: %s", undo[i], y.e.text.s);
	conf_write(y.c, CONF_SECRETS_KEPT, add_line, &out);
	assert_string_equal(out.s, "service timestamps debug datetime msec\n"
				   "service timestamps log datetime msec\n"
				   "hostname Router\n!\nend\n");
	/* What is not there cannot be removed. */
	assert_int_equal(type(&y, "no crypto gdoi group G1"), -EINVAL);
	assert_int_equal(type(&y, "no crypto isakmp policy 10"), -EINVAL);
	conf_free(y.c);
	cli_table_free(y.t);
}

static void test_removed_place(void **state)
{
	struct typist y = {.c = load(ks_full, true), .at = {.mode = MODE_CONFIG}};
	struct conf_place inside;
	struct err_text e;

	(void)state;
	assert_int_equal(cli_table_new(&y.t), 0);
	assert_int_equal(conf_rows_register(y.t, &e), 0);
	assert_int_equal(type(&y, "crypto gdoi group G1"), 0);
	assert_int_equal(type(&y, "server local"), 0);
	assert_int_equal(type(&y, "sa ipsec 7"), 0);
	assert_int_equal(y.at.mode, MODE_SA);
	inside = y.at;
	assert_int_equal(type(&y, "no crypto gdoi group G1"), 0);
	assert_int_equal(y.at.mode, MODE_CONFIG);
	y.at = inside; /* another session, still inside */
	assert_int_equal(type(&y, "replay time window-size 5"), -EINVAL);
	assert_string_equal(y.e.text.s, "what this mode configures has been removed");
	conf_place_exit(&y.at);
	assert_int_equal(y.at.mode, MODE_SERVER);
	conf_free(y.c);
	cli_table_free(y.t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_flat),
		cmocka_unit_test(test_hidden_secrets), cmocka_unit_test(test_key_find),
		cmocka_unit_test(test_refused),        cmocka_unit_test(test_limits),
		cmocka_unit_test(test_file),           cmocka_unit_test(test_store),
		cmocka_unit_test(test_no_forms),       cmocka_unit_test(test_removed_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
