/* SPDX-License-Identifier: MIT */
#include "netprobe/procfs/findings.h"

#include "../unit.h"

#include "netprobe/base/mem.h"

/* ---- a machine, made up: inodes from 1000 on are nginx's, from 2000 on redis's, others nobody's
 */

enum { NOBODY = 1, NGINX = 1000, REDIS = 2000 };

static struct {
	struct socket_list list;
	struct findings_context context;
	struct findings found;
} the;

static const char *owner(void *user, const struct socket_entry *e)
{
	(void)user;
	if (e->inode >= REDIS)
		return "redis[7]";
	return e->inode >= NGINX ? "nginx[812]" : NULL;
}

static void begin(void)
{
	the.context = (struct findings_context){
		.first_port = 32768,
		.last_port = 60999,
		.unprivileged_port = 1024,
		.owner = owner,
	};
}

static struct addr end(const char *text)
{
	const char *colon = strrchr(text, ':');
	struct addr a;

	ck_assert_int_eq(addr_parse(text, (size_t)(colon - text), &a), 0);
	a.port = (uint16_t)strtoul(colon + 1, NULL, 10);
	return a;
}

static struct socket_entry tcp(
	enum socket_state state, const char *local, const char *peer, uint64_t inode)
{
	struct socket_entry e = {
		.proto = SOCKET_TCP,
		.state = (uint8_t)state,
		.local = end(local),
		.peer = end(peer),
		.inode = inode,
	};

	e.family = e.local.family;
	return e;
}

static struct socket_entry listener(const char *local, uint64_t inode)
{
	return tcp(SOCKET_LISTEN, local, strchr(local, '[') ? "[::]:0" : "0.0.0.0:0", inode);
}

static struct socket_entry udp(const char *local, uint64_t inode)
{
	struct socket_entry e = listener(local, inode);

	e.proto = SOCKET_UDP;
	e.state = SOCKET_CLOSE;
	return e;
}

static void add(struct socket_entry e)
{
	socket_list_add(&the.list, &e);
}

/* With what TCP_INFO knows: the last thing came so many seconds ago. */
static void add_silent(struct socket_entry e, int seconds)
{
	struct tcp_facts facts = {
		.last_received = (seconds + 5) * NSEC_PER_SEC, .last_ack = seconds * NSEC_PER_SEC};

	e.tcp = &facts;
	add(e);
}

static size_t look(void)
{
	findings_release(&the.found);
	findings_look(&the.list, &the.context, &the.found);
	return the.found.count;
}

static const struct finding *only(enum finding_kind kind)
{
	const struct finding *found = NULL;

	look();
	for (size_t i = 0; i < the.found.count; i++) {
		if (the.found.items[i].kind != kind)
			continue;
		ck_assert_ptr_null(found);
		found = &the.found.items[i];
	}
	ck_assert_ptr_nonnull(found);
	return found;
}

static void finish(void)
{
	findings_release(&the.found);
	socket_list_release(&the.list);
}

/* What is found, and what to do, word for word; `about` sockets. */
static void expect(enum finding_kind kind, enum finding_severity severity, size_t about,
	const char *summary, const char *next)
{
	const struct finding *f = only(kind);

	ck_assert_str_eq(f->summary, summary);
	ck_assert_str_eq(f->next, next);
	ck_assert_int_eq(f->severity, severity);
	ck_assert_uint_eq(f->count, about);
	ck_assert_uint_eq(f->first, f->sockets[0]);
	for (size_t i = 1; i < f->count; i++)
		ck_assert_uint_lt(f->sockets[i - 1], f->sockets[i]);
	finish();
}

static void expect_nothing(void)
{
	if (look())
		ck_abort_msg("%s", the.found.items[0].summary);
	finish();
}

/* ---- what states mean */

START_TEST(states_mean_something_in_each_protocol)
{
	for (int proto = 0; proto < SOCKET_PROTOS; proto++)
		for (int state = 0; state <= SOCKET_STATES; state++)
			ck_assert_uint_gt(strlen(state_meaning(proto, state)), 0);
	for (int state = SOCKET_ESTABLISHED; state < SOCKET_STATES; state++)
		ck_assert_str_ne(state_meaning(SOCKET_TCP, state),
			"a state that this protocol is not known to have");
	ck_assert_str_eq(state_meaning(SOCKET_TCP, SOCKET_CLOSE_WAIT),
		"the peer has closed, the program here has not");
	ck_assert_str_eq(state_meaning(SOCKET_UDP, SOCKET_CLOSE),
		"not connected: takes datagrams from everybody");
	ck_assert_str_eq(state_meaning(SOCKET_UDP, SOCKET_LISTEN),
		"a state that this protocol is not known to have");
	ck_assert_str_eq(state_meaning(SOCKET_UNIX, SOCKET_LISTEN),
		"waits for connections from this machine");
}
END_TEST

START_TEST(kinds_have_ids_of_their_own)
{
	for (int a = 0; a < FINDING_KINDS; a++)
		for (int b = 0; b < a; b++)
			ck_assert_str_ne(finding_id(a), finding_id(b));
	ck_assert_str_eq(finding_id(FINDING_CLOSE_WAIT), "close-wait-stays");
}
END_TEST

START_TEST(spans_are_rounded_down_to_one_unit)
{
	static const struct {
		int seconds;
		const char *words;
	} spans[] = {{599, " 599 s:"}, {600, " 10 min:"}, {7199, " 119 min:"}, {7200, " 2 h:"},
		{172799, " 47 h:"}, {172800, " 2 days:"}};

	begin();
	for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
		add_silent(tcp(SOCKET_CLOSE_WAIT, "10.0.0.1:80", "10.0.0.2:40000", NGINX),
			spans[i].seconds);
		ck_assert_ptr_nonnull(strstr(only(FINDING_CLOSE_WAIT)->summary, spans[i].words));
	}
	finish();
}
END_TEST

/* ---- a machine without fault */

START_TEST(nothing_is_found_where_there_is_nothing)
{
	begin();
	expect_nothing();
}
END_TEST

