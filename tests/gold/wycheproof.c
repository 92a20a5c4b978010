/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vectors of Project Wycheproof that concern the control side: HMAC, Diffie-Hellman on the
 * ECP groups, RSA PKCS#1 v1.5 signatures. What they call invalid must be refused. Exit status 77
 * where they are absent.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kex.h"
#include "crypto/rand.h"
#include "crypto/sign.h"
#include "hexarena.h"
#include "shared.h"

static struct gold_arena arena;

struct file {
	const char *name;
	enum prf_hash hash; /* HMAC, RSA */
	uint16_t group;     /* ECDH */
	/* Does a test come out as its "result" says? */
	bool (*check)(const struct file *f, json_t *group, json_t *test);
};

static struct bytes hex(json_t *o, const char *key)
{
	return gold_hex(&arena, json_string_value(json_object_get(o, key)));
}

static bool is_valid(json_t *test)
{
	return strcmp(json_string_value(json_object_get(test, "result")), "valid") == 0;
}

static bool hmac_check(const struct file *f, json_t *group, json_t *test)
{
	size_t tag_len = (size_t)json_integer_value(json_object_get(group, "tagSize")) / 8;
	struct bytes msg = hex(test, "msg"), tag = hex(test, "tag");
	uint8_t out[PRF_MAX];

	if (prf(f->hash, hex(test, "key"), &msg, 1, out) != 0)
		return false;
	return bytes_equal(bytes_of(out, tag_len), tag) == is_valid(test);
}

static size_t private_give(enum rand_use use, uint8_t *out, size_t len, size_t room, void *arg)
{
	const struct bytes *x = arg;

	if (x->len == 0 || x->len > room)
		return 0;
	memcpy(out, x->p, x->len);
	return x->len;
}

/* The octets of a point on our wire: x | y. Other encodings are not for us. */
static bool point_read(json_t *test, uint16_t group, struct bytes *out)
{
	struct bytes p = hex(test, "public");

	if (p.len != kex_public_len(group) + 1 || p.p[0] != 4)
		return false;
	*out = bytes_of(p.p + 1, p.len - 1);
	return true;
}

static bool ecdh_check(const struct file *f, json_t *group, json_t *test)
{
	struct bytes x = hex(test, "private"), want = hex(test, "shared"), peer;
	struct secret *s = NULL;
	struct kex *k;
	bool ok;
	int rc;

	if (!point_read(test, f->group, &peer))
		return true;
	rand_replace_for_tests(private_give, &x);
	rc = kex_new(&k, f->group);
	rand_replace_for_tests(NULL, NULL);
	if (rc != 0)
		return false;
	rc = kex_shared(k, peer, &s);
	ok = is_valid(test) ? rc == 0 && bytes_equal(secret_bytes(s), want) : rc == -EINVAL;
	secret_unref(s);
	kex_free(k);
	return ok;
}

static bool rsa_check(const struct file *f, json_t *group, json_t *test)
{
	struct bytes msg = hex(test, "msg"), sig = hex(test, "sig");
	uint8_t digest[PRF_MAX];
	enum sign_form form;
	struct sign_key *k;

	if (sign_key_from_spki(&k, hex(group, "publicKeyDer")) != 0 ||
	    prf_digest(f->hash, &msg, 1, digest) != 0)
		return false;
	form = sign_check(k, f->hash, digest, sig);
	sign_key_unref(k);
	/* One vector of a file is our bare form, the hash alone: sign_check() must say so. */
	if (strstr(json_string_value(json_object_get(test, "comment")), "00<hash>") != NULL)
		return form == SIGN_BARE_HASH;
	/* "acceptable": a DigestInfo without its NULL, which verifiers may take or refuse. */
	if (strcmp(json_string_value(json_object_get(test, "result")), "acceptable") == 0)
		return form != SIGN_BARE_HASH;
	return form == (is_valid(test) ? SIGN_DIGEST_INFO : SIGN_BAD);
}

static const struct file files[] = {
	{"hmac_sha1_test", PRF_SHA1, 0, hmac_check},
	{"hmac_sha256_test", PRF_SHA256, 0, hmac_check},
	{"hmac_sha384_test", PRF_SHA384, 0, hmac_check},
	{"hmac_sha512_test", PRF_SHA512, 0, hmac_check},
	{"ecdh_secp256r1_ecpoint_test", PRF_SHA1, 19, ecdh_check},
	{"ecdh_secp384r1_ecpoint_test", PRF_SHA1, 20, ecdh_check},
	{"ecdh_secp521r1_ecpoint_test", PRF_SHA1, 21, ecdh_check},
	{"rsa_signature_2048_sha256_test", PRF_SHA256, 0, rsa_check},
	{"rsa_signature_2048_sha512_test", PRF_SHA512, 0, rsa_check},
	{"rsa_signature_3072_sha256_test", PRF_SHA256, 0, rsa_check},
	{"rsa_signature_4096_sha512_test", PRF_SHA512, 0, rsa_check},
};

static unsigned int file_check(const struct file *f, json_t *root)
{
	unsigned int n = 0, failed = 0;
	json_t *group, *test;
	size_t i, k;

	json_array_foreach(json_object_get(root, "testGroups"), i, group)
	{
		json_array_foreach(json_object_get(group, "tests"), k, test)
		{
			arena.used = 0;
			n++;
			if (f->check(f, group, test))
				continue;
			printf("    test %d: %s\n",
			       (int)json_integer_value(json_object_get(test, "tcId")),
			       json_string_value(json_object_get(test, "comment")));
			failed++;
		}
	}
	printf("%-32s %u tests, %u failed\n", f->name, n, failed);
	return failed + (n == 0);
}

int main(void)
{
	char path[4096], name[128];
	unsigned int failed = 0, found = 0;

	for (size_t i = 0; i < GV_ARRAY_SIZE(files); i++) {
		json_t *root;

		snprintf(name, sizeof(name), "reference/vectors/wycheproof/%s.json", files[i].name);
		if (!shared_path(path, sizeof(path), name))
			continue;
		root = json_load_file(path, 0, NULL);
		failed += root == NULL ? 1 : file_check(&files[i], root);
		json_decref(root);
		found++;
	}
	if (found == 0) {
		printf("skipped: no vectors\n");
		return TEST_SKIPPED;
	}
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
