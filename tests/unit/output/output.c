/* SPDX-License-Identifier: MIT */
#include "netprobe/output/output.h"

#include "screen.h"

#include "netprobe/base/err.h"
#include "netprobe/base/log.h"
#include "netprobe/output/progress.h"

#include <errno.h>
#include <locale.h>
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

static void begin(struct output *o)
{
	output_begin(o, &(struct run_info){.command = "test", .version = "1"});
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

START_TEST(output_bytes_are_a_line_whatever_they_are)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);

	output_bytes(c->out, "a\0\x1b\n", 4);
	output_bytes(c->out, NULL, 0);
	capture_expect(c, "a\\x00\\x1b\\n\n\n");
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
	begin(o);
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

START_TEST(output_takes_no_file_that_another_writes)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct output_options options = {.path = c->path};
	struct output *o;

	output_line(c->out, "a line");
	output_flush(c->out);
	ck_assert_ptr_null(output_open(&options));
	ck_assert_int_eq(-errno, ERR_HELD);
	ck_assert_str_eq(capture_text(c), "a line\n");
	/* who has it says so */
	options.held = true;
	o = output_open(&options);
	ck_assert_ptr_nonnull(o);
	output_end(o, 0);
	output_end(c->out, 0);
	options.held = false;
	o = output_open(&options);
	ck_assert_ptr_nonnull(o);
	output_end(o, 0);
	capture_free(c);
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

START_TEST(output_empties_the_file_when_it_begins)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct output_options options = {.path = c->path};
	struct output *o;

	output_line(c->out, "a long line");
	output_end(c->out, 0);
	o = output_open(&options);
	ck_assert_str_eq(capture_text(c), "a long line\n");
	begin(o);
	ck_assert_str_eq(capture_text(c), "");
	output_line(o, "short");
	output_end(o, 0);
	ck_assert_str_eq(capture_text(c), "short\n");
	capture_free(c);
}
END_TEST

START_TEST(output_that_never_began_writes_nothing)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct output_options options = {.path = c->path, .format = OUTPUT_JSON};

	output_line(c->out, "a long line");
	output_end(c->out, 0);
	ck_assert_int_eq(output_end(output_open(&options), 2), 0);
	ck_assert_str_eq(capture_text(c), "a long line\n");
	capture_free(c);
}
END_TEST

START_TEST(output_takes_back_what_it_began)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct output_options options = {.path = c->path, .format = OUTPUT_JSON, .keep = 7};
	struct output *o;

	output_line(c->out, "a long line");
	output_end(c->out, 0);
	for (int flushed = 0; flushed < 2; flushed++) {
		o = output_open(&options);
		begin(o);
		if (flushed)
			output_flush(o);
		output_withdraw(o);
		ck_assert_int_eq(output_end(o, 2), 0);
		ck_assert_str_eq(capture_text(c), "a long ");
	}
	capture_free(c);
}
END_TEST

START_TEST(output_takes_what_cannot_be_emptied)
{
	struct output_options options = {.path = "/dev/null"};
	struct output *o = output_open(&options);

	begin(o);
	output_line(o, "line");
	ck_assert_int_eq(output_end(o, 0), 0);
}
END_TEST

START_TEST(output_obeys_the_umask)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct output_options options = {.path = c->path};
	struct stat st;

	output_end(c->out, 0);
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
		begin(o);
		for (unsigned i = 0; i < 9998; i++)
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

/* Whether a good row comes tinted to a terminal that TERM calls so. */
static bool tints_on(const char *term, enum output_color color)
{
	char path[TERMINAL_PATH], text[TERMINAL_MAX];
	int master = capture_terminal(80, path);
	struct output_options options = {.path = path, .color = color};
	struct output *o;
	struct record r;

	setenv("TERM", term, 1);
	o = output_open(&options);
	record_init(&r, &schema);
	record_uint(&r, 0, 1);
	output_record(o, &r, ROW_GOOD);
	output_end(o, 0);
	capture_read(master, text);
	close(master);
	return strstr(text, "\033[32m") != NULL;
}

