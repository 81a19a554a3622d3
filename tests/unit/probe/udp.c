/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/probe.h"

#include "../loopback.h"

#include "netprobe/packet/checksum.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>

static const struct probe *const udp = &probe_udp;

static void wait_for(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	ck_assert_int_eq(poll(&ready, 1, 2000), 1);
}

/* The service takes what came and sends as much back. */
static void serve(int service)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	char bytes[16];
	ssize_t count;

	wait_for(service);
	count = recvfrom(service, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len);
	ck_assert_int_eq(count, 0);
	ck_assert_int_eq(sendto(service, "hi", 2, 0, (struct sockaddr *)&from, len), 2);
}

static void expect_reply(int family)
{
	struct addr at;
	struct answer a = {0};
	int service = loopback_bind(family, SOCK_DGRAM, &at), fd;
	nsec_t before = clock_wall();

	if (service < 0)
		return;
	fd = udp->prepare(family);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(udp->send(fd, &at, &a), PROBE_WAITING);
	ck_assert_int_eq(udp->match(fd, &at, &a), PROBE_WAITING);
	serve(service);
	wait_for(fd);
	ck_assert_int_eq(udp->match(fd, &at, &a), PROBE_ANSWERED);
	ck_assert_int_eq(a.state, PORT_OPEN);
	ck_assert_int_eq(a.reason, REASON_REPLY);
	ck_assert(addr_same(&a.from, &at));
	ck_assert_int_ge(a.wire, before);
	ck_assert_int_eq(a.rtt, 0);
	close(fd);
	close(service);
}

START_TEST(reply_is_an_open_port)
{
	expect_reply(4);
}
END_TEST

START_TEST(reply_is_an_open_port_by_ipv6)
{
	expect_reply(6);
}
END_TEST

/* The kernel begins to stamp some time after the first socket that asks for it was opened. */
START_TEST(reply_is_stamped_at_both_ends)
{
	struct answer a = {0};
	struct addr at;
	int service = loopback_bind(4, SOCK_DGRAM, &at);

	for (int i = 0; i < 1000 && a.arrived == 0; i++) {
		int fd = udp->prepare(4);

		usleep(1000);
		a = (struct answer){0};
		ck_assert_int_eq(udp->send(fd, &at, &a), PROBE_WAITING);
		serve(service);
		wait_for(fd);
		ck_assert_int_eq(udp->match(fd, &at, &a), PROBE_ANSWERED);
		close(fd);
	}
	ck_assert_int_gt(a.wire, 0);
	ck_assert_int_gt(a.arrived, a.wire);
	ck_assert_int_lt(a.arrived - a.wire, NSEC_PER_SEC);
	close(service);
}
END_TEST

static void expect_closed(int family)
{
	struct answer a = {0};
	struct addr at;
	int bound = loopback_bind(family, SOCK_DGRAM, &at), fd;

	if (bound < 0)
		return;
	close(bound);
	fd = udp->prepare(family);
	ck_assert_int_eq(udp->send(fd, &at, &a), PROBE_WAITING);
	wait_for(fd);
	ck_assert_int_eq(udp->match(fd, &at, &a), PROBE_ANSWERED);
	ck_assert_int_eq(a.state, PORT_CLOSED);
	ck_assert_int_eq(a.reason, REASON_ICMP);
	ck_assert(addr_same(&a.from, &at));
	ck_assert_uint_eq(a.icmp_type, family == 6 ? 1 : 3);
	ck_assert_uint_eq(a.icmp_code, family == 6 ? 4 : 3);
	ck_assert_int_gt(a.wire, 0);
	close(fd);
}

START_TEST(port_unreachable_from_the_target_is_a_closed_port)
{
	expect_closed(4);
}
END_TEST

START_TEST(port_unreachable_from_the_target_is_a_closed_port_by_ipv6)
{
	expect_closed(6);
}
END_TEST

/* --- errors of others ----------------------------------------------------------------------------
 */

/* An ICMP error of 127.0.0.9 about our datagram, made by hand: for who may have raw sockets. */
static bool send_error(int fd, const struct addr *to, uint8_t type, uint8_t code)
{
	uint8_t icmp[36] = {type, code, [8] = 0x45, [11] = 28, [16] = 64, [17] = IPPROTO_UDP};
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = {htonl(0x7f000009)}};
	struct sockaddr_in self;
	socklen_t len = sizeof self;
	int raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	uint16_t port = htons(to->port), sum;

	if (raw < 0) {
		printf("skipped: no raw socket: %s\n", strerror(errno));
		return false;
	}
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&self, &len), 0);
	memcpy(icmp + 20, &self.sin_addr, 4);
	memcpy(icmp + 24, to->ip, 4);
	memcpy(icmp + 28, &self.sin_port, 2);
	memcpy(icmp + 30, &port, 2);
	icmp[33] = 8;
	sum = htons(checksum(icmp, sizeof icmp));
	memcpy(icmp + 2, &sum, 2);
	ck_assert_int_eq(bind(raw, (struct sockaddr *)&from, sizeof from), 0);
	self.sin_port = 0;
	ck_assert_int_eq(sendto(raw, icmp, sizeof icmp, 0, (struct sockaddr *)&self, sizeof self),
		(ssize_t)sizeof icmp);
	close(raw);
	return true;
}

