/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/probe.h"

#include "../loopback.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>

static const struct probe *const tcp = &probe_tcp_connect;

/* Asks once and waits for the answer, two seconds at the most. */
static enum probe_event ask(int fd, const struct addr *to, struct answer *out)
{
	enum probe_event event;
	struct pollfd ready = {.fd = fd, .events = POLLOUT};

	*out = (struct answer){0};
	event = tcp->send(fd, to, out);
	while (event == PROBE_WAITING && poll(&ready, 1, 2000) == 1)
		event = tcp->match(fd, to, out);
	return event;
}

static void expect_open(int fd, const struct addr *to)
{
	struct answer a;

	ck_assert_int_eq(ask(fd, to, &a), PROBE_ANSWERED);
	ck_assert_int_eq(a.state, PORT_OPEN);
	ck_assert_int_eq(a.reason, REASON_SYN_ACK);
	ck_assert_int_gt(a.rtt, 0);
	ck_assert(!a.resent);
	ck_assert(addr_same(&a.from, to));
	ck_assert_int_eq(tcp->reset(fd, &a), 0);
}

static void expect_closed(int fd, const struct addr *to)
{
	struct answer a;

	ck_assert_int_eq(ask(fd, to, &a), PROBE_ANSWERED);
	ck_assert_int_eq(a.state, PORT_CLOSED);
	ck_assert_int_eq(a.reason, REASON_RST);
	ck_assert_int_eq(a.err, 0);
	ck_assert(addr_same(&a.from, to));
	ck_assert_int_eq(tcp->reset(fd, &a), 0);
}

/* One socket, open and closed ports in turn: what reset() leaves is as good as new. */
static void ask_in_turn(int family)
{
	struct addr open_port, closed_port;
	int listener = loopback_listen(family, &open_port);
	int bound = loopback_bind(family, SOCK_STREAM, &closed_port);
	int fd;

	if (listener < 0 || bound < 0)
		return;
	fd = tcp->prepare(family);
	ck_assert_int_ge(fd, 0);
	for (unsigned i = 0; i < 3; i++) {
		expect_open(fd, &open_port);
		expect_closed(fd, &closed_port);
		expect_closed(fd, &closed_port);
		expect_open(fd, &open_port);
	}
	close(fd);
	close(bound);
	close(listener);
}

START_TEST(one_socket_asks_open_and_closed_ports_by_ipv4)
{
	ask_in_turn(4);
}
END_TEST

START_TEST(one_socket_asks_open_and_closed_ports_by_ipv6)
{
	ask_in_turn(6);
}
END_TEST