static bool tints(enum output_color color)
{
	return tints_on("xterm", color);
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

START_TEST(output_neither_colours_nor_draws_on_a_dumb_terminal)
{
	char path[TERMINAL_PATH];
	int master = capture_terminal(80, path);
	struct output_options options = {.path = path};
	struct output *o = output_open(&options);

	unsetenv("NO_COLOR");
	ck_assert(!tints_on("dumb", COLOR_AUTO));
	ck_assert(!tints_on("", COLOR_AUTO));
	ck_assert(tints_on("dumb", COLOR_ALWAYS));
	ck_assert(!output_live_begin(o));
	ck_assert_uint_eq(output_columns(o), 80);
	ck_assert_int_eq(output_end(o, 0), 0);
	close(master);
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

static struct output *open_on(const struct screen *s)
{
	struct output_options options = {.path = s->path, .color = COLOR_NEVER};
	struct output *o = output_open(&options);

	ck_assert_ptr_nonnull(o);
	setlocale(LC_CTYPE, "C.UTF-8");
	return o;
}

static void put_text(struct output *o, uint64_t n, const char *text)
{
	put(o, n, text, strlen(text));
}

/* A picture of rows from 1 on and a summary. */
static void draw(struct output *o, uint64_t rows, const char *text)
{
	ck_assert(output_live_begin(o));
	for (uint64_t i = 1; i <= rows; i++)
		put_text(o, i, text);
	output_line(o, "%u in all", (unsigned)rows);
	output_live_end(o);
}

START_TEST(output_draws_pictures_in_place)
{
	struct screen *s = screen_open(80, 24);
	struct output *o = open_on(s);

	draw(o, 2, "up");
	ck_assert_str_eq(screen_text(s), "N  TEXT\n1  up\n2  up\n2 in all\n");
	draw(o, 3, "down again");
	ck_assert_str_eq(
		screen_text(s), "N  TEXT\n1  down again\n2  down again\n3  down again\n3 in all\n");
	draw(o, 1, "up");
	ck_assert_str_eq(screen_text(s), "N  TEXT\n1  up\n1 in all\n");
	ck_assert_int_eq(output_end(o, 0), 0);
	ck_assert_str_eq(screen_text(s), "");
	screen_close(s);
}
END_TEST

START_TEST(output_lays_a_picture_out_like_any_block)
{
	struct screen *s = screen_open(80, 24);
	struct output *o = open_on(s);

	ck_assert(output_live_begin(o));
	output_heading(o, "a\033[2J");
	put_text(o, 1, "x\ry");
	output_flush(o);
	put_text(o, 2, "z");
	output_heading(o, "b");
	output_line(o, "%s", "\xff");
	output_live_end(o);
	ck_assert_str_eq(screen_text(s), "a\\x1b[2J\nN  TEXT\n1  x\\ry\n2  z\n\nb\n\\xff\n");
	output_end(o, 0);
	screen_close(s);
}
END_TEST

START_TEST(output_cuts_pictures_to_the_terminal)
{
	static const char text[] = "forty-four columns of words, counted by hand";
	struct screen *s = screen_open(40, 6);
	struct output *o = open_on(s);

	draw(o, 2, text);
	ck_assert_str_eq(screen_text(s), "N  TEXT\n"
					 "1  forty-four columns of words, counte…\n"
					 "2  forty-four columns of words, counte…\n2 in all\n");
	screen_shrink(s, 20, 4, true);
	draw(o, 2, text);
	ck_assert_str_eq(screen_text(s), "N  TEXT\n… and 2 more\n2 in all\n");
	draw(o, 1, text);
	ck_assert_str_eq(screen_text(s), "N  TEXT\n1  forty-four colu…\n1 in all\n");
	draw(o, 9999, text);
	ck_assert_str_eq(screen_text(s), "N     TEXT\n… and 9999 more\n9999 in all\n");
	output_end(o, 0);
	ck_assert_str_eq(screen_text(s), "");
	screen_close(s);
}
END_TEST

START_TEST(output_leaves_only_final_lines_above_a_picture)
{
	struct screen *s = screen_open(80, 6);
	struct output *o = open_on(s);

	put_text(o, 1, "final");
	draw(o, 2, "wider than final"); /* the open block waits */
	ck_assert_str_eq(
		screen_text(s), "N  TEXT\n1  wider than final\n2  wider than final\n2 in all\n");
	put_text(o, 20, "final");
	output_flush(o);
	ck_assert_str_eq(screen_text(s), "N   TEXT\n1   final\n20  final\n");
	draw(o, 4, "x");
	put_text(o, 21, "final");
	output_flush(o); /* the widths stay, and no new head line */
	draw(o, 4, "y");
	output_line(o, "done");
	draw(o, 1, "z"); /* takes the line along */
	ck_assert_str_eq(screen_text(s), "N   TEXT\n1   final\n20  final\n21  final\ndone\n"
					 "N  TEXT\n1  z\n1 in all\n");
	output_line(o, "end");
	ck_assert_int_eq(output_end(o, 0), 0);
	ck_assert_str_eq(screen_text(s), "N   TEXT\n1   final\n20  final\n21  final\ndone\nend\n");
	screen_close(s);
}
END_TEST

START_TEST(output_takes_a_picture_away_for_messages)
{
	struct screen *s = screen_open(80, 24);
	struct output *o = open_on(s);

	dup2(screen_descriptor(s), STDERR_FILENO);
	draw(o, 3, "x");
	log_warn("careful");
	ck_assert_str_eq(screen_text(s), "netprobe: careful\n");
	draw(o, 1, "x");
	ck_assert_str_eq(screen_text(s), "netprobe: careful\nN  TEXT\n1  x\n1 in all\n");
	output_end(o, 0);
	log_warn("after");
	ck_assert_str_eq(screen_text(s), "netprobe: careful\nnetprobe: after\n");
	screen_close(s);
}
END_TEST

START_TEST(output_draws_a_picture_in_the_place_of_the_progress_line)
{
	const struct progress_state state = {.done = 1, .total = 2, .unit = "ports", .eta = -1};
	struct screen *s = screen_open(80, 24);
	struct output *o = open_on(s);
	struct progress *p;

	dup2(screen_descriptor(s), STDERR_FILENO);
	p = progress_new(true, 0);
	output_progress(o, p);
	progress_show(p, &state, 2 * NSEC_PER_SEC);
	ck_assert_str_eq(screen_text(s), "1/2 ports  50.0%  0.0/s\n");
	draw(o, 1, "x");
	ck_assert_str_eq(screen_text(s), "N  TEXT\n1  x\n1 in all\n");
	progress_free(p);
	output_progress(o, NULL);
	log_warn("careful");
	ck_assert_str_eq(screen_text(s), "netprobe: careful\n");
	output_end(o, 0);
	screen_close(s);
}
END_TEST

START_TEST(output_draws_pictures_on_terminals_only)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct screen *s = screen_open(80, 24);
	struct output_options options = {.path = s->path, .format = OUTPUT_JSON};
	struct output *o = output_open(&options);

	ck_assert(!output_live_begin(c->out));
	output_line(c->out, "line");
	capture_expect(c, "line\n");
	ck_assert(!output_live_begin(o));
	put(o, 1, NULL, 0);
	output_flush(o);
	ck_assert_str_eq(screen_text(s), "{\"type\":\"test\",\"n\":1}\n");
	output_end(o, 0);
	screen_close(s);
}
END_TEST

START_TEST(output_keeps_the_error_of_a_picture)
{
	struct screen *s = screen_open(80, 24);
	struct output *o = open_on(s);

	close(s->master);
	draw(o, 1, "x");
	ck_assert_int_eq(output_error(o), -EIO);
	ck_assert(!output_live_begin(o));
	ck_assert_int_eq(output_end(o, 0), -EIO);
	free(s);
}
END_TEST

START_TEST(output_tells_the_columns_of_the_terminal)
{
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct screen *s = screen_open(97, 24);
	struct output *o = open_on(s);

	ck_assert_uint_eq(output_columns(c->out), 0);
	ck_assert(!output_is_terminal(c->out));
	capture_expect(c, "");
	ck_assert_uint_eq(output_columns(o), 97);
	ck_assert(output_is_terminal(o));
	ck_assert(output_live_begin(o));
	ck_assert_uint_eq(output_columns(o), 96);
	output_live_end(o);
	screen_shrink(s, 40, 24, false);
	ck_assert_uint_eq(output_columns(o), 40);
	output_end(o, 0);
	screen_close(s);
}
END_TEST

UNIT_MAIN("output/output", output_writes_json_when_flushed_or_late,
	output_bytes_are_a_line_whatever_they_are, output_rows_of_an_open_block_are_not_due,
	output_never_splits_a_line_over_two_writes, output_writes_a_line_longer_than_its_buffer,
	output_keeps_the_first_error_and_drops_the_rest, output_reports_a_reader_that_went_away,
	output_refuses_a_standard_output_that_cannot_be_written,
	output_says_why_a_file_cannot_be_opened, output_takes_no_file_that_another_writes,
	output_leaves_standard_output_open, output_empties_the_file_when_it_begins,
	output_that_never_began_writes_nothing, output_takes_back_what_it_began,
	output_takes_what_cannot_be_emptied, output_obeys_the_umask,
	output_waits_for_a_pipe_that_does_not_block,
	output_neither_colours_nor_draws_on_a_dumb_terminal,
	output_colours_a_terminal_unless_told_not_to,
	output_clears_the_progress_line_before_it_writes_to_a_terminal,
	output_draws_pictures_in_place, output_lays_a_picture_out_like_any_block,
	output_cuts_pictures_to_the_terminal, output_leaves_only_final_lines_above_a_picture,
	output_takes_a_picture_away_for_messages,
	output_draws_a_picture_in_the_place_of_the_progress_line,
	output_draws_pictures_on_terminals_only, output_keeps_the_error_of_a_picture,
	output_tells_the_columns_of_the_terminal)
