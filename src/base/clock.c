/* SPDX-License-Identifier: MIT */
#include "netprobe/base/clock.h"

#include <stdio.h>
#include <string.h>
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

nsec_t clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

void clock_rfc3339(nsec_t wall, char out[static CLOCK_RFC3339_MAX])
{
	time_t seconds = (time_t)(wall / NSEC_PER_SEC);
	long micros = (long)(wall % NSEC_PER_SEC / NSEC_PER_USEC);
	struct tm tm;
	char date[CLOCK_RFC3339_MAX];

	gmtime_r(&seconds, &tm);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, CLOCK_RFC3339_MAX, "%.19s.%06ldZ", date, micros % 1000000);
}
