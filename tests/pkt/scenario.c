/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON on both ends of a run. Input is a test's own: anything odd ends the program. */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/sad.h"
#include "dataplane/spd.h"
#include "dataplane/stats.h"
#include "dataplane/tek.h"

#define WORDS_MAX 32

void scenario_die(const char *what)
{
	fprintf(stderr, "scenario: %s\n", what);
	exit(2);
}

static const char *text_of(json_t *o, const char *key, const char *otherwise)
{
	json_t *v = json_object_get(o, key);

	return v == NULL ? otherwise : json_string_value(v);
}

static int64_t number_of(json_t *o, const char *key, int64_t otherwise)
{
	json_t *v = json_object_get(o, key);

	return v == NULL ? otherwise : json_integer_value(v);
}

static bool flag_of(json_t *o, const char *key, bool otherwise)
{
	json_t *v = json_object_get(o, key);

	return v == NULL ? otherwise : json_is_true(v);
}

/* Index of `word` in a list of names. */
static unsigned int choice(const char *word, const char *const *names, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (strcmp(word, names[i]) == 0)
			return i;
	scenario_die(word);
}

/* ---- policy ------------------------------------------------------------------------------- */

static struct ace ace_of(json_t *text)
{
	char copy[256], *save = NULL;
	const char *word[WORDS_MAX];
	unsigned int n = 0, bad;
	struct err_text e = {{0}};
	struct ace a;

	snprintf(copy, sizeof(copy), "%s", json_string_value(text));
	for (char *t = strtok_r(copy, " ", &save); t != NULL; t = strtok_r(NULL, " ", &save))
		word[n++] = t;
	if (ace_parse(&a, word, n, &bad, &e) < 0)
		scenario_die(e.s[0] != '\0' ? e.s : json_string_value(text));
	return a;
}

static unsigned int aces_of(json_t *list, struct ace *out)
{
	unsigned int n = 0;

	for (; n < json_array_size(list); n++)
		out[n] = ace_of(json_array_get(list, n));
	return n;
}

static struct secret *secret_of(json_t *o, const char *key)
{
	const char *hex = text_of(o, key, "");
	size_t n = strlen(hex) / 2;
	struct secret *s = n == 0 ? NULL : secret_alloc(n);

	for (size_t i = 0; i < n; i++) {
		unsigned int v;

		if (sscanf(hex + 2 * i, "%2x", &v) != 1)
			scenario_die("key");
		s->bytes[i] = (uint8_t)v;
	}
	return s;
}

static struct dp_tek_spec tek_of(struct world *w, json_t *o)
{
	static const char *const replay[] = {"none", "counter", "time"};
	static const char *const direction[] = {"both", "send", "receive"};
	const struct suite *s = suite_by_name(text_of(o, "suite", ""));
	uint64_t now = loop_now_ns(w->loop);
	int64_t atd = number_of(o, "atd_ms", 0);

	if (s == NULL)
		scenario_die("suite");
	return (struct dp_tek_spec){
		.spi = (uint32_t)number_of(o, "spi", 0),
		.sa = (uint8_t)number_of(o, "sa", 0),
		.suite = s->id,
		.key = secret_of(o, "key"),
		.auth = secret_of(o, "auth"),
		.expire_ns = now + (uint64_t)number_of(o, "left_ms", 3600000) * LOOP_NS_PER_MS,
		.life_s = (uint32_t)number_of(o, "life_s", 3600),
		.atd_ns = atd == 0 ? 0 : now + (uint64_t)atd * LOOP_NS_PER_MS,
		.replay = choice(text_of(o, "replay", "none"), replay, 3),
		.window = (uint32_t)number_of(o, "window", 0),
		.shim_proto = (uint8_t)number_of(o, "shim", 99),
		.direction = choice(text_of(o, "direction", "both"), direction, 3),
	};
}

