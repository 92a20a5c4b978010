/* SPDX-License-Identifier: BSD-3-Clause */
/* The modes of the command language. Configuration modes nest: each names the one around it. */
#ifndef CONTROL_CONF_MODES_H
#define CONTROL_CONF_MODES_H

#define CONF_MODES(X)                                                    \
	/* name, what the prompt shows in brackets, the one around it */ \
	X(USER, "", USER)                                                \
	X(EXEC, "", EXEC)                                                \
	X(CONFIG, "config", CONFIG)                                      \
	X(IKE_POLICY, "config-isakmp", CONFIG)                           \
	X(TRANSFORM, "cfg-crypto-trans", CONFIG)                         \
	X(PROFILE, "ipsec-profile", CONFIG)                              \
	X(ACL, "config-ext-nacl", CONFIG)                                \
	X(STD_ACL, "config-std-nacl", CONFIG)                            \
	X(GROUP, "config-gdoi-group", CONFIG)                            \
	X(SERVER, "gdoi-local-server", GROUP)                            \
	X(SA, "gdoi-sa-ipsec", SERVER)                                   \
	X(COOP, "gdoi-coop-ks-config", SERVER)                           \
	X(MAP, "config-crypto-map", CONFIG)                              \
	X(FAIL_CLOSE, "crypto-map-fail-close", CONFIG)                   \
	X(INTERFACE, "config-if", CONFIG)

enum conf_mode {
#define X(name, prompt, around) MODE_##name,
	CONF_MODES(X)
#undef X
		MODE_COUNT
};

#endif
