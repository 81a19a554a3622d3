/* SPDX-License-Identifier: MIT */
#include "dgram_made.h"

#include "netprobe/packet/checksum.h"

#include <arpa/inet.h>
#include <linux/icmp.h>
#include <linux/sock_diag.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

/* --- answers -------------------------------------------------------------------------------------
 */

START_TEST(answers_come_with_their_header_sender_and_stamp)
{
	struct dgram_packet out[DGRAM_BATCH];
	struct addr self = loopback_addr(4);
	nsec_t before = clock_wall();
	struct dgram *d;
	struct echo e;

	if (!own_net())
		return;
	d = open_filtered(&raw_v4);
	wait_for_stamping(d, 4);
	queue_to_loopback(d, 4, 77);
	flush(d);
	ck_assert_uint_eq(dgram_receive(d, out), 1);
	e = echo_in(&out[0], 4, true);
	ck_assert_int_eq(e.kind, ECHO_REPLY);
	ck_assert_uint_eq(e.sequence, 77);
	ck_assert_uint_eq(out[0].len, IP_HEADER + SIZE);
	ck_assert_uint_eq(out[0].whole, IP_HEADER + SIZE);
	ck_assert_uint_eq(out[0].bytes[8], 64);
	ck_assert(addr_same(&out[0].peer, &self));
	ck_assert_uint_eq(out[0].peer.port, 0);
	ck_assert_int_ge(out[0].stamp, before);
	ck_assert_int_le(out[0].stamp, clock_wall());
	ck_assert_uint_eq(dgram_receive(d, out), 0);
	dgram_free(d);
}
END_TEST

START_TEST(answers_by_ipv6_tell_their_hop_limit)
{
	struct dgram_options options = raw_v6;
	struct dgram_packet out[DGRAM_BATCH];
	struct addr self = loopback_addr(6);
	struct dgram *d;

	if (!own_net() || !has_v6())
		return;
	d = open_filtered(&options);
	wait_for_stamping(d, 6);
	queue_to_loopback(d, 6, 5);
	flush(d);
	ck_assert_uint_eq(dgram_receive(d, out), 1);
	ck_assert_int_eq(echo_in(&out[0], 6, false).kind, ECHO_REPLY);
	ck_assert_uint_eq(out[0].len, SIZE);
	ck_assert_int_eq(out[0].ttl, 64);
	ck_assert(addr_same(&out[0].peer, &self));
	ck_assert_int_gt(out[0].stamp, 0);
	dgram_free(d);
}
END_TEST

START_TEST(datagram_sockets_tell_the_ttl_and_give_no_header)
{
	struct dgram_packet out[DGRAM_BATCH];
	struct dgram *d;

	if (!own_net())
		return;
	if (icmp_socket(4, SOCK_DGRAM) < 0) {
		printf("skipped: no ICMP datagram sockets: %s\n", strerror(errno));
		return;
	}
	d = open_dgram(SOCK_DGRAM, &plain_v4);
	queue_to_loopback(d, 4, key_of(0));
	flush(d);
	ck_assert_uint_eq(dgram_receive(d, out), 1);
	ck_assert_int_eq(echo_in(&out[0], 4, false).kind, ECHO_REPLY);
	ck_assert_uint_eq(out[0].len, SIZE);
	ck_assert_int_eq(out[0].ttl, 64);
	expect_stamps(d, 0, 1);
	dgram_free(d);
}
END_TEST

START_TEST(batch_that_is_full_says_that_more_may_be_there)
{
	struct dgram_packet out[DGRAM_BATCH];
	struct dgram *d;

	if (!own_net())
		return;
	d = open_filtered(&raw_v4);
	for (uint32_t i = 0; i < DGRAM_BATCH + 6; i++) {
		if (!dgram_slot(d))
			flush(d);
		queue_to_loopback(d, 4, i);
	}
	flush(d);
	ck_assert_uint_eq(dgram_receive(d, out), DGRAM_BATCH);
	ck_assert_uint_eq(dgram_receive(d, out), 6);
	ck_assert_uint_eq(dgram_receive(d, out), 0);
	dgram_free(d);
}
END_TEST

