/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One side of a recorded session of an independent GDOI implementation played by this program's
 * own IKE and GDOI, the other side by the recording: `gold_replay gm` registers with a key server
 * made of it, `gold_replay ks` answers a member made of it. Cookies, nonces, message IDs and
 * Diffie-Hellman exponents of our side are the recorded ones, so our messages must come out as
 * the recorded octets, with two exceptions that are looked at here: our vendor ID in messages 1
 * and 2, and, for key servers, policies that our encoder says in another way (then the rest of
 * the exchange is encrypted anew for the chain of IVs that follows from it).
 *
 * Exit status 77 (skipped) when there are no recordings.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "control/gdoi/codec.h"
#include "control/ike/ike.h"
#include "control/wire/pld.h"
#include "crypto/rand.h"
#include "replay_file.h"
#include "sample_policy.h"
#include "shared.h"
#include "wire_queue.h"

struct replay {
	struct replay_file *f;
	bool gm; /* our side */
	struct loop *loop;
	struct queue q;
	struct ike *ike;
	struct endpoint us, them;
	struct conf conf;
	struct conf_ike_key key;
	struct err_text *e;
	unsigned int nonces, mids; /* drawn */
	unsigned int same, other;  /* datagrams of ours, against the recording */
	/* gm */
	bool done;
	enum gdoi_fail fail;
	struct err_text detail;
	/* ks */
	struct gdoi_policy policy;
	bool recorded_policy; /* it is the one of the recording */
	unsigned int commits;
	uint16_t sids;
};

/* ---- the random source -------------------------------------------------------------------- */

static size_t give(struct bytes b, uint8_t *out, size_t len, size_t room)
{
	if (b.len == 0 || b.len > room || (len != b.len && room == len))
		return 0;
	memcpy(out, b.p, b.len);
	return b.len;
}

static size_t recorded(enum rand_use use, uint8_t *out, size_t len, size_t room, void *arg)
{
	struct replay *r = arg;
	struct replay_file *f = r->f;

	switch (use) {
	case RAND_COOKIE:
		return give(r->gm ? f->cky_i : f->cky_r, out, len, room);
	case RAND_MESSAGE_ID:
		/* Of the pull; what follows is of notifications, which were not recorded. */
		memset(out, (int)r->mids, len);
		return r->mids++ == 0 ? give(f->mid, out, len, room) : len;
	case RAND_EXPONENT:
		return give(r->gm ? f->xi : f->xr, out, len, room);
	case RAND_NONCE:
		if (r->nonces++ == 0)
			return give(r->gm ? f->ni : f->nr, out, len, room);
		return give(r->gm ? f->pull_ni : f->pull_nr, out, len, room);
	default:
		memset(out, 0x5a, len);
		return len;
	}
}

/* ---- both sides --------------------------------------------------------------------------- */

static void replay_setup(struct replay *r, struct replay_file *f, bool gm, struct err_text *e)
{
	memset(r, 0, sizeof(*r));
	r->f = f;
	r->gm = gm;
	r->e = e;
	rand_replace_for_tests(recorded, r);
	gv_assert(loop_new_manual(&r->loop, LOOP_NS_PER_S) == 0);
	queue_init(&r->q);
	gv_assert(ike_new(&r->ike, r->loop, queue_send, &r->q) == 0);
	r->us = (struct endpoint){.addr = addr_v4(gm ? 0x7f000001 : 0x7f000002), .port = 848};
	r->them = (struct endpoint){.addr = addr_v4(gm ? 0x7f000002 : 0x7f000001), .port = 848};
	r->key = (struct conf_ike_key){.key = secret_new(f->psk.p, f->psk.len),
				       .peer = {.addr = addr_v4(0)}};
	r->conf.ike_policies = &f->policy;
	r->conf.n_ike_policies = 1;
	r->conf.ike_keys = &r->key;
	r->conf.n_ike_keys = 1;
	ike_set_conf(r->ike, &r->conf);
	ike_set_doi(r->ike, f->doi);
	gdoi_policy_init(&r->policy);
}

