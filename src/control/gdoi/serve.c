/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GROUPKEY-PULL, key server. Nothing is committed before HASH(3) proved that the member holds
 * the phase 1 keys now and got our nonce (RFC 6407 3.2). What a member may have is the business
 * of the key server's ops.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/log.h"
#include "control/gdoi/codec.h"
#include "control/gdoi/gdoi.h"
#include "control/gdoi/group_id.h"
#include "crypto/rand.h"

#define NONCE_LEN 16
#define NONCE_MAX 128
/* Pulls between message 1 and 3. Each holds a policy; who finds no room repeats message 1. */
#define OPEN_MAX  1024

struct serve {
	LIST_ENTRY(serve) entry;
	struct gdoi_server *server;
	struct ike_phase2 *x;
	bool sent_2;
	struct gdoi_group_id group;
	uint8_t ni[NONCE_MAX], nr[NONCE_LEN];
	size_t ni_len;
	struct gdoi_policy policy;
};

struct gdoi_server {
	struct ike *ike;
	struct gdoi_server_ops ops;
	void *arg;
	LIST_HEAD(, serve) open;
	unsigned int n_open;
	uint8_t payloads[ISAKMP_MSG_MAX]; /* of the message being built */
};

static void serve_free(struct serve *s)
{
	LIST_REMOVE(s, entry);
	s->server->n_open--;
	gdoi_policy_clear(&s->policy);
	free(s);
}

static struct gdoi_member_ref member_of(const struct serve *s)
{
	struct ike_sa *sa = ike_phase2_sa(s->x);
	struct gdoi_member_ref m = {
		.local = *ike_sa_local(sa), .remote = *ike_sa_remote(sa), .peer = *ike_sa_peer(sa)};

	m.id = ike_sa_peer_id(sa, &m.id_type);
	return m;
}

/* ---- refusal ------------------------------------------------------------------------------ */

static uint16_t notify_of(enum gdoi_fail why)
{
	switch (why) {
	case GDOI_FAIL_UNAUTHORIZED:
		return NOTIFY_AUTHENTICATION_FAILED;
	case GDOI_FAIL_PEER_FORM:
		return NOTIFY_NO_PROPOSAL_CHOSEN;
	case GDOI_FAIL_MALFORMED:
		return NOTIFY_PAYLOAD_MALFORMED;
	case GDOI_FAIL_VID_STRIPPED:
		return NOTIFY_ATTRIBUTES_NOT_SUPPORTED;
	case GDOI_FAIL_NO_SIDS:
	case GDOI_FAIL_INTERNAL:
	case GDOI_FAIL_NO_RSA_KEY:
		return NOTIFY_INVALID_KEY_INFORMATION;
	default:
		return NOTIFY_INVALID_ID_INFORMATION;
	}
}

/* A protected notification that names the exchange by its message ID, then the end of the SA. A
 * member that misses the first one finds out by silence. */
static void refuse(struct serve *s, enum gdoi_fail why)
{
	struct ike_sa *sa = ike_phase2_sa(s->x);
	uint8_t mid[4];

	log_msg(CRYPTO_IKMP_MODE_FAILURE, "", "GDOI", addr_text(&ike_sa_remote(sa)->addr).s);
	put_be32(mid, ike_phase2_mid(s->x));
	ike_phase2_done(s->x);
	serve_free(s);
	if (ike_notify(sa, notify_of(why), bytes_of(mid, sizeof(mid))) == 0)
		ike_sa_delete(sa, true);
	else
		ike_sa_delete(sa, false);
}

/* ---- messages 3 and 4 --------------------------------------------------------------------- */

struct gap_3 {
	uint16_t sids_wanted;
	bool ext_version;
};

