/* SPDX-License-Identifier: BSD-3-Clause */
/* One line of an extended access list: match, IOS text both ways. */
#include "base/ace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct named {
	const char *name;
	unsigned int value;
};

static const struct named protos[] = {{"ip", 0},     {"icmp", 1},  {"igmp", 2}, {"tcp", 6},
				      {"udp", 17},   {"gre", 47},  {"esp", 50}, {"ahp", 51},
				      {"eigrp", 88}, {"ospf", 89}, {"pim", 103}};
static const struct named ports[] = {{"ftp", 21},     {"ssh", 22},    {"telnet", 23}, {"smtp", 25},
				     {"domain", 53},  {"bootps", 67}, {"bootpc", 68}, {"tftp", 69},
				     {"www", 80},     {"bgp", 179},   {"ntp", 123},   {"snmp", 161},
				     {"isakmp", 500}, {"syslog", 514}};
static const struct named precedences[] = {{"routine", 0},  {"priority", 1},       {"immediate", 2},
					   {"flash", 3},    {"flash-override", 4}, {"critical", 5},
					   {"internet", 6}, {"network", 7}};
static const struct named dscps[] = {
	{"default", 0}, {"cs1", 8},   {"cs2", 16},  {"cs3", 24},  {"cs4", 32},  {"cs5", 40},
	{"cs6", 48},    {"cs7", 56},  {"af11", 10}, {"af12", 12}, {"af13", 14}, {"af21", 18},
	{"af22", 20},   {"af23", 22}, {"af31", 26}, {"af32", 28}, {"af33", 30}, {"af41", 34},
	{"af42", 36},   {"af43", 38}, {"ef", 46}};

static int lookup(const struct named *t, size_t n, const char *word, unsigned int max)
{
	char *end;
	unsigned long v;

	for (size_t i = 0; i < n; i++)
		if (strcasecmp(t[i].name, word) == 0)
			return (int)t[i].value;
	if (word[0] < '0' || word[0] > '9')
		return -EINVAL;
	v = strtoul(word, &end, 10);
	return *end != '\0' || v > max ? -EINVAL : (int)v;
}

#define LOOKUP(table, word, max) lookup(table, GV_ARRAY_SIZE(table), word, max)

bool ace_ports_any(const struct ace_ports *p)
{
	return p->lo == 0 && p->hi == 65535;
}

static bool ports_equal(const struct ace_ports *a, const struct ace_ports *b)
{
	return a->lo == b->lo && a->hi == b->hi;
}

bool ace_equal(const struct ace *a, const struct ace *b)
{
	return a->permit == b->permit && a->proto == b->proto && a->tos_mask == b->tos_mask &&
	       a->tos_value == b->tos_value && a->fragments == b->fragments &&
	       prefix_equal(&a->src, &b->src) && prefix_equal(&a->dst, &b->dst) &&
	       ports_equal(&a->sport, &b->sport) && ports_equal(&a->dport, &b->dport);
}

bool ace_match(const struct ace *a, const struct ace_key *k)
{
	bool any_ports = ace_ports_any(&a->sport) && ace_ports_any(&a->dport);

	if (!prefix_has(&a->src, &k->src) || !prefix_has(&a->dst, &k->dst))
		return false;
	if (a->proto != ACE_PROTO_ANY && a->proto != k->proto)
		return false;
	if ((k->tos & a->tos_mask) != a->tos_value)
		return false;
	if (a->fragments && !k->later_fragment)
		return false;
	if (any_ports)
		return true;
	if (!k->has_ports)
		return k->later_fragment && a->permit;
	return k->sport >= a->sport.lo && k->sport <= a->sport.hi && k->dport >= a->dport.lo &&
	       k->dport <= a->dport.hi;
}

/* ---- text to value ------------------------------------------------------------------------ */

struct cursor {
	const char *const *w;
	unsigned int n, i;
	struct err_text *e;
};

static const char *peek(const struct cursor *c)
{
	return c->i < c->n ? c->w[c->i] : NULL;
}

static bool take(struct cursor *c, const char *word)
{
	if (peek(c) == NULL || strcasecmp(peek(c), word) != 0)
		return false;
	c->i++;
	return true;
}

