/* SPDX-License-Identifier: BSD-3-Clause */
/* "GigabitEthernet0/0/1" -> "gi0_0_1". */
#include "base/ifname.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define ABBREV_LEN 2

int ifname_to_linux(char out[IFNAME_LINUX_MAX], const char *ios, struct err_text *e)
{
	size_t letters = 0, digits, n = 0;

	while (isalpha((unsigned char)ios[letters]))
		letters++;
	digits = strspn(ios + letters, "0123456789/");
	if (letters < ABBREV_LEN || digits == 0 || ios[letters + digits] != '\0' ||
	    !isdigit((unsigned char)ios[letters]))
		return err_set(e, -EINVAL, "'%s' is not an interface name such as Serial1/0", ios);
	if (ABBREV_LEN + digits >= IFNAME_LINUX_MAX || letters + digits >= IFNAME_IOS_MAX)
		return err_set(e, -EINVAL, "interface name '%s' is too long for Linux", ios);
	for (; n < ABBREV_LEN; n++)
		out[n] = (char)tolower((unsigned char)ios[n]);
	for (const char *p = ios + letters; *p != '\0'; p++)
		out[n++] = *p == '/' ? '_' : *p;
	out[n] = '\0';
	return 0;
}
