/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One line of an extended access list as a value: what configuration parses, GDOI carries, the
 * data plane classifies by and `show` prints. Shared by all of them so that a line means the
 * same everywhere.
 */
#ifndef BASE_ACE_H
#define BASE_ACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

#define ACE_PROTO_ANY      0   /* `ip` */
#define ACE_MAX_PER_POLICY 100 /* what IOS uses of a policy ACL */

struct ace_ports {
	uint16_t lo, hi; /* inclusive; 0..65535 = any */
};

struct ace {
	bool permit;
	uint8_t proto;               /* IP protocol, ACE_PROTO_ANY = every */
	uint8_t tos_mask, tos_value; /* over the whole ToS octet; mask 0 = any */
	bool fragments;              /* matches non-first fragments only */
	bool log;
	struct prefix src, dst; /* len 0 with the family set = any */
	struct ace_ports sport, dport;
	uint32_t seq; /* line number in its list, 10, 20, ... */
};

/* The key a packet is compared by. Ports in host order. */
struct ace_key {
	struct addr src, dst;
	uint8_t proto, tos;
	bool has_ports;      /* false for protocols without and for non-first fragments */
	bool later_fragment; /* offset > 0 */
	uint16_t sport, dport;
};

bool ace_ports_any(const struct ace_ports *p);
bool ace_equal(const struct ace *a, const struct ace *b);
/* The slow, obvious reading of a line: the oracle of the classifier. A later fragment has no
 * ports: a permit with ports matches it by the rest, a deny with ports is passed over. */
bool ace_match(const struct ace *a, const struct ace_key *k);

/*
 * IOS text. `words` are the tokens after the sequence number: permit|deny PROTO SRC [port] DST
 * [port] [precedence P] [dscp D] [tos T] [fragments] [log]. On refusal *bad is the index of the
 * word at fault. A wildcard mask with holes and `neq` are refused (GDOI cannot carry them).
 */
int ace_parse(struct ace *out, const char *const *words, unsigned int n, unsigned int *bad,
	      struct err_text *e) GV_MUST_CHECK;

struct ace_text {
	char s[256];
};

/* "permit ip any any", "deny tcp any any eq 22": as running-config has it. */
struct ace_text ace_text(const struct ace *a);
/* "deny udp any port = 848 any port = 848": as `show crypto gdoi` has it. */
struct ace_text ace_text_gdoi(const struct ace *a);
/* "icmp", "udp" or the number. */
const char *ace_proto_name(uint8_t proto, char scratch[4]);

#endif
