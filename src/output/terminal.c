/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

bool terminal_obeys(void)
{
	const char *name = getenv("TERM");

	return name && *name != '\0' && strcmp(name, "dumb") != 0;
}

struct terminal_size terminal_size(int fd)
{
	struct winsize size = {0};

	/* on failure nothing is written */
	ioctl(fd, TIOCGWINSZ, &size);
	return (struct terminal_size){.columns = size.ws_col, .rows = size.ws_row};
}
