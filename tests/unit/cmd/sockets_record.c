/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/sockets_record.h"

#include "sockets_made.h"

#include "netprobe/procfs/findings.h"

static void start(struct made_machine *m)
{
	made_machine_start(m);
	m->options.common.numeric = true;
}

/* What one socket makes, with the `end` record after it. */
static struct capture *written(
	struct made_machine *m, const struct socket_entry *e, const struct socket_note *note)
{
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);
	struct record_writer *w;

	if (!m->ownership)
		m->ownership = ownership_new(&m->options, false);
	w = record_writer_new(c->out, m->ownership, &m->options, &m->places);
	record_writer_put(w, e, note ? note : &(struct socket_note){0});
	ck_assert_int_eq(output_end(c->out, 0), 0);
	capture_text(c);
	record_writer_free(w);
	return c;
}

/* The whole line, at the end of the test. */
static void expect(struct made_machine *m, const struct socket_entry *e, const char *line)
{
	struct capture *c = written(m, e, NULL);

	*strchr(c->text, '\n') = '\0';
	ck_assert_str_eq(c->text, line);
	capture_free(c);
	made_machine_end(m);
}

/* A field or two, wherever they stand. */
static void expect_part(struct made_machine *m, const struct socket_entry *e,
	const struct socket_note *note, const char *part)
{
	struct capture *c = written(m, e, note);

	ck_assert_msg(strstr(c->text, part), "no %s in %s", part, c->text);
	capture_free(c);
}

static struct socket_entry connection(void)
{
	struct socket_entry e =
		made_inet(SOCKET_TCP, SOCKET_ESTABLISHED, "10.0.0.1", 22, "192.0.2.1", 65534);

	e.recv_q = 3;
	e.send_q = 4;
	e.uid = 4242;
	e.inode = 101;
	return e;
}

START_TEST(record_has_every_field_that_always_is_there)
{
	struct socket_entry e = connection();
	struct made_machine m;

	start(&m);
	expect(&m, &e,
		"{\"type\":\"socket\",\"proto\":\"tcp\",\"family\":4,\"state\":\"ESTABLISHED\","
		"\"local\":{\"addr\":\"10.0.0.1\",\"port\":22},"
		"\"peer\":{\"addr\":\"192.0.2.1\",\"port\":65534},\"recv_q\":3,\"send_q\":4,"
		"\"uid\":4242,\"user\":null,\"inode\":101,\"process\":null,\"unit\":null,"
		"\"timer\":null}");
}
END_TEST

START_TEST(record_says_null_for_what_a_socket_has_not)
{
	struct socket_entry e = made_inet(SOCKET_TCP, SOCKET_TIME_WAIT, "::", 0, "::", 0);
	struct made_machine m;

	start(&m);
	expect(&m, &e,
		"{\"type\":\"socket\",\"proto\":\"tcp\",\"family\":6,\"state\":\"TIME_WAIT\","
		"\"local\":{\"addr\":\"::\",\"port\":null},\"peer\":null,\"recv_q\":0,"
		"\"send_q\":0,\"uid\":null,\"user\":null,\"inode\":null,\"process\":null,"
		"\"unit\":null,\"timer\":null}");
}
END_TEST

START_TEST(record_keeps_the_states_name_whatever_tables_call_it)
{
	struct socket_entry e = made_inet(SOCKET_UDP, SOCKET_CLOSE, "::", 53, "::", 0);
	struct made_machine m;

	start(&m);
	expect_part(&m, &e, NULL, "\"proto\":\"udp\",\"family\":6,\"state\":\"CLOSE\"");
	made_machine_end(&m);
}
END_TEST

START_TEST(record_of_a_unix_socket_has_its_name_and_type)
{
	struct socket_entry e = made_unix(SOCK_SEQPACKET, SOCKET_ESTABLISHED, "\0a\0\n", 4);
	struct made_machine m;

	e.inode = 7;
	e.peer_inode = 8;
	e.hides_queues = true;
	start(&m);
	expect(&m, &e,
		"{\"type\":\"socket\",\"proto\":\"unix\",\"family\":null,"
		"\"state\":\"ESTABLISHED\",\"local\":{\"addr\":\"@a\\\\x00\\\\n\",\"port\":null},"
		"\"peer\":null,\"recv_q\":null,\"send_q\":null,\"uid\":null,\"user\":null,"
		"\"inode\":7,\"process\":null,\"unit\":null,\"timer\":null,"
		"\"unix_type\":\"seqpacket\",\"peer_inode\":8}");
}
END_TEST

