/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/session.h"

#include "../output/capture.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"
#include "netprobe/cmd/commands.h"

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

typedef int lookup_fn(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out);

/* No name server is asked: "lost.test" is not found, all else is a literal. */
int getaddrinfo(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	lookup_fn *real = (lookup_fn *)dlsym(RTLD_NEXT, "getaddrinfo");

	if (strcmp(name, "lost.test") == 0)
		return EAI_NONAME;
	return real(strcmp(name, "web.test") == 0 ? "192.0.2.1" : name, service, hints, out);
}

static const struct command command = {.name = "try"};
static const struct target_options ascending = {.sequential = true};

static const struct field fields[] = {{.name = "n", .title = "N", .kind = FIELD_UINT}};
static const struct schema schema = {.type = "row", .fields = fields, .count = 1};

static struct {
	struct common_options common;
	struct session session;
	char path[64];
	unsigned stops;
} given;

static void stop(void *user)
{
	(void)user;
	given.stops++;
	if (given.session.loop)
		loop_stop(given.session.loop);
}

static void make(void)
{
	given.session = (struct session){
		.cmd = &command, .common = &given.common, .stop = stop, .gathers_rows = true};
}

static int take(const char *excluded, const char *target)
{
	char *operands[] = {(char *)target};
	const struct arguments args = {.operands = operands, .operand_count = target != NULL};
	int err;

	given.common.exclude = (struct option_list){.values = &excluded, .count = excluded != NULL};
	err = session_targets(&given.session, &ascending, &args);
	given.common.exclude = (struct option_list){0};
	return err ? err : session_exclude_names(&given.session);
}

/* All the way to the start; results go to a file in memory. */
static void start(enum output_format format, const char *target)
{
	int fd = memfd_create("results", MFD_CLOEXEC);

	snprintf(given.path, sizeof given.path, "/proc/self/fd/%d", fd);
	given.common.format = (int)format;
	if (!given.common.output)
		given.common.output = given.path;
	make();
	ck_assert_int_eq(take(NULL, target), 0);
	ck_assert_int_eq(session_output(&given.session), 0);
	ck_assert_int_eq(session_start(&given.session), 0);
}

static void put_row(void)
{
	struct record r;

	record_init(&r, &schema);
	record_uint(&r, 0, 7);
	output_record(given.session.out, &r, ROW_PLAIN);
}

static const char *written(void)
{
	static char text[4096];
	int fd = open(given.path, O_RDONLY);
	ssize_t len = read(fd, text, sizeof text - 1);

	close(fd);
	text[len > 0 ? len : 0] = '\0';
	return text;
}

/* An alarm that keeps what has been written by then, and ends the run. */
struct look {
	struct timer timer;
	char seen[4096];
};

static void look_and_stop(struct timer *timer, nsec_t now)
{
	struct look *look = container_of(timer, struct look, timer);

	(void)now;
	snprintf(look->seen, sizeof look->seen, "%s", written());
	loop_stop(given.session.loop);
}

static void look_after(struct look *look, nsec_t span)
{
	look->timer.expired = look_and_stop;
	timers_set(loop_timers(given.session.loop), &look->timer, clock_now() + span);
}

static void run(void)
{
	static const char *const typed[] = {"try"};
	struct look guard = {0};
	const struct arguments args = {.typed = typed, .typed_count = 1};

	/* a run that nothing stops shall fail soon */
	look_after(&guard, 10 * NSEC_PER_SEC);
	session_run(&given.session, &args);
	timers_cancel(loop_timers(given.session.loop), &guard.timer);
}

START_TEST(session_needs_a_target)
{
	make();
	ck_assert_int_ne(take(NULL, NULL), 0);
	session_release(&given.session);
}
END_TEST

START_TEST(session_refuses_what_is_no_target_or_exclusion)
{
	make();
	ck_assert_int_ne(take(NULL, "10.0.0.0/33"), 0);
	session_release(&given.session);
	make();
	ck_assert_int_ne(take("10.0.0.0/33", "10.0.0.1"), 0);
	session_release(&given.session);
}
END_TEST

