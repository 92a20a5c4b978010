/* SPDX-License-Identifier: BSD-3-Clause */
/* server local: what a key server makes of a group. */
#include <stdlib.h>
#include <string.h>

#include "control/conf/row.h"
#include "control/gdoi/policy.h"

#define DAY_S          86400
#define TIME_WINDOW    100
#define COUNTER_WINDOW 64

static int address_apply(struct conf_edit *x)
{
	row_mark(x, BLAME_GROUP, x->at->name, 0);
	row_server(x)->address = x->m->no ? (struct addr){0} : row_addr(x, "own");
	return 0;
}

static void address_write(struct conf_text *w)
{
	if (!addr_is_zero(&w->group->server.address))
		text_line(w, "address ipv4 %s", addr_text(&w->group->server.address).s);
}

static int authorization_apply(struct conf_edit *x)
{
	return row_name_or_none(x, row_server(x)->auth_acl, "acl");
}

static void authorization_write(struct conf_text *w)
{
	if (w->group->server.auth_acl[0] != '\0')
		text_line(w, "authorization address ipv4 %s", w->group->server.auth_acl);
}

static int size_apply(struct conf_edit *x)
{
	uint8_t bits = 24;

	if (cli_has(x->m, "large"))
		bits = 32;
	else if (cli_has(x->m, "small"))
		bits = cli_has(x->m, "8") ? 8 : cli_has(x->m, "12") ? 12 : 16;
	row_server(x)->sid_bits = x->m->no ? 24 : bits;
	return 0;
}

static void size_write(struct conf_text *w)
{
	unsigned int bits = w->group->server.sid_bits;

	if (bits == 32)
		text_line(w, "group size large");
	else if (bits < 24)
		text_line(w, "group size small %u", bits);
}

/* ---- rekey ------------------------------------------------------------------------------- */

static int ack_apply(struct conf_edit *x)
{
	struct conf_server *s = row_server(x);

	if (cli_has(x->m, "cisco"))
		return row_refuse(x, "cisco",
				  "the format of this acknowledgement is not public; use any or "
				  "interoperable (RFC 8263)");
	s->ack = CONF_ACK_ANY;
	if (x->m->no && !x->m->dflt)
		s->ack = CONF_ACK_NONE;
	else if (cli_has(x->m, "interoperable"))
		s->ack = CONF_ACK_INTEROPERABLE;
	return 0;
}

static void ack_write(struct conf_text *w)
{
	if (w->group->server.ack == CONF_ACK_INTEROPERABLE)
		text_line(w, "rekey acknowledgement interoperable");
	else if (w->group->server.ack == CONF_ACK_NONE)
		text_line(w, "no rekey acknowledgement");
}

static int rekey_address_apply(struct conf_edit *x)
{
	return row_name_or_none(x, row_server(x)->rekey_acl, "acl");
}

static void rekey_address_write(struct conf_text *w)
{
	if (w->group->server.rekey_acl[0] != '\0')
		text_line(w, "rekey address ipv4 %s", w->group->server.rekey_acl);
}

static int algorithm_apply(struct conf_edit *x)
{
	struct conf_server *s = row_server(x);

	if (cli_has(x->m, "des-cbc"))
		return row_refuse(x, "des-cbc", "DES is not supported");
	s->kek_alg = cli_has(x->m, "3des-cbc") ? GDOI_KEK_3DES : GDOI_KEK_AES;
	s->kek_bits = s->kek_alg == GDOI_KEK_3DES ? 192 : 128;
	if (cli_has(x->m, "192"))
		s->kek_bits = 192;
	if (cli_has(x->m, "256"))
		s->kek_bits = 256;
	return 0;
}

static void algorithm_write(struct conf_text *w)
{
	const struct conf_server *s = &w->group->server;

	if (s->kek_alg == GDOI_KEK_3DES)
		text_line(w, "rekey algorithm 3des-cbc");
	else if (s->kek_bits != 128)
		text_line(w, "rekey algorithm aes %u", s->kek_bits);
}

