/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Our IKE and GDOI on a real socket, for tests against programs of others:
 *
 *	ike_peer [-d DOI] [-k] [-t SECONDS] -e CIPHER-HASH-GROUP -s PSK COMMAND LOCAL REMOTE
 *
 * COMMAND: initiate and respond do phase 1, pull and serve a whole registration in group 3333.
 * LOCAL, REMOTE: ADDRESS:PORT. Prints one line a result and ends with 0 when it is done, with 1
 * when SECONDS (15) have passed or the exchange failed. -k prints the initiator's cookie and the
 * phase 1 cipher key, in the form that tshark takes them.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "control/conf/conf.h"
#include "control/gdoi/gdoi.h"
#include "control/ike/ike_priv.h"
#include "control/net/net.h"
#include "sample_policy.h"

#define POLL_NS   (20 * LOOP_NS_PER_MS)
#define LINGER_NS (300 * LOOP_NS_PER_MS) /* lets the peer ask for a lost answer again */

struct peer {
	struct loop *loop;
	struct net *net;
	struct ike *ike;
	struct gdoi_server *server;
	struct gdoi_pull *pull;
	struct loop_timer *deadline, *poll, *linger;
	struct endpoint local, remote;
	struct conf conf;
	struct conf_ike_policy policy;
	struct conf_ike_key key;
	const char *command;
	uint32_t doi;
	unsigned int seconds;
	bool print_key, served;
	int status;
};

static void received(const struct endpoint *local, const struct endpoint *remote, struct bytes msg,
		     void *arg)
{
	struct peer *p = arg;

	ike_input(p->ike, local, remote, msg);
}

static void transmit(const struct endpoint *local, const struct endpoint *remote, struct bytes msg,
		     void *arg)
{
	struct peer *p = arg;

	net_send(p->net, local, remote, msg);
}

static void stop(struct peer *p, int status)
{
	p->status = status;
	loop_timer_cancel(p->poll);
	loop_timer_set(p->linger, LINGER_NS);
}

static void linger_over(void *arg)
{
	struct peer *p = arg;

	loop_stop(p->loop);
}

static void deadline(void *arg)
{
	struct peer *p = arg;

	printf("no result after %u s\n", p->seconds);
	for (unsigned int i = 0; i < IKE_DROP_COUNT; i++)
		if (ike_drop_count(p->ike, i) > 0)
			printf("dropped %llu: %s\n", (unsigned long long)ike_drop_count(p->ike, i),
			       ike_drop_text(i));
	p->status = 1;
	loop_stop(p->loop);
}

/* ---- results ------------------------------------------------------------------------------ */

static void print_key(const struct ike_sa *sa)
{
	printf("key ");
	for (unsigned int i = 0; i < sizeof(sa->cky_i); i++)
		printf("%02x", sa->cky_i[i]);
	printf(",");
	for (size_t i = 0; i < sa->seal.key->len; i++)
		printf("%02x", sa->seal.key->bytes[i]);
	printf("\n");
}

static void print_sa(const struct peer *p, const struct ike_sa *sa)
{
	uint8_t type;
	struct bytes id = ike_sa_peer_id(sa, &type);

	printf("established with %s, identity type %u of %zu octets, vendor ID %s\n",
	       endpoint_text(ike_sa_remote(sa)).s, type, id.len,
	       ike_sa_peer(sa)->ours ? "ours" : "not ours");
	if (p->print_key)
		print_key(sa);
}

static void phase1_over(struct ike_sa *sa, enum ike_end what, void *arg)
{
	struct peer *p = arg;

	if (what == IKE_END_ESTABLISHED) {
		print_sa(p, sa);
		stop(p, 0);
		return;
	}
	printf("phase 1: %s\n", ike_end_text(what));
	stop(p, p->status < 0 ? 1 : p->status);
}

static void pull_over(const struct gdoi_pull_result *r, void *arg)
{
	struct peer *p = arg;
	struct ike_sa *sa = ike_sa_find(p->ike, &p->local, &p->remote);

	p->pull = NULL;
	if (sa != NULL)
		print_sa(p, sa);
	printf("pull: %s\n", r->fail == GDOI_FAIL_NONE ? "success" : r->detail.s);
	if (r->policy != NULL)
		printf("policy: %u lines, %u TEKs, %u sender IDs\n", r->policy->n_aces,
		       r->policy->n_teks, r->policy->n_sids);
	stop(p, r->fail == GDOI_FAIL_NONE ? 0 : 1);
}

/* A responder is not told: it looks. */
static void look(void *arg)
{
	struct peer *p = arg;
	struct ike_sa *sa = TAILQ_FIRST(&p->ike->accepted.q);

	loop_timer_set(p->poll, POLL_NS);
	if (sa == NULL || (p->server != NULL && !p->served))
		return;
	print_sa(p, sa);
	stop(p, 0);
}

/* ---- key server --------------------------------------------------------------------------- */

static enum gdoi_fail offer(const struct gdoi_member_ref *m, const struct gdoi_group_id *g,
			    struct gdoi_policy *policy, void *arg)
{
	if (g->is_address || g->number != 3333)
		return GDOI_FAIL_NO_GROUP;
	gdoi_policy_clear(policy);
	sample_policy(policy, m->peer.ours, sample_key());
	return GDOI_FAIL_NONE;
}

