/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes the corpus of the codec's targets out of the samples that our own encoders make:
 * make_corpus DIR fills DIR/isakmp, DIR/chain and DIR/payload. `ninja fuzz-corpus` runs it on
 * the folder of the tree.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "control/wire/gdoi_sa.h"
#include "samples.h"

static const char *top;

static void file_write(const char *target, const char *name, const struct buf_wr *w)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, target);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", top, target, name);
	f = fopen(path, "wb");
	if (w->err || f == NULL || fwrite(w->base, 1, w->pos, f) != w->pos || fclose(f) != 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

/* Payloads that are nothing but octets have nothing to find. */
static bool has_fields(uint8_t type)
{
	static const uint8_t types[] = {PLD_SA,  PLD_ID,  PLD_CERT, PLD_N,   PLD_D,
					PLD_SAK, PLD_SAT, PLD_KD,   PLD_SEQ, PLD_GAP};

	return memchr(types, type, sizeof(types)) != NULL;
}

static void payload_write(const char *sample, const struct pld *p)
{
	uint8_t out[SAMPLE_MAX];
	struct buf_wr w;
	char name[128];

	if (!has_fields(p->type))
		return;
	buf_wr_init(&w, out, sizeof(out));
	buf_wr_u8(&w, p->type);
	buf_wr_bytes(&w, p->body.p, p->body.len);
	snprintf(name, sizeof(name), "%s-%s", sample, name_of(NAMES_PLD, p->type).s);
	file_write("payload", name, &w);
}

static void payloads_write(const struct sample *s, const uint8_t *msg, size_t len, uint8_t first)
{
	struct pld_chain c;
	struct gdoi_sa sa;
	struct pld_walk w;
	struct pld item;

	if (pld_chain_get(&c, s->context, first, bytes_of(msg, len), NULL) != 0)
		exit(EXIT_FAILURE);
	for (unsigned int i = 0; i < c.n; i++) {
		payload_write(s->name, &c.p[i]);
		if (c.p[i].type != PLD_SA || s->context == PLD_IN_PHASE1_CLEAR ||
		    gdoi_sa_get(&sa, &c.p[i], NULL) != 0)
			continue;
		gdoi_sa_walk(&sa, &w);
		while (pld_walk_next(&w, &item, NULL) == 1)
			payload_write(s->name, &item);
	}
}

static void chain_write(const struct sample *s, const uint8_t *msg, size_t len, uint8_t first)
{
	uint8_t out[SAMPLE_MAX];
	struct buf_wr w;

	buf_wr_init(&w, out, sizeof(out));
	buf_wr_u8(&w, (uint8_t)s->context);
	buf_wr_u8(&w, first);
	buf_wr_bytes(&w, msg, len);
	file_write("chain", s->name, &w);
}

static void datagram_write(const struct sample *s, const uint8_t *msg, size_t len, uint8_t first)
{
	struct isakmp_hdr h = {.next = first, .version = ISAKMP_VERSION};
	uint8_t out[SAMPLE_MAX];
	struct buf_wr w;

	if (s->context == PLD_IN_PHASE1_CLEAR)
		h.exchange = EXCH_MAIN;
	else if (s->context == PLD_IN_ACK)
		h.exchange = EXCH_PUSH_ACK;
	else if (s->context == PLD_IN_INFO_CLEAR)
		h.exchange = EXCH_INFO;
	else
		return;
	memset(h.cky_i, 0xc1, sizeof(h.cky_i));
	buf_wr_init(&w, out, sizeof(out));
	isakmp_hdr_put(&w, &h);
	buf_wr_bytes(&w, msg, len);
	isakmp_hdr_finish(&w);
	file_write("isakmp", s->name, &w);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return EXIT_FAILURE;
	top = argv[1];
	mkdir(top, 0755);
	for (unsigned int i = 0; i < n_samples; i++) {
		uint8_t msg[SAMPLE_MAX - ISAKMP_HDR_LEN], first;
		size_t len = sample_build(&samples[i], msg, &first);

		datagram_write(&samples[i], msg, len, first);
		chain_write(&samples[i], msg, len, first);
		payloads_write(&samples[i], msg, len, first);
	}
	return EXIT_SUCCESS;
}
