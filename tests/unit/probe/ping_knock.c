/* SPDX-License-Identifier: MIT */
#include "../../../src/probe/ping_way.h"

#include "../unit.h"
#include "ping_world.h"

#include "netprobe/base/strbuf.h"
#include "netprobe/probe/probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SEC NSEC_PER_SEC

/* --- a probe that finds what it is told to
 * --------------------------------------------------------
 */

static struct {
	enum probe_event on_send, on_match;
	struct answer answer; /* that both give */
	int no_sockets;       /* prepare() fails so often */
	int no_socket_err;
	bool worn; /* a used socket cannot be used again */
	unsigned prepared, sent, matched, resets;
	int last_fd;                /* that was sent on */
	enum port_state last_state; /* that reset() was told of */
} kernel = {.on_send = PROBE_WAITING, .on_match = PROBE_ANSWERED, .no_socket_err = EMFILE};

static int fake_prepare(int family)
{
	(void)family;
	if (kernel.no_sockets > 0) {
		kernel.no_sockets--;
		return -kernel.no_socket_err;
	}
	kernel.prepared++;
	return eventfd(0, EFD_CLOEXEC);
}

static enum probe_event fake_send(int fd, const struct addr *to, struct answer *out)
{
	ck_assert_uint_eq(to->port, 80);
	ck_assert_int_eq(out->state, PORT_PENDING);
	ck_assert_int_eq(out->reason, REASON_NONE);
	kernel.sent++;
	kernel.last_fd = fd;
	if (kernel.on_send != PROBE_WAITING)
		*out = kernel.answer;
	return kernel.on_send;
}

static enum probe_event fake_match(int fd, const struct addr *to, struct answer *out)
{
	(void)fd;
	ck_assert_uint_eq(to->port, 80);
	kernel.matched++;
	if (kernel.on_match != PROBE_WAITING)
		*out = kernel.answer;
	return kernel.on_match;
}

static void fake_explain(int fd, struct answer *out)
{
	(void)fd;
	(void)out;
}

static int fake_reset(int fd, const struct answer *out)
{
	ck_assert_int_ge(fd, 0);
	kernel.resets++;
	kernel.last_state = out ? out->state : PORT_PENDING;
	return kernel.worn ? -ENOTSUP : 0;
}

static struct probe fake = {"tcp", IPPROTO_TCP, LOOP_OUT, fake_prepare, fake_send, fake_match,
	fake_explain, fake_reset};

/* --- a ping through it ---------------------------------------------------------------------------
 */

static struct {
	struct pinger *pinger;
	bool given;
	struct pinger_options options;
	struct strbuf said;
	struct ping_reply reply;
	struct ping_error error;
} the = {.options = {.interval = SEC, .preload = 1, .prompt = true}};

static void say(const char *what, uint64_t sequence)
{
	strbuf_printf(&the.said, "%s%s %u", the.said.len ? ", " : "", what, (unsigned)sequence);
}

static int on_next(void *user, struct pinger_target *out)
{
	(void)user;
	if (the.given)
		return 0;
	the.given = true;
	*out = (struct pinger_target){"target", {.family = 4, .port = 80, .ip = {192, 0, 2, 1}}};
	return 1;
}

static void on_reply(void *user, const struct ping_host *h, const struct ping_reply *r)
{
	(void)user;
	(void)h;
	the.reply = *r;
	say(r->duplicate ? "dup" : r->late ? "late" : "reply", r->sequence);
}

static void on_error(void *user, const struct ping_host *h, const struct ping_error *e)
{
	(void)user;
	(void)h;
	the.error = *e;
	say("error", e->sequence);
}

static void on_lost(void *user, const struct ping_host *h, uint64_t sequence, bool dropped_here)
{
	(void)user;
	(void)h;
	ck_assert(!dropped_here);
	say("lost", sequence);
}

static void on_outstanding(void *user, const struct ping_host *h, uint64_t sequence)
{
	(void)user;
	(void)h;
	(void)sequence;
}

static void on_done(void *user, struct ping_host *h)
{
	(void)user;
	(void)h;
}

static void on_over(void *user)
{
	(void)user;
	pinger_stop(the.pinger);
}

static void start(void)
{
	static const struct pinger_events events = {
		on_next, on_reply, on_error, on_lost, on_outstanding, on_done, on_over, NULL};

	the.pinger = pinger_new(NULL, ping_knock_new(NULL, &fake), &the.options, &events);
	world_turn();
}

