/* SPDX-License-Identifier: BSD-3-Clause */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

#include "link.h"

void queue_init(struct queue *q)
{
	TAILQ_INIT(&q->waiting);
	TAILQ_INIT(&q->held);
	q->bytes = 0;
}

static size_t cost(const struct packet *pkt)
{
	return sizeof(*pkt) + LINK_HDR + pkt->len;
}

static void list_free(struct queue *q, struct packet_list *list)
{
	struct packet *pkt;

	while ((pkt = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, pkt, link);
		queue_drop(q, pkt);
	}
}

void queue_free(struct queue *q)
{
	list_free(q, &q->waiting);
	list_free(q, &q->held);
}

struct packet *queue_new(struct queue *q, const uint8_t *ip, size_t len)
{
	size_t size = sizeof(struct packet) + LINK_HDR + len;
	struct packet *pkt;

	if (q->bytes + size > QUEUE_BYTES_MAX)
		return NULL;
	pkt = malloc(size);
	if (pkt == NULL)
		return NULL;
	*pkt = (struct packet){.len = len};
	memcpy(pkt->frame + LINK_HDR, ip, len);
	q->bytes += size;
	return pkt;
}

void queue_drop(struct queue *q, struct packet *pkt)
{
	q->bytes -= cost(pkt);
	free(pkt);
}

/* From the end: most packets are due after all that wait already. */
void queue_put(struct queue *q, struct packet *pkt)
{
	struct packet *before;

	TAILQ_FOREACH_REVERSE (before, &q->waiting, packet_list, link) {
		if (before->due <= pkt->due)
			break;
	}
	if (before == NULL)
		TAILQ_INSERT_HEAD(&q->waiting, pkt, link);
	else
		TAILQ_INSERT_AFTER(&q->waiting, before, pkt, link);
}

/* All are held for the same time, so the first of that list is due first. */
static struct packet *first(const struct queue *q)
{
	struct packet *waiting = TAILQ_FIRST(&q->waiting), *held = TAILQ_FIRST(&q->held);

	if (waiting == NULL || held == NULL)
		return waiting != NULL ? waiting : held;
	return held->due < waiting->due ? held : waiting;
}

struct packet *queue_take(struct queue *q, uint64_t now)
{
	struct packet *pkt = first(q);

	if (pkt == NULL || pkt->due > now)
		return NULL;
	if (pkt == TAILQ_FIRST(&q->held)) {
		pkt->overtake = 0;
		TAILQ_REMOVE(&q->held, pkt, link);
	} else {
		TAILQ_REMOVE(&q->waiting, pkt, link);
	}
	return pkt;
}

void queue_hold(struct queue *q, struct packet *pkt, uint64_t now)
{
	pkt->due = now + QUEUE_HOLD_NS;
	TAILQ_INSERT_TAIL(&q->held, pkt, link);
}

void queue_passed(struct queue *q, unsigned int out, uint64_t now)
{
	struct packet *pkt, *next;

	for (pkt = TAILQ_FIRST(&q->held); pkt != NULL; pkt = next) {
		next = TAILQ_NEXT(pkt, link);
		if (pkt->out != out || --pkt->overtake > 0)
			continue;
		TAILQ_REMOVE(&q->held, pkt, link);
		pkt->due = now;
		queue_put(q, pkt);
	}
}

uint64_t queue_next(const struct queue *q)
{
	const struct packet *pkt = first(q);

	return pkt == NULL ? UINT64_MAX : pkt->due;
}