static int kek_life_apply(struct conf_edit *x)
{
	uint32_t s = cli_arg_u32(x->m, "seconds-value", DAY_S);

	if (cli_has(x->m, "days"))
		s = DAY_S * cli_arg_u32(x->m, "days-value", 1);
	if (x->m->no)
		s = DAY_S;
	if (s < conf_kek_life_min(x->lim))
		return row_refuse(x, "seconds-value", "at least %u seconds",
				  conf_kek_life_min(x->lim));
	row_server(x)->kek_lifetime_s = s;
	return 0;
}

static void kek_life_write(struct conf_text *w)
{
	uint32_t s = w->group->server.kek_lifetime_s;

	if (s > DAY_S && s % DAY_S == 0)
		text_line(w, "rekey lifetime days %u", s / DAY_S);
	else if (s != DAY_S)
		text_line(w, "rekey lifetime seconds %u", s);
}

static int retransmit_apply(struct conf_edit *x)
{
	struct conf_server *s = row_server(x), defaults;
	uint32_t period = cli_arg_u32(x->m, "period", 0);

	conf_server_defaults(&defaults);
	if (cli_has(x->m, "periodic"))
		return row_refuse(x, "periodic", "periodic reminders are not supported");
	if (!x->m->no && period < conf_retransmit_min(x->lim))
		return row_refuse(x, "period", "at least %u seconds", conf_retransmit_min(x->lim));
	s->retransmit_s = x->m->no ? defaults.retransmit_s : period;
	s->retransmit_n = x->m->no ? defaults.retransmit_n
				   : cli_arg_u32(x->m, "times", defaults.retransmit_n);
	return 0;
}

static void retransmit_write(struct conf_text *w)
{
	const struct conf_server *s = &w->group->server;
	struct conf_server defaults;

	conf_server_defaults(&defaults);
	if (s->retransmit_s != defaults.retransmit_s || s->retransmit_n != defaults.retransmit_n)
		text_line(w, "rekey retransmit %u number %u", s->retransmit_s, s->retransmit_n);
}

static int authentication_apply(struct conf_edit *x)
{
	return row_name_or_none(x, row_server(x)->rsa_label, "label");
}

static void authentication_write(struct conf_text *w)
{
	if (w->group->server.rsa_label[0] != '\0')
		text_line(w, "rekey authentication mypubkey rsa %s", w->group->server.rsa_label);
}

static const struct {
	const char *name;
	enum gdoi_sig_hash hash;
} hashes[] = {{"sha", GDOI_SIG_SHA1},
	      {"sha256", GDOI_SIG_SHA256},
	      {"sha384", GDOI_SIG_SHA384},
	      {"sha512", GDOI_SIG_SHA512}};

static int sig_hash_apply(struct conf_edit *x)
{
	struct conf_server *s = row_server(x);

	s->sig_hash = GDOI_SIG_SHA256;
	for (size_t i = 0; !x->m->no && i < GV_ARRAY_SIZE(hashes); i++)
		if (cli_has(x->m, hashes[i].name))
			s->sig_hash = hashes[i].hash;
	return 0;
}

static void sig_hash_write(struct conf_text *w)
{
	for (size_t i = 0; i < GV_ARRAY_SIZE(hashes); i++)
		if (hashes[i].hash == w->group->server.sig_hash &&
		    hashes[i].hash != GDOI_SIG_SHA256)
			text_line(w, "rekey sig-hash algorithm %s", hashes[i].name);
}

static int transport_apply(struct conf_edit *x)
{
	row_server(x)->rekey_unicast = !x->m->no;
	return 0;
}

static void transport_write(struct conf_text *w)
{
	if (w->group->server.rekey_unicast)
		text_line(w, "rekey transport unicast");
}

/* ---- sa ipsec ---------------------------------------------------------------------------- */

