/* SPDX-License-Identifier: MIT */
#ifndef TESTS_MADE_DIR_H
#define TESTS_MADE_DIR_H

#include "../unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory made for one test, filled with what procfs and others would have. */
struct made_dir {
	char path[64];
};

static inline void made_dir_start(struct made_dir *d)
{
	snprintf(d->path, sizeof d->path, "/tmp/netprobe-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(d->path));
}

static inline int made_dir_drop(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static inline void made_dir_end(struct made_dir *d)
{
	nftw(d->path, made_dir_drop, 16, FTW_DEPTH | FTW_PHYS);
}

enum { MADE_PATH_MAX = 4096 };

/* The path of a name in it; the directories that lead there are made. */
static inline void made_dir_path(const struct made_dir *d, const char *name, char *out)
{
	snprintf(out, MADE_PATH_MAX, "%s/%s", d->path, name);
	for (char *slash = out + strlen(d->path) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(out, 0755);
		*slash = '/';
	}
}

static inline void made_dir_add(const struct made_dir *d, const char *name)
{
	char path[MADE_PATH_MAX];

	made_dir_path(d, name, path);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static inline void made_dir_write(
	const struct made_dir *d, const char *name, const void *bytes, size_t len)
{
	char path[MADE_PATH_MAX];
	FILE *file;

	made_dir_path(d, name, path);
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

static inline void made_dir_puts(const struct made_dir *d, const char *name, const char *text)
{
	made_dir_write(d, name, text, strlen(text));
}

static inline void made_dir_link(const struct made_dir *d, const char *name, const char *to)
{
	char path[MADE_PATH_MAX];

	made_dir_path(d, name, path);
	ck_assert_int_eq(symlink(to, path), 0);
}

#endif
