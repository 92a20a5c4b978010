/* SPDX-License-Identifier: BSD-3-Clause */
/* ip access-list. The grammar leads through a line; what it means is base/ace's business. */
#include <stdio.h>
#include <string.h>

#include "control/conf/row.h"

#define SEQ_STEP 10

static int list_apply(struct conf_edit *x, bool extended)
{
	struct conf *c = x->c;
	struct conf_acl *a;
	int rc = row_name(x, x->at->name, "name");

	if (rc < 0)
		return rc;
	a = conf_edit_acl(c, x->at->name);
	if (a != NULL && a->extended != extended)
		return row_refuse(x, "name", "access list %s is of the other type", x->at->name);
	if (x->m->no) {
		if (a == NULL)
			return row_refuse(x, "name", "no such access list");
		conf_acl_clear(a);
		conf_array_remove(&c->acls, &c->n_acls, sizeof(*a), (unsigned int)(a - c->acls));
		return 0;
	}
	if (a != NULL)
		return 0;
	a = conf_array_insert(&c->acls, &c->n_acls, sizeof(*a), c->n_acls);
	if (a == NULL)
		return row_no_memory(x);
	memcpy(a->name, x->at->name, sizeof(a->name));
	a->extended = extended;
	return 0;
}

static int extended_apply(struct conf_edit *x)
{
	return list_apply(x, true);
}

static int standard_apply(struct conf_edit *x)
{
	return list_apply(x, false);
}

/* The i-th of one type. */
static bool list_select(struct conf_text *w, unsigned int i, bool extended)
{
	w->acl = NULL;
	for (unsigned int k = 0; k < w->c->n_acls; k++)
		if (w->c->acls[k].extended == extended && i-- == 0) {
			w->acl = &w->c->acls[k];
			return true;
		}
	return false;
}

static bool extended_select(struct conf_text *w, unsigned int i)
{
	return list_select(w, i, true);
}

static bool standard_select(struct conf_text *w, unsigned int i)
{
	return list_select(w, i, false);
}

static void list_write(struct conf_text *w)
{
	text_line(w, "ip access-list %s %s", w->acl->extended ? "extended" : "standard",
		  w->acl->name);
}

/* ---- lines ------------------------------------------------------------------------------- */

static void remove_at(struct conf_acl *a, unsigned int i)
{
	conf_array_remove(&a->aces, &a->n_aces, sizeof(*a->aces), i);
}

static int find_seq(const struct conf_acl *a, uint32_t seq)
{
	for (unsigned int i = 0; i < a->n_aces; i++)
		if (a->aces[i].seq == seq)
			return (int)i;
	return -1;
}

static int find_same(const struct conf_acl *a, const struct ace *ace)
{
	for (unsigned int i = 0; i < a->n_aces; i++)
		if (ace_equal(&a->aces[i], ace))
			return (int)i;
	return -1;
}

static int line_remove(struct conf_edit *x, struct conf_acl *a, const struct ace *ace)
{
	int i = ace != NULL ? find_same(a, ace) : find_seq(a, cli_arg_u32(x->m, "seq", 0));

	if (i < 0)
		return row_refuse(x, NULL, "no such line in access list %s", a->name);
	remove_at(a, (unsigned int)i);
	return 0;
}

static int line_add(struct conf_edit *x, struct conf_acl *a, struct ace *ace)
{
	uint32_t last = a->n_aces == 0 ? 0 : a->aces[a->n_aces - 1].seq;
	unsigned int at = 0;
	struct ace *place;

	ace->seq = cli_arg_u32(x->m, "seq", last + SEQ_STEP);
	row_mark(x, BLAME_ACE, a->name, ace->seq);
	if (find_same(a, ace) >= 0 && cli_arg(x->m, "seq") == NULL)
		return 0;
	if (find_seq(a, ace->seq) >= 0)
		return row_refuse(x, "seq", "Duplicate sequence number %u", ace->seq);
	if (a->n_aces == CONF_ACL_ACES_MAX)
		return row_refuse(x, NULL, "at most %d lines in an access list", CONF_ACL_ACES_MAX);
	while (at < a->n_aces && a->aces[at].seq < ace->seq)
		at++;
	place = conf_array_insert(&a->aces, &a->n_aces, sizeof(*a->aces), at);
	if (place == NULL)
		return row_no_memory(x);
	*place = *ace;
	return 0;
}

static int line_apply(struct conf_edit *x)
{
	const char *words[CLI_TOKENS_MAX];
	struct conf_acl *a = conf_edit_acl(x->c, x->at->name);
	unsigned int first = cli_arg(x->m, "seq") != NULL ? 1 : 0, bad = 0, n = 0;
	struct ace ace;
	int rc;

	for (unsigned int i = first; i < x->m->n_args; i++)
		words[n++] = x->m->args[i].text;
	if (n == 0 && x->m->no && first == 1)
		return line_remove(x, a, NULL);
	rc = ace_parse(&ace, words, n, &bad, &x->e->text);
	if (rc < 0) {
		x->e->word = bad < n ? (int)x->m->args[first + bad].word : -1;
		return rc;
	}
	return x->m->no ? line_remove(x, a, &ace) : line_add(x, a, &ace);
}

