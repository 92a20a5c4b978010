/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What commands may read of the data plane: the reading half of dp_api.h behind a table, so
 * that `show` runs in tests without a data plane.
 */
#ifndef CONTROL_DP_READER_H
#define CONTROL_DP_READER_H

#include "dataplane/dp_api.h"

struct bridge;

struct dp_reader {
	unsigned int (*port_count)(const struct dp *dp);
	int (*port_info)(const struct dp *dp, unsigned int i, struct dp_port_info *out);
	int (*port_stats)(const struct dp *dp, unsigned int i, struct dp_port_stats *out);
	int (*sa_stats)(const struct dp *dp, uint32_t spi, struct dp_sa_stats *out);
	int (*ace_stats)(const struct dp *dp, const char *port, unsigned int line,
			 struct dp_ace_stats *out);
	unsigned int (*drop_count)(void);
	int (*drop_stat)(const struct dp *dp, unsigned int reason, struct dp_drop_stat *out);
	int (*tbar_stats)(const struct dp *dp, const char *port, struct dp_tbar_stats *out);
	uint32_t (*current_spi)(const struct dp *dp, const char *port, uint8_t sa);
	void (*counters_clear)(struct dp *dp);
	struct dp *dp;
	/* "conn id" of an SA, the one messages name; 0 for an SPI that is not installed. */
	uint32_t (*conn_id)(const struct bridge *bridge, uint32_t spi);
	const struct bridge *bridge;
};

#endif