START_TEST(session_leaves_out_the_addresses_of_excluded_names)
{
	struct addr gone = {.family = 4, .ip = {192, 0, 2, 1}};

	make();
	ck_assert_int_eq(take("web.test", "192.0.2.0/30"), 0);
	ck_assert(targets_excluded(given.session.targets, &gone));
	session_release(&given.session);
}
END_TEST

START_TEST(session_does_not_begin_where_an_exclusion_does_not_resolve)
{
	make();
	ck_assert_int_eq(take("lost.test", "192.0.2.1"), ERR_NAME);
	session_release(&given.session);
}
END_TEST

START_TEST(session_looks_no_exclusion_up_when_numeric)
{
	given.common.numeric = true;
	make();
	ck_assert_int_eq(take("lost.test", "192.0.2.1"), 0);
	session_release(&given.session);
}
END_TEST

START_TEST(session_says_what_it_cannot_open)
{
	given.common.output = "/nonexistent/file";
	make();
	ck_assert_int_eq(session_output(&given.session), -ENOENT);
	session_release(&given.session);
}
END_TEST

START_TEST(session_takes_a_dash_for_standard_output)
{
	FILE *file = tmpfile();
	char text[4096] = "";
	int old = dup(STDOUT_FILENO);

	dup2(fileno(file), STDOUT_FILENO);
	given.common.output = "-";
	start(OUTPUT_JSON, "192.0.2.1");
	raise(SIGTERM);
	run();
	session_release(&given.session);
	dup2(old, STDOUT_FILENO);
	ck_assert_int_gt(pread(fileno(file), text, sizeof text - 1, 0), 0);
	ck_assert_ptr_nonnull(strstr(text, "\"type\":\"run\""));
	ck_assert_int_ne(access("-", F_OK), 0);
}
END_TEST

START_TEST(session_counts_and_passes_what_cannot_be_used)
{
	struct feed_item item;

	given.common.numeric = true;
	start(OUTPUT_TABLE, "web.test");
	ck_assert_int_eq(session_next(&given.session, &item), 0);
	ck_assert_uint_eq(given.session.unusable, 1);
	session_release(&given.session);
}
END_TEST

START_TEST(session_writes_json_within_100_ms)
{
	struct look look = {0};

	start(OUTPUT_JSON, "192.0.2.1");
	look_after(&look, 250 * NSEC_PER_MSEC);
	run();
	ck_assert_ptr_nonnull(strstr(look.seen, "\"type\":\"run\""));
	put_row();
	session_written(&given.session);
	look_after(&look, 250 * NSEC_PER_MSEC);
	ck_assert_int_eq(loop_run(given.session.loop), 0);
	ck_assert_ptr_nonnull(strstr(look.seen, "{\"type\":\"row\",\"n\":7}"));
	ck_assert_int_eq(session_end(&given.session, EXIT_NO), EXIT_NO);
	session_release(&given.session);
	ck_assert_ptr_nonnull(strstr(written(), "\"exit\":1"));
}
END_TEST

START_TEST(session_keeps_rows_of_a_table_together_for_500_ms)
{
	struct look early = {0}, late = {0};

	start(OUTPUT_TABLE, "192.0.2.1");
	put_row();
	look_after(&early, 300 * NSEC_PER_MSEC);
	run();
	ck_assert_str_eq(early.seen, "");
	look_after(&late, 450 * NSEC_PER_MSEC);
	ck_assert_int_eq(loop_run(given.session.loop), 0);
	ck_assert_str_eq(late.seen, "N\n7\n");
	session_release(&given.session);
}
END_TEST

/* Another thread may be writing. */
START_TEST(session_leaves_alone_what_it_has_lent)
{
	struct look look = {0};

	start(OUTPUT_TABLE, "192.0.2.1");
	look_after(&look, 20 * NSEC_PER_MSEC);
	run();
	put_row();
	session_written(&given.session);
	session_lend_output(&given.session);
	session_written(&given.session);
	look_after(&look, 700 * NSEC_PER_MSEC);
	ck_assert_int_eq(loop_run(given.session.loop), 0);
	ck_assert_str_eq(look.seen, "");
	session_take_output(&given.session);
	session_written(&given.session);
	look_after(&look, 700 * NSEC_PER_MSEC);
	ck_assert_int_eq(loop_run(given.session.loop), 0);
	ck_assert_str_eq(look.seen, "N\n7\n");
	session_release(&given.session);
}
END_TEST