START_TEST(datagram_that_finds_no_room_is_cut_and_its_length_told)
{
	static const uint8_t bytes[5000] = {1, 2, 3};
	const struct dgram_options options = {
		.family = 4, .size = SIZE, .has_ports = true, .tos = -1};
	struct dgram_packet out[DGRAM_BATCH];
	struct sockaddr_storage sa;
	struct addr at, from;
	struct dgram *d;
	socklen_t len;
	int fd;

	if (!own_net())
		return;
	d = dgram_new(loopback_bind(4, SOCK_DGRAM, &at), &options);
	fd = loopback_bind(4, SOCK_DGRAM, &from);
	len = addr_to_sockaddr(&at, &sa);
	ck_assert_int_eq(
		sendto(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&sa, len), sizeof bytes);
	ck_assert_int_eq(sendto(fd, bytes, 3, 0, (struct sockaddr *)&sa, len), 3);
	settle();
	ck_assert_uint_eq(dgram_receive(d, out), 2);
	ck_assert_uint_eq(out[0].whole, sizeof bytes);
	ck_assert_uint_lt(out[0].len, 2 * SIZE);
	ck_assert_mem_eq(out[0].bytes, bytes, out[0].len);
	ck_assert_uint_eq(out[1].whole, 3);
	ck_assert_uint_eq(out[1].len, 3);
	close(fd);
	dgram_free(d);
}
END_TEST

START_TEST(dgram_tells_from_which_port_a_reply_came)
{
	struct dgram_packet out[DGRAM_BATCH];
	struct dgram *a, *b;
	struct addr to;

	if (!own_net())
		return;
	a = open_udp(4);
	b = open_udp(4);
	to = loopback_addr(4);
	to.port = 9; /* binds the sender to a port */
	queue_udp(b, &to, 1);
	flush(b);
	ck_assert_int_eq(sock_local_addr(dgram_fd(b), &to), 0);
	to = (struct addr){.family = 4, .port = to.port, .ip = {127, 0, 0, 1}};
	queue_udp(a, &to, 2);
	flush(a);
	ck_assert_uint_eq(dgram_receive(b, out), 1);
	ck_assert_uint_ne(out[0].peer.port, 0);
	ck_assert_uint_eq(out[0].len, 1);
	dgram_free(a);
	dgram_free(b);
}
END_TEST

/* --- ICMP errors ---------------------------------------------------------------------------------
 */

/* Sends an ICMP message to ourselves, from 127.0.0.9. */
static void send_icmp(uint8_t *icmp, size_t len)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = {htonl(0x7f000009)}};
	int fd = icmp_socket(4, SOCK_RAW);
	uint16_t sum;

	icmp[2] = icmp[3] = 0;
	sum = htons(checksum(icmp, len));
	memcpy(icmp + 2, &sum, sizeof sum);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
	ck_assert_int_eq(sendto(fd, icmp, len, 0, (struct sockaddr *)&to, sizeof to), (ssize_t)len);
	close(fd);
	settle();
}

/* An error of `type`, `code` about a packet of ours to 127.0.0.77. */
static void send_error(uint8_t type, uint8_t code, uint16_t mtu)
{
	uint8_t icmp[8 + IP_HEADER + SIZE] = {type, code, [6] = (uint8_t)(mtu >> 8), (uint8_t)mtu};
	uint8_t *ip = icmp + 8, *quoted = ip + IP_HEADER;

	ip[0] = 0x45;
	ip[3] = IP_HEADER + SIZE;
	ip[8] = 64;
	ip[9] = IPPROTO_ICMP;
	memcpy(ip + 12, (uint8_t[]){127, 0, 0, 1}, 4);
	memcpy(ip + 16, (uint8_t[]){127, 0, 0, 77}, 4);
	echo_encode(4, ID, 42, quoted, SIZE);
	send_icmp(icmp, sizeof icmp);
}