/* A standard line names sources alone: `permit 10.1.0.0 0.0.255.255` is an extended one to any. */
static int standard_line_apply(struct conf_edit *x)
{
	const char *words[CLI_TOKENS_MAX];
	struct conf_acl *a = conf_edit_acl(x->c, x->at->name);
	unsigned int first = cli_arg(x->m, "seq") != NULL ? 1 : 0, bad = 0, n = 0;
	struct ace ace;
	int rc;

	if (x->m->n_args == first && x->m->no && first == 1)
		return line_remove(x, a, NULL);
	if (x->m->n_args == first)
		return row_refuse(x, NULL, "permit or deny expected");
	words[n++] = x->m->args[first].text;
	words[n++] = "ip";
	/* A bare address is a host. */
	if (x->m->n_args == first + 2 && !cli_has(x->m, "any"))
		words[n++] = "host";
	for (unsigned int i = first + 1; i < x->m->n_args; i++)
		words[n++] = x->m->args[i].text;
	words[n++] = "any";
	rc = ace_parse(&ace, words, n, &bad, &x->e->text);
	if (rc < 0)
		return rc;
	return x->m->no ? line_remove(x, a, &ace) : line_add(x, a, &ace);
}

/* "permit ip SOURCE any" is "permit SOURCE" in a standard list. */
static void standard_text(struct ace_text *t, const struct ace *a)
{
	static const char head[] = " ip ", tail[] = " any";
	struct ace_text whole = ace_text(a);
	const char *source = strstr(whole.s, head) + strlen(head);

	snprintf(t->s, sizeof(t->s), "%s %.*s", a->permit ? "permit" : "deny",
		 (int)(strlen(source) - strlen(tail)), source);
}

/* Numbers are written only where they are not what would be given anyway. */
static void lines_write(struct conf_text *w)
{
	uint32_t expected = SEQ_STEP;

	for (unsigned int i = 0; i < w->acl->n_aces; i++) {
		const struct ace *a = &w->acl->aces[i];
		struct ace_text t = ace_text(a);

		if (!w->acl->extended)
			standard_text(&t, a);
		if (a->seq == expected)
			text_line(w, "%s", t.s);
		else
			text_line(w, "%u %s", a->seq, t.s);
		expected = a->seq + SEQ_STEP;
	}
}

#define SIDE(name) "(any | host A.B.C.D:" name " | A.B.C.D:" name " A.B.C.D:" name "-wildcard)"
#define PORT                                                                             \
	"[eq WORD:port | gt WORD:port | lt WORD:port | neq WORD:port | range WORD:port " \
	"WORD:port]"
#define PROTO \
	"(ip | icmp | igmp | tcp | udp | gre | esp | ahp | eigrp | ospf | pim | <0-255>:proto)"
#define TAIL "{precedence WORD:value | dscp WORD:value | tos WORD:value | fragments | log}"
#define LINE_                                                                                 \
	"(permit | deny) " PROTO " " SIDE("source") " " PORT " " SIDE("destination") " " PORT \
										     " " TAIL

#define ACTION_HELP           \
	"Line number\n"       \
	"Encrypt, or allow\n" \
	"Pass in clear, or refuse\n"
#define PROTO_HELP                            \
	"Any Internet protocol\n"             \
	"Internet control message protocol\n" \
	"Internet group management "          \
	"protocol\n"                          \
	"Transmission control protocol\n"     \
	"User datagram protocol\n"            \
	"Generic routing "                    \
	"encapsulation\n"                     \
	"Encapsulating security payload\n"    \
	"Authentication header\n"             \
	"EIGRP routing "                      \
	"protocol\n"                          \
	"OSPF routing protocol\n"             \
	"Protocol independent multicast\n"    \
	"Protocol number\n"
#define SIDE_HELP(what)             \
	"Any address\n"             \
	"A single host\n"           \
	"Address of the " what "\n" \
	"Wildcard bits\n"
#define PORT_HELP               \
	"Only this port\n"      \
	"Port number or name\n" \
	"Greater ports\n"       \
	"Lower ports\n"         \
	"Not supported: GDOI "  \
	"cannot carry it\n"     \
	"A range of ports\n"
#define TAIL_HELP                     \
	"Match the precedence\n"      \
	"Value\n"                     \
	"Match the DSCP\n"            \
	"Match the type of service\n" \
	"Non-first "                  \
	"fragments only\n"            \
	"Accepted, has no effect"

static const struct conf_row rows[] = {
	{{CLI_IN(MODE_CONFIG), 0, "ip access-list standard WORD:name",
	  "ip access-list standard WORD:name",
	  "Global IP configuration\n"
	  "Named access list\n"
	  "Lines of source addresses\n"
	  "Name"},
	 standard_apply,
	 list_write,
	 MODE_STD_ACL,
	 standard_select},
	{{CLI_IN(MODE_STD_ACL), 0,
	  "[<1-2147483647>:seq] (permit | deny) (any | host A.B.C.D | A.B.C.D [A.B.C.D:wildcard])",
	  "[<1-2147483647>:seq] [(permit | deny) (any | host A.B.C.D | A.B.C.D "
	  "[A.B.C.D:wildcard])]",
	  "Line number\n"
	  "Allow\n"
	  "Refuse\n"
	  "Any address\n"
	  "A single host\n"
	  "Address\n"
	  "Wildcard bits"},
	 standard_line_apply,
	 lines_write},
	{{CLI_IN(MODE_CONFIG), 0, "ip access-list extended WORD:name",
	  "ip access-list extended WORD:name",
	  "Global IP configuration\n"
	  "Named access list\n"
	  "Lines of protocols, addresses and "
	  "ports\n"
	  "Name"},
	 extended_apply,
	 list_write,
	 MODE_ACL,
	 extended_select},
	{{CLI_IN(MODE_ACL), 0, "[<1-2147483647>:seq] " LINE_, "[<1-2147483647>:seq] [" LINE_ "]",
	  ACTION_HELP PROTO_HELP SIDE_HELP("source") PORT_HELP "Address of the destination\n"
							       "Wildcard bits\n" TAIL_HELP},
	 line_apply,
	 lines_write},
};

const struct conf_rows conf_rows_acl = CONF_ROWS(rows);
