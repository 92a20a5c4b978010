/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of RSA key pairs and the directory it lives in. A file is LABEL.pem: a PKCS#8 key
 * in PEM, preceded by a line that says whether the pair may be exported (PEM readers pass over
 * text before the key).
 */
#include "crypto/keystore.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/keyfile.h"

#define SUFFIX          ".pem"
#define FILE_NAME_MAX   (KEYSTORE_LABEL_MAX + sizeof(SUFFIX))
#define MARK_EXPORTABLE "exportable: yes\n"
#define MARK_PRIVATE    "exportable: no\n"

struct entry {
	char label[KEYSTORE_LABEL_MAX];
	struct sign_key *key;
	bool exportable;
};

struct keystore {
	int dirfd;
	unsigned int n;
	struct entry e[KEYSTORE_KEYS_MAX]; /* by label */
};

/* Labels become file names. */
static bool label_valid(const char *label)
{
	size_t len = strlen(label);

	if (len == 0 || len >= KEYSTORE_LABEL_MAX || label[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)label[i]) && strchr("._-", label[i]) == NULL)
			return false;
	}
	return true;
}

static void file_name(char out[FILE_NAME_MAX], const char *label)
{
	snprintf(out, FILE_NAME_MAX, "%s%s", label, SUFFIX);
}

/* Where label is, or where it belongs. */
static unsigned int slot_find(const struct keystore *ks, const char *label, bool *found)
{
	unsigned int i = 0;
	int cmp = -1;

	while (i < ks->n && (cmp = strcmp(ks->e[i].label, label)) < 0)
		i++;
	*found = i < ks->n && cmp == 0;
	return i;
}

/* Takes the reference to key over. The table has room. */
static void slot_set(struct keystore *ks, const char *label, struct sign_key *key, bool exportable)
{
	bool found;
	unsigned int i = slot_find(ks, label, &found);

	if (found) {
		sign_key_unref(ks->e[i].key);
	} else {
		memmove(&ks->e[i + 1], &ks->e[i], (ks->n - i) * sizeof(ks->e[0]));
		ks->n++;
	}
	snprintf(ks->e[i].label, sizeof(ks->e[i].label), "%s", label);
	ks->e[i].key = key;
	ks->e[i].exportable = exportable;
}

/* ---- files ------------------------------------------------------------------------------ */

static int pair_load(struct keystore *ks, const char *label, struct err_text *e)
{
	char name[FILE_NAME_MAX];
	struct secret *pem;
	struct sign_key *key;
	bool exportable;
	int rc;

	file_name(name, label);
	rc = keyfile_read(ks->dirfd, name, &pem, e);
	if (rc != 0)
		return rc;
	exportable = pem->len >= strlen(MARK_EXPORTABLE) &&
		     memcmp(pem->bytes, MARK_EXPORTABLE, strlen(MARK_EXPORTABLE)) == 0;
	rc = sign_key_from_pem(&key, secret_bytes(pem), NULL, NULL);
	secret_unref(pem);
	if (rc != 0)
		return err_set(e, rc, "%s: not an RSA private key in PEM", name);
	slot_set(ks, label, key, exportable);
	return 0;
}

/* The label a file name stands for; false for other files. */
static bool label_of(const char *name, char label[KEYSTORE_LABEL_MAX])
{
	size_t len = strlen(name), suffix = strlen(SUFFIX);

	if (len <= suffix || len - suffix >= KEYSTORE_LABEL_MAX ||
	    strcmp(name + len - suffix, SUFFIX) != 0)
		return false;
	memcpy(label, name, len - suffix);
	label[len - suffix] = '\0';
	return label_valid(label);
}

static int dir_load(struct keystore *ks, DIR *dir, struct err_text *e)
{
	char label[KEYSTORE_LABEL_MAX];
	struct dirent *d;
	int rc = 0;

	while (rc == 0 && (d = readdir(dir)) != NULL) {
		if (!label_of(d->d_name, label))
			continue;
		if (ks->n == KEYSTORE_KEYS_MAX)
			return err_set(e, -E2BIG, "more than %d key pairs", KEYSTORE_KEYS_MAX);
		rc = pair_load(ks, label, e);
	}
	return rc;
}

