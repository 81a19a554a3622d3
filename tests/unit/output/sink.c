/* SPDX-License-Identifier: MIT */
#include "../../../src/output/sink.h"

#include "capture.h"

#include <errno.h>

START_TEST(sink_writes_when_the_next_line_does_not_fit)
{
	static struct sink s;
	static char text[SINK_BYTES];
	int pipes[2];

	ck_assert_int_eq(pipe2(pipes, O_NONBLOCK), 0);
	fcntl(pipes[0], F_SETPIPE_SZ, 1 << 20);
	dup2(pipes[1], STDOUT_FILENO);
	ck_assert_int_eq(sink_open(&s, NULL, 0), 0);
	memset(text, 'x', sizeof text);
	sink_line(&s, text, SINK_BYTES - 3);
	sink_line(&s, "", 0);
	ck_assert_int_eq(read(pipes[0], text, sizeof text), -1);
	sink_line(&s, "z", 1);
	ck_assert_int_eq(read(pipes[0], text, sizeof text), SINK_BYTES - 1);
	ck_assert_uint_eq(s.len, 2);
	ck_assert_int_eq(sink_close(&s), 0);
	ck_assert_int_eq(read(pipes[0], text, sizeof text), 2);
}
END_TEST

START_TEST(sink_keeps_the_first_error)
{
	static struct sink s;

	ck_assert_int_eq(sink_open(&s, "/dev/null", 0), 0);
	sink_line(&s, "a", 1);
	sink_fail(&s, -ENOMEM);
	sink_fail(&s, -EPIPE);
	ck_assert_int_eq(sink_due(&s), NSEC_NEVER);
	ck_assert_int_eq(sink_close(&s), -ENOMEM);
}
END_TEST

START_TEST(sink_counts_the_error_of_a_close)
{
	static struct sink s;

	ck_assert_int_eq(sink_open(&s, "/dev/null", 0), 0);
	close(s.fd);
	ck_assert_int_eq(sink_close(&s), -EBADF);
}
END_TEST

static void expect_after(const char *had, uint64_t keep, const char *has)
{
	static struct sink s;
	char path[] = "/tmp/netprobe-unit-XXXXXX", text[32] = "";
	int fd = mkstemp(path);

	ck_assert_int_eq(write(fd, had, strlen(had)), (ssize_t)strlen(had));
	ck_assert_int_eq(sink_open(&s, path, keep), 0);
	ck_assert_int_eq(pread(fd, text, sizeof text - 1, 0), (ssize_t)strlen(had));
	sink_begin(&s);
	sink_line(&s, "new", 3);
	ck_assert_int_eq(sink_close(&s), 0);
	memset(text, 0, sizeof text);
	ck_assert_int_ge(pread(fd, text, sizeof text - 1, 0), 0);
	ck_assert_str_eq(text, has);
	close(fd);
	unlink(path);
}

START_TEST(sink_keeps_of_a_file_what_it_shall_and_goes_on_behind_it)
{
	expect_after("one\ntwo\n", 0, "new\n");
	expect_after("one\ntwo\n", 4, "one\nnew\n");
	expect_after("one\ntwo\n", 8, "one\ntwo\nnew\n");
}
END_TEST

UNIT_MAIN("output/sink", sink_writes_when_the_next_line_does_not_fit, sink_keeps_the_first_error,
	sink_counts_the_error_of_a_close, sink_keeps_of_a_file_what_it_shall_and_goes_on_behind_it)
