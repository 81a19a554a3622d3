/* SPDX-License-Identifier: MIT */
#include "../../../src/output/terminal.h"

#include "capture.h"

START_TEST(terminal_size_follows_the_window)
{
	char path[TERMINAL_PATH];
	int master = capture_terminal(97, path);

	ck_assert_uint_eq(terminal_size(master).columns, 97);
	ioctl(master, TIOCSWINSZ, &(struct winsize){.ws_col = 40, .ws_row = 7});
	ck_assert_uint_eq(terminal_size(master).columns, 40);
	ck_assert_uint_eq(terminal_size(master).rows, 7);
	close(master);
}
END_TEST

START_TEST(terminal_size_is_0_where_there_is_no_terminal)
{
	int pipes[2];

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_uint_eq(terminal_size(pipes[1]).columns, 0);
	ck_assert_uint_eq(terminal_size(-1).rows, 0);
}
END_TEST

START_TEST(terminal_obeys_where_it_is_known_and_not_dumb)
{
	setenv("TERM", "xterm-256color", 1);
	ck_assert(terminal_obeys());
	setenv("TERM", "dumb", 1);
	ck_assert(!terminal_obeys());
	setenv("TERM", "", 1);
	ck_assert(!terminal_obeys());
	unsetenv("TERM");
	ck_assert(!terminal_obeys());
}
END_TEST

UNIT_MAIN("output/terminal", terminal_size_follows_the_window,
	terminal_size_is_0_where_there_is_no_terminal,
	terminal_obeys_where_it_is_known_and_not_dumb)
