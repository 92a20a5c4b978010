/* SPDX-License-Identifier: BSD-3-Clause */
/* UDP payloads of a capture file, in order: classic pcap, Ethernet, raw IP or Linux cooked. */
#ifndef TESTS_GOLD_PCAP_H
#define TESTS_GOLD_PCAP_H

#include <stdio.h>

#include "base/addr.h"
#include "base/buf.h"

struct pcap_datagram {
	struct endpoint src, dst;
	struct bytes payload; /* valid until the next one is read */
};

struct pcap {
	FILE *f;
	bool swapped;
	uint32_t link;
	uint8_t packet[65536 + 64];
};

int pcap_open(struct pcap *p, const char *path, struct err_text *e) GV_MUST_CHECK;
/* 1: *d is the next UDP datagram over IPv4; 0: end of the file; negative: damaged. */
int pcap_next(struct pcap *p, struct pcap_datagram *d, struct err_text *e) GV_MUST_CHECK;
void pcap_close(struct pcap *p);

#endif
