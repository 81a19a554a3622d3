/* SPDX-License-Identifier: MIT */
#ifndef PRIV_RAISE_H
#define PRIV_RAISE_H

#include <sys/capability.h>

/* Makes a capability effective where it is permitted: a file capability may be permitted only
 * (setcap cap_net_raw+p). */
void priv_raise(cap_value_t wanted);

#endif
