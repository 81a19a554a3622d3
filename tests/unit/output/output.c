/* SPDX-License-Identifier: MIT */
#include "netprobe/output/output.h"

#include "capture.h"

#include "netprobe/output/progress.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const struct field fields[] = {
	{.name = "n", .title = "N", .kind = FIELD_UINT},
	{.name = "text", .title = "TEXT", .kind = FIELD_TEXT, .optional = true},
};
static const struct schema schema = {"test", fields, 2};

static void put(struct output *o, uint64_t n, const char *bytes, size_t len)
{
	struct record r;

	record_init(&r, &schema);
	record_uint(&r, 0, n);
	if (bytes)
		record_bytes(&r, 1, bytes, len);
	output_record(o, &r, ROW_PLAIN);
}

static struct output *open_stdout(enum output_format format)
{
	struct output_options options = {.format = format};

	return output_open(&options);
}

START_TEST(output_writes_json_when_flushed_or_late)
{
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);
	nsec_t before = clock_now();

	ck_assert_int_eq(output_due(c->out), NSEC_NEVER);
	put(c->out, 1, NULL, 0);
	ck_assert_str_eq(capture_text(c), "");
	ck_assert_int_ge(output_due(c->out), before + 100 * NSEC_PER_MSEC);
	ck_assert_int_le(output_due(c->out), clock_now() + 100 * NSEC_PER_MSEC);
	output_flush(c->out);
	ck_assert_str_eq(capture_text(c), "{\"type\":\"test\",\"n\":1}\n");
	ck_assert_int_eq(output_due(c->out), NSEC_NEVER);
	put(c->out, 2, NULL, 0);
	usleep(110000);
	put(c->out, 3, NULL, 0); /* takes the late one along */
	ck_assert_ptr_nonnull(strstr(capture_text(c), "\"n\":3}\n"));
	output_end(c->out, 0);
	capture_free(c);
}
END_TEST

START_TEST(output_rows_of_an_open_block_are_not_due)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);

	put(c->out, 1, NULL, 0);
	ck_assert_int_eq(output_due(c->out), NSEC_NEVER);
	output_line(c->out, "line");
	ck_assert_int_ne(output_due(c->out), NSEC_NEVER);
	capture_expect(c, "N\n1\nline\n");
}
END_TEST

/* A socket of packets gives each write(2) back as one recv(2). */
START_TEST(output_never_splits_a_line_over_two_writes)
{
	static char text[1 << 18];
	int pair[2], size = 1 << 20, packets = 0;
	struct output *o;
	ssize_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	dup2(pair[1], STDOUT_FILENO);
	o = open_stdout(OUTPUT_JSON);
	ck_assert_ptr_nonnull(o);
	for (unsigned i = 0; i < 3000; i++)
		put(o, i, "a line of some length", i % 21);
	ck_assert_int_eq(output_end(o, 0), 0);
	while ((n = recv(pair[0], text, sizeof text, MSG_DONTWAIT)) > 0) {
		ck_assert_int_eq(text[0], '{');
		ck_assert_int_eq(text[n - 1], '\n');
		ck_assert_int_le(n, 65536);
		packets++;
	}
	ck_assert_int_ge(packets, 2);
}
END_TEST

START_TEST(output_writes_a_line_longer_than_its_buffer)
{
	enum { LONG = 200000 };
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);
	char *bytes = malloc(LONG);

	memset(bytes, 'x', LONG);
	put(c->out, 1, NULL, 0);
	put(c->out, 2, bytes, LONG);
	put(c->out, 3, NULL, 0);
	output_end(c->out, 0);
	capture_text(c);
	ck_assert_int_eq(strncmp(c->text, "{\"type\":\"test\",\"n\":1}\n", 22), 0);
	ck_assert_uint_gt(strlen(c->text), LONG);
	ck_assert_ptr_nonnull(strstr(c->text, "xxx\"}\n{\"type\":\"test\",\"n\":3}\n"));
	free(bytes);
	capture_free(c);
}
END_TEST

START_TEST(output_keeps_the_first_error_and_drops_the_rest)
{
	struct output_options options = {.format = OUTPUT_JSON, .path = "/dev/full"};
	struct output *o = output_open(&options);

	ck_assert_ptr_nonnull(o);
	put(o, 1, NULL, 0);
	ck_assert_int_eq(output_error(o), 0);
	output_flush(o);
	ck_assert_int_eq(output_error(o), -ENOSPC);
	put(o, 2, NULL, 0);
	ck_assert_int_eq(output_due(o), NSEC_NEVER);
	ck_assert_int_eq(output_end(o, 0), -ENOSPC);
}
END_TEST

START_TEST(output_reports_a_reader_that_went_away)
{
	struct output *o;
	int pipes[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(pipes), 0);
	dup2(pipes[1], STDOUT_FILENO);
	close(pipes[0]);
	o = open_stdout(OUTPUT_JSON);
	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(output_end(o, 0), -EPIPE);
}
END_TEST

