/* SPDX-License-Identifier: MIT */
#include "netprobe/output/whole_file.h"

#include "netprobe/base/hold.h"
#include "netprobe/base/mem.h"
#include "write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct whole_file {
	int fd;
	char *path; /* of a file that was not there before; else NULL */
	bool regular;
};

static int open_path(struct whole_file *w, const char *path)
{
	const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY;

	if (strcmp(path, "-") == 0)
		return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	w->fd = open(path, flags | O_CREAT | O_EXCL, 0666);
	if (w->fd >= 0)
		w->path = mem_strdup(path);
	/* the name is there, behind a link perhaps that leads nowhere yet */
	return w->fd < 0 && errno == EEXIST ? open(path, flags | O_CREAT, 0666) : w->fd;
}

struct whole_file *whole_file_open(const char *path)
{
	struct whole_file *w = mem_alloc(1, sizeof *w);
	struct stat st;
	int err;

	w->fd = open_path(w, path);
	err = w->fd < 0 ? -errno : strcmp(path, "-") == 0 ? 0 : hold_file(w->fd);
	if (err) {
		/* a new one that another was quicker to hold is the other's */
		free(w->path);
		w->path = NULL;
		whole_file_abandon(w);
		errno = -err;
		return NULL;
	}
	w->regular = strcmp(path, "-") != 0 && fstat(w->fd, &st) == 0 && S_ISREG(st.st_mode);
	return w;
}

/* Room is made first, so that a full disk costs nothing of what is there. */
static int make_room(const struct whole_file *w, size_t len)
{
	struct stat st;
	int err;

	if (!w->regular || len == 0 || fstat(w->fd, &st) != 0)
		return 0;
	err = posix_fallocate(w->fd, 0, (off_t)len);
	if (err && ftruncate(w->fd, st.st_size) != 0)
		return -errno;
	return -err;
}

static int put(struct whole_file *w, const void *bytes, size_t len)
{
	int err = make_room(w, len);

	if (!err)
		err = write_whole(w->fd, bytes, len, NULL);
	if (!err && w->regular && ftruncate(w->fd, (off_t)len) != 0)
		err = -errno;
	/* also the late errors of a file system */
	if (close(w->fd) != 0 && !err)
		err = -errno;
	w->fd = -1;
	return err;
}

int whole_file_commit(struct whole_file *w, const void *bytes, size_t len)
{
	int err = put(w, bytes, len);

	if (!err) {
		free(w->path);
		w->path = NULL;
	}
	whole_file_abandon(w);
	return err;
}

void whole_file_abandon(struct whole_file *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	if (w->path)
		unlink(w->path);
	free(w->path);
	free(w);
}
