/* SPDX-License-Identifier: MIT */
#include "small_file.h"

#include <errno.h>
#include <fcntl.h>
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
