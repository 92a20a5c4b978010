/* SPDX-License-Identifier: BSD-3-Clause */
/* One table row a key: type, place, range, and which daemon knows it. */
#include "control/conf/platform.h"

#include <libconfig.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum key_type { KEY_TEXT, KEY_UINT, KEY_BOOL, KEY_CUSTOM };

struct loader {
	struct platform *pf;
	const char *path;
	enum platform_role role;
	struct err_text *e;
};

struct key {
	const char *name;
	enum key_type type;
	unsigned int roles; /* enum platform_role, or-ed; 0 = both */
	size_t offset, cap; /* KEY_TEXT: octets with the terminator */
	long long min, max; /* KEY_UINT */
	int (*load)(const struct loader *ld, const config_setting_t *s);
};

static int refuse(const struct loader *ld, const config_setting_t *s, const char *why)
{
	return err_set(ld->e, -EINVAL, "%s:%u: %s: %s", ld->path, config_setting_source_line(s),
		       config_setting_name(s) == NULL ? "entry" : config_setting_name(s), why);
}

static int load_text(const struct loader *ld, const config_setting_t *s, void *to, size_t cap)
{
	const char *text = config_setting_get_string(s);

	if (text == NULL)
		return refuse(ld, s, "a text in quotes is expected");
	if (strlen(text) >= cap)
		return refuse(ld, s, "the text is too long");
	memcpy(to, text, strlen(text) + 1);
	return 0;
}

static int load_uint(const struct loader *ld, const config_setting_t *s, const struct key *k,
		     long long *v)
{
	char why[96];

	if (config_setting_type(s) != CONFIG_TYPE_INT &&
	    config_setting_type(s) != CONFIG_TYPE_INT64)
		return refuse(ld, s, "a number is expected");
	*v = config_setting_get_int64(s);
	if (*v >= k->min && *v <= k->max)
		return 0;
	snprintf(why, sizeof(why), "%lld is outside %lld..%lld", *v, k->min, k->max);
	return refuse(ld, s, why);
}

static int load_key(const struct loader *ld, const config_setting_t *s, const struct key *k,
		    void *base)
{
	char *at = (char *)base + k->offset;
	long long v = 0;
	int rc;

	switch (k->type) {
	case KEY_TEXT:
		return load_text(ld, s, at, k->cap);
	case KEY_UINT:
		rc = load_uint(ld, s, k, &v);
		if (rc == 0 && k->cap == sizeof(uint16_t))
			*(uint16_t *)(void *)at = (uint16_t)v;
		else if (rc == 0)
			*(uint32_t *)(void *)at = (uint32_t)v;
		return rc;
	case KEY_BOOL:
		if (config_setting_type(s) != CONFIG_TYPE_BOOL)
			return refuse(ld, s, "true or false is expected");
		*(bool *)at = config_setting_get_bool(s) != 0;
		return 0;
	case KEY_CUSTOM:
		return k->load(ld, s);
	}
	return -EINVAL;
}

/* Every member of a group against a table; `base` is where the offsets count from. */
static int load_group(const struct loader *ld, const config_setting_t *group,
		      const struct key *keys, size_t n_keys, void *base)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned int)i);
		const struct key *k = NULL;
		int rc;

		for (size_t j = 0; j < n_keys && k == NULL; j++)
			if (strcmp(keys[j].name, config_setting_name(s)) == 0)
				k = &keys[j];
		if (k == NULL || (k->roles != 0 && (k->roles & ld->role) == 0))
			return refuse(ld, s, "this key is not known here");
		rc = load_key(ld, s, k, base);
		if (rc != 0)
			return rc;
	}
	return 0;
}

#define TEXT(type, field) KEY_TEXT, 0, offsetof(type, field), sizeof(((type *)0)->field)
#define UINT(type, field) KEY_UINT, 0, offsetof(type, field), sizeof(((type *)0)->field)

static const struct key port_keys[] = {
	{"name", TEXT(struct platform_port, name)},
	{"device", TEXT(struct platform_port, device)},
	{"mtu", UINT(struct platform_port, mtu), 576, 9216},
};

static int load_port(const struct loader *ld, const config_setting_t *s)
{
	struct platform *pf = ld->pf;
	struct platform_port *p = &pf->ports[pf->n_ports];
	struct err_text why;
	int rc;

	if (config_setting_type(s) != CONFIG_TYPE_GROUP)
		return refuse(ld, s, "a port is { name = \"Serial1/0\"; device = \"...\"; }");
	if (pf->n_ports == PLATFORM_PORTS_MAX)
		return refuse(ld, s, "more than 16 ports");
	rc = load_group(ld, s, port_keys, GV_ARRAY_SIZE(port_keys), p);
	if (rc != 0)
		return rc;
	if (p->device[0] == '\0')
		return refuse(ld, s, "a port needs a name and a device");
	if (ifname_to_linux(p->tap, p->name, &why) != 0)
		return refuse(ld, s, why.s);
	for (unsigned int i = 0; i < pf->n_ports; i++)
		if (strcmp(pf->ports[i].tap, p->tap) == 0 ||
		    strcmp(pf->ports[i].device, p->device) == 0)
			return refuse(ld, s, "two ports have this name or device");
	pf->n_ports++;
	return 0;
}

static int load_ports(const struct loader *ld, const config_setting_t *s)
{
	int rc = 0;

	if (config_setting_type(s) != CONFIG_TYPE_LIST)
		return refuse(ld, s, "a list ( {...}, {...} ) is expected");
	for (int i = 0; i < config_setting_length(s) && rc == 0; i++)
		rc = load_port(ld, config_setting_get_elem(s, (unsigned int)i));
	return rc;
}

