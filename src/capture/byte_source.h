/* SPDX-License-Identifier: MIT */
#ifndef CAPTURE_BYTE_SOURCE_H
#define CAPTURE_BYTE_SOURCE_H

#include <stddef.h>
#include <sys/types.h>

/* Where bytes come from, as read(2) has them: at most `size` of them, 0 at their end, else an error
 * code below 0. */
struct byte_source {
	ssize_t (*read)(void *user, void *room, size_t size);
	void *user;
};

#endif
