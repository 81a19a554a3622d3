/* SPDX-License-Identifier: MIT */
#include "netprobe/net/sock.h"

#include "../loopback.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
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

	ck_assert(!sock_next_error(fd, &e, NULL));
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
	ck_assert(sock_next_error(fd, &e, NULL));
	ck_assert(addr_same(&e.from, &to));
	ck_assert_uint_eq(e.from.port, 0);
	ck_assert_uint_eq(e.port, to.port);
	ck_assert_uint_eq(e.type, type);
	ck_assert_uint_eq(e.code, code);
	ck_assert_int_eq(e.err, ECONNREFUSED);
	ck_assert(!sock_next_error(fd, &e, NULL));
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

/* --- UDP -----------------------------------------------------------------------------------------
 */

/* A connected pair: `fd` is ours, `peer` the service; -1 where the machine lacks the family. */
static int udp_to_service(int family, struct addr *at, int *peer)
{
	int fd;

	*peer = loopback_bind(family, SOCK_DGRAM, at);
	if (*peer < 0)
		return -1;
	fd = sock_udp_open(family);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(sock_connect(fd, at), 0);
	return fd;
}

static void reply_from(int peer, int fd, const char *text)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof sa;

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	ck_assert_int_eq(sendto(peer, text, strlen(text), 0, (struct sockaddr *)&sa, len),
		(ssize_t)strlen(text));
	wait_for(fd, POLLIN);
}

START_TEST(udp_sockets_do_not_block_and_do_not_leak)
{
	int fd = sock_udp_open(4);

	ck_assert_int_ge(fd, 0);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}
END_TEST

START_TEST(udp_sockets_of_ipv6_leave_the_port_of_ipv4_alone)
{
	int fd = sock_udp_open(6), on = 0;
	socklen_t len = sizeof on;

	if (fd < 0)
		return;
	ck_assert_int_eq(getsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &on, &len), 0);
	ck_assert_int_eq(on, 1);
	close(fd);
}
END_TEST

static void receive_replies(int family)
{
	nsec_t arrived = 77;
	struct addr at;
	char bytes[4];
	int peer, fd = udp_to_service(family, &at, &peer);

	if (fd < 0)
		return;
	ck_assert_int_eq(sock_receive(fd, bytes, sizeof bytes, &arrived), -EAGAIN);
	ck_assert_int_eq(arrived, 0);
	reply_from(peer, fd, "abc");
	ck_assert_int_eq(sock_receive(fd, bytes, sizeof bytes, &arrived), 3);
	ck_assert_mem_eq(bytes, "abc", 3);
	/* what is longer than the room is cut */
	reply_from(peer, fd, "longer");
	ck_assert_int_eq(sock_receive(fd, bytes, sizeof bytes, &arrived), 4);
	reply_from(peer, fd, "");
	ck_assert_int_eq(sock_receive(fd, bytes, sizeof bytes, &arrived), 0);
	ck_assert_int_eq(sock_receive(fd, bytes, sizeof bytes, &arrived), -EAGAIN);
	close(fd);
	close(peer);
}

START_TEST(datagrams_are_received)
{
	receive_replies(4);
}
END_TEST

START_TEST(datagrams_are_received_by_ipv6)
{
	receive_replies(6);
}
END_TEST

/* The kernel begins to stamp some time after the first socket that asks for it was opened. */
START_TEST(datagrams_are_stamped_when_they_come)
{
	nsec_t before = clock_wall(), arrived = 0;
	struct addr at;
	char byte;
	int peer, fd = udp_to_service(4, &at, &peer);

	for (int i = 0; i < 1000 && arrived == 0; i++) {
		usleep(1000);
		before = clock_wall();
		reply_from(peer, fd, "x");
		ck_assert_int_eq(sock_receive(fd, &byte, 1, &arrived), 1);
	}
	ck_assert_int_ge(arrived, before);
	ck_assert_int_le(arrived, clock_wall());
	close(fd);
	close(peer);
}
END_TEST

static void expect_departure(int family)
{
	struct sock_error e;
	nsec_t before, wire = 0;
	struct addr at;
	int peer, fd = udp_to_service(family, &at, &peer);

	if (fd < 0)
		return;
	before = clock_wall();
	ck_assert_int_eq(send(fd, "", 0, 0), 0);
	wait_for(fd, POLLERR);
	ck_assert(!sock_next_error(fd, &e, &wire));
	ck_assert_int_ge(wire, before);
	ck_assert_int_le(wire, clock_wall());
	ck_assert_uint_eq(e.from.family, 0);
	/* it is told once */
	wire = 77;
	ck_assert(!sock_next_error(fd, &e, &wire));
	ck_assert_int_eq(wire, 77);
	close(fd);
	close(peer);
}