START_TEST(a_healthy_machine_has_no_findings)
{
	struct socket_entry web = listener("[::]:80", NGINX);

	begin();
	web.knows_backlog = web.knows_v6only = true;
	web.send_q = 511;
	web.recv_q = 3;
	add(web);
	add(listener("127.0.0.1:5432", NGINX + 1));
	add(listener("[::1]:5432", NGINX + 2));
	add(tcp(SOCKET_ESTABLISHED, "[::ffff:10.0.0.1]:80", "[::ffff:10.0.0.9]:40000", NGINX + 3));
	add(tcp(SOCKET_TIME_WAIT, "10.0.0.1:40000", "10.0.0.2:443", 0));
	add(tcp(SOCKET_SYN_SENT, "10.0.0.1:40001", "10.0.0.2:443", REDIS));
	add(udp("0.0.0.0:5353", REDIS + 1));
	expect_nothing();
}
END_TEST

/* ---- CLOSE_WAIT */

static struct socket_entry close_wait(uint64_t inode)
{
	return tcp(SOCKET_CLOSE_WAIT, "10.0.0.1:80", "10.0.0.2:40000", inode);
}

START_TEST(close_wait_is_told_of_after_a_minute)
{
	begin();
	add_silent(close_wait(NGINX), 59);
	expect_nothing();
	add_silent(close_wait(NGINX), 60);
	expect(FINDING_CLOSE_WAIT, FINDING_WARNING, 1,
		"1 connection in CLOSE_WAIT for at least 60 s: its peer has closed, nginx[812] has "
		"not",
		"see why nginx[812] does not close it: only that ends the state");
}
END_TEST

START_TEST(close_wait_says_the_longest_of_several)
{
	begin();
	add_silent(close_wait(NGINX), 63);
	add_silent(close_wait(NGINX), 3);
	add_silent(close_wait(NGINX), 3700);
	expect(FINDING_CLOSE_WAIT, FINDING_WARNING, 2,
		"2 connections in CLOSE_WAIT, the longest for at least 61 min: their peers have "
		"closed, "
		"nginx[812] has not",
		"see why nginx[812] does not close them: only that ends the state");
}
END_TEST

START_TEST(close_wait_does_not_count_the_end_as_data)
{
	struct socket_entry e = close_wait(NGINX);

	begin();
	e.recv_q = 1;
	add_silent(e, 61);
	ck_assert_ptr_null(strstr(only(FINDING_CLOSE_WAIT)->summary, "unread"));
	e.recv_q = 4;
	add_silent(e, 61);
	expect(FINDING_CLOSE_WAIT, FINDING_WARNING, 2,
		"2 connections in CLOSE_WAIT, the longest for at least 61 s: their peers have "
		"closed, "
		"nginx[812] has not; 3 bytes are unread",
		"see why nginx[812] does not read them to the end and close them");
}
END_TEST

START_TEST(close_wait_of_unknown_age_is_a_note)
{
	begin();
	add(close_wait(NOBODY));
	expect(FINDING_CLOSE_WAIT, FINDING_NOTE, 1,
		"1 connection in CLOSE_WAIT, for how long is not known from here: its peer has "
		"closed, "
		"the program has not",
		"see why the program does not close it: only that ends the state");
}
END_TEST

START_TEST(close_wait_a_hundred_times_is_bad)
{
	begin();
	for (int i = 0; i < 99; i++)
		add_silent(close_wait(NGINX), 100);
	add_silent(close_wait(REDIS), 100);
	ck_assert_uint_eq(look(), 2);
	ck_assert_int_eq(the.found.items[0].severity, FINDING_WARNING);
	add_silent(close_wait(NGINX), 100);
	ck_assert_uint_eq(look(), 2);
	ck_assert_int_eq(the.found.items[0].severity, FINDING_BAD);
	ck_assert_str_eq(the.found.items[0].group, "nginx[812]");
	ck_assert_uint_eq(the.found.items[0].count, 100);
	ck_assert_int_eq(the.found.items[1].severity, FINDING_WARNING);
	finish();
}
END_TEST

START_TEST(close_wait_a_hundred_times_of_unknown_age_is_a_warning)
{
	begin();
	for (int i = 0; i < 100; i++)
		add(close_wait(NGINX));
	ck_assert_int_eq(only(FINDING_CLOSE_WAIT)->severity, FINDING_WARNING);
	finish();
}
END_TEST

START_TEST(close_wait_without_a_file_was_never_accepted)
{
	begin();
	add_silent(close_wait(0), 70);
	add_silent(close_wait(0), 80);
	expect(FINDING_CLOSE_WAIT, FINDING_WARNING, 2,
		"2 connections in CLOSE_WAIT, the longest for at least 80 s: their peers have "
		"closed, "
		"and no program has accepted them",
		"see why the program that listens at 10.0.0.1:80 does not accept them");
}
END_TEST

START_TEST(close_wait_that_was_never_accepted_is_the_listeners)
{
	begin();
	add(listener("0.0.0.0:81", REDIS));
	add(listener("0.0.0.0:80", NGINX));
	add_silent(close_wait(0), 70);
	ck_assert_str_eq(only(FINDING_CLOSE_WAIT)->group, "nginx[812]");
	expect(FINDING_CLOSE_WAIT, FINDING_WARNING, 1,
		"1 connection in CLOSE_WAIT for at least 70 s: its peer has closed, and no program "
		"has accepted it",
		"see why nginx[812], which listens at 0.0.0.0:80, does not accept it");
}
END_TEST

START_TEST(unknown_programs_of_two_users_are_told_apart)
{
	struct socket_entry e = close_wait(NOBODY);

	begin();
	add(e);
	e.uid = 1000;
	add(e);
	ck_assert_uint_eq(look(), 2);
	ck_assert_ptr_null(the.found.items[0].group);
	finish();
}
END_TEST

/* ---- SYN_SENT */

static struct socket_entry syn_sent(const char *peer, unsigned retransmits)
{
	struct socket_entry e = tcp(SOCKET_SYN_SENT, "10.0.0.1:40000", peer, REDIS);

	e.timer = SOCKET_TIMER_RETRANSMIT;
	e.retransmits = (uint8_t)retransmits;
	return e;
}

