/* SPDX-License-Identifier: MIT */
#include "netprobe/base/hold.h"

#include "netprobe/base/err.h"

#include "../unit.h"

#include <fcntl.h>
#include <unistd.h>

static char path[] = "/tmp/netprobe-unit-XXXXXX";

static int again(void)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(a_file_is_held_once_until_it_is_closed)
{
	int first = mkstemp(path), second = again();

	ck_assert_int_eq(hold_file(first), 0);
	ck_assert_int_eq(hold_file(second), ERR_HELD);
	/* as who has it already */
	ck_assert_int_eq(hold_file(first), 0);
	close(first);
	ck_assert_int_eq(hold_file(second), 0);
	close(second);
	unlink(path);
}
END_TEST

START_TEST(what_is_no_file_is_never_held)
{
	int fds[2], null = open("/dev/null", O_WRONLY), other = open("/dev/null", O_WRONLY);

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(hold_file(fds[1]), 0);
	ck_assert_int_eq(hold_file(null), 0);
	ck_assert_int_eq(hold_file(other), 0);
	ck_assert_int_eq(hold_file(-1), 0);
}
END_TEST

UNIT_MAIN("base/hold", a_file_is_held_once_until_it_is_closed, what_is_no_file_is_never_held)
