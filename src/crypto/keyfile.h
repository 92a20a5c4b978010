/* SPDX-License-Identifier: BSD-3-Clause */
/* Files with keys in them, which only their owner may read. Private to this folder. */
#ifndef CRYPTO_KEYFILE_H
#define CRYPTO_KEYFILE_H

#include "base/err.h"
#include "base/secret.h"

#define KEYFILE_MAX 65536 /* octets */

/* A descriptor of the directory, made (0700) when absent; negative errno. */
int keyfile_dir_open(const char *dir, struct err_text *e) GV_MUST_CHECK;
int keyfile_read(int dirfd, const char *name, struct secret **out,
		 struct err_text *e) GV_MUST_CHECK;
/* All of it or nothing: a new file takes the place of an old one once it is on the disk. */
int keyfile_write(int dirfd, const char *name, struct bytes content,
		  struct err_text *e) GV_MUST_CHECK;
/* Overwritten, then removed. */
int keyfile_remove(int dirfd, const char *name, struct err_text *e) GV_MUST_CHECK;

#endif
