/* SPDX-License-Identifier: MIT */
#include "netprobe/priv/priv.h"

#include <errno.h>
#include <sys/capability.h>
#include <sys/prctl.h>

/* Without CAP_SETPCAP the bounding set stays; with no_new_privs set it cannot matter any more. */
static void empty_bounding_set(void)
{
	for (cap_value_t c = 0; c < cap_max_bits(); c++)
		if (cap_get_bound(c) == 1 && cap_drop_bound(c) != 0)
			return;
}

int priv_drop(void)
{
	cap_t none;
	int err = 0;

	empty_bounding_set();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	/* fails only on kernels that have no ambient set */
	cap_reset_ambient();
	none = cap_init();
	if (!none || cap_set_proc(none) != 0)
		err = -errno;
	cap_free(none);
	return err;
}