START_TEST(syn_sent_is_told_of_after_the_first_retransmission)
{
	begin();
	add(syn_sent("10.0.0.9:80", 0));
	expect_nothing();
	add(syn_sent("10.0.0.9:80", 1));
	expect(FINDING_SYN_SENT, FINDING_NOTE, 1,
		"1 connection in SYN_SENT: 10.0.0.9:80 has not answered for at least 1 s "
		"(1 retransmission)",
		"see whether the address is right and what drops the packets: "
		"netprobe scan -p 80 10.0.0.9");
}
END_TEST

START_TEST(syn_sent_is_a_warning_after_the_second)
{
	begin();
	add(syn_sent("[2001:db8::9]:80", 2));
	add(syn_sent("[2001:db8::9]:80", 1));
	expect(FINDING_SYN_SENT, FINDING_WARNING, 2,
		"2 connections in SYN_SENT: [2001:db8::9]:80 has not answered for at least 3 s "
		"(2 retransmissions)",
		"see whether the address is right and what drops the packets: "
		"netprobe scan -p 80 2001:db8::9");
}
END_TEST

START_TEST(syn_sent_to_several_peers_says_the_longest)
{
	begin();
	add(syn_sent("10.0.0.9:80", 3));
	add(syn_sent("10.0.0.8:80", 1));
	ck_assert_str_eq(only(FINDING_SYN_SENT)->summary,
		"2 connections in SYN_SENT: their peers have not answered, the longest for at "
		"least 7 s "
		"(3 retransmissions)");
	finish();
}
END_TEST

/* As seen on Linux 6.18 with tcp_syn_linear_timeouts = 4: the 5th after 5 s, the 7th after 11 s. */
START_TEST(syn_sent_knows_of_linear_timeouts)
{
	begin();
	the.context.syn_linear_timeouts = 4;
	add(syn_sent("10.0.0.9:80", 5));
	ck_assert_ptr_nonnull(strstr(only(FINDING_SYN_SENT)->summary, "at least 5 s"));
	add(syn_sent("10.0.0.9:80", 7));
	ck_assert_ptr_nonnull(strstr(only(FINDING_SYN_SENT)->summary, "at least 11 s"));
	the.context.syn_linear_timeouts = 0;
	ck_assert_ptr_nonnull(strstr(only(FINDING_SYN_SENT)->summary, "at least 127 s"));
	finish();
}
END_TEST

/* ---- the accept queue */

static struct socket_entry queue(uint32_t waiting, uint32_t backlog)
{
	struct socket_entry e = listener("10.0.0.1:80", NGINX);

	e.knows_backlog = true;
	e.recv_q = waiting;
	e.send_q = backlog;
	return e;
}

START_TEST(accept_queue_fills_from_three_quarters_on)
{
	begin();
	add(queue(95, 128));
	expect_nothing();
	add(queue(96, 128));
	expect(FINDING_ACCEPT_QUEUE, FINDING_WARNING, 1,
		"the accept queue of 10.0.0.1:80 fills: 96 connections wait at a backlog of 128",
		"see why nginx[812] does not accept sooner; a longer queue takes a larger backlog "
		"in "
		"listen() and net.core.somaxconn");
	add(queue(128, 128));
	ck_assert_int_eq(only(FINDING_ACCEPT_QUEUE)->severity, FINDING_WARNING);
	finish();
}
END_TEST

START_TEST(accept_queue_is_full_with_one_more_than_the_backlog)
{
	begin();
	the.context.listen_overflows = 42;
	add(queue(129, 128));
	expect(FINDING_ACCEPT_QUEUE, FINDING_BAD, 1,
		"the accept queue of 10.0.0.1:80 is full: 129 connections wait at a backlog of "
		"128, new "
		"ones are dropped (dropped at full queues here so far, ListenOverflows: 42)",
		"see why nginx[812] does not accept sooner; a longer queue takes a larger backlog "
		"in "
		"listen() and net.core.somaxconn");
}
END_TEST

START_TEST(accept_queue_without_any_backlog_is_empty_or_full)
{
	begin();
	add(queue(0, 0));
	expect_nothing();
	add(queue(1, 0));
	ck_assert_ptr_nonnull(strstr(only(FINDING_ACCEPT_QUEUE)->summary,
		"is full: 1 connection waits at a backlog of 0"));
	finish();
}
END_TEST

START_TEST(accept_queues_at_one_place_are_one_finding_about_the_fullest)
{
	begin();
	add(queue(96, 128));
	add(queue(1, 128));
	add(queue(129, 128));
	ck_assert_str_eq(only(FINDING_ACCEPT_QUEUE)->summary,
		"the fullest accept queue of 2 sockets at 10.0.0.1:80 is full: 129 connections "
		"wait at "
		"a backlog of 128, new ones are dropped");
	ck_assert_uint_eq(the.found.items[0].sockets[1], 2);
	finish();
}
END_TEST

START_TEST(accept_queue_of_unknown_length_is_a_note)
{
	struct socket_entry e = queue(1, 0);

	begin();
	e.knows_backlog = false;
	add(e);
	expect(FINDING_ACCEPT_QUEUE, FINDING_NOTE, 1,
		"1 connection waits to be accepted at 10.0.0.1:80; how many may is not known from "
		"here",
		"see why nginx[812] does not accept, if this stays");
}
END_TEST

START_TEST(accept_queue_of_a_unix_socket_drops_nothing)
{
	struct socket_entry e = {.proto = SOCKET_UNIX,
		.state = SOCKET_LISTEN,
		.knows_backlog = true,
		.recv_q = 6,
		.send_q = 5,
		.path = "\0bus",
		.path_len = 4};

	begin();
	the.context.listen_overflows = 42;
	add(e);
	e.path = "\0bur";
	add(e);
	ck_assert_uint_eq(look(), 2);
	ck_assert_str_eq(the.found.items[0].summary,
		"the accept queue of @bus is full: 6 connections wait at a backlog of 5");
	ck_assert_str_eq(the.found.items[1].summary,
		"the accept queue of @bur is full: 6 connections wait at a backlog of 5");
	finish();
}
END_TEST

/* ---- TIME_WAIT */

/* A range of a hundred ports, of which so many are taken towards the peer. */
static void take_ports(enum socket_state state, unsigned first, unsigned count, const char *peer)
{
	struct socket_entry e = tcp(state, "10.0.0.1:0", peer, 0);

	the.context.first_port = 40000;
	the.context.last_port = 40099;
	for (unsigned i = 0; i < count; i++) {
		e.local.port = (uint16_t)(first + i);
		add(e);
	}
}

