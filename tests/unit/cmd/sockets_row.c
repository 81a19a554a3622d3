/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/sockets_row.h"

#include "sockets_made.h"

static void start(struct made_machine *m)
{
	made_machine_start(m);
	m->options.common.numeric = true;
}

/* The table of some sockets, all of them with the same note. */
static void expect_noted(struct made_machine *m, const struct socket_entry *e, size_t count,
	const struct socket_note *note, enum output_color color, const char *table)
{
	struct capture *c = capture_open(OUTPUT_TABLE, color);
	struct row_writer *w;

	if (!m->ownership)
		m->ownership = ownership_new(&m->options, false);
	w = row_writer_new(c->out, m->ownership, &m->options, &m->places);
	for (size_t i = 0; i < count; i++)
		row_writer_put(w, &e[i], note);
	capture_expect(c, table);
	row_writer_free(w);
}

static void expect(
	struct made_machine *m, const struct socket_entry *e, size_t count, const char *table)
{
	expect_noted(m, e, count, &(struct socket_note){0}, COLOR_NEVER, table);
}

static struct socket_entry connection(void)
{
	struct socket_entry e =
		made_inet(SOCKET_TCP, SOCKET_ESTABLISHED, "10.0.0.1", 22, "192.0.2.1", 65534);

	e.recv_q = 3;
	e.send_q = 40;
	e.uid = 4242;
	e.inode = 101;
	return e;
}

START_TEST(row_has_state_queues_ends_and_user)
{
	struct socket_entry e[2] = {connection()};
	struct made_machine m;

	e[1] = made_inet(SOCKET_UDP, SOCKET_CLOSE, "::", 53, "::", 0);
	start(&m);
	expect(&m, e, 2,
		"PROTO  STATE        RECV-Q  SEND-Q  LOCAL        PEER             USER\n"
		"tcp    ESTABLISHED       3      40  10.0.0.1:22  192.0.2.1:65534  4242\n"
		"udp    UNCONN            0       0  [::]:53      *                -\n");
	made_machine_end(&m);
}
END_TEST

START_TEST(row_names_services_and_users_unless_numbers_are_wanted)
{
	struct socket_entry e = connection();
	struct made_machine m;

	e.uid = 0;
	start(&m);
	m.options.common.numeric = false;
	expect(&m, &e, 1,
		"PROTO  STATE        RECV-Q  SEND-Q  LOCAL         PEER             USER\n"
		"tcp    ESTABLISHED       3      40  10.0.0.1:ssh  192.0.2.1:65534  root\n");
	m.options.common.numeric = true;
	expect(&m, &e, 1,
		"PROTO  STATE        RECV-Q  SEND-Q  LOCAL        PEER             USER\n"
		"tcp    ESTABLISHED       3      40  10.0.0.1:22  192.0.2.1:65534  0\n");
	made_machine_end(&m);
}
END_TEST

/* The writer keeps a number's text for the rows that follow. */
START_TEST(rows_have_their_own_users)
{
	struct socket_entry e[4] = {connection(), connection(), connection(), connection()};
	struct made_machine m;

	e[1].uid = 0;
	e[2].uid = 0;
	start(&m);
	expect(&m, e, 4,
		"PROTO  STATE        RECV-Q  SEND-Q  LOCAL        PEER             USER\n"
		"tcp    ESTABLISHED       3      40  10.0.0.1:22  192.0.2.1:65534  4242\n"
		"tcp    ESTABLISHED       3      40  10.0.0.1:22  192.0.2.1:65534  0\n"
		"tcp    ESTABLISHED       3      40  10.0.0.1:22  192.0.2.1:65534  0\n"
		"tcp    ESTABLISHED       3      40  10.0.0.1:22  192.0.2.1:65534  4242\n");
	made_machine_end(&m);
}
END_TEST