/* What accepts and resets before anybody looked was open all the same. */
START_TEST(a_port_that_resets_at_once_is_open)
{
	const struct linger abort = {.l_onoff = 1};
	struct answer a = {0};
	struct addr to;
	int listener = loopback_listen(4, &to), fd = tcp->prepare(4), peer;

	ck_assert_int_eq(tcp->send(fd, &to, &a), PROBE_WAITING);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
	ck_assert_int_eq(setsockopt(peer, SOL_SOCKET, SO_LINGER, &abort, sizeof abort), 0);
	close(peer);
	ck_assert_int_eq(tcp->match(fd, &to, &a), PROBE_ANSWERED);
	ck_assert_int_eq(a.state, PORT_OPEN);
	ck_assert_int_eq(tcp->reset(fd, &a), 0);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(an_open_port_is_left_with_a_reset)
{
	struct addr at;
	int listener = loopback_listen(4, &at), fd = tcp->prepare(4), peer;
	char byte;

	expect_open(fd, &at);
	peer = accept(listener, NULL, NULL);
	if (peer >= 0) /* some kernels take the dead connection out of the queue */
		ck_assert(recv(peer, &byte, 1, 0) == -1 && errno == ECONNRESET);
	close(peer);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(silence_is_a_pending_timeout)
{
	struct addr at;
	int listener = loopback_bind(4, SOCK_STREAM, &at), fd = tcp->prepare(4), fill;
	struct answer a = {0};

	/* one connection fills the queue of length 0; the next SYN is dropped */
	ck_assert_int_eq(listen(listener, 0), 0);
	fill = tcp->prepare(4);
	ck_assert_int_eq(ask(fill, &at, &a), PROBE_ANSWERED);
	a = (struct answer){0};
	ck_assert_int_eq(tcp->send(fd, &at, &a), PROBE_WAITING);
	ck_assert_int_eq(tcp->match(fd, &at, &a), PROBE_WAITING);
	tcp->explain(fd, &a);
	ck_assert_int_eq(a.state, PORT_PENDING);
	ck_assert_int_eq(a.reason, REASON_TIMEOUT);
	ck_assert_int_eq(tcp->reset(fd, &a), 0);
	close(fill);
	close(listener);
	close(fd);
}
END_TEST

START_TEST(reset_ends_an_attempt_under_way)
{
	struct addr at, other;
	int listener = loopback_bind(4, SOCK_STREAM, &at), fd = tcp->prepare(4), fill;
	int second = loopback_listen(4, &other);
	struct answer a = {0};

	ck_assert_int_eq(listen(listener, 0), 0);
	fill = tcp->prepare(4);
	ck_assert_int_eq(ask(fill, &at, &a), PROBE_ANSWERED);
	ck_assert_int_eq(tcp->send(fd, &at, &a), PROBE_WAITING);
	ck_assert_int_eq(tcp->reset(fd, NULL), 0);
	expect_open(fd, &other);
	close(fill);
	close(second);
	close(listener);
	close(fd);
}
END_TEST

/* Linux opens a connection of a socket with itself when its own port is the one it asks. */
START_TEST(a_connection_with_itself_is_no_open_port)
{
	struct addr at = loopback_addr(4);
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(&at, &sa);
	int fd = tcp->prepare(4);
	struct answer a;

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, len), 0);
	len = sizeof sa;
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	addr_from_sockaddr(&at, (struct sockaddr *)&sa);
	ck_assert_int_eq(ask(fd, &at, &a), PROBE_TROUBLE);
	ck_assert_int_eq(a.err, EADDRINUSE);
	close(fd);
}
END_TEST

/* TCP has no way to a broadcast address: connect(2) says so, nothing leaves. */
START_TEST(no_route_is_unreachable_by_this_machine)
{
	struct addr nowhere = {.family = 4, .port = 80, .ip = {255, 255, 255, 255}};
	int fd = tcp->prepare(4);
	struct answer a;

	ck_assert_int_eq(ask(fd, &nowhere, &a), PROBE_ANSWERED);
	ck_assert_int_eq(a.state, PORT_UNREACHABLE);
	ck_assert_int_eq(a.reason, REASON_NO_ROUTE);
	ck_assert_int_eq(a.err, ENETUNREACH);
	ck_assert_uint_eq(a.from.family, 0);
	ck_assert_int_eq(a.rtt, 0);
	ck_assert_int_eq(tcp->reset(fd, &a), 0);
	close(fd);
}
END_TEST

START_TEST(a_family_that_the_socket_lacks_is_no_route)
{
	struct addr six = loopback_addr(6);
	int fd = tcp->prepare(4);
	struct answer a;

	six.port = 80;
	ck_assert_int_eq(ask(fd, &six, &a), PROBE_ANSWERED);
	ck_assert_int_eq(a.state, PORT_UNREACHABLE);
	ck_assert_int_eq(a.err, EAFNOSUPPORT);
	close(fd);
}
END_TEST

UNIT_MAIN("probe/tcp_connect", one_socket_asks_open_and_closed_ports_by_ipv4,
	one_socket_asks_open_and_closed_ports_by_ipv6, an_open_port_is_left_with_a_reset,
	a_port_that_resets_at_once_is_open, silence_is_a_pending_timeout,
	reset_ends_an_attempt_under_way, a_connection_with_itself_is_no_open_port,
	no_route_is_unreachable_by_this_machine, a_family_that_the_socket_lacks_is_no_route)
