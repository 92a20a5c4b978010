/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces that several show commands print. */
#ifndef COMMANDS_SHOW_H
#define COMMANDS_SHOW_H

#include "base/addr.h"
#include "base/emit.h"
#include "control/gdoi/gdoi.h"
#include "crypto/suite.h"

/* "0x" and upper case hexadecimal of a KEK's SPI. */
struct show_spi {
	char s[2 * GDOI_KEK_SPI_LEN + 3];
};

void show_addr(struct emit *o, const char *key, const char *fmt, const struct addr *a);
struct show_spi show_kek_spi(const uint8_t spi[GDOI_KEK_SPI_LEN]);
/* "0x8BF147EF(2347845615)" in text; the number under `spi` in JSON. */
void show_spi(struct emit *o, const char *fmt, uint32_t spi);
/* "1.0.4" */
void show_version(struct emit *o, const char *key, const char *fmt, const uint8_t version[3]);
/* "3333" or an address. */
void show_identity(struct emit *o, const char *fmt, const struct gdoi_group_id *id);
const char *show_kek_alg(enum gdoi_kek_alg alg);    /* "AES" */
const char *show_sig_hash(enum gdoi_sig_hash hash); /* "HMAC_AUTH_SHA" */
const char *show_transform(enum suite_id suite);    /* "esp-256-aes esp-sha-hmac" */
/* One ACE as `show crypto gdoi` has it, behind `prefix`. */
void show_ace(struct emit *o, const char *prefix, const struct ace *a);
/* "00:05:20" */
struct show_time {
	char s[16];
};
struct show_time show_hms(uint32_t s);

#endif
