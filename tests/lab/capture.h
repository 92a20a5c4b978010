/* SPDX-License-Identifier: BSD-3-Clause */
/* A classic pcap file of Ethernet frames. */
#ifndef TESTS_LAB_CAPTURE_H
#define TESTS_LAB_CAPTURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct capture {
	FILE *file; /* NULL: nothing is captured */
};

/* Ends the program with a sentence when the file cannot be made. */
void capture_open(struct capture *c, const char *path);
void capture_frame(struct capture *c, const uint8_t *frame, size_t len);
void capture_flush(struct capture *c);
void capture_close(struct capture *c);

#endif
