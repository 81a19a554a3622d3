/* SPDX-License-Identifier: MIT */
#include "netprobe/priv/priv.h"

#include "../unit.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A line of /proc/self/status, as a hexadecimal number. */
static uint64_t status_of(const char *field)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	uint64_t value = UINT64_MAX;

	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, field, strlen(field)) == 0)
			value = strtoull(line + strlen(field), NULL, 16);
	if (f)
		fclose(f);
	return value;
}

/* What is given up does not come back: every look at it happens in a child. The number of the first
 * thing that is wrong, 0 for none. */
static int in_child(int (*look)(void))
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(look());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int look_at_sets(void)
{
	static const char *const sets[] = {"CapInh:", "CapPrm:", "CapEff:", "CapAmb:"};

	if (priv_drop() != 0)
		return 1;
	for (int i = 0; i < 4; i++)
		if (status_of(sets[i]) != 0)
			return 2 + i;
	return 0;
}

static int look_at_bounds(void)
{
	if (priv_drop() != 0)
		return 1;
	return status_of("CapBnd:") != 0;
}

static int look_at_new_privs(void)
{
	if (priv_drop() != 0)
		return 1;
	return status_of("NoNewPrivs:") != 1;
}

static int look_twice(void)
{
	if (priv_drop() != 0)
		return 1;
	return priv_drop() != 0;
}

static int look_at_raw_socket(void)
{
	uid_t before = geteuid();

	if (priv_drop() != 0)
		return 1;
	if (geteuid() != before)
		return 2;
	return socket(AF_INET, SOCK_RAW, 1) >= 0 ? 3 : 0;
}

START_TEST(drop_leaves_no_capability)
{
	ck_assert_int_eq(in_child(look_at_sets), 0);
}
END_TEST

/* Only who has CAP_SETPCAP can empty the bounding set. */
START_TEST(drop_empties_the_bounding_set_where_it_may)
{
	if (status_of("CapEff:") & 1 << 8)
		ck_assert_int_eq(in_child(look_at_bounds), 0);
}
END_TEST

START_TEST(drop_lets_no_privilege_come_back)
{
	ck_assert_int_eq(in_child(look_at_new_privs), 0);
}
END_TEST

START_TEST(drop_can_be_repeated)
{
	ck_assert_int_eq(in_child(look_twice), 0);
}
END_TEST

static int look_at_entering(void)
{
	bool admin = status_of("CapPrm:") >> 21 & 1;

	if (priv_can_enter_netns() != admin)
		return 1;
	if (priv_drop_but_reading() != 0)
		return 2;
	return priv_can_enter_netns() ? 3 : 0;
}

START_TEST(entering_a_namespace_takes_what_is_dropped)
{
	ck_assert_int_eq(in_child(look_at_entering), 0);
}
END_TEST

START_TEST(drop_ends_raw_sockets_and_keeps_the_user)
{
	ck_assert_int_eq(in_child(look_at_raw_socket), 0);
}
END_TEST

UNIT_MAIN("priv/priv", drop_leaves_no_capability, drop_empties_the_bounding_set_where_it_may,
	drop_lets_no_privilege_come_back, drop_can_be_repeated,
	entering_a_namespace_takes_what_is_dropped, drop_ends_raw_sockets_and_keeps_the_user)