START_TEST(record_of_a_unix_socket_without_a_name_has_no_end)
{
	struct socket_entry e = made_unix(0, SOCKET_CLOSE, NULL, 0);
	struct made_machine m;

	start(&m);
	expect(&m, &e,
		"{\"type\":\"socket\",\"proto\":\"unix\",\"family\":null,\"state\":\"CLOSE\","
		"\"local\":null,\"peer\":null,\"recv_q\":0,\"send_q\":0,\"uid\":null,"
		"\"user\":null,\"inode\":null,\"process\":null,\"unit\":null,\"timer\":null}");
}
END_TEST

START_TEST(record_of_a_raw_socket_has_a_protocol_and_no_port)
{
	struct socket_entry e = made_inet(SOCKET_RAW, SOCKET_CLOSE, "0.0.0.0", 89, "0.0.0.0", 0);
	struct made_machine m;

	start(&m);
	e.inode = 9;
	expect(&m, &e,
		"{\"type\":\"socket\",\"proto\":\"raw\",\"family\":4,\"state\":\"CLOSE\","
		"\"local\":{\"addr\":\"0.0.0.0\",\"port\":null},\"peer\":null,\"recv_q\":0,"
		"\"send_q\":0,\"uid\":0,\"user\":null,\"inode\":9,\"process\":null,"
		"\"unit\":null,\"timer\":null,\"protocol\":89}");
}
END_TEST

START_TEST(record_names_services_and_users_unless_numbers_are_wanted)
{
	struct socket_entry e = connection();
	struct made_machine m;

	made_machine_start(&m);
	e.uid = 0;
	expect_part(&m, &e, NULL,
		"\"local\":{\"addr\":\"10.0.0.1\",\"port\":22,\"service\":\"ssh\"},"
		"\"peer\":{\"addr\":\"192.0.2.1\",\"port\":65534}");
	expect_part(&m, &e, NULL, "\"uid\":0,\"user\":\"root\"");
	m.options.common.numeric = true;
	expect_part(&m, &e, NULL, "\"port\":22},");
	expect_part(&m, &e, NULL, "\"uid\":0,\"user\":null");
	made_machine_end(&m);
}
END_TEST

START_TEST(send_queue_of_a_listener_is_null_where_it_is_not_known)
{
	struct socket_entry e = made_inet(SOCKET_TCP, SOCKET_LISTEN, "::", 22, "::", 0);
	struct made_machine m;

	start(&m);
	e.recv_q = 2;
	expect_part(&m, &e, NULL, "\"recv_q\":2,\"send_q\":null");
	e.knows_backlog = true;
	e.send_q = 128;
	expect_part(&m, &e, NULL, "\"recv_q\":2,\"send_q\":128");
	made_machine_end(&m);
}
END_TEST

START_TEST(record_has_what_it_is_told_beyond)
{
	struct socket_entry e = made_inet(SOCKET_UDP, SOCKET_CLOSE, "::", 53, "::", 0);
	struct made_machine m;

	start(&m);
	e.interface = 7;
	e.knows_v6only = e.knows_drops = true;
	e.cookie = UINT64_MAX;
	expect_part(&m, &e, NULL,
		"\"interface\":\"eth0\",\"v6only\":false,\"drops\":0,"
		"\"cookie\":18446744073709551615}");
	e.v6only = true;
	e.drops = 5;
	e.interface = 9;
	expect_part(&m, &e, NULL, "\"interface\":\"9\",\"v6only\":true,\"drops\":5,");
	made_machine_end(&m);
}
END_TEST