START_TEST(rows_of_unix_sockets_have_name_and_the_other_ends_inode)
{
	struct socket_entry e[3] = {
		made_unix(SOCK_STREAM, SOCKET_LISTEN, "/run/a\n", 7),
		made_unix(SOCK_DGRAM, SOCKET_CLOSE, "\0bus", 4),
		made_unix(SOCK_SEQPACKET, SOCKET_ESTABLISHED, NULL, 0),
	};
	struct made_machine m;

	e[2].peer_inode = 1234;
	start(&m);
	expect(&m, e, 3,
		"PROTO  STATE        RECV-Q  SEND-Q  LOCAL     PEER\n"
		"u_str  LISTEN            0       -  /run/a\\n  *\n"
		"u_dgr  UNCONN            0       0  @bus      *\n"
		"u_seq  ESTABLISHED       0       0  *         * 1234\n");
	made_machine_end(&m);
}
END_TEST

START_TEST(queues_that_are_not_told_are_not_shown)
{
	struct socket_entry e = made_unix(SOCK_STREAM, SOCKET_ESTABLISHED, NULL, 0);
	struct made_machine m;

	e.hides_queues = true;
	start(&m);
	expect(&m, &e, 1, "PROTO  STATE        LOCAL  PEER\nu_str  ESTABLISHED  *      *\n");
	made_machine_end(&m);
}
END_TEST

START_TEST(listener_has_its_backlog_where_it_is_known)
{
	struct socket_entry e = made_inet(SOCKET_TCP, SOCKET_LISTEN, "::", 22, "::", 0);
	struct made_machine m;

	start(&m);
	expect(&m, &e, 1,
		"PROTO  STATE   RECV-Q  LOCAL    PEER\ntcp    LISTEN       0  [::]:22  *\n");
	e.knows_backlog = true;
	e.send_q = 128;
	expect(&m, &e, 1,
		"PROTO  STATE   RECV-Q  SEND-Q  LOCAL    PEER\n"
		"tcp    LISTEN       0     128  [::]:22  *\n");
	made_machine_end(&m);
}
END_TEST

/* ---- processes and units */

static void expect_processes(unsigned count, const char *cell)
{
	struct socket_entry e = made_unix(SOCK_STREAM, SOCKET_ESTABLISHED, NULL, 0);
	struct made_machine m;
	char table[512];
	int pad = (int)strlen(cell);

	start(&m);
	e.inode = 101;
	e.hides_queues = true;
	for (unsigned i = 0; i < count; i++)
		made_process(&m, 812 + i, i == 1 ? NULL : "nginx", 6, 101);
	made_machine_own(&m, (uint64_t[]){101, 0});
	snprintf(table, sizeof table,
		"PROTO  STATE        LOCAL  PEER%s\nu_str  ESTABLISHED  *      *%s%.*s\n",
		count ? "  PROCESS" : "", count ? "     " : "", pad, cell);
	expect(&m, &e, 1, table);
	made_machine_end(&m);
}

START_TEST(processes_are_three_or_two_and_how_many_more)
{
	expect_processes(0, "");
	expect_processes(1, "nginx[812] fd 6");
	expect_processes(3, "nginx[812] fd 6, [813] fd 6, nginx[814] fd 6");
	expect_processes(4, "nginx[812] fd 6, [813] fd 6 and 2 more");
	expect_processes(9, "nginx[812] fd 6, [813] fd 6 and 7 more");
}
END_TEST

START_TEST(unit_stands_before_the_process)
{
	struct socket_entry e = made_unix(SOCK_STREAM, SOCKET_LISTEN, "/x", 2);
	struct made_machine m;

	start(&m);
	e.inode = 101;
	e.hides_queues = true;
	made_process(&m, 812, "a\033[m", 6, 101);
	made_unit(&m, 812, "/system.slice/ssh.service");
	made_machine_own(&m, (uint64_t[]){101, 0});
	expect(&m, &e, 1,
		"PROTO  STATE   LOCAL  PEER  UNIT         PROCESS\n"
		"u_str  LISTEN  /x     *     ssh.service  a\\x1b[m[812] fd 6\n");
	made_machine_end(&m);
}
END_TEST

/* ---- --extended */

