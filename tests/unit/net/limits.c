/* SPDX-License-Identifier: MIT */
#include "netprobe/net/limits.h"

#include "../unit.h"

#include <stdio.h>
#include <sys/resource.h>

START_TEST(files_are_raised_to_the_hard_limit)
{
	const struct rlimit low = {.rlim_cur = 64, .rlim_max = 200};
	struct rlimit now;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	ck_assert_uint_eq(limits_raise_files(), 200);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &now), 0);
	ck_assert_uint_eq(now.rlim_cur, 200);
	ck_assert_uint_eq(now.rlim_max, 200);
	ck_assert_uint_eq(limits_raise_files(), 200);
}
END_TEST

START_TEST(local_ports_are_what_the_kernel_says)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "r");
	unsigned long low = 32768, high = 60999;
	char line[64], *rest;

	if (f) {
		ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
		low = strtoul(line, &rest, 10);
		high = strtoul(rest, NULL, 10);
		fclose(f);
	}
	ck_assert_uint_eq(limits_local_ports(), high - low + 1);
}
END_TEST

UNIT_MAIN("net/limits", files_are_raised_to_the_hard_limit, local_ports_are_what_the_kernel_says)