/* What a socket is bound to has a field of its own; a zone is part of the address. */
START_TEST(address_has_its_zone_and_not_what_the_socket_is_bound_to)
{
	struct socket_entry e = made_inet(SOCKET_UDP, SOCKET_CLOSE, "10.0.0.1", 53, "0.0.0.0", 0);
	struct made_machine m;

	start(&m);
	e.interface = 7;
	expect_part(&m, &e, NULL, "\"local\":{\"addr\":\"10.0.0.1\",\"port\":53}");
	e = made_inet(SOCKET_UDP, SOCKET_ESTABLISHED, "fe80::1", 53, "fe80::2", 54);
	e.local.scope = e.peer.scope = 1;
	expect_part(&m, &e, NULL,
		"\"local\":{\"addr\":\"fe80::1%lo\",\"port\":53},"
		"\"peer\":{\"addr\":\"fe80::2%lo\",\"port\":54}");
	made_machine_end(&m);
}
END_TEST

START_TEST(timer_has_its_kind_its_time_and_what_was_sent_again)
{
	struct socket_entry e = connection();
	struct made_machine m;

	start(&m);
	e.timer = SOCKET_TIMER_RETRANSMIT;
	e.timer_ms = 1250;
	e.retransmits = 3;
	expect_part(&m, &e, NULL,
		"\"timer\":{\"kind\":\"retransmit\",\"expires_ms\":1250,\"retransmits\":3}");
	made_machine_end(&m);
}
END_TEST

/* ---- TCP */

static const struct tcp_facts facts = {
	.rtt = 42500,
	.rttvar = 7000,
	.min_rtt = 40000,
	.rto = 204 * NSEC_PER_MSEC,
	.last_sent = 1 * NSEC_PER_MSEC,
	.last_received = 2 * NSEC_PER_MSEC,
	.last_ack = 3 * NSEC_PER_MSEC,
	.cwnd = 10,
	.ssthresh = 7,
	.mss = 1448,
	.unacked = 4,
	.lost = 5,
	.retransmits = 6,
	.bytes_sent = 1000,
	.bytes_acked = 1001,
	.bytes_received = 1002,
	.bytes_retransmitted = 1003,
	.pacing_rate = 1004,
	.delivery_rate = 1005,
	.busy = 8 * NSEC_PER_MSEC,
	.rwnd_limited = 9 * NSEC_PER_MSEC,
	.sndbuf_limited = 10 * NSEC_PER_MSEC,
	.congestion = "cubic",
};

START_TEST(facts_of_tcp_are_told_with_extended_only)
{
	struct socket_entry e = connection();
	struct made_machine m;

	start(&m);
	e.tcp = &facts;
	m.options.extended = true;
	expect_part(&m, &e, NULL,
		"\"tcp\":{\"rtt_ms\":0.043,\"rttvar_ms\":0.007,\"min_rtt_ms\":0.04,"
		"\"rto_ms\":204,\"cwnd\":10,\"ssthresh\":7,\"mss\":1448,\"unacked\":4,"
		"\"lost\":5,\"retransmits\":6,\"bytes_sent\":1000,\"bytes_acked\":1001,"
		"\"bytes_received\":1002,\"bytes_retransmitted\":1003,\"pacing_rate\":1004,"
		"\"delivery_rate\":1005,\"busy_ms\":8,\"rwnd_limited_ms\":9,"
		"\"sndbuf_limited_ms\":10,\"last_sent_ms\":1,\"last_received_ms\":2,"
		"\"last_ack_ms\":3,\"congestion\":\"cubic\"}");
	m.options.extended = false;
	expect_part(&m, &e, NULL, "\"timer\":null}\n");
	made_machine_end(&m);
}
END_TEST

START_TEST(facts_that_are_not_known_are_null)
{
	struct tcp_facts some = facts;
	struct socket_entry e = connection();
	struct made_machine m;

	start(&m);
	some.min_rtt = 0;
	some.pacing_rate = UINT64_MAX;
	some.delivery_rate = 0;
	some.congestion[0] = '\0';
	e.tcp = &some;
	m.options.extended = true;
	expect_part(&m, &e, NULL, "\"min_rtt_ms\":null,");
	expect_part(&m, &e, NULL, "\"pacing_rate\":null,\"delivery_rate\":null,");
	expect_part(&m, &e, NULL, "\"congestion\":null}");
	made_machine_end(&m);
}
END_TEST