START_TEST(time_wait_is_told_of_from_three_quarters_of_the_ports_on)
{
	begin();
	take_ports(SOCKET_TIME_WAIT, 40000, 74, "10.0.0.2:80");
	expect_nothing();
	take_ports(SOCKET_TIME_WAIT, 40000, 74, "10.0.0.2:80");
	take_ports(SOCKET_ESTABLISHED, 40074, 1, "10.0.0.2:80");
	expect(FINDING_TIME_WAIT, FINDING_WARNING, 75,
		"75 of 100 local ports (75 %) from 10.0.0.1 to 10.0.0.2:80 are taken, 74 of them "
		"by "
		"TIME_WAIT",
		"keep connections open and use them again; net.ipv4.tcp_tw_reuse lets connect() "
		"take "
		"such ports after a second (2, the default: on loopback only), "
		"net.ipv4.ip_local_port_range has more of them");
}
END_TEST

START_TEST(time_wait_is_bad_near_the_end_of_the_range)
{
	begin();
	take_ports(SOCKET_TIME_WAIT, 40000, 94, "10.0.0.2:80");
	ck_assert_int_eq(only(FINDING_TIME_WAIT)->severity, FINDING_WARNING);
	take_ports(SOCKET_TIME_WAIT, 40094, 1, "10.0.0.2:80");
	ck_assert_int_eq(only(FINDING_TIME_WAIT)->severity, FINDING_BAD);
	finish();
}
END_TEST

START_TEST(time_wait_counts_each_peer_and_its_port_alone)
{
	begin();
	take_ports(SOCKET_TIME_WAIT, 40000, 50, "10.0.0.2:80");
	take_ports(SOCKET_TIME_WAIT, 40050, 50, "10.0.0.2:81");
	take_ports(SOCKET_TIME_WAIT, 40050, 50, "10.0.0.3:80");
	expect_nothing();
}
END_TEST

START_TEST(time_wait_counts_mapped_addresses_as_ipv4)
{
	begin();
	take_ports(SOCKET_TIME_WAIT, 40000, 50, "10.0.0.2:80");
	for (unsigned port = 40050; port < 40075; port++) {
		struct socket_entry e =
			tcp(SOCKET_TIME_WAIT, "[::ffff:10.0.0.1]:0", "[::ffff:10.0.0.2]:80", 0);

		e.local.port = (uint16_t)port;
		add(e);
	}
	ck_assert_uint_eq(only(FINDING_TIME_WAIT)->count, 75);
	finish();
}
END_TEST

START_TEST(time_wait_counts_a_port_once_and_only_those_in_the_range)
{
	begin();
	take_ports(SOCKET_TIME_WAIT, 40000, 50, "10.0.0.2:80");
	take_ports(SOCKET_TIME_WAIT, 40000, 50, "10.0.0.2:80");
	take_ports(SOCKET_TIME_WAIT, 39900, 100, "10.0.0.2:80");
	take_ports(SOCKET_TIME_WAIT, 40100, 100, "10.0.0.2:80");
	expect_nothing();
}
END_TEST

START_TEST(time_wait_towards_two_peers_is_two_findings)
{
	begin();
	take_ports(SOCKET_TIME_WAIT, 40000, 80, "10.0.0.2:80");
	take_ports(SOCKET_TIME_WAIT, 40000, 96, "10.0.0.3:80");
	ck_assert_uint_eq(look(), 2);
	ck_assert_int_eq(the.found.items[0].severity, FINDING_BAD);
	ck_assert_uint_eq(the.found.items[0].first, 80);
	ck_assert_int_eq(the.found.items[1].severity, FINDING_WARNING);
	finish();
}
END_TEST

START_TEST(time_wait_of_a_server_takes_no_ports)
{
	begin();
	the.context.first_port = the.context.last_port = 40000;
	add(listener("10.0.0.1:40000", NGINX));
	add(tcp(SOCKET_TIME_WAIT, "10.0.0.1:40000", "10.0.0.2:50000", 0));
	expect_nothing();
}
END_TEST

START_TEST(ports_that_live_connections_take_are_told_of_too)
{
	begin();
	take_ports(SOCKET_ESTABLISHED, 40000, 80, "10.0.0.2:80");
	expect(FINDING_TIME_WAIT, FINDING_WARNING, 80,
		"80 of 100 local ports (80 %) from 10.0.0.1 to 10.0.0.2:80 are taken, 0 of them by "
		"TIME_WAIT",
		"open fewer connections at a time to this peer, or widen "
		"net.ipv4.ip_local_port_range");
}
END_TEST

/* ---- FIN_WAIT2 */

static struct socket_entry fin_wait2(uint64_t inode)
{
	return tcp(SOCKET_FIN_WAIT2, "10.0.0.1:80", "10.0.0.2:40000", inode);
}

START_TEST(fin_wait2_is_told_of_when_no_program_holds_it)
{
	begin();
	add(fin_wait2(NGINX));
	expect_nothing();
	add(fin_wait2(0));
	expect(FINDING_FIN_WAIT2, FINDING_NOTE, 1,
		"1 connection in FIN_WAIT2 that no program holds any more: 10.0.0.2:40000 has not "
		"closed its side",
		"wait: the kernel drops it after net.ipv4.tcp_fin_timeout (60 s by default)");
}
END_TEST

START_TEST(fin_wait2_a_hundred_times_is_a_warning)
{
	struct socket_entry e = fin_wait2(0);

	begin();
	for (int i = 0; i < 99; i++) {
		e.peer.port++;
		add(e);
	}
	ck_assert_int_eq(only(FINDING_FIN_WAIT2)->severity, FINDING_NOTE);
	e.peer.port++;
	add(e);
	expect(FINDING_FIN_WAIT2, FINDING_WARNING, 100,
		"100 connections in FIN_WAIT2 that no program holds any more: their peers have not "
		"closed their side",
		"wait: the kernel drops them after net.ipv4.tcp_fin_timeout (60 s by default); if "
		"more "
		"keep coming, see why the peer does not close");
}
END_TEST

/* ---- on every address */

