/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Configuration objects: what the IOS-like text says, as values. Built by the parser into a new
 * object, validated, compared with the active one and applied as a whole; on refusal the active
 * one stays. Readers (gm, ks, ike, dp) see a const struct conf and are called when it changes.
 *
 * Names are fixed arrays so that objects copy and compare as memory; secrets are referenced.
 */
#ifndef CONTROL_CONF_CONF_H
#define CONTROL_CONF_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ace.h"
#include "base/addr.h"
#include "base/secret.h"
#include "crypto/suite.h"

#define CONF_NAME_MAX     64
#define CONF_SERVERS_MAX  8
#define CONF_PEERS_MAX    7
#define CONF_SA_MAX       4
#define CONF_ACL_ACES_MAX 1000
#define CONF_TEXT_MAX     240
#define CONF_NTP_MAX      8

/* ---- IKE -------------------------------------------------------------------------------- */

enum conf_ike_cipher { CONF_IKE_3DES, CONF_IKE_AES };
enum conf_hash { CONF_HASH_SHA1, CONF_HASH_SHA256, CONF_HASH_SHA384, CONF_HASH_SHA512 };
enum conf_ike_auth { CONF_IKE_PSK, CONF_IKE_RSA_SIG };

struct conf_ike_policy { /* crypto isakmp policy N */
	uint16_t number; /* 1..10000, lower first */
	enum conf_ike_cipher cipher;
	uint16_t key_bits; /* AES */
	enum conf_hash hash;
	enum conf_ike_auth auth;
	uint8_t group;       /* DH: 2, 14, 19 */
	uint32_t lifetime_s; /* default 86400 */
};

struct conf_ike_key { /* crypto isakmp key SECRET address A [M] */
	struct secret *key;
	struct prefix peer;
};

/* ---- IPsec ------------------------------------------------------------------------------ */

struct conf_transform_set {
	char name[CONF_NAME_MAX];
	enum suite_id suite;
	bool transport_mode; /* accepted, GETVPN is tunnel with header preservation */
};

struct conf_ipsec_profile {
	char name[CONF_NAME_MAX];
	char transform_set[CONF_NAME_MAX];
	uint32_t lifetime_s; /* default 3600 */
};

struct conf_acl {
	char name[CONF_NAME_MAX];
	bool extended;
	struct ace *aces; /* owned, ordered by seq */
	unsigned int n_aces;
};

/* ---- group ------------------------------------------------------------------------------ */

struct conf_sa { /* sa ipsec N */
	uint16_t number;
	char profile[CONF_NAME_MAX];
	char acl[CONF_NAME_MAX];
	uint8_t replay;  /* enum gdoi_replay: none, counter, time */
	uint32_t window; /* packets or seconds */
};

enum conf_rekey_ack { CONF_ACK_ANY, CONF_ACK_INTEROPERABLE, CONF_ACK_NONE };

struct conf_server { /* server local */
	bool enabled;
	struct addr address;
	bool rekey_unicast;      /* default multicast */
	uint8_t kek_alg;         /* enum gdoi_kek_alg; default AES */
	uint16_t kek_bits;       /* AES: 128 default */
	uint8_t sig_hash;        /* enum gdoi_sig_hash; default SHA-256 */
	uint32_t kek_lifetime_s; /* default 86400 */
	uint32_t retransmit_s;   /* default 10 */
	uint32_t retransmit_n;   /* default 2 */
	char rsa_label[CONF_NAME_MAX];
	char rekey_acl[CONF_NAME_MAX];
	char auth_acl[CONF_NAME_MAX]; /* authorization address ipv4 ACL */
	enum conf_rekey_ack ack;
	uint8_t sid_bits; /* group size: 8, 12, 16, 24 (default), 32 */
	bool redundancy;
	uint8_t priority; /* 1..255, default 1 */
	struct addr peers[CONF_PEERS_MAX];
	uint8_t n_peers;
	struct conf_sa sas[CONF_SA_MAX]; /* by number */
	uint8_t n_sas;
};

