/* SPDX-License-Identifier: MIT */
#include "../../../src/output/live.h"

#include "screen.h"

#include "netprobe/base/log.h"

#include <errno.h>
#include <locale.h>
#include <sys/socket.h>

struct stage {
	struct screen *screen;
	struct live live;
};

/* A terminal on which "above" stands already. */
static void setup(struct stage *g, int columns, int rows)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	g->screen = screen_open(columns, rows);
	g->live = (struct live){.fd = screen_descriptor(g->screen)};
	ck_assert_int_eq(write(g->live.fd, "above\n", 6), 6);
}

static void teardown(struct stage *g)
{
	live_clear(&g->live);
	live_release(&g->live);
	close(g->live.fd);
	screen_close(g->screen);
}

/* Each line of `text` becomes one of the picture. */
static void draw(struct live *l, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		live_line(l, text, len);
		text += len + (text[len] == '\n');
	}
	ck_assert_int_eq(live_draw(l), 0);
}

static void draw_numbers(struct live *l, unsigned count)
{
	char text[8];

	for (unsigned i = 1; i <= count; i++)
		live_line(l, text, (size_t)snprintf(text, sizeof text, "%u", i));
	ck_assert_int_eq(live_draw(l), 0);
}

static void expect(struct stage *g, const char *text)
{
	ck_assert_str_eq(screen_text(g->screen), text);
}

START_TEST(live_draws_over_what_it_drew)
{
	struct stage g;

	setup(&g, 80, 24);
	draw(&g.live, "first line\nsecond line\nthird line");
	expect(&g, "above\nfirst line\nsecond line\nthird line\n");
	draw(&g.live, "1st\n2nd\n3rd");
	expect(&g, "above\n1st\n2nd\n3rd\n");
	live_clear(&g.live);
	expect(&g, "above\n");
	teardown(&g);
}
END_TEST

START_TEST(live_says_what_it_writes)
{
	char text[TERMINAL_MAX];
	struct stage g;

	setup(&g, 80, 24);
	capture_read(g.screen->master, text);
	draw(&g.live, "a\nb\nc");
	ck_assert_str_eq(
		capture_read(g.screen->master, text), "\ra\033[K\r\nb\033[K\r\nc\033[J\r\033[2A");
	live_clear(&g.live);
	ck_assert_str_eq(capture_read(g.screen->master, text), "\r\033[J");
	draw(&g.live, "a");
	ck_assert_str_eq(capture_read(g.screen->master, text), "\ra\033[K");
	live_clear(&g.live);
	ck_assert_str_eq(capture_read(g.screen->master, text), "\r\033[K");
	live_clear(&g.live);
	ck_assert_str_eq(capture_read(g.screen->master, text), "");
	teardown(&g);
}
END_TEST

START_TEST(live_grows_and_shrinks)
{
	struct stage g;

	setup(&g, 80, 24);
	draw(&g.live, "1\n2");
	draw(&g.live, "1\n2\n3\n4");
	expect(&g, "above\n1\n2\n3\n4\n");
	draw(&g.live, "one");
	expect(&g, "above\none\n");
	draw(&g.live, "1\n2");
	expect(&g, "above\n1\n2\n");
	draw(&g.live, "");
	expect(&g, "above\n");
	teardown(&g);
}
END_TEST

START_TEST(live_scrolls_for_a_picture_at_the_bottom)
{
	struct stage g;

	setup(&g, 80, 6);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(write(g.live.fd, "more\n", 5), 5);
	draw(&g.live, "1\n2\n3");
	draw(&g.live, "1\n2\n3\n4\n5");
	expect(&g, "above\nmore\nmore\nmore\nmore\nmore\n1\n2\n3\n4\n5\n");
	live_clear(&g.live);
	expect(&g, "above\nmore\nmore\nmore\nmore\nmore\n");
	teardown(&g);
}
END_TEST

