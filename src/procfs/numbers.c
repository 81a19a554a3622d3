/* SPDX-License-Identifier: MIT */
#include "numbers.h"

#include "netprobe/base/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

void numbers_init(struct numbers *n)
{
	n->fd = -1;
	n->at = n->fill = 0;
}

int numbers_open(struct numbers *n, int at, const char *path)
{
	n->at = n->fill = 0;
	n->fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return n->fd < 0 ? -errno : 0;
}

void numbers_close(struct numbers *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

static bool is_number(const char *name, uint32_t *number)
{
	uint64_t value;

	if (name[0] < '0' || name[0] > '9' || (name[0] == '0' && name[1] != '\0'))
		return false;
	if (parse_uint(name, 0, UINT32_MAX, &value) != 0)
		return false;
	*number = (uint32_t)value;
	return true;
}

/* Not readdir(3): it would take memory for each of many thousand directories. */
static int fill(struct numbers *n)
{
	ssize_t got = getdents64(n->fd, n->entries, sizeof n->entries);

	n->at = 0;
	n->fill = got > 0 ? (size_t)got : 0;
	return got < 0 ? -errno : got > 0;
}

int numbers_next(struct numbers *n, uint32_t *number, const char **name)
{
	for (;;) {
		const struct dirent64 *entry;
		int got = n->at < n->fill ? 1 : fill(n);

		if (got <= 0)
			return got;
		entry = (const void *)(n->entries + n->at);
		n->at += entry->d_reclen;
		*name = entry->d_name;
		if (is_number(*name, number))
			return 1;
	}
}