/* Listens for both families, so that nothing is said about one of them. */
static void serve(const char *port)
{
	struct strbuf local = {0};

	strbuf_printf(&local, "0.0.0.0:%s", port);
	add(listener(local.text, REDIS));
	strbuf_reset(&local);
	strbuf_printf(&local, "[::1]:%s", port);
	add(listener(local.text, REDIS));
	strbuf_release(&local);
}

START_TEST(all_addresses_used_from_here_alone_is_a_note)
{
	begin();
	serve("8080");
	add(tcp(SOCKET_ESTABLISHED, "127.0.0.2:8080", "127.0.0.1:40000", REDIS));
	add(tcp(SOCKET_ESTABLISHED, "10.0.0.1:8080", "10.0.0.1:40000", REDIS));
	expect(FINDING_ALL_ADDRESSES, FINDING_NOTE, 1,
		"0.0.0.0:8080 takes what comes to any address, and is used from this machine only "
		"now "
		"(2 connections)",
		"127.0.0.1 would do if nobody else is to use it");
}
END_TEST

START_TEST(all_addresses_that_nobody_uses_are_not_told_of)
{
	begin();
	serve("8080");
	expect_nothing();
}
END_TEST

START_TEST(all_addresses_used_from_elsewhere_are_not_told_of)
{
	begin();
	serve("8080");
	add(tcp(SOCKET_ESTABLISHED, "127.0.0.1:8080", "127.0.0.1:40000", REDIS));
	add(tcp(SOCKET_ESTABLISHED, "10.0.0.1:8080", "10.0.0.2:40000", REDIS));
	expect_nothing();
}
END_TEST

START_TEST(all_addresses_just_used_from_elsewhere_are_not_told_of)
{
	begin();
	serve("8080");
	add(tcp(SOCKET_ESTABLISHED, "127.0.0.1:8080", "127.0.0.1:40000", REDIS));
	add(tcp(SOCKET_TIME_WAIT, "10.0.0.1:8080", "10.0.0.2:40000", 0));
	expect_nothing();
}
END_TEST

START_TEST(all_addresses_of_both_families_are_used_over_mapped_ones)
{
	begin();
	add(listener("[::]:8080", REDIS));
	add(tcp(SOCKET_ESTABLISHED, "[::ffff:127.0.0.1]:8080", "[::ffff:127.0.0.1]:40000", REDIS));
	expect(FINDING_ALL_ADDRESSES, FINDING_NOTE, 1,
		"[::]:8080 takes what comes to any address, and is used from this machine only now "
		"(1 connection)",
		"a loopback address (127.0.0.1, ::1) would do if nobody else is to use it");
}
END_TEST

START_TEST(all_addresses_for_datagrams_are_judged_alike)
{
	struct socket_entry e = udp("127.0.0.1:514", NGINX);

	begin();
	add(udp("0.0.0.0:514", NGINX));
	e.state = SOCKET_ESTABLISHED;
	e.peer = end("127.0.0.1:40000");
	add(e);
	ck_assert_int_eq(only(FINDING_ALL_ADDRESSES)->severity, FINDING_NOTE);
	finish();
}
END_TEST

START_TEST(all_addresses_for_a_service_of_the_machine_are_a_warning)
{
	begin();
	serve("6379");
	expect(FINDING_ALL_ADDRESSES, FINDING_WARNING, 1,
		"0.0.0.0:6379 takes what comes to any address; this port is usually Redis, usually "
		"meant for the machine alone or a trusted network (no password unless one was "
		"set); "
		"no connection now",
		"let redis[7] listen on a loopback address (127.0.0.1, ::1) if nobody else is to "
		"use "
		"it, or a firewall choose who may");
}
END_TEST

START_TEST(all_addresses_say_who_uses_a_service_of_the_machine)
{
	begin();
	serve("6379");
	add(tcp(SOCKET_ESTABLISHED, "127.0.0.1:6379", "127.0.0.1:40000", REDIS));
	ck_assert_ptr_nonnull(strstr(only(FINDING_ALL_ADDRESSES)->summary,
		"; its only connection now comes from this machine"));
	add(tcp(SOCKET_ESTABLISHED, "127.0.0.1:6379", "127.0.0.1:40001", REDIS));
	ck_assert_ptr_nonnull(strstr(only(FINDING_ALL_ADDRESSES)->summary,
		"; all 2 connections now come from this machine"));
	add(tcp(SOCKET_ESTABLISHED, "10.0.0.1:6379", "10.0.0.2:40001", REDIS));
	ck_assert_ptr_nonnull(strstr(only(FINDING_ALL_ADDRESSES)->summary,
		"; 1 of 3 connections now comes from other machines"));
	finish();
}
END_TEST

START_TEST(a_service_of_the_machine_on_loopback_is_fine)
{
	begin();
	add(listener("127.0.0.1:6379", REDIS));
	add(udp("0.0.0.0:6379", REDIS));
	expect_nothing();
	add(udp("0.0.0.0:11211", REDIS));
	ck_assert_int_eq(only(FINDING_ALL_ADDRESSES)->severity, FINDING_WARNING);
	finish();
}
END_TEST

/* ---- one family alone */

static struct socket_entry ipv6_listener(const char *local, bool known, bool v6only)
{
	struct socket_entry e = listener(local, NGINX);

	e.knows_v6only = known;
	e.v6only = v6only;
	return e;
}

START_TEST(ipv4_only_is_a_note)
{
	begin();
	add(listener("0.0.0.0:80", NGINX));
	expect(FINDING_IPV4_ONLY, FINDING_NOTE, 1,
		"0.0.0.0:80 takes IPv4 only: nothing listens for IPv6 on port 80",
		"let nginx[812] listen on [::]:80, too, if clients may come over IPv6");
}
END_TEST

START_TEST(ipv4_only_is_not_said_of_one_address)
{
	begin();
	add(listener("10.0.0.1:80", NGINX));
	add(udp("0.0.0.0:53", NGINX));
	expect_nothing();
}
END_TEST

START_TEST(ipv4_and_any_ipv6_socket_are_both_families)
{
	begin();
	add(listener("0.0.0.0:80", NGINX));
	add(listener("[2001:db8::1]:80", NGINX));
	expect_nothing();
	add(listener("0.0.0.0:80", NGINX));
	add(ipv6_listener("[::]:80", true, true));
	expect_nothing();
}
END_TEST

