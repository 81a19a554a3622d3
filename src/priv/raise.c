/* SPDX-License-Identifier: MIT */
#include "raise.h"

void priv_raise(cap_value_t wanted)
{
	cap_t all = cap_get_proc();
	cap_flag_value_t permitted;

	if (!all)
		return;
	if (cap_get_flag(all, wanted, CAP_PERMITTED, &permitted) == 0 && permitted == CAP_SET &&
		cap_set_flag(all, CAP_EFFECTIVE, 1, &wanted, CAP_SET) == 0)
		cap_set_proc(all);
	cap_free(all);
}