int scenario_group(struct world *w, json_t *g, struct err_text *e)
{
	static const char *const gates[] = {"closed", "fail-close", "fail-open", "policy"};
	static struct ace local[ACE_MAX_PER_POLICY], fail_close[ACE_MAX_PER_POLICY];
	static struct dp_ace_spec aces[ACE_MAX_PER_POLICY];
	struct dp_tek_spec teks[DP_TEKS_MAX];
	uint32_t sids[DP_SIDS_MAX];
	json_t *ja = json_object_get(g, "aces"), *jt = json_object_get(g, "teks");
	json_t *js = json_object_get(g, "sids"), *pt = json_object_get(g, "pseudotime");
	struct dp_group_spec s = {
		.gate = choice(text_of(g, "gate", "policy"), gates, 4),
		.passive = flag_of(g, "passive", false),
		.address_check = flag_of(g, "address_check", true),
		.aces = aces,
		.n_aces = (unsigned int)json_array_size(ja),
		.local = local,
		.n_local = aces_of(json_object_get(g, "local"), local),
		.fail_close = fail_close,
		.n_fail_close = aces_of(json_object_get(g, "fail_close"), fail_close),
		.teks = teks,
		.n_teks = (unsigned int)json_array_size(jt),
		.sid_bits = (uint8_t)number_of(g, "sid_bits", 24),
		.sids = sids,
		.n_sids = (unsigned int)json_array_size(js),
		.pseudotime_valid = pt != NULL,
	};
	int rc;

	for (unsigned int i = 0; i < s.n_aces; i++) {
		json_t *a = json_array_get(ja, i);

		aces[i] = (struct dp_ace_spec){
			.ace = ace_of(json_array_get(a, 0)),
			.sa = (uint8_t)json_integer_value(json_array_get(a, 1))};
	}
	for (unsigned int i = 0; i < s.n_sids; i++)
		sids[i] = (uint32_t)json_integer_value(json_array_get(js, i));
	for (unsigned int i = 0; i < s.n_teks; i++)
		teks[i] = tek_of(w, json_array_get(jt, i));
	if (pt != NULL)
		s.pseudotime_off_ns = json_integer_value(pt) * (int64_t)TBAR_TICK_NS -
				      (int64_t)loop_now_ns(w->loop);
	rc = dp_group_set(&w->dp, text_of(g, "port", ""), &s, e);
	for (unsigned int i = 0; i < s.n_teks; i++) {
		secret_unref(teks[i].key);
		secret_unref(teks[i].auth);
	}
	return rc;
}

/* ---- routes ------------------------------------------------------------------------------- */

static uint32_t addr_of(json_t *v)
{
	struct addr a;

	if (addr_parse(&a, json_string_value(v)) < 0)
		scenario_die("address");
	return addr_v4_u32(&a);
}

void scenario_routes(struct world *w, json_t *s)
{
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(s, "own"), i, v) world_own(w, addr_of(v));
	json_array_foreach(json_object_get(s, "routes"), i, v) world_route(
		w, addr_of(json_array_get(v, 0)), (uint8_t)json_integer_value(json_array_get(v, 1)),
		(uint8_t)json_integer_value(json_array_get(v, 2)), addr_of(json_array_get(v, 3)));
	json_array_foreach(json_object_get(s, "neighbours"), i, v)
	{
		struct rte_ether_addr mac;

		if (rte_ether_unformat_addr(json_string_value(json_array_get(v, 2)), &mac) != 0)
			scenario_die("MAC");
		world_neighbour(w, (uint8_t)json_integer_value(json_array_get(v, 1)),
				addr_of(json_array_get(v, 0)), &mac);
	}
	json_array_foreach(json_object_get(s, "port_addresses"), i, v) w->port_addr[i] = addr_of(v);
	world_forward(w);
}

/* ---- counters ----------------------------------------------------------------------------- */

static json_t *count(uint64_t v)
{
	return json_integer((json_int_t)v);
}

