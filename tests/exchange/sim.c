/* SPDX-License-Identifier: BSD-3-Clause */
/* A group in one process, see sim.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim.h"

#include "base/trace.h"
#include "crypto/rand.h"

#define LINES_MAX     20000
#define EXCHANGE_AT   18 /* of an ISAKMP header */
#define EXCHANGE_PUSH 33
#define EXCHANGE_ACK  35
#define INTERFACE     "Serial1/0"
#define LABEL         "get"

const struct sim_group sim_fast = {.tek_s = 20,
				   .kek_s = 60,
				   .retransmit_s = 1,
				   .retransmit_n = 2,
				   .suite = SUITE_AES128_SHA1,
				   .replay = GDOI_REPLAY_TIME,
				   .window = 4};

/* ---- messages ---------------------------------------------------------------------------------- */

static char *lines[LINES_MAX];
static unsigned int n_lines;

static void on_log(enum log_id id, const char *line, void *arg)
{
	(void)id;
	(void)arg;
	if (getenv("SIM_VERBOSE") != NULL)
		fprintf(stderr, "%s\n", line);
	if (n_lines < LINES_MAX)
		lines[n_lines++] = strdup(line);
}

void sim_log_clear(void)
{
	while (n_lines > 0)
		free(lines[--n_lines]);
}

unsigned int sim_log_count(const char *mnemonic)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < n_lines; i++)
		n += strstr(lines[i], mnemonic) != NULL;
	return n;
}

unsigned int sim_log_lines(void)
{
	return n_lines;
}

const char *sim_log_line(unsigned int i)
{
	return lines[i];
}

/* ---- chance ------------------------------------------------------------------------------------- */

static uint64_t draw(struct sim *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random;
}

static size_t random_octets(enum rand_use use, uint8_t *out, size_t len, size_t room, void *arg)
{
	(void)use;
	(void)room;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(draw(arg) >> 24);
	return len;
}

/* ---- network -------------------------------------------------------------------------------------- */

struct packet {
	struct sim *sim;
	struct endpoint from, to;
	struct loop_timer *timer;
	int member; /* who gets it, -1: the key server */
	size_t len;
	uint8_t octets[];
};

static int member_of(const struct sim *s, const struct addr *a)
{
	for (unsigned int i = 0; i < s->n; i++)
		if (addr_equal(&s->gm[i].addr, a))
			return (int)i;
	return -1;
}

static void arrive(void *arg)
{
	struct packet *p = arg;
	struct sim *s = p->sim;
	struct bytes msg = bytes_of(p->octets, p->len);
	int i = p->member;

	if (i >= 0 && s->gm[i].up)
		ike_input(s->gm[i].ike, &p->to, &p->from, msg);
	else if (i < 0 && s->ks.up && addr_equal(&p->to.addr, &s->ks.addr))
		ike_input(s->ks.ike, &p->to, &p->from, msg);
	loop_timer_free(p->timer);
	free(p);
}

static void put(struct sim *s, const struct endpoint *from, const struct endpoint *to, int member,
		struct bytes msg, uint64_t delay_ns)
{
	struct packet *p = malloc(sizeof(*p) + msg.len);

	assert_non_null(p);
	*p = (struct packet){.sim = s, .from = *from, .to = *to, .member = member, .len = msg.len};
	memcpy(p->octets, msg.p, msg.len);
	assert_int_equal(loop_timer_new(&p->timer, s->loop, arrive, p), 0);
	loop_timer_set(p->timer, delay_ns);
}

static bool is_cut(const struct sim *s, int from, int to, uint8_t exchange)
{
	if ((from >= 0 && s->cut[from]) || (to >= 0 && s->cut[to]))
		return true;
	return (to >= 0 && exchange == EXCHANGE_PUSH && s->cut_push[to]) ||
	       (from >= 0 && exchange == EXCHANGE_ACK && s->cut_ack[from]);
}

static void keep_push(struct sim *s, int to, struct bytes msg)
{
	uint8_t *copy = malloc(msg.len);

	assert_non_null(copy);
	memcpy(copy, msg.p, msg.len);
	free((void *)(uintptr_t)s->last_push[to].p);
	s->last_push[to] = bytes_of(copy, msg.len);
}

static void carry_to(struct sim *s, const struct endpoint *from, const struct endpoint *to, int b,
		     struct bytes msg)
{
	int a = member_of(s, &from->addr);
	uint8_t exchange = msg.len > EXCHANGE_AT ? msg.p[EXCHANGE_AT] : 0;
	unsigned int copies = 1 + (draw(s) % 1000 < s->repeat);

