/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes the corpus of the targets over ike and gdoi: make_gdoi_corpus DIR fills DIR/policy,
 * DIR/push and DIR/ike out of the sample policies and of a registration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "control/gdoi/codec.h"
#include "control/wire/pld.h"
#include "ike_session.h"
#include "sample_policy.h"

static const char *top;
static uint8_t room[ISAKMP_MSG_MAX];

static void write_file(const char *target, const char *name, struct bytes b)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, target);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", top, target, name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(b.p, 1, b.len, f) != b.len || fclose(f) != 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

/* SA and KD as chain payloads behind SEQ. */
static size_t put_payloads(const struct gdoi_policy *p, const struct codec_out *how)
{
	struct buf_wr w;
	struct pld_wr c;

	buf_wr_init(&w, room, sizeof(room));
	pld_wr_init(&c, &w);
	pld_seq_put(&c, 5);
	gv_assert(codec_put_sa(&c, p, how, NULL) == 0);
	codec_put_kd(&c, p, how);
	pld_announce(&c, PLD_SIG);
	gv_assert(!w.err);
	return w.pos;
}

static void policy_files(const char *name, bool full, bool push)
{
	static uint8_t out[ISAKMP_MSG_MAX];
	struct codec_out how = {.pull = !push};
	const size_t seq = 8;
	struct gdoi_policy p;
	size_t len, sa_len;
	struct buf_wr w;

	sample_policy(&p, full, sample_key());
	len = put_payloads(&p, &how);
	sa_len = get_be16(room + seq + 2);
	buf_wr_init(&w, out, sizeof(out));
	buf_wr_u8(&w, (uint8_t)((full ? 1 : 0) | (push ? 2 : 0)));
	buf_wr_u16(&w, (uint16_t)(sa_len - PLD_HDR_LEN));
	buf_wr_bytes(&w, room + seq + PLD_HDR_LEN, sa_len - PLD_HDR_LEN);
	buf_wr_bytes(&w, room + seq + sa_len + PLD_HDR_LEN, len - seq - sa_len - PLD_HDR_LEN);
	write_file("policy", name, bytes_of(out, w.pos));
	if (push) {
		memmove(room + 1, room, len);
		room[0] = 0;
		write_file("push", name, bytes_of(room, len + 1));
	}
	gdoi_policy_clear(&p);
}

static void delete_file(void)
{
	static const uint8_t zero[GDOI_KEK_SPI_LEN];
	struct buf_wr w;
	struct pld_wr c;

	buf_wr_init(&w, room, sizeof(room));
	buf_wr_u8(&w, 0);
	pld_wr_init(&c, &w);
	pld_seq_put(&c, 5);
	pld_delete_put(&c, &(struct pld_delete){.doi = DOI_GDOI,
						.proto = SATPROTO_ESP,
						.spi_len = 4,
						.n = 1,
						.spis = bytes_of(zero, 4)});
	pld_delete_put(&c, &(struct pld_delete){.doi = DOI_GDOI,
						.proto = SATPROTO_KEK,
						.spi_len = sizeof(zero),
						.n = 1,
						.spis = bytes_of(zero, sizeof(zero))});
	pld_announce(&c, PLD_SIG);
	write_file("push", "delete", bytes_of(room, w.pos));
}

static void ack_file(void)
{
	struct addr gm = addr_v4(0x0a010d02);
	struct gdoi_kek kek;
	size_t len = sizeof(room) - 1;

	sample_kek(&kek, 0x61, sample_key());
	gv_assert(gdoi_ack_build(&kek, 5, &gm, room + 1, &len) == 0);
	room[0] = 3;
	write_file("push", "ack", bytes_of(room, len + 1));
	secret_unref(kek.iv_key);
	secret_unref(kek.public_key);
}

/* The registration whole, and each of its datagrams as the last of a shorter one. */
static void session_files(void)
{
	static struct ike_session s;
	struct datagram d;
	struct buf_wr w;
	char name[32];

	buf_wr_init(&w, room, sizeof(room));
	ike_session_start(&s);
	for (unsigned int i = 1; queue_take(&s.p.q, &d); i++) {
		buf_wr_u8(&w, endpoint_equal(&d.to, &s.p.gm.at) ? 0 : 1);
		buf_wr_u16(&w, (uint16_t)d.len);
		buf_wr_bytes(&w, d.p, d.len);
		queue_deliver(&s.p.q, &d);
		free(d.p);
		snprintf(name, sizeof(name), "registration-%u", i);
		write_file("ike", name, bytes_of(room, w.pos));
	}
	gv_assert(s.results == 1 && s.fail == GDOI_FAIL_NONE && s.commits == 1);
	ike_session_end(&s);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return EXIT_FAILURE;
	top = argv[1];
	mkdir(top, 0755);
	policy_files("full-pull", true, false);
	policy_files("full-push", true, true);
	policy_files("plain-pull", false, false);
	policy_files("plain-push", false, true);
	delete_file();
	ack_file();
	session_files();
	return EXIT_SUCCESS;
}
