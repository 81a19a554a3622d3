/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_PARSE_H
#define NETPROBE_BASE_PARSE_H

#include "netprobe/base/clock.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Text to numbers, strictly: the whole text must be used, no blanks, no sign, no octal or hex. All
 * return 0 or ERR_EMPTY, ERR_NUMBER, ERR_RANGE, ERR_UNIT and leave *out alone on failure.
 */
int parse_uint(const char *text, uint64_t min, uint64_t max, uint64_t *out);
int parse_uint_n(const char *text, size_t len, uint64_t min, uint64_t max, uint64_t *out);

/* "250ms", "1.5s", "2m", "3": seconds when bare. From 0 to 1,000,000 s, to a millionth of the unit.
 */
int parse_duration(const char *text, nsec_t *out);

#endif
