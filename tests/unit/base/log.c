/* SPDX-License-Identifier: MIT */
#include "netprobe/base/log.h"

#include "../unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int pipes[2];

/* stderr goes to a pipe from here on; each test is a process of its own. */
static void catch_stderr(void)
{
	ck_assert_int_eq(pipe2(pipes, O_NONBLOCK), 0);
	dup2(pipes[1], STDERR_FILENO);
}

static void expect(const char *text)
{
	char caught[4096];
	ssize_t len = read(pipes[0], caught, sizeof caught - 1);

	caught[len < 0 ? 0 : len] = '\0';
	ck_assert_str_eq(caught, text);
}

START_TEST(log_shows_errors_and_warnings_by_default)
{
	catch_stderr();
	log_error("cannot %s", "go");
	log_warn("%d ports", 7);
	log_info("hidden");
	log_debug("hidden");
	expect("netprobe: cannot go\nnetprobe: 7 ports\n");
}
END_TEST

START_TEST(log_shows_more_or_less_when_asked)
{
	catch_stderr();
	log_setup("netprobe scan", LOG_ERROR);
	log_warn("hidden");
	log_error("a");
	log_setup("netprobe scan", LOG_INFO);
	log_info("b");
	log_debug("hidden");
	log_setup("netprobe scan", LOG_DEBUG);
	log_debug("c");
	expect("netprobe scan: a\nnetprobe scan: b\nnetprobe scan: c\n");
}
END_TEST

START_TEST(log_does_not_evaluate_what_it_does_not_show)
{
	int calls = 0;

	catch_stderr();
	log_info("%d", ++calls);
	log_debug("%d", ++calls);
	ck_assert_int_eq(calls, 0);
}
END_TEST

START_TEST(log_escapes_so_that_a_message_stays_a_line)
{
	catch_stderr();
	log_error("%s", "a\nb\033[2J");
	log_error("%s", "");
	expect("netprobe: a\\nb\\x1b[2J\nnetprobe: \n");
}
END_TEST

static void count_call(void *user)
{
	++*(int *)user;
}

START_TEST(log_bytes_may_hold_nuls)
{
	static const char message[] = "a\0b\n";

	catch_stderr();
	log_bytes(LOG_WARN, message, sizeof message - 1);
	log_bytes(LOG_INFO, "hidden", 6);
	log_bytes(LOG_ERROR, NULL, 0);
	expect("netprobe: a\\x00b\\n\nnetprobe: \n");
}
END_TEST

START_TEST(log_calls_the_hook_before_messages_that_show)
{
	int calls = 0;

	catch_stderr();
	log_before(count_call, &calls);
	log_error("a");
	log_info("hidden");
	log_warn("b");
	ck_assert_int_eq(calls, 2);
	log_before(NULL, NULL);
	log_error("c");
	ck_assert_int_eq(calls, 2);
}
END_TEST

START_TEST(log_survives_a_closed_stderr)
{
	close(STDERR_FILENO);
	log_error("to nobody");
	log_error("again");
}
END_TEST

UNIT_MAIN("base/log", log_shows_errors_and_warnings_by_default, log_shows_more_or_less_when_asked,
	log_does_not_evaluate_what_it_does_not_show, log_escapes_so_that_a_message_stays_a_line,
	log_bytes_may_hold_nuls, log_calls_the_hook_before_messages_that_show,
	log_survives_a_closed_stderr)
