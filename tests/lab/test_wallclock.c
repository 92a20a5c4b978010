/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs with wallclock.so preloaded; the truth comes from the kernel by system call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static char path[] = "/tmp/getvpn-wallclock-XXXXXX";

static void write_offset(const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static long long truth_s(clockid_t id)
{
	struct timespec ts;

	assert_int_equal(syscall(SYS_clock_gettime, id, &ts), 0);
	return ts.tv_sec;
}

static long long by_clock_gettime(clockid_t id)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(id, &ts), 0);
	return ts.tv_sec;
}

static long long by_gettimeofday(clockid_t id)
{
	struct timeval tv;

	assert_int_equal(gettimeofday(&tv, NULL), 0);
	assert_in_range(tv.tv_usec, 0, 999999);
	return tv.tv_sec;
}

static long long by_time(clockid_t id)
{
	time_t stored;
	time_t returned = time(&stored);

	assert_int_equal(returned, stored);
	return returned;
}

/* However long the questions take, the answer lies between what is true before and after. */
static void expect(long long (*ask)(clockid_t), clockid_t id, long long offset)
{
	long long before = truth_s(id), said = ask(id), after = truth_s(id);

	assert_in_range(said - offset, before, after);
}

static void check(const char *text, long long offset)
{
	write_offset(text);
	expect(by_clock_gettime, CLOCK_REALTIME, offset);
	expect(by_clock_gettime, CLOCK_REALTIME_COARSE, offset);
	expect(by_clock_gettime, CLOCK_TAI, offset);
	expect(by_gettimeofday, CLOCK_REALTIME, offset);
	expect(by_time, CLOCK_REALTIME, offset);
	expect(by_clock_gettime, CLOCK_MONOTONIC, 0);
	expect(by_clock_gettime, CLOCK_MONOTONIC_RAW, 0);
	expect(by_clock_gettime, CLOCK_BOOTTIME, 0);
}

static void test_steps(void **state)
{
	check("0\n", 0);
	check("1\n", 1);
	check("-1\n", -1);
	check("+3600\n", 3600);
	check("-3600", -3600);
	check("86400", 86400);
	check("-86400\n", -86400);
	check("", 0);
}

static void test_no_file(void **state)
{
	check("3600", 3600);
	setenv("WALLCLOCK_FILE", "/nonexistent/offset", 1);
	errno = EPROTO;
	(void)time(NULL);
	assert_int_equal(errno, EPROTO);
	expect(by_time, CLOCK_REALTIME, 0);
	unsetenv("WALLCLOCK_FILE");
	expect(by_time, CLOCK_REALTIME, 0);
	setenv("WALLCLOCK_FILE", path, 1);
	expect(by_time, CLOCK_REALTIME, 3600);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return -1;
	close(fd);
	return setenv("WALLCLOCK_FILE", path, 1);
}

static int remove_file(void **state)
{
	return unlink(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
