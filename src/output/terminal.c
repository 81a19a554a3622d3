/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <sys/ioctl.h>

struct terminal_size terminal_size(int fd)
{
	struct winsize size = {0};

	/* on failure nothing is written */
	ioctl(fd, TIOCGWINSZ, &size);
	return (struct terminal_size){.columns = size.ws_col, .rows = size.ws_row};
}
