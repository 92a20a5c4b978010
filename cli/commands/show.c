/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces that several show commands print. */
#include "commands/show.h"

#include <inttypes.h>
#include <stdio.h>

void show_addr(struct emit *o, const char *key, const char *fmt, const struct addr *a)
{
	emit_str(o, key, fmt, addr_text(a).s);
}

struct show_spi show_kek_spi(const uint8_t spi[GDOI_KEK_SPI_LEN])
{
	struct show_spi t = {.s = "0x"};

	for (size_t i = 0; i < GDOI_KEK_SPI_LEN; i++)
		snprintf(t.s + 2 + 2 * i, 3, "%02X", spi[i]);
	return t;
}

void show_spi(struct emit *o, const char *fmt, uint32_t spi)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIX32 "(%" PRIu32 ")", spi, spi);
	emit_str(o, NULL, fmt, text);
	emit_u64(o, "spi", NULL, spi);
}

void show_version(struct emit *o, const char *key, const char *fmt, const uint8_t version[3])
{
	char text[16];

	snprintf(text, sizeof(text), "%u.%u.%u", version[0], version[1], version[2]);
	emit_str(o, key, fmt, text);
}

void show_identity(struct emit *o, const char *fmt, const struct gdoi_group_id *id)
{
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, id->number);
	emit_str(o, "identity", fmt, id->is_address ? addr_text(&id->address).s : text);
}

const char *show_kek_alg(enum gdoi_kek_alg alg)
{
	return alg == GDOI_KEK_3DES ? "3DES" : "AES";
}

const char *show_sig_hash(enum gdoi_sig_hash hash)
{
	switch (hash) {
	case GDOI_SIG_SHA1:
		return "HMAC_AUTH_SHA";
	case GDOI_SIG_SHA256:
		return "HMAC_AUTH_SHA256";
	case GDOI_SIG_SHA384:
		return "HMAC_AUTH_SHA384";
	case GDOI_SIG_SHA512:
		return "HMAC_AUTH_SHA512";
	}
	return "?";
}

const char *show_transform(enum suite_id suite)
{
	return suite == SUITE_NONE ? "none" : suite_get(suite)->text;
}

void show_ace(struct emit *o, const char *prefix, const struct ace *a)
{
	emit_text(o, "%s", prefix);
	emit_str(o, NULL, "%s\n", ace_text_gdoi(a).s);
}

struct show_time show_hms(uint32_t s)
{
	struct show_time t;

	snprintf(t.s, sizeof(t.s), "%02" PRIu32 ":%02" PRIu32 ":%02" PRIu32, s / 3600, s / 60 % 60,
		 s % 60);
	return t;
}