/* ---- processes */

START_TEST(processes_are_a_list_of_records)
{
	struct socket_entry e = connection();
	struct made_machine m;

	start(&m);
	made_process(&m, 812, "ng\"inx", 6, 101);
	made_process(&m, 813, NULL, 7, 101);
	made_unit(&m, 812, "/system.slice/nginx.service");
	made_machine_own(&m, (uint64_t[]){101, 0});
	expect(&m, &e,
		"{\"type\":\"socket\",\"proto\":\"tcp\",\"family\":4,\"state\":\"ESTABLISHED\","
		"\"local\":{\"addr\":\"10.0.0.1\",\"port\":22},"
		"\"peer\":{\"addr\":\"192.0.2.1\",\"port\":65534},\"recv_q\":3,\"send_q\":4,"
		"\"uid\":4242,\"user\":null,\"inode\":101,"
		"\"process\":[{\"pid\":812,\"comm\":\"ng\\\"inx\",\"fd\":6},"
		"{\"pid\":813,\"comm\":null,\"fd\":7}],"
		"\"unit\":\"nginx.service\",\"timer\":null}");
}
END_TEST

START_TEST(processes_are_an_empty_list_where_all_were_looked_at)
{
	struct socket_entry e = connection();
	struct made_machine m;

	start(&m);
	made_machine_own(&m, (uint64_t[]){101, 0});
	expect_part(&m, &e, NULL, "\"process\":[],");
	made_machine_end(&m);
}
END_TEST

START_TEST(processes_are_null_where_some_are_not_seen)
{
	struct socket_entry e = connection();
	struct made_machine m;

	start(&m);
	made_machine_own(&m, (uint64_t[]){101, 0});
	ownership_reset(m.ownership);
	expect_part(&m, &e, NULL, "\"process\":null,");
	made_machine_end(&m);
}
END_TEST

START_TEST(cgroup_is_told_with_extended_only)
{
	struct socket_entry e = connection();
	struct made_machine m;

	start(&m);
	e.cgroup = made_cgroup(&m, "/system.slice/ssh.service");
	expect_part(&m, &e, NULL, "\"unit\":\"ssh.service\",\"timer\":null}\n");
	m.options.extended = true;
	expect_part(&m, &e, NULL, "\"timer\":null,\"cgroup\":\"/system.slice/ssh.service\"}\n");
	made_machine_end(&m);
}
END_TEST

/* ---- what stands beside the socket */

START_TEST(namespace_is_named_where_one_was_asked_for)
{
	struct socket_entry e = connection();
	struct made_machine m;

	start(&m);
	m.options.netns = "all";
	expect_part(&m, &e, NULL, "\"timer\":null,\"netns\":\"\"}");
	e.netns = 1;
	expect_part(&m, &e, NULL, "\"timer\":null,\"netns\":\"blue\"}");
	made_machine_end(&m);
}
END_TEST

START_TEST(explained_socket_has_its_states_meaning_and_its_findings)
{
	static const char *const ids[] = {"close-wait-stays", "unread-data"};
	struct socket_note note = {.explains = true, .findings = ids, .finding_count = 2};
	struct socket_entry e = connection();
	struct made_machine m;
	char part[256];

	start(&m);
	snprintf(part, sizeof part,
		"\"meaning\":\"%s\",\"findings\":[\"close-wait-stays\",\"unread-data\"]}",
		state_meaning(SOCKET_TCP, SOCKET_ESTABLISHED));
	expect_part(&m, &e, &note, part);
	note.finding_count = 0;
	expect_part(&m, &e, &note, "\",\"findings\":[]}");
	/* it was not judged */
	note.findings = NULL;
	snprintf(part, sizeof part, "\"meaning\":\"%s\"}",
		state_meaning(SOCKET_TCP, SOCKET_ESTABLISHED));
	expect_part(&m, &e, &note, part);
	made_machine_end(&m);
}
END_TEST