START_TEST(departure_of_a_datagram_is_stamped)
{
	expect_departure(4);
}
END_TEST

START_TEST(departure_of_a_datagram_is_stamped_by_ipv6)
{
	expect_departure(6);
}
END_TEST

static void expect_refusal(int family, uint8_t type, uint8_t code)
{
	struct sock_error e;
	nsec_t wire = 0, arrived;
	struct addr at;
	char byte;
	int peer, fd = udp_to_service(family, &at, &peer);

	if (fd < 0)
		return;
	close(peer);
	ck_assert_int_eq(send(fd, "", 0, 0), 0);
	/* the error is there when the socket has one */
	wait_for(fd, POLLIN);
	ck_assert_int_eq(sock_receive(fd, &byte, 1, &arrived), -ECONNREFUSED);
	ck_assert_int_eq(arrived, 0);
	ck_assert(sock_next_error(fd, &e, &wire));
	ck_assert(addr_same(&e.from, &at));
	ck_assert_uint_eq(e.port, at.port);
	ck_assert_uint_eq(e.type, type);
	ck_assert_uint_eq(e.code, code);
	ck_assert_uint_eq(e.mtu, 0);
	ck_assert_int_gt(wire, 0);
	if (e.arrived)
		ck_assert_int_ge(e.arrived, wire);
	close(fd);
}

START_TEST(refused_datagram_tells_of_departure_and_error)
{
	expect_refusal(4, 3, 3);
}
END_TEST

START_TEST(refused_datagram_tells_of_departure_and_error_by_ipv6)
{
	expect_refusal(6, 1, 4);
}
END_TEST

/* An entry of the queue that is no ICMP error: this machine said so itself. */
START_TEST(what_this_machine_refuses_is_no_icmp_error)
{
	static char much[65508];
	struct sock_error e;
	struct addr at;
	int peer, fd = udp_to_service(4, &at, &peer);

	ck_assert_int_eq(send(fd, much, sizeof much, 0), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	ck_assert(!sock_next_error(fd, &e, NULL));
	close(fd);
	close(peer);
}
END_TEST

START_TEST(bad_descriptor_is_an_error)
{
	struct sock_error e;
	nsec_t arrived = 77;
	char byte;

	ck_assert_int_eq(sock_receive(-1, &byte, 1, &arrived), -EBADF);
	ck_assert_int_eq(arrived, 0);
	ck_assert(!sock_next_error(-1, &e, NULL));
}
END_TEST

START_TEST(small_writes_leave_at_once_where_asked)
{
	struct addr at;
	int listener = loopback_listen(4, &at), fd = sock_tcp_open(4), on = 0;
	socklen_t len = sizeof on;

	ck_assert_int_eq(connect_and_wait(fd, &at), 0);
	sock_set_nodelay(fd);
	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
	ck_assert_int_ne(on, 0);
	close(fd);
	close(listener);
}
END_TEST

START_TEST(acknowledgements_leave_at_once_where_asked)
{
	struct addr at;
	int listener = loopback_listen(4, &at), fd = sock_tcp_open(4), on = 0;
	socklen_t len = sizeof on;

	ck_assert_int_eq(connect_and_wait(fd, &at), 0);
	ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on), 0);
	sock_acknowledge(fd);
	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, &len), 0);
	ck_assert_int_ne(on, 0);
	close(fd);
	close(listener);
}
END_TEST

UNIT_MAIN("net/sock", small_writes_leave_at_once_where_asked,
	acknowledgements_leave_at_once_where_asked, sockets_do_not_block_and_do_not_leak,
	refused_socket_starts_again, disconnected_socket_starts_again,
	disconnect_resets_the_connection, handshake_has_the_kernels_round_trip,
	local_addr_is_where_the_connection_leaves_from, fresh_socket_has_no_errors_queued,
	icmp_error_names_its_sender, icmpv6_error_names_its_sender,
	udp_sockets_do_not_block_and_do_not_leak, udp_sockets_of_ipv6_leave_the_port_of_ipv4_alone,
	datagrams_are_received, datagrams_are_received_by_ipv6,
	datagrams_are_stamped_when_they_come, departure_of_a_datagram_is_stamped,
	departure_of_a_datagram_is_stamped_by_ipv6, refused_datagram_tells_of_departure_and_error,
	refused_datagram_tells_of_departure_and_error_by_ipv6,
	what_this_machine_refuses_is_no_icmp_error, bad_descriptor_is_an_error)
