/* SPDX-License-Identifier: MIT */
#ifndef NETPROBE_BASE_CLOCK_H
#define NETPROBE_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds: a point on the monotonic clock, or a span. Modules with timing take `now` as a
 * parameter. */
typedef int64_t nsec_t;

#define NSEC_PER_USEC ((nsec_t)1000)
#define NSEC_PER_MSEC ((nsec_t)1000000)
#define NSEC_PER_SEC  ((nsec_t)1000000000)
#define NSEC_NEVER    INT64_MAX

nsec_t clock_now(void); /* CLOCK_MONOTONIC */
nsec_t clock_tick(
	void); /* the same as of the kernel's last tick: up to 10 ms behind, for next to nothing */
nsec_t clock_wall(void); /* CLOCK_REALTIME: since 1970-01-01 UTC, can jump */

enum { CLOCK_RFC3339_MAX = sizeof "2026-11-21T03:40:48.123456Z" };

/* Writes the wall-clock instant as RFC 3339 in UTC with microseconds. */
void clock_rfc3339(nsec_t wall, char out[static CLOCK_RFC3339_MAX]);

enum { CLOCK_TIME_OF_DAY_MAX = sizeof "03:40:48.123456" };

/* The same without the day. */
void clock_time_of_day(nsec_t wall, char out[static CLOCK_TIME_OF_DAY_MAX]);

#endif
