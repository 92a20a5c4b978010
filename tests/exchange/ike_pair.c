/* SPDX-License-Identifier: BSD-3-Clause */
/* Two IKE instances on one clock moved by hand. */
#include "ike_pair.h"

#include <string.h>

static void input(void *node, const struct endpoint *local, const struct endpoint *remote,
		  struct bytes msg)
{
	struct pair_side *s = node;

	ike_input(s->ike, local, remote, msg);
}

void pair_policy(struct pair_side *s, unsigned int i, enum conf_ike_cipher c, uint16_t bits,
		 enum conf_hash h, uint8_t group)
{
	s->policies[i] = (struct conf_ike_policy){
		.number = (uint16_t)(10 * (i + 1)),
		.cipher = c,
		.key_bits = bits,
		.hash = h,
		.auth = CONF_IKE_PSK,
		.group = group,
		.lifetime_s = 86400,
	};
	s->conf.n_ike_policies = i + 1;
}

void pair_psk(struct pair_side *s, const char *psk)
{
	secret_unref(s->key.key);
	s->key.key = psk == NULL ? NULL : secret_new(psk, strlen(psk));
	s->conf.n_ike_keys = psk == NULL ? 0 : 1;
}

static void side_setup(struct pair *p, struct pair_side *s, uint32_t address)
{
	gv_assert(ike_new(&s->ike, p->loop, queue_send, &p->q) == 0);
	s->at = (struct endpoint){.addr = addr_v4(address), .port = 848};
	s->conf.ike_policies = s->policies;
	s->conf.ike_keys = &s->key;
	s->key.peer = (struct prefix){.addr = addr_v4(0)};
	pair_psk(s, PAIR_PSK);
	pair_policy(s, 0, CONF_IKE_AES, 128, CONF_HASH_SHA256, 19);
	ike_set_conf(s->ike, &s->conf);
	queue_attach(&p->q, &s->at, input, s);
}

void pair_setup(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	queue_init(&p->q);
	gv_assert(loop_new_manual(&p->loop, LOOP_NS_PER_S) == 0);
	side_setup(p, &p->gm, 0x0a010d02);
	side_setup(p, &p->ks, 0x0a010c02);
}

void pair_teardown(struct pair *p)
{
	ike_free(p->gm.ike);
	ike_free(p->ks.ike);
	pair_psk(&p->gm, NULL);
	pair_psk(&p->ks, NULL);
	queue_clear(&p->q);
	loop_free(p->loop);
}

static void sa_done(struct ike_sa *sa, enum ike_end what, void *arg)
{
	struct pair *p = arg;

	p->ends++;
	p->last_end = what;
	if (what != IKE_END_ESTABLISHED)
		p->sa = NULL;
}

void pair_start(struct pair *p)
{
	gv_assert(ike_sa_start(&p->sa, p->gm.ike, &p->gm.at, &p->ks.at, sa_done, p) == 0);
}

void pair_restart_ks(struct pair *p)
{
	ike_free(p->ks.ike);
	gv_assert(ike_new(&p->ks.ike, p->loop, queue_send, &p->q) == 0);
	ike_set_conf(p->ks.ike, &p->ks.conf);
}

struct count {
	unsigned int established, others;
};

static void count_row(const struct ike_sa_row *row, void *arg)
{
	struct count *c = arg;

	if (strcmp(row->state, "GDOI_IDLE") == 0)
		c->established++;
	else
		c->others++;
}

unsigned int pair_established(const struct pair_side *s)
{
	struct count c = {0};

	ike_sa_each(s->ike, count_row, &c);
	return c.established;
}

unsigned int pair_half_open(const struct pair_side *s)
{
	struct count c = {0};

	ike_sa_each(s->ike, count_row, &c);
	return c.others;
}

void pair_pass(struct pair *p, unsigned int seconds)
{
	for (unsigned int i = 0; i < seconds; i++) {
		queue_run(&p->q);
		loop_advance(p->loop, LOOP_NS_PER_S);
	}
	queue_run(&p->q);
}

uint64_t pair_drops(const struct pair_side *s)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < IKE_DROP_COUNT; i++)
		n += ike_drop_count(s->ike, i);
	return n;
}