	s->packets++;
	if (b >= 0 && exchange == EXCHANGE_PUSH)
		keep_push(s, b, msg);
	for (unsigned int i = 0; i < copies; i++) {
		uint64_t delay =
			s->delay_min_ns + draw(s) % (s->delay_max_ns - s->delay_min_ns + 1);

		if (b >= 0 && exchange == EXCHANGE_PUSH)
			delay += s->push_delay_ns[b];
		if (is_cut(s, a, b, exchange) || draw(s) % 1000 < s->lose) {
			s->lost++;
			continue;
		}
		put(s, from, to, b, msg, delay);
	}
}

static void carry(struct sim *s, const struct endpoint *from, const struct endpoint *to,
		  struct bytes msg)
{
	if (!addr_is_multicast(&to->addr)) {
		carry_to(s, from, to, member_of(s, &to->addr), msg);
		return;
	}
	for (unsigned int i = 0; i < s->n; i++)
		carry_to(s, from, to, (int)i, msg);
}

static void member_send(const struct endpoint *local, const struct endpoint *remote,
			struct bytes msg, void *arg)
{
	struct sim_member *m = arg;

	carry(m->sim, local, remote, msg);
}

static void server_send(const struct endpoint *local, const struct endpoint *remote,
			struct bytes msg, void *arg)
{
	struct sim_server *k = arg;

	if (k->sim->tap != NULL)
		k->sim->tap(remote, msg, k->sim->tap_arg);
	carry(k->sim, local, remote, msg);
}

static struct endpoint ep(const struct addr *a)
{
	return (struct endpoint){.addr = *a, .port = 848};
}

void sim_deliver_to_gm(struct sim *s, unsigned int i, struct bytes msg)
{
	struct endpoint from = ep(&s->ks.addr), to = ep(&s->gm[i].addr);

	put(s, &from, &to, (int)i, msg, LOOP_NS_PER_MS);
}

void sim_repeat_push(struct sim *s, unsigned int i)
{
	sim_deliver_to_gm(s, i, s->last_push[i]);
}

/* ---- the data plane of a member -------------------------------------------------------------------- */

static void forget_teks(struct sim_member *m)
{
	for (unsigned int i = 0; i < m->n_teks; i++) {
		secret_unref(m->teks[i].tek.key);
		secret_unref(m->teks[i].tek.auth);
	}
	m->n_teks = 0;
}

static int dp_install(const struct gm_install *want, struct err_text *why, void *arg)
{
	struct sim_member *m = arg;

	assert_string_equal(want->interface, INTERFACE);
	if (m->refuse_all)
		return err_set(why, -ENOMEM, "the access list could not be compiled");
	for (unsigned int i = 0; i < want->n_teks; i++) {
		if (want->teks[i].tek.suite != m->refuse || m->refuse == SUITE_NONE)
			continue;
		m->refusals++;
		return err_set(why, -ENOTSUP, "%s is not supported", suite_get(m->refuse)->text);
	}
	forget_teks(m);
	for (unsigned int i = 0; i < want->n_teks; i++) {
		m->teks[i] = want->teks[i];
		secret_ref(m->teks[i].tek.key);
		secret_ref(m->teks[i].tek.auth);
	}
	m->n_teks = want->n_teks;
	m->n_aces = want->n_aces;
	m->n_denies = 0;
	for (unsigned int i = 0; i < want->n_aces; i++)
		m->n_denies += !want->aces[i].ace.permit;
	m->n_local = want->n_local;
	m->n_sids = want->n_sids;
	m->gate = want->gate;
	m->off_ns = want->pseudotime_off_ns;
	m->off_valid = want->pseudotime_valid;
	m->attached = true;
	m->installs++;
	return 0;
}

static void dp_detach(const char *interface, void *arg)
{
	struct sim_member *m = arg;

	assert_string_equal(interface, INTERFACE);
	forget_teks(m);
	m->attached = false;
	m->detaches++;
}

static uint16_t dp_workers(void *arg)
{
	struct sim_member *m = arg;

	return m->workers;
}

static const struct gm_dp_ops dp_ops = {
	.install = dp_install, .detach = dp_detach, .workers = dp_workers};

/* ---- configuration ------------------------------------------------------------------------------------ */

#define NAME(field, text) snprintf((field), sizeof(field), "%s", (text))

static void *array(size_t n, size_t size)
{
	void *p = calloc(n, size);

	assert_non_null(p);
	return p;
}

