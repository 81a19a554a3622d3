/* SPDX-License-Identifier: MIT */
#include "netprobe/net/limits.h"

#include <limits.h>
#include <stdio.h>
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

unsigned limits_local_ports(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	unsigned low, high;
	int got = 0;

	if (f) {
		got = fscanf(f, "%u %u", &low, &high);
		fclose(f);
	}
	return got == 2 && low <= high && high <= 65535 ? high - low + 1 : DEFAULT_LOCAL_PORTS;
}
