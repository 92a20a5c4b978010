/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System messages: catalogue, rate limit, buffer, sinks. The buffer is a ring of octets, each
 * line ended by a NUL; the oldest lines make room for the newest and are counted.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/loop.h"

#define LINE_MAX_BYTES 1024
#define BUFFER_DEFAULT (1024 * 1024)
#define RATE_SLOTS     256
#define RATE_BURST     10 /* lines a second of one message and group */

static const struct log_def defs[LOG_ID_COUNT] = {
#define MSG(fac, sev, mnem, fmt, why, action) \
	[LOG_##fac##_##mnem] = {#fac, sev, #mnem, fmt, why, action},
#include "base/messages.def"
#undef MSG
};

/* A direct-mapped table: a collision forgets the older scope, which at worst lets more through. */
struct rate {
	uint32_t hash;
	uint16_t id;
	uint16_t used;
	uint64_t second;
};

static struct {
	struct loop *loop;
	struct log_config cfg;
	char *ring;
	size_t head, used, lines;
	struct rate rate[RATE_SLOTS];
	uint64_t count[LOG_ID_COUNT];
	struct log_stats stats;
	log_sink_fn *sink;
	void *sink_arg;
	int syslog_fd;
} lg = {.syslog_fd = -1, .cfg = {.buffer_severity = 7, .timestamps = true}};

const struct log_def *log_def(enum log_id id)
{
	return &defs[id];
}

static int64_t wall_ms(void)
{
	struct timespec t;

	if (lg.loop != NULL)
		return loop_wall_ms(lg.loop);
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool log_clock_synchronised(void)
{
	struct timex tx = {0};

	return adjtimex(&tx) >= 0 && (tx.status & STA_UNSYNC) == 0;
}

struct log_stamp log_stamp(int64_t ms)
{
	struct log_stamp s;
	time_t sec = (time_t)(ms / 1000);
	struct tm tm;
	char mon[8];

	localtime_r(&sec, &tm);
	strftime(mon, sizeof(mon), "%b", &tm);
	snprintf(s.s, sizeof(s.s), "%s%s %2d %02d:%02d:%02d.%03d",
		 log_clock_synchronised() ? "" : "*", mon, tm.tm_mday, tm.tm_hour, tm.tm_min,
		 tm.tm_sec, (int)(ms % 1000));
	return s;
}

struct log_stamp log_clock_text(int64_t ms)
{
	struct log_stamp s;
	time_t sec = (time_t)(ms / 1000);
	struct tm tm;
	char day[24], zone[8];

	localtime_r(&sec, &tm);
	strftime(day, sizeof(day), "%a %b %e %Y", &tm);
	strftime(zone, sizeof(zone), "%Z", &tm);
	/* IOS has one blank before a day of one digit. */
	for (char *p = strstr(day, "  "); p != NULL; p = strstr(day, "  "))
		memmove(p, p + 1, strlen(p));
	snprintf(s.s, sizeof(s.s), "%02d:%02d:%02d.%03d %s %s", tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (int)(ms % 1000), zone, day);
	return s;
}

static void ring_add(const char *line);

/* A ring of another size takes over the newest lines that fit. */
static void ring_move(char *ring, size_t size)
{
	char *old = lg.ring;
	size_t max = lg.stats.bytes_max, at = old == NULL ? 0 : (lg.head + max - lg.used) % max;
	size_t used = lg.used, n = 0;
	uint64_t logged = lg.stats.logged;
	char line[LINE_MAX_BYTES];

	lg.ring = ring;
	lg.head = lg.used = 0;
	lg.stats.bytes_max = size;
	for (size_t i = 0; i < used; i++) {
		line[n] = old[(at + i) % max];
		if (line[n] == '\0') {
			ring_add(line);
			n = 0;
		} else if (n + 1 < sizeof(line)) {
			n++;
		}
	}
	lg.stats.logged = logged; /* once */
	free(old);
}

int log_configure(const struct log_config *cfg)
{
	size_t size = cfg->buffer_bytes == 0 ? BUFFER_DEFAULT : cfg->buffer_bytes;

	if (lg.ring == NULL || size != lg.stats.bytes_max) {
		char *ring = malloc(size);

		if (ring == NULL)
			return -ENOMEM;
		ring_move(ring, size);
	}
	lg.cfg = *cfg;
	return 0;
}

int log_init(struct loop *l, const struct log_config *cfg)
{
	lg.loop = l;
	return log_configure(cfg);
}

void log_config_get(struct log_config *cfg)
{
	*cfg = lg.cfg;
}

void log_fini(void)
{
	free(lg.ring);
	if (lg.syslog_fd >= 0)
		close(lg.syslog_fd);
	memset(&lg, 0, sizeof(lg));
	lg.syslog_fd = -1;
	lg.cfg.timestamps = true;
	lg.cfg.buffer_severity = 7;
}

/* ---- buffer ------------------------------------------------------------------------------ */

static void ring_drop_oldest(void)
{
	size_t tail = (lg.head + lg.stats.bytes_max - lg.used) % lg.stats.bytes_max;

	while (lg.used > 0) {
		char c = lg.ring[tail];

		tail = (tail + 1) % lg.stats.bytes_max;
		lg.used--;
		if (c == '\0')
			break;
	}
	lg.stats.overwritten++;
}

static void ring_add(const char *line)
{
	size_t n = strlen(line) + 1;

	if (lg.ring == NULL || n > lg.stats.bytes_max)
		return;
	while (lg.used + n > lg.stats.bytes_max)
		ring_drop_oldest();
	for (size_t i = 0; i < n; i++) {
		lg.ring[lg.head] = line[i];
		lg.head = (lg.head + 1) % lg.stats.bytes_max;
	}
	lg.used += n;
	lg.stats.logged++;
}

void log_each(void (*fn)(const char *line, void *arg), void *arg)
{
	char line[LINE_MAX_BYTES];
	size_t at =
		lg.used == 0 ? 0 : (lg.head + lg.stats.bytes_max - lg.used) % lg.stats.bytes_max;
	size_t n = 0;

	for (size_t i = 0; i < lg.used; i++) {
		line[n] = lg.ring[(at + i) % lg.stats.bytes_max];
		if (line[n] == '\0') {
			fn(line, arg);
			n = 0;
		} else if (n + 1 < sizeof(line)) {
			n++;
		}
	}
}

void log_clear(void)
{
	lg.head = lg.used = 0;
}

void log_stats_get(struct log_stats *st)
{
	*st = lg.stats;
	st->bytes_used = lg.used;
}

uint64_t log_count(enum log_id id)
{
	return lg.count[id];
}

void log_set_sink(log_sink_fn *fn, void *arg)
{
	lg.sink = fn;
	lg.sink_arg = arg;
}

/* ---- rate limit and sinks ----------------------------------------------------------------- */

static bool rate_allows(enum log_id id, const char *group)
{
	uint32_t h = 2166136261u ^ (uint32_t)id;
	uint64_t second = (uint64_t)(wall_ms() / 1000);
	struct rate *r;

	for (const char *p = group; *p != '\0'; p++)
		h = (h ^ (uint8_t)*p) * 16777619u;
	r = &lg.rate[h % RATE_SLOTS];
	if (r->hash != h || r->id != (uint16_t)id || r->second != second)
		*r = (struct rate){.hash = h, .id = (uint16_t)id, .second = second};
	if (r->used >= RATE_BURST)
		return false;
	r->used++;
	return true;
}

/* RFC 3164 framing to /dev/log; never waits. */
static void syslog_send(unsigned int severity, const char *text)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	char msg[LINE_MAX_BYTES + 64];
	int n;

	if (lg.syslog_fd < 0)
		lg.syslog_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	n = snprintf(msg, sizeof(msg), "<%u>%s[%d]: %s", (23u << 3) | severity,
		     lg.cfg.ident == NULL ? "getvpn" : lg.cfg.ident, (int)getpid(), text);
	if (lg.syslog_fd < 0 || sendto(lg.syslog_fd, msg, (size_t)GV_MIN(n, (int)sizeof(msg) - 1),
				       MSG_NOSIGNAL, (struct sockaddr *)&un, sizeof(un)) < 0)
		lg.stats.syslog_dropped++;
}

void log_emit(enum log_id id, const char *group, const char *fmt, ...)
{
	const struct log_def *d = &defs[id];
	char text[LINE_MAX_BYTES - 64], line[LINE_MAX_BYTES];
	va_list ap;
	int n;

	lg.count[id]++;
	if (!rate_allows(id, group)) {
		lg.stats.suppressed++;
		return;
	}
	n = snprintf(text, sizeof(text), "%%%s-%u-%s: ", d->facility, d->severity, d->mnemonic);
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "%s%s%s", lg.cfg.timestamps ? log_stamp(wall_ms()).s : "",
		 lg.cfg.timestamps ? ": " : "", text);
	if (d->severity <= lg.cfg.buffer_severity)
		ring_add(line);
	if (lg.cfg.to_stderr)
		fprintf(stderr, "%s\n", line);
	if (lg.cfg.to_syslog)
		syslog_send(d->severity, text);
	if (lg.sink != NULL)
		lg.sink(id, line, lg.sink_arg);
}
