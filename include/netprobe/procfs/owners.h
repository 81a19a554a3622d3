/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_PROCFS_OWNERS_H
#define NETPROBE_PROCFS_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Who holds a socket open: the processes whose descriptors (PROC/PID/fd) lead to its inode. Only
 * inodes that are wanted are kept, and only what their processes are called is read.
 */
struct owners;

struct owner {
	uint32_t pid;
	uint32_t fd;
	const char *comm; /* as the process calls itself: any bytes, blanks and newlines among them,
			     without the newline that ends the file; NULL where it was gone before
			     it could be read; the owners' own */
};

struct owners *owners_new(const char *proc); /* "/proc" */
void owners_free(struct owners *o);

/* Forgets everything found and wanted: before the next look. */
void owners_reset(struct owners *o);

void owners_want(struct owners *o, uint64_t inode); /* 0 is passed over; twice is once */

/* The same, and where nobody is found who holds it, those stand in their place that `before` has of
 * it: a program that closes is gone from its descriptor before the socket is. `before` has to last
 * until owners_read() has come to the end. */
void owners_want_again(struct owners *o, uint64_t inode, const struct owners *before);

/*
 * Looks at some more descriptors, for one or two milliseconds, and stops in the middle of a process
 * that has many. 1: there are more; 0: that was all (at once, when nothing is wanted), until the
 * next reset; -errno: there is no PROC that can be read, or no descriptor left to read it with,
 * after which what was found stands. Processes that end meanwhile are passed over.
 *
 * Threads share the descriptors of their process, so one of them is asked: the main thread, or
 * where that has ended before the others (which root alone can see) another one.
 */
int owners_read(struct owners *o);

/* Of the inode, by pid and descriptor, one for each descriptor; valid until the next reset. NULL
 * and 0 when none was found, and before owners_read() has come to the end. */
const struct owner *owners_of(const struct owners *o, uint64_t inode, size_t *count);

/* Processes whose descriptors this process may not read; kernel threads are among them. */
uint64_t owners_unreadable(const struct owners *o);

/* PROC does not show every process that can hold a socket: it hides those of others (hidepid,
 * proc(5); it shows us, but not the first one), it is that of a container (pid_namespaces(7)), or
 * owners_read() found none at all there. */
bool owners_hidden(const struct owners *o);

#endif
