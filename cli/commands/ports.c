/* SPDX-License-Identifier: BSD-3-Clause */
/* show interfaces, show ip interface brief: the ports of the data plane. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands/private.h"
#include "commands/show.h"
#include "control/conf/store.h"
#include "control/dp/reader.h"

static const char *status(const struct dp_port_info *p)
{
	return p->admin_up ? p->link_up ? "up" : "down" : "administratively down";
}

static void counters(struct emit *o, const struct dp_port_stats *s)
{
	emit_u64(o, "rx_packets", "     %" PRIu64 " packets input, ", s->rx_packets);
	emit_u64(o, "rx_bytes", "%" PRIu64 " bytes\n", s->rx_bytes);
	emit_u64(o, "rx_errors", "     %" PRIu64 " input errors, ", s->rx_errors);
	emit_u64(o, "drops", "%" PRIu64 " drops\n", s->drops);
	emit_u64(o, "tx_packets", "     %" PRIu64 " packets output, ", s->tx_packets);
	emit_u64(o, "tx_bytes", "%" PRIu64 " bytes\n", s->tx_bytes);
	emit_u64(o, "tx_errors", "     %" PRIu64 " output errors\n", s->tx_errors);
	emit_u64(o, "punted", "     %" PRIu64 " packets to the kernel, ", s->punted);
	emit_u64(o, "injected", "%" PRIu64 " from it\n", s->injected);
}

static void hardware(struct emit *o, const struct dp_port_info *p)
{
	char mac[16];

	snprintf(mac, sizeof(mac), "%02x%02x.%02x%02x.%02x%02x", p->mac[0], p->mac[1], p->mac[2],
		 p->mac[3], p->mac[4], p->mac[5]);
	emit_str(o, "driver", "  Hardware is %s, ", p->driver);
	emit_str(o, "mac", "address is %s\n", mac);
}

static void show_port(struct mgmt_call *call, const struct dp_port_info *p,
		      const struct dp_port_stats *s)
{
	const struct conf_interface *c =
		conf_interface_find(conf_store_now(env_of(call)->store), p->name);
	struct emit *o = call->out;

	emit_str(o, "name", "%s is ", p->name);
	emit_str(o, "status", "%s, ", status(p));
	emit_text(o, "line protocol is %s\n", p->link_up ? "up" : "down");
	emit_bool(o, "link_up", NULL, p->link_up, NULL, NULL);
	hardware(o, p);
	if (c != NULL && c->description[0] != '\0')
		emit_str(o, "description", "  Description: %s\n", c->description);
	if (p->addr.family != ADDR_NONE) {
		show_addr(o, "address", "  Internet address is %s", &p->addr);
		emit_u64(o, "prefix_len", "/%" PRIu64 "\n", p->addr_len);
	}
	emit_u64(o, "mtu", "  MTU %" PRIu64 " bytes\n", p->mtu);
	emit_str(o, "tap", "  Kernel interface is %s\n", p->tap);
	if (c != NULL && c->map[0] != '\0')
		emit_str(o, "crypto_map", "  Crypto map is %s\n", c->map);
	counters(o, s);
}

static int show_interfaces(struct mgmt_call *call)
{
	const struct dp_reader *dp = env_of(call)->dp;

	emit_arr(call->out, "interfaces");
	for (unsigned int i = 0; i < dp->port_count(dp->dp); i++) {
		struct dp_port_info p;
		struct dp_port_stats s;

		if (dp->port_info(dp->dp, i, &p) < 0 || dp->port_stats(dp->dp, i, &s) < 0)
			continue;
		emit_obj(call->out, NULL);
		show_port(call, &p, &s);
		emit_end(call->out);
	}
	emit_end(call->out);
	return 0;
}

static int show_brief(struct mgmt_call *call)
{
	const struct dp_reader *dp = env_of(call)->dp;
	struct emit *o = call->out;
	struct dp_port_info p;

	emit_text(o, "Interface                  IP-Address      OK? Method Status                "
		     "Protocol\n");
	emit_arr(o, "interfaces");
	for (unsigned int i = 0; i < dp->port_count(dp->dp); i++) {
		if (dp->port_info(dp->dp, i, &p) < 0)
			continue;
		emit_obj(o, NULL);
		emit_str(o, "name", "%-26s ", p.name);
		emit_str(o, "address", "%-15s ",
			 p.addr.family == ADDR_NONE ? "unassigned" : addr_text(&p.addr).s);
		emit_text(o, "YES manual ");
		emit_str(o, "status", "%-21s ", status(&p));
		emit_str(o, "protocol", "%s\n", p.link_up ? "up" : "down");
		emit_end(o);
	}
	emit_end(o);
	return 0;
}

static int clear_counters(struct mgmt_call *call)
{
	const struct dp_reader *dp = env_of(call)->dp;
	int rc = mgmt_ask(call, "Clear counters of interfaces, SAs and drops [confirm]");

	if (rc != 0)
		return rc;
	dp->counters_clear(dp->dp);
	return 0;
}

static const struct mgmt_cmd cmds[] = {
	{{CLI_LOOK, 0, "show interfaces", NULL, SHOW_HELP "Interfaces and their counters"},
	 show_interfaces},
	{{CLI_LOOK, 0, "show ip interface brief", NULL,
	  SHOW_HELP "Internet protocol\n"
		    "Interfaces\n"
		    "One line each"},
	 show_brief},
	{{CLI_CHANGE, 0, "clear counters", NULL,
	  "Reset functions\n"
	  "Counters of interfaces, SAs and drops"},
	 clear_counters},
	{{CLI_CHANGE, 0, "clear crypto sa counters", NULL,
	  "Reset functions\n"
	  "Encryption\n"
	  "IPsec security associations\n"
	  "Their counters, with those of interfaces and drops"},
	 clear_counters},
};

const struct command_table commands_ports = COMMAND_TABLE(cmds);
