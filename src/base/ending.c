/* SPDX-License-Identifier: MIT */
#include "netprobe/base/ending.h"

#include <signal.h>
#include <stddef.h>

const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, 0};

bool ending_is_pending(void)
{
	sigset_t pending;

	if (sigpending(&pending) != 0)
		return false;
	for (size_t i = 0; ending_signals[i]; i++)
		if (sigismember(&pending, ending_signals[i]) == 1)
			return true;
	return false;
}
