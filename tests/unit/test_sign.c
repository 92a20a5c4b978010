/* SPDX-License-Identifier: BSD-3-Clause */
/* RSA signatures in both forms, keys in and out, and the store of key pairs. */
#include "crypto/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/keystore.h"

static struct sign_key *key1024, *key2048;

static int keys_make(void **state)
{
	return sign_key_generate(&key1024, 1024) == 0 && sign_key_generate(&key2048, 2048) == 0
		       ? 0
		       : -1;
}

static int keys_free(void **state)
{
	sign_key_unref(key1024);
	sign_key_unref(key2048);
	return 0;
}

/* ---- signatures ------------------------------------------------------------------------- */

static void both_forms_are_told_apart(void **state)
{
	static const enum prf_hash hashes[] = {PRF_MD5, PRF_SHA1, PRF_SHA256, PRF_SHA384,
					       PRF_SHA512};
	static const enum sign_form forms[] = {SIGN_BARE_HASH, SIGN_DIGEST_INFO};
	struct sign_key *const keys[] = {key1024, key2048};

	for (size_t i = 0; i < 2 * GV_ARRAY_SIZE(hashes) * 2; i++) {
		const struct sign_key *k = keys[i % 2];
		enum sign_form form = forms[i / 2 % 2];
		enum prf_hash hash = hashes[i / 4];
		uint8_t digest[PRF_MAX], sig[SIGN_LEN_MAX];
		size_t len = sizeof(sig);

		memset(digest, (int)i + 1, sizeof(digest));
		assert_int_equal(sign_make(k, hash, form, digest, sig, &len), 0);
		assert_int_equal(len, sign_len(k));
		assert_int_equal(sign_check(k, hash, digest, bytes_of(sig, len)), form);
		digest[prf_len(hash) - 1] ^= 1;
		assert_int_equal(sign_check(k, hash, digest, bytes_of(sig, len)), SIGN_BAD);
		digest[prf_len(hash) - 1] ^= 1;
		sig[len / 2] ^= 1;
		assert_int_equal(sign_check(k, hash, digest, bytes_of(sig, len)), SIGN_BAD);
	}
}

static void a_signature_belongs_to_key_hash_and_length(void **state)
{
	uint8_t digest[PRF_MAX] = {1}, sig[SIGN_LEN_MAX];
	size_t len = sizeof(sig), small = 100;

	assert_int_equal(sign_make(key2048, PRF_SHA256, SIGN_DIGEST_INFO, digest, sig, &len), 0);
	assert_int_equal(sign_check(key1024, PRF_SHA256, digest, bytes_of(sig, len)), SIGN_BAD);
	assert_int_equal(sign_check(key2048, PRF_SHA512, digest, bytes_of(sig, len)), SIGN_BAD);
	assert_int_equal(sign_check(key2048, PRF_SHA1, digest, bytes_of(sig, len)), SIGN_BAD);
	assert_int_equal(sign_check(key2048, PRF_SHA256, digest, bytes_of(sig, len - 1)), SIGN_BAD);
	assert_int_equal(sign_check(key2048, PRF_SHA256, digest, bytes_of(sig, 0)), SIGN_BAD);
	assert_int_equal(sign_make(key2048, PRF_SHA256, SIGN_DIGEST_INFO, digest, sig, &small),
			 -EINVAL);
}

/* A bare hash of 20 octets is not the end of a longer one: the whole padding is looked at. */
static void forms_of_other_hashes_do_not_pass(void **state)
{
	static const uint8_t prefix[] = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
					 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};
	uint8_t digest[PRF_MAX] = {0}, sig[SIGN_LEN_MAX];
	size_t len = sizeof(sig);

	/* The first 32 octets of a SHA-1 DigestInfo, signed as a bare SHA-256 hash. */
	memcpy(digest, prefix, sizeof(prefix));
	assert_int_equal(sign_make(key2048, PRF_SHA256, SIGN_BARE_HASH, digest, sig, &len), 0);
	assert_int_equal(sign_check(key2048, PRF_SHA256, digest, bytes_of(sig, len)),
			 SIGN_BARE_HASH);
	assert_int_equal(sign_check(key2048, PRF_SHA1, digest + sizeof(prefix), bytes_of(sig, len)),
			 SIGN_BAD);
}

/* ---- keys ------------------------------------------------------------------------------- */

