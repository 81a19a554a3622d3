/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_DECIMAL_H
#define NETPROBE_BASE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

enum { DECIMAL_MAX = 20 }; /* digits of UINT64_MAX */

/* The digits of a number, not terminated; how many there are. */
size_t decimal(uint64_t value, char out[static DECIMAL_MAX]);

#endif