static int sa_apply(struct conf_edit *x)
{
	struct conf_server *s = row_server(x);
	uint16_t number = (uint16_t)cli_arg_u32(x->m, "number", 0);
	struct conf_sa *sa = conf_edit_sa(s, number);
	unsigned int at = 0;

	x->at->number = number;
	if (x->m->no) {
		if (sa == NULL)
			return row_refuse(x, "number", "no such sa ipsec");
		at = (unsigned int)(sa - s->sas);
		memmove(sa, sa + 1, (--s->n_sas - at) * sizeof(*sa));
		return 0;
	}
	if (sa != NULL)
		return 0;
	if (s->n_sas == CONF_SA_MAX)
		return row_refuse(x, NULL, "at most %d sa ipsec in a group", CONF_SA_MAX);
	while (at < s->n_sas && s->sas[at].number < number)
		at++;
	memmove(&s->sas[at + 1], &s->sas[at], (s->n_sas++ - at) * sizeof(*sa));
	s->sas[at] = (struct conf_sa){.number = number, .replay = GDOI_REPLAY_NONE};
	return 0;
}

static bool sa_select(struct conf_text *w, unsigned int i)
{
	w->sa = i < w->group->server.n_sas ? &w->group->server.sas[i] : NULL;
	return w->sa != NULL;
}

static void sa_write(struct conf_text *w)
{
	text_line(w, "sa ipsec %u", w->sa->number);
}

static struct conf_sa *sa_at(const struct conf_edit *x)
{
	return conf_edit_sa(row_server(x), x->at->number);
}

static int profile_apply(struct conf_edit *x)
{
	row_mark(x, BLAME_SA, x->at->name, x->at->number);
	return row_name_or_none(x, sa_at(x)->profile, "profile-name");
}

static void profile_write(struct conf_text *w)
{
	if (w->sa->profile[0] != '\0')
		text_line(w, "profile %s", w->sa->profile);
}

static int match_apply(struct conf_edit *x)
{
	return row_name_or_none(x, sa_at(x)->acl, "acl");
}

static void match_write(struct conf_text *w)
{
	if (w->sa->acl[0] != '\0')
		text_line(w, "match address ipv4 %s", w->sa->acl);
}

static int replay_apply(struct conf_edit *x)
{
	struct conf_sa *sa = sa_at(x);
	const struct cli_arg *last = &x->m->args[x->m->n_args - 1];

	sa->replay = GDOI_REPLAY_NONE;
	sa->window = 0;
	if (x->m->no)
		return 0;
	if (cli_has(x->m, "time")) {
		sa->replay = GDOI_REPLAY_TIME;
		sa->window = cli_arg_u32(x->m, "window-seconds", TIME_WINDOW);
		return 0;
	}
	sa->replay = GDOI_REPLAY_COUNTER;
	sa->window = cli_has(x->m, "window-size") ? (uint32_t)strtoul(last->text, NULL, 10)
						  : COUNTER_WINDOW;
	return 0;
}

static void replay_write(struct conf_text *w)
{
	if (w->sa->replay == GDOI_REPLAY_TIME)
		text_line(w, "replay time window-size %u", w->sa->window);
	else if (w->sa->replay == GDOI_REPLAY_COUNTER)
		text_line(w, "replay counter window-size %u", w->sa->window);
	else
		text_line(w, "no replay");
}

/* ---- redundancy -------------------------------------------------------------------------- */

static int redundancy_apply(struct conf_edit *x)
{
	struct conf_server *s = row_server(x);

	s->redundancy = !x->m->no;
	if (x->m->no) {
		s->priority = 1;
		s->n_peers = 0;
		memset(s->peers, 0, sizeof(s->peers));
	}
	return 0;
}

static bool redundancy_select(struct conf_text *w, unsigned int i)
{
	return i == 0 && w->group->server.redundancy;
}

static void redundancy_write(struct conf_text *w)
{
	text_line(w, "redundancy");
}

static int priority_apply(struct conf_edit *x)
{
	row_server(x)->priority = x->m->no ? 1 : (uint8_t)cli_arg_u32(x->m, "value", 1);
	return 0;
}

static void priority_write(struct conf_text *w)
{
	if (w->group->server.priority != 1)
		text_line(w, "local priority %u", w->group->server.priority);
}