START_TEST(output_refuses_a_standard_output_that_cannot_be_written)
{
	close(STDOUT_FILENO);
	ck_assert_ptr_null(open_stdout(OUTPUT_TABLE));
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(open("/dev/null", O_RDONLY), STDOUT_FILENO);
	ck_assert_ptr_null(open_stdout(OUTPUT_TABLE));
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(output_says_why_a_file_cannot_be_opened)
{
	struct output_options options = {.path = "/nonexistent/file"};

	ck_assert_ptr_null(output_open(&options));
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(output_leaves_standard_output_open)
{
	int fd = open("/dev/null", O_WRONLY);

	dup2(fd, STDOUT_FILENO);
	ck_assert_int_eq(output_end(open_stdout(OUTPUT_TABLE), 0), 0);
	ck_assert_int_ge(fcntl(STDOUT_FILENO, F_GETFD), 0);
}
END_TEST

START_TEST(output_truncates_the_file_and_obeys_the_umask)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct output_options options = {.path = c->path};
	struct stat st;

	output_line(c->out, "a long line");
	output_end(c->out, 0);
	output_end(output_open(&options), 0);
	ck_assert_int_eq(stat(c->path, &st), 0);
	ck_assert_int_eq(st.st_size, 0);
	unlink(c->path);
	umask(027);
	output_end(output_open(&options), 0);
	ck_assert_int_eq(stat(c->path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0640);
	capture_free(c);
}
END_TEST

static size_t count_lines(int fd)
{
	static char text[65536];
	size_t lines = 0;
	ssize_t n;

	while ((n = read(fd, text, sizeof text)) > 0)
		for (ssize_t i = 0; i < n; i++)
			lines += text[i] == '\n';
	return lines;
}

START_TEST(output_waits_for_a_pipe_that_does_not_block)
{
	int pipes[2], status;
	pid_t child;

	ck_assert_int_eq(pipe2(pipes, O_NONBLOCK), 0);
	fcntl(pipes[1], F_SETPIPE_SZ, 4096);
	child = fork();
	if (child == 0) {
		struct output *o;

		dup2(pipes[1], STDOUT_FILENO);
		o = open_stdout(OUTPUT_JSON);
		for (unsigned i = 0; i < 9999; i++)
			put(o, i, NULL, 0);
		_exit(output_end(o, 0) ? 1 : 0);
	}
	close(pipes[1]);
	fcntl(pipes[0], F_SETFL, 0);
	ck_assert_uint_eq(count_lines(pipes[0]), 10000);
	waitpid(child, &status, 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* Whether a good row comes tinted to a terminal. */
static bool tints(enum output_color color)
{
	char path[TERMINAL_PATH], text[TERMINAL_MAX];
	int master = capture_terminal(80, path);
	struct output_options options = {.path = path, .color = color};
	struct output *o = output_open(&options);
	struct record r;

	record_init(&r, &schema);
	record_uint(&r, 0, 1);
	output_record(o, &r, ROW_GOOD);
	output_end(o, 0);
	capture_read(master, text);
	close(master);
	return strstr(text, "\033[32m") != NULL;
}

START_TEST(output_colours_a_terminal_unless_told_not_to)
{
	unsetenv("NO_COLOR");
	ck_assert(tints(COLOR_AUTO));
	ck_assert(!tints(COLOR_NEVER));
	setenv("NO_COLOR", "", 1);
	ck_assert(tints(COLOR_AUTO));
	setenv("NO_COLOR", "1", 1);
	ck_assert(!tints(COLOR_AUTO));
	ck_assert(tints(COLOR_ALWAYS));
}
END_TEST

START_TEST(output_clears_the_progress_line_before_it_writes_to_a_terminal)
{
	const struct progress_state state = {.done = 1, .total = 2, .unit = "ports", .eta = -1};
	char path[TERMINAL_PATH], text[TERMINAL_MAX];
	int master = capture_terminal(80, path);
	struct output_options options = {.path = path};
	struct output *o = output_open(&options);
	struct progress *p;

	dup2(open(path, O_WRONLY | O_NOCTTY), STDERR_FILENO);
	p = progress_new(true, 0);
	output_progress(o, p);
	progress_show(p, &state, 2 * NSEC_PER_SEC);
	output_line(o, "line");
	ck_assert_int_eq(output_end(o, 0), 0);
	progress_free(p);
	ck_assert_str_eq(
		capture_read(master, text), "\r1/2 ports  50.0%  0.0/s\033[K\r\033[Kline\r\n");
	close(master);
}
END_TEST

UNIT_MAIN("output/output", output_writes_json_when_flushed_or_late,
	output_rows_of_an_open_block_are_not_due, output_never_splits_a_line_over_two_writes,
	output_writes_a_line_longer_than_its_buffer,
	output_keeps_the_first_error_and_drops_the_rest, output_reports_a_reader_that_went_away,
	output_refuses_a_standard_output_that_cannot_be_written,
	output_says_why_a_file_cannot_be_opened, output_leaves_standard_output_open,
	output_truncates_the_file_and_obeys_the_umask, output_waits_for_a_pipe_that_does_not_block,
	output_colours_a_terminal_unless_told_not_to,
	output_clears_the_progress_line_before_it_writes_to_a_terminal)
