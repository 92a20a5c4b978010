/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files with keys in them. Everything goes through the descriptor of their directory and none
 * of it follows a symbolic link, so that what was checked is what is used.
 */
#include "crypto/keyfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_LEN 96

/* Ours or root's, and closed to everybody else. */
static int owner_check(int fd, const char *name, struct err_text *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_set(e, -errno, "%s: %s", name, strerror(errno));
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(e, -EPERM, "%s: belongs to another user", name);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return err_set(e, -EPERM, "%s: open to group or others (mode %03o)", name,
			       (unsigned int)st.st_mode & 0777);
	return 0;
}

int keyfile_dir_open(const char *dir, struct err_text *e)
{
	int fd, rc;

	if (mkdir(dir, S_IRWXU) != 0 && errno != EEXIST)
		return err_set(e, -errno, "%s: %s", dir, strerror(errno));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_set(e, -errno, "%s: %s", dir, strerror(errno));
	rc = owner_check(fd, dir, e);
	if (rc != 0) {
		close(fd);
		return rc;
	}
	return fd;
}

static int read_all(int fd, uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_all(int fd, const uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int read_checked(int fd, const char *name, struct secret **out, struct err_text *e)
{
	struct secret *s;
	struct stat st;
	int rc = owner_check(fd, name, e);

	if (rc != 0)
		return rc;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > KEYFILE_MAX)
		return err_set(e, -EINVAL, "%s: not a file of at most %d octets", name,
			       KEYFILE_MAX);
	s = secret_alloc((size_t)st.st_size);
	if (s == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	rc = read_all(fd, s->bytes, s->len);
	if (rc != 0) {
		secret_unref(s);
		return err_set(e, rc, "%s: %s", name, strerror(-rc));
	}
	*out = s;
	return 0;
}

int keyfile_read(int dirfd, const char *name, struct secret **out, struct err_text *e)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc;

	if (fd < 0)
		return err_set(e, -errno, "%s: %s", name, strerror(errno));
	rc = read_checked(fd, name, out, e);
	close(fd);
	return rc;
}

int keyfile_write(int dirfd, const char *name, struct bytes content, struct err_text *e)
{
	char tmp[NAME_MAX_LEN + 8];
	int fd, rc;

	snprintf(tmp, sizeof(tmp), ".%s.new", name);
	if (unlinkat(dirfd, tmp, 0) != 0 && errno != ENOENT)
		return err_set(e, -errno, "%s: %s", tmp, strerror(errno));
	fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    S_IRUSR | S_IWUSR);
	if (fd < 0)
		return err_set(e, -errno, "%s: %s", tmp, strerror(errno));
	rc = write_all(fd, content.p, content.len);
	if (rc == 0 && fsync(fd) != 0)
		rc = -errno;
	close(fd);
	if (rc == 0 && renameat(dirfd, tmp, dirfd, name) != 0)
		rc = -errno;
	if (rc == 0 && fsync(dirfd) != 0)
		rc = -errno;
	if (rc == 0)
		return 0;
	(void)unlinkat(dirfd, tmp, 0);
	return err_set(e, rc, "%s: %s", name, strerror(-rc));
}

/* The blocks a file system keeps in place no longer hold the key; others it may keep anyway. */
static int overwrite(int fd)
{
	static const uint8_t zero[512];
	struct stat st;
	int rc = 0;

	if (fstat(fd, &st) != 0)
		return -errno;
	for (off_t done = 0; done < st.st_size && rc == 0; done += (off_t)sizeof(zero))
		rc = write_all(fd, zero, GV_MIN(sizeof(zero), (size_t)(st.st_size - done)));
	if (rc == 0 && fsync(fd) != 0)
		rc = -errno;
	return rc;
}

int keyfile_remove(int dirfd, const char *name, struct err_text *e)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc;

	if (fd < 0)
		return err_set(e, -errno, "%s: %s", name, strerror(errno));
	rc = overwrite(fd);
	close(fd);
	if (unlinkat(dirfd, name, 0) != 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && fsync(dirfd) != 0)
		rc = -errno;
	return rc == 0 ? 0 : err_set(e, rc, "%s: %s", name, strerror(-rc));
}
