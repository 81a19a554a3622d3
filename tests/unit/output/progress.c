/* SPDX-License-Identifier: MIT */
#include "netprobe/output/progress.h"

#include "capture.h"

#include "netprobe/base/log.h"
#include "netprobe/base/strbuf.h"

#include <math.h>

static const struct progress_state usual = {
	.done = 12345,
	.total = 65535,
	.unit = "ports",
	.rate = 52310,
	.eta = NSEC_PER_SEC,
	.limit = "file limit",
};

static void expect(const struct progress_state *s, unsigned width, const char *line)
{
	struct strbuf sb;

	strbuf_init(&sb);
	progress_line(s, width, &sb);
	ck_assert_str_eq(sb.text, line);
	strbuf_release(&sb);
}

START_TEST(progress_line_says_done_share_rate_eta_and_limit)
{
	expect(&usual, 80, "12,345/65,535 ports  18.8%  52,310/s  ETA 1 s  (file limit)");
}
END_TEST

START_TEST(progress_line_drops_whole_parts_that_do_not_fit)
{
	expect(&usual, 59, "12,345/65,535 ports  18.8%  52,310/s  ETA 1 s  (file limit)");
	expect(&usual, 58, "12,345/65,535 ports  18.8%  52,310/s  ETA 1 s");
	expect(&usual, 40, "12,345/65,535 ports  18.8%  52,310/s");
	expect(&usual, 20, "12,345/65,535 ports");
	expect(&usual, 6, "12,345");
	expect(&usual, 0, "");
}
END_TEST

START_TEST(progress_line_without_total_has_no_share_and_no_eta)
{
	struct progress_state s = usual;

	s.total = 0;
	s.limit = NULL;
	expect(&s, 80, "12,345 ports  52,310/s");
}
END_TEST

START_TEST(progress_line_without_an_honest_eta_has_none)
{
	struct progress_state s = usual;

	s.eta = -1;
	expect(&s, 80, "12,345/65,535 ports  18.8%  52,310/s  (file limit)");
}
END_TEST

START_TEST(progress_line_says_100_percent_only_when_all_is_done)
{
	struct progress_state s = {.done = 999999, .total = 1000000, .unit = "ports", .rate = -1};

	s.eta = -1;
	expect(&s, 80, "999,999/1,000,000 ports  99.9%");
	s.done = 1000000;
	expect(&s, 80, "1,000,000/1,000,000 ports  100.0%");
	s.done = UINT64_MAX - 1;
	s.total = UINT64_MAX;
	expect(&s, 80, "18,446,744,073,709,551,614/18,446,744,073,709,551,615 ports  99.9%");
}
END_TEST

START_TEST(progress_line_rounds_the_eta_up)
{
	struct progress_state s = {.done = 1, .total = 2, .rate = -1};

	s.eta = 0;
	expect(&s, 80, "1/2  50.0%  ETA 0 s");
	s.eta = 1;
	expect(&s, 80, "1/2  50.0%  ETA 1 s");
	s.eta = 59 * NSEC_PER_SEC + 1;
	expect(&s, 80, "1/2  50.0%  ETA 1 min 0 s");
	s.eta = 7260 * NSEC_PER_SEC;
	expect(&s, 80, "1/2  50.0%  ETA 2 h 1 min");
}
END_TEST

START_TEST(progress_line_shows_slow_and_absurd_rates)
{
	struct progress_state s = {.done = 1, .eta = -1};

	expect(&s, 80, "1  0.0/s");
	s.rate = 0.5;
	expect(&s, 80, "1  0.5/s");
	s.rate = 9.96;
	expect(&s, 80, "1  10/s");
	s.rate = 1e300;
	expect(&s, 80, "1  18,446,744,073,709,551,615/s");
	s.rate = (double)NAN;
	expect(&s, 80, "1");
}
END_TEST

/* stderr on a terminal of its own; gives the master. */
static int stderr_terminal(unsigned short columns)
{
	char path[TERMINAL_PATH];
	int master = capture_terminal(columns, path);

	dup2(open(path, O_WRONLY | O_NOCTTY), STDERR_FILENO);
	return master;
}

