/* SPDX-License-Identifier: MIT */
#include "netprobe/base/clock.h"

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

/* Two digits, since formatting by printf(3) is half the time that a row takes. */
static char *put_two(char *at, unsigned value)
{
	*at++ = (char)('0' + value / 10 % 10);
	*at++ = (char)('0' + value % 10);
	return at;
}

static unsigned micros_of(nsec_t wall)
{
	nsec_t part = (wall % NSEC_PER_SEC + NSEC_PER_SEC) % NSEC_PER_SEC; /* also before 1970 */

	return (unsigned)(part / NSEC_PER_USEC);
}

static time_t seconds_of(nsec_t wall)
{
	return (time_t)(wall / NSEC_PER_SEC - (wall % NSEC_PER_SEC < 0));
}

void clock_time_of_day(nsec_t wall, char out[static CLOCK_TIME_OF_DAY_MAX])
{
	const long day = 86400;
	unsigned second = (unsigned)((seconds_of(wall) % day + day) % day);
	unsigned micros = micros_of(wall);

	out = put_two(out, second / 3600);
	*out++ = ':';
	out = put_two(out, second / 60 % 60);
	*out++ = ':';
	out = put_two(out, second % 60);
	*out++ = '.';
	out = put_two(out, micros / 10000);
	out = put_two(out, micros / 100);
	out = put_two(out, micros);
	*out = '\0';
}

void clock_rfc3339(nsec_t wall, char out[static CLOCK_RFC3339_MAX])
{
	time_t seconds = seconds_of(wall);
	struct tm tm;

	/* int64 nanoseconds lie between the years 1677 and 2262 */
	gmtime_r(&seconds, &tm);
	out = put_two(out, (unsigned)(tm.tm_year + 1900) / 100);
	out = put_two(out, (unsigned)(tm.tm_year + 1900));
	*out++ = '-';
	out = put_two(out, (unsigned)tm.tm_mon + 1);
	*out++ = '-';
	out = put_two(out, (unsigned)tm.tm_mday);
	*out++ = 'T';
	clock_time_of_day(wall, out);
	out += CLOCK_TIME_OF_DAY_MAX - 1;
	*out++ = 'Z';
	*out = '\0';
}
