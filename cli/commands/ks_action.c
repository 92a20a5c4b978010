/* SPDX-License-Identifier: BSD-3-Clause */
/* What an operator does on a key server: rekey, clear, RSA key pairs. */
#include <inttypes.h>
#include <stdio.h>

#include "base/loop.h"
#include "commands/private.h"
#include "control/ks/ks.h"
#include "crypto/keystore.h"

static int no_group(struct mgmt_call *call, const char *group)
{
	return mgmt_refuse(call, -ENOENT, "This box is no key server of group %s",
			   group == NULL ? "any" : group);
}

static int rekey(struct mgmt_call *call)
{
	const char *group = cli_arg(call->m, "group-name");
	struct ks_rekey_result r = {0};
	int rc = ks_rekey(env_of(call)->ks, group, cli_has(call->m, "replace-now"), &r);

	if (rc == -ENOENT)
		return no_group(call, group);
	if (rc < 0)
		return mgmt_refuse(call, rc, "The rekey could not be sent");
	if (r.no_rsa_key)
		return mgmt_refuse(call, -ENOKEY, "No rekey was sent: the RSA key pair is missing");
	if (r.no_new_tek)
		emit_text(call->out, "%% 4 TEKs alive, no new TEK made\n");
	emit_u64(call->out, "groups", NULL, r.groups);
	emit_bool(call->out, "new_tek", NULL, !r.no_new_tek, NULL, NULL);
	return 0;
}

static int clear_gdoi(struct mgmt_call *call)
{
	const char *group = cli_arg(call->m, "group-name");
	int rc = mgmt_ask(call, "% The Key Server will forget its Group Members, "
				"which are required to re-register.\n"
				"Are you sure you want to proceed ?");

	if (rc != 0)
		return rc;
	rc = ks_clear(env_of(call)->ks, group);
	return rc == -ENOENT ? no_group(call, group) : rc;
}

/* ---- RSA --------------------------------------------------------------------------------- */

static int replace_question(struct mgmt_call *call, const char *label)
{
	if (keystore_find(env_of(call)->keys, label) == NULL)
		return 0;
	return mgmt_ask(call, "% You already have RSA keys of that name.\n"
			      "% Do you really want to replace them?");
}

static int generate(struct mgmt_call *call)
{
	const struct cli_env *env = env_of(call);
	const char *label = cli_arg(call->m, "label-name");
	uint32_t bits = cli_arg_u32(call->m, "bits", 2048);
	bool exportable = cli_has(call->m, "exportable");
	uint64_t start = loop_now_ns(env->loop);
	struct err_text e;
	int rc = replace_question(call, label);

	if (rc != 0)
		return rc;
	emit_str(call->out, "label", "The name for the keys will be: %s\n\n", label);
	emit_u64(call->out, "bits", "%% The key modulus size is %" PRIu64 " bits\n", bits);
	emit_text(call->out, "%% Generating %" PRIu32 " bit RSA keys, keys will be %s...\n", bits,
		  exportable ? "exportable" : "non-exportable");
	rc = keystore_generate(env->keys, label, bits, exportable, &e);
	if (rc < 0)
		return mgmt_refuse(call, rc, "%s", e.s);
	ks_keys_changed(env->ks);
	emit_text(call->out, "[OK] (elapsed time was %" PRIu64 " seconds)\n",
		  (uint64_t)((loop_now_ns(env->loop) - start) / LOOP_NS_PER_S));
	return 0;
}

static int zeroize(struct mgmt_call *call)
{
	const char *label = cli_arg(call->m, "label-name");
	struct err_text e;
	int rc = mgmt_ask(call, "% Keys to be removed cannot be used again.\n"
				"Do you really want to remove them?");

	if (rc != 0)
		return rc;
	rc = keystore_remove(env_of(call)->keys, label, &e);
	return rc < 0 ? mgmt_refuse(call, rc, "%s", e.s) : 0;
}

/* Groups of eight digits, eight in a line. */
static void key_data(struct emit *o, const struct sign_key *key)
{
	struct secret *der;

	if (sign_key_to_spki(key, &der) < 0)
		return;
	for (size_t i = 0; i < der->len; i++) {
		emit_text(o, "%s%02X", i % 32 == 0 ? "\n  " : "", der->bytes[i]);
		if (i % 4 == 3)
			emit_text(o, " ");
	}
	emit_text(o, "\n");
	secret_unref(der);
}

static void key_row(const struct keystore_row *row, void *arg)
{
	struct emit *o = arg;

	emit_obj(o, NULL);
	emit_str(o, "name", "Key name: %s\n", row->label);
	emit_text(o, "Key type: RSA KEYS\n Storage Device: private file\n"
		     " Usage: General Purpose Key\n");
	emit_bool(o, "exportable", " Key is %sexportable.\n", row->exportable, "", "not ");
	emit_u64(o, "bits", " Modulus is %" PRIu64 " bits.\n", sign_key_bits(row->key));
	emit_text(o, " Key Data:");
	key_data(o, row->key);
	emit_end(o);
}

static int show_keys(struct mgmt_call *call)
{
	emit_arr(call->out, "keys");
	keystore_each(env_of(call)->keys, key_row, call->out);
	emit_end(call->out);
	return 0;
}

#define CRYPTO_KEY_HELP \
	"Encryption\n"  \
	"Long term keys\n"

static const struct mgmt_cmd cmds[] = {
	{{CLI_CHANGE, 0, "crypto (gdoi | gkm) ks rekey [group WORD:group-name] [replace-now]", NULL,
	  "Encryption\n"
	  "GDOI\n"
	  "GDOI\n"
	  "Key server\n"
	  "Send a rekey now\n"
	  "A group\n"
	  "Its name\n"
	  "Members drop the old keys at once"},
	 rekey},
	{{CLI_CHANGE, 0, "clear crypto (gdoi | gkm) [group WORD:group-name]", NULL,
	  "Reset functions\n"
	  "Encryption\n"
	  "GDOI\n"
	  "GDOI\n"
	  "A group\n"
	  "Its name"},
	 clear_gdoi},
	{{CLI_CHANGE, 0,
	  "crypto key generate rsa [general-keys] label WORD:label-name modulus <1024-8192>:bits "
	  "[exportable]",
	  NULL,
	  CRYPTO_KEY_HELP "Make a key pair\n"
			  "RSA\n"
			  "For signatures and encryption\n"
			  "Name of the pair\n"
			  "Name\n"
			  "Size\n"
			  "Bits\n"
			  "It may leave the box"},
	 generate},
	{{CLI_CHANGE, 0, "crypto key zeroize rsa WORD:label-name", NULL,
	  CRYPTO_KEY_HELP "Remove a key pair\n"
			  "RSA\n"
			  "Name of the pair"},
	 zeroize},
	{{CLI_LOOK, 0, "show crypto key mypubkey rsa", NULL,
	  SHOW_CRYPTO_HELP "Long term keys\n"
			   "Public halves of the key pairs\n"
			   "RSA"},
	 show_keys},
};

const struct command_table commands_ks_action = COMMAND_TABLE(cmds);
