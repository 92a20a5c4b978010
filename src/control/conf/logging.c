/* SPDX-License-Identifier: BSD-3-Clause */
/* Where messages go: the platform file says to whom, the configuration how much is kept. */
#include "control/conf/logging.h"

#include "base/trace.h"

#define BUFFER_DEFAULT (1u << 20)
#define SEVERITY_ALL   7

void conf_logging_start(const struct conf_logging *l, struct log_config *out)
{
	*out = (struct log_config){
		.buffer_bytes = BUFFER_DEFAULT,
		.buffer_severity = SEVERITY_ALL,
		.to_stderr = l->foreground || l->platform->log_stderr,
		.to_syslog = l->platform->log_syslog,
		.timestamps = true,
		.ident = l->ident,
	};
}

int conf_logging_apply(const struct conf *now, void *arg, struct err_text *e)
{
	const struct conf_logging *l = arg;
	struct log_config cfg;
	int rc;

	conf_logging_start(l, &cfg);
	if (now->log_buffer_bytes != 0)
		cfg.buffer_bytes = now->log_buffer_bytes;
	cfg.buffer_severity = now->log_buffer_severity;
	cfg.timestamps = now->timestamps_log;
	cfg.to_stderr = cfg.to_stderr && now->log_console;
	rc = log_configure(&cfg);
	for (unsigned int k = 0; k < TRACE_KINDS && rc == 0; k++)
		rc = trace_resize((enum trace_kind)k, now->trace_entries[k] != 0
							      ? now->trace_entries[k]
							      : TRACE_DEFAULT_ENTRIES);
	return rc == 0 ? 0 : err_set(e, rc, "no memory for the log buffer or a trace");
}
