/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_WHOLE_FILE_H
#define NETPROBE_OUTPUT_WHOLE_FILE_H

#include <stddef.h>

/*
 * A file that is written at once at the end: until then, and where there is no room for it, what it
 * had stays. Devices and pipes are written as they are; "-" is standard output.
 */
struct whole_file;

/* NULL with errno where it will not be possible; ERR_HELD where another run will write it. A new
 * file is empty until it is written. */
struct whole_file *whole_file_open(const char *path);

/* Writes all of it and puts it in its place. Frees. 0 or -errno. */
int whole_file_commit(struct whole_file *w, const void *bytes, size_t len);

void whole_file_abandon(struct whole_file *w); /* NULL too */

#endif