/* The GAP of message 3, if there is one. */
static int read_3(struct gap_3 *out, uint8_t first, struct bytes payloads)
{
	struct pld_chain c;
	const struct pld *p;
	struct gdoi_gap gap;
	uint32_t v;

	*out = (struct gap_3){0};
	if (first == PLD_NONE)
		return 0;
	if (pld_chain_get(&c, PLD_IN_PULL, first, payloads, NULL) < 0)
		return -EBADMSG;
	p = pld_find(&c, PLD_GAP);
	if (p == NULL)
		return 0;
	if (gdoi_gap_get(&gap, p, NULL) < 0)
		return -EBADMSG;
	if (attrs_number(&gap.attrs, GAPATTR_SENDER_ID_REQUEST, &v))
		out->sids_wanted = (uint16_t)GV_MIN(v, (uint32_t)UINT16_MAX);
	out->ext_version =
		attrs_number(&gap.attrs, GAPATTR_EXT_VERSION, &v) && v == CODEC_EXT_VERSION;
	return 0;
}

static int send_4(struct serve *s)
{
	struct gdoi_server *srv = s->server;
	struct codec_out how = {.pull = true};
	struct bytes parts[3];
	struct buf_wr w;
	struct pld_wr c;
	int rc;

	buf_wr_init(&w, srv->payloads, sizeof(srv->payloads));
	pld_wr_init(&c, &w);
	if (s->policy.has_kek)
		pld_seq_put(&c, s->policy.seq);
	codec_put_kd(&c, &s->policy, &how);
	parts[0] = bytes_of(s->ni, s->ni_len);
	parts[1] = bytes_of(s->nr, NONCE_LEN);
	parts[2] = bytes_of(srv->payloads, w.pos);
	rc = w.err ? -EMSGSIZE
		   : ike_phase2_send(s->x, parts, GV_ARRAY_SIZE(parts), c.first, parts[2], false);
	secret_wipe(srv->payloads, w.pos);
	return rc;
}

static void take_3(struct serve *s, uint8_t first, struct bytes payloads, struct bytes hash)
{
	struct bytes parts[] = {bytes_of(s->ni, s->ni_len), bytes_of(s->nr, NONCE_LEN), payloads};
	struct gdoi_server *srv = s->server;
	struct gdoi_member_ref m = member_of(s);
	enum gdoi_fail why = GDOI_FAIL_MALFORMED;
	struct gap_3 gap;

	if (!ike_phase2_check(s->x, hash, parts, GV_ARRAY_SIZE(parts)))
		return;
	if (read_3(&gap, first, payloads) == 0) {
		/* One side saw the other's vendor ID and not the reverse: somebody on the path
		 * removed one, and with it the stricter half of the policy. Nothing is handed
		 * out. */
		if (gap.ext_version != m.peer.ours) {
			refuse(s, GDOI_FAIL_VID_STRIPPED);
			return;
		}
		why = srv->ops.commit(&m, &s->group, gap.sids_wanted, &s->policy, srv->arg);
	}
	if (why == GDOI_FAIL_NONE && send_4(s) < 0)
		why = GDOI_FAIL_INTERNAL;
	if (why != GDOI_FAIL_NONE) {
		refuse(s, why);
		return;
	}
	ike_phase2_done(s->x);
	serve_free(s);
}

/* ---- messages 1 and 2 --------------------------------------------------------------------- */

static enum gdoi_fail read_1(struct serve *s, uint8_t first, struct bytes payloads)
{
	const struct pld *nonce, *id;
	struct pld_chain c;

	if (pld_chain_get(&c, PLD_IN_PULL, first, payloads, NULL) < 0)
		return GDOI_FAIL_MALFORMED;
	nonce = pld_find(&c, PLD_NONCE);
	id = pld_find(&c, PLD_ID);
	if (nonce == NULL || id == NULL || nonce->body.len > NONCE_MAX)
		return GDOI_FAIL_MALFORMED;
	memcpy(s->ni, nonce->body.p, nonce->body.len);
	s->ni_len = nonce->body.len;
	switch (group_id_get(&s->group, id)) {
	case 0:
		return GDOI_FAIL_NONE;
	case -ENOENT:
		return GDOI_FAIL_NO_GROUP;
	default:
		return GDOI_FAIL_MALFORMED;
	}
}