START_TEST(icmp_error_tells_sender_kind_and_quote)
{
	const struct addr sender = {.family = 4, .ip = {127, 0, 0, 9}};
	const struct addr target = {.family = 4, .ip = {127, 0, 0, 77}};
	struct dgram_packet out[DGRAM_BATCH];
	struct dgram *d;
	struct echo e;

	if (!own_net())
		return;
	d = open_filtered(&raw_v4);
	send_error(ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	send_error(ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1280);
	send_error(ICMP_TIME_EXCEEDED, 0, 0);
	ck_assert_uint_eq(dgram_receive_errors(d, out), 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(out[i].kind, DGRAM_ERROR);
		ck_assert(addr_same(&out[i].error.from, &sender));
		ck_assert(addr_same(&out[i].peer, &target));
		ck_assert_uint_eq(out[i].peer.port, 0);
		echo_parse(4, out[i].bytes, out[i].len, &e);
		ck_assert_int_eq(e.kind, ECHO_REQUEST);
		ck_assert_uint_eq(e.sequence, 42);
	}
	ck_assert_uint_eq(out[0].error.type, 3);
	ck_assert_uint_eq(out[0].error.code, 1);
	ck_assert_int_eq(out[0].error.err, EHOSTUNREACH);
	ck_assert_uint_eq(out[0].error.mtu, 0);
	ck_assert_uint_eq(out[1].error.code, 4);
	ck_assert_int_eq(out[1].error.err, EMSGSIZE);
	ck_assert_uint_eq(out[1].error.mtu, 1280);
	ck_assert_uint_eq(out[2].error.type, 11);
	dgram_free(d);
}
END_TEST

/* The next call on a datagram socket meets the error, though it is about another packet. */
static void expect_errors_to_hold_up_nothing(struct dgram *d)
{
	struct dgram_packet out[DGRAM_BATCH];
	unsigned errors = 0, stamps = 0;
	size_t count;

	for (uint32_t i = 0; i < 5; i++) {
		send_error(ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
		queue_numbered(d, i);
		flush(d);
		send_error(ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0);
		ck_assert_uint_eq(dgram_receive(d, out), 1);
		count = dgram_receive_errors(d, out);
		for (size_t k = 0; k < count; k++) {
			errors += out[k].kind == DGRAM_ERROR;
			if (out[k].kind != DGRAM_STAMP)
				continue;
			ck_assert_uint_eq(out[k].key, key_of(i));
			stamps++;
		}
	}
	ck_assert_uint_eq(errors, 10);
	ck_assert_uint_eq(stamps, 5);
	dgram_free(d);
}

START_TEST(icmp_errors_hold_up_no_raw_socket)
{
	if (!own_net())
		return;
	expect_errors_to_hold_up_nothing(open_filtered(&raw_v4));
	kernel.no_keys = true;
	expect_errors_to_hold_up_nothing(open_filtered(&raw_v4));
}
END_TEST

START_TEST(icmp_errors_hold_up_no_datagram_socket)
{
	struct dgram_options options = plain_v4;
	int fd;

	if (!own_net())
		return;
	fd = icmp_socket(4, SOCK_DGRAM);
	if (fd < 0) {
		printf("skipped: no ICMP datagram sockets: %s\n", strerror(errno));
		return;
	}
	close(fd);
	/* the port of such a socket is its identifier */
	options.source = loopback_addr(4);
	options.source.port = ID;
	expect_errors_to_hold_up_nothing(open_dgram(SOCK_DGRAM, &options));
	kernel.no_keys = true;
	expect_errors_to_hold_up_nothing(open_dgram(SOCK_DGRAM, &options));
}
END_TEST

START_TEST(icmpv6_error_tells_its_sender)
{
	struct addr closed;
	int bound = loopback_bind(6, SOCK_DGRAM, &closed);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct dgram_options options = raw_v6;
	struct dgram_packet out[DGRAM_BATCH];
	struct sockaddr_storage sa;
	struct dgram *d;
	socklen_t len;

	if (bound < 0)
		return;
	close(bound);
	d = dgram_new(fd, &options);
	ck_assert_ptr_nonnull(d);
	len = addr_to_sockaddr(&closed, &sa);
	ck_assert_int_eq(sendto(fd, "hello", 5, 0, (struct sockaddr *)&sa, len), 5);
	settle();
	ck_assert_uint_eq(dgram_receive_errors(d, out), 2);
	ck_assert_int_eq(out[0].kind, DGRAM_STAMP);
	ck_assert_int_eq(out[1].kind, DGRAM_ERROR);
	ck_assert(addr_same(&out[1].error.from, &closed));
	ck_assert(addr_same(&out[1].peer, &closed));
	ck_assert_uint_eq(out[1].error.type, ICMP6_DST_UNREACH);
	ck_assert_uint_eq(out[1].error.code, ICMP6_DST_UNREACH_NOPORT);
	ck_assert_uint_eq(out[1].len, 5);
	ck_assert_mem_eq(out[1].bytes, "hello", 5);
	dgram_free(d);
}
END_TEST

/* --- drops ---------------------------------------------------------------------------------------
 */

static void shout(const struct addr *to, unsigned count)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(to, &sa);

	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(sendto(fd, "x", 1, 0, (struct sockaddr *)&sa, len), 1);
	close(fd);
	settle();
}

/* A socket that has room for a few packets. */
static int tiny_socket(struct addr *at)
{
	int fd = loopback_bind(4, SOCK_DGRAM, at), tiny = 1;

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof tiny), 0);
	return fd;
}

