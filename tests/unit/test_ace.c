/* SPDX-License-Identifier: BSD-3-Clause */
/* Access list lines and addresses: text both ways, refusals, what a line matches. */
#include "base/ace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 24

struct words {
	char text[256];
	const char *w[WORDS_MAX];
	unsigned int n;
};

static void split(struct words *ws, const char *line)
{
	char *save = NULL;

	snprintf(ws->text, sizeof(ws->text), "%s", line);
	ws->n = 0;
	for (char *p = strtok_r(ws->text, " ", &save); p != NULL; p = strtok_r(NULL, " ", &save))
		ws->w[ws->n++] = p;
}

static struct ace parse(const char *line)
{
	struct words ws;
	struct err_text e;
	struct ace a = {0};
	unsigned int bad = 0;

	split(&ws, line);
	if (ace_parse(&a, ws.w, ws.n, &bad, &e) < 0)
		fail_msg("%s: word %u: %s", line, bad, e.s);
	return a;
}

static void text_survives_a_round_trip(void **state)
{
	static const char *const lines[] = {
		"deny icmp any any",
		"deny eigrp any any",
		"deny ip any 224.0.0.0 0.255.255.255",
		"deny ip 224.0.0.0 0.255.255.255 any",
		"deny udp any eq 848 any eq 848",
		"permit ip any any",
		"deny tcp any any eq 22",
		"deny tcp any eq 22 any",
		"permit tcp host 10.1.13.2 range 1000 2000 192.168.0.0 0.0.255.255",
		"permit 99 any any",
		"permit ip any any precedence flash-override",
		"permit udp any any dscp 46",
		"permit ip any any tos 4",
		"deny ip any any fragments",
		"permit ip any any log",
	};

	for (size_t i = 0; i < GV_ARRAY_SIZE(lines); i++) {
		struct ace a = parse(lines[i]);

		assert_string_equal(ace_text(&a).s, lines[i]);
	}
}

static void names_mean_their_numbers(void **state)
{
	struct ace a = parse("permit udp any eq isakmp any eq ntp"), b;

	assert_int_equal(a.sport.lo, 500);
	assert_int_equal(a.dport.hi, 123);
	a = parse("permit tcp any gt 1023 any lt 1024");
	b = parse("permit tcp any range 1024 65535 any range 0 1023");
	assert_true(ace_equal(&a, &b));
}

static void gdoi_text_writes_ports_its_way(void **state)
{
	struct ace a = parse("deny udp any eq 848 any eq 848");

	assert_string_equal(ace_text_gdoi(&a).s, "deny udp any port = 848 any port = 848");
}

static void refusals_name_the_word(void **state)
{
	static const struct {
		const char *line;
		unsigned int bad;
		const char *why;
	} bad[] = {
		{"allow ip any any", 0, "permit or deny"},
		{"permit", 1, "incomplete"},
		{"permit foo any any", 1, "not a protocol"},
		{"permit 256 any any", 1, "not a protocol"},
		{"permit ip any", 3, "incomplete"},
		{"permit ip 10.0.0.0 0.0.255.1 any", 3, "holes"},
		{"permit ip 10.0.0 0.0.0.255 any", 2, "not an IPv4 address"},
		{"permit tcp any neq 22 any", 3, "neq"},
		{"permit tcp any eq 70000 any", 4, "not a port"},
		{"permit tcp any range 9 3 any", 6, "empty port range"},
		{"permit tcp any gt 65535 any", 5, "empty port range"},
		{"permit ip any any eq 22", 4, "unknown word"},
		{"permit ip any any precedence 8", 5, "value"},
		{"permit ip any any bogus", 4, "unknown word"},
	};

	for (size_t i = 0; i < GV_ARRAY_SIZE(bad); i++) {
		struct words ws;
		struct err_text e;
		struct ace a = {.seq = 77};
		unsigned int at = 99;

		split(&ws, bad[i].line);
		if (ace_parse(&a, ws.w, ws.n, &at, &e) != -EINVAL)
			fail_msg("taken: %s", bad[i].line);
		if (at != bad[i].bad || strstr(e.s, bad[i].why) == NULL)
			fail_msg("%s: word %u, %s", bad[i].line, at, e.s);
		assert_int_equal(a.seq, 77);
	}
}

static struct ace_key key(const char *src, const char *dst, uint8_t proto, int sport, int dport)
{
	struct ace_key k = {.proto = proto};