static const struct tcp_facts facts = {
	.rtt = 42 * NSEC_PER_MSEC,
	.cwnd = 10,
	.retransmits = 6,
	.bytes_sent = 1000,
	.bytes_received = 1002,
	.pacing_rate = 1250000,
	.congestion = "cubic",
};

static struct socket_entry brief(const struct tcp_facts *tcp)
{
	struct socket_entry e = made_inet(SOCKET_TCP, SOCKET_CLOSING, "::1", 1, "::1", 2);

	e.hides_queues = true;
	e.tcp = tcp;
	return e;
}

START_TEST(facts_of_tcp_are_shown_with_extended_only)
{
	struct socket_entry e = brief(&facts);
	struct made_machine m;

	start(&m);
	expect(&m, &e, 1, "PROTO  STATE    LOCAL    PEER\ntcp    CLOSING  [::1]:1  [::1]:2\n");
	m.options.extended = true;
	expect(&m, &e, 1,
		"PROTO  STATE    LOCAL    PEER           RTT  CWND  RETRANS  SENT  RECEIVED     "
		"PACING  CC\n"
		"tcp    CLOSING  [::1]:1  [::1]:2  42.000 ms    10        6  1000      1002  "
		"10 Mbit/s  cubic\n");
	made_machine_end(&m);
}
END_TEST

static void expect_pacing(uint64_t rate, const char *text)
{
	struct tcp_facts some = facts;
	struct socket_entry e = brief(&some);
	struct capture *c = capture_open(OUTPUT_TABLE, COLOR_NEVER);
	struct row_writer *w;
	struct made_machine m;

	some.pacing_rate = rate;
	start(&m);
	m.options.extended = true;
	m.ownership = ownership_new(&m.options, false);
	w = row_writer_new(c->out, m.ownership, &m.options, &m.places);
	row_writer_put(w, &e, &(struct socket_note){0});
	ck_assert_int_eq(output_end(c->out, 0), 0);
	row_writer_free(w);
	ck_assert_msg(strstr(capture_text(c), text), "no %s in %s", text, c->text);
	capture_free(c);
	made_machine_end(&m);
}

START_TEST(pacing_is_in_the_unit_of_links)
{
	expect_pacing(0, " 0 bit/s  cubic");
	expect_pacing(124, " 992 bit/s  cubic");
	expect_pacing(125, " 1 kbit/s  cubic");
	expect_pacing(1543750, " 12.3 Mbit/s  cubic");
	expect_pacing(125000000, " 1 Gbit/s  cubic");
	expect_pacing(UINT64_C(125000000000000), " 1e+03 Tbit/s  cubic");
	expect_pacing(UINT64_MAX, " RECEIVED  CC\n");
}
END_TEST

START_TEST(timer_and_drops_are_shown_with_extended_only)
{
	struct socket_entry e = brief(NULL);
	struct made_machine m;

	start(&m);
	e.timer = SOCKET_TIMER_RETRANSMIT;
	e.timer_ms = 1260;
	e.drops = 5;
	expect(&m, &e, 1, "PROTO  STATE    LOCAL    PEER\ntcp    CLOSING  [::1]:1  [::1]:2\n");
	m.options.extended = true;
	expect(&m, &e, 1,
		"PROTO  STATE    LOCAL    PEER     TIMER             DROPS\n"
		"tcp    CLOSING  [::1]:1  [::1]:2  retransmit 1.3 s      5\n");
	e.drops = 0;
	e.retransmits = 1;
	expect(&m, &e, 1,
		"PROTO  STATE    LOCAL    PEER     TIMER\n"
		"tcp    CLOSING  [::1]:1  [::1]:2  retransmit 1.3 s, 1 retry\n");
	e.retransmits = 2;
	expect(&m, &e, 1,
		"PROTO  STATE    LOCAL    PEER     TIMER\n"
		"tcp    CLOSING  [::1]:1  [::1]:2  retransmit 1.3 s, 2 retries\n");
	made_machine_end(&m);
}
END_TEST

