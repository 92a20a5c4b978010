/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RSA key pairs by label, as `crypto key generate rsa label L` names them: one PEM file each in
 * a directory that nobody but its owner may read. Callers get references to keys, never octets,
 * except where a pair was made exportable.
 */
#ifndef CRYPTO_KEYSTORE_H
#define CRYPTO_KEYSTORE_H

#include <stdbool.h>

#include "base/err.h"
#include "crypto/sign.h"

#define KEYSTORE_LABEL_MAX 64
#define KEYSTORE_KEYS_MAX  64

struct keystore;

/* Reads every pair of the directory, which is made when it is absent. -EPERM when the directory
 * or a file in it is open to group or others, or belongs to someone else. */
int keystore_open(struct keystore **out, const char *dir, struct err_text *e) GV_MUST_CHECK;
void keystore_close(struct keystore *ks); /* wipes; NULL is fine */

/* Borrowed; NULL when there is no such pair. */
struct sign_key *keystore_find(const struct keystore *ks, const char *label);
/* Replace a pair of that label. On failure the old one stays. */
int keystore_generate(struct keystore *ks, const char *label, unsigned int bits, bool exportable,
		      struct err_text *e) GV_MUST_CHECK;
int keystore_import(struct keystore *ks, const char *label, struct bytes pem,
		    const char *passphrase, bool exportable, struct err_text *e) GV_MUST_CHECK;
/* PEM under a passphrase. -EACCES when the pair is not exportable. */
int keystore_export(const struct keystore *ks, const char *label, const char *passphrase,
		    struct secret **out, struct err_text *e) GV_MUST_CHECK;
/* `crypto key zeroize`: overwrites and removes the file. */
int keystore_remove(struct keystore *ks, const char *label, struct err_text *e) GV_MUST_CHECK;

struct keystore_row {
	const char *label;
	const struct sign_key *key;
	bool exportable;
};
/* In order of their labels. */
void keystore_each(const struct keystore *ks, void (*fn)(const struct keystore_row *row, void *arg),
		   void *arg);

#endif