static void ike_lines(struct conf *c)
{
	static const char psk[] = "test-secret";

	c->n_ike_policies = 1;
	c->ike_policies = array(1, sizeof(*c->ike_policies));
	c->ike_policies[0] = (struct conf_ike_policy){.number = 10,
						      .cipher = CONF_IKE_AES,
						      .key_bits = 128,
						      .hash = CONF_HASH_SHA256,
						      .group = 19,
						      .lifetime_s = 86400};
	c->n_ike_keys = 1;
	c->ike_keys = array(1, sizeof(*c->ike_keys));
	c->ike_keys[0].key = secret_new(psk, sizeof(psk) - 1);
	c->ike_keys[0].peer.addr = addr_v4(0);
}

static struct ace line(const char *text)
{
	const char *words[16];
	char copy[128], *rest;
	unsigned int n = 0, bad;
	struct ace a = {0};

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *w = strtok_r(copy, " ", &rest); w != NULL && n < GV_ARRAY_SIZE(words);
	     w = strtok_r(NULL, " ", &rest))
		words[n++] = w;
	assert_int_equal(ace_parse(&a, words, n, &bad, NULL), 0);
	return a;
}

static void policy_acl(struct conf *c)
{
	c->n_acls = 1;
	c->acls = array(1, sizeof(*c->acls));
	NAME(c->acls[0].name, "ENCPOL");
	c->acls[0].extended = true;
	c->acls[0].n_aces = 3;
	c->acls[0].aces = array(3, sizeof(struct ace));
	c->acls[0].aces[0] = line("deny eigrp any any");
	c->acls[0].aces[1] = line("deny udp any eq 848 any eq 848");
	c->acls[0].aces[2] = line("permit ip any any");
}

static void ks_group(struct conf *c, const struct sim_group *g, const struct addr *own)
{
	struct conf_group *cg;

	c->n_transform_sets = 1;
	c->transform_sets = array(1, sizeof(*c->transform_sets));
	NAME(c->transform_sets[0].name, "gdoi-ts");
	c->transform_sets[0].suite = g->suite;
	c->n_profiles = 1;
	c->profiles = array(1, sizeof(*c->profiles));
	NAME(c->profiles[0].name, "gdoi-p");
	NAME(c->profiles[0].transform_set, "gdoi-ts");
	c->profiles[0].lifetime_s = g->tek_s;
	c->n_groups = 1;
	c->groups = cg = array(1, sizeof(*cg));
	NAME(cg->name, SIM_GROUP);
	cg->has_number = true;
	cg->number = SIM_NUMBER;
	cg->server = (struct conf_server){.enabled = true,
					  .address = *own,
					  .rekey_unicast = true,
					  .kek_alg = GDOI_KEK_AES,
					  .kek_bits = 128,
					  .sig_hash = GDOI_SIG_SHA256,
					  .kek_lifetime_s = g->kek_s,
					  .retransmit_s = g->retransmit_s,
					  .retransmit_n = g->retransmit_n,
					  .sid_bits = 24,
					  .priority = 1,
					  .n_sas = 1};
	NAME(cg->server.rsa_label, LABEL);
	cg->server.sas[0] = (struct conf_sa){.number = 1, .replay = g->replay, .window = g->window};
	NAME(cg->server.sas[0].profile, "gdoi-p");
	NAME(cg->server.sas[0].acl, "ENCPOL");
}

static struct conf *ks_conf_make(const struct sim_group *g, const struct addr *own)
{
	struct conf *c;

	assert_int_equal(conf_new(&c), 0);
	ike_lines(c);
	policy_acl(c);
	ks_group(c, g, own);
	return c;
}

static struct conf *gm_conf_make(const struct addr *own, const struct addr *ks)
{
	struct conf *c;

	assert_int_equal(conf_new(&c), 0);
	ike_lines(c);
	c->n_groups = 1;
	c->groups = array(1, sizeof(*c->groups));
	NAME(c->groups[0].name, SIM_GROUP);
	c->groups[0].has_number = true;
	c->groups[0].number = SIM_NUMBER;
	c->groups[0].servers[0] = *ks;
	c->groups[0].n_servers = 1;
	c->n_maps = 1;
	c->maps = array(1, sizeof(*c->maps));
	NAME(c->maps[0].name, "gm1map");
	c->maps[0].fail_close = true;
	c->maps[0].n_entries = 1;
	c->maps[0].entries = array(1, sizeof(*c->maps[0].entries));
	c->maps[0].entries[0].seq = 10;
	NAME(c->maps[0].entries[0].group, SIM_GROUP);
	c->n_interfaces = 1;
	c->interfaces = array(1, sizeof(*c->interfaces));
	NAME(c->interfaces[0].name, INTERFACE);
	NAME(c->interfaces[0].map, "gm1map");
	c->interfaces[0].has_address = true;
	c->interfaces[0].address = *own;
	c->interfaces[0].address_len = 30;
	return c;
}

