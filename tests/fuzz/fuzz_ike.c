/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Datagrams into a member and a key server in the middle of a registration: for each an octet
 * (0: to the member, 1: to the key server, 2 and up: so many seconds pass), the length in two
 * octets, the datagram. Whatever comes, the member reports at most once, and the key server
 * commits at most once: there is one message 3 that only the member can make.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "ike_session.h"

static void feed(struct ike_session *s, uint8_t to, struct bytes msg)
{
	if (to >= 2)
		loop_advance(s->p.loop, to * LOOP_NS_PER_S);
	else if (to == 0)
		ike_input(s->p.gm.ike, &s->p.gm.at, &s->p.ks.at, msg);
	else
		ike_input(s->p.ks.ike, &s->p.ks.at, &s->p.gm.at, msg);
	queue_clear(&s->p.q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ike_session s;
	size_t at = 0;

	ike_session_start(&s);
	while (size - at >= 3) {
		size_t len = get_be16(data + at + 1);

		if (len > size - at - 3)
			break;
		feed(&s, data[at], bytes_of(data + at + 3, len));
		at += 3 + len;
	}
	if (s.results > 1 || s.commits > 1)
		abort();
	ike_session_end(&s);
	return 0;
}