static void a_public_key_travels_as_spki(void **state)
{
	uint8_t digest[PRF_MAX] = {7}, sig[SIGN_LEN_MAX];
	size_t len = sizeof(sig);
	struct sign_key *public;
	struct secret *der;

	assert_int_equal(sign_key_to_spki(key1024, &der), 0);
	assert_int_equal(der->len, 162);
	secret_unref(der);
	assert_int_equal(sign_key_to_spki(key2048, &der), 0);
	assert_int_equal(der->len, 294);
	assert_int_equal(sign_key_from_spki(&public, secret_bytes(der)), 0);
	assert_int_equal(sign_key_bits(public), 2048);
	assert_false(sign_key_is_private(public));
	assert_int_equal(sign_make(public, PRF_SHA256, SIGN_DIGEST_INFO, digest, sig, &len),
			 -ENOKEY);
	assert_int_equal(sign_make(key2048, PRF_SHA256, SIGN_DIGEST_INFO, digest, sig, &len), 0);
	assert_int_equal(sign_check(public, PRF_SHA256, digest, bytes_of(sig, len)),
			 SIGN_DIGEST_INFO);
	sign_key_unref(public);
	for (size_t cut = 0; cut < der->len; cut++)
		assert_int_equal(sign_key_from_spki(&public, bytes_of(der->bytes, cut)), -EINVAL);
	secret_unref(der);
}

static void an_spki_ends_where_it_says(void **state)
{
	struct sign_key *public;
	struct secret *der;
	uint8_t longer[300];

	assert_int_equal(sign_key_to_spki(key2048, &der), 0);
	memcpy(longer, der->bytes, der->len);
	longer[der->len] = 0;
	assert_int_equal(sign_key_from_spki(&public, bytes_of(longer, der->len + 1)), -EINVAL);
	secret_unref(der);
}

static void a_private_key_travels_as_pem(void **state)
{
	struct sign_key *again;
	struct secret *clear, *locked, *a, *b;
	struct err_text e;

	assert_int_equal(sign_key_to_pem(key2048, NULL, &clear), 0);
	assert_int_equal(sign_key_to_pem(key2048, "open sesame", &locked), 0);
	assert_non_null(memmem(locked->bytes, locked->len, "ENCRYPTED", 9));
	assert_int_equal(sign_key_from_pem(&again, secret_bytes(locked), "open sesame", &e), 0);
	assert_true(sign_key_is_private(again));
	assert_int_equal(sign_key_to_spki(again, &a), 0);
	assert_int_equal(sign_key_to_spki(key2048, &b), 0);
	assert_true(secret_equal(a, b));
	secret_unref(a);
	secret_unref(b);
	sign_key_unref(again);
	assert_int_equal(sign_key_from_pem(&again, secret_bytes(locked), "wrong", &e), -EINVAL);
	assert_int_equal(sign_key_from_pem(&again, secret_bytes(locked), NULL, &e), -EINVAL);
	assert_int_equal(sign_key_from_pem(&again, bytes_of("nonsense", 8), NULL, &e), -EINVAL);
	assert_int_equal(
		sign_key_from_pem(&again, bytes_of(clear->bytes, clear->len / 2), NULL, &e),
		-EINVAL);
	secret_unref(clear);
	secret_unref(locked);
}

static void sizes_have_limits(void **state)
{
	struct sign_key *k;

	assert_int_equal(sign_key_generate(&k, 512), -EINVAL);
	assert_int_equal(sign_key_generate(&k, 16384), -EINVAL);
}

/* ---- key store -------------------------------------------------------------------------- */

struct store {
	char top[64], dir[80];
};

static void store_make(struct store *s)
{
	snprintf(s->top, sizeof(s->top), "/tmp/gvt-keystore-XXXXXX");
	assert_non_null(mkdtemp(s->top));
	snprintf(s->dir, sizeof(s->dir), "%s/keys", s->top);
}

static void file_path(char out[160], const struct store *s, const char *name)
{
	snprintf(out, 160, "%s/%s", s->dir, name);
}

static void store_remove(const struct store *s, const char *const *names)
{
	char path[160];

	for (; *names != NULL; names++) {
		file_path(path, s, *names);
		unlink(path);
	}
	assert_int_equal(rmdir(s->dir), 0); /* nothing else was left there */
	assert_int_equal(rmdir(s->top), 0);
}

struct listing {
	char text[128];
};

static void list_add(const struct keystore_row *row, void *arg)
{
	struct listing *l = arg;
	size_t n = strlen(l->text);

	snprintf(l->text + n, sizeof(l->text) - n, "%s %u%s;", row->label, sign_key_bits(row->key),
		 row->exportable ? " exportable" : "");
}

