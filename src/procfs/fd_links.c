/* SPDX-License-Identifier: MIT */
#include "fd_links.h"

#include "netprobe/base/parse.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
	WORTH_GUESSING = 256,
	MISSES_FREE = 16,
	HITS_PER_MISS = 4, /* what it takes to pay for one */
	LIST_OFFSET = 2,   /* "." and ".." come first */
	DIGITS = sizeof "4294967295",
};

/*
 * Listing a descriptor makes the kernel build its inode, which reading the link would do anyway: a
 * third of the time is saved by trying 0, 1, 2... first. procfs says how many there are in the
 * directory's size (since Linux 6.2), and lists them from any number on.
 */
static uint64_t count_guesses(int fd)
{
	struct stat st;
	struct statfs fs;

	if (fstat(fd, &st) != 0 || st.st_size < WORTH_GUESSING)
		return 0;
	if (fstatfs(fd, &fs) != 0 || fs.f_type != PROC_SUPER_MAGIC)
		return 0;
	return (uint64_t)st.st_size;
}

void fd_links_init(struct fd_links *l)
{
	l->guesses = 0;
	numbers_init(&l->listed);
}

int fd_links_open(struct fd_links *l, int at, const char *path)
{
	int err = numbers_open(&l->listed, at, path);

	l->seen = l->missed = 0;
	l->guess = 0;
	l->guesses = err ? 0 : count_guesses(l->listed.fd);
	return err;
}

void fd_links_close(struct fd_links *l)
{
	numbers_close(&l->listed);
}

/* The inode of "socket:[123]", else 0. */
static uint64_t socket_inode(const char *text, size_t len)
{
	static const char before[] = "socket:[";
	size_t prefix = sizeof before - 1;
	uint64_t inode = 0;

	if (len <= prefix || memcmp(text, before, prefix) != 0 || text[len - 1] != ']')
		return 0;
	parse_uint_n(text + prefix, len - prefix - 1, 1, UINT64_MAX, &inode);
	return inode;
}

/* 1: it is there; 0: it is not; -errno. */
static int read_link(struct fd_links *l, const char *name, uint64_t *inode)
{
	char text[sizeof "socket:[18446744073709551615]"];
	ssize_t len = readlinkat(l->listed.fd, name, text, sizeof text);

	*inode = 0;
	if (len < 0)
		return errno == ENOENT ? 0 : -errno;
	*inode = socket_inode(text, (size_t)len);
	l->seen++;
	return 1;
}

/* printf would take a tenth of the time of all. */
static const char *digits(uint32_t number, char room[static DIGITS])
{
	char *at = room + DIGITS - 1;

	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	return at;
}

static int guess(struct fd_links *l, uint32_t *fd, uint64_t *inode)
{
	char room[DIGITS];
	int got;

	*fd = l->guess++;
	got = read_link(l, digits(*fd, room), inode);
	l->guesses -= got == 1;
	l->missed += got == 0;
	if (l->missed > MISSES_FREE + l->seen / HITS_PER_MISS)
		l->guesses = 0;
	/* listed from here on: what was opened meanwhile has used up guesses */
	if (l->guesses == 0 && lseek(l->listed.fd, (off_t)l->guess + LIST_OFFSET, SEEK_SET) < 0)
		return -errno;
	return got < 0 ? got : 1;
}

int fd_links_next(struct fd_links *l, uint32_t *fd, uint64_t *inode)
{
	const char *name;
	int got;

	if (l->guesses > 0)
		return guess(l, fd, inode);
	got = numbers_next(&l->listed, fd, &name);
	if (got != 1)
		return got;
	got = read_link(l, name, inode);
	return got < 0 ? got : 1;
}