static void replay_teardown(struct replay *r)
{
	ike_free(r->ike);
	queue_clear(&r->q);
	loop_free(r->loop);
	secret_unref(r->key.key);
	gdoi_policy_clear(&r->policy);
	rand_replace_for_tests(NULL, NULL);
}

/* Is `ours` the recorded message, but for our vendor ID at its end? */
static bool same_but_for_vendor_id(struct bytes ours, struct bytes theirs)
{
	struct pld_chain a, b;

	if (ours.len != theirs.len + PLD_HDR_LEN + IKE_VID_LEN ||
	    memcmp(ours.p, theirs.p, 2 * ISAKMP_COOKIE_LEN + 8) != 0 ||
	    pld_chain_get(&a, PLD_IN_PHASE1_CLEAR, ours.p[16],
			  bytes_of(ours.p + ISAKMP_HDR_LEN, ours.len - ISAKMP_HDR_LEN), NULL) < 0 ||
	    pld_chain_get(&b, PLD_IN_PHASE1_CLEAR, theirs.p[16],
			  bytes_of(theirs.p + ISAKMP_HDR_LEN, theirs.len - ISAKMP_HDR_LEN),
			  NULL) < 0)
		return false;
	return a.n == 2 && b.n == 1 && bytes_equal(a.p[0].body, b.p[0].body) &&
	       bytes_equal(a.p[1].body, bytes_of(ike_vid, IKE_VID_LEN));
}

static bool same_message(struct bytes ours, struct bytes theirs)
{
	return bytes_equal(ours, theirs) ||
	       (theirs.p[18] == EXCH_MAIN && same_but_for_vendor_id(ours, theirs));
}

static void deliver(struct replay *r, struct bytes msg)
{
	ike_input(r->ike, &r->us, &r->them, msg);
}

/* ---- our member --------------------------------------------------------------------------- */

static void pull_done(const struct gdoi_pull_result *res, void *arg)
{
	struct replay *r = arg;

	r->done = true;
	r->fail = res->fail;
	r->detail = res->detail;
	if (res->policy != NULL)
		gdoi_policy_copy(&r->policy, res->policy);
}

/* Our next datagram must be the recorded one. */
static int expect_ours(struct replay *r, unsigned int i)
{
	struct datagram d;
	bool same;

	if (!queue_take(&r->q, &d))
		return err_set(r->e, -ENOENT, "message %u: we sent nothing", i);
	same = same_message(bytes_of(d.p, d.len), r->f->m[i].packet);
	free(d.p);
	r->same++;
	return same ? 0 : err_set(r->e, -EILSEQ, "message %u: ours is another", i);
}

static int check_keys(struct replay *r, const struct gdoi_policy *p)
{
	for (unsigned int i = 0; i < p->n_teks; i++)
		if (!replay_file_has_tek(r->f, &p->teks[i]))
			return err_set(r->e, -EILSEQ, "key of SPI %08x", p->teks[i].spi);
	if (p->has_kek && !replay_file_has_kek(r->f, &p->kek))
		return err_set(r->e, -EILSEQ, "KEK");
	return 0;
}

/* A member's memory of its KEKs: the newest last. */
struct memory {
	struct gdoi_kek_state st[8];
	unsigned int n;
};

static void remember(struct memory *m, const struct gdoi_policy *p)
{
	struct gdoi_kek_state *st;

	if (!p->has_kek || m->n == GV_ARRAY_SIZE(m->st))
		return;
	for (unsigned int i = 0; i < m->n; i++)
		if (memcmp(m->st[i].kek.spi, p->kek.spi, sizeof(p->kek.spi)) == 0)
			return;
	st = &m->st[m->n++];
	*st = (struct gdoi_kek_state){.kek = p->kek, .last_seq = p->seq};
	secret_ref(st->kek.iv_key);
	secret_ref(st->kek.public_key);
}

static void memory_clear(struct memory *m)
{
	for (unsigned int i = 0; i < m->n; i++) {
		secret_unref(m->st[i].kek.iv_key);
		secret_unref(m->st[i].kek.public_key);
	}
}