static const struct key timer_keys[] = {
	{"lifetime_min_s", UINT(struct conf_limits, lifetime_min_s), 10, 300},
	{"retransmit_min_s", UINT(struct conf_limits, retransmit_min_s), 1, 60},
	{"backoff_min_s", UINT(struct conf_limits, backoff_min_s), 1, 1800},
};

static int load_timers(const struct loader *ld, const config_setting_t *s)
{
	if (config_setting_type(s) != CONFIG_TYPE_GROUP)
		return refuse(ld, s, "a group { ... } is expected");
	return load_group(ld, s, timer_keys, GV_ARRAY_SIZE(timer_keys), &ld->pf->timers);
}

static int load_log(const struct loader *ld, const config_setting_t *s)
{
	char sink[16];

	if (load_text(ld, s, sink, sizeof(sink)) != 0)
		return -EINVAL;
	ld->pf->log_syslog = strcmp(sink, "syslog") == 0 || strcmp(sink, "both") == 0;
	ld->pf->log_stderr = strcmp(sink, "stderr") == 0 || strcmp(sink, "both") == 0;
	if (!ld->pf->log_syslog && !ld->pf->log_stderr && strcmp(sink, "buffer") != 0)
		return refuse(ld, s, "one of syslog, stderr, both, buffer is expected");
	return 0;
}

#define GM_TEXT(field)                                               \
	KEY_TEXT, PLATFORM_MEMBER, offsetof(struct platform, field), \
		sizeof(((struct platform *)0)->field)
#define GM_UINT(field)                                               \
	KEY_UINT, PLATFORM_MEMBER, offsetof(struct platform, field), \
		sizeof(((struct platform *)0)->field)
#define GM_BOOL(field)                                               \
	KEY_BOOL, PLATFORM_MEMBER, offsetof(struct platform, field), \
		sizeof(((struct platform *)0)->field)

static const struct key root_keys[] = {
	{"socket", TEXT(struct platform, socket)},
	{"state_dir", TEXT(struct platform, state_dir)},
	{"user", TEXT(struct platform, user)},
	{"netns", TEXT(struct platform, netns)},
	{"log", KEY_CUSTOM, .load = load_log},
	{"timers", KEY_CUSTOM, .load = load_timers},
	{"lcores", GM_TEXT(lcores)},
	{"file_prefix", GM_TEXT(file_prefix)},
	{"memory_mib", GM_UINT(memory_mib), 64, 65536},
	{"hugepages", GM_BOOL(hugepages)},
	{"mbufs", GM_UINT(mbufs), 2048, 1048576},
	{"idle_sleep_us", GM_UINT(idle_sleep_us), 0, 10000},
	{"persist_taps", GM_BOOL(persist_taps)},
	{"ports", KEY_CUSTOM, PLATFORM_MEMBER, .load = load_ports},
};

/* memory_mib etc. fit what a member does with two ports of two queues. */
static const struct platform defaults_member = {
	.socket = "/run/getvpn/getvpnd.sock",
	.state_dir = "/var/lib/getvpn",
	.log_syslog = true,
	.lcores = "0@0,1@1",
	.file_prefix = "getvpnd",
	.memory_mib = 256,
	.mbufs = 16384,
	.idle_sleep_us = 50,
	.persist_taps = true,
};

static const struct platform defaults_key_server = {
	.socket = "/run/getvpn/getvpn-ks.sock",
	.state_dir = "/var/lib/getvpn",
	.log_syslog = true,
};

static int platform_check(const struct platform *pf, const char *path, enum platform_role role,
			  struct err_text *e)
{
	if (pf->socket[0] == '\0' || pf->state_dir[0] == '\0')
		return err_set(e, -EINVAL, "%s: socket and state_dir must not be empty", path);
	if (role == PLATFORM_MEMBER && pf->n_ports == 0)
		return err_set(e, -EINVAL, "%s: no port is configured", path);
	return 0;
}

static int read_file(config_t *cfg, const char *path, struct err_text *e)
{
	if (config_read_file(cfg, path) == CONFIG_TRUE)
		return 0;
	if (config_error_type(cfg) == CONFIG_ERR_FILE_IO)
		return err_set(e, -ENOENT, "%s: the file cannot be read", path);
	return err_set(e, -EINVAL, "%s:%d: %s", path, config_error_line(cfg),
		       config_error_text(cfg));
}

int platform_load(struct platform *out, const char *path, enum platform_role role,
		  struct err_text *e)
{
	struct loader ld = {.pf = out, .path = path, .role = role, .e = e};
	config_t cfg;
	int rc;

	*out = role == PLATFORM_MEMBER ? defaults_member : defaults_key_server;
	config_init(&cfg);
	rc = read_file(&cfg, path, e);
	if (rc == 0)
		rc = load_group(&ld, config_root_setting(&cfg), root_keys, GV_ARRAY_SIZE(root_keys),
				out);
	config_destroy(&cfg);
	return rc == 0 ? platform_check(out, path, role, e) : rc;
}

int platform_check_conf(const struct platform *pf, const struct conf *c, struct err_text *e)
{
	for (unsigned int i = 0; i < c->n_interfaces; i++) {
		bool found = false;

		for (unsigned int k = 0; k < pf->n_ports && !found; k++)
			found = strcmp(pf->ports[k].name, c->interfaces[i].name) == 0;
		if (!found)
			return err_set(e, -ENODEV,
				       "interface %s: the platform file has no such port",
				       c->interfaces[i].name);
	}
	return 0;
}