void sim_ks_add_acl(struct sim *s, const char *name, const char *text)
{
	struct conf *c = s->ks.conf;
	struct conf_acl *acls = reallocarray(c->acls, c->n_acls + 1, sizeof(*acls));

	assert_non_null(acls);
	c->acls = acls;
	acls[c->n_acls] = (struct conf_acl){.n_aces = 1, .aces = array(1, sizeof(struct ace))};
	NAME(acls[c->n_acls].name, name);
	acls[c->n_acls].aces[0] = line(text);
	c->n_acls++;
}

struct conf_server *sim_ks_conf(struct sim *s)
{
	return &s->ks.conf->groups[0].server;
}

struct conf_group *sim_gm_conf(struct sim *s, unsigned int i)
{
	return &s->gm[i].conf->groups[0];
}

/* A commit: the old object lives until the new one is in force. */
void sim_ks_apply(struct sim *s)
{
	struct conf *fresh;

	assert_int_equal(conf_copy(&fresh, s->ks.conf), 0);
	ike_set_conf(s->ks.ike, fresh);
	assert_int_equal(ks_apply(s->ks.ks, fresh, &s->limits), 0);
	conf_free(s->ks.conf);
	s->ks.conf = fresh;
}

void sim_gm_apply(struct sim *s, unsigned int i)
{
	struct sim_member *m = &s->gm[i];
	struct conf *fresh;

	assert_int_equal(conf_copy(&fresh, m->conf), 0);
	ike_set_conf(m->ike, fresh);
	assert_int_equal(gm_apply(m->gm, fresh, &s->limits), 0);
	conf_free(m->conf);
	m->conf = fresh;
}

/* ---- up and down ---------------------------------------------------------------------------------------- */

void sim_make_rsa_key(struct sim *s)
{
	struct err_text e;

	assert_int_equal(keystore_generate(s->ks.keys, LABEL, 1024, true, &e), 0);
}

void sim_remove_rsa_key(struct sim *s)
{
	struct err_text e;

	assert_int_equal(keystore_remove(s->ks.keys, LABEL, &e), 0);
}

void sim_ks_up(struct sim *s)
{
	struct ks_env env = {.loop = s->loop, .send = server_send, .send_arg = &s->ks};

	assert_int_equal(ike_new(&s->ks.ike, s->loop, server_send, &s->ks), 0);
	env.ike = s->ks.ike;
	env.keys = s->ks.keys;
	assert_int_equal(ks_new(&s->ks.ks, &env), 0);
	s->ks.up = true;
	sim_ks_apply(s);
}

void sim_ks_down(struct sim *s)
{
	ks_free(s->ks.ks);
	ike_free(s->ks.ike);
	s->ks.ks = NULL;
	s->ks.ike = NULL;
	s->ks.up = false;
}

void sim_gm_up(struct sim *s, unsigned int i)
{
	struct sim_member *m = &s->gm[i];
	struct gm_env env = {
		.loop = s->loop, .send = member_send, .send_arg = m, .dp = &dp_ops, .dp_arg = m};

	assert_int_equal(ike_new(&m->ike, s->loop, member_send, m), 0);
	env.ike = m->ike;
	assert_int_equal(gm_new(&m->gm, &env), 0);
	m->up = true;
	sim_gm_apply(s, i);
}

void sim_gm_down(struct sim *s, unsigned int i)
{
	struct sim_member *m = &s->gm[i];

	gm_free(m->gm);
	ike_free(m->ike);
	forget_teks(m);
	m->gm = NULL;
	m->ike = NULL;
	m->up = m->attached = false;
}

void sim_start(struct sim *s, unsigned int members, const struct sim_group *g)
{
	struct err_text e;

	*s = (struct sim){
		.n = members,
		.delay_min_ns = 2 * LOOP_NS_PER_MS,
		.delay_max_ns = 20 * LOOP_NS_PER_MS,
		.limits = {.lifetime_min_s = 10, .retransmit_min_s = 1, .backoff_min_s = 1},
		.random = 0x9e3779b97f4a7c15ull,
		.key_dir = "/tmp/gv-sim-XXXXXX"};
	assert_non_null(mkdtemp(s->key_dir));
	assert_int_equal(loop_new_manual(&s->loop, 1000 * LOOP_NS_PER_S), 0);
	assert_int_equal(log_init(s->loop, &(struct log_config){.buffer_bytes = 1 << 16}), 0);
	assert_int_equal(trace_init(s->loop), 0);
	log_set_sink(on_log, NULL);
	sim_log_clear();
	rand_replace_for_tests(random_octets, s);
	s->ks.sim = s;
	s->ks.addr = addr_v4(0x0a010b02);
	assert_int_equal(keystore_open(&s->ks.keys, s->key_dir, &e), 0);
	sim_make_rsa_key(s);
	s->ks.conf = ks_conf_make(g, &s->ks.addr);
	for (unsigned int i = 0; i < members; i++) {
		s->gm[i].sim = s;
		s->gm[i].workers = 1;
		s->gm[i].addr = addr_v4(0x0a010d02 + (i << 8));
		s->gm[i].conf = gm_conf_make(&s->gm[i].addr, &s->ks.addr);
	}
}