static int take_push(struct replay *r, struct memory *mem, unsigned int i)
{
	struct bytes msg = r->f->m[i].packet;
	enum gdoi_push_status s = GDOI_PUSH_UNKNOWN_KEK;
	struct gdoi_push push = {0};
	int rc = 0;

	for (unsigned int k = 0; k < mem->n && s == GDOI_PUSH_UNKNOWN_KEK; k++) {
		gdoi_policy_clear(&push.policy);
		s = gdoi_push_open(&push, &mem->st[k], msg);
		if (s == GDOI_PUSH_OK)
			gdoi_push_accept(&mem->st[k], push.seq, msg);
	}
	if (s != GDOI_PUSH_OK)
		rc = err_set(r->e, -EILSEQ, "push %u: status %u %s", i, s, push.detail.s);
	if (rc == 0)
		rc = check_keys(r, &push.policy);
	if (rc == 0)
		remember(mem, &push.policy);
	gdoi_policy_clear(&push.policy);
	return rc;
}

static int take_pushes(struct replay *r, unsigned int *pushes)
{
	struct memory mem = {0};
	int rc = 0;

	remember(&mem, &r->policy);
	for (unsigned int i = 0; i < r->f->n && rc == 0; i++)
		if (r->f->m[i].exchange == EXCH_PUSH) {
			rc = take_push(r, &mem, i);
			*pushes += 1;
		}
	memory_clear(&mem);
	return rc;
}

static int play_member(struct replay *r)
{
	struct gdoi_pull_request rq = {.local = r->us, .remote = r->them};
	struct gdoi_pull *pull;
	int rc;

	rq.group.number = get_be32(r->f->id.p);
	rq.sids_wanted = r->f->sids;
	rc = gdoi_pull_start(&pull, r->ike, &rq, pull_done, r);
	for (unsigned int i = 0; i < r->f->n && rc == 0 && !r->done; i++) {
		if (r->f->m[i].exchange == EXCH_PUSH)
			continue;
		if (r->f->m[i].from_gm)
			rc = expect_ours(r, i);
		else
			deliver(r, r->f->m[i].packet);
	}
	if (rc == 0 && !r->done) {
		gdoi_pull_abort(pull);
		rc = err_set(r->e, -ETIMEDOUT, "the pull did not end");
	}
	return rc;
}

/* Stock sessions of the peer have its own faults in the policy, which we name and refuse. */
static const struct {
	const char *name, *detail;
} refusals[] = {
	{"a-3des-sha1-psk", "subnet mask with holes not supported"},
	{"b-aes-sha1-stock", "subnet mask with holes not supported"},
	{"b2-aes-sha1-group14", "subnet mask with holes not supported"},
	{"c-kek-push-3des", "subnet mask with holes not supported"},
	{"c2-kek-push-aes-sha256", "subnet mask with holes not supported"},
	{"d-gap-sid-gcm-stock", "subnet mask with holes not supported"},
	{"n-informational-notify", "refused by the key server (PAYLOAD-MALFORMED)"},
};

static int check_member(struct replay *r)
{
	const char *want = "";
	unsigned int pushes = 0;
	int rc = 0;

	for (unsigned int i = 0; i < GV_ARRAY_SIZE(refusals); i++)
		if (strcmp(refusals[i].name, r->f->name) == 0)
			want = refusals[i].detail;
	if (strcmp(want, r->detail.s) != 0)
		return err_set(r->e, -EILSEQ, "ended with \"%s\", not \"%s\"", r->detail.s, want);
	if (r->fail == GDOI_FAIL_NONE) {
		rc = check_keys(r, &r->policy);
		if (rc == 0)
			rc = take_pushes(r, &pushes);
	}
	if (rc == 0)
		printf("%-30s ok    %u datagrams of ours as recorded, %u pushes taken%s%s\n",
		       r->f->name, r->same, pushes, want[0] == '\0' ? "" : ", refused: ", want);
	return rc;
}

/* ---- our key server ----------------------------------------------------------------------- */

static enum gdoi_fail offer(const struct gdoi_member_ref *m, const struct gdoi_group_id *g,
			    struct gdoi_policy *policy, void *arg)
{
	struct replay *r = arg;