START_TEST(change_has_its_event_the_state_before_and_its_time)
{
	enum change_kind change = CHANGE_STATE;
	struct socket_note note = {
		.change = &change, .was = SOCKET_SYN_SENT, .at = 1500 * NSEC_PER_MSEC};
	struct socket_entry e = connection();
	struct made_machine m;

	start(&m);
	expect_part(&m, &e, &note,
		"\"event\":\"changed\",\"was\":\"SYN_SENT\","
		"\"at\":\"1970-01-01T00:00:01.500000Z\"}");
	change = CHANGE_OPENED;
	note.was = 0;
	expect_part(&m, &e, &note, "\"event\":\"opened\",\"at\":\"1970-01-01T00:00:01.500000Z\"}");
	made_machine_end(&m);
}
END_TEST

/* What the writer keeps from one record for the next shows in none of them. */
START_TEST(record_has_nothing_of_the_one_before)
{
	struct socket_entry first = connection(), second = connection();
	struct capture *c = capture_open(OUTPUT_JSON, COLOR_NEVER);
	struct record_writer *w;
	struct made_machine m;
	char *line, *third;

	start(&m);
	m.options.extended = true;
	made_process(&m, 812, "nginx", 6, 101);
	made_process(&m, 813, "nginx", 6, 101);
	second.inode = 0;
	second.state = SOCKET_TIME_WAIT;
	first.tcp = &facts;
	first.interface = 7;
	first.timer = SOCKET_TIMER_KEEPALIVE;
	made_machine_own(&m, (uint64_t[]){101, 0});
	w = record_writer_new(c->out, m.ownership, &m.options, &m.places);
	record_writer_put(w, &first, &(struct socket_note){0});
	record_writer_put(w, &second, &(struct socket_note){0});
	record_writer_put(w, &first, &(struct socket_note){0});
	output_flush(c->out);
	line = strchr(capture_text(c), '\n') + 1;
	third = strchr(line, '\n') + 1;
	ck_assert_uint_eq(strlen(third), (size_t)(line - c->text));
	ck_assert_int_eq(strncmp(c->text, third, strlen(third)), 0);
	third[-1] = '\0';
	ck_assert_str_eq(line,
		"{\"type\":\"socket\",\"proto\":\"tcp\",\"family\":4,\"state\":\"TIME_WAIT\","
		"\"local\":{\"addr\":\"10.0.0.1\",\"port\":22},"
		"\"peer\":{\"addr\":\"192.0.2.1\",\"port\":65534},\"recv_q\":3,\"send_q\":4,"
		"\"uid\":null,\"user\":null,\"inode\":null,\"process\":[],\"unit\":null,"
		"\"timer\":null}");
	ck_assert_int_eq(output_end(c->out, 0), 0);
	record_writer_free(w);
	capture_free(c);
	made_machine_end(&m);
}
END_TEST

UNIT_MAIN("cmd/sockets_record", record_has_every_field_that_always_is_there,
	record_says_null_for_what_a_socket_has_not,
	record_keeps_the_states_name_whatever_tables_call_it,
	record_of_a_unix_socket_has_its_name_and_type,
	record_of_a_unix_socket_without_a_name_has_no_end,
	record_of_a_raw_socket_has_a_protocol_and_no_port,
	record_names_services_and_users_unless_numbers_are_wanted,
	send_queue_of_a_listener_is_null_where_it_is_not_known, record_has_what_it_is_told_beyond,
	address_has_its_zone_and_not_what_the_socket_is_bound_to,
	timer_has_its_kind_its_time_and_what_was_sent_again,
	facts_of_tcp_are_told_with_extended_only, facts_that_are_not_known_are_null,
	processes_are_a_list_of_records, processes_are_an_empty_list_where_all_were_looked_at,
	processes_are_null_where_some_are_not_seen, cgroup_is_told_with_extended_only,
	namespace_is_named_where_one_was_asked_for,
	explained_socket_has_its_states_meaning_and_its_findings,
	change_has_its_event_the_state_before_and_its_time, record_has_nothing_of_the_one_before)
