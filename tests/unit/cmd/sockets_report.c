/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/sockets_report.h"

#include "sockets_made.h"

#include "netprobe/base/log.h"
#include "netprobe/priv/priv.h"

static bool is_ipv4(void *user, const struct socket_entry *e)
{
	(void)user;
	return e->family == 4;
}

/* A listener, a connection of process 812, one that nobody is seen to hold, and one for IPv6. */
static void fill(struct socket_list *list)
{
	struct socket_entry e;

	e = made_inet(SOCKET_TCP, SOCKET_LISTEN, "0.0.0.0", 22, "0.0.0.0", 0);
	e.inode = 101;
	socket_list_add(list, &e);
	e = made_inet(SOCKET_UDP, SOCKET_CLOSE, "0.0.0.0", 53, "0.0.0.0", 0);
	e.inode = 102;
	socket_list_add(list, &e);
	e = made_inet(SOCKET_TCP, SOCKET_TIME_WAIT, "10.0.0.1", 22, "10.0.0.2", 5000);
	socket_list_add(list, &e);
	e = made_inet(SOCKET_TCP, SOCKET_LISTEN, "::", 22, "::", 0);
	socket_list_add(list, &e);
}

struct reporting {
	struct made_machine machine;
	struct capture *capture;
	struct sockets_report *report;
	struct socket_list list;
};

static void start(struct reporting *r, enum output_format format, bool reads_owners)
{
	struct made_machine *m = &r->machine;

	made_machine_start(m);
	m->options.common.numeric = true;
	made_process(m, 812, "sshd", 3, 101);
	if (reads_owners)
		made_machine_own(m, (uint64_t[]){101, 102, 0});
	else
		m->ownership = ownership_new(&m->options, false);
	r->list = (struct socket_list){0};
	fill(&r->list);
	r->capture = capture_open(format, COLOR_NEVER);
}

static void look(struct reporting *r)
{
	struct made_machine *m = &r->machine;

	r->report = sockets_report_new(
		r->capture->out, m->ownership, &m->options, &m->places, is_ipv4, NULL);
	sockets_report_look(r->report, &r->list, true);
	while (sockets_report_go_on(r->report))
		continue;
}

static const char *finish(struct reporting *r, bool interrupted)
{
	sockets_report_end(r->report, interrupted);
	ck_assert_int_eq(output_end(r->capture->out, 0), 0);
	return capture_text(r->capture);
}

static void end(struct reporting *r)
{
	sockets_report_free(r->report);
	socket_list_release(&r->list);
	capture_free(r->capture);
	made_machine_end(&r->machine);
}

START_TEST(rows_end_with_a_line_that_counts_them)
{
	struct reporting r;

	start(&r, OUTPUT_TABLE, false);
	look(&r);
	ck_assert_str_eq(finish(&r, false),
		"PROTO  STATE      RECV-Q  SEND-Q  LOCAL        PEER           USER\n"
		"tcp    LISTEN          0       -  0.0.0.0:22   *              0\n"
		"udp    UNCONN          0       0  0.0.0.0:53   *              0\n"
		"tcp    TIME_WAIT       0       0  10.0.0.1:22  10.0.0.2:5000  -\n"
		"3 sockets: 1 TIME_WAIT, 1 UNCONN, 1 LISTEN\n");
	ck_assert_uint_eq(sockets_report_totals(r.report)->sockets, 3);
	ck_assert_uint_eq(sockets_report_totals(r.report)->states[SOCKET_LISTEN], 1);
	end(&r);
}
END_TEST

START_TEST(socket_that_does_not_wait_is_shown_at_once)
{
	struct made_machine *m;
	struct reporting r;

	start(&r, OUTPUT_TABLE, false);
	m = &r.machine;
	r.report = sockets_report_new(
		r.capture->out, m->ownership, &m->options, &m->places, is_ipv4, NULL);
	sockets_report_socket(r.report, &r.list.entries[0]);
	ck_assert_str_eq(finish(&r, false), "PROTO  STATE   RECV-Q  LOCAL       PEER  USER\n"
					    "tcp    LISTEN       0  0.0.0.0:22  *     0\n"
					    "1 socket\n");
	end(&r);
}
END_TEST

START_TEST(interruption_is_said_in_the_last_line)
{
	struct reporting r;

	start(&r, OUTPUT_TABLE, false);
	r.report = sockets_report_new(r.capture->out, r.machine.ownership, &r.machine.options,
		&r.machine.places, is_ipv4, NULL);
	ck_assert_str_eq(finish(&r, true), "0 sockets, interrupted\n");
	end(&r);
}
END_TEST

START_TEST(records_end_with_a_summary)
{
	struct reporting r;

	start(&r, OUTPUT_JSON, false);
	look(&r);
	ck_assert_ptr_nonnull(
		strstr(finish(&r, false), "\n{\"type\":\"summary\",\"sockets\":3,"
					  "\"states\":{\"TIME_WAIT\":1,\"CLOSE\":1,\"LISTEN\":1},"
					  "\"unowned\":null,\"unreadable_processes\":null}\n"));
	end(&r);
}
END_TEST

