/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_FILE_SOURCE_H
#define CAPTURE_FILE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The bytes of a file, unpacked where it is packed. */
struct file_source;

/* "-" is standard input. 0 or -errno. */
int file_source_open(const char *path, struct file_source **out);
void file_source_free(struct file_source *s);

/* Its first bytes, which stay to be read: how many there are of `size`, which is at most
 * FILE_SOURCE_PEEK, or an error. Before the first read. */
enum { FILE_SOURCE_PEEK = 16 };
ssize_t file_source_peek(struct file_source *s, void *room, size_t size);

/* From now on a thread reads ahead (read_ahead.h) where that is worth it: of a regular file of more
 * than a room. After privileges are gone, which the thread would keep; after what is peeked. */
void file_source_read_ahead(struct file_source *s);

/* A byte_source: errors are -errno (-EINTR: one of ending_signals waits, blocked, and a pipe is
 * silent) and what decompress_read() has. */
ssize_t file_source_read(void *source, void *room, size_t size);

bool file_source_regular(const struct file_source *s);
bool file_source_waits(const struct file_source *s); /* to read now would wait for a pipe */
int file_source_error(const struct file_source *s);  /* 0, or what reading came upon */
const char *file_source_packing(const struct file_source *s); /* "gzip"...; NULL: none */
uint64_t file_source_given(const struct file_source *s);      /* bytes, as they are unpacked */

/* Bytes of the file itself: read so far, and in all or 0. */
void file_source_progress(const struct file_source *s, uint64_t *done, uint64_t *total);

#endif