/* What is still under way arrives nowhere. */
static void drain(struct sim *s)
{
	while (loop_next_due_ns(s->loop) != UINT64_MAX)
		loop_advance(s->loop, loop_next_due_ns(s->loop) - loop_now_ns(s->loop) + 1);
}

void sim_stop(struct sim *s)
{
	struct err_text e;

	for (unsigned int i = 0; i < s->n; i++) {
		if (s->gm[i].up)
			sim_gm_down(s, i);
		conf_free(s->gm[i].conf);
		free((void *)(uintptr_t)s->last_push[i].p);
	}
	if (s->ks.up)
		sim_ks_down(s);
	conf_free(s->ks.conf);
	(void)!keystore_remove(s->ks.keys, LABEL, &e);
	keystore_close(s->ks.keys);
	rmdir(s->key_dir);
	drain(s);
	rand_replace_for_tests(NULL, NULL);
	log_set_sink(NULL, NULL);
	sim_log_clear();
	trace_fini();
	log_fini();
	loop_free(s->loop);
}

/* ---- time --------------------------------------------------------------------------------------------------- */

void sim_run_ms(struct sim *s, uint64_t ms)
{
	loop_advance(s->loop, ms * LOOP_NS_PER_MS);
}

void sim_run_checked(struct sim *s, uint64_t ms, uint64_t step_ms, sim_check_fn *fn)
{
	for (uint64_t t = 0; t < ms; t += step_ms) {
		sim_run_ms(s, step_ms);
		fn(s);
	}
}

void sim_until_registered(struct sim *s, uint64_t ms)
{
	unsigned int missing = 1;

	for (uint64_t t = 0; t < ms && missing > 0; t += 10) {
		sim_run_ms(s, 10);
		missing = 0;
		for (unsigned int i = 0; i < s->n; i++)
			missing += s->gm[i].up && sim_gm_info(s, i).state != GM_REGISTERED;
	}
	assert_int_equal(missing, 0);
}

/* ---- what there is to see --------------------------------------------------------------------------------- */

const struct gm_group *sim_group(const struct sim *s, unsigned int i)
{
	return gm_group_find(s->gm[i].gm, SIM_GROUP);
}

struct gm_info sim_gm_info(const struct sim *s, unsigned int i)
{
	struct gm_info info;

	assert_non_null(sim_group(s, i));
	gm_group_info(sim_group(s, i), &info);
	return info;
}

struct ks_info sim_ks_info(const struct sim *s)
{
	struct ks_info info;

	ks_group_info(ks_group_find(s->ks.ks, SIM_GROUP), &info);
	return info;
}

const struct gm_tek *sim_sending(const struct sim *s, unsigned int i)
{
	int k = gm_tek_select(s->gm[i].teks, s->gm[i].n_teks, 0, loop_now_ns(s->loop));

	return k < 0 ? NULL : &s->gm[i].teks[k];
}

bool sim_holds(const struct sim *s, unsigned int i, uint32_t spi)
{
	for (unsigned int k = 0; k < s->gm[i].n_teks; k++)
		if (s->gm[i].teks[k].tek.spi == spi &&
		    s->gm[i].teks[k].expire_ns > loop_now_ns(s->loop))
			return true;
	return false;
}

void sim_check_common_tek(struct sim *s)
{
	for (unsigned int i = 0; i < s->n; i++) {
		const struct gm_tek *t;

		if (!s->gm[i].up)
			continue;
		t = sim_sending(s, i);
		if (t == NULL)
			fail_msg("member %u has no TEK at %.2f s", i,
				 (double)loop_now_ns(s->loop) / 1e9);
		for (unsigned int k = 0; k < s->n; k++)
			if (s->gm[k].up && !sim_holds(s, k, t->tek.spi))
				fail_msg("member %u sends with 0x%08X, member %u lacks it at %.2f",
					 i, t->tek.spi, k, (double)loop_now_ns(s->loop) / 1e9);
	}
}