static size_t receive_all(struct dgram *d)
{
	struct dgram_packet out[DGRAM_BATCH];
	size_t got = 0, count;

	while ((count = dgram_receive(d, out)) > 0)
		got += count;
	return got;
}

START_TEST(sender_is_told_without_his_port)
{
	struct dgram_packet out[DGRAM_BATCH];
	struct addr at;
	struct dgram *d = dgram_new(loopback_bind(4, SOCK_DGRAM, &at), &plain_v4);

	shout(&at, 1);
	ck_assert_uint_eq(dgram_receive(d, out), 1);
	ck_assert(addr_same(&out[0].peer, &at));
	ck_assert_uint_eq(out[0].peer.port, 0);
	dgram_free(d);
}
END_TEST

START_TEST(packets_without_room_are_counted)
{
	struct addr at;
	struct dgram *d = dgram_new(tiny_socket(&at), &plain_v4);
	size_t got;

	ck_assert_uint_eq(dgram_dropped(d), 0);
	shout(&at, 500);
	got = receive_all(d);
	ck_assert_uint_gt(got, 0);
	ck_assert_uint_lt(got, 500);
	ck_assert_uint_eq(dgram_dropped(d), 500 - got);
	ck_assert_uint_eq(dgram_dropped(d), 500 - got);
	shout(&at, 300);
	got += receive_all(d);
	ck_assert_uint_eq(dgram_dropped(d), 800 - got);
	/* asked before what filled the buffer is read */
	shout(&at, 300);
	ck_assert_uint_gt(dgram_dropped(d), 800 - got);
	got += receive_all(d);
	ck_assert_uint_eq(dgram_dropped(d), 1100 - got);
	dgram_free(d);
}
END_TEST

/* No batch is a quarter of the buffer, which is where drops begin to count; all of them are. */
START_TEST(looking_for_errors_between_batches_is_no_pause)
{
	struct dgram_packet out[DGRAM_BATCH];
	struct addr at;
	int fd = loopback_bind(4, SOCK_DGRAM, &at), size = 100000;
	size_t got = 0, count;
	struct dgram *d;

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
	d = dgram_new(fd, &plain_v4);
	shout(&at, 1000);
	while ((count = dgram_receive(d, out)) > 0) {
		got += count;
		ck_assert_uint_eq(dgram_receive_errors(d, out), 0);
	}
	ck_assert_uint_gt(got, 2 * DGRAM_BATCH);
	ck_assert_uint_lt(got, 1000);
	ck_assert_uint_eq(dgram_dropped(d), 1000 - got);
	dgram_free(d);
}
END_TEST