START_TEST(session_stops_when_the_output_fails)
{
	given.common.output = "/dev/full";
	start(OUTPUT_JSON, "192.0.2.1");
	put_row();
	run();
	ck_assert_uint_eq(given.stops, 1);
	ck_assert(!given.session.interrupted);
	ck_assert_int_eq(session_end(&given.session, EXIT_YES), EXIT_UNKNOWN);
	session_release(&given.session);
}
END_TEST

START_TEST(session_stops_at_the_first_signal)
{
	start(OUTPUT_TABLE, "192.0.2.1");
	raise(SIGTERM);
	run();
	ck_assert_uint_eq(given.stops, 1);
	ck_assert(given.session.interrupted);
	session_release(&given.session);
}
END_TEST

START_TEST(session_ends_an_open_stream_on_release)
{
	start(OUTPUT_JSON, "192.0.2.1");
	raise(SIGTERM);
	run();
	session_release(&given.session);
	ck_assert_ptr_nonnull(strstr(written(), "\"type\":\"end\""));
	ck_assert_ptr_nonnull(strstr(written(), "\"exit\":2"));
}
END_TEST

START_TEST(session_that_never_ran_writes_nothing)
{
	start(OUTPUT_JSON, "192.0.2.1");
	session_release(&given.session);
	ck_assert_str_eq(written(), "");
}
END_TEST

static unsigned shown;

/* 100 a second, of 1000; at the third call the rate says nothing, then the end is known. */
static void show(void *user, struct progress_state *out, nsec_t now)
{
	(void)user;
	(void)now;
	out->unit = "rows";
	out->total = 1000;
	out->done = 100 + 100 * shown;
	out->eta = ++shown > 3 ? 70 * NSEC_PER_SEC : shown > 2 ? -1 : 0;
	out->limit = "--rate";
	if (shown > 4)
		loop_stop(given.session.loop);
}

START_TEST(session_shows_rate_and_end)
{
	char path[TERMINAL_PATH], text[TERMINAL_MAX], *third, *fourth;
	int master = capture_terminal(80, path), slave = open(path, O_RDWR),
	    old = dup(STDERR_FILENO);

	dup2(slave, STDERR_FILENO);
	given.common.output = "/dev/null";
	make();
	given.session.show = show;
	ck_assert_int_eq(take(NULL, "192.0.2.1"), 0);
	ck_assert_int_eq(session_output(&given.session), 0);
	ck_assert_int_eq(session_start(&given.session), 0);
	run();
	session_quiet(&given.session);
	dup2(old, STDERR_FILENO);
	capture_read(master, text);
	ck_assert_ptr_nonnull(strstr(text, "100/1,000 rows  10.0%"));
	/* the first second brought about 100, and 900 are left */
	ck_assert_ptr_nonnull(strstr(text, "/s  ETA "));
	third = strstr(text, "300/1,000 rows  30.0%");
	ck_assert_ptr_nonnull(third);
	ck_assert_ptr_nonnull(strstr(third, "/s  (--rate)"));
	fourth = strstr(third, "400/1,000 rows  40.0%");
	ck_assert_ptr_nonnull(fourth);
	ck_assert_ptr_nonnull(strstr(fourth, "ETA 1 min 10 s"));
	*fourth = '\0';
	ck_assert_ptr_null(strstr(third, "ETA"));
	ck_assert_ptr_null(strstr(third, " 0.0/s"));
	session_release(&given.session);
}
END_TEST

UNIT_MAIN("cmd/session", session_needs_a_target, session_refuses_what_is_no_target_or_exclusion,
	session_leaves_out_the_addresses_of_excluded_names,
	session_does_not_begin_where_an_exclusion_does_not_resolve,
	session_looks_no_exclusion_up_when_numeric, session_says_what_it_cannot_open,
	session_takes_a_dash_for_standard_output, session_counts_and_passes_what_cannot_be_used,
	session_writes_json_within_100_ms, session_keeps_rows_of_a_table_together_for_500_ms,
	session_leaves_alone_what_it_has_lent, session_stops_when_the_output_fails,
	session_stops_at_the_first_signal, session_ends_an_open_stream_on_release,
	session_that_never_ran_writes_nothing, session_shows_rate_and_end)