	if (g->is_address || g->number != get_be32(r->f->id.p))
		return GDOI_FAIL_NO_GROUP;
	gdoi_policy_copy(policy, &r->policy);
	return GDOI_FAIL_NONE;
}

static enum gdoi_fail commit(const struct gdoi_member_ref *m, const struct gdoi_group_id *g,
			     uint16_t sids_wanted, struct gdoi_policy *policy, void *arg)
{
	struct replay *r = arg;

	r->commits++;
	r->sids = sids_wanted;
	return GDOI_FAIL_NONE;
}

static const struct replay_message *nth_pull(const struct replay_file *f, unsigned int n)
{
	for (unsigned int i = 0; i < f->n; i++)
		if (f->m[i].exchange == EXCH_PULL && n-- == 0)
			return &f->m[i];
	return NULL;
}

static const struct pld *find_in(struct pld_chain *c, const struct replay_message *m, uint8_t type)
{
	if (m == NULL || pld_chain_get(c, PLD_IN_PULL, m->packet.p[16], m->plain, NULL) < 0)
		return NULL;
	return pld_find(c, type);
}

/* The policy that the recorded key server handed out, or one of ours where that is one we would
 * not install. */
static void load_policy(struct replay *r)
{
	struct codec_in in = {0};
	struct pld_chain c2, c4;
	const struct pld *sa = find_in(&c2, nth_pull(r->f, 1), PLD_SA);
	const struct pld *kd = find_in(&c4, nth_pull(r->f, 3), PLD_KD);
	const struct pld *seq = kd == NULL ? NULL : pld_find(&c4, PLD_SEQ);

	if (sa != NULL && kd != NULL && codec_get_sa(&r->policy, sa, &in, NULL) == 0 &&
	    codec_get_kd(&r->policy, kd, &in, NULL) == 0 &&
	    (seq == NULL || pld_seq_get(&r->policy.seq, seq, NULL) == 0)) {
		r->recorded_policy = true;
		return;
	}
	gdoi_policy_clear(&r->policy);
	sample_policy(&r->policy, false, sample_key());
}

/* Body of a message with the phase 1 cipher key; iv moves on. */
static void crypt(const struct replay *r, bool encrypt, uint8_t *iv, struct bytes in, uint8_t *out)
{
	int (*fn)(enum cbc_cipher, struct bytes, uint8_t *, const uint8_t *, size_t, uint8_t *) =
		encrypt ? cbc_encrypt : cbc_decrypt;

	gv_assert(fn(r->f->cipher, r->f->key, iv, in.p, in.len, out) == 0);
}

/* The member's recorded message 3, encrypted to follow our message 2; iv: our last block. */
static void deliver_anew(struct replay *r, const struct replay_message *m, uint8_t *iv)
{
	static uint8_t msg[ISAKMP_MSG_MAX];

	memcpy(msg, m->packet.p, ISAKMP_HDR_LEN);
	crypt(r, true, iv, m->plain, msg + ISAKMP_HDR_LEN);
	deliver(r, bytes_of(msg, m->packet.len));
}

/* After a message 2 of ours that differs, message 4 differs by the IV only, if the keys in it are
 * the recorded ones. */
static bool same_plain(struct replay *r, const struct datagram *d, uint8_t *iv,
		       const struct replay_message *m)
{
	static uint8_t plain[ISAKMP_MSG_MAX];

	if (d->len != m->packet.len)
		return false;
	crypt(r, false, iv, bytes_of(d->p + ISAKMP_HDR_LEN, d->len - ISAKMP_HDR_LEN), plain);
	return memcmp(plain, m->plain.p, m->plain.len) == 0;
}

struct chain_iv { /* of the pull, once we differ from the recording */
	bool differs;
	uint8_t iv[CBC_BLOCK_MAX];
};