static int peer_apply(struct conf_edit *x)
{
	struct conf_server *s = row_server(x);
	struct addr a = row_addr(x, "peer-address");

	row_mark(x, BLAME_GROUP, x->at->name, 0);
	for (unsigned int i = 0; i < s->n_peers; i++) {
		if (!addr_equal(&s->peers[i], &a))
			continue;
		if (x->m->no)
			memmove(&s->peers[i], &s->peers[i + 1], (--s->n_peers - i) * sizeof(a));
		return 0;
	}
	if (x->m->no)
		return row_refuse(x, "peer-address", "no such peer");
	if (s->n_peers == CONF_PEERS_MAX)
		return row_refuse(x, NULL, "at most %d peers", CONF_PEERS_MAX);
	s->peers[s->n_peers++] = a;
	return 0;
}

static void peer_write(struct conf_text *w)
{
	for (unsigned int i = 0; i < w->group->server.n_peers; i++)
		text_line(w, "peer address ipv4 %s", addr_text(&w->group->server.peers[i]).s);
}

#define REKEY "Rekeying of the group\n"

static const struct conf_row rows[] = {
	{{CLI_IN(MODE_SERVER), 0, "rekey acknowledgement (any | interoperable | cisco)",
	  "rekey acknowledgement [any | interoperable]",
	  REKEY "Acknowledgement by members\n"
		"Ask members that announced our vendor ID "
		"(default)\n"
		"Ask every member (RFC 8263)\n"
		"Not supported: its format is not public"},
	 ack_apply,
	 ack_write},
	{{CLI_IN(MODE_SERVER), 0, "rekey address ipv4 WORD:acl", "rekey address ipv4 [WORD:acl]",
	  REKEY "Addresses and ports of multicast rekeys\n"
		"IPv4\n"
		"Extended access list"},
	 rekey_address_apply,
	 rekey_address_write},
	{{CLI_IN(MODE_SERVER), 0, "rekey algorithm (3des-cbc | aes [128 | 192 | 256] | des-cbc)",
	  "rekey algorithm [3des-cbc | aes [128 | 192 | 256]]",
	  REKEY "Cipher of rekeys\n"
		"3DES\n"
		"AES in CBC mode\n"
		"128 bit key (default)\n"
		"192 bit key\n"
		"256 "
		"bit key\n"
		"Not supported"},
	 algorithm_apply,
	 algorithm_write},
	{{CLI_IN(MODE_SERVER), 0,
	  "rekey lifetime (seconds <10-2592000>:seconds-value | days <1-30>:days-value)",
	  "rekey lifetime [seconds <10-2592000>:seconds-value | days <1-30>:days-value]",
	  REKEY "Lifetime of the key encryption key\n"
		"In seconds\n"
		"Seconds (default 86400)\n"
		"In "
		"days\n"
		"Days"},
	 kek_life_apply,
	 kek_life_write},
	{{CLI_IN(MODE_SERVER), 0, "rekey retransmit <1-60>:period (number <1-10>:times | periodic)",
	  "rekey retransmit [<1-60>:period [number <1-10>:times]]",
	  REKEY "Retransmission of a rekey\n"
		"Seconds between\n"
		"How often\n"
		"Times\n"
		"Not supported"},
	 retransmit_apply,
	 retransmit_write},
	{{CLI_IN(MODE_SERVER), 0, "rekey authentication mypubkey rsa WORD:label",
	  "rekey authentication [mypubkey [rsa [WORD:label]]]",
	  REKEY "Signature of rekeys\n"
		"A key pair of this box\n"
		"RSA\n"
		"Label of the key pair"},
	 authentication_apply,
	 authentication_write},
	{{CLI_IN(MODE_SERVER), 0, "rekey sig-hash algorithm (sha | sha256 | sha384 | sha512)",
	  "rekey sig-hash [algorithm [sha | sha256 | sha384 | sha512]]",
	  REKEY "Hash of the signature\n"
		"Algorithm\n"
		"SHA-1\n"
		"SHA-256 (default)\n"
		"SHA-384\n"
		"SHA-512"},
	 sig_hash_apply,
	 sig_hash_write},
	{{CLI_IN(MODE_SERVER), 0, "rekey transport unicast", "rekey transport [unicast]",
	  REKEY "How rekeys travel, multicast by default\n"
		"One to each member, acknowledged"},
	 transport_apply,
	 transport_write},
	{{CLI_IN(MODE_SERVER), 0, "authorization address ipv4 WORD:acl",
	  "authorization address ipv4 [WORD:acl]",
	  "Who may register\n"
	  "By address\n"
	  "IPv4\n"
	  "Standard access list"},
	 authorization_apply,
	 authorization_write},
	{{CLI_IN(MODE_SERVER), 0, "group size (small (8 | 12 | 16) | medium | large)",
	  "group size [small [8 | 12 | 16] | medium | large]",
	  "The group\n"
	  "Length of sender IDs for counter modes\n"
	  "Small\n"
	  "8 bits\n"
	  "12 bits\n"
	  "16 "
	  "bits\n"
	  "24 bits (default)\n"
	  "32 bits"},
	 size_apply,
	 size_write},
	{{CLI_IN(MODE_SERVER), 0, "sa ipsec <1-65535>:number", "sa ipsec <1-65535>:number",
	  "Security association\n"
	  "IPsec SA of the group\n"
	  "Its number"},
	 sa_apply,
	 sa_write,
	 MODE_SA,
	 sa_select},
	{{CLI_IN(MODE_SA), 0, "profile WORD:profile-name", "profile [WORD:profile-name]",
	  "IPsec profile: transform set and lifetime\n"
	  "Its name"},
	 profile_apply,
	 profile_write},
	{{CLI_IN(MODE_SA), 0, "match address ipv4 WORD:acl", "match address ipv4 [WORD:acl]",
	  "What to encrypt\n"
	  "By an access list\n"
	  "IPv4\n"
	  "Its name"},
	 match_apply,
	 match_write},
	{{CLI_IN(MODE_SA), 0,
	  "replay (time [window-size <1-100>:window-seconds] | counter [window-size (64 | 128 | 256 "
	  "| 512 | 1024)])",
	  "replay [time [window-size <1-100>:window-seconds] | counter [window-size (64 | 128 | 256 "
	  "| 512 | 1024)]]",
	  "Anti-replay method, none by default\n"
	  "By time stamps\n"
	  "Size of the window\n"
	  "Seconds "
	  "(default 100)\n"
	  "By sequence numbers, sound for two members only\n"
	  "64 packets "
	  "(default)\n"
	  "128 packets\n"
	  "256 packets\n"
	  "512 packets\n"
	  "1024 packets"},
	 replay_apply,
	 replay_write},
	{{CLI_IN(MODE_SERVER), 0, "address ipv4 A.B.C.D:own", "address ipv4 [A.B.C.D:own]",
	  "Own address, source of rekeys\n"
	  "IPv4\n"
	  "Address"},
	 address_apply,
	 address_write},
	{{CLI_IN(MODE_SERVER), 0, "redundancy", "redundancy", "Cooperative key servers"},
	 redundancy_apply,
	 redundancy_write,
	 MODE_COOP,
	 redundancy_select},
	{{CLI_IN(MODE_COOP), 0, "local priority <1-255>:value", "local priority [<1-255>:value]",
	  "This key server\n"
	  "Its priority in the election, higher wins\n"
	  "Priority (default 1)"},
	 priority_apply,
	 priority_write},
	{{CLI_IN(MODE_COOP), 0, "peer address ipv4 A.B.C.D:peer-address",
	  "peer address ipv4 A.B.C.D:peer-address",
	  "Another key server of the group\n"
	  "By address\n"
	  "IPv4\n"
	  "Address"},
	 peer_apply,
	 peer_write},
};

const struct conf_rows conf_rows_server = CONF_ROWS(rows);