static int send_2(struct serve *s)
{
	struct gdoi_server *srv = s->server;
	struct ike_sa *sa = ike_phase2_sa(s->x);
	struct codec_out how = {
		.pull = true, .member = *ike_sa_remote(sa), .confirm = ike_sa_peer(sa)->ours};
	struct bytes parts[2];
	struct buf_wr w;
	struct pld_wr c;
	int rc = rand_bytes(RAND_NONCE, s->nr, NONCE_LEN);

	if (rc < 0)
		return rc;
	buf_wr_init(&w, srv->payloads, sizeof(srv->payloads));
	pld_wr_init(&c, &w);
	pld_put(&c, PLD_NONCE, bytes_of(s->nr, NONCE_LEN));
	rc = codec_put_sa(&c, &s->policy, &how, NULL);
	if (rc < 0)
		return rc;
	parts[0] = bytes_of(s->ni, s->ni_len);
	parts[1] = bytes_of(srv->payloads, w.pos);
	if (w.err)
		return -EMSGSIZE;
	return ike_phase2_send(s->x, parts, GV_ARRAY_SIZE(parts), c.first, parts[1], false);
}

static void take_1(struct serve *s, uint8_t first, struct bytes payloads, struct bytes hash)
{
	struct gdoi_server *srv = s->server;
	struct gdoi_member_ref m = member_of(s);
	enum gdoi_fail why;

	if (!ike_phase2_check(s->x, hash, &payloads, 1))
		return;
	why = read_1(s, first, payloads);
	if (why == GDOI_FAIL_NONE)
		why = srv->ops.offer(&m, &s->group, &s->policy, srv->arg);
	if (why == GDOI_FAIL_NONE) {
		int rc = send_2(s);

		if (rc < 0)
			why = rc == -EINVAL ? GDOI_FAIL_PEER_FORM : GDOI_FAIL_INTERNAL;
	}
	if (why != GDOI_FAIL_NONE)
		refuse(s, why);
	else
		s->sent_2 = true;
}

static void message(struct ike_phase2 *x, uint8_t first, struct bytes payloads, struct bytes hash,
		    void *arg)
{
	struct serve *s = arg;

	if (s->sent_2)
		take_3(s, first, payloads, hash);
	else
		take_1(s, first, payloads, hash);
}

/* The member went away, or its first message was forged. */
static void exchange_over(struct ike_phase2 *x, enum ike_end why, void *arg)
{
	serve_free(arg);
}

static void accept_pull(struct ike_phase2 *x, void *arg)
{
	struct gdoi_server *srv = arg;
	struct serve *s;

	if (srv->n_open >= OPEN_MAX)
		return;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return;
	s->server = srv;
	s->x = x;
	gdoi_policy_init(&s->policy);
	LIST_INSERT_HEAD(&srv->open, s, entry);
	srv->n_open++;
	ike_phase2_adopt(x, message, exchange_over, s);
}

int gdoi_server_new(struct gdoi_server **out, struct ike *ike, const struct gdoi_server_ops *ops,
		    void *arg)
{
	struct gdoi_server *srv = calloc(1, sizeof(*srv));

	if (srv == NULL)
		return -ENOMEM;
	srv->ike = ike;
	srv->ops = *ops;
	srv->arg = arg;
	LIST_INIT(&srv->open);
	ike_set_phase2(ike, EXCH_PULL, accept_pull, srv);
	*out = srv;
	return 0;
}

void gdoi_server_free(struct gdoi_server *srv)
{
	struct serve *s;

	if (srv == NULL)
		return;
	ike_set_phase2(srv->ike, EXCH_PULL, NULL, NULL);
	while ((s = LIST_FIRST(&srv->open)) != NULL) {
		ike_phase2_done(s->x);
		serve_free(s);
	}
	free(srv);
}
