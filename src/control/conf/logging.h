/* SPDX-License-Identifier: BSD-3-Clause */
/* Logging and traces as the configuration and the platform file say, for both daemons. */
#ifndef CONTROL_CONF_LOGGING_H
#define CONTROL_CONF_LOGGING_H

#include "base/log.h"
#include "control/conf/conf.h"
#include "control/conf/platform.h"

struct conf_logging {
	const struct platform *platform;
	const char *ident; /* "getvpnd" */
	bool foreground;   /* messages to standard error whatever the platform file says */
};

/* Before there is a configuration. */
void conf_logging_start(const struct conf_logging *l, struct log_config *out);
/* A listener of store.h; arg is a struct conf_logging. */
int conf_logging_apply(const struct conf *now, void *arg, struct err_text *e);

#endif