	assert_int_equal(addr_parse(&k.src, src), 0);
	assert_int_equal(addr_parse(&k.dst, dst), 0);
	k.has_ports = sport >= 0;
	k.sport = (uint16_t)sport;
	k.dport = (uint16_t)dport;
	return k;
}

static void a_line_matches_what_it_says(void **state)
{
	struct ace a = parse("permit tcp 10.0.0.0 0.255.255.255 any eq 22");
	struct ace_key k = key("10.9.9.9", "1.2.3.4", 6, 40000, 22);

	assert_true(ace_match(&a, &k));
	k.dport = 23;
	assert_false(ace_match(&a, &k));
	k = key("11.0.0.1", "1.2.3.4", 6, 40000, 22);
	assert_false(ace_match(&a, &k));
	k = key("10.0.0.1", "1.2.3.4", 17, 40000, 22);
	assert_false(ace_match(&a, &k));
	k = key("10.0.0.1", "::1", 6, 40000, 22);
	assert_false(ace_match(&a, &k));
}

static void a_later_fragment_has_no_ports(void **state)
{
	struct ace permit = parse("permit tcp any any eq 22"),
		   deny = parse("deny tcp any any eq 22");
	struct ace plain = parse("deny tcp any any"), frag = parse("deny ip any any fragments");
	struct ace_key k = key("10.0.0.1", "10.0.0.2", 6, -1, 0);

	k.later_fragment = true;
	assert_true(ace_match(&permit, &k));
	assert_false(ace_match(&deny, &k));
	assert_true(ace_match(&plain, &k));
	assert_true(ace_match(&frag, &k));
	k.later_fragment = false;
	k.has_ports = true;
	assert_false(ace_match(&frag, &k));
}

static void tos_is_compared_under_its_mask(void **state)
{
	struct ace a = parse("permit ip any any precedence flash-override");
	struct ace_key k = key("10.0.0.1", "10.0.0.2", 1, -1, 0);

	k.tos = 136;
	assert_true(ace_match(&a, &k));
	k.tos = 0x68;
	assert_false(ace_match(&a, &k));
}

static void prefixes_and_masks(void **state)
{
	struct addr a, b;
	struct prefix p;

	assert_int_equal(addr_parse(&a, "192.168.13.77"), 0);
	p = prefix_of(&a, 24);
	assert_string_equal(prefix_text(&p).s, "192.168.13.0/24");
	assert_true(prefix_has(&p, &a));
	assert_int_equal(addr_parse(&b, "192.168.14.1"), 0);
	assert_false(prefix_has(&p, &b));
	p = prefix_of(&a, 27);
	assert_string_equal(prefix_text(&p).s, "192.168.13.64/27");
	p = prefix_of(&a, 0);
	assert_true(prefix_has(&p, &b));
	assert_int_equal(prefix_len_of_mask(0xfffffffc), 30);
	assert_int_equal(prefix_len_of_mask(0), 0);
	assert_int_equal(prefix_len_of_mask(0xffffffff), 32);
	assert_int_equal(prefix_len_of_mask(0xff00ff00), -EINVAL);
	assert_int_equal(prefix_len_of_mask(0x00ffffff), -EINVAL);
	assert_int_equal(addr_parse(&a, "1.2.3"), -EINVAL);
	assert_int_equal(addr_parse(&a, "2001:db8::1"), 0);
	assert_string_equal(addr_text(&a).s, "2001:db8::1");
}

static void endpoints_survive_the_socket_form(void **state)
{
	struct endpoint e = {.addr = addr_v4(0x0a010d02), .port = 848}, back;
	struct sockaddr_storage ss;

	assert_int_equal(endpoint_to_sockaddr(&e, &ss), sizeof(struct sockaddr_in));
	assert_int_equal(endpoint_from_sockaddr(&back, &ss), 0);
	assert_true(endpoint_equal(&e, &back));
	assert_string_equal(endpoint_text(&back).s, "10.1.13.2:848");
	ss.ss_family = AF_UNIX;
	assert_int_equal(endpoint_from_sockaddr(&back, &ss), -EAFNOSUPPORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_survives_a_round_trip),
		cmocka_unit_test(names_mean_their_numbers),
		cmocka_unit_test(gdoi_text_writes_ports_its_way),
		cmocka_unit_test(refusals_name_the_word),
		cmocka_unit_test(a_line_matches_what_it_says),
		cmocka_unit_test(a_later_fragment_has_no_ports),
		cmocka_unit_test(tos_is_compared_under_its_mask),
		cmocka_unit_test(prefixes_and_masks),
		cmocka_unit_test(endpoints_survive_the_socket_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
