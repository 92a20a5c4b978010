/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture.h"

#include <err.h>
#include <time.h>

#define MAGIC_MICROSECONDS 0xa1b2c3d4u
#define LINKTYPE_ETHERNET  1
#define SNAPLEN            65535

/* Numbers in this machine's order; the magic says which that is. */
struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snaplen, linktype;
};

struct frame_header {
	uint32_t seconds, microseconds, captured, length;
};

static void put(struct capture *c, const void *p, size_t len)
{
	if (fwrite(p, len, 1, c->file) != 1)
		err(1, "cannot write the capture");
}

void capture_open(struct capture *c, const char *path)
{
	struct file_header h = {.magic = MAGIC_MICROSECONDS,
				.major = 2,
				.minor = 4,
				.snaplen = SNAPLEN,
				.linktype = LINKTYPE_ETHERNET};

	c->file = fopen(path, "wbe");
	if (c->file == NULL)
		err(1, "%s", path);
	put(c, &h, sizeof(h));
}

void capture_frame(struct capture *c, const uint8_t *frame, size_t len)
{
	struct frame_header h = {.captured = (uint32_t)len, .length = (uint32_t)len};
	struct timespec ts;

	if (c->file == NULL)
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	h.seconds = (uint32_t)ts.tv_sec;
	h.microseconds = (uint32_t)(ts.tv_nsec / 1000);
	put(c, &h, sizeof(h));
	put(c, frame, len);
}

void capture_flush(struct capture *c)
{
	if (c->file != NULL && fflush(c->file) != 0)
		err(1, "cannot write the capture");
}

void capture_close(struct capture *c)
{
	if (c->file == NULL)
		return;
	capture_flush(c);
	fclose(c->file);
	c->file = NULL;
}
