/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Moves the wall clock of one process, for tests: LD_PRELOAD it and name a file in WALLCLOCK_FILE
 * that has a whole number of seconds, which is added to what clock_gettime(CLOCK_REALTIME),
 * gettimeofday() and time() say. The file is read at every call, so that writing it steps the
 * clock; without it the clock is true. Monotonic clocks are left alone, and so is what the kernel
 * does with absolute wall times (timerfd, timed waits).
 *
 *	echo +3600 >late && LD_PRELOAD=./wallclock.so WALLCLOCK_FILE=late date
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef int clock_gettime_fn(clockid_t id, struct timespec *ts);

static clock_gettime_fn *real_clock_gettime;

/* Before the program's own code, and before it has threads. */
__attribute__((constructor)) static void find_real(void)
{
	*(void **)&real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
	if (real_clock_gettime == NULL)
		abort();
}

static long long read_offset(int fd)
{
	char text[32];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtoll(text, NULL, 10);
}

static long long offset_s(void)
{
	const char *path = getenv("WALLCLOCK_FILE");
	int saved = errno, fd;
	long long offset = 0;

	if (path == NULL)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		offset = read_offset(fd);
		close(fd);
	}
	errno = saved;
	return offset;
}

static int is_wall(clockid_t id)
{
	return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int status;

	/* Another library's constructor may ask before ours has run. */
	if (real_clock_gettime == NULL)
		find_real();
	status = real_clock_gettime(id, ts);
	if (status == 0 && is_wall(id))
		ts->tv_sec += offset_s();
	return status;
}

int gettimeofday(struct timeval *tv, void *zone)
{
	struct timespec ts;
	int status = clock_gettime(CLOCK_REALTIME, &ts);

	if (status == 0)
		*tv = (struct timeval){.tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / 1000};
	return status;
}

time_t time(time_t *out)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return -1;
	if (out != NULL)
		*out = ts.tv_sec;
	return ts.tv_sec;
}