static void pairs_survive_a_restart(void **state)
{
	static const char *const files[] = {"get.pem", NULL};
	struct listing before = {""}, after = {""};
	struct keystore *ks;
	struct err_text e;
	struct secret *a, *b;
	struct store s;
	struct stat st;
	char path[160];

	store_make(&s);
	assert_int_equal(keystore_open(&ks, s.dir, &e), 0);
	assert_null(keystore_find(ks, "get"));
	assert_int_equal(keystore_generate(ks, "get", 2048, true, &e), 0);
	assert_int_equal(keystore_generate(ks, "b-2", 1024, false, &e), 0);
	keystore_each(ks, list_add, &before);
	assert_string_equal(before.text, "b-2 1024;get 2048 exportable;");
	assert_int_equal(sign_key_to_spki(keystore_find(ks, "get"), &a), 0);
	keystore_close(ks);
	file_path(path, &s, "get.pem");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	assert_int_equal(keystore_open(&ks, s.dir, &e), 0);
	keystore_each(ks, list_add, &after);
	assert_string_equal(after.text, before.text);
	assert_int_equal(sign_key_to_spki(keystore_find(ks, "get"), &b), 0);
	assert_true(secret_equal(a, b));
	secret_unref(a);
	secret_unref(b);
	assert_int_equal(keystore_remove(ks, "b-2", &e), 0);
	assert_int_equal(keystore_remove(ks, "b-2", &e), -ENOENT);
	keystore_close(ks);
	store_remove(&s, files);
}

static void only_exportable_pairs_leave(void **state)
{
	static const char *const files[] = {"a.pem", "b.pem", "c.pem", NULL};
	struct keystore *ks;
	struct err_text e;
	struct secret *pem, *x, *y;
	struct store s;

	store_make(&s);
	assert_int_equal(keystore_open(&ks, s.dir, &e), 0);
	assert_int_equal(keystore_generate(ks, "a", 1024, true, &e), 0);
	assert_int_equal(keystore_generate(ks, "b", 1024, false, &e), 0);
	assert_int_equal(keystore_export(ks, "b", "cisco123", &pem, &e), -EACCES);
	assert_int_equal(keystore_export(ks, "none", "cisco123", &pem, &e), -ENOENT);
	assert_int_equal(keystore_export(ks, "a", "", &pem, &e), -EINVAL);
	assert_int_equal(keystore_export(ks, "a", "cisco123", &pem, &e), 0);
	assert_int_equal(keystore_import(ks, "c", secret_bytes(pem), "wrong", true, &e), -EINVAL);
	assert_null(keystore_find(ks, "c"));
	assert_int_equal(keystore_import(ks, "c", secret_bytes(pem), "cisco123", false, &e), 0);
	assert_int_equal(sign_key_to_spki(keystore_find(ks, "a"), &x), 0);
	assert_int_equal(sign_key_to_spki(keystore_find(ks, "c"), &y), 0);
	assert_true(secret_equal(x, y));
	secret_unref(x);
	secret_unref(y);
	secret_unref(pem);
	keystore_close(ks);
	store_remove(&s, files);
}

static void labels_are_no_paths(void **state)
{
	static const char *const bad[] = {
		"",
		".",
		"../x",
		"a/b",
		"a b",
		".hidden",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	static const char *const files[] = {NULL};
	struct keystore *ks;
	struct err_text e;
	struct store s;

	store_make(&s);
	assert_int_equal(keystore_open(&ks, s.dir, &e), 0);
	for (size_t i = 0; i < GV_ARRAY_SIZE(bad); i++)
		assert_int_equal(keystore_generate(ks, bad[i], 1024, false, &e), -EINVAL);
	keystore_close(ks);
	store_remove(&s, files);
}

static void files_open_to_others_are_refused(void **state)
{
	static const char *const files[] = {"a.pem", "link.pem", NULL};
	struct keystore *ks;
	struct err_text e;
	struct store s;
	char path[160], link[160];

	store_make(&s);
	assert_int_equal(keystore_open(&ks, s.dir, &e), 0);
	assert_int_equal(keystore_generate(ks, "a", 1024, false, &e), 0);
	keystore_close(ks);
	file_path(path, &s, "a.pem");
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(keystore_open(&ks, s.dir, &e), -EPERM);
	assert_non_null(strstr(e.s, "a.pem"));
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod(s.dir, 0755), 0);
	assert_int_equal(keystore_open(&ks, s.dir, &e), -EPERM);
	assert_int_equal(chmod(s.dir, 0700), 0);
	file_path(link, &s, "link.pem");
	assert_int_equal(symlink("a.pem", link), 0);
	assert_int_equal(keystore_open(&ks, s.dir, &e), -ELOOP);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(keystore_open(&ks, s.dir, &e), -EINVAL);
	store_remove(&s, files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_are_told_apart),
		cmocka_unit_test(a_signature_belongs_to_key_hash_and_length),
		cmocka_unit_test(forms_of_other_hashes_do_not_pass),
		cmocka_unit_test(a_public_key_travels_as_spki),
		cmocka_unit_test(an_spki_ends_where_it_says),
		cmocka_unit_test(a_private_key_travels_as_pem),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(pairs_survive_a_restart),
		cmocka_unit_test(only_exportable_pairs_leave),
		cmocka_unit_test(labels_are_no_paths),
		cmocka_unit_test(files_open_to_others_are_refused),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
