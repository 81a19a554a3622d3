/* SPDX-License-Identifier: MIT */
#include "sink.h"

#include "netprobe/base/strbuf.h"
#include "terminal.h"
#include "write.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SINK_DELAY (100 * NSEC_PER_MSEC)

static int open_stdout(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	if (flags < 0)
		return -errno;
	/* said before the work, not after it */
	return (flags & O_ACCMODE) == O_RDONLY ? -EBADF : STDOUT_FILENO;
}

static int open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);

	return fd < 0 ? -errno : fd;
}

int sink_open(struct sink *s, const char *path, uint64_t keep)
{
	int fd = path ? open_file(path) : open_stdout();

	if (fd < 0)
		return fd;
	s->fd = fd;
	s->owned = path != NULL;
	s->keep = keep;
	s->terminal = isatty(fd);
	s->error = 0;
	s->len = 0;
	s->progress = NULL;
	s->live = (struct live){.fd = fd};
	s->drawing = false;
	s->hurry = false;
	return 0;
}

void sink_fail(struct sink *s, int error)
{
	if (s->error == 0)
		s->error = error;
	s->len = 0;
}

void sink_begin(struct sink *s)
{
	struct stat st;

	/* pipes and devices cannot be emptied, and standard output is the shell's */
	if (!s->owned || fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	if (ftruncate(s->fd, (off_t)s->keep) != 0 || lseek(s->fd, (off_t)s->keep, SEEK_SET) < 0)
		sink_fail(s, -errno);
}

static void check(struct sink *s, int err)
{
	if (err)
		sink_fail(s, err);
}

static void write_all(struct sink *s, const char *bytes, size_t len)
{
	if (s->terminal && s->progress)
		progress_clear(s->progress);
	check(s, live_clear(&s->live));
	if (s->error == 0)
		check(s, write_whole(s->fd, bytes, len, &s->hurry));
}

void sink_flush(struct sink *s)
{
	if (s->drawing)
		return;
	if (s->len > 0)
		write_all(s, s->bytes, s->len);
	s->len = 0;
}

static void write_long_line(struct sink *s, const char *text, size_t len)
{
	struct strbuf line = {0};

	strbuf_add(&line, text, len);
	strbuf_putc(&line, '\n');
	write_all(s, line.text, line.len);
	strbuf_release(&line);
}

void sink_line(struct sink *s, const char *text, size_t len)
{
	if (s->error)
		return;
	if (s->drawing) {
		live_line(&s->live, text, len);
		return;
	}
	if (len + 1 > sizeof s->bytes - s->len)
		sink_flush(s);
	if (len + 1 > sizeof s->bytes) {
		write_long_line(s, text, len);
		return;
	}
	if (s->len == 0)
		s->oldest = clock_now();
	if (len > 0)
		memcpy(s->bytes + s->len, text, len);
	s->len += len;
	s->bytes[s->len++] = '\n';
	if (clock_tick() - s->oldest >= SINK_DELAY)
		sink_flush(s);
}

nsec_t sink_due(const struct sink *s)
{
	return s->len > 0 ? s->oldest + SINK_DELAY : NSEC_NEVER;
}

bool sink_live_begin(struct sink *s)
{
	s->drawing = s->terminal && terminal_obeys() && s->error == 0;
	return s->drawing;
}

void sink_live_end(struct sink *s)
{
	s->drawing = false;
	/* lines that wait stand above the picture */
	sink_flush(s);
	if (s->progress)
		progress_clear(s->progress);
	if (s->error == 0)
		check(s, live_draw(&s->live));
}

unsigned sink_columns(const struct sink *s)
{
	return s->drawing ? live_columns(&s->live) : terminal_size(s->fd).columns;
}

int sink_close(struct sink *s)
{
	int fd = s->fd;

	check(s, live_clear(&s->live));
	live_release(&s->live);
	sink_flush(s);
	/* a duplicate's close brings the late errors of a file system too, and leaves descriptor 1
	 */
	if (!s->owned)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0 && close(fd) < 0 && errno != EINTR)
		sink_fail(s, -errno);
	return s->error;
}