static void run_for(nsec_t span)
{
	nsec_t until = world.now + span;

	while (!world.stopped && world.wanted <= until) {
		if (world.wanted > world.now)
			world.now = world.wanted;
		world_turn();
	}
	world.now = until;
}

static void ready(int fd)
{
	world.watches[fd]->ready(world.watches[fd], LOOP_OUT, world.now);
	if (!world.stopped)
		world_turn();
}

static void answer_with(enum port_state state, enum port_reason reason)
{
	kernel.answer = (struct answer){
		.state = state, .reason = reason, .from = {.family = 4, .ip = {192, 0, 2, 1}}};
}

static void expect(const char *said)
{
	ck_assert_str_eq(the.said.text ? the.said.text : "", said);
	strbuf_reset(&the.said);
}

static struct pinger_status status(void)
{
	struct pinger_status s;

	pinger_status(the.pinger, &s);
	return s;
}

static void end(void)
{
	pinger_free(the.pinger);
	strbuf_release(&the.said);
}

/* --- tests ---------------------------------------------------------------------------------------
 */

START_TEST(open_port_is_a_reply)
{
	start();
	world.now += 7 * MS;
	answer_with(PORT_OPEN, REASON_SYN_ACK);
	ready(kernel.last_fd);
	expect("reply 1");
	ck_assert_int_eq(the.reply.state, PORT_OPEN);
	ck_assert_int_eq(the.reply.ttl, -1);
	ck_assert_uint_eq(the.reply.bytes, 0);
	ck_assert_uint_eq(the.reply.from.ip[3], 1);
	ck_assert_int_eq(the.reply.trip.rtt, 7 * MS);
	ck_assert_int_eq(the.reply.trip.source, STAMPS_NONE);
	end();
}
END_TEST

START_TEST(closed_port_is_a_reply_too)
{
	start();
	answer_with(PORT_CLOSED, REASON_RST);
	ready(kernel.last_fd);
	expect("reply 1");
	ck_assert_int_eq(the.reply.state, PORT_CLOSED);
	end();
}
END_TEST

START_TEST(round_trip_is_the_kernels_where_it_measured)
{
	start();
	answer_with(PORT_OPEN, REASON_SYN_ACK);
	kernel.answer.rtt = 3 * MS;
	world.now += 7 * MS;
	ready(kernel.last_fd);
	ck_assert_int_eq(the.reply.trip.rtt, 3 * MS);
	ck_assert_int_eq(the.reply.trip.source, STAMPS_BOTH);
	ck_assert_int_eq(the.reply.trip.wait, -1);
	end();
}
END_TEST

START_TEST(round_trip_is_between_stamps_where_there_are_any)
{
	start();
	answer_with(PORT_OPEN, REASON_REPLY);
	kernel.answer.wire = clock_wall() + MS;
	kernel.answer.arrived = clock_wall() + 5 * MS;
	world.now += 7 * MS;
	ready(kernel.last_fd);
	ck_assert_int_eq(the.reply.trip.rtt, 4 * MS);
	ck_assert_int_eq(the.reply.trip.wait, MS);
	ck_assert_int_eq(the.reply.trip.wake, 2 * MS);
	end();
}
END_TEST

START_TEST(what_is_no_answer_of_the_port_is_an_error)
{
	start();
	world.now += 7 * MS;
	answer_with(PORT_FILTERED, REASON_ICMP);
	kernel.answer.icmp_type = 3;
	kernel.answer.icmp_code = 13;
	ready(kernel.last_fd);
	expect("error 1");
	ck_assert_int_eq(the.error.reason, REASON_ICMP);
	ck_assert_uint_eq(the.error.icmp_type, 3);
	ck_assert_uint_eq(the.error.icmp_code, 13);
	ck_assert_uint_eq(the.error.from.ip[3], 1);
	ck_assert_int_eq(the.error.elapsed, 7 * MS);
	end();
}
END_TEST

START_TEST(refusal_at_once_is_an_error_at_once)
{
	kernel.on_send = PROBE_ANSWERED;
	kernel.answer = (struct answer){
		.state = PORT_UNREACHABLE, .reason = REASON_NO_ROUTE, .err = ENETUNREACH};
	the.options.count = 1;
	start();
	expect("error 1");
	ck_assert_int_eq(the.error.reason, REASON_NO_ROUTE);
	ck_assert_int_eq(the.error.err, ENETUNREACH);
	ck_assert(world.stopped);
	end();
}
END_TEST

