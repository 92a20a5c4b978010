/* SPDX-License-Identifier: BSD-3-Clause */
/* crypto isakmp. */
#include <stdio.h>
#include <string.h>

#include "control/conf/row.h"

#define LIFETIME_DEFAULT_S 86400

static int policy_apply(struct conf_edit *x)
{
	struct conf *c = x->c;
	uint16_t number = (uint16_t)cli_arg_u32(x->m, "number", 0);
	struct conf_ike_policy *p = conf_edit_ike_policy(c, number);
	unsigned int at = 0;

	x->at->number = number;
	if (x->m->no) {
		if (p == NULL)
			return row_refuse(x, "number", "no such policy");
		conf_array_remove(&c->ike_policies, &c->n_ike_policies, sizeof(*p),
				  (unsigned int)(p - c->ike_policies));
		return 0;
	}
	if (p != NULL)
		return 0;
	while (at < c->n_ike_policies && c->ike_policies[at].number < number)
		at++;
	p = conf_array_insert(&c->ike_policies, &c->n_ike_policies, sizeof(*p), at);
	if (p == NULL)
		return row_no_memory(x);
	*p = (struct conf_ike_policy){
		.number = number,
		.cipher = CONF_IKE_AES,
		.key_bits = 128,
		.hash = CONF_HASH_SHA256,
		.auth = CONF_IKE_PSK,
		.group = 14,
		.lifetime_s = LIFETIME_DEFAULT_S,
	};
	return 0;
}

static bool policy_select(struct conf_text *w, unsigned int i)
{
	w->ike_policy = i < w->c->n_ike_policies ? &w->c->ike_policies[i] : NULL;
	return w->ike_policy != NULL;
}

static void policy_write(struct conf_text *w)
{
	text_line(w, "crypto isakmp policy %u", w->ike_policy->number);
}

static struct conf_ike_policy *policy(struct conf_edit *x)
{
	return conf_edit_ike_policy(x->c, x->at->number);
}

static int encryption_apply(struct conf_edit *x)
{
	struct conf_ike_policy *p = policy(x);

	p->cipher = cli_has(x->m, "3des") ? CONF_IKE_3DES : CONF_IKE_AES;
	p->key_bits = 128;
	if (cli_has(x->m, "192"))
		p->key_bits = 192;
	if (cli_has(x->m, "256"))
		p->key_bits = 256;
	return 0;
}

static void encryption_write(struct conf_text *w)
{
	if (w->ike_policy->cipher == CONF_IKE_3DES)
		text_line(w, "encryption 3des");
	else if (w->ike_policy->key_bits == 128)
		text_line(w, "encryption aes");
	else
		text_line(w, "encryption aes %u", w->ike_policy->key_bits);
}

static const char *const hash_names[] = {"sha", "sha256", "sha384", "sha512"};

static int hash_apply(struct conf_edit *x)
{
	struct conf_ike_policy *p = policy(x);

	if (cli_has(x->m, "md5"))
		return row_refuse(x, "md5", "MD5 is not supported");
	p->hash = CONF_HASH_SHA256;
	for (size_t i = 0; !x->m->no && i < GV_ARRAY_SIZE(hash_names); i++)
		if (cli_has(x->m, hash_names[i]))
			p->hash = (enum conf_hash)i;
	return 0;
}

static void hash_write(struct conf_text *w)
{
	text_line(w, "hash %s", hash_names[w->ike_policy->hash]);
}

static int authentication_apply(struct conf_edit *x)
{
	if (cli_has(x->m, "rsa-sig"))
		return row_refuse(x, "rsa-sig", "certificates are not supported, use pre-share");
	policy(x)->auth = CONF_IKE_PSK;
	return 0;
}

static void authentication_write(struct conf_text *w)
{
	text_line(w, "authentication pre-share");
}

static int dh_apply(struct conf_edit *x)
{
	uint32_t g = x->m->no ? 14 : cli_arg_u32(x->m, "group-number", 14);

	if (g != 2 && g != 14 && g != 19)
		return row_refuse(x, "group-number", "group %u is not supported, only 2, 14 and 19",
				  g);
	policy(x)->group = (uint8_t)g;
	return 0;
}

static void dh_write(struct conf_text *w)
{
	text_line(w, "group %u", w->ike_policy->group);
}

static int lifetime_apply(struct conf_edit *x)
{
	policy(x)->lifetime_s =
		x->m->no ? LIFETIME_DEFAULT_S : cli_arg_u32(x->m, "seconds", LIFETIME_DEFAULT_S);
	return 0;
}

static void lifetime_write(struct conf_text *w)
{
	if (w->ike_policy->lifetime_s != LIFETIME_DEFAULT_S)
		text_line(w, "lifetime %u", w->ike_policy->lifetime_s);
}

/* ---- pre-shared keys --------------------------------------------------------------------- */

static int key_peer(struct conf_edit *x, struct prefix *out)
{
	struct addr a = row_addr(x, "peer");
	uint8_t len = addr_is_zero(&a) ? 0 : 32;
	int rc = cli_arg(x->m, "mask") == NULL ? 0 : row_mask(x, "mask", &len);

	if (rc == 0)
		*out = prefix_of(&a, len);
	return rc;
}

static int key_secret(struct conf_edit *x, struct secret **out)
{
	const char *key = cli_arg(x->m, "psk");

	if (cli_has(x->m, "6"))
		return row_refuse(x, "6", "type 6 needs a master key, which is not supported");
	if (strspn(key, "*") == strlen(key))
		return row_refuse(x, "psk", "asterisks stand for a hidden key, give the key");
	*out = secret_new(key, strlen(key));
	return *out == NULL ? row_no_memory(x) : 0;
}

