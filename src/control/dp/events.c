/* SPDX-License-Identifier: BSD-3-Clause */
/* What workers noticed, as messages. The data plane samples; log_msg() limits each by group. */
#include <stdio.h>

#include "base/log.h"
#include "base/loop.h"
#include "control/dp/private.h"
#include "tbar/tbar.h"

struct seconds_text {
	char s[32];
};

/* 10 ms ticks as "620051.84". */
static struct seconds_text seconds(uint64_t ticks)
{
	struct seconds_text t;

	snprintf(t.s, sizeof(t.s), "%llu.%02llu", (unsigned long long)(ticks / TBAR_TICKS_PER_S),
		 (unsigned long long)(ticks % TBAR_TICKS_PER_S));
	return t;
}

static const char *group_of(const struct bridge *b, const struct dp_event *ev)
{
	const struct gm_group *g = b->gm == NULL ? NULL : gm_group_by_interface(b->gm, ev->port);
	struct gm_info info;

	if (g == NULL)
		return "";
	gm_group_info(g, &info);
	return info.group;
}

/* Two messages, the second directly after the first, for those packets the history keeps. */
static void tbar_error(struct bridge *b, const struct dp_event *ev)
{
	const struct gm_tbar_error err = {
		.wall_ms = loop_wall_ms(b->env.loop),
		.src = ev->src,
		.dst = ev->dst,
		.my_ticks = ev->my_ticks,
		.peer_ticks = ev->peer_ticks,
		.window_s = ev->window,
	};
	const char *group = group_of(b, ev);

	if (b->gm == NULL || !gm_tbar_error_add(b->gm, ev->port, &err))
		return;
	log_msg(CRYPTO_PKT_REPLAY_ERR, group, bridge_conn_id(b, ev->spi), ev->seq);
	log_msg(GDOI_TIMEBASED_REPLAY_FAILED, group, group, seconds(ev->my_ticks).s,
		seconds(ev->peer_ticks).s, ev->window, addr_text(&ev->src).s,
		addr_text(&ev->dst).s);
}

void bridge_event(const struct dp_event *ev, void *arg)
{
	struct bridge *b = arg;
	const char *group = group_of(b, ev);
	struct addr_text src = addr_text(&ev->src), dst = addr_text(&ev->dst);

	switch (ev->kind) {
	case DP_EVENT_TBAR:
		tbar_error(b, ev);
		break;
	case DP_EVENT_REPLAY:
		log_msg(CRYPTO_PKT_REPLAY_ERR, group, bridge_conn_id(b, ev->spi), ev->seq);
		break;
	case DP_EVENT_NOT_IPSEC:
		log_msg(CRYPTO_RECVD_PKT_NOT_IPSEC, group, dst.s, src.s, (unsigned int)ev->proto);
		break;
	case DP_EVENT_INV_SPI:
		log_msg(CRYPTO_RECVD_PKT_INV_SPI, group, dst.s, ev->spi, ev->spi, src.s, ev->port);
		break;
	case DP_EVENT_MAC:
		log_msg(CRYPTO_RECVD_PKT_MAC_ERR, group, bridge_conn_id(b, ev->spi), dst.s, src.s,
			ev->spi, ev->seq);
		break;
	case DP_EVENT_FAIL_OPEN:
		log_msg(GDOI_GM_FAIL_OPEN, group, group, ev->port);
		break;
	case DP_EVENT_SEQ_END:
		if (b->gm != NULL)
			gm_renew(b->gm, ev->port);
		break;
	case DP_EVENT_NO_SA:
	case DP_EVENT_ADDR_MISMATCH:
	case DP_EVENT_KINDS:
		break; /* seen in the counters of drops by reason */
	}
}