START_TEST(live_keeps_the_last_line_when_rows_run_out)
{
	struct stage g;

	setup(&g, 80, 6);
	draw_numbers(&g.live, 5);
	expect(&g, "above\n1\n2\n3\n4\n5\n");
	draw_numbers(&g.live, 6);
	expect(&g, "above\n1\n2\n3\n… and 2 more\n6\n");
	draw_numbers(&g.live, 500);
	expect(&g, "above\n1\n2\n3\n… and 496 more\n500\n");
	draw_numbers(&g.live, 5);
	expect(&g, "above\n1\n2\n3\n4\n5\n");
	teardown(&g);
}
END_TEST

START_TEST(live_keeps_the_last_line_in_the_smallest_windows)
{
	static const char *const wholes[] = {
		"above\n9\n",
		"above\n9\n",
		"above\n… and 8 more\n9\n",
		"above\n1\n… and 7 more\n9\n",
	};

	for (int rows = 1; rows <= 4; rows++) {
		struct stage g;

		setup(&g, 80, rows);
		draw_numbers(&g.live, 9);
		draw_numbers(&g.live, 9);
		expect(&g, wholes[rows - 1]);
		teardown(&g);
	}
}
END_TEST

START_TEST(live_cuts_lines_to_the_columns)
{
	static const char line[] = "0123456789012345678901234567890123456789";
	struct stage g;

	setup(&g, 40, 24);
	live_line(&g.live, line, 40);
	live_line(&g.live, "ü▁▂▃ä", strlen("ü▁▂▃ä"));
	ck_assert_int_eq(live_draw(&g.live), 0);
	expect(&g, "above\n012345678901234567890123456789012345678\nü▁▂▃ä\n");
	teardown(&g);
	setup(&g, 4, 24);
	draw(&g.live, "ü▁▂▃ä\nabc\nabcd");
	draw(&g.live, "ü▁▂▃ä\nabc\nabcd");
	expect(&g, "abov\ne\nü▁▂\nabc\nabc\n");
	teardown(&g);
}
END_TEST

START_TEST(live_says_how_many_in_narrow_windows)
{
	struct stage g;

	setup(&g, 10, 4);
	draw_numbers(&g.live, 100);
	expect(&g, "above\n1\n… and 98 \n100\n");
	teardown(&g);
}
END_TEST

START_TEST(live_cuts_the_text_and_not_the_tint)
{
	char text[TERMINAL_MAX];
	struct stage g;

	setup(&g, 6, 24);
	capture_read(g.screen->master, text);
	draw(&g.live, "\033[32mabcdefgh\033[0m\n\033[31mabc\033[0m");
	ck_assert_str_eq(capture_read(g.screen->master, text),
		"\r\033[32mabcde\033[0m\033[K\r\n\033[31mabc\033[0m\033[J\r\033[1A");
	teardown(&g);
}
END_TEST

START_TEST(live_reads_the_size_at_each_draw)
{
	struct stage g;

	setup(&g, 80, 24);
	ck_assert_uint_eq(live_columns(&g.live), 79);
	draw_numbers(&g.live, 10);
	screen_shrink(g.screen, 20, 5, false);
	ck_assert_uint_eq(live_columns(&g.live), 19);
	draw_numbers(&g.live, 10);
	expect(&g, "above\n1\n2\n… and 7 more\n10\n");
	teardown(&g);
}
END_TEST

static const char wide[] = "a line that is forty columns wide, or so\n"
			   "another line that is forty columns wide.\n"
			   "short";

/* Lines above and below that are not ours tell whether a draw touched too much or too little. */
static void shrinks(int columns, int rows, bool reflow, const char *whole)
{
	struct stage g;

	setup(&g, 80, 10);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_int_eq(write(g.live.fd, "more\n", 5), 5);
	draw(&g.live, wide);
	screen_shrink(g.screen, columns, rows, reflow);
	draw(&g.live, "1\n2\n3");
	expect(&g, whole);
	live_clear(&g.live);
	expect(&g, "above\nmore\nmore\nmore\nmore\nmore\nmore\nmore\nmore\n");
	teardown(&g);
}

