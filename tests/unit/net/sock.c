/* SPDX-License-Identifier: MIT */
#include "netprobe/net/sock.h"

#include "../loopback.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

static void wait_for(int fd, short events)
{
	struct pollfd ready = {.fd = fd, .events = events};

	ck_assert_int_eq(poll(&ready, 1, 2000), 1);
}

static int connect_and_wait(int fd, const struct addr *to)
{
	int status = sock_connect(fd, to);

	while (status == -EINPROGRESS || status == -EALREADY) {
		wait_for(fd, POLLOUT);
		status = sock_connect(fd, to);
	}
	return status;
}

START_TEST(sockets_do_not_block_and_do_not_leak)
{
	int fd = sock_tcp_open(4);

	ck_assert_int_ge(fd, 0);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}
END_TEST

START_TEST(refused_socket_starts_again)
{
	struct addr open_port, closed_port;
	int listener = loopback_listen(4, &open_port), fd = sock_tcp_open(4);
	int bound = loopback_bind(4, SOCK_STREAM, &closed_port);

	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(connect_and_wait(fd, &closed_port), -ECONNREFUSED);
	ck_assert_int_eq(connect_and_wait(fd, &open_port), 0);
	close(bound);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(disconnected_socket_starts_again)
{
	struct addr at;
	int listener = loopback_listen(4, &at), fd = sock_tcp_open(4);

	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(connect_and_wait(fd, &at), 0);
		ck_assert_int_eq(sock_disconnect(fd), 0);
	}
	ck_assert_int_eq(sock_disconnect(fd), 0);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(disconnect_resets_the_connection)
{
	struct addr at;
	int listener = loopback_listen(4, &at), fd = sock_tcp_open(4), peer;
	char byte;

	ck_assert_int_eq(connect_and_wait(fd, &at), 0);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
	ck_assert_int_eq(sock_disconnect(fd), 0);
	wait_for(peer, POLLIN);
	ck_assert_int_eq(recv(peer, &byte, 1, 0), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	close(peer);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(handshake_has_the_kernels_round_trip)
{
	struct sock_handshake facts;
	struct addr at;
	int listener = loopback_listen(4, &at), fd = sock_tcp_open(4);

	ck_assert_int_eq(connect_and_wait(fd, &at), 0);
	ck_assert_int_eq(sock_handshake(fd, &facts), 0);
	ck_assert_int_gt(facts.rtt, 0);
	ck_assert_int_lt(facts.rtt, NSEC_PER_SEC);
	ck_assert_uint_eq(facts.resent + facts.resent_alive, 0);
	ck_assert_int_eq(sock_handshake(-1, &facts), -EBADF);
	ck_assert_int_eq(facts.rtt, 0);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(local_addr_is_where_the_connection_leaves_from)
{
	struct addr at, self;
	int listener = loopback_listen(4, &at), fd = sock_tcp_open(4);

	ck_assert_int_eq(connect_and_wait(fd, &at), 0);
	ck_assert_int_eq(sock_local_addr(fd, &self), 0);
	ck_assert(addr_same(&self, &at));
	ck_assert_uint_ne(self.port, 0);
	ck_assert_uint_ne(self.port, at.port);
	ck_assert_int_eq(sock_local_addr(-1, &self), -EBADF);
	ck_assert_uint_eq(self.family, 0);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(fresh_socket_has_no_errors_queued)
{
	struct sock_error e;
	int fd = sock_tcp_open(4);

	ck_assert(!sock_next_error(fd, &e));
	ck_assert_uint_eq(e.from.family, 0);
	close(fd);
}
END_TEST

/* A datagram to a closed port: the one ICMP error that loopback gives to anybody. */
static void provoke(int family, int level, int option, uint8_t type, uint8_t code)
{
	struct addr to;
	struct sockaddr_storage sa;
	struct sock_error e;
	int bound = loopback_bind(family, SOCK_DGRAM, &to), fd, on = 1;
	socklen_t len = addr_to_sockaddr(&to, &sa);

	if (bound < 0)
		return;
	close(bound);
	fd = socket(addr_af(&to), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(setsockopt(fd, level, option, &on, sizeof on), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sa, len), 0);
	ck_assert_int_eq(send(fd, "", 1, 0), 1);
	wait_for(fd, POLLERR);
	ck_assert(sock_next_error(fd, &e));
	ck_assert(addr_same(&e.from, &to));
	ck_assert_uint_eq(e.from.port, 0);
	ck_assert_uint_eq(e.port, to.port);
	ck_assert_uint_eq(e.type, type);
	ck_assert_uint_eq(e.code, code);
	ck_assert_int_eq(e.err, ECONNREFUSED);
	ck_assert(!sock_next_error(fd, &e));
	close(fd);
}

START_TEST(icmp_error_names_its_sender)
{
	provoke(4, SOL_IP, IP_RECVERR, 3, 3);
}
END_TEST

START_TEST(icmpv6_error_names_its_sender)
{
	provoke(6, SOL_IPV6, IPV6_RECVERR, 1, 4);
}
END_TEST

UNIT_MAIN("net/sock", sockets_do_not_block_and_do_not_leak, refused_socket_starts_again,
	disconnected_socket_starts_again, disconnect_resets_the_connection,
	handshake_has_the_kernels_round_trip, local_addr_is_where_the_connection_leaves_from,
	fresh_socket_has_no_errors_queued, icmp_error_names_its_sender,
	icmpv6_error_names_its_sender)
