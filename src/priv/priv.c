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

/* The capabilities of `kept` that this process has stay, for itself alone. */
static int keep_only(const cap_value_t *kept, int count)
{
	cap_t had = cap_get_proc(), left = cap_init();
	int err = had && left ? 0 : -errno;

	for (int i = 0; i < count && !err; i++) {
		cap_flag_value_t permitted = CAP_CLEAR;

		cap_get_flag(had, kept[i], CAP_PERMITTED, &permitted);
		if (cap_set_flag(left, CAP_PERMITTED, 1, &kept[i], permitted) != 0 ||
			cap_set_flag(left, CAP_EFFECTIVE, 1, &kept[i], permitted) != 0)
			err = -errno;
	}
	if (!err && cap_set_proc(left) != 0)
		err = -errno;
	cap_free(had);
	cap_free(left);
	return err;
}

static int drop_but(const cap_value_t *kept, int count)
{
	empty_bounding_set();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	/* fails only on kernels that have no ambient set */
	cap_reset_ambient();
	return keep_only(kept, count);
}

int priv_drop(void)
{
	return drop_but(NULL, 0);
}

static const cap_value_t reading[] = {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH};

int priv_drop_but_reading(void)
{
	return drop_but(reading, 2);
}

static bool has_all(const cap_value_t *wanted, int count, cap_flag_t set)
{
	cap_t held = cap_get_proc();
	bool all = held != NULL;

	for (int i = 0; i < count && all; i++) {
		cap_flag_value_t has = CAP_CLEAR;

		cap_get_flag(held, wanted[i], set, &has);
		all = has == CAP_SET;
	}
	cap_free(held);
	return all;
}

bool priv_can_read_all(void)
{
	return has_all(reading, 2, CAP_EFFECTIVE);
}

bool priv_can_enter_netns(void)
{
	return has_all((const cap_value_t[]){CAP_SYS_ADMIN}, 1, CAP_PERMITTED);
}

bool priv_holds_any(void)
{
	cap_t held = cap_get_proc(), none = cap_init();
	bool any = !held || !none || cap_compare(held, none) != 0;

	cap_free(held);
	cap_free(none);
	return any;
}