START_TEST(live_survives_a_terminal_made_smaller)
{
	static const char whole[] =
		"above\nmore\nmore\nmore\nmore\nmore\nmore\nmore\nmore\n1\n2\n3\n";

	for (int reflow = 0; reflow < 2; reflow++) {
		shrinks(40, 10, reflow, whole);
		shrinks(39, 10, reflow, whole);
		shrinks(20, 10, reflow, whole);
		shrinks(9, 10, reflow, whole);
		shrinks(80, 4, reflow, whole);
		shrinks(20, 4, reflow, whole);
	}
}
END_TEST

START_TEST(live_takes_a_silent_terminal_for_80_by_24)
{
	struct stage g;

	setup(&g, 80, 24);
	ioctl(g.live.fd, TIOCSWINSZ, &(struct winsize){0});
	ck_assert_uint_eq(live_columns(&g.live), 79);
	draw_numbers(&g.live, 24);
	ck_assert_ptr_nonnull(strstr(screen_text(g.screen), "\n21\n… and 2 more\n24\n"));
	teardown(&g);
}
END_TEST

/* A socket of packets gives each write(2) back as one recv(2). */
START_TEST(live_draws_with_one_write)
{
	char text[TERMINAL_MAX];
	struct live l = {0};
	int pair[2];
	ssize_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	l.fd = pair[1];
	for (unsigned i = 0; i < 3; i++) {
		draw_numbers(&l, 23);
		n = recv(pair[0], text, sizeof text, MSG_DONTWAIT);
		ck_assert_int_gt(n, 0);
		ck_assert_int_eq(text[0], '\r');
		ck_assert_int_eq(text[n - 1], 'A');
		ck_assert_int_eq(recv(pair[0], text, sizeof text, MSG_DONTWAIT), -1);
	}
	live_release(&l);
}
END_TEST

START_TEST(live_gets_out_of_the_way_of_messages)
{
	struct stage g;

	setup(&g, 80, 24);
	dup2(g.live.fd, STDERR_FILENO);
	draw(&g.live, "1\n2\n3");
	log_warn("careful");
	expect(&g, "above\nnetprobe: careful\n");
	log_warn("again");
	draw(&g.live, "1\n2");
	expect(&g, "above\nnetprobe: careful\nnetprobe: again\n1\n2\n");
	teardown(&g);
}
END_TEST

START_TEST(live_stays_for_messages_that_go_elsewhere)
{
	struct stage g;

	setup(&g, 80, 24);
	dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	draw(&g.live, "1\n2");
	log_warn("careful");
	expect(&g, "above\n1\n2\n");
	teardown(&g);
}
END_TEST

START_TEST(live_tells_of_a_terminal_that_went_away)
{
	struct stage g;

	setup(&g, 80, 24);
	draw(&g.live, "1\n2");
	g.live.fd = open("/dev/full", O_WRONLY);
	live_line(&g.live, "1", 1);
	ck_assert_int_eq(live_draw(&g.live), -ENOSPC);
	ck_assert_int_eq(live_clear(&g.live), 0); /* nothing stands */
	teardown(&g);
}
END_TEST

START_TEST(live_says_how_many_more_in_what_the_locale_can_show)
{
	struct stage g;

	setup(&g, 20, 4);
	setlocale(LC_CTYPE, "C");
	draw_numbers(&g.live, 9);
	expect(&g, "above\n1\n... and 7 more\n9\n");
	teardown(&g);
}
END_TEST

UNIT_MAIN("output/live", live_draws_over_what_it_drew, live_says_what_it_writes,
	live_grows_and_shrinks, live_scrolls_for_a_picture_at_the_bottom,
	live_keeps_the_last_line_when_rows_run_out,
	live_keeps_the_last_line_in_the_smallest_windows, live_cuts_lines_to_the_columns,
	live_says_how_many_in_narrow_windows, live_cuts_the_text_and_not_the_tint,
	live_reads_the_size_at_each_draw, live_survives_a_terminal_made_smaller,
	live_takes_a_silent_terminal_for_80_by_24, live_draws_with_one_write,
	live_gets_out_of_the_way_of_messages, live_stays_for_messages_that_go_elsewhere,
	live_tells_of_a_terminal_that_went_away,
	live_says_how_many_more_in_what_the_locale_can_show)
