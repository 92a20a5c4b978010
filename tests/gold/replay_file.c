/* SPDX-License-Identifier: BSD-3-Clause */
/* A recorded session out of its description. */
#include "replay_file.h"

#include <stdio.h>
#include <string.h>

static const char *text(json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static struct bytes hex(struct replay_file *f, json_t *o, const char *key)
{
	return gold_hex(&f->arena, text(o, key));
}

static bool is(json_t *o, const char *key, const char *want)
{
	const char *have = text(o, key);

	return have != NULL && strcmp(have, want) == 0;
}

/* ---- phase 1 ------------------------------------------------------------------------------ */

static bool read_policy(struct replay_file *f, json_t *p1, struct err_text *why)
{
	struct conf_ike_policy *p = &f->policy;

	*p = (struct conf_ike_policy){.number = 10, .auth = CONF_IKE_PSK};
	p->group = (uint8_t)json_integer_value(json_object_get(p1, "group"));
	p->lifetime_s = 3600;
	if (json_integer_value(json_object_get(p1, "auth")) != 1)
		return err_set(why, 0, "phase 1 with signatures"), false;
	if (is(p1, "hash", "SHA1"))
		p->hash = CONF_HASH_SHA1;
	else if (is(p1, "hash", "SHA256"))
		p->hash = CONF_HASH_SHA256;
	else
		return err_set(why, 0, "phase 1 with %s", text(p1, "hash")), false;
	p->cipher = is(p1, "cipher", "3DES-CBC") ? CONF_IKE_3DES : CONF_IKE_AES;
	p->key_bits = (uint16_t)json_integer_value(json_object_get(p1, "key_length"));
	f->cipher = p->cipher == CONF_IKE_3DES ? CBC_3DES : CBC_AES;
	return true;
}

static void read_phase1(struct replay_file *f, json_t *p1)
{
	json_t *secrets = json_object_get(f->root, "secrets");
	struct bytes sa = hex(f, p1, "sa_i_b");

	f->cky_i = hex(f, p1, "cookie_i");
	f->cky_r = hex(f, p1, "cookie_r");
	f->ni = hex(f, p1, "nonce_i");
	f->nr = hex(f, p1, "nonce_r");
	f->key = hex(f, p1, "cipher_key");
	f->xi = hex(f, secrets, "dh_private_i");
	f->xr = hex(f, secrets, "dh_private_r");
	f->psk = hex(f, secrets, "psk_hex");
	f->doi = sa.len < 4 ? 0 : get_be32(sa.p);
}

/* ---- the pull ----------------------------------------------------------------------------- */

static bool read_pull(struct replay_file *f, struct err_text *why)
{
	json_t *pulls = json_object_get(f->root, "pulls"), *pull, *id = NULL;
	const char *mid;

	json_object_foreach(pulls, mid, pull)
	{
		id = json_object_get(pull, "group_id");
		if (id == NULL) /* an informational exchange */
			continue;
		f->mid = gold_hex(&f->arena, mid);
		f->pull_ni = hex(f, pull, "nonce_i");
		f->pull_nr = hex(f, pull, "nonce_r");
		f->id_type = (uint8_t)json_integer_value(json_object_get(id, "id_type"));
		f->id = hex(f, id, "data");
		break;
	}
	if (id == NULL || f->id_type != IDT_KEY_ID || f->id.len != 4)
		return err_set(why, 0, "group identity of another kind"), false;
	return true;
}

/* SENDER_ID_REQUEST of message 3. */
static void read_sids(struct replay_file *f, json_t *message)
{
	json_t *payload, *attr;
	size_t i, k;

	json_array_foreach(json_object_get(message, "payloads"), i, payload)
	{
		json_t *fields = json_object_get(payload, "fields");

		if (!is(payload, "name", "GAP"))
			continue;
		json_array_foreach(json_object_get(fields, "attributes"), k,
				   attr) if (json_integer_value(json_object_get(attr, "type")) == 3)
			f->sids = (uint16_t)json_integer_value(json_object_get(attr, "value"));
	}
}

static bool read_messages(struct replay_file *f)
{
	json_t *message;
	size_t i;

	json_array_foreach(json_object_get(f->root, "messages"), i, message)
	{
		struct replay_message *m = &f->m[f->n];
		const char *src = text(message, "src");

		if (src == NULL || f->n == REPLAY_MESSAGES_MAX)
			return false;
		m->from_gm = strncmp(src, "127.0.0.1:", 10) == 0;
		m->exchange = (uint8_t)json_integer_value(json_object_get(message, "exchange"));
		m->packet = hex(f, message, "packet");
		m->plain = hex(f, message, "plaintext");
		if (m->packet.len < ISAKMP_HDR_LEN)
			return false;
		if (m->from_gm && m->exchange == EXCH_PULL)
			read_sids(f, message);
		f->n++;
	}
	return f->n > 0;
}

int replay_file_read(struct replay_file *f, const char *dir, const char *name, struct err_text *why)
{
	char path[8192];
	json_t *p1;

	memset(f, 0, sizeof(*f));
	f->name = name;
	snprintf(path, sizeof(path), "%s/%s.json", dir, name);
	f->root = json_load_file(path, 0, NULL);
	if (f->root == NULL)
		return err_set(why, -EINVAL, "not JSON");
	p1 = json_object_get(f->root, "phase1");
	read_phase1(f, p1);
	if (!read_messages(f) || f->cky_i.len != 8 || f->cky_r.len != 8)
		return err_set(why, -EINVAL, "not a session");
	return read_policy(f, p1, why) && read_pull(f, why) ? 1 : 0;
}

void replay_file_clear(struct replay_file *f)
{
	json_decref(f->root);
	f->root = NULL;
}

/* ---- keys --------------------------------------------------------------------------------- */

static bool same_key(struct replay_file *f, json_t *o, const char *name, const struct secret *s)
{
	struct bytes want = hex(f, o, name);

	return bytes_equal(want, secret_bytes(s));
}

bool replay_file_has_tek(const struct replay_file *file, const struct gdoi_tek *t)
{
	struct replay_file *f = (struct replay_file *)file; /* for its arena */
	size_t used = f->arena.used, i;
	json_t *tek;
	bool found = false;

	json_array_foreach(json_object_get(f->root, "teks"), i, tek)
	{
		struct bytes spi = hex(f, tek, "spi");

		if (spi.len == 4 && get_be32(spi.p) == t->spi)
			found |= same_key(f, tek, "TEK_ALGORITHM_KEY", t->key) &&
				 same_key(f, tek, "TEK_INTEGRITY_KEY", t->auth);
		f->arena.used = used;
	}
	return found;
}

bool replay_file_has_kek(const struct replay_file *file, const struct gdoi_kek *k)
{
	struct replay_file *f = (struct replay_file *)file;
	size_t used = f->arena.used, i;
	json_t *kek;
	bool found = false;

	json_array_foreach(json_object_get(f->root, "keks"), i, kek)
	{
		struct bytes iv = hex(f, kek, "iv"), key = hex(f, kek, "key");

		found |= bytes_equal(hex(f, kek, "spi"), bytes_of(k->spi, sizeof(k->spi))) &&
			 k->iv_key->len == iv.len + key.len &&
			 memcmp(k->iv_key->bytes, iv.p, iv.len) == 0 &&
			 memcmp(k->iv_key->bytes + iv.len, key.p, key.len) == 0;
		f->arena.used = used;
	}
	return found;
}