static int take_ours(struct replay *r, unsigned int i, struct chain_iv *c)
{
	size_t block = cbc_block(r->f->cipher);
	const struct replay_message *m = &r->f->m[i];
	struct datagram d;
	int rc = 0;

	if (!queue_take(&r->q, &d))
		return err_set(r->e, -ENOENT, "message %u: we sent nothing", i);
	if (same_message(bytes_of(d.p, d.len), m->packet)) {
		r->same++;
	} else if (m->exchange != EXCH_PULL) {
		rc = err_set(r->e, -EILSEQ, "message %u: ours is another", i);
	} else if (!c->differs) { /* message 2 */
		r->other++;
		c->differs = true;
		memcpy(c->iv, d.p + d.len - block, block);
	} else if (same_plain(r, &d, c->iv, m)) {
		r->same++;
	} else {
		r->other++;
	}
	free(d.p);
	return rc;
}

static int play_server(struct replay *r)
{
	static const struct gdoi_server_ops ops = {.offer = offer, .commit = commit};
	struct chain_iv c = {0};
	struct gdoi_server *srv;
	int rc = gdoi_server_new(&srv, r->ike, &ops, r);

	load_policy(r);
	for (unsigned int i = 0; i < r->f->n && rc == 0; i++) {
		const struct replay_message *m = &r->f->m[i];

		if (m->exchange != EXCH_MAIN && m->exchange != EXCH_PULL)
			continue;
		if (!m->from_gm)
			rc = take_ours(r, i, &c);
		else if (c.differs)
			deliver_anew(r, m, c.iv);
		else
			deliver(r, m->packet);
	}
	gdoi_server_free(srv);
	return rc;
}

/* A key server that refuses has no message 3. */
static int check_server(struct replay *r)
{
	bool whole = nth_pull(r->f, 2) != NULL;

	if (r->commits != (whole ? 1 : 0))
		return err_set(r->e, -EILSEQ, "message 3 was not accepted");
	if (whole && r->sids != r->f->sids)
		return err_set(r->e, -EILSEQ, "%u sender IDs understood, %u asked for", r->sids,
			       r->f->sids);
	/* The keys in message 4 can be said in one way only. */
	if (r->recorded_policy && r->other > 1)
		return err_set(r->e, -EILSEQ, "message 4: ours is another");
	printf("%-30s ok    %u datagrams of ours as recorded, %u with a policy said otherwise\n",
	       r->f->name, r->same, r->other);
	return 0;
}

/* ---- all of them -------------------------------------------------------------------------- */

static int replay_run(struct replay_file *f, bool gm, struct err_text *e)
{
	struct replay *r = calloc(1, sizeof(*r));
	int rc;

	gv_assert(r != NULL);
	replay_setup(r, f, gm, e);
	rc = gm ? play_member(r) : play_server(r);
	if (rc == 0)
		rc = gm ? check_member(r) : check_server(r);
	replay_teardown(r);
	free(r);
	return rc;
}

static int replay_one(const char *dir, const char *name, bool gm)
{
	static struct replay_file f;
	struct err_text e = {"?"};
	int rc = replay_file_read(&f, dir, name, &e);

	if (rc == 0)
		printf("%-30s --    not spoken: %s\n", name, e.s);
	if (rc > 0)
		rc = replay_run(&f, gm, &e);
	if (rc < 0)
		printf("%-30s FAIL  %s\n", name, e.s);
	replay_file_clear(&f);
	return rc;
}

static int json_filter(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return len > 5 && len < 256 && strcmp(d->d_name + len - 5, ".json") == 0;
}

int main(int argc, char **argv)
{
	char dir[4096];
	struct dirent **files;
	unsigned int failed = 0;
	int n;

	if (argc != 2 || (strcmp(argv[1], "gm") != 0 && strcmp(argv[1], "ks") != 0)) {
		fprintf(stderr, "usage: %s gm|ks\n", argv[0]);
		return EXIT_FAILURE;
	}
	if (!shared_gold_gdoid(dir, sizeof(dir)) ||
	    (n = scandir(dir, &files, json_filter, alphasort)) <= 0) {
		printf("skipped: no captures in %s\n", dir);
		return TEST_SKIPPED;
	}
	for (int i = 0; i < n; i++) {
		char name[256];

		snprintf(name, sizeof(name), "%.*s", (int)strlen(files[i]->d_name) - 5,
			 files[i]->d_name);
		failed += replay_one(dir, name, argv[1][0] == 'g') < 0;
		free(files[i]);
	}
	free(files);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
