/* SPDX-License-Identifier: MIT */
#include "../../../src/output/terminal.h"

#include "capture.h"

START_TEST(terminal_columns_follow_the_window)
{
	char path[TERMINAL_PATH];
	int master = capture_terminal(97, path);

	ck_assert_uint_eq(terminal_columns(master), 97);
	ioctl(master, TIOCSWINSZ, &(struct winsize){.ws_col = 40});
	ck_assert_uint_eq(terminal_columns(master), 40);
	close(master);
}
END_TEST

START_TEST(terminal_columns_are_0_where_there_is_no_terminal)
{
	int pipes[2];

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_uint_eq(terminal_columns(pipes[1]), 0);
	ck_assert_uint_eq(terminal_columns(-1), 0);
}
END_TEST

UNIT_MAIN("output/terminal", terminal_columns_follow_the_window,
	terminal_columns_are_0_where_there_is_no_terminal)
