/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Payloads of few fields: ID, CERT, CERTREQ, N, D, SEQ (RFC 2408 3.8 to 3.15, RFC 6407 5.7).
 * KE, NONCE, HASH, SIG and VID are their body; their lengths are checked by the chain walker.
 */
#ifndef WIRE_PLD_H
#define WIRE_PLD_H

#include "base/addr.h"
#include "control/wire/isakmp.h"

/* In GDOI's ID (group identity) proto and port are zero (RFC 6407 5.1.1). */
struct pld_id {
	uint8_t type; /* IDT_... */
	uint8_t proto;
	uint16_t port;
	struct bytes data;
};
int pld_id_get(struct pld_id *out, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;
void pld_id_put(struct pld_wr *c, const struct pld_id *id);
/* Address of an ID of type IPV4 or IPV6; false for every other type. */
bool pld_id_addr(const struct pld_id *id, struct addr *out);
/* An ID payload that is an address, protocol and port zero. */
void pld_id_put_addr(struct pld_wr *c, const struct addr *a);

struct pld_cert {         /* CERT and CERTREQ */
	uint8_t encoding; /* CERTENC_... */
	struct bytes data;
};
int pld_cert_get(struct pld_cert *out, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;
void pld_cert_put(struct pld_wr *c, uint8_t type, const struct pld_cert *cert);

struct pld_notify {
	uint32_t doi;
	uint8_t proto;
	uint16_t type; /* NOTIFY_... */
	struct bytes spi, data;
};
int pld_notify_get(struct pld_notify *out, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;
void pld_notify_put(struct pld_wr *c, const struct pld_notify *n);

struct pld_delete {
	uint32_t doi;
	uint8_t proto; /* PROTO_... in IKE, SATPROTO_... in GDOI */
	uint8_t spi_len;
	uint16_t n;        /* SPIs */
	struct bytes spis; /* n x spi_len octets */
};
int pld_delete_get(struct pld_delete *out, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;
void pld_delete_put(struct pld_wr *c, const struct pld_delete *d);
/* SPI number i, i < n. */
struct bytes pld_delete_spi(const struct pld_delete *d, unsigned int i);

int pld_seq_get(uint32_t *seq, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;
void pld_seq_put(struct pld_wr *c, uint32_t seq);

#endif