START_TEST(waiting_goes_on_while_nothing_has_come)
{
	start();
	kernel.on_match = PROBE_WAITING;
	ready(kernel.last_fd);
	ready(kernel.last_fd);
	expect("");
	ck_assert_uint_eq(kernel.matched, 2);
	end();
}
END_TEST

/* Whether it answers the first SYN or the second nobody knows. */
START_TEST(answer_after_a_second_syn_is_a_loss)
{
	start();
	answer_with(PORT_OPEN, REASON_SYN_ACK);
	kernel.answer.resent = true;
	ready(kernel.last_fd);
	expect("");
	ck_assert_uint_eq(kernel.resets, 1);
	run_for(1500 * MS);
	expect("lost 1");
	end();
}
END_TEST

START_TEST(suspicion_is_no_error)
{
	start();
	answer_with(PORT_PENDING, REASON_TIMEOUT);
	ready(kernel.last_fd);
	expect("");
	run_for(1500 * MS);
	expect("lost 1");
	end();
}
END_TEST

START_TEST(trouble_of_this_machine_is_told_as_local)
{
	start();
	kernel.on_match = PROBE_TROUBLE;
	kernel.answer = (struct answer){.err = EADDRINUSE};
	ready(kernel.last_fd);
	expect("error 1");
	ck_assert_int_eq(the.error.reason, REASON_LOCAL);
	ck_assert_int_eq(the.error.err, EADDRINUSE);
	end();
}
END_TEST

/* --- sockets -------------------------------------------------------------------------------------
 */

START_TEST(answered_socket_asks_again)
{
	start();
	answer_with(PORT_CLOSED, REASON_RST);
	for (unsigned i = 1; i <= 5; i++) {
		ready(kernel.last_fd);
		ck_assert_uint_eq(kernel.resets, i);
		ck_assert_int_eq(kernel.last_state, PORT_CLOSED);
		run_for(SEC);
	}
	ck_assert_uint_eq(kernel.prepared, 1);
	ck_assert_uint_eq(kernel.sent, 6);
	end();
}
END_TEST

START_TEST(worn_socket_is_replaced)
{
	start();
	kernel.worn = true;
	answer_with(PORT_CLOSED, REASON_RST);
	for (unsigned i = 1; i <= 5; i++) {
		int fd = kernel.last_fd;

		ready(fd);
		ck_assert_int_eq(close(fd), -1);
		run_for(SEC);
		ck_assert_uint_eq(kernel.prepared, i + 1);
	}
	expect("reply 1, reply 2, reply 3, reply 4, reply 5");
	end();
}
END_TEST

START_TEST(each_probe_on_its_way_has_a_socket)
{
	the.options.preload = 3;
	start();
	ck_assert_uint_eq(kernel.prepared, 3);
	answer_with(PORT_OPEN, REASON_SYN_ACK);
	ready(kernel.last_fd);
	expect("reply 3");
	ready(kernel.last_fd - 2);
	ready(kernel.last_fd - 1);
	expect("reply 1, reply 2");
	end();
}
END_TEST

START_TEST(silent_socket_is_taken_back_when_the_time_is_over)
{
	the.options.interval = 3 * SEC;
	start();
	run_for(1500 * MS);
	expect("lost 1");
	ck_assert_uint_eq(kernel.resets, 1);
	ck_assert_int_eq(kernel.last_state, PORT_PENDING);
	/* it may still report what it went through */
	answer_with(PORT_OPEN, REASON_SYN_ACK);
	ready(kernel.last_fd);
	expect("");
	ck_assert_uint_eq(kernel.matched, 0);
	run_for(2 * SEC);
	ck_assert_uint_eq(kernel.prepared, 1);
	ck_assert_uint_eq(kernel.sent, 2);
	end();
}
END_TEST

START_TEST(no_socket_to_be_had_is_no_room)
{
	kernel.no_sockets = 3;
	start();
	ck_assert_uint_eq(status().troubles, 1);
	run_for(10 * MS);
	ck_assert_uint_eq(status().troubles, 3);
	ck_assert_uint_eq(status().counts.sent, 1);
	answer_with(PORT_OPEN, REASON_SYN_ACK);
	ready(kernel.last_fd);
	expect("reply 1");
	end();
}
END_TEST

/* Without IPv6 on this machine, for example: that will not change in a moment. */
START_TEST(family_that_this_machine_lacks_ends_the_probe)
{
	kernel.no_sockets = 1;
	kernel.no_socket_err = EAFNOSUPPORT;
	start();
	expect("error 1");
	ck_assert_int_eq(the.error.reason, REASON_NO_ROUTE);
	ck_assert_int_eq(the.error.err, EAFNOSUPPORT);
	ck_assert_uint_eq(status().troubles, 0);
	end();
}
END_TEST

