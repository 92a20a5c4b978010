/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ESP tunnel mode with header preservation (RFC 4303, RFC 5374 3.1) as arithmetic on a buffer: no
 * mbuf, no root, no clock, so that it is tested and fuzzed alone.
 *
 *	| outer IPv4 | SPI | SEQ | IV | { [time stamp 12] inner | pad | pad length | next } | ICV |
 */
#ifndef DATAPLANE_ESP_H
#define DATAPLANE_ESP_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/suite.h"
#include "dataplane/stage.h"

#define ESP_OUTER_LEN 20 /* IPv4 without options: those of the inner header stay inside */
#define ESP_HDR_LEN   8  /* SPI, sequence number */
#define ESP_TAIL_LEN  2  /* pad length, next header */

/* All that header arithmetic needs of an SA. */
struct esp_form {
	uint32_t spi_be;
	uint8_t iv_len, icv_len;
	uint8_t align_mask; /* block - 1 */
	uint8_t shim_len;   /* 12 with a time stamp, else 0 */
	uint8_t next_hdr;   /* of the trailer: 4, or what announces the time stamp */
	uint8_t head_len;   /* outer header to IV: where the text starts */
};

/* shim_proto 0: no time stamp. */
void esp_form_init(struct esp_form *f, const struct suite *s, uint32_t spi, uint8_t shim_proto);

/* Size of the packet that carries inner_len octets. */
static inline uint32_t esp_outer_len(const struct esp_form *f, uint32_t inner_len)
{
	uint32_t body = f->shim_len + inner_len + ESP_TAIL_LEN;

	return f->head_len + ((body + f->align_mask) & ~(uint32_t)f->align_mask) + f->icv_len;
}

/* The largest inner packet whose outer form fits mtu. */
static inline uint32_t esp_inner_max(const struct esp_form *f, uint32_t mtu)
{
	uint32_t fixed = (uint32_t)f->head_len + f->icv_len;
	uint32_t text = mtu < fixed ? 0 : (mtu - fixed) & ~(uint32_t)f->align_mask;
	uint32_t rest = (uint32_t)f->shim_len + ESP_TAIL_LEN;

	return text < rest ? 0 : text - rest;
}

/* What is new in each packet. */
struct esp_stamp {
	const uint8_t *iv; /* form.iv_len octets */
	uint64_t ticks;    /* pseudotime, when the form has a time stamp */
	uint32_t seq;
	uint16_t ip_id;
};

/* A packet, data at its IP header, and the free octets around it. */
struct esp_buf {
	uint8_t *data;
	uint32_t len, head, tail;
};

/*
 * Puts outer header, ESP header, IV and time stamp in front of an inner packet whose header was
 * validated, pad and trailer behind it, and leaves room for the ICV. b becomes the outer packet;
 * text (at data + head_len) is still plain.
 */
enum dp_drop_reason esp_out_build(const struct esp_form *f, const struct esp_stamp *st,
				  struct esp_buf *b);

/* Octets of text in a received ESP packet of len octets with an outer header of ihl octets; -1
 * when it is too short or not whole blocks. */
int32_t esp_in_text_len(const struct esp_form *f, uint32_t ihl, uint32_t len);

struct esp_in_result {
	uint64_t ticks; /* of the time stamp, when the form has one */
};

/*
 * After the ICV was right: checks pad, next header, time stamp header, inner header and, if
 * asked, that inner and outer addresses are the same; merges ECN. b becomes the inner packet.
 * esp_in_text_len() must have accepted the packet.
 */
enum dp_drop_reason esp_in_strip(const struct esp_form *f, bool address_check, struct esp_buf *b,
				 struct esp_in_result *out);

#endif
