/* SPDX-License-Identifier: MIT */
#include "netprobe/net/limits.h"

#include "netprobe/base/parse.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { DEFAULT_LOCAL_PORTS = 60999 - 32768 + 1, FALLBACK_FILES = 256 };

unsigned limits_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return FALLBACK_FILES;
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = {limit.rlim_max, limit.rlim_max};

		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
	}
	return limit.rlim_cur < INT_MAX ? (unsigned)limit.rlim_cur : INT_MAX;
}

/* "32768\t60999\n": two numbers */
static bool parse_range(char *line, uint64_t *low, uint64_t *high)
{
	char *rest = line + strcspn(line, " \t");
	char *second = rest + strspn(rest, " \t");

	return parse_uint_n(line, (size_t)(rest - line), 1, UINT16_MAX, low) == 0 &&
	       parse_uint_n(second, strcspn(second, "\n"), *low, UINT16_MAX, high) == 0;
}

unsigned limits_local_ports(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	uint64_t low = 0, high = 0;
	char line[64];
	bool known = false;

	if (f) {
		known = fgets(line, sizeof line, f) && parse_range(line, &low, &high);
		fclose(f);
	}
	return known ? (unsigned)(high - low + 1) : DEFAULT_LOCAL_PORTS;
}
