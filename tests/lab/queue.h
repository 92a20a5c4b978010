/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets on their way out. They wait for their time; one that is to be overtaken then waits on
 * until others have left by its link. What waits never takes more than QUEUE_BYTES_MAX.
 */
#ifndef TESTS_LAB_QUEUE_H
#define TESTS_LAB_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define QUEUE_BYTES_MAX (64u << 20)
#define QUEUE_HOLD_NS   1000000000u /* then a held packet goes without having been overtaken */

struct packet {
	TAILQ_ENTRY(packet) link;
	uint64_t due;
	unsigned int out;      /* which link */
	uint32_t via;          /* next hop */
	unsigned int overtake; /* packets that still have to pass it */
	unsigned int tries;    /* its next hop was not known so often */
	size_t len;
	uint8_t frame[]; /* room for the Ethernet header, then len octets of IPv4 */
};

TAILQ_HEAD(packet_list, packet);

struct queue {
	struct packet_list waiting; /* by due */
	struct packet_list held;
	size_t bytes;
};

void queue_init(struct queue *q);
void queue_free(struct queue *q);
/* A packet with a copy of len octets, which queue_put() puts in its place; NULL: no room. */
struct packet *queue_new(struct queue *q, const uint8_t *ip, size_t len);
void queue_put(struct queue *q, struct packet *pkt);
/* Takes out the next packet whose time has come; NULL: none. */
struct packet *queue_take(struct queue *q, uint64_t now);
/* Waits for others that leave by its link, as often as its `overtake` says. */
void queue_hold(struct queue *q, struct packet *pkt, uint64_t now);
/* A packet has left by that link: those that were waiting for the last one become due. */
void queue_passed(struct queue *q, unsigned int out, uint64_t now);
void queue_drop(struct queue *q, struct packet *pkt);
/* When the next packet is due; UINT64_MAX: none waits. */
uint64_t queue_next(const struct queue *q);

#endif
