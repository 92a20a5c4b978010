/* SPDX-License-Identifier: BSD-3-Clause */
/* crypto ipsec: transform sets and profiles. */
#include <string.h>

#include "control/conf/row.h"

#define TEK_LIFE_DEFAULT_S 3600
#define DAY_S              86400

static const char *const refused[] = {"esp-des", "esp-gmac", "esp-md5-hmac", "esp-sha384-hmac",
				      "esp-sha512-hmac"};

static int find_suite(struct conf_edit *x, enum suite_id *out)
{
	const struct cli_match *m = x->m;
	enum suite_auth auth = SUITE_AUTH_NONE;
	enum suite_cipher cipher = SUITE_CIPHER_NULL;
	unsigned int key = cli_has(m, "256") ? 32 : cli_has(m, "192") ? 24 : 16;
	const struct suite *s;

	for (size_t i = 0; i < GV_ARRAY_SIZE(refused); i++)
		if (cli_has(m, refused[i]))
			return row_refuse(x, refused[i], "%s is not supported", refused[i]);
	if (cli_has(m, "esp-sha-hmac"))
		auth = SUITE_AUTH_SHA1;
	if (cli_has(m, "esp-sha256-hmac"))
		auth = SUITE_AUTH_SHA256;
	if (cli_has(m, "esp-gcm"))
		cipher = SUITE_CIPHER_AES_GCM;
	else if (cli_has(m, "esp-aes"))
		cipher = SUITE_CIPHER_AES_CBC;
	else if (cli_has(m, "esp-3des"))
		cipher = SUITE_CIPHER_3DES_CBC, key = 24;
	else
		key = 0;
	if (cipher == SUITE_CIPHER_AES_GCM && auth != SUITE_AUTH_NONE)
		return row_refuse(x, NULL, "esp-gcm authenticates by itself");
	if (cipher != SUITE_CIPHER_AES_GCM && auth == SUITE_AUTH_NONE)
		return row_refuse(x, NULL, "an authentication transform is needed");
	s = suite_find(cipher, key, auth);
	if (s == NULL)
		return row_refuse(x, NULL, "this combination is not supported");
	*out = s->id;
	return 0;
}

static int transform_apply(struct conf_edit *x)
{
	struct conf *c = x->c;
	struct conf_transform_set *t;
	enum suite_id suite = SUITE_NONE;
	int rc = row_name(x, x->at->name, "name");

	if (rc < 0)
		return rc;
	t = conf_edit_transform_set(c, x->at->name);
	if (x->m->no) {
		if (t == NULL)
			return row_refuse(x, "name", "no such transform set");
		conf_array_remove(&c->transform_sets, &c->n_transform_sets, sizeof(*t),
				  (unsigned int)(t - c->transform_sets));
		return 0;
	}
	rc = find_suite(x, &suite);
	if (rc < 0)
		return rc;
	if (t == NULL)
		t = conf_array_insert(&c->transform_sets, &c->n_transform_sets, sizeof(*t),
				      c->n_transform_sets);
	if (t == NULL)
		return row_no_memory(x);
	memcpy(t->name, x->at->name, sizeof(t->name));
	t->suite = suite;
	return 0;
}

static bool transform_select(struct conf_text *w, unsigned int i)
{
	w->transform = i < w->c->n_transform_sets ? &w->c->transform_sets[i] : NULL;
	return w->transform != NULL;
}

static void transform_write(struct conf_text *w)
{
	static const char *const ciphers[] = {[SUITE_CIPHER_NULL] = "esp-null",
					      [SUITE_CIPHER_3DES_CBC] = "esp-3des",
					      [SUITE_CIPHER_AES_CBC] = "esp-aes",
					      [SUITE_CIPHER_AES_GCM] = "esp-gcm"};
	static const char *const auths[] = {[SUITE_AUTH_NONE] = "",
					    [SUITE_AUTH_SHA1] = " esp-sha-hmac",
					    [SUITE_AUTH_SHA256] = " esp-sha256-hmac"};
	const struct suite *s = suite_get(w->transform->suite);
	bool aes = s->cipher == SUITE_CIPHER_AES_CBC || s->cipher == SUITE_CIPHER_AES_GCM;
	const char *bits = !aes ? "" : s->key_len == 24 ? " 192" : s->key_len == 32 ? " 256" : "";

	text_line(w, "crypto ipsec transform-set %s %s%s%s", w->transform->name, ciphers[s->cipher],
		  bits, auths[s->auth]);
}

static int mode_apply(struct conf_edit *x)
{
	conf_edit_transform_set(x->c, x->at->name)->transport_mode =
		!x->m->no && cli_has(x->m, "transport");
	return 0;
}

static void mode_write(struct conf_text *w)
{
	text_line(w, "mode %s", w->transform->transport_mode ? "transport" : "tunnel");
}

/* ---- profiles ---------------------------------------------------------------------------- */