static json_t *sa_stats(const struct dp_sa_stats *s)
{
	return json_pack("{so so so so so so so so so}", "encaps", count(s->encaps), "encaps_bytes",
			 count(s->encaps_bytes), "decaps", count(s->decaps), "decaps_bytes",
			 count(s->decaps_bytes), "send_errors", count(s->send_errors),
			 "recv_errors", count(s->recv_errors), "verify_failed",
			 count(s->verify_failed), "replay_failed", count(s->replay_failed),
			 "seq_max", count(s->seq_max));
}

static json_t *drops(struct world *w)
{
	json_t *o = json_object();

	for (unsigned int i = 0; i < dp_drop_count(); i++) {
		struct dp_drop_stat d;

		if (dp_drop_stat(&w->dp, i, &d) == 0 && d.packets > 0)
			json_object_set_new(o, d.name, count(d.packets));
	}
	return o;
}

static json_t *sas(struct world *w)
{
	json_t *o = json_object();

	for (const struct dp_tek *t = w->dp.teks; t != NULL; t = t->next) {
		struct dp_sa_stats s;
		char name[16];

		snprintf(name, sizeof(name), "%u", t->spi);
		if (dp_sa_stats(&w->dp, t->spi, &s) == 0)
			json_object_set_new(o, name, sa_stats(&s));
	}
	return o;
}

static json_t *lines(struct world *w, const char *port)
{
	struct dp_ace_stats s;
	json_t *a = json_array();

	for (unsigned int i = 0; dp_ace_stats(&w->dp, port, i, &s) == 0; i++) {
		json_t *o = sa_stats(&s.sa);

		json_object_set_new(o, "clear_out", count(s.clear_out));
		json_object_set_new(o, "clear_in", count(s.clear_in));
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *port(struct world *w, unsigned int i)
{
	const char *name = w->dp.port_name[i];
	struct dp_tbar_stats t;
	struct dp_port_stats p;

	dp_port_counts(&w->dp, i, &p);
	if (dp_tbar_stats(&w->dp, name, &t) < 0)
		scenario_die("port");
	return json_pack("{so so so so so so so so so so so}", "injected", count(p.injected), "rx",
			 count(p.rx_packets), "rx_bytes", count(p.rx_bytes), "tx",
			 count(p.tx_packets), "drops", count(p.drops), "punted", count(p.punted),
			 "aces", lines(w, name), "tbar_in", count(t.in_packets), "tbar_out",
			 count(t.out_packets), "tbar_errors", count(t.in_errors), "tbar_delta",
			 count(t.max_delta_ticks));
}

json_t *scenario_event(const struct dp_event *ev)
{
	static const char *const names[] = {[DP_EVENT_TBAR] = "tbar",
					    [DP_EVENT_REPLAY] = "replay",
					    [DP_EVENT_NOT_IPSEC] = "not-ipsec",
					    [DP_EVENT_INV_SPI] = "inv-spi",
					    [DP_EVENT_MAC] = "mac",
					    [DP_EVENT_FAIL_OPEN] = "fail-open",
					    [DP_EVENT_NO_SA] = "no-sa",
					    [DP_EVENT_SEQ_END] = "seq-end",
					    [DP_EVENT_ADDR_MISMATCH] = "addr-mismatch"};

	return json_pack("{ss ss ss ss so so so so so so}", "kind", names[ev->kind], "port",
			 ev->port, "src", addr_text(&ev->src).s, "dst", addr_text(&ev->dst).s,
			 "proto", count(ev->proto), "spi", count(ev->spi), "seq", count(ev->seq),
			 "mine", count(ev->my_ticks), "peer", count(ev->peer_ticks), "window",
			 count(ev->window));
}

json_t *scenario_counters(struct world *w, json_t *events)
{
	json_t *ports = json_object();

	for (unsigned int i = 0; i < w->dp.root->n_ports; i++)
		json_object_set_new(ports, w->dp.port_name[i], port(w, i));
	return json_pack("{so so so so}", "drops", drops(w), "sas", sas(w), "ports", ports,
			 "events", events);
}
