/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_HOLD_H
#define NETPROBE_BASE_HOLD_H

/*
 * Keeps a regular file from other runs that would write to it, by flock(2), until the descriptor is
 * closed. 0, also where nothing can be held: pipes, devices, file systems without locks; ERR_HELD:
 * another run has it.
 */
int hold_file(int fd);

#endif
