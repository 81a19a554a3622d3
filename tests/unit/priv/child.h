/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include "../unit.h"

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 99 };

/* A line of /proc/self/status, as a hexadecimal number. */
static inline uint64_t status_of(const char *field)
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
static inline int in_child(int (*look)(void))
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

/* The same for looks that begin with privileged(). */
static inline void expect_in_child(int (*look)(void))
{
	int found = in_child(look);

	if (found == SKIPPED)
		printf("skipped: not root, and no user namespace to be had\n");
	else
		ck_assert_int_eq(found, 0);
}

/* Every capability is there: as root, else in a user namespace of one's own. */
static inline bool privileged(void)
{
	return geteuid() == 0 || unshare(CLONE_NEWUSER) == 0;
}

/* Leaves these permitted, and of them `effective` in effect. */
static inline bool hold(const cap_value_t *permitted, int count, bool effective)
{
	cap_t caps = cap_init();
	bool held =
		caps && cap_set_flag(caps, CAP_PERMITTED, count, permitted, CAP_SET) == 0 &&
		(!effective || cap_set_flag(caps, CAP_EFFECTIVE, count, permitted, CAP_SET) == 0) &&
		cap_set_proc(caps) == 0;

	cap_free(caps);
	return held;
}

#endif