START_TEST(ipv4_in_an_ipv6_socket_is_no_ipv6)
{
	begin();
	add(listener("0.0.0.0:80", NGINX));
	add(listener("[::ffff:10.0.0.1]:80", REDIS));
	ck_assert_str_eq(only(FINDING_IPV4_ONLY)->group, "nginx[812]");
	finish();
}
END_TEST

START_TEST(ipv6_only_is_a_warning)
{
	begin();
	add(ipv6_listener("[::]:80", true, true));
	expect(FINDING_IPV6_ONLY, FINDING_WARNING, 1,
		"[::]:80 takes IPv6 only (IPV6_V6ONLY): nothing listens for IPv4 on port 80",
		"let nginx[812] listen on 0.0.0.0:80, too, or do without IPV6_V6ONLY "
		"(net.ipv6.bindv6only)");
}
END_TEST

START_TEST(ipv6_that_takes_ipv4_or_may_is_not_told_of)
{
	begin();
	add(ipv6_listener("[::]:80", true, false));
	add(ipv6_listener("[::]:81", false, false));
	add(ipv6_listener("[::]:82", false, true));
	expect_nothing();
}
END_TEST

START_TEST(sockets_that_share_a_place_are_one_finding)
{
	begin();
	add(listener("0.0.0.0:80", NGINX));
	add(listener("0.0.0.0:81", NGINX));
	add(listener("0.0.0.0:80", NGINX + 1));
	ck_assert_uint_eq(look(), 2);
	ck_assert_uint_eq(the.found.items[0].count, 2);
	ck_assert_uint_eq(the.found.items[0].sockets[1], 2);
	ck_assert_uint_eq(the.found.items[1].count, 1);
	finish();
}
END_TEST

/* ---- a low port */

static struct socket_entry held_by(struct socket_entry e, uint32_t uid)
{
	e.uid = uid;
	return e;
}

START_TEST(low_port_of_an_ordinary_user_is_a_note)
{
	begin();
	add(held_by(udp("10.0.0.1:53", NGINX), 991));
	expect(FINDING_LOW_PORT, FINDING_NOTE, 1,
		"10.0.0.1:53, a port below 1024, is held by the ordinary user with uid 991; it can "
		"have "
		"come by CAP_NET_BIND_SERVICE, by a socket that systemd or another program handed "
		"over, "
		"or by root's rights given up since",
		"nothing, if that is meant; else look at the unit of nginx[812] and at getcap of "
		"its "
		"file");
}
END_TEST

START_TEST(low_port_that_everybody_may_take_says_so)
{
	begin();
	the.context.unprivileged_port = 80;
	add(held_by(listener("10.0.0.1:80", NGINX), 1000));
	expect(FINDING_LOW_PORT, FINDING_NOTE, 1,
		"10.0.0.1:80, a port below 1024, is held by the ordinary user with uid 1000; "
		"everybody "
		"may take ports from 80 on (net.ipv4.ip_unprivileged_port_start)",
		"nothing, if that is meant; sysctl -w net.ipv4.ip_unprivileged_port_start=1024 "
		"ends it");
	the.context.unprivileged_port = 81;
	add(held_by(listener("10.0.0.1:80", NGINX), 1000));
	ck_assert_ptr_nonnull(strstr(only(FINDING_LOW_PORT)->summary, "CAP_NET_BIND_SERVICE"));
	finish();
}
END_TEST

START_TEST(low_port_of_root_or_a_high_one_is_not_told_of)
{
	begin();
	add(held_by(listener("10.0.0.1:80", NGINX), 0));
	add(held_by(listener("10.0.0.1:1024", NGINX), 1000));
	add(held_by(udp("10.0.0.1:0", NGINX), 1000));
	expect_nothing();
	add(held_by(listener("10.0.0.1:1023", NGINX), 1000));
	ck_assert_uint_eq(look(), 1);
	finish();
}
END_TEST

START_TEST(low_port_of_an_accepted_connection_is_its_listeners)
{
	begin();
	add(held_by(tcp(SOCKET_ESTABLISHED, "10.0.0.1:22", "10.0.0.2:40000", NGINX), 1000));
	expect_nothing();
}
END_TEST

START_TEST(low_port_of_both_protocols_is_two_findings)
{
	begin();
	add(held_by(listener("10.0.0.1:53", NGINX), 991));
	add(held_by(udp("10.0.0.1:53", NGINX), 991));
	ck_assert_uint_eq(look(), 2);
	finish();
}
END_TEST

/* ---- data that stays where it is */

static struct socket_entry established(uint32_t recv_q, uint32_t send_q)
{
	struct socket_entry e = tcp(SOCKET_ESTABLISHED, "10.0.0.1:40000", "10.0.0.2:80", NGINX);

	e.recv_q = recv_q;
	e.send_q = send_q;
	return e;
}

START_TEST(stuck_is_what_is_sent_a_fourth_time)
{
	struct socket_entry e = established(0, 1000);

	begin();
	e.timer = SOCKET_TIMER_RETRANSMIT;
	e.retransmits = 2;
	add(e);
	expect_nothing();
	e.retransmits = 3;
	add(e);
	expect(FINDING_STUCK, FINDING_WARNING, 1,
		"1000 bytes sent on 1 connection to 10.0.0.2:80 are not acknowledged after "
		"3 retransmissions",
		"see whether the peer is still there and what drops the packets on the way");
}
END_TEST

START_TEST(stuck_says_how_long_the_peer_is_silent)
{
	struct socket_entry e = established(0, 1);

	begin();
	e.timer = SOCKET_TIMER_RETRANSMIT;
	e.retransmits = 6;
	add_silent(e, 26);
	ck_assert_str_eq(only(FINDING_STUCK)->summary,
		"1 byte sent on 1 connection to 10.0.0.2:80 is not acknowledged after "
		"6 retransmissions, its peer has been silent for 26 s");
	e.peer.port = 81;
	add_silent(e, 12);
	ck_assert_str_eq(only(FINDING_STUCK)->summary,
		"2 bytes sent on 2 connections are not acknowledged after up to 6 retransmissions, "
		"the "
		"longest silence is 26 s");
	finish();
}
END_TEST

