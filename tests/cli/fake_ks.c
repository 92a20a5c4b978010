/* SPDX-License-Identifier: BSD-3-Clause */
/* A key server that stands still, with the values of the well-known sample outputs. */
#include "fakes.h"

#include <string.h>

#include "crypto/keystore.h"

struct ks_group {
	int unused;
};

static const struct ks_group the_group;
static bool keyless;

static struct addr v4(const char *text)
{
	struct addr a;

	return addr_parse(&a, text) == 0 ? a : (struct addr){0};
}

unsigned int ks_group_count(const struct ks *ks)
{
	return 1;
}

const struct ks_group *ks_group_at(const struct ks *ks, unsigned int i)
{
	return &the_group;
}

const struct ks_group *ks_group_find(const struct ks *ks, const char *group)
{
	return strcmp(group, "G1") == 0 ? &the_group : NULL;
}

void ks_group_info(const struct ks_group *g, struct ks_info *out)
{
	static struct addr peer;

	peer = v4("10.1.12.2");
	*out = (struct ks_info){
		.group = "G1",
		.id = {.number = 3333},
		.group_handle = 2147483650,
		.server_handle = 2147483650,
		.address = v4("10.1.11.2"),
		.peers = &peer,
		.n_peers = 1,
		.redundancy = true,
		.priority = 200,
		.ready = true,
		.not_ready = "",
		.rsa_found = true,
		.rsa_label = "key1",
		.kek_life_s = 1200,
		.retransmit_s = 10,
		.retransmit_n = 5,
		.n_members = 2,
		.n_sas = 1,
		.rekeys_sent = 341,
		.pseudotime = 44284329,
	};
}

bool ks_kek_row(const struct ks_group *g, struct ks_kek_row *out)
{
	*out = (struct ks_kek_row){
		.spi = {0x18, 0x86, 0x48, 0x36, 0xba, 0x88, 0x8b, 0xcd, 0x11, 0x26, 0x67, 0x1e,
			0xea, 0xfe, 0xb4, 0xc7},
		.alg = GDOI_KEK_3DES,
		.iv_len = 8,
		.key_len = 24,
		.sig_hash = GDOI_SIG_SHA1,
		.sig_size = 128,
		.sig_key_len = 162,
		.life_s = 1200,
		.left_s = 894,
		.seq = 10,
	};
	return true;
}

void ks_sa_row(const struct ks_group *g, unsigned int i, struct ks_sa_row *out)
{
	*out = (struct ks_sa_row){
		.number = 1,
		.profile = "gdoi-p",
		.acl = "ENCPOL",
		.suite = SUITE_NULL_SHA1,
		.replay = GDOI_REPLAY_TIME,
		.window = 4,
		.life_s = 900,
		.left_s = 405,
	};
	out->aces = fake_policy(&out->n_aces);
}

unsigned int ks_tek_count(const struct ks_group *g)
{
	return 1;
}

void ks_tek_row(const struct ks_group *g, unsigned int i, struct ks_tek_row *out)
{
	*out = (struct ks_tek_row){
		.spi = 0x91E3985A,
		.suite = SUITE_NULL_SHA1,
		.orig_s = 900,
		.left_s = 796,
		.life_s = 2203,
		.elapsed_s = 1407,
		.newest = true,
		.rekey_s = 656,
		.replay = GDOI_REPLAY_TIME,
		.window = 4,
	};
}

unsigned int ks_member_count(const struct ks_group *g)
{
	return 2;
}

void ks_member_row(const struct ks_group *g, unsigned int i, struct ks_member_row *out)
{
	*out = (struct ks_member_row){
		.address = v4(i == 0 ? "10.1.14.2" : "10.1.13.2"),
		.ours = true,
		.version = {1, 0, 4},
		.server = v4(i == 0 ? "10.1.11.2" : "10.1.12.2"),
		.rekeys_sent = i == 0 ? 346 : 340,
		.acks_rcvd = i == 0 ? 346 : 340,
		.sent_seq = {2, 1, 2, 1},
		.rcvd_seq = {2, 1, 2, 1},
	};
}

bool ks_member_find(const struct ks_group *g, const struct addr *a, struct ks_member_row *out)
{
	ks_member_row(g, 0, out);
	return addr_equal(a, &out->address);
}

int ks_rekey(struct ks *ks, const char *group, bool replace_now, struct ks_rekey_result *out)
{
	*out = (struct ks_rekey_result){
		.groups = 1, .no_rsa_key = keyless, .no_new_tek = replace_now};
	return group == NULL || strcmp(group, "G1") == 0 ? 0 : -ENOENT;
}

int ks_clear(struct ks *ks, const char *group)
{
	return group == NULL || strcmp(group, "G1") == 0 ? 0 : -ENOENT;
}

void ks_keys_changed(struct ks *ks)
{
}

/* ---- key pairs --------------------------------------------------------------------------- */

struct sign_key *keystore_find(const struct keystore *ks, const char *label)
{
	return NULL;
}

int keystore_generate(struct keystore *ks, const char *label, unsigned int bits, bool exportable,
		      struct err_text *e)
{
	return strcmp(label, "bad") == 0 ? err_set(e, -EINVAL, "not that one") : 0;
}

int keystore_remove(struct keystore *ks, const char *label, struct err_text *e)
{
	keyless = true;
	return 0;
}

void keystore_each(const struct keystore *ks, void (*fn)(const struct keystore_row *row, void *arg),
		   void *arg)
{
	struct keystore_row row = {.label = "get", .exportable = true};

	if (!keyless)
		fn(&row, arg);
}

unsigned int sign_key_bits(const struct sign_key *k)
{
	return 2048;
}

int sign_key_to_spki(const struct sign_key *k, struct secret **out)
{
	static const uint8_t der[] = {0x30, 0x81, 0x9f, 0x30, 0x0d, 0x06};

	*out = secret_new(der, sizeof(der));
	return *out == NULL ? -ENOMEM : 0;
}
