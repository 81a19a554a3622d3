/* SPDX-License-Identifier: MIT */
#include "../../../src/output/write.h"

#include "capture.h"

#include "netprobe/base/clock.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { MUCH = 1 << 20 };

/* As the event loop does, which has not looked yet. */
static void block(int signo)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void raise_blocked(int signo)
{
	block(signo);
	kill(getpid(), signo);
}

static int write_much(int fd)
{
	static char bytes[MUCH];

	memset(bytes, 'x', sizeof bytes);
	return write_whole(fd, bytes, sizeof bytes, NULL);
}

static void expect_given_up(int fd)
{
	nsec_t before = clock_now();

	ck_assert_int_eq(write_much(fd), -EINTR);
	ck_assert_int_lt(clock_now() - before, 10 * NSEC_PER_SEC);
}

START_TEST(write_gives_up_on_a_pipe_nobody_reads)
{
	int pipes[2];

	raise_blocked(SIGINT);
	ck_assert_int_eq(pipe(pipes), 0);
	expect_given_up(pipes[1]);
}
END_TEST

START_TEST(write_gives_up_on_a_pipe_that_does_not_block)
{
	int pipes[2];

	raise_blocked(SIGTERM);
	ck_assert_int_eq(pipe2(pipes, O_NONBLOCK), 0);
	expect_given_up(pipes[1]);
}
END_TEST

START_TEST(write_gives_up_on_a_terminal_nobody_reads)
{
	char path[TERMINAL_PATH];

	capture_terminal(80, path);
	raise_blocked(SIGINT);
	expect_given_up(open(path, O_WRONLY | O_NOCTTY));
}
END_TEST

START_TEST(write_gives_up_on_a_socket_nobody_reads)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	raise_blocked(SIGINT);
	expect_given_up(pair[0]);
}
END_TEST

START_TEST(write_gives_up_when_the_signal_comes_while_it_waits)
{
	int pipes[2];
	pid_t parent = getpid(), child;

	block(SIGINT);
	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		usleep(300000);
		kill(parent, SIGINT);
		_exit(0);
	}
	expect_given_up(pipes[1]);
	waitpid(child, NULL, 0);
}
END_TEST

/* Reads all, after a while and slowly; gives how much came. */
static pid_t slow_reader(const int pipes[2], useconds_t first, useconds_t pause)
{
	static char bytes[65536];
	size_t total = 0;
	ssize_t n;
	pid_t child = fork();

	if (child != 0)
		return child;
	close(pipes[1]);
	usleep(first);
	while ((n = read(pipes[0], bytes, sizeof bytes)) > 0) {
		total += (size_t)n;
		usleep(pause);
	}
	_exit(total == MUCH ? 0 : 1);
}

static void expect_all_read(int pipes[2], pid_t reader)
{
	int status;

	ck_assert_int_eq(write_much(pipes[1]), 0);
	close(pipes[1]);
	waitpid(reader, &status, 0);
	ck_assert_int_eq(status, 0);
}

START_TEST(write_waits_for_a_reader_that_is_late)
{
	int pipes[2];

	block(SIGINT);
	ck_assert_int_eq(pipe(pipes), 0);
	expect_all_read(pipes, slow_reader(pipes, 500000, 0));
}
END_TEST

START_TEST(write_ends_what_a_slow_reader_takes_in_spite_of_a_signal)
{
	int pipes[2];

	raise_blocked(SIGINT);
	ck_assert_int_eq(pipe(pipes), 0);
	expect_all_read(pipes, slow_reader(pipes, 0, 20000));
}
END_TEST

START_TEST(write_leaves_no_alarm_behind)
{
	struct timespec rest = {.tv_nsec = 250 * NSEC_PER_MSEC};
	int fd = open("/dev/null", O_WRONLY);

	ck_assert_int_eq(write_much(fd), 0);
	ck_assert_int_eq(nanosleep(&rest, NULL), 0);
}
END_TEST

START_TEST(write_tells_other_errors)
{
	ck_assert_int_eq(write_much(open("/dev/full", O_WRONLY)), -ENOSPC);
	ck_assert_int_eq(write_whole(-1, "x", 1, NULL), -EBADF);
	ck_assert_int_eq(write_whole(-1, NULL, 0, NULL), 0);
}
END_TEST

UNIT_MAIN("output/write", write_gives_up_on_a_pipe_nobody_reads,
	write_gives_up_on_a_pipe_that_does_not_block, write_gives_up_on_a_terminal_nobody_reads,
	write_gives_up_on_a_socket_nobody_reads,
	write_gives_up_when_the_signal_comes_while_it_waits, write_waits_for_a_reader_that_is_late,
	write_ends_what_a_slow_reader_takes_in_spite_of_a_signal, write_leaves_no_alarm_behind,
	write_tells_other_errors)