/* What has no file is nobody's. */
START_TEST(sockets_that_nobody_is_seen_to_hold_are_counted)
{
	int from = made_stderr();
	struct reporting r;

	start(&r, OUTPUT_JSON, true);
	look(&r);
	ck_assert_ptr_nonnull(
		strstr(finish(&r, false), "\"unowned\":1,\"unreadable_processes\":0}\n"));
	ck_assert_uint_eq(sockets_report_totals(r.report)->unowned, 1);
	/* every process was looked at: there is nothing to be sorry for */
	made_stderr_expect(from, "");
	end(&r);
}
END_TEST

START_TEST(processes_that_are_hidden_are_said_to_be)
{
	int from = made_stderr();
	char path[MADE_PATH_MAX], text[512];
	struct reporting r;

	start(&r, OUTPUT_TABLE, false);
	ownership_free(r.machine.ownership);
	made_dir_path(&r.machine.dir, "1/comm", path);
	unlink(path);
	made_dir_path(&r.machine.dir, "1/fd", path);
	rmdir(path);
	made_dir_path(&r.machine.dir, "1", path);
	ck_assert_int_eq(rmdir(path), 0);
	made_machine_own(&r.machine, (uint64_t[]){101, 102, 0});
	look(&r);
	finish(&r, false);
	snprintf(text, sizeof text,
		"netprobe: 1 of 3 sockets show no process: not every process is to be seen in %s "
		"(hidepid, or a pid namespace of its own)\n",
		r.machine.dir.path);
	made_stderr_expect(from, text);
	end(&r);
}
END_TEST

START_TEST(processes_that_cannot_be_read_are_said_with_what_it_takes)
{
	int from = made_stderr();
	char path[MADE_PATH_MAX];
	struct reporting r;

	start(&r, OUTPUT_TABLE, false);
	ownership_free(r.machine.ownership);
	made_dir_path(&r.machine.dir, "812/fd", path);
	ck_assert_int_eq(chmod(path, 0), 0);
	/* or root would read it */
	ck_assert_int_eq(priv_drop(), 0);
	made_machine_own(&r.machine, (uint64_t[]){101, 102, 0});
	look(&r);
	finish(&r, false);
	made_stderr_expect(from,
		"netprobe: 2 of 3 sockets show no process: those of other users cannot be read "
		"without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH (sudo, or: setcap "
		"cap_sys_ptrace,cap_dac_read_search+ep netprobe)\n");
	chmod(path, 0755);
	end(&r);
}
END_TEST

START_TEST(nothing_is_said_of_processes_after_an_interruption)
{
	int from = made_stderr();
	struct reporting r;

	start(&r, OUTPUT_TABLE, true);
	ownership_reset(r.machine.ownership);
	look(&r);
	finish(&r, true);
	made_stderr_expect(from, "");
	end(&r);
}
END_TEST

START_TEST(summary_has_groups_in_the_place_of_rows)
{
	struct reporting r;
	const char *text;

	start(&r, OUTPUT_TABLE, true);
	r.machine.options.summary = true;
	look(&r);
	text = finish(&r, false);
	ck_assert_int_eq(strncmp(text, "By state\n", 9), 0);
	ck_assert_ptr_nonnull(strstr(text, "\n3 sockets: 1 TIME_WAIT, 1 UNCONN, 1 LISTEN\n"));
	ck_assert_ptr_null(strstr(text, "PROTO"));
	end(&r);
}
END_TEST

START_TEST(watch_has_no_last_line)
{
	struct reporting r;

	start(&r, OUTPUT_TABLE, false);
	r.machine.options.watch = 1;
	look(&r);
	ck_assert_str_eq(finish(&r, false), "4 sockets to begin with\n");
	ck_assert_uint_eq(sockets_report_totals(r.report)->sockets, 4);
	end(&r);
}
END_TEST

/* A long list is told in turns, so that signals are heard between them. */
START_TEST(long_lists_are_told_some_at_a_time)
{
	struct reporting r;
	unsigned turns = 1;

	start(&r, OUTPUT_TABLE, false);
	while (r.list.count < 5000)
		fill(&r.list);
	r.report = sockets_report_new(r.capture->out, r.machine.ownership, &r.machine.options,
		&r.machine.places, is_ipv4, NULL);
	sockets_report_look(r.report, &r.list, true);
	while (sockets_report_go_on(r.report))
		turns++;
	ck_assert_uint_ge(turns, 4);
	ck_assert_uint_eq(sockets_report_totals(r.report)->sockets, r.list.count / 4 * 3);
	finish(&r, false);
	end(&r);
}
END_TEST

UNIT_MAIN("cmd/sockets_report", rows_end_with_a_line_that_counts_them,
	socket_that_does_not_wait_is_shown_at_once, interruption_is_said_in_the_last_line,
	records_end_with_a_summary, sockets_that_nobody_is_seen_to_hold_are_counted,
	processes_that_are_hidden_are_said_to_be,
	processes_that_cannot_be_read_are_said_with_what_it_takes,
	nothing_is_said_of_processes_after_an_interruption, summary_has_groups_in_the_place_of_rows,
	watch_has_no_last_line, long_lists_are_told_some_at_a_time)