START_TEST(stuck_is_what_a_shut_window_holds_up)
{
	struct socket_entry e = established(0, 0);

	begin();
	e.timer = SOCKET_TIMER_PROBE;
	add(e);
	expect_nothing();
	e.send_q = 65536;
	add(e);
	add(e);
	expect(FINDING_STUCK, FINDING_WARNING, 2,
		"131072 bytes wait on 2 connections to 10.0.0.2:80: the receive window of their "
		"peers "
		"is shut",
		"see why the program at the other end does not read");
}
END_TEST

START_TEST(stuck_tells_silence_and_a_shut_window_apart)
{
	struct socket_entry e = established(0, 10);

	begin();
	e.timer = SOCKET_TIMER_PROBE;
	add(e);
	e.timer = SOCKET_TIMER_RETRANSMIT;
	e.retransmits = 3;
	add(e);
	ck_assert_uint_eq(look(), 2);
	finish();
}
END_TEST

START_TEST(unread_data_is_a_note_from_64_kib_on)
{
	begin();
	add(established(65535, 0));
	expect_nothing();
	add(established(65536, 0));
	expect(FINDING_UNREAD, FINDING_NOTE, 1,
		"65536 bytes on 1 connection wait for nginx[812] to read them",
		"see what nginx[812] does instead of reading: it may hang, or be slower than its "
		"peer");
}
END_TEST

START_TEST(unread_data_is_a_warning_after_ten_seconds)
{
	begin();
	add_silent(established(65536, 0), 4); /* the last data 5 s before that */
	ck_assert_int_eq(only(FINDING_UNREAD)->severity, FINDING_NOTE);
	add_silent(established(65536, 0), 5);
	expect(FINDING_UNREAD, FINDING_WARNING, 2,
		"131072 bytes on 2 connections wait for nginx[812] to read them, the "
		"longest-waiting "
		"came 10 s ago",
		"see what nginx[812] does instead of reading: it may hang, or be slower than its "
		"peer");
}
END_TEST

static struct socket_entry unaccepted(const char *local)
{
	struct socket_entry e = tcp(SOCKET_ESTABLISHED, local,
		strchr(local, '[') ? "[::ffff:10.0.0.9]:5000" : "10.0.0.9:5000", 0);

	e.recv_q = 65536;
	return e;
}

START_TEST(unread_data_of_what_was_not_accepted_waits_for_the_listener)
{
	begin();
	add(unaccepted("10.0.0.1:80"));
	add(listener("0.0.0.0:80", NGINX));
	add_silent(unaccepted("10.0.0.2:80"), 5);
	ck_assert_str_eq(only(FINDING_UNREAD)->group, "nginx[812]");
	expect(FINDING_UNREAD, FINDING_WARNING, 2,
		"131072 bytes on 2 connections wait for nginx[812] to accept them at 0.0.0.0:80, "
		"the longest-waiting came 10 s ago",
		"see what nginx[812] does instead of accepting: it may hang, or be slower than its "
		"peer");
}
END_TEST

