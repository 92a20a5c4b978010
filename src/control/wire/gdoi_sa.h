/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The SA payload of GDOI (RFC 6407 5.2 to 5.5): SAK, GAP and SATs inside it, chained by their
 * own next-payload octets.
 *
 *	gdoi_sa_get(&sa, pld, &e);
 *	gdoi_sa_walk(&sa, &w);
 *	while ((rc = pld_walk_next(&w, &item, &e)) == 1)
 *		switch (item.type) {
 *		case PLD_SAK: rc = gdoi_sak_get(&sak, &item, &e); ...
 */
#ifndef WIRE_GDOI_SA_H
#define WIRE_GDOI_SA_H

#include "base/addr.h"
#include "control/wire/attr.h"
#include "control/wire/isakmp.h"

struct gdoi_sa {
	uint32_t doi; /* DOI_GDOI */
	uint32_t situation;
	uint16_t first; /* type of the first item: "SA attribute next payload" */
	uint16_t reserved;
	struct bytes items;
	struct bytes tail; /* stray octets after the last item */
	size_t at;
};

/* An end of a traffic selector or of a rekey datagram. */
struct gdoi_id {
	uint8_t type; /* IDT_..., 0 with no data: any */
	uint16_t port;
	bool wide; /* read with a length field of 2 octets, which some peers send; RFC: 1 */
	struct bytes data;
};

struct gdoi_sak {
	uint8_t proto; /* of the push datagram: 17 */
	struct gdoi_id src, dst;
	uint8_t spi[ISAKMP_SPI_LEN]; /* cookie pair of the pushes */
	uint32_t reserved2;          /* RFC 3547: POP algorithm and key length */
	/* Octets between reserved2 and the attributes: none by the RFC, 2 from one old stack. */
	struct bytes stray;
	struct attrs attrs; /* SAKATTR_... */
};

struct gdoi_sat {
	uint8_t proto;    /* SATPROTO_... */
	uint8_t ip_proto; /* of the traffic, 0 = any */
	struct gdoi_id src, dst;
	uint8_t transform; /* ESPT_... or AHT_... */
	uint32_t spi;
	struct attrs attrs; /* SATATTR_... */
	/* Protocols other than ESP and AH: everything after the protocol, nothing else is set. */
	struct bytes foreign;
};

struct gdoi_gap {
	struct attrs attrs; /* GAPATTR_... */
};

/* Checks the chain of items, not what is in them. */
int gdoi_sa_get(struct gdoi_sa *out, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;
void gdoi_sa_walk(const struct gdoi_sa *sa, struct pld_walk *w);
/* Tries, in this order: the RFC's layout, 2 stray octets, ID lengths of 2 octets. */
int gdoi_sak_get(struct gdoi_sak *out, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;
/* Takes ID lengths of 1 (RFC) and of 2 octets. */
int gdoi_sat_get(struct gdoi_sat *out, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;
/* Inside an SA, and alone in message 3 of a pull. */
int gdoi_gap_get(struct gdoi_gap *out, const struct pld *p, struct buf_err *e) GV_MUST_CHECK;

/* Address or subnet with a mask without holes; false for every other type. */
bool gdoi_id_prefix(const struct gdoi_id *id, struct prefix *out);
/* An address for a full-length prefix, else a subnet. id->data points into scratch. */
#define GDOI_ID_SCRATCH 32
void gdoi_id_set(struct gdoi_id *id, uint8_t scratch[GDOI_ID_SCRATCH], const struct prefix *p,
		 uint16_t port);

/*
 *	gdoi_sa_begin(&c, &items, &(struct gdoi_sa){.doi = DOI_GDOI});
 *	gdoi_sat_begin(&items, &sat);
 *	attr_put_basic(c.w, SATATTR_ENCAPSULATION, ENCAP_TUNNEL);
 *	pld_end(&items);
 *	gdoi_sa_end(&c, &items, &sa);
 */
void gdoi_sa_begin(struct pld_wr *c, struct pld_wr *items, const struct gdoi_sa *sa);
void gdoi_sa_end(struct pld_wr *c, struct pld_wr *items, const struct gdoi_sa *sa);
/* Each writes the attributes of its structure too, which may be none, and leaves the payload
 * open for more. */
void gdoi_sak_begin(struct pld_wr *c, const struct gdoi_sak *sak);
void gdoi_sat_begin(struct pld_wr *c, const struct gdoi_sat *sat);
void gdoi_gap_begin(struct pld_wr *c, const struct gdoi_gap *gap);

#endif
