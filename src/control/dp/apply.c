/* SPDX-License-Identifier: BSD-3-Clause */
/* Interfaces, static routes and sockets follow the configuration. */
#include <stdlib.h>
#include <string.h>

#include "base/daemon.h"
#include "base/log.h"
#include "control/conf/conf.h"
#include "control/dp/private.h"
#include "control/net/net.h"

#define GDOI_PORT 848

/* ---- sockets ------------------------------------------------------------------------------ */

static void unbind(struct bridge *b, struct bridge_port *p)
{
	const struct endpoint ep = {.addr = p->bound, .port = GDOI_PORT};

	if (p->bound.family == ADDR_NONE)
		return;
	net_close(b->env.net, &ep);
	p->bound = (struct addr){.family = ADDR_NONE};
}

/* A socket belongs to the namespace it is opened in. */
static int open_endpoint(struct bridge *b, struct endpoint *ep, struct err_text *e)
{
	struct daemon_netns ns;
	int rc = daemon_netns_enter(&ns, b->env.netns, e);

	if (rc != 0)
		return rc;
	rc = net_open(b->env.net, ep, e);
	daemon_netns_leave(&ns);
	return rc;
}

void bridge_bind(struct bridge *b, struct bridge_port *p)
{
	struct endpoint ep = {.addr = p->addr, .port = GDOI_PORT};
	struct err_text why;

	if (!p->has_map || !addr_equal(&p->bound, &p->addr))
		unbind(b, p);
	if (!p->has_map || p->addr.family == ADDR_NONE || p->bound.family != ADDR_NONE)
		return;
	if (open_endpoint(b, &ep, &why) == 0)
		p->bound = p->addr;
	else
		log_msg(GDOI_NO_ENDPOINT, p->name, endpoint_text(&ep).s, why.s);
}

void bridge_address(const char *port, const struct addr *a, void *arg)
{
	struct bridge *b = arg;
	struct bridge_port *p = bridge_port_find(b, port);

	if (p == NULL || addr_equal(&p->addr, a))
		return;
	p->addr = *a;
	bridge_bind(b, p);
	if (b->gm != NULL)
		gm_set_address(b->gm, port, a);
}

/* ---- interfaces --------------------------------------------------------------------------- */

static int apply_interface(struct bridge *b, struct bridge_port *p, const struct conf_interface *i,
			   struct err_text *e)
{
	struct dp_interface_spec s = {0};
	int rc;

	if (i != NULL && i->has_address) {
		s.address = i->address;
		s.address_len = i->address_len;
	}
	if (i != NULL) {
		s.mtu = i->mtu;
		s.shutdown = i->shutdown;
	}
	rc = dp_interface_set(b->env.dp, p->name, &s, e);
	if (rc != 0)
		return rc;
	p->has_map = i != NULL && i->map[0] != '\0';
	/* The kernel has the address now, its announcement comes later: registration need not
	 * wait for it. */
	if (s.address.family != ADDR_NONE && p->addr.family == ADDR_NONE)
		p->addr = s.address;
	bridge_bind(b, p);
	return 0;
}

static int check_names(struct bridge *b, const struct conf *c, struct err_text *e)
{
	for (unsigned int i = 0; i < c->n_interfaces; i++)
		if (bridge_port_find(b, c->interfaces[i].name) == NULL)
			return err_set(e, -ENODEV,
				       "interface %s: the platform file has no such port",
				       c->interfaces[i].name);
	return 0;
}

/* ---- routes ------------------------------------------------------------------------------- */

static bool same_route(const struct conf_route *a, const struct conf_route *b)
{
	return prefix_equal(&a->dst, &b->dst) && addr_equal(&a->via, &b->via);
}

static bool has_route(const struct conf_route *set, unsigned int n, const struct conf_route *r)
{
	for (unsigned int i = 0; i < n; i++)
		if (same_route(&set[i], r))
			return true;
	return false;
}

static int apply_routes(struct bridge *b, const struct conf *c, struct err_text *e)
{
	struct conf_route *copy = calloc(c->n_routes + 1, sizeof(*copy));
	int rc = 0;

	if (copy == NULL)
		return err_set(e, -ENOMEM, "no memory for routes");
	/* Taken away first: the kernel may hold a prefix once only. */
	for (unsigned int i = 0; i < b->n_routes && rc == 0; i++)
		if (!has_route(c->routes, c->n_routes, &b->routes[i]))
			rc = dp_route_set(b->env.dp, false, &b->routes[i].dst, &b->routes[i].via,
					  e);
	/* All of them each time: a link that was down has lost its own. */
	for (unsigned int i = 0; i < c->n_routes && rc == 0; i++)
		rc = dp_route_set(b->env.dp, true, &c->routes[i].dst, &c->routes[i].via, e);
	if (rc != 0) {
		free(copy);
		return rc;
	}
	if (c->n_routes > 0)
		memcpy(copy, c->routes, c->n_routes * sizeof(*copy));
	free(b->routes);
	b->routes = copy;
	b->n_routes = c->n_routes;
	return 0;
}

int bridge_apply(const struct conf *now, void *arg, struct err_text *e)
{
	struct bridge *b = arg;
	int rc = check_names(b, now, e);

	for (unsigned int i = 0; i < b->n_ports && rc == 0; i++)
		rc = apply_interface(b, &b->port[i], conf_interface_find(now, b->port[i].name), e);
	return rc == 0 ? apply_routes(b, now, e) : rc;
}
