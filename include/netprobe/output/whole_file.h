/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_WHOLE_FILE_H
#define NETPROBE_OUTPUT_WHOLE_FILE_H

#include <stddef.h>

/*
 * A file that is there as a whole or, when something goes wrong, as it was before: it is written
 * under a name of its own in the same directory and takes its place at the end. Devices and pipes
 * are written as they are.
 */
struct whole_file;

/* NULL with errno where it will not be possible. */
struct whole_file *whole_file_open(const char *path);

/* Writes all of it and puts it in its place. Frees. 0 or -errno. */
int whole_file_commit(struct whole_file *w, const void *bytes, size_t len);

void whole_file_abandon(struct whole_file *w); /* NULL too */

#endif
