/* SPDX-License-Identifier: BSD-3-Clause */
/* A group's policy as a value. */
#include "control/gdoi/policy.h"

#include <string.h>

void gdoi_policy_init(struct gdoi_policy *p)
{
	memset(p, 0, sizeof(*p));
}

void gdoi_policy_clear(struct gdoi_policy *p)
{
	for (unsigned int i = 0; i < p->n_teks; i++) {
		secret_unref(p->teks[i].key);
		secret_unref(p->teks[i].auth);
	}
	secret_unref(p->kek.iv_key);
	secret_unref(p->kek.public_key);
	gdoi_policy_init(p);
}

void gdoi_policy_copy(struct gdoi_policy *dst, const struct gdoi_policy *src)
{
	if (dst == src)
		return;
	gdoi_policy_clear(dst);
	*dst = *src;
	for (unsigned int i = 0; i < dst->n_teks; i++) {
		secret_ref(dst->teks[i].key);
		secret_ref(dst->teks[i].auth);
	}
	secret_ref(dst->kek.iv_key);
	secret_ref(dst->kek.public_key);
}

bool gdoi_kek_is_multicast(const struct gdoi_kek *k)
{
	return addr_is_multicast(&k->dst.addr);
}
