/* SPDX-License-Identifier: BSD-3-Clause */
/* Interface names as typed, "se1/0" or "gigabitethernet0/0", to their one spelling. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ifname.h"
#include "control/conf/edit.h"

static const char *const types[] = {
	"Ethernet",    "FastEthernet", "FortyGigabitEthernet", "GigabitEthernet",
	"HundredGigE", "Serial",       "TenGigabitEthernet",   "TwentyFiveGigE",
};

static const char *full_type(const char *typed, size_t len)
{
	const char *found = NULL;

	for (size_t i = 0; i < GV_ARRAY_SIZE(types); i++) {
		if (strncasecmp(types[i], typed, len) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = types[i];
	}
	return found;
}

int conf_ifname(char out[CONF_NAME_MAX], const char *typed, struct err_text *e)
{
	char kernel[IFNAME_LINUX_MAX];
	size_t letters = 0;
	const char *type;

	while (isalpha((unsigned char)typed[letters]))
		letters++;
	type = letters == 0 ? NULL : full_type(typed, letters);
	if (type == NULL)
		return err_set(e, -EINVAL, "'%s' is not an interface name such as Serial1/0",
			       typed);
	snprintf(out, CONF_NAME_MAX, "%s%s", type, typed + letters);
	return ifname_to_linux(kernel, out, e);
}
