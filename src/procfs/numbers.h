/* SPDX-License-Identifier: MIT */
#ifndef PROCFS_NUMBERS_H
#define PROCFS_NUMBERS_H

#include <dirent.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

/* The entries of a directory that are called by a number, as procfs calls processes, threads and
 * descriptors. Other names are passed over. */
struct numbers {
	int fd; /* -1: closed */
	size_t at, fill;
	alignas(struct dirent64) char entries[32 * 1024];
};

void numbers_init(struct numbers *n);                          /* closed */
int numbers_open(struct numbers *n, int at, const char *path); /* 0 or -errno */
void numbers_close(struct numbers *n);

/* 1: one more, `*name` as it is written, until the next call; 0: that was all; -errno. */
int numbers_next(struct numbers *n, uint32_t *number, const char **name);

#endif
