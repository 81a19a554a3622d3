/* SPDX-License-Identifier: MIT */
#ifndef PROCFS_SMALL_FILE_H
#define PROCFS_SMALL_FILE_H

#include <stdio.h>
#include <sys/types.h>

/* The first `size` bytes of a file: how many there are, or -errno. */
ssize_t small_file_read(int at, const char *path, char *room, size_t size);

/* To read, a regular file only: a pipe would be waited for. The descriptor, or a code. */
int regular_file_open(const char *path);
FILE *regular_file_stream(const char *path); /* NULL for none */

#endif
