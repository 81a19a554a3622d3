/* SPDX-License-Identifier: MIT */
#include "netprobe/base/clock.h"

#include <stdio.h>
#include <time.h>

static nsec_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (nsec_t)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

nsec_t clock_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

nsec_t clock_tick(void)
{
	return read_clock(CLOCK_MONOTONIC_COARSE);
}

nsec_t clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

void clock_rfc3339(nsec_t wall, char out[static CLOCK_RFC3339_MAX])
{
	nsec_t part = (wall % NSEC_PER_SEC + NSEC_PER_SEC) % NSEC_PER_SEC; /* also before 1970 */
	time_t seconds = (time_t)(wall / NSEC_PER_SEC - (wall % NSEC_PER_SEC < 0));
	unsigned micros = (unsigned)(part / NSEC_PER_USEC) % 1000000;
	struct tm tm;
	size_t len;

	gmtime_r(&seconds, &tm);
	len = strftime(out, CLOCK_RFC3339_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + len, CLOCK_RFC3339_MAX - len, ".%06uZ", micros);
}