START_TEST(progress_waits_a_second_then_draws_five_times_a_second)
{
	char text[TERMINAL_MAX];
	int master = stderr_terminal(41);
	struct progress *p = progress_new(true, 0);

	ck_assert_int_eq(progress_due(p), NSEC_PER_SEC);
	progress_show(p, &usual, NSEC_PER_SEC - 1);
	ck_assert_str_eq(capture_read(master, text), "");
	progress_show(p, &usual, NSEC_PER_SEC);
	ck_assert_str_eq(
		capture_read(master, text), "\r12,345/65,535 ports  18.8%  52,310/s\033[K");
	ck_assert_int_eq(progress_due(p), 1200 * NSEC_PER_MSEC);
	progress_show(p, &usual, 1199 * NSEC_PER_MSEC);
	ck_assert_str_eq(capture_read(master, text), "");
	progress_show(p, &usual, 1200 * NSEC_PER_MSEC);
	ck_assert_str_ne(capture_read(master, text), "");
	progress_free(p);
	ck_assert_str_eq(capture_read(master, text), "\r\033[K");
	close(master);
}
END_TEST

START_TEST(progress_clears_only_what_it_drew)
{
	char text[TERMINAL_MAX];
	int master = stderr_terminal(80);
	struct progress *p = progress_new(true, 0);

	progress_clear(p);
	progress_free(p);
	progress_free(NULL);
	ck_assert_str_eq(capture_read(master, text), "");
	close(master);
}
END_TEST

START_TEST(progress_gets_out_of_the_way_of_messages)
{
	char text[TERMINAL_MAX];
	int master = stderr_terminal(80);
	struct progress *p = progress_new(true, 0);

	progress_show(p, &usual, 2 * NSEC_PER_SEC);
	capture_read(master, text);
	log_warn("careful");
	log_warn("again");
	ck_assert_str_eq(
		capture_read(master, text), "\r\033[Knetprobe: careful\r\nnetprobe: again\r\n");
	progress_free(p);
	log_warn("after");
	ck_assert_str_eq(capture_read(master, text), "netprobe: after\r\n");
	close(master);
}
END_TEST

START_TEST(progress_is_silent_when_not_wanted_or_not_on_a_terminal)
{
	char text[TERMINAL_MAX];
	int master = stderr_terminal(80);
	struct progress *p = progress_new(false, 0);
	int pipes[2];

	ck_assert_int_eq(progress_due(p), NSEC_NEVER);
	progress_show(p, &usual, NSEC_NEVER);
	progress_free(p);
	ck_assert_str_eq(capture_read(master, text), "");

	ck_assert_int_eq(pipe2(pipes, O_NONBLOCK), 0);
	dup2(pipes[1], STDERR_FILENO);
	p = progress_new(true, 0);
	ck_assert_int_eq(progress_due(p), NSEC_NEVER);
	progress_show(p, &usual, 5 * NSEC_PER_SEC);
	progress_free(p);
	ck_assert_int_eq(read(pipes[0], text, sizeof text), -1);
	close(master);
}
END_TEST

START_TEST(progress_is_not_drawn_on_a_dumb_terminal)
{
	char path[TERMINAL_PATH];
	int master = capture_terminal(80, path);
	struct progress *p;

	dup2(open(path, O_WRONLY | O_NOCTTY), STDERR_FILENO);
	setenv("TERM", "dumb", 1);
	p = progress_new(true, 0);
	ck_assert_int_eq(progress_due(p), NSEC_NEVER);
	progress_free(p);
	setenv("TERM", "xterm", 1);
	p = progress_new(true, 0);
	ck_assert_int_ne(progress_due(p), NSEC_NEVER);
	progress_free(p);
	close(master);
}
END_TEST

UNIT_MAIN("output/progress", progress_line_says_done_share_rate_eta_and_limit,
	progress_line_drops_whole_parts_that_do_not_fit,
	progress_line_without_total_has_no_share_and_no_eta,
	progress_line_without_an_honest_eta_has_none,
	progress_line_says_100_percent_only_when_all_is_done, progress_line_rounds_the_eta_up,
	progress_line_shows_slow_and_absurd_rates,
	progress_waits_a_second_then_draws_five_times_a_second, progress_clears_only_what_it_drew,
	progress_gets_out_of_the_way_of_messages,
	progress_is_silent_when_not_wanted_or_not_on_a_terminal,
	progress_is_not_drawn_on_a_dumb_terminal)
