/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_OUTPUT_WRITE_H
#define NETPROBE_OUTPUT_WRITE_H

#include <stddef.h>

/* One write(2), unless the kernel takes only a part; waits for a descriptor that does not block. 0
 * or -errno; -EINTR, after a part of it, when nothing was taken for a while and one of
 * ending_signals is pending. Uses the interval timer and SIGALRM. */
int write_whole(int fd, const char *bytes, size_t len);

#endif
