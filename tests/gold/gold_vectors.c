/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Three sessions of the same implementation that are known from its published logs: a whole
 * registration, a pull with a KEK, and a push under that KEK. The octets stand in a document of
 * the shared folder, which this program reads: sections "### 7.1" to "### 7.3", hexadecimal in
 * code blocks and tables. Exit status 77 where the document is absent.
 */
#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "shared.h"

static char doc[512 * 1024];
static uint8_t octets[64 * 1024];
static size_t n_octets;

/* ---- the document ----------------------------------------------------------------------- */

/* Heading and text; NULL when there is none. */
static const char *section(const char *number)
{
	char head[32];
	const char *at;

	snprintf(head, sizeof(head), "\n### %s ", number);
	at = strstr(doc, head);
	return at == NULL ? NULL : at + 1;
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* The octets written from p on; stops at what is neither a digit nor a line end. */
static struct bytes hex_run(const char *p, const char **end)
{
	uint8_t *out = octets + n_octets;
	size_t n = 0;

	while (isxdigit((unsigned char)*p) || (*p == '\n' && n % 2 == 0)) {
		if (*p != '\n') {
			uint8_t *b = &out[n / 2];

			*b = (uint8_t)((n % 2 ? *b << 4 : 0) | digit(*p));
			n++;
		}
		p++;
	}
	n_octets += n / 2;
	if (end != NULL)
		*end = p;
	return bytes_of(out, n / 2);
}

/* Code block number i of a section. */
static struct bytes block(const char *from, unsigned int i)
{
	for (;;) {
		from = strstr(from, "\n```\n");
		if (from == NULL)
			return (struct bytes){0};
		from += 5;
		if (i == 0)
			return hex_run(from, NULL);
		i--;
		from = strstr(from, "\n```\n");
		if (from == NULL)
			return (struct bytes){0};
		from += 4;
	}
}

/* The first hexadecimal word of at least 8 digits after `label`. */
static struct bytes word_after(const char *from, const char *label)
{
	const char *p = strstr(from, label);

	if (p == NULL)
		return (struct bytes){0};
	for (p += strlen(label); *p != '\0'; p++) {
		if (strspn(p, "0123456789abcdef") >= 8)
			return hex_run(p, NULL);
	}
	return (struct bytes){0};
}

/* ---- checks ----------------------------------------------------------------------------- */

static unsigned int failures;

static void check(bool ok, const char *what, const char *why)
{
	if (!ok) {
		printf("    FAIL %s: %s\n", what, why);
		failures++;
	}
}

static void check_value(const char *from, const char *label, struct bytes found)
{
	check(bytes_equal(word_after(from, label), found), label, "differs");
}

/* "> 1" or "< 2" on a line of its own, then the datagram. */
static unsigned int datagrams(const char *from, struct bytes *out, unsigned int max)
{
	unsigned int n = 0;
	const char *p = from;

	while (n < max) {
		char mark[2][8];

		snprintf(mark[0], sizeof(mark[0]), "\n> %u\n", n + 1);
		snprintf(mark[1], sizeof(mark[1]), "\n< %u\n", n + 1);
		p = strstr(from, mark[0]);
		if (p == NULL)
			p = strstr(from, mark[1]);
		if (p == NULL)
			break;
		out[n++] = hex_run(p + strlen(mark[0]), NULL);
	}
	return n;
}

static void session_check(const char *from)
{
	static struct gold_session s;
	const struct gold_secrets secrets = {
		.psk = bytes_of("mekmitasdigoat", 14),
		.gxy = word_after(from, "| g^xy (128) |"),
	};
	struct bytes msgs[10];
	struct gold_step st;
	struct err_text e = {"?"};

	check(datagrams(from, msgs, 10) == 10, "7.1", "datagrams not found");
	gold_session_init(&s, &secrets);
	for (unsigned int i = 0; i < 10 && failures == 0; i++)
		check(gold_session_feed(&s, msgs[i], &st, &e) == 0, "7.1", e.s);
	if (failures == 0) {
		check_value(from, "| SKEYID |", secret_bytes(s.k.skeyid));
		check_value(from, "| SKEYID_d |", secret_bytes(s.k.d));
		check_value(from, "| SKEYID_a |", secret_bytes(s.k.a));
		check_value(from, "| SKEYID_e |", secret_bytes(s.k.e));
		check_value(from, "| 3DES key |", secret_bytes(s.key));
		check_value(from, "| phase 1 IV0 |", bytes_of(s.iv0, 8));
		check_value(from, "| HASH_I / HASH_R |", bytes_of(s.hash_i, 20));
		check_value(from, "| HASH(1) |", bytes_of(s.exchanges[0].hash[0], 20));
		check_value(from, "| HASH(2) |", bytes_of(s.exchanges[0].hash[1], 20));
		check_value(from, "| HASH(3) |", bytes_of(s.exchanges[0].hash[2], 20));
		check_value(from, "| HASH(4) |", bytes_of(s.exchanges[0].hash[3], 20));
		check(s.n_teks == 2, "7.1", "not two TEKs");
		printf("registration        %u messages, %u payloads, %u hashes\n",
		       s.counts.messages, s.counts.payloads, s.counts.hashes);
	}
	gold_session_clear(&s);
}

/* The pull that brings the KEK, then the push under it. */
static void rekey_check(const char *pull, const char *push)
{
	static struct gold_session s;
	const struct gold_secrets secrets = {0};
	struct bytes ska = word_after(pull, "SKEYID_a ");
	struct bytes mid = word_after(pull, "M-ID ");
	struct gold_exchange x = {.ni = word_after(pull, "\nNi ")};
	struct bytes datagram = block(push, 0);
	struct gold_step st = {0};
	struct err_text e = {"?"};

	check(ska.len == 20 && mid.len == 4 && x.ni.len == 16, "7.2", "inputs not found");
	if (failures > 0)
		return;
	x.mid = get_be32(mid.p);
	gold_session_init(&s, &secrets);
	s.hash = PRF_SHA1;
	s.k.a = secret_new(ska.p, ska.len);
	check(gold_check_pull(&s, &x, 2, block(pull, 0), &st, &e) == 0, "7.2", e.s);
	check(bytes_equal(x.nr, word_after(pull, ", Nr ")), "7.2", "Nr differs");
	check(gold_check_pull(&s, &x, 4, block(pull, 1), &st, &e) == 0, "7.2", e.s);
	check(s.n_keks == 1 && s.n_teks == 2, "7.2", "not a KEK and two TEKs");
	if (failures == 0)
		check(isakmp_hdr_get(&st.hdr, datagram) == 0, "7.3", "ISAKMP header");
	if (failures == 0)
		check(gold_check_push(&s, datagram, &st, &e) == 0, "7.3", e.s);
	check(st.form == SIGN_BARE_HASH && st.hashed_length == 0x190, "7.3", "signature form");
	check_value(push, "240 octets) = `", bytes_of(st.hash, st.hash_len));
	if (failures == 0)
		printf("pull with KEK, push %u payloads, %u hashes, %u signature\n",
		       s.counts.payloads, s.counts.hashes, s.counts.signatures);
	gold_session_clear(&s);
}

/* Does the heading announce a pull? */
static bool is_session(const char *from)
{
	const char *pull = from == NULL ? NULL : strstr(from, "GROUPKEY-PULL");

	return pull != NULL && memchr(from, '\n', (size_t)(pull - from)) == NULL;
}

/* The document among those of the folder that has the sections. */
static bool doc_read(void)
{
	char pattern[4096];
	bool found = false;
	glob_t g;

	(void)shared_path(pattern, sizeof(pattern), "reference/*.md");
	if (glob(pattern, 0, NULL, &g) != 0)
		return false;
	for (size_t i = 0; i < g.gl_pathc && !found; i++) {
		FILE *f = fopen(g.gl_pathv[i], "r");
		size_t n = f == NULL ? 0 : fread(doc, 1, sizeof(doc) - 1, f);

		if (f != NULL)
			fclose(f);
		doc[n] = '\0';
		found = is_session(section("7.1"));
	}
	globfree(&g);
	return found;
}

int main(void)
{
	const char *s1, *s2, *s3;

	if (!doc_read()) {
		printf("skipped: no document with the sessions\n");
		return TEST_SKIPPED;
	}
	s1 = section("7.1");
	s2 = section("7.2");
	s3 = section("7.3");
	if (s2 == NULL || s3 == NULL) {
		printf("FAIL: sections not found\n");
		return EXIT_FAILURE;
	}
	session_check(s1);
	rekey_check(s2, s3);
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
