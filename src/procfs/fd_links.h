/* SPDX-License-Identifier: MIT */
#ifndef PROCFS_FD_LINKS_H
#define PROCFS_FD_LINKS_H

#include "numbers.h"

/*
 * The descriptors of one process and the sockets among them. What is open all the while is told
 * once, though others are opened and closed meanwhile.
 */
struct fd_links {
	struct numbers listed;
	uint64_t seen;    /* descriptors looked at */
	uint64_t missed;  /* guessed, and not there */
	uint64_t guesses; /* that are left */
	uint32_t guess;
};

void fd_links_init(struct fd_links *l);                          /* closed */
int fd_links_open(struct fd_links *l, int at, const char *path); /* 0 or -errno */
void fd_links_close(struct fd_links *l);

/* Looks at one more. 1, and its inode, or 0 for what is not a socket or was closed; 0: that was
 * all; -errno. */
int fd_links_next(struct fd_links *l, uint32_t *fd, uint64_t *inode);

#endif