/* ---- what stands beside the socket */

START_TEST(namespace_is_named_where_one_was_asked_for)
{
	struct socket_entry e = brief(NULL);
	struct made_machine m;

	start(&m);
	m.options.netns = "all";
	e.netns = 1;
	expect(&m, &e, 1,
		"NETNS  PROTO  STATE    LOCAL    PEER\n"
		"blue   tcp    CLOSING  [::1]:1  [::1]:2\n");
	made_machine_end(&m);
}
END_TEST

START_TEST(row_with_findings_is_tinted)
{
	struct socket_note note = {.explains = true, .finding_count = 1};
	struct socket_entry e = brief(NULL);
	struct made_machine m;

	start(&m);
	expect_noted(&m, &e, 1, &note, COLOR_ALWAYS,
		"PROTO  STATE    LOCAL    PEER\n"
		"\033[33mtcp    CLOSING  [::1]:1  [::1]:2\033[0m\n");
	note.finding_count = 0;
	expect_noted(&m, &e, 1, &note, COLOR_ALWAYS,
		"PROTO  STATE    LOCAL    PEER\ntcp    CLOSING  [::1]:1  [::1]:2\n");
	made_machine_end(&m);
}
END_TEST

/* Rows that come later have room: the first one decides how wide columns are. */
START_TEST(change_has_its_time_and_the_states_before_and_after)
{
	enum change_kind change = CHANGE_STATE;
	struct socket_note note = {
		.change = &change, .was = SOCKET_SYN_SENT, .at = 1500 * NSEC_PER_MSEC};
	struct socket_entry e = connection();
	struct made_machine m;

	start(&m);
	m.options.watch = 1;
	expect_noted(&m, &e, 1, &note, COLOR_NEVER,
		"TIME          EVENT    PROTO  STATE                      LOCAL                  "
		"PEER                   USER\n"
		"00:00:01.500  changed  tcp    SYN_SENT -> ESTABLISHED    10.0.0.1:22            "
		"192.0.2.1:65534        4242\n");
	change = CHANGE_CLOSED;
	note.was = 0;
	e.state = SOCKET_LISTEN;
	expect_noted(&m, &e, 1, &note, COLOR_NEVER,
		"TIME          EVENT    PROTO  STATE                      LOCAL                  "
		"PEER                   USER\n"
		"00:00:01.500  closed   tcp    LISTEN                     10.0.0.1:22            "
		"192.0.2.1:65534        4242\n");
	made_machine_end(&m);
}
END_TEST

START_TEST(change_of_what_has_no_connections_is_one_to_unconn)
{
	enum change_kind change = CHANGE_STATE;
	struct socket_note note = {.change = &change, .was = SOCKET_ESTABLISHED};
	struct socket_entry e = made_unix(SOCK_DGRAM, SOCKET_CLOSE, NULL, 0);
	struct made_machine m;

	start(&m);
	expect_noted(&m, &e, 1, &note, COLOR_NEVER,
		"TIME          EVENT    PROTO  STATE                  LOCAL  PEER\n"
		"00:00:00.000  changed  u_dgr  ESTABLISHED -> UNCONN  *      *\n");
	made_machine_end(&m);
}
END_TEST

UNIT_MAIN("cmd/sockets_row", row_has_state_queues_ends_and_user,
	row_names_services_and_users_unless_numbers_are_wanted, rows_have_their_own_users,
	rows_of_unix_sockets_have_name_and_the_other_ends_inode,
	queues_that_are_not_told_are_not_shown, listener_has_its_backlog_where_it_is_known,
	processes_are_three_or_two_and_how_many_more, unit_stands_before_the_process,
	facts_of_tcp_are_shown_with_extended_only, pacing_is_in_the_unit_of_links,
	timer_and_drops_are_shown_with_extended_only, namespace_is_named_where_one_was_asked_for,
	row_with_findings_is_tinted, change_has_its_time_and_the_states_before_and_after,
	change_of_what_has_no_connections_is_one_to_unconn)