START_TEST(other_troubles_end_the_probe_as_local)
{
	kernel.on_send = PROBE_TROUBLE;
	kernel.answer = (struct answer){.err = EIO};
	start();
	expect("error 1");
	ck_assert_int_eq(the.error.reason, REASON_LOCAL);
	ck_assert_int_eq(the.error.err, EIO);
	/* its socket is not lost */
	kernel.on_send = PROBE_WAITING;
	run_for(SEC);
	ck_assert_uint_eq(kernel.prepared, 1);
	end();
}
END_TEST

START_TEST(no_local_address_and_no_way_ends_the_probe)
{
	world.no_way = true;
	kernel.on_send = PROBE_TROUBLE;
	kernel.answer = (struct answer){.err = EADDRNOTAVAIL};
	start();
	expect("error 1");
	ck_assert_int_eq(the.error.err, EADDRNOTAVAIL);
	ck_assert_uint_eq(status().troubles, 0);
	end();
}
END_TEST

START_TEST(no_local_port_to_be_had_is_no_room)
{
	kernel.on_send = PROBE_TROUBLE;
	kernel.answer = (struct answer){.err = EADDRNOTAVAIL};
	start();
	run_for(10 * MS);
	ck_assert_uint_gt(status().troubles, 5);
	ck_assert_uint_eq(status().counts.sent, 0);
	ck_assert_uint_eq(kernel.prepared, 1);
	kernel.on_send = PROBE_WAITING;
	run_for(10 * MS);
	ck_assert_uint_eq(status().counts.sent, 1);
	answer_with(PORT_OPEN, REASON_SYN_ACK);
	ready(kernel.last_fd);
	expect("reply 1");
	end();
}
END_TEST

/* A datagram can be answered twice; a SYN cannot. */
START_TEST(udp_socket_stays_for_a_second_answer)
{
	fake.protocol = IPPROTO_UDP;
	start();
	answer_with(PORT_OPEN, REASON_REPLY);
	ready(kernel.last_fd);
	ready(kernel.last_fd);
	expect("reply 1, dup 1");
	ck_assert_uint_eq(kernel.resets, 0);
	run_for(999 * MS);
	ready(kernel.last_fd);
	expect("dup 1");
	run_for(2 * MS);
	ck_assert_uint_eq(kernel.resets, 1);
	end();
}
END_TEST

START_TEST(udp_socket_does_not_stay_for_a_closed_port)
{
	fake.protocol = IPPROTO_UDP;
	start();
	answer_with(PORT_CLOSED, REASON_ICMP);
	ready(kernel.last_fd);
	expect("reply 1");
	ck_assert_uint_eq(kernel.resets, 1);
	end();
}
END_TEST

START_TEST(sockets_are_reset_and_closed_in_the_end)
{
	int fd;

	the.options.preload = 2;
	start();
	fd = kernel.last_fd;
	answer_with(PORT_CLOSED, REASON_RST);
	ready(fd);
	end();
	ck_assert_uint_eq(kernel.resets, 3);
	ck_assert_int_eq(close(fd), -1);
	ck_assert_int_eq(close(fd - 1), -1);
}
END_TEST

UNIT_MAIN("probe/ping_knock", open_port_is_a_reply, closed_port_is_a_reply_too,
	round_trip_is_the_kernels_where_it_measured,
	round_trip_is_between_stamps_where_there_are_any, what_is_no_answer_of_the_port_is_an_error,
	refusal_at_once_is_an_error_at_once, waiting_goes_on_while_nothing_has_come,
	answer_after_a_second_syn_is_a_loss, suspicion_is_no_error,
	trouble_of_this_machine_is_told_as_local, answered_socket_asks_again,
	worn_socket_is_replaced, each_probe_on_its_way_has_a_socket,
	silent_socket_is_taken_back_when_the_time_is_over, no_socket_to_be_had_is_no_room,
	family_that_this_machine_lacks_ends_the_probe, other_troubles_end_the_probe_as_local,
	no_local_address_and_no_way_ends_the_probe, no_local_port_to_be_had_is_no_room,
	udp_socket_stays_for_a_second_answer, udp_socket_does_not_stay_for_a_closed_port,
	sockets_are_reset_and_closed_in_the_end)
