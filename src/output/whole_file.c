/* SPDX-License-Identifier: MIT */
#include "netprobe/output/whole_file.h"

#include "netprobe/base/mem.h"
#include "netprobe/base/strbuf.h"
#include "write.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_MAX = 100 };

struct whole_file {
	int fd;
	char *path;      /* behind links */
	char *temporary; /* NULL: written as it is */
};

/* Its mode is that of what it replaces, or of a new file. */
static int open_beside(struct whole_file *w, const struct stat *old)
{
	struct strbuf name = {0};

	for (int i = 0; i < NAMES_MAX && w->fd < 0; i++) {
		strbuf_reset(&name);
		strbuf_printf(&name, "%s.%ld-%d.tmp", w->path, (long)getpid(), i);
		w->fd = open(name.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (w->fd < 0 && errno != EEXIST)
			break;
	}
	if (w->fd < 0) {
		strbuf_release(&name);
		return -1;
	}
	w->temporary = name.text;
	return old ? fchmod(w->fd, old->st_mode & 07777) : 0;
}

static int open_any(struct whole_file *w)
{
	struct stat old;

	if (stat(w->path, &old) != 0)
		return errno == ENOENT && *w->path ? open_beside(w, NULL) : -1;
	/* a name can be taken where the file itself may not be written */
	if (S_ISREG(old.st_mode))
		return access(w->path, W_OK) == 0 ? open_beside(w, &old) : -1;
	w->fd = open(w->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return w->fd < 0 ? -1 : 0;
}

struct whole_file *whole_file_open(const char *path)
{
	struct whole_file *w = mem_alloc(1, sizeof *w);
	int error;

	w->fd = -1;
	w->path = realpath(path, NULL);
	if (!w->path)
		w->path = mem_strdup(path);
	if (open_any(w) == 0)
		return w;
	error = errno;
	whole_file_abandon(w);
	errno = error;
	return NULL;
}

static int finish(struct whole_file *w, const void *bytes, size_t len)
{
	int err = write_whole(w->fd, bytes, len, NULL), fd = w->fd;

	w->fd = -1;
	/* also the late errors of a file system */
	if (close(fd) != 0 && !err)
		err = -errno;
	if (err || !w->temporary)
		return err;
	if (rename(w->temporary, w->path) != 0)
		return -errno;
	free(w->temporary);
	w->temporary = NULL;
	return 0;
}

int whole_file_commit(struct whole_file *w, const void *bytes, size_t len)
{
	int err = finish(w, bytes, len);

	whole_file_abandon(w);
	return err;
}

void whole_file_abandon(struct whole_file *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	if (w->temporary)
		unlink(w->temporary);
	free(w->temporary);
	free(w->path);
	free(w);
}