static int parse_v4(struct cursor *c, uint32_t *out)
{
	struct addr a;

	if (peek(c) == NULL)
		return err_set(c->e, -EINVAL, "incomplete: address expected");
	if (addr_parse(&a, peek(c)) < 0 || a.family != ADDR_V4)
		return err_set(c->e, -EINVAL, "not an IPv4 address: %s", peek(c));
	*out = addr_v4_u32(&a);
	c->i++;
	return 0;
}

static int parse_side(struct cursor *c, struct prefix *out)
{
	uint32_t a, wild;
	struct addr v;
	int len;

	*out = (struct prefix){.addr = addr_v4(0)};
	if (take(c, "any"))
		return 0;
	if (take(c, "host")) {
		if (parse_v4(c, &a) < 0)
			return -EINVAL;
		*out = (struct prefix){.addr = addr_v4(a), .len = 32};
		return 0;
	}
	if (parse_v4(c, &a) < 0 || parse_v4(c, &wild) < 0)
		return -EINVAL;
	len = prefix_len_of_mask(~wild);
	if (len < 0) {
		c->i--;
		return err_set(c->e, -EINVAL, "wildcard mask with holes: %s", c->w[c->i]);
	}
	v = addr_v4(a);
	*out = prefix_of(&v, (uint8_t)len);
	return 0;
}

static int parse_port(struct cursor *c)
{
	int p;

	if (peek(c) == NULL)
		return err_set(c->e, -EINVAL, "incomplete: port expected");
	p = LOOKUP(ports, peek(c), 65535);
	if (p < 0)
		return err_set(c->e, -EINVAL, "not a port: %s", peek(c));
	c->i++;
	return p;
}

static int parse_ports(struct cursor *c, struct ace_ports *out)
{
	int lo = 0, hi = 65535;

	if (take(c, "eq"))
		hi = lo = parse_port(c);
	else if (take(c, "gt"))
		lo = parse_port(c) + 1;
	else if (take(c, "lt"))
		hi = parse_port(c) - 1;
	else if (take(c, "range"))
		lo = parse_port(c), hi = lo < 0 ? -1 : parse_port(c);
	else if (peek(c) != NULL && strcasecmp(peek(c), "neq") == 0)
		return err_set(c->e, -EINVAL, "neq cannot be carried by GDOI");
	if (lo < 0 || hi < 0 || lo > 65535 || lo > hi) {
		if (c->e != NULL && c->e->s[0] == '\0')
			err_set(c->e, -EINVAL, "empty port range");
		return -EINVAL;
	}
	*out = (struct ace_ports){(uint16_t)lo, (uint16_t)hi};
	return 0;
}

static int parse_tos(struct cursor *c, struct ace *a, uint8_t mask, unsigned int shift, int v)
{
	if (v < 0)
		return err_set(c->e, -EINVAL, "value expected");
	a->tos_mask |= mask;
	a->tos_value = (uint8_t)((a->tos_value & ~mask) | (v << shift));
	c->i++;
	return 0;
}

static int parse_tail(struct cursor *c, struct ace *a)
{
	const char *w;
	int rc = 0;

	while (rc == 0 && (w = peek(c)) != NULL) {
		if (take(c, "log"))
			a->log = true;
		else if (take(c, "fragments"))
			a->fragments = true;
		else if (take(c, "precedence"))
			rc = parse_tos(c, a, 0xe0, 5,
				       peek(c) ? LOOKUP(precedences, peek(c), 7) : -1);
		else if (take(c, "dscp"))
			rc = parse_tos(c, a, 0xfc, 2, peek(c) ? LOOKUP(dscps, peek(c), 63) : -1);
		else if (take(c, "tos"))
			rc = parse_tos(c, a, 0x1e, 1, peek(c) ? lookup(NULL, 0, peek(c), 15) : -1);
		else
			rc = err_set(c->e, -EINVAL, "unknown word: %s", w);
	}
	return rc;
}

static int parse_head(struct cursor *c, struct ace *a)
{
	int proto;

	if (take(c, "permit"))
		a->permit = true;
	else if (!take(c, "deny"))
		return err_set(c->e, -EINVAL, "permit or deny expected");
	if (peek(c) == NULL)
		return err_set(c->e, -EINVAL, "incomplete: protocol expected");
	proto = LOOKUP(protos, peek(c), 255);
	if (proto < 0)
		return err_set(c->e, -EINVAL, "not a protocol: %s", peek(c));
	a->proto = (uint8_t)proto;
	c->i++;
	return 0;
}