static enum gdoi_fail commit(const struct gdoi_member_ref *m, const struct gdoi_group_id *g,
			     uint16_t sids_wanted, struct gdoi_policy *policy, void *arg)
{
	struct peer *p = arg;

	p->served = true;
	return GDOI_FAIL_NONE;
}

/* ---- command line ------------------------------------------------------------------------- */

static bool parse_policy(struct conf_ike_policy *p, const char *text)
{
	char cipher[16], hash[16];
	unsigned int group;

	*p = (struct conf_ike_policy){.number = 10, .auth = CONF_IKE_PSK, .lifetime_s = 3600};
	if (sscanf(text, "%15[a-z0-9]-%15[a-z0-9]-%u", cipher, hash, &group) != 3)
		return false;
	p->group = (uint8_t)group;
	p->cipher = strcmp(cipher, "3des") == 0 ? CONF_IKE_3DES : CONF_IKE_AES;
	if (p->cipher == CONF_IKE_AES && sscanf(cipher, "aes%hu", &p->key_bits) != 1)
		return false;
	if (strcmp(hash, "sha1") == 0)
		p->hash = CONF_HASH_SHA1;
	else if (strcmp(hash, "sha256") == 0)
		p->hash = CONF_HASH_SHA256;
	else if (strcmp(hash, "sha384") == 0)
		p->hash = CONF_HASH_SHA384;
	else if (strcmp(hash, "sha512") == 0)
		p->hash = CONF_HASH_SHA512;
	else
		return false;
	return true;
}

static bool parse_endpoint(struct endpoint *e, const char *text)
{
	char address[64];

	return sscanf(text, "%63[^:]:%hu", address, &e->port) == 2 &&
	       addr_parse(&e->addr, address) == 0;
}

static bool parse(struct peer *p, int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "d:e:ks:t:")) != -1) {
		if (o == 'd')
			p->doi = (uint32_t)strtoul(optarg, NULL, 10);
		else if (o == 'k')
			p->print_key = true;
		else if (o == 't')
			p->seconds = (unsigned int)strtoul(optarg, NULL, 10);
		else if (o == 's')
			p->key.key = secret_new(optarg, strlen(optarg));
		else if (o != 'e' || !parse_policy(&p->policy, optarg))
			return false;
	}
	if (argc - optind != 3 || p->policy.number == 0 || p->key.key == NULL)
		return false;
	p->command = argv[optind];
	return parse_endpoint(&p->local, argv[optind + 1]) &&
	       parse_endpoint(&p->remote, argv[optind + 2]);
}

static int begin(struct peer *p)
{
	static const struct gdoi_server_ops ops = {.offer = offer, .commit = commit};
	struct gdoi_pull_request rq = {.local = p->local,
				       .remote = p->remote,
				       .group = {.number = 3333},
				       .sids_wanted = 2};
	struct ike_sa *sa;

	if (strcmp(p->command, "initiate") == 0)
		return ike_sa_start(&sa, p->ike, &p->local, &p->remote, phase1_over, p);
	if (strcmp(p->command, "pull") == 0)
		return gdoi_pull_start(&p->pull, p->ike, &rq, pull_over, p);
	if (strcmp(p->command, "serve") == 0) {
		if (gdoi_server_new(&p->server, p->ike, &ops, p) < 0)
			return -ENOMEM;
	} else if (strcmp(p->command, "respond") != 0) {
		return -EINVAL;
	}
	loop_timer_set(p->poll, POLL_NS);
	return 0;
}

static int setup(struct peer *p)
{
	struct err_text e;

	p->key.peer = (struct prefix){.addr = addr_v4(0)};
	p->conf.ike_policies = &p->policy;
	p->conf.n_ike_policies = 1;
	p->conf.ike_keys = &p->key;
	p->conf.n_ike_keys = 1;
	if (loop_new(&p->loop) < 0 || net_new(&p->net, p->loop, received, p) < 0 ||
	    ike_new(&p->ike, p->loop, transmit, p) < 0 ||
	    loop_timer_new(&p->deadline, p->loop, deadline, p) < 0 ||
	    loop_timer_new(&p->linger, p->loop, linger_over, p) < 0 ||
	    loop_timer_new(&p->poll, p->loop, look, p) < 0)
		return -ENOMEM;
	ike_set_conf(p->ike, &p->conf);
	ike_set_doi(p->ike, p->doi);
	if (net_open(p->net, &p->local, &e) < 0) {
		printf("%s\n", e.s);
		return -EADDRINUSE;
	}
	loop_timer_set(p->deadline, p->seconds * LOOP_NS_PER_S);
	printf("ready\n");
	return 0;
}

int main(int argc, char **argv)
{
	static struct peer p = {.doi = 2, .seconds = 15, .status = -1};

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!parse(&p, argc, argv)) {
		fprintf(stderr,
			"usage: %s [-d DOI] [-k] [-t SECONDS] -e CIPHER-HASH-GROUP -s PSK "
			"initiate|respond|pull|serve LOCAL:PORT REMOTE:PORT\n",
			argv[0]);
		return EXIT_FAILURE;
	}
	if (setup(&p) == 0 && begin(&p) == 0)
		loop_run(p.loop);
	else
		p.status = 1;
	gdoi_server_free(p.server);
	if (p.pull != NULL)
		gdoi_pull_abort(p.pull);
	ike_free(p.ike);
	net_free(p.net);
	loop_timer_free(p.deadline);
	loop_timer_free(p.linger);
	loop_timer_free(p.poll);
	loop_free(p.loop);
	secret_unref(p.key.key);
	return p.status;
}
