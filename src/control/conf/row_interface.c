/* SPDX-License-Identifier: BSD-3-Clause */
/* interface. */
#include <stdio.h>
#include <string.h>

#include "control/conf/row.h"

static int interface_apply(struct conf_edit *x)
{
	struct conf *c = x->c;
	const char *unit = cli_arg(x->m, "unit");
	struct conf_interface *f;
	char typed[2 * CONF_NAME_MAX];

	snprintf(typed, sizeof(typed), "%s%s", cli_arg(x->m, "name"), unit == NULL ? "" : unit);
	if (conf_ifname(x->at->name, typed, &x->e->text) < 0) {
		x->e->word = (int)cli_arg_find(x->m, "name", 0)->word;
		return -EINVAL;
	}
	f = conf_edit_interface(c, x->at->name);
	if (x->m->no) {
		if (f == NULL)
			return row_refuse(x, "name", "no such interface");
		conf_array_remove(&c->interfaces, &c->n_interfaces, sizeof(*f),
				  (unsigned int)(f - c->interfaces));
		return 0;
	}
	if (f != NULL)
		return 0;
	f = conf_array_insert(&c->interfaces, &c->n_interfaces, sizeof(*f), c->n_interfaces);
	if (f == NULL)
		return row_no_memory(x);
	memcpy(f->name, x->at->name, sizeof(f->name));
	return 0;
}

static bool interface_select(struct conf_text *w, unsigned int i)
{
	w->interface = i < w->c->n_interfaces ? &w->c->interfaces[i] : NULL;
	return w->interface != NULL;
}

static void interface_write(struct conf_text *w)
{
	text_line(w, "interface %s", w->interface->name);
}

static struct conf_interface *interface(const struct conf_edit *x)
{
	return conf_edit_interface(x->c, x->at->name);
}

static int description_apply(struct conf_edit *x)
{
	return row_text(x, interface(x)->description, "text");
}

static void description_write(struct conf_text *w)
{
	if (w->interface->description[0] != '\0')
		text_line(w, "description %s", w->interface->description);
}

static int address_apply(struct conf_edit *x)
{
	struct conf_interface *f = interface(x);
	uint8_t len = 0;
	int rc = x->m->no ? 0 : row_mask(x, "mask", &len);

	if (rc < 0)
		return rc;
	if (!x->m->no && len == 0)
		return row_refuse(x, "mask", "Bad mask for an interface");
	f->has_address = !x->m->no;
	f->address = x->m->no ? (struct addr){0} : row_addr(x, "own");
	f->address_len = len;
	return 0;
}

static void address_write(struct conf_text *w)
{
	struct addr mask = addr_v4(prefix_mask(w->interface->address_len));

	if (w->interface->has_address)
		text_line(w, "ip address %s %s", addr_text(&w->interface->address).s,
			  addr_text(&mask).s);
}

static int mtu_apply(struct conf_edit *x)
{
	interface(x)->mtu = x->m->no ? 0 : (uint16_t)cli_arg_u32(x->m, "octets", 0);
	return 0;
}

static void mtu_write(struct conf_text *w)
{
	if (w->interface->mtu != 0)
		text_line(w, "ip mtu %u", w->interface->mtu);
}

static int shutdown_apply(struct conf_edit *x)
{
	interface(x)->shutdown = !x->m->no;
	return 0;
}

static void shutdown_write(struct conf_text *w)
{
	if (w->interface->shutdown)
		text_line(w, "shutdown");
}

static int map_apply(struct conf_edit *x)
{
	row_mark(x, BLAME_INTERFACE, x->at->name, 0);
	return row_name_or_none(x, interface(x)->map, "map-name");
}

static void map_write(struct conf_text *w)
{
	if (w->interface->map[0] != '\0')
		text_line(w, "crypto map %s", w->interface->map);
}

static const struct conf_row rows[] = {
	{{CLI_IN(MODE_CONFIG), 0, "interface WORD:name [WORD:unit]",
	  "interface WORD:name [WORD:unit]",
	  "Select an interface to configure\n"
	  "Name, such as Serial1/0\n"
	  "Number"},
	 interface_apply,
	 interface_write,
	 MODE_INTERFACE,
	 interface_select},
	{{CLI_IN(MODE_INTERFACE), 0, "description LINE:text", "description [LINE:text]",
	  "Description\n"
	  "Text"},
	 description_apply,
	 description_write},
	{{CLI_IN(MODE_INTERFACE), 0, "ip address A.B.C.D:own A.B.C.D:mask",
	  "ip address [A.B.C.D:own A.B.C.D:mask]",
	  "Internet protocol\n"
	  "Address of the interface\n"
	  "Address\n"
	  "Netmask"},
	 address_apply,
	 address_write},
	{{CLI_IN(MODE_INTERFACE), 0, "ip mtu <68-9216>:octets", "ip mtu [<68-9216>:octets]",
	  "Internet protocol\n"
	  "Largest packet\n"
	  "Octets"},
	 mtu_apply,
	 mtu_write},
	{{CLI_IN(MODE_INTERFACE), 0, "shutdown", "shutdown", "Take the interface down"},
	 shutdown_apply,
	 shutdown_write},
	{{CLI_IN(MODE_INTERFACE), 0, "crypto map WORD:map-name", "crypto map [WORD:map-name]",
	  "Encryption\n"
	  "Attach a crypto map\n"
	  "Its name"},
	 map_apply,
	 map_write},
};

const struct conf_rows conf_rows_interface = CONF_ROWS(rows);