int keystore_open(struct keystore **out, const char *dir, struct err_text *e)
{
	struct keystore *ks = calloc(1, sizeof(*ks));
	DIR *d;
	int rc, fd;

	if (ks == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	ks->dirfd = keyfile_dir_open(dir, e);
	if (ks->dirfd < 0) {
		rc = ks->dirfd;
		free(ks);
		return rc;
	}
	fd = dup(ks->dirfd);
	d = fd < 0 ? NULL : fdopendir(fd);
	rc = d == NULL ? err_set(e, -errno, "%s: %s", dir, strerror(errno)) : dir_load(ks, d, e);
	if (d != NULL)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	if (rc != 0) {
		keystore_close(ks);
		return rc;
	}
	*out = ks;
	return 0;
}

void keystore_close(struct keystore *ks)
{
	if (ks == NULL)
		return;
	for (unsigned int i = 0; i < ks->n; i++)
		sign_key_unref(ks->e[i].key);
	close(ks->dirfd);
	free(ks);
}

/* ---- pairs ------------------------------------------------------------------------------ */

struct sign_key *keystore_find(const struct keystore *ks, const char *label)
{
	bool found;
	unsigned int i = slot_find(ks, label, &found);

	return found ? ks->e[i].key : NULL;
}

/* File first: what is in the table is on the disk. */
static int pair_save(struct keystore *ks, const char *label, const struct sign_key *key,
		     bool exportable, struct err_text *e)
{
	const char *mark = exportable ? MARK_EXPORTABLE : MARK_PRIVATE;
	char name[FILE_NAME_MAX];
	struct secret *pem, *file;
	int rc = sign_key_to_pem(key, NULL, &pem);

	if (rc != 0)
		return err_set(e, rc, "key cannot be written: %s", strerror(-rc));
	file = secret_alloc(strlen(mark) + pem->len);
	if (file != NULL) {
		memcpy(file->bytes, mark, strlen(mark));
		memcpy(file->bytes + strlen(mark), pem->bytes, pem->len);
	}
	secret_unref(pem);
	if (file == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	file_name(name, label);
	rc = keyfile_write(ks->dirfd, name, secret_bytes(file), e);
	secret_unref(file);
	return rc;
}

static int label_check(const struct keystore *ks, const char *label, struct err_text *e)
{
	bool found;

	if (!label_valid(label))
		return err_set(e, -EINVAL, "a label is up to %d letters, digits, '.', '_' and '-'",
			       KEYSTORE_LABEL_MAX - 1);
	(void)slot_find(ks, label, &found);
	if (!found && ks->n == KEYSTORE_KEYS_MAX)
		return err_set(e, -ENOSPC, "there are %d key pairs already", KEYSTORE_KEYS_MAX);
	return 0;
}

/* Takes the reference to key over. */
static int pair_add(struct keystore *ks, const char *label, struct sign_key *key, bool exportable,
		    struct err_text *e)
{
	int rc = pair_save(ks, label, key, exportable, e);

	if (rc != 0) {
		sign_key_unref(key);
		return rc;
	}
	slot_set(ks, label, key, exportable);
	return 0;
}

int keystore_generate(struct keystore *ks, const char *label, unsigned int bits, bool exportable,
		      struct err_text *e)
{
	struct sign_key *key;
	int rc = label_check(ks, label, e);

	if (rc != 0)
		return rc;
	rc = sign_key_generate(&key, bits);
	if (rc != 0)
		return err_set(e, rc, "a modulus has %d to %d bits", SIGN_BITS_MIN, SIGN_BITS_MAX);
	return pair_add(ks, label, key, exportable, e);
}

int keystore_import(struct keystore *ks, const char *label, struct bytes pem,
		    const char *passphrase, bool exportable, struct err_text *e)
{
	struct sign_key *key;
	int rc = label_check(ks, label, e);

	if (rc == 0)
		rc = sign_key_from_pem(&key, pem, passphrase, e);
	return rc != 0 ? rc : pair_add(ks, label, key, exportable, e);
}

int keystore_export(const struct keystore *ks, const char *label, const char *passphrase,
		    struct secret **out, struct err_text *e)
{
	bool found;
	unsigned int i = slot_find(ks, label, &found);
	int rc;

	if (!found)
		return err_set(e, -ENOENT, "no RSA key pair %s", label);
	if (!ks->e[i].exportable)
		return err_set(e, -EACCES, "RSA key pair %s is not exportable", label);
	if (passphrase == NULL || *passphrase == '\0')
		return err_set(e, -EINVAL, "a key is exported under a passphrase only");
	rc = sign_key_to_pem(ks->e[i].key, passphrase, out);
	return rc == 0 ? 0 : err_set(e, rc, "export failed: %s", strerror(-rc));
}

int keystore_remove(struct keystore *ks, const char *label, struct err_text *e)
{
	char name[FILE_NAME_MAX];
	bool found;
	unsigned int i = slot_find(ks, label, &found);
	int rc;

	if (!found)
		return err_set(e, -ENOENT, "no RSA key pair %s", label);
	file_name(name, label);
	rc = keyfile_remove(ks->dirfd, name, e);
	if (rc != 0)
		return rc;
	sign_key_unref(ks->e[i].key);
	ks->n--;
	memmove(&ks->e[i], &ks->e[i + 1], (ks->n - i) * sizeof(ks->e[0]));
	return 0;
}

void keystore_each(const struct keystore *ks, void (*fn)(const struct keystore_row *row, void *arg),
		   void *arg)
{
	for (unsigned int i = 0; i < ks->n; i++) {
		const struct keystore_row row = {
			.label = ks->e[i].label,
			.key = ks->e[i].key,
			.exportable = ks->e[i].exportable,
		};

		fn(&row, arg);
	}
}
