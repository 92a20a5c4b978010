/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The KD payload of GDOI (RFC 6407 5.6): key packets of four types (TEK, KEK, LKH, SID), each an
 * SPI and attributes. The octets of keys in a message are the caller's to wipe.
 */
#ifndef WIRE_GDOI_KD_H
#define WIRE_GDOI_KD_H

#include "control/wire/attr.h"
#include "control/wire/isakmp.h"

struct gdoi_kd {
	uint16_t n; /* packets, by the count field: the octets decide nothing */
	uint16_t reserved;
	struct bytes packets;
	struct bytes tail; /* padding after the last packet */
};

struct gdoi_key_packet {
	uint8_t type; /* KDTYPE_... */
	uint8_t reserved;
	struct bytes spi;
	struct attrs attrs; /* KDTEK_..., KDKEK_..., KDLKH_..., KDSID_... */
};

/* Checks every packet and its attributes, so that the walk cannot fail. */
int gdoi_kd_get(struct gdoi_kd *out, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;
/* *pos is 0 before the first; false after the last. */
bool gdoi_kd_next(const struct gdoi_kd *kd, size_t *pos, struct gdoi_key_packet *out);

/*
 *	gdoi_kd_begin(&kw, &c, 0);
 *	gdoi_key_begin(&kw, &(struct gdoi_key_packet){.type = KDTYPE_TEK, .spi = spi});
 *	attr_put_var(c.w, KDTEK_ALGORITHM_KEY, key);
 *	gdoi_key_end(&kw);
 *	gdoi_kd_end(&kw);
 */
struct gdoi_kd_wr {
	struct pld_wr *c;
	size_t count_at, packet_at;
	uint16_t n;
};
void gdoi_kd_begin(struct gdoi_kd_wr *k, struct pld_wr *c, uint16_t reserved);
/* Writes the attributes of *p too, which may be none. */
void gdoi_key_begin(struct gdoi_kd_wr *k, const struct gdoi_key_packet *p);
void gdoi_key_end(struct gdoi_kd_wr *k);
void gdoi_kd_end(struct gdoi_kd_wr *k);

#endif
