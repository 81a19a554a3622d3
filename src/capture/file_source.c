/* SPDX-License-Identifier: MIT */
#include "file_source.h"

#include "decompress.h"
#include "read_ahead.h"

#include "netprobe/base/ending.h"
#include "netprobe/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_MSEC = 100 };

struct file_source {
	int fd;
	bool regular; /* never makes one wait */
	int error;
	uint64_t size, given;
	_Atomic uint64_t taken;
	struct decompress *unpacked; /* the thread's once there is one */
	struct read_ahead *ahead;    /* NULL: without a thread */
	size_t head_at, head_fill;   /* what was peeked and is still to be read */
	uint8_t head[FILE_SOURCE_PEEK];
};

/* The event loop holds the signals blocked, so they do not end a read(2) of a silent pipe. */
static int await(int fd)
{
	struct pollfd in = {.fd = fd, .events = POLLIN};

	while (poll(&in, 1, LOOK_MSEC) == 0)
		if (ending_is_pending())
			return -EINTR;
	return 0;
}

static ssize_t take(void *source, void *room, size_t size)
{
	struct file_source *s = source;
	ssize_t got;

	do {
		int err = s->regular ? 0 : await(s->fd);

		if (err)
			return err;
		got = read(s->fd, room, size);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got < 0)
		return -errno;
	s->taken += (uint64_t)got;
	return got;
}

int file_source_open(const char *path, struct file_source **out)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	*out = NULL;
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
		int err = S_ISDIR(st.st_mode) ? -EISDIR : -errno;

		if (!is_stdin)
			close(fd);
		return err;
	}
	*out = mem_alloc(1, sizeof **out);
	(*out)->fd = fd;
	(*out)->regular = S_ISREG(st.st_mode);
	(*out)->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	(*out)->unpacked = decompress_new((struct byte_source){take, *out});
	return 0;
}

void file_source_free(struct file_source *s)
{
	if (!s)
		return;
	read_ahead_free(s->ahead);
	decompress_free(s->unpacked);
	if (s->fd != STDIN_FILENO)
		close(s->fd);
	free(s);
}

ssize_t file_source_peek(struct file_source *s, void *room, size_t size)
{
	while (s->head_fill < size) {
		ssize_t got =
			decompress_read(s->unpacked, s->head + s->head_fill, size - s->head_fill);

		if (got < 0)
			s->error = (int)got;
		if (got < 0 && s->head_fill == 0)
			return got;
		if (got <= 0)
			break;
		s->head_fill += (size_t)got;
	}
	memcpy(room, s->head, s->head_fill);
	return (ssize_t)s->head_fill;
}

static ssize_t unpack(void *source, void *room, size_t size)
{
	struct file_source *s = source;

	return decompress_read(s->unpacked, room, size);
}

void file_source_read_ahead(struct file_source *s)
{
	if (s->size > READ_AHEAD_ROOM)
		s->ahead = read_ahead_new((struct byte_source){unpack, s});
}

ssize_t file_source_read(void *source, void *room, size_t size)
{
	struct file_source *s = source;
	size_t left = s->head_fill - s->head_at;
	ssize_t got;

	if (left > 0) {
		got = (ssize_t)(left < size ? left : size);
		memcpy(room, s->head + s->head_at, (size_t)got);
		s->head_at += (size_t)got;
	} else {
		got = s->ahead ? read_ahead_read(s->ahead, room, size) : unpack(s, room, size);
	}
	if (got < 0)
		s->error = (int)got;
	else
		s->given += (uint64_t)got;
	return got;
}

bool file_source_regular(const struct file_source *s)
{
	return s->regular;
}

bool file_source_waits(const struct file_source *s)
{
	struct pollfd in = {.fd = s->fd, .events = POLLIN};

	return !s->regular && s->head_at == s->head_fill && decompress_drained(s->unpacked) &&
	       poll(&in, 1, 0) == 0;
}

int file_source_error(const struct file_source *s)
{
	return s->error;
}

const char *file_source_packing(const struct file_source *s)
{
	return decompress_name(s->unpacked);
}

uint64_t file_source_given(const struct file_source *s)
{
	return s->given;
}

void file_source_progress(const struct file_source *s, uint64_t *done, uint64_t *total)
{
	*done = s->taken;
	*total = s->size;
}
