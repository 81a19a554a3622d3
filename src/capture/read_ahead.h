/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_READ_AHEAD_H
#define CAPTURE_READ_AHEAD_H

#include "byte_source.h"

/*
 * Reads a byte source in a thread of its own, while who uses its bytes works on those before: into
 * READ_AHEAD_ROOMS rooms of READ_AHEAD_ROOM bytes, never further. The source is the thread's alone
 * until read_ahead_free(). The thread has the privileges of who makes it, and takes no signal.
 */
struct read_ahead;

enum { READ_AHEAD_ROOMS = 4, READ_AHEAD_ROOM = 256 << 10 };

/* NULL: no thread can be made. */
struct read_ahead *read_ahead_new(struct byte_source from);

/* What the source gave, in its order, as its own read would: waits for 1 to `size` bytes; 0, or its
 * error, once all before was given, and at each later call. */
ssize_t read_ahead_read(struct read_ahead *r, void *room, size_t size);

/* Waits for one read of the source at most. */
void read_ahead_free(struct read_ahead *r);

#endif
