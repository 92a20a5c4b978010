/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Recorded sessions of an independent GDOI implementation against this tree. For every NAME.pcap
 * with a NAME.json beside it in the folder $GOLD_GDOID: every datagram is decrypted, decoded,
 * encoded and encrypted again to the same octets; every key, hash and signature is derived from
 * the secrets in the description and compared with it. Then every datagram in turn gets one bit
 * turned over, and the session must no longer be accepted.
 *
 * Exit status 77 (skipped) when the folder is absent or empty.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "pcap.h"
#include "shared.h"

struct capture {
	unsigned int n;
	struct bytes msgs[GOLD_MESSAGES_MAX];
	uint8_t octets[1024 * 1024];
};

static int capture_read(struct capture *c, const char *path, struct err_text *e)
{
	struct pcap_datagram d;
	struct pcap p;
	size_t used = 0;
	int rc = pcap_open(&p, path, e);

	if (rc != 0)
		return rc;
	c->n = 0;
	while ((rc = pcap_next(&p, &d, e)) == 1) {
		if (d.payload.len < ISAKMP_HDR_LEN)
			continue;
		if (c->n == GOLD_MESSAGES_MAX || d.payload.len > sizeof(c->octets) - used) {
			rc = err_set(e, -E2BIG, "capture too large");
			break;
		}
		memcpy(c->octets + used, d.payload.p, d.payload.len);
		c->msgs[c->n++] = bytes_of(c->octets + used, d.payload.len);
		used += d.payload.len;
	}
	pcap_close(&p);
	return rc;
}

static int session_run(const struct capture *c, json_t *root, const struct gold_secrets *secrets,
		       struct gold_counts *counts, struct err_text *e)
{
	static struct gold_session s;
	struct gold_step st;
	struct err_text why;
	int rc = 0;

	gold_session_init(&s, secrets);
	for (unsigned int i = 0; i < c->n && rc == 0; i++) {
		why.s[0] = '\0';
		rc = gold_session_feed(&s, c->msgs[i], &st, &why);
		if (rc == 0)
			rc = expect_step(root, i, &st, &why);
		if (rc != 0)
			(void)err_set(e, rc, "message %u: %s", i, why.s);
	}
	if (rc == 0)
		rc = expect_session(root, &s, e);
	*counts = s.counts;
	gold_session_clear(&s);
	return rc;
}

/* One bit of each datagram in turn; how many of these sessions were accepted all the same. */
static unsigned int damage_run(struct capture *c, json_t *root, const struct gold_secrets *secrets)
{
	struct gold_counts counts;
	struct err_text e;
	unsigned int missed = 0;

	for (unsigned int i = 0; i < c->n; i++) {
		uint8_t *p = c->octets + (c->msgs[i].p - c->octets);
		size_t bit = (i * 2654435761u) % (c->msgs[i].len * 8);

		p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		if (session_run(c, root, secrets, &counts, &e) == 0) {
			printf("    message %u: bit %zu turned over, not noticed\n", i, bit);
			missed++;
		}
		p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	return missed;
}

static int capture_check(const char *dir, const char *name, struct err_text *e)
{
	static struct capture c;
	static struct gold_arena arena;
	struct gold_secrets secrets = {0};
	struct gold_counts n;
	char path[8192];
	json_t *root;
	int rc;

	snprintf(path, sizeof(path), "%s/%s.json", dir, name);
	root = json_load_file(path, 0, NULL);
	if (root == NULL)
		return err_set(e, -EINVAL, "%s: not JSON", path);
	snprintf(path, sizeof(path), "%s/%s.pcap", dir, name);
	arena.used = 0;
	rc = capture_read(&c, path, e);
	if (rc == 0)
		rc = expect_secrets(root, &arena, &secrets, e);
	if (rc == 0)
		rc = session_run(&c, root, &secrets, &n, e);
	if (rc == 0 && damage_run(&c, root, &secrets) > 0)
		rc = err_set(e, -EILSEQ, "damage was not noticed");
	if (rc == 0)
		printf("%-30s ok    %u messages (%u encrypted), %u payloads, %u keys, %u hashes, "
		       "%u signatures\n",
		       name, n.messages, n.encrypted, n.payloads, n.keys, n.hashes, n.signatures);
	expect_secrets_clear(&secrets);
	json_decref(root);
	return rc;
}

static int pcap_filter(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 5 && len < 256 && strcmp(d->d_name + len - 5, ".pcap") == 0;
}

int main(void)
{
	char dir[4096];
	struct dirent **files;
	unsigned int failed = 0;
	int n;

	if (!shared_gold_gdoid(dir, sizeof(dir)) ||
	    (n = scandir(dir, &files, pcap_filter, alphasort)) <= 0) {
		printf("skipped: no captures in %s\n", dir);
		return TEST_SKIPPED;
	}
	for (int i = 0; i < n; i++) {
		char name[256];
		struct err_text e = {"?"};

		snprintf(name, sizeof(name), "%.*s", (int)strlen(files[i]->d_name) - 5,
			 files[i]->d_name);
		if (capture_check(dir, name, &e) != 0) {
			printf("%-30s FAIL  %s\n", name, e.s);
			failed++;
		}
		free(files[i]);
	}
	free(files);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