static void expect_error(uint8_t type, uint8_t code, enum port_state state)
{
	const struct addr router = {.family = 4, .ip = {127, 0, 0, 9}};
	struct answer a = {0};
	struct addr at;
	int service = loopback_bind(4, SOCK_DGRAM, &at), fd = udp->prepare(4);

	ck_assert_int_eq(udp->send(fd, &at, &a), PROBE_WAITING);
	if (send_error(fd, &at, type, code)) {
		wait_for(fd);
		ck_assert_int_eq(udp->match(fd, &at, &a), PROBE_ANSWERED);
		ck_assert_int_eq(a.state, state);
		ck_assert_int_eq(a.reason, REASON_ICMP);
		ck_assert(addr_same(&a.from, &router));
		ck_assert_uint_eq(a.icmp_type, type);
		ck_assert_uint_eq(a.icmp_code, code);
	}
	close(fd);
	close(service);
}

START_TEST(host_unreachable_is_unreachable)
{
	expect_error(3, 1, PORT_UNREACHABLE);
}
END_TEST

START_TEST(prohibited_is_filtered)
{
	expect_error(3, 13, PORT_FILTERED);
}
END_TEST

/* Only the target can say that nobody listens there. */
START_TEST(port_unreachable_from_somebody_else_is_filtered)
{
	expect_error(3, 3, PORT_FILTERED);
}
END_TEST

START_TEST(error_that_says_nothing_about_the_port_is_passed_over)
{
	struct answer a = {0};
	struct addr at;
	int service = loopback_bind(4, SOCK_DGRAM, &at), fd = udp->prepare(4);

	ck_assert_int_eq(udp->send(fd, &at, &a), PROBE_WAITING);
	/* the time for reassembly is over */
	if (send_error(fd, &at, 11, 1)) {
		usleep(20000);
		ck_assert_int_eq(udp->match(fd, &at, &a), PROBE_WAITING);
		serve(service);
		wait_for(fd);
		ck_assert_int_eq(udp->match(fd, &at, &a), PROBE_ANSWERED);
		ck_assert_int_eq(a.state, PORT_OPEN);
		ck_assert_uint_eq(a.icmp_type, 0);
	}
	close(fd);
	close(service);
}
END_TEST

/* --- no answer -----------------------------------------------------------------------------------
 */

START_TEST(silence_is_a_pending_timeout)
{
	struct answer a = {0};
	struct addr at;
	int service = loopback_bind(4, SOCK_DGRAM, &at), fd = udp->prepare(4);

	ck_assert_int_eq(udp->send(fd, &at, &a), PROBE_WAITING);
	udp->explain(fd, &a);
	ck_assert_int_eq(a.state, PORT_PENDING);
	ck_assert_int_eq(a.reason, REASON_TIMEOUT);
	close(fd);
	close(service);
}
END_TEST

/* UDP may not broadcast without asking for it: connect(2) says so, nothing leaves. */
START_TEST(refused_datagram_is_judged_by_its_errno)
{
	struct addr nowhere = {.family = 4, .port = 7, .ip = {255, 255, 255, 255}};
	struct addr six = loopback_addr(6);
	struct answer a = {0};
	int fd = udp->prepare(4);

	ck_assert_int_eq(udp->send(fd, &nowhere, &a), PROBE_ANSWERED);
	ck_assert_int_eq(a.state, PORT_UNREACHABLE);
	ck_assert_int_eq(a.reason, REASON_NO_ROUTE);
	ck_assert_int_ne(a.err, 0);
	ck_assert_uint_eq(a.from.family, 0);
	six.port = 7;
	ck_assert_int_eq(udp->send(fd, &six, &a), PROBE_ANSWERED);
	ck_assert_int_eq(a.err, EAFNOSUPPORT);
	close(fd);
}
END_TEST

START_TEST(socket_serves_one_probe)
{
	int fd = udp->prepare(4);

	ck_assert_int_ne(udp->reset(fd, NULL), 0);
	close(fd);
	ck_assert_str_eq(udp->name, "udp");
	ck_assert_int_eq(udp->protocol, IPPROTO_UDP);
}
END_TEST

UNIT_MAIN("probe/udp", reply_is_an_open_port, reply_is_an_open_port_by_ipv6,
	reply_is_stamped_at_both_ends, port_unreachable_from_the_target_is_a_closed_port,
	port_unreachable_from_the_target_is_a_closed_port_by_ipv6, host_unreachable_is_unreachable,
	prohibited_is_filtered, port_unreachable_from_somebody_else_is_filtered,
	error_that_says_nothing_about_the_port_is_passed_over, silence_is_a_pending_timeout,
	refused_datagram_is_judged_by_its_errno, socket_serves_one_probe)
