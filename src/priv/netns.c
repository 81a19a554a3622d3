/* SPDX-License-Identifier: MIT */
#include "netprobe/priv/priv.h"

#include <errno.h>
#include <sched.h>

#include "raise.h"

int priv_enter_netns(int fd)
{
	priv_raise(CAP_SYS_ADMIN);
	return setns(fd, CLONE_NEWNET) == 0 ? 0 : -errno;
}
