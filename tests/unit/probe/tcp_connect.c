/* SPDX-License-Identifier: MIT */
/* Against this kernel, on loopback. */
#include "netprobe/net/sock.h"
#include "netprobe/probe/probe.h"

#include "../unit.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct probe *const tcp = &probe_tcp_connect;

/* A listener on a port of the kernel's choice. */
static int listen_on(const char *ip, struct addr *at)
{
	struct sockaddr_storage sa;
	socklen_t len;
	int fd;

	ck_assert_int_eq(addr_parse(ip, strlen(ip), at), 0);
	len = addr_to_sockaddr(at, &sa);
	fd = socket(addr_af(at), SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, len), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(sock_local_addr(fd, at), 0);
	return fd;
}

/* Asks and waits for the answer, as the engine does. */
static enum probe_event ask(int fd, const struct addr *to, struct answer *a)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	enum probe_event event;

	*a = (struct answer){0};
	event = tcp->send(fd, to, a);
	while (event == PROBE_WAITING) {
		ck_assert_int_eq(poll(&p, 1, 2000), 1);
		event = tcp->match(fd, to, a);
	}
	return event;
}

static void expect_open(const char *ip)
{
	struct addr at;
	struct answer a;
	int listener = listen_on(ip, &at), fd = tcp->prepare(at.family);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ask(fd, &at, &a), PROBE_ANSWERED);
	ck_assert_int_eq(a.state, PORT_OPEN);
	ck_assert_int_eq(a.reason, REASON_SYN_ACK);
	ck_assert(addr_same(&a.from, &at));
	ck_assert_int_gt(a.rtt, 0);
	close(fd);
	close(listener);
}

START_TEST(tcp_connect_listener_is_open_by_syn_ack)
{
	expect_open("127.0.0.1");
}
END_TEST

START_TEST(tcp_connect_listener_is_open_over_ipv6)
{
	expect_open("::1");
}
END_TEST

/* The socket of a refused attempt asks the next port; after an open one it is reset and asks on. */
START_TEST(tcp_connect_one_socket_asks_closed_and_open_ports_in_turn)
{
	struct addr open_at, closed_at;
	struct answer a;
	int listener = listen_on("127.0.0.1", &open_at), fd = tcp->prepare(4);

	close(listen_on("127.0.0.1", &closed_at));
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ask(fd, &closed_at, &a), PROBE_ANSWERED);
		ck_assert_int_eq(a.state, PORT_CLOSED);
		ck_assert_int_eq(a.reason, REASON_RST);
		ck_assert(addr_same(&a.from, &closed_at));
		ck_assert_int_eq(tcp->reset(fd, &a), 0);
		ck_assert_int_eq(ask(fd, &open_at, &a), PROBE_ANSWERED);
		ck_assert_int_eq(a.state, PORT_OPEN);
		ck_assert_int_eq(tcp->reset(fd, &a), 0);
	}
	close(fd);
	close(listener);
}
END_TEST

/* The server's end sees a reset, not an orderly close: nothing is left in TIME_WAIT. */
START_TEST(tcp_connect_reset_ends_an_open_connection_with_a_rst)
{
	struct addr at;
	struct answer a;
	int listener = listen_on("127.0.0.1", &at), fd = tcp->prepare(4), server;
	char byte;

	ck_assert_int_eq(ask(fd, &at, &a), PROBE_ANSWERED);
	server = accept(listener, NULL, NULL);
	ck_assert_int_ge(server, 0);
	ck_assert_int_eq(tcp->reset(fd, &a), 0);
	ck_assert_int_eq(read(server, &byte, 1), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	close(server);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(tcp_connect_silence_is_a_timeout_that_decides_nothing)
{
	struct answer a = {0};
	int fd = tcp->prepare(4);

	tcp->explain(fd, &a);
	ck_assert_int_eq(a.state, PORT_PENDING);
	ck_assert_int_eq(a.reason, REASON_TIMEOUT);
	close(fd);
}
END_TEST

UNIT_MAIN("probe/tcp_connect", tcp_connect_listener_is_open_by_syn_ack,
	tcp_connect_listener_is_open_over_ipv6,
	tcp_connect_one_socket_asks_closed_and_open_ports_in_turn,
	tcp_connect_reset_ends_an_open_connection_with_a_rst,
	tcp_connect_silence_is_a_timeout_that_decides_nothing)