static int profile_apply(struct conf_edit *x)
{
	struct conf *c = x->c;
	struct conf_ipsec_profile *p;
	int rc = row_name(x, x->at->name, "name");

	if (rc < 0)
		return rc;
	p = conf_edit_profile(c, x->at->name);
	if (x->m->no) {
		if (p == NULL)
			return row_refuse(x, "name", "no such profile");
		conf_array_remove(&c->profiles, &c->n_profiles, sizeof(*p),
				  (unsigned int)(p - c->profiles));
		return 0;
	}
	if (p != NULL)
		return 0;
	p = conf_array_insert(&c->profiles, &c->n_profiles, sizeof(*p), c->n_profiles);
	if (p == NULL)
		return row_no_memory(x);
	memcpy(p->name, x->at->name, sizeof(p->name));
	p->lifetime_s = TEK_LIFE_DEFAULT_S;
	return 0;
}

static bool profile_select(struct conf_text *w, unsigned int i)
{
	w->profile = i < w->c->n_profiles ? &w->c->profiles[i] : NULL;
	return w->profile != NULL;
}

static void profile_write(struct conf_text *w)
{
	text_line(w, "crypto ipsec profile %s", w->profile->name);
}

static int life_apply(struct conf_edit *x)
{
	uint32_t s = cli_arg_u32(x->m, "seconds-value", TEK_LIFE_DEFAULT_S);

	if (cli_has(x->m, "days"))
		s = DAY_S * cli_arg_u32(x->m, "days-value", 1);
	if (x->m->no)
		s = TEK_LIFE_DEFAULT_S;
	if (s < conf_tek_life_min(x->lim))
		return row_refuse(x, "seconds-value", "at least %u seconds",
				  conf_tek_life_min(x->lim));
	conf_edit_profile(x->c, x->at->name)->lifetime_s = s;
	return 0;
}

static void life_write(struct conf_text *w)
{
	uint32_t s = w->profile->lifetime_s;

	if (s > DAY_S && s % DAY_S == 0)
		text_line(w, "set security-association lifetime days %u", s / DAY_S);
	else if (s != TEK_LIFE_DEFAULT_S)
		text_line(w, "set security-association lifetime seconds %u", s);
}

static int use_apply(struct conf_edit *x)
{
	row_mark(x, BLAME_PROFILE, x->at->name, 0);
	return row_name_or_none(x, conf_edit_profile(x->c, x->at->name)->transform_set, "set-name");
}

static void use_write(struct conf_text *w)
{
	if (w->profile->transform_set[0] != '\0')
		text_line(w, "set transform-set %s", w->profile->transform_set);
}

#define CRYPTO_IPSEC                                  \
	"Encryption, authentication and group keys\n" \
	"IPsec policy\n"
#define TRANSFORMS                                                                                  \
	"(esp-null | esp-3des | esp-aes [128 | 192 | 256] | esp-gcm [128 | 192 | 256] | esp-des | " \
	"esp-gmac) [esp-sha-hmac | esp-sha256-hmac | esp-md5-hmac | esp-sha384-hmac | "             \
	"esp-sha512-hmac]"

static const struct conf_row rows[] = {
	{{CLI_IN(MODE_CONFIG), 0, "crypto ipsec transform-set WORD:name " TRANSFORMS,
	  "crypto ipsec transform-set WORD:name",
	  CRYPTO_IPSEC "A combination of cipher and authenticator\n"
		       "Its name\n"
		       "No encryption\n"
		       "3DES "
		       "in CBC mode\n"
		       "AES in CBC mode\n"
		       "128 bit key (default)\n"
		       "192 bit key\n"
		       "256 bit "
		       "key\n"
		       "AES in GCM mode\n"
		       "Not supported\n"
		       "Not supported\n"
		       "HMAC-SHA-1\n"
		       "HMAC-SHA-256\n"
		       "Not supported\n"
		       "Not supported\n"
		       "Not supported"},
	 transform_apply,
	 transform_write,
	 MODE_TRANSFORM,
	 transform_select},
	{{CLI_IN(MODE_TRANSFORM), 0, "mode (tunnel | transport)", "mode [tunnel | transport]",
	  "Encapsulation\n"
	  "Tunnel; GETVPN keeps the addresses\n"
	  "Transport"},
	 mode_apply,
	 mode_write},
	{{CLI_IN(MODE_CONFIG), 0, "crypto ipsec profile WORD:name",
	  "crypto ipsec profile WORD:name",
	  CRYPTO_IPSEC "How group keys are made\n"
		       "Its name"},
	 profile_apply,
	 profile_write,
	 MODE_PROFILE,
	 profile_select},
	{{CLI_IN(MODE_PROFILE), 0,
	  "set security-association lifetime (seconds <10-2592000>:seconds-value | days "
	  "<1-30>:days-value)",
	  "set security-association lifetime [seconds <10-2592000>:seconds-value | days "
	  "<1-30>:days-value]",
	  "Set values for traffic keys\n"
	  "Parameters of the keys\n"
	  "Their lifetime\n"
	  "In "
	  "seconds\n"
	  "Seconds (default 3600)\n"
	  "In days\n"
	  "Days"},
	 life_apply,
	 life_write},
	{{CLI_IN(MODE_PROFILE), 0, "set transform-set WORD:set-name",
	  "set transform-set [WORD:set-name]",
	  "Set values for traffic keys\n"
	  "Transform set to use\n"
	  "Its name"},
	 use_apply,
	 use_write},
};

const struct conf_rows conf_rows_ipsec = CONF_ROWS(rows);
