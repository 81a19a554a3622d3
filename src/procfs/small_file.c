/* SPDX-License-Identifier: MIT */
#include "small_file.h"

#include "netprobe/base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t small_file_read(int at, const char *path, char *room, size_t size)
{
	int fd = openat(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t len = 0, got = 1;

	if (fd < 0)
		return -errno;
	while ((size_t)len < size && got > 0) {
		got = read(fd, room + len, size - (size_t)len);
		len += got > 0 ? got : 0;
	}
	if (got < 0)
		len = -errno;
	close(fd);
	return len;
}

int regular_file_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return ERR_FILE;
}

FILE *regular_file_stream(const char *path)
{
	int fd = regular_file_open(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !file)
		close(fd);
	return file;
}
