/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For each path of a scenario read from standard input: sends what its pcap files hold through the
 * real pipeline, writes what leaves to pcap files and prints every counter as one line of JSON.
 * pipe.py makes scenarios and reads the results.
 */
#include <stdio.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "scenario.h"

#define IDLE_TURNS 64 /* empty passes after which everything has come through */

static void on_event(const struct dp_event *ev, void *arg)
{
	json_array_append_new(arg, scenario_event(ev));
}

static json_t *load(const char *path)
{
	json_error_t err;
	json_t *s = json_load_file(path, 0, &err);

	if (s == NULL)
		scenario_die(err.text);
	return s;
}

static void start_port(struct world *w, json_t *p, size_t i)
{
	json_t *mtu = json_object_get(p, "mtu");
	char dev[512];
	uint16_t id;

	snprintf(dev, sizeof(dev), "net_pcap%zu,rx_pcap=%s,tx_pcap=%s", i,
		 json_string_value(json_object_get(p, "rx")),
		 json_string_value(json_object_get(p, "tx")));
	if (rte_dev_probe(dev) < 0)
		scenario_die(dev);
	snprintf(dev, sizeof(dev), "net_pcap%zu", i);
	if (rte_eth_dev_get_port_by_name(dev, &id) != 0)
		scenario_die(dev);
	world_ethdev_start(id, w->pool);
	world_port(w, json_string_value(json_object_get(p, "name")), id,
		   mtu == NULL ? 1500 : (uint16_t)json_integer_value(mtu));
}

static void stop_ports(const struct world *w)
{
	for (unsigned int i = 0; i < w->dp.root->n_ports; i++) {
		uint16_t id = w->dp.root->port[i].ethdev;
		struct rte_eth_dev_info info;

		if (rte_eth_dev_info_get(id, &info) < 0 || rte_eth_dev_stop(id) < 0 ||
		    rte_dev_remove(info.device) < 0)
			scenario_die("a port did not stop");
	}
}

/* Frames of the box itself, as control reads them from a TAP: [port, hexadecimal]. */
static void inject(struct world *w, json_t *list)
{
	json_t *f;
	size_t i;

	json_array_foreach(list, i, f)
	{
		const char *hex = json_string_value(json_array_get(f, 1));
		struct rte_mbuf *m = rte_pktmbuf_alloc(w->pool);
		struct dp_meta *meta = dp_meta(m);
		uint16_t n = (uint16_t)(strlen(hex) / 2);
		uint8_t *p = (uint8_t *)rte_pktmbuf_append(m, n);

		for (unsigned int v, k = 0; k < n && sscanf(hex + 2 * k, "%2x", &v) == 1; k++)
			p[k] = (uint8_t)v;
		*meta = (struct dp_meta){.eth = *(struct rte_ether_hdr *)p,
					 .port_in = DP_PORT_NONE,
					 .port_out =
						 (uint8_t)json_integer_value(json_array_get(f, 0)),
					 .flags = DP_META_INJECTED};
		if (meta->eth.ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
			rte_pktmbuf_adj(m, sizeof(meta->eth));
		else
			meta->flags |= DP_META_L2_ONLY;
		if (rte_ring_enqueue(w->dp.worker[0]->inject_ring, m) < 0)
			scenario_die("inject ring");
	}
}

static void run(struct world *w)
{
	struct dp_worker *k = w->dp.worker[0];
	void *pkt = NULL;

	for (unsigned int idle = 0; idle < IDLE_TURNS; idle++) {
		if (dp_worker_turn(k) > 0)
			idle = 0;
		while (rte_ring_dequeue(k->punt_ring, &pkt) == 0)
			rte_pktmbuf_free(pkt);
		while (rte_ring_dequeue(k->resolve_ring, &pkt) == 0)
			rte_pktmbuf_free(pkt);
		dp_events_drain(&w->dp);
	}
}

static json_t *set_groups(struct world *w, json_t *groups)
{
	struct err_text e = {{0}};
	json_t *g;
	size_t i;

	json_array_foreach(groups, i, g)
	{
		int rc = scenario_group(w, g, &e);

		if (rc < 0)
			return json_pack("{si ss}", "refused", rc, "why", e.s);
	}
	return NULL;
}

static void play(const char *path)
{
	json_t *s = load(path), *events = json_array(), *out, *p;
	struct world w;
	size_t i;

	world_init(&w, 1, 0);
	json_array_foreach(json_object_get(s, "ports"), i, p) start_port(&w, p, i);
	dp_set_event_fn(&w.dp, on_event, events);
	if (!json_is_false(json_object_get(s, "forwarding")))
		scenario_routes(&w, s);
	out = set_groups(&w, json_object_get(s, "groups"));
	if (out == NULL) {
		inject(&w, json_object_get(s, "inject"));
		run(&w);
		out = scenario_counters(&w, json_incref(events));
	}
	stop_ports(&w);
	world_fini(&w);
	json_dumpf(out, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(out);
	json_decref(events);
	json_decref(s);
}

int main(int argc, char **argv)
{
	char path[512];

	world_eal(argv[0], NULL, 0);
	while (fgets(path, sizeof(path), stdin) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		play(path);
	}
	return 0;
}