struct conf_group { /* crypto gdoi group NAME */
	char name[CONF_NAME_MAX];
	bool ipv6;
	bool has_number;
	uint32_t number;
	struct addr id_address; /* identity address ipv4 */
	struct addr servers[CONF_SERVERS_MAX];
	uint8_t n_servers;
	bool passive;
	bool fail_close_revert; /* client fail-close revert */
	struct conf_server server;
};

/* ---- crypto map, interface -------------------------------------------------------------- */

struct conf_map_entry { /* crypto map NAME SEQ gdoi */
	uint16_t seq;
	char group[CONF_NAME_MAX];
	char acl[CONF_NAME_MAX]; /* match address: local deny lines */
	char description[CONF_TEXT_MAX];
};

struct conf_map {
	char name[CONF_NAME_MAX];
	struct conf_map_entry *entries; /* owned, by seq */
	unsigned int n_entries;
	bool fail_close;         /* crypto map NAME gdoi fail-close + activate */
	bool fail_close_section; /* the mode was entered, perhaps not activated */
	char fail_close_acl[CONF_NAME_MAX];
};

struct conf_interface {
	char name[CONF_NAME_MAX]; /* IOS name */
	char description[CONF_TEXT_MAX];
	bool has_address;
	struct addr address;
	uint8_t address_len;
	char map[CONF_NAME_MAX]; /* crypto map */
	uint16_t mtu;            /* 0: not configured */
	bool shutdown;
};

struct conf_route { /* ip route A M NEXTHOP */
	struct prefix dst;
	struct addr via;
};

/* ---- all of it -------------------------------------------------------------------------- */

struct conf {
	char hostname[CONF_NAME_MAX];
	bool timestamps_log, timestamps_debug; /* datetime msec */
	uint32_t log_buffer_bytes;             /* 0: default */
	uint8_t log_buffer_severity;
	bool log_console, log_monitor;
	struct addr ntp[CONF_NTP_MAX]; /* accepted and kept: the clock is the host's business */
	uint8_t n_ntp;
	struct conf_ike_policy *ike_policies; /* by number */
	unsigned int n_ike_policies;
	struct conf_ike_key *ike_keys;
	unsigned int n_ike_keys;
	struct conf_transform_set *transform_sets;
	unsigned int n_transform_sets;
	struct conf_ipsec_profile *profiles;
	unsigned int n_profiles;
	struct conf_acl *acls;
	unsigned int n_acls;
	struct conf_group *groups;
	unsigned int n_groups;
	struct conf_map *maps;
	unsigned int n_maps;
	struct conf_interface *interfaces;
	unsigned int n_interfaces;
	struct conf_route *routes;
	unsigned int n_routes;
	uint32_t trace_entries[5]; /* by enum trace_kind, 0: default */
};

/* Smallest times that configuration accepts, from the platform file: tests lower them. */
struct conf_limits {
	uint32_t lifetime_min_s;   /* 0: 120 for a TEK, 300 for a KEK */
	uint32_t retransmit_min_s; /* 0: 10 */
	uint32_t backoff_min_s;    /* 0: 60 */
};

int conf_new(struct conf **out) GV_MUST_CHECK;
int conf_copy(struct conf **out, const struct conf *src) GV_MUST_CHECK;
void conf_free(struct conf *c); /* NULL is fine */
/* References between objects, ranges, what a group cannot carry. The sentence names the object.
 * An ACL that is named and not there is no fault: its group is not ready yet. */
int conf_validate(const struct conf *c, const struct conf_limits *lim, bool key_server,
		  struct err_text *e) GV_MUST_CHECK;

const struct conf_acl *conf_acl_find(const struct conf *c, const char *name);
const struct conf_group *conf_group_find(const struct conf *c, const char *name);
const struct conf_map *conf_map_find(const struct conf *c, const char *name);
const struct conf_interface *conf_interface_find(const struct conf *c, const char *name);
const struct conf_transform_set *conf_transform_set_find(const struct conf *c, const char *name);
const struct conf_ipsec_profile *conf_profile_find(const struct conf *c, const char *name);
/* The key of the longest prefix that has peer; NULL when there is none. */
const struct conf_ike_key *conf_ike_key_find(const struct conf *c, const struct addr *peer);

#endif
