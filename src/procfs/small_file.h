/* SPDX-License-Identifier: MIT */
#ifndef PROCFS_SMALL_FILE_H
#define PROCFS_SMALL_FILE_H

#include <sys/types.h>

/* The first `size` bytes of a file: how many there are, or -errno. */
ssize_t small_file_read(int at, const char *path, char *room, size_t size);

#endif
