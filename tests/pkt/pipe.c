/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pipe SCENARIO.json: sends what pcap files hold through the real pipeline, writes what leaves to
 * pcap files and prints every counter as JSON. pipe.py makes scenarios and reads the results.
 */
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>
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

static void start_eal(const char *program, json_t *ports)
{
	static char text[DP_PORTS_MAX][512];
	const char *vdev[DP_PORTS_MAX];
	json_t *p;
	size_t i;

	json_array_foreach(ports, i, p)
	{
		snprintf(text[i], sizeof(text[i]), "net_pcap%zu,rx_pcap=%s,tx_pcap=%s", i,
			 json_string_value(json_object_get(p, "rx")),
			 json_string_value(json_object_get(p, "tx")));
		vdev[i] = text[i];
	}
	world_eal(program, vdev, (unsigned int)json_array_size(ports));
}

static void start_ports(struct world *w, json_t *ports)
{
	json_t *p, *mtu;
	size_t i;

	json_array_foreach(ports, i, p)
	{
		char dev[32];
		uint16_t id;

		snprintf(dev, sizeof(dev), "net_pcap%zu", i);
		if (rte_eth_dev_get_port_by_name(dev, &id) != 0)
			scenario_die("vdev");
		world_ethdev_start(id, w->pool);
		mtu = json_object_get(p, "mtu");
		world_port(w, json_string_value(json_object_get(p, "name")), id,
			   mtu == NULL ? 1500 : (uint16_t)json_integer_value(mtu));
	}
}

static void run(struct world *w)
{
	struct dp_worker *k = w->dp.worker[0];
	void *pkt;

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

int main(int argc, char **argv)
{
	struct err_text e = {{0}};
	struct world w;
	json_t *s, *ports, *group, *events, *out;
	size_t i;
	int rc;

	if (argc != 2)
		scenario_die("usage: pipe SCENARIO.json");
	s = load(argv[1]);
	ports = json_object_get(s, "ports");
	start_eal(argv[0], ports);
	world_init(&w, 1, 0);
	start_ports(&w, ports);
	events = json_array();
	dp_set_event_fn(&w.dp, on_event, events);
	if (!json_is_false(json_object_get(s, "forwarding")))
		scenario_routes(&w, s);
	json_array_foreach(json_object_get(s, "groups"), i, group)
	{
		rc = scenario_group(&w, group, &e);
		if (rc < 0) {
			printf("{\"refused\": %d, \"why\": \"%s\"}\n", rc, e.s);
			return 0;
		}
	}
	run(&w);
	out = scenario_counters(&w, events);
	json_dumpf(out, stdout, JSON_INDENT(1));
	json_decref(out);
	json_decref(s);
	RTE_ETH_FOREACH_DEV (i)
		rte_eth_dev_stop((uint16_t)i);
	world_fini(&w);
	rte_eal_cleanup();
	return 0;
}