START_TEST(unread_data_waits_for_the_nearest_listener)
{
	static const struct {
		const char *local, *group, *at;
	} cases[] = {
		{"10.0.0.1:80", "redis[7]", " at 10.0.0.1:80"},
		{"10.0.0.2:80", "nginx[812]", " at 0.0.0.0:80"},
		{"[::ffff:10.0.0.2]:80", "redis[7]", " at [::]:80"},
		{"[::ffff:10.0.0.1]:80", "redis[7]", " at 10.0.0.1:80"},
		{"10.0.0.1:81", NULL, " at 10.0.0.1:81"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin();
		add(listener("0.0.0.0:80", NGINX));
		add(listener("10.0.0.1:80", REDIS));
		add(listener("[::]:80", REDIS + 1));
		add(unaccepted(cases[i].local));
		if (cases[i].group)
			ck_assert_str_eq(only(FINDING_UNREAD)->group, cases[i].group);
		else
			ck_assert_ptr_null(only(FINDING_UNREAD)->group);
		ck_assert_ptr_nonnull(strstr(only(FINDING_UNREAD)->summary, cases[i].at));
		finish();
	}
}
END_TEST

START_TEST(drops_of_datagrams_are_a_warning)
{
	struct socket_entry e = udp("10.0.0.1:514", NGINX);

	begin();
	e.knows_drops = true;
	add(e);
	expect_nothing();
	e.drops = 1;
	add(e);
	expect(FINDING_DROPS, FINDING_WARNING, 1,
		"1 datagram dropped at 10.0.0.1:514 since it was opened: the receive buffer was "
		"full, "
		"or they were damaged",
		"let nginx[812] read faster, or give it more room (SO_RCVBUF, net.core.rmem_max)");
}
END_TEST

START_TEST(drops_are_summed_for_an_owner)
{
	struct socket_entry e = udp("10.0.0.1:514", NGINX);

	begin();
	e.knows_drops = true;
	e.drops = UINT32_MAX;
	add(e);
	e.local.port = 515;
	add(e);
	ck_assert_ptr_nonnull(strstr(only(FINDING_DROPS)->summary,
		"8589934590 datagrams dropped at 2 sockets since they were opened"));
	finish();
}
END_TEST

/* ---- all of them */

START_TEST(findings_come_worst_first_then_by_kind_then_by_socket)
{
	static const enum finding_kind order[] = {FINDING_ACCEPT_QUEUE, FINDING_CLOSE_WAIT,
		FINDING_DROPS, FINDING_IPV4_ONLY, FINDING_IPV4_ONLY};
	struct socket_entry e = udp("10.0.0.1:514", NGINX);

	begin();
	add(listener("0.0.0.0:81", NGINX));
	add(listener("0.0.0.0:80", NGINX));
	e.knows_drops = true;
	e.drops = 1;
	add(e);
	add_silent(close_wait(NGINX), 100);
	add(queue(129, 128));
	ck_assert_uint_eq(look(), ARRAY_SIZE(order));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		ck_assert_int_eq(the.found.items[i].kind, order[i]);
	ck_assert_uint_eq(the.found.items[3].first, 0);
	ck_assert_uint_eq(the.found.items[4].first, 1);
	finish();
}
END_TEST

START_TEST(states_that_nobody_knows_are_passed_over)
{
	begin();
	for (unsigned state = 0; state < 256; state += 51)
		add(tcp(state, "10.0.0.1:40000", "10.0.0.2:80", 0));
	add(tcp(12, "10.0.0.1:40000", "10.0.0.2:80", 0));
	expect_nothing();
}
END_TEST

enum { MANY = 60000 };

static nsec_t time_of_look(void)
{
	nsec_t best = NSEC_NEVER;

	for (int i = 0; i < 5; i++) {
		nsec_t start = clock_now();

		look();
		if (clock_now() - start < best)
			best = clock_now() - start;
	}
	return best;
}

/* Room for a sanitizer and a slow machine, and none for what is quadratic. */
static const nsec_t soon = 3 * NSEC_PER_SEC;

START_TEST(many_sockets_to_one_peer_are_judged_soon)
{
	begin();
	the.context.first_port = 1024;
	the.context.last_port = 65535;
	for (unsigned i = 0; i < MANY; i++) {
		struct socket_entry e = tcp(SOCKET_TIME_WAIT, "10.0.0.1:0", "10.0.0.2:80", 0);

		e.local.port = (uint16_t)(1024 + i);
		add(e);
	}
	ck_assert_int_lt(time_of_look(), soon);
	ck_assert_uint_eq(only(FINDING_TIME_WAIT)->count, MANY);
	finish();
}
END_TEST

START_TEST(many_sockets_to_a_peer_each_are_judged_soon)
{
	begin();
	for (unsigned i = 0; i < MANY; i++) {
		struct socket_entry e = tcp(SOCKET_TIME_WAIT, "10.0.0.1:40000", "10.0.0.2:80", 0);

		addr_set_number(&e.peer, addr_number(&e.peer) + i);
		add(e);
	}
	ck_assert_int_lt(time_of_look(), soon);
	ck_assert_uint_eq(look(), 0);
	finish();
}
END_TEST

START_TEST(many_findings_are_made_soon)
{
	begin();
	for (unsigned i = 1; i < MANY; i++) {
		struct socket_entry e = listener("10.0.0.1:0", NGINX);

		e.local.port = (uint16_t)i;
		e.recv_q = 1;
		add(e);
	}
	ck_assert_int_lt(time_of_look(), soon);
	ck_assert_uint_eq(look(), MANY - 1);
	finish();
}
END_TEST

UNIT_MAIN("procfs/findings", states_mean_something_in_each_protocol, kinds_have_ids_of_their_own,
	spans_are_rounded_down_to_one_unit, nothing_is_found_where_there_is_nothing,
	a_healthy_machine_has_no_findings, close_wait_is_told_of_after_a_minute,
	close_wait_says_the_longest_of_several, close_wait_does_not_count_the_end_as_data,
	close_wait_of_unknown_age_is_a_note, close_wait_a_hundred_times_is_bad,
	close_wait_a_hundred_times_of_unknown_age_is_a_warning,
	close_wait_without_a_file_was_never_accepted, unknown_programs_of_two_users_are_told_apart,
	syn_sent_is_told_of_after_the_first_retransmission, syn_sent_is_a_warning_after_the_second,
	syn_sent_to_several_peers_says_the_longest, syn_sent_knows_of_linear_timeouts,
	accept_queue_fills_from_three_quarters_on,
	accept_queue_is_full_with_one_more_than_the_backlog,
	accept_queue_without_any_backlog_is_empty_or_full,
	accept_queues_at_one_place_are_one_finding_about_the_fullest,
	accept_queue_of_unknown_length_is_a_note, accept_queue_of_a_unix_socket_drops_nothing,
	time_wait_is_told_of_from_three_quarters_of_the_ports_on,
	time_wait_is_bad_near_the_end_of_the_range, time_wait_counts_each_peer_and_its_port_alone,
	time_wait_counts_mapped_addresses_as_ipv4,
	time_wait_counts_a_port_once_and_only_those_in_the_range,
	time_wait_towards_two_peers_is_two_findings, time_wait_of_a_server_takes_no_ports,
	ports_that_live_connections_take_are_told_of_too,
	fin_wait2_is_told_of_when_no_program_holds_it, fin_wait2_a_hundred_times_is_a_warning,
	all_addresses_used_from_here_alone_is_a_note,
	all_addresses_that_nobody_uses_are_not_told_of,
	all_addresses_used_from_elsewhere_are_not_told_of,
	all_addresses_just_used_from_elsewhere_are_not_told_of,
	all_addresses_of_both_families_are_used_over_mapped_ones,
	all_addresses_for_datagrams_are_judged_alike,
	all_addresses_for_a_service_of_the_machine_are_a_warning,
	all_addresses_say_who_uses_a_service_of_the_machine,
	a_service_of_the_machine_on_loopback_is_fine, ipv4_only_is_a_note,
	ipv4_only_is_not_said_of_one_address, ipv4_and_any_ipv6_socket_are_both_families,
	ipv4_in_an_ipv6_socket_is_no_ipv6, ipv6_only_is_a_warning,
	ipv6_that_takes_ipv4_or_may_is_not_told_of, sockets_that_share_a_place_are_one_finding,
	low_port_of_an_ordinary_user_is_a_note, low_port_that_everybody_may_take_says_so,
	low_port_of_root_or_a_high_one_is_not_told_of,
	low_port_of_an_accepted_connection_is_its_listeners,
	low_port_of_both_protocols_is_two_findings, stuck_is_what_is_sent_a_fourth_time,
	stuck_says_how_long_the_peer_is_silent, stuck_is_what_a_shut_window_holds_up,
	stuck_tells_silence_and_a_shut_window_apart, unread_data_is_a_note_from_64_kib_on,
	unread_data_is_a_warning_after_ten_seconds,
	unread_data_of_what_was_not_accepted_waits_for_the_listener,
	unread_data_waits_for_the_nearest_listener,
	close_wait_that_was_never_accepted_is_the_listeners, drops_of_datagrams_are_a_warning,
	drops_are_summed_for_an_owner, findings_come_worst_first_then_by_kind_then_by_socket,
	states_that_nobody_knows_are_passed_over, many_sockets_to_one_peer_are_judged_soon,
	many_sockets_to_a_peer_each_are_judged_soon, many_findings_are_made_soon)
