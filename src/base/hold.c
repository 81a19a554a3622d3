/* SPDX-License-Identifier: MIT */
#include "netprobe/base/hold.h"

#include "netprobe/base/err.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>

int hold_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? ERR_HELD : 0;
}