START_TEST(drops_from_before_are_not_counted)
{
	struct addr at;
	int fd = tiny_socket(&at);
	struct dgram *d;

	shout(&at, 500);
	d = dgram_new(fd, &plain_v4);
	receive_all(d);
	ck_assert_uint_eq(dgram_dropped(d), 0);
	dgram_free(d);
}
END_TEST

/* An echo reply to ourselves whose checksum is wrong: the kernel counts it among the drops of every
 * raw socket that would have it. */
static void send_broken(void)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	uint8_t packet[48] = {[0] = 0x60,
		[5] = 8,
		IPPROTO_ICMPV6,
		64,
		[23] = 1,
		[39] = 1,
		ICMP6_ECHO_REPLY,
		0,
		0xba,
		0xd1,
		ID >> 8,
		ID & 0xff,
		0,
		1};
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(sendto(fd, packet, sizeof packet, 0, (struct sockaddr *)&to, sizeof to),
		(ssize_t)sizeof packet);
	close(fd);
	settle();
}

static uint32_t kernel_drops(const struct dgram *d)
{
	uint32_t memory[SK_MEMINFO_VARS] = {0};
	socklen_t len = sizeof memory;

	ck_assert_int_eq(getsockopt(dgram_fd(d), SOL_SOCKET, SO_MEMINFO, memory, &len), 0);
	return memory[SK_MEMINFO_DROPS];
}

START_TEST(packets_that_are_refused_for_other_reasons_are_no_drops)
{
	struct dgram *d;

	if (!own_net() || !has_v6())
		return;
	d = open_filtered(&raw_v6);
	/* much, but never at once */
	for (uint32_t i = 0; i < 200; i++) {
		queue_to_loopback(d, 6, key_of(i));
		flush(d);
		ck_assert_uint_eq(receive_all(d), 1);
		expect_stamps(d, i, 1);
	}
	send_broken();
	ck_assert_uint_eq(receive_all(d), 0);
	ck_assert_uint_eq(kernel_drops(d), 1);
	ck_assert_uint_eq(dgram_dropped(d), 0);
	dgram_free(d);
}
END_TEST

/* Stamps of departures lie in the same buffer: they may have filled it. */
START_TEST(stamps_that_fill_the_buffer_make_drops)
{
	enum { MANY = 600 };
	struct dgram_packet out[DGRAM_BATCH];
	unsigned got = 0;
	struct dgram *d;
	size_t count;

	if (!own_net())
		return;
	d = open_filtered(&raw_v4);
	for (uint32_t i = 0; i < MANY; i++) {
		if (!dgram_slot(d))
			flush(d);
		queue_numbered(d, i);
	}
	flush(d);
	do {
		count = dgram_receive(d, out);
		got += count;
		while (dgram_receive_errors(d, out) == DGRAM_BATCH)
			;
	} while (count > 0);
	ck_assert_uint_lt(got, MANY);
	/* the kernel counts lost stamps, too */
	ck_assert_uint_ge(dgram_dropped(d), MANY - got);
	dgram_free(d);
}
END_TEST

UNIT_MAIN("net/dgram_receive", dgram_tells_from_which_port_a_reply_came,
	answers_come_with_their_header_sender_and_stamp, answers_by_ipv6_tell_their_hop_limit,
	datagram_sockets_tell_the_ttl_and_give_no_header,
	batch_that_is_full_says_that_more_may_be_there,
	datagram_that_finds_no_room_is_cut_and_its_length_told,
	icmp_error_tells_sender_kind_and_quote, icmp_errors_hold_up_no_raw_socket,
	icmp_errors_hold_up_no_datagram_socket, icmpv6_error_tells_its_sender,
	sender_is_told_without_his_port, packets_without_room_are_counted,
	looking_for_errors_between_batches_is_no_pause, drops_from_before_are_not_counted,
	packets_that_are_refused_for_other_reasons_are_no_drops,
	stamps_that_fill_the_buffer_make_drops)