int ace_parse(struct ace *out, const char *const *words, unsigned int n, unsigned int *bad,
	      struct err_text *e)
{
	struct cursor c = {.w = words, .n = n, .e = e};
	struct ace a = {.sport = {0, 65535}, .dport = {0, 65535}};
	bool has_ports;
	int rc;

	if (e != NULL)
		e->s[0] = '\0';
	rc = parse_head(&c, &a);
	has_ports = a.proto == 6 || a.proto == 17;
	rc = rc < 0 ? rc : parse_side(&c, &a.src);
	rc = rc < 0 || !has_ports ? rc : parse_ports(&c, &a.sport);
	rc = rc < 0 ? rc : parse_side(&c, &a.dst);
	rc = rc < 0 || !has_ports ? rc : parse_ports(&c, &a.dport);
	rc = rc < 0 ? rc : parse_tail(&c, &a);
	if (rc < 0) {
		*bad = c.i;
		return rc;
	}
	*out = a;
	return 0;
}

/* ---- value to text ------------------------------------------------------------------------ */

const char *ace_proto_name(uint8_t proto, char scratch[4])
{
	for (size_t i = 0; i < GV_ARRAY_SIZE(protos); i++)
		if (protos[i].value == proto)
			return protos[i].name;
	snprintf(scratch, 4, "%u", proto);
	return scratch;
}

static void add(struct ace_text *t, const char *s)
{
	size_t n = strlen(t->s);

	snprintf(t->s + n, sizeof(t->s) - n, "%s", s);
}

static void add_side(struct ace_text *t, const struct prefix *p)
{
	struct addr wild;

	if (p->len == 0) {
		add(t, " any");
	} else if (p->len == 8 * addr_len(&p->addr)) {
		add(t, " host ");
		add(t, addr_text(&p->addr).s);
	} else {
		wild = addr_v4(~prefix_mask(p->len));
		add(t, " ");
		add(t, p->addr.family == ADDR_V4 ? addr_text(&p->addr).s : prefix_text(p).s);
		if (p->addr.family != ADDR_V4)
			return;
		add(t, " ");
		add(t, addr_text(&wild).s);
	}
}

static void add_ports(struct ace_text *t, const struct ace_ports *p, const char *eq)
{
	char s[32];

	if (ace_ports_any(p))
		return;
	if (p->lo == p->hi)
		snprintf(s, sizeof(s), " %s %u", eq, p->lo);
	else
		snprintf(s, sizeof(s), " range %u %u", p->lo, p->hi);
	add(t, s);
}

static void add_tos(struct ace_text *t, const struct ace *a)
{
	char s[32];

	if ((a->tos_mask & 0xe0) == 0xe0 && (a->tos_mask & 0x1c) == 0)
		snprintf(s, sizeof(s), " precedence %s", precedences[a->tos_value >> 5].name);
	else if ((a->tos_mask & 0xfc) == 0xfc)
		snprintf(s, sizeof(s), " dscp %u", a->tos_value >> 2);
	else
		s[0] = '\0';
	add(t, s);
	if ((a->tos_mask & 0xfc) != 0xfc && (a->tos_mask & 0x1e) == 0x1e) {
		snprintf(s, sizeof(s), " tos %u", (a->tos_value & 0x1e) >> 1);
		add(t, s);
	}
}

static struct ace_text text_of(const struct ace *a, const char *eq)
{
	struct ace_text t;
	char num[4];

	snprintf(t.s, sizeof(t.s), "%s %s", a->permit ? "permit" : "deny",
		 ace_proto_name(a->proto, num));
	add_side(&t, &a->src);
	add_ports(&t, &a->sport, eq);
	add_side(&t, &a->dst);
	add_ports(&t, &a->dport, eq);
	add_tos(&t, a);
	if (a->fragments)
		add(&t, " fragments");
	return t;
}

struct ace_text ace_text(const struct ace *a)
{
	struct ace_text t = text_of(a, "eq");

	if (a->log)
		add(&t, " log");
	return t;
}

struct ace_text ace_text_gdoi(const struct ace *a)
{
	return text_of(a, "port =");
}