static int key_remove(struct conf_edit *x, int i)
{
	if (i < 0)
		return row_refuse(x, "peer", "no key for that address");
	secret_unref(x->c->ike_keys[i].key);
	conf_array_remove(&x->c->ike_keys, &x->c->n_ike_keys, sizeof(*x->c->ike_keys),
			  (unsigned int)i);
	return 0;
}

static int key_apply(struct conf_edit *x)
{
	struct conf *c = x->c;
	struct secret *key = NULL;
	struct prefix peer;
	int at = -1, rc = key_peer(x, &peer);

	for (unsigned int i = 0; rc == 0 && i < c->n_ike_keys; i++)
		if (prefix_equal(&c->ike_keys[i].peer, &peer))
			at = (int)i;
	if (rc == 0 && x->m->no)
		return key_remove(x, at);
	rc = rc < 0 ? rc : key_secret(x, &key);
	if (rc < 0)
		return rc;
	if (at >= 0) {
		secret_unref(c->ike_keys[at].key);
	} else {
		at = (int)c->n_ike_keys;
		if (conf_array_insert(&c->ike_keys, &c->n_ike_keys, sizeof(*c->ike_keys),
				      c->n_ike_keys) == NULL) {
			secret_unref(key);
			return row_no_memory(x);
		}
	}
	c->ike_keys[at] = (struct conf_ike_key){.key = key, .peer = peer};
	return 0;
}

static void key_write(struct conf_text *w)
{
	for (unsigned int i = 0; i < w->c->n_ike_keys; i++) {
		const struct conf_ike_key *k = &w->c->ike_keys[i];
		struct addr mask = addr_v4(prefix_mask(k->peer.len));
		bool kept = w->secrets == CONF_SECRETS_KEPT;
		char peer[2 * ADDR_TEXT_MAX + 2];

		snprintf(peer, sizeof(peer), "%s %s", addr_text(&k->peer.addr).s,
			 addr_text(&mask).s);
		/* A host and everybody go without a mask. */
		if (k->peer.len == 32 || k->peer.len == 0)
			*strchr(peer, ' ') = '\0';
		text_line(w, "crypto isakmp key %s%.*s address %s", kept ? "0 " : "",
			  kept ? (int)k->key->len : 6,
			  kept ? (const char *)k->key->bytes : "******", peer);
	}
	if (w->c->n_ike_keys > 0)
		text_separator(w);
}

#define CRYPTO_ISAKMP                                 \
	"Encryption, authentication and group keys\n" \
	"ISAKMP (IKE) policy\n"

static const struct conf_row rows[] = {
	{{CLI_IN(MODE_CONFIG), 0, "crypto isakmp policy <1-10000>:number",
	  "crypto isakmp policy <1-10000>:number",
	  CRYPTO_ISAKMP "A set of algorithms to offer and accept\n"
			"Priority, lowest first"},
	 policy_apply,
	 policy_write,
	 MODE_IKE_POLICY,
	 policy_select},
	{{CLI_IN(MODE_IKE_POLICY), 0, "encryption (3des | aes [128 | 192 | 256])",
	  "encryption [3des | aes [128 | 192 | 256]]",
	  "Cipher\n"
	  "3DES\n"
	  "AES in CBC mode\n"
	  "128 bit key (default)\n"
	  "192 bit key\n"
	  "256 bit key"},
	 encryption_apply,
	 encryption_write},
	{{CLI_IN(MODE_IKE_POLICY), 0, "hash (sha | sha256 | sha384 | sha512 | md5)",
	  "hash [sha | sha256 | sha384 | sha512]",
	  "Hash algorithm\n"
	  "SHA-1\n"
	  "SHA-256 (default)\n"
	  "SHA-384\n"
	  "SHA-512\n"
	  "Not supported"},
	 hash_apply,
	 hash_write},
	{{CLI_IN(MODE_IKE_POLICY), 0, "authentication (pre-share | rsa-sig)",
	  "authentication [pre-share]",
	  "Authentication method\n"
	  "Pre-shared key\n"
	  "Not supported"},
	 authentication_apply,
	 authentication_write},
	{{CLI_IN(MODE_IKE_POLICY), 0, "group <1-24>:group-number", "group [<1-24>:group-number]",
	  "Diffie-Hellman group\n"
	  "2, 14 (default) or 19"},
	 dh_apply,
	 dh_write},
	{{CLI_IN(MODE_IKE_POLICY), 0, "lifetime <60-86400>:seconds",
	  "lifetime [<60-86400>:seconds]",
	  "Lifetime of the ISAKMP SA\n"
	  "Seconds"},
	 lifetime_apply,
	 lifetime_write},
	{{CLI_IN(MODE_CONFIG), 0,
	  "crypto isakmp key [0 | 6] SECRET:psk address A.B.C.D:peer [A.B.C.D:mask]",
	  "crypto isakmp key [0 | 6] [SECRET:psk] address A.B.C.D:peer [A.B.C.D:mask]",
	  CRYPTO_ISAKMP "Pre-shared key\n"
			"A key in clear follows\n"
			"An encrypted key follows\n"
			"The "
			"key\n"
			"Which peers it is for\n"
			"Address, 0.0.0.0 for all\n"
			"Netmask"},
	 key_apply,
	 key_write},
};

const struct conf_rows conf_rows_ike = CONF_ROWS(rows);
