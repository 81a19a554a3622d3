/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_DECOMPRESS_H
#define CAPTURE_DECOMPRESS_H

#include "byte_source.h"

#include <stdbool.h>

/*
 * The bytes of a file as they were before gzip, zstd or xz packed them, or as they are: its first
 * bytes tell. Several packed files in a row are one. What a packed stream may ask for is bounded.
 */
struct decompress;

struct decompress *decompress_new(struct byte_source from);
void decompress_free(struct decompress *d);

/* 1 to `size` bytes, 0 at their end, or, once all that can be unpacked was given: what the source
 * said, ERR_CUT (it ends inside of a packed stream), ERR_DAMAGED, or ERR_UNSUPPORTED (it takes more
 * memory than is allowed, or a method that the library does not know). An error stays. */
ssize_t decompress_read(struct decompress *d, void *room, size_t size);

/* Whether nothing is kept that could be read without asking the source. */
bool decompress_drained(const struct decompress *d);

/* "gzip", "zstd" or "xz"; NULL where nothing is packed, or nothing was read. */
const char *decompress_name(const struct decompress *d);

/* "zlib 1.2.13, libzstd 1.5.4, liblzma 5.4.1"; static storage. */
const char *decompress_library_versions(void);

#endif
