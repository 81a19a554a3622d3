/* SPDX-License-Identifier: MIT */
#include "netprobe/net/dgram.h"

#include "dgram_made.h"

#include <netinet/in.h>

/* --- the filter --------------------------------------------------------------------------------
 */

static void drain(struct dgram *d, int family, bool header, unsigned *requests, unsigned *replies)
{
	struct dgram_packet out[DGRAM_BATCH];
	size_t count;

	*requests = *replies = 0;
	while ((count = dgram_receive(d, out)) > 0)
		for (size_t i = 0; i < count; i++) {
			struct echo e = echo_in(&out[i], family, header);

			*requests += e.kind == ECHO_REQUEST;
			*replies += e.kind == ECHO_REPLY;
		}
}

static void expect_filter(const struct dgram_options *options)
{
	struct dgram *all = open_raw(options), *mine = open_filtered(options);
	struct addr self = loopback_addr(options->family);
	unsigned requests, replies;

	for (uint16_t i = 0; i < 3; i++)
		queue(mine, &self, ID, i, SIZE);
	queue(mine, &self, ID + 1, 3, SIZE);
	flush(mine);
	drain(all, options->family, options->has_header, &requests, &replies);
	ck_assert_uint_eq(requests, 4);
	ck_assert_uint_eq(replies, 4);
	drain(mine, options->family, options->has_header, &requests, &replies);
	ck_assert_uint_eq(requests, 0);
	ck_assert_uint_eq(replies, 3);
	dgram_free(all);
	dgram_free(mine);
}

START_TEST(filter_lets_answers_with_our_identifier_in_alone)
{
	if (own_net())
		expect_filter(&raw_v4);
}
END_TEST

START_TEST(filter_works_for_ipv6)
{
	if (own_net() && has_v6())
		expect_filter(&raw_v6);
}
END_TEST

START_TEST(filter_is_for_raw_sockets)
{
	struct addr at;
	struct dgram *d = dgram_new(loopback_bind(4, SOCK_DGRAM, &at), &plain_v4);

	ck_assert_int_lt(dgram_keep_echo_replies(d, ID), 0);
	dgram_free(d);
}
END_TEST

/* --- batches -------------------------------------------------------------------------------------
 */

START_TEST(slots_end_with_the_batch_and_come_back_with_the_flush)
{
	struct dgram *d;

	if (!own_net())
		return;
	d = open_filtered(&raw_v4);
	for (uint32_t i = 0; i < DGRAM_BATCH; i++)
		queue_to_loopback(d, 4, key_of(i));
	ck_assert_ptr_null(dgram_slot(d));
	flush(d);
	ck_assert_ptr_nonnull(dgram_slot(d));
	expect_stamps(d, 0, DGRAM_BATCH);
	dgram_free(d);
}
END_TEST

/* Each packet is its own, whatever stood in its slot before. */
START_TEST(every_packet_of_many_batches_comes_back_once_and_in_order)
{
	struct dgram_packet out[DGRAM_BATCH];
	uint32_t sent = 0, got = 0;
	struct dgram *d;
	size_t count;

	if (!own_net())
		return;
	d = open_filtered(&raw_v4);
	while (sent < 5 * DGRAM_BATCH) {
		for (unsigned i = 0; i < 50; i++)
			queue_numbered(d, sent++);
		flush(d);
		while ((count = dgram_receive(d, out)) > 0)
			for (size_t i = 0; i < count; i++)
				ck_assert_uint_eq(echo_in(&out[i], 4, true).sequence,
					key_of(got++) & UINT16_MAX);
		/* stamps take room in the receive buffer, too */
		expect_stamps(d, sent - 50, 50);
	}
	ck_assert_uint_eq(got, sent);
	ck_assert_uint_eq(dgram_dropped(d), 0);
	dgram_free(d);
}
END_TEST

START_TEST(packets_of_a_batch_have_their_own_length_and_destination)
{
	struct dgram_packet out[DGRAM_BATCH];
	struct addr one = loopback_addr(4), two = one;
	struct dgram *d;

	if (!own_net())
		return;
	two.ip[3] = 2;
	two.port = 99; /* of no meaning */
	d = open_filtered(&raw_v4);
	queue(d, &one, ID, 1, 20);
	queue(d, &two, ID, 2, 40);
	flush(d);
	ck_assert_uint_eq(dgram_receive(d, out), 2);
	ck_assert_uint_eq(out[0].len, IP_HEADER + 20);
	ck_assert(addr_same(&out[0].peer, &one));
	ck_assert_uint_eq(out[1].len, IP_HEADER + 40);
	ck_assert(addr_same(&out[1].peer, &two));
	dgram_free(d);
}
END_TEST

START_TEST(port_is_no_matter_to_ipv6)
{
	struct addr self = loopback_addr(6);
	struct dgram *d;

	if (!own_net() || !has_v6())
		return;
	self.port = 7777;
	d = open_filtered(&raw_v6);
	queue(d, &self, ID, key_of(0), SIZE);
	flush(d);
	expect_stamps(d, 0, 1);
	dgram_free(d);
}
END_TEST

START_TEST(kernel_that_takes_few_at_a_time_gets_the_rest_later)
{
	struct dgram *d;

	if (!own_net())
		return;
	d = open_filtered(&raw_v4);
	kernel.most = 5;
	for (uint32_t i = 0; i < 23; i++)
		queue_to_loopback(d, 4, key_of(i));
	flush(d);
	ck_assert_uint_eq(kernel.calls, 5);
	expect_stamps(d, 0, 23);
	dgram_free(d);
}
END_TEST

static void expect_wait(int err, bool no_keys)
{
	struct dgram_failure failures[DGRAM_BATCH];
	struct dgram *d = open_filtered(&raw_v4);
	size_t count;

	kernel.no_keys = no_keys;
	kernel.err = err;
	kernel.passes = 3;
	kernel.times = 2;
	for (uint32_t i = 0; i < 10; i++)
		queue_to_loopback(d, 4, key_of(i));
	ck_assert(!dgram_flush(d, failures, &count));
	ck_assert_uint_eq(count, 0);
	ck_assert(!dgram_flush(d, failures, &count));
	/* there is room behind those that wait */
	queue_to_loopback(d, 4, key_of(10));
	flush(d);
	expect_stamps(d, 0, 11);
	dgram_free(d);
}

START_TEST(packets_wait_while_the_kernel_has_no_room)
{
	if (!own_net())
		return;
	expect_wait(EAGAIN, false);
	expect_wait(ENOBUFS, false);
	expect_wait(ENOMEM, false);
	expect_wait(EAGAIN, true);
}
END_TEST

START_TEST(packet_that_is_given_up_holds_up_nobody)
{
	struct dgram_failure failures[DGRAM_BATCH], waits;
	struct dgram *d;
	size_t count;

	if (!own_net())
		return;
	d = open_filtered(&raw_v4);
	kernel.err = ENOBUFS;
	kernel.passes = 3;
	kernel.times = 1;
	for (uint32_t i = 0; i < 10; i++)
		queue_to_loopback(d, 4, key_of(i));
	ck_assert(!dgram_flush(d, failures, &count));
	waits = dgram_waiting(d);
	ck_assert_uint_eq(waits.key, key_of(3));
	ck_assert_int_eq(waits.err, ENOBUFS);
	expect_stamps(d, 0, 3);
	dgram_give_up(d);
	flush(d);
	expect_stamps(d, 4, 6);
	dgram_free(d);
}
END_TEST

START_TEST(interrupted_call_is_made_again)
{
	struct dgram *d;

	if (!own_net())
		return;
	d = open_filtered(&raw_v4);
	kernel.err = EINTR;
	kernel.times = 3;
	queue_to_loopback(d, 4, key_of(0));
	flush(d);
	expect_stamps(d, 0, 1);
	dgram_free(d);
}
END_TEST

/* --- what is refused -----------------------------------------------------------------------------
 */

/* `recounts`: where the kernel counts by itself, stamps have to be read before the rest goes out.
 */
static void send_and_expect_refusal(struct dgram *d, uint32_t key, int err, bool recounts)
{
	struct dgram_failure failures[DGRAM_BATCH];
	size_t count;

	ck_assert(dgram_flush(d, failures, &count) == !recounts);
	settle();
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(failures[0].key, key);
	ck_assert_int_eq(failures[0].err, err);
}

/* And nobody else's, which are told as something else. */
static void expect_own_stamps(struct dgram *d, uint32_t first, uint32_t count)
{
	struct dgram_packet out[DGRAM_BATCH];
	size_t got = dgram_receive_errors(d, out);
	uint32_t i = first;

	ck_assert_uint_lt(got, DGRAM_BATCH);
	for (size_t k = 0; k < got; k++)
		if (out[k].kind == DGRAM_STAMP)
			ck_assert_uint_eq(out[k].key, key_of(i++));
	ck_assert_uint_eq(i, first + count);
}

/* A rule of our own firewall; the rest goes out. */
static void expect_refused_in_the_middle(bool no_keys)
{
	struct dgram *d = open_filtered(&raw_v4);
	struct dgram_packet out[DGRAM_BATCH];
	size_t count;

	kernel.no_keys = no_keys;
	kernel.err = EPERM;
	kernel.passes = 4;
	kernel.times = 1;
	for (uint32_t i = 0; i < 9; i++)
		queue_to_loopback(d, 4, key_of(i));
	send_and_expect_refusal(d, key_of(4), EPERM, no_keys);
	if (!no_keys) {
		count = dgram_receive_errors(d, out);
		ck_assert_uint_eq(count, 8);
		for (uint32_t i = 0; i < 8; i++)
			ck_assert_uint_eq(out[i].key, key_of(i < 4 ? i : i + 1));
		dgram_free(d);
		return;
	}
	expect_own_stamps(d, 0, 4);
	flush(d);
	expect_stamps(d, 5, 4);
	for (uint32_t i = 9; i < 40; i++)
		queue_to_loopback(d, 4, key_of(i));
	flush(d);
	expect_stamps(d, 9, 31);
	dgram_free(d);
}

START_TEST(refused_packet_is_told_and_the_others_keep_their_keys)
{
	if (own_net())
		expect_refused_in_the_middle(false);
}
END_TEST

START_TEST(refused_packet_is_told_and_the_others_keep_their_count)
{
	if (own_net())
		expect_refused_in_the_middle(true);
}
END_TEST

/* A blackhole route is refused with the errno that an unknown control message has. */
START_TEST(refused_packet_that_uses_up_a_number_shifts_none)
{
	kernel.consumes = true;
	if (own_net())
		expect_refused_in_the_middle(true);
}
END_TEST

/* The first try tells of another packet's error, and the second sends: its stamp may be lost. */
START_TEST(error_of_another_packet_that_uses_up_a_number_shifts_none_of_the_next_batch)
{
	struct dgram_packet out[DGRAM_BATCH];
	struct dgram *d;

	if (!own_net())
		return;
	kernel.no_keys = kernel.consumes = true;
	kernel.err = EHOSTUNREACH;
	d = open_filtered(&raw_v4);
	queue_numbered(d, 0);
	flush(d);
	kernel.times = 1;
	queue_numbered(d, 1);
	flush(d);
	while (dgram_receive_errors(d, out) > 0)
		;
	for (uint32_t i = 2; i < 5; i++)
		queue_numbered(d, i);
	flush(d);
	expect_stamps(d, 2, 3);
	dgram_free(d);
}
END_TEST

/* Stamps that come late bear the numbers of later packets. */
START_TEST(stamps_from_before_a_recount_are_nobodys)
{
	struct dgram *d;

	if (!own_net())
		return;
	kernel.no_keys = true;
	kernel.err = EPERM;
	kernel.passes = 4;
	kernel.times = 1;
	d = open_filtered(&raw_v4);
	for (uint32_t i = 0; i < 9; i++)
		queue_to_loopback(d, 4, key_of(i));
	send_and_expect_refusal(d, key_of(4), EPERM, true);
	flush(d);
	expect_own_stamps(d, 5, 4);
	dgram_free(d);
}
END_TEST

START_TEST(refusal_with_einval_does_not_cost_the_keys)
{
	struct dgram *d;

	if (!own_net())
		return;
	d = open_filtered(&raw_v4);
	kernel.err = EINVAL;
	kernel.times = 2;
	queue_to_loopback(d, 4, key_of(0));
	send_and_expect_refusal(d, key_of(0), EINVAL, false);
	ck_assert_int_eq(kernel.times, 0);
	kernel.keyed = 0;
	queue_to_loopback(d, 4, key_of(1));
	flush(d);
	ck_assert_uint_eq(kernel.keyed, 1);
	expect_stamps(d, 1, 1);
	dgram_free(d);
}
END_TEST

START_TEST(every_packet_of_a_batch_can_be_refused)
{
	struct dgram_failure failures[DGRAM_BATCH];
	struct dgram *d;
	size_t count;

	if (!own_net())
		return;
	d = open_filtered(&raw_v4);
	kernel.err = EPERM;
	kernel.times = DGRAM_BATCH;
	for (uint32_t i = 0; i < DGRAM_BATCH; i++)
		queue_to_loopback(d, 4, key_of(i));
	ck_assert(dgram_flush(d, failures, &count));
	ck_assert_uint_eq(count, DGRAM_BATCH);
	for (uint32_t i = 0; i < DGRAM_BATCH; i++)
		ck_assert_uint_eq(failures[i].key, key_of(i));
	ck_assert_ptr_nonnull(dgram_slot(d));
	dgram_free(d);
}
END_TEST

START_TEST(no_route_is_told)
{
	struct addr nowhere = {.family = 4, .ip = {192, 0, 2, 1}};
	struct dgram *d;

	if (!own_net())
		return;
	d = open_filtered(&raw_v4);
	queue_to_loopback(d, 4, key_of(0));
	queue(d, &nowhere, ID, key_of(1), SIZE);
	queue_to_loopback(d, 4, key_of(2));
	send_and_expect_refusal(d, key_of(1), ENETUNREACH, false);
	dgram_free(d);
}
END_TEST

/* Whether such a packet has used up a number depends on the kernel. */
static void expect_too_long(bool no_keys)
{
	struct dgram_options options = raw_v4;
	struct dgram_packet out[DGRAM_BATCH];
	struct addr self = loopback_addr(4);
	bool told = false;
	struct dgram *d;
	size_t count;

	kernel.no_keys = no_keys;
	options.size = 3000;
	options.pmtudisc = DGRAM_PMTU_DO;
	d = open_filtered(&options);
	queue(d, &self, ID, key_of(0), 1480);
	queue(d, &self, ID, key_of(1), 1481);
	send_and_expect_refusal(d, key_of(1), EMSGSIZE, no_keys);
	count = dgram_receive_errors(d, out);
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_ne(out[i].kind, DGRAM_ERROR);
		if (out[i].kind == DGRAM_STAMP)
			ck_assert_uint_eq(out[i].key, key_of(0));
		else if (out[i].error.mtu == 1500)
			told = out[i].error.err == EMSGSIZE;
	}
	ck_assert(told);
	for (uint32_t i = 2; i < 10; i++)
		queue(d, &self, ID, key_of(i), 100);
	flush(d);
	expect_stamps(d, 2, 8);
	dgram_free(d);
}

START_TEST(too_long_packet_is_told_with_the_mtu)
{
	if (own_net())
		expect_too_long(false);
}
END_TEST

START_TEST(too_long_packet_does_not_shift_the_count)
{
	if (own_net())
		expect_too_long(true);
}
END_TEST

START_TEST(packets_are_stamped_where_the_kernel_takes_no_keys)
{
	struct dgram *d;

	if (!own_net())
		return;
	kernel.no_keys = true;
	d = open_filtered(&raw_v4);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < DGRAM_BATCH; i++)
			queue_to_loopback(d, 4, key_of(round * DGRAM_BATCH + i));
		flush(d);
		expect_stamps(d, round * DGRAM_BATCH, DGRAM_BATCH);
	}
	/* the first call alone tried */
	ck_assert_uint_eq(kernel.calls, 4);
	dgram_free(d);
}
END_TEST

/* --- options -------------------------------------------------------------------------------------
 */

START_TEST(ttl_and_tos_are_those_asked_for)
{
	struct dgram_options options = raw_v4;
	struct dgram_packet out[DGRAM_BATCH];
	struct dgram *all, *d;

	if (!own_net())
		return;
	options.ttl = 7;
	options.tos = 0x48;
	d = open_filtered(&options);
	all = open_raw(&raw_v4);
	queue_to_loopback(d, 4, 1);
	flush(d);
	ck_assert_uint_eq(dgram_receive(all, out), 2);
	ck_assert_int_eq(echo_in(&out[0], 4, true).kind, ECHO_REQUEST);
	ck_assert_uint_eq(out[0].bytes[8], 7);
	ck_assert_uint_eq(out[0].bytes[1], 0x48);
	dgram_free(d);
	dgram_free(all);
}
END_TEST

static int option_of(const struct dgram *d, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof value;

	ck_assert_int_eq(getsockopt(dgram_fd(d), level, option, &value, &len), 0);
	return value;
}

START_TEST(ttl_and_tos_of_ipv6_are_those_asked_for)
{
	struct dgram_options options = raw_v6;
	struct dgram_packet out[DGRAM_BATCH];
	struct dgram *all, *d;

	if (!own_net() || !has_v6())
		return;
	options.ttl = 9;
	options.tos = 0x20;
	d = open_filtered(&options);
	all = open_raw(&raw_v6);
	queue_to_loopback(d, 6, 1);
	flush(d);
	ck_assert_uint_eq(dgram_receive(all, out), 2);
	ck_assert_int_eq(out[0].ttl, 9);
	ck_assert_int_eq(option_of(d, SOL_IPV6, IPV6_TCLASS), 0x20);
	ck_assert_int_eq(option_of(d, SOL_IPV6, IPV6_MULTICAST_HOPS), 9);
	dgram_free(d);
	dgram_free(all);
}
END_TEST

static struct dgram *udp_with(const struct dgram_options *options)
{
	return dgram_new(
		socket(options->family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
		options);
}

START_TEST(multicast_has_the_ttl_too)
{
	struct dgram_options options = plain_v4;
	struct dgram *d;

	options.ttl = 5;
	d = udp_with(&options);
	ck_assert_int_eq(option_of(d, SOL_IP, IP_MULTICAST_TTL), 5);
	ck_assert_int_eq(option_of(d, SOL_IP, IP_TTL), 5);
	dgram_free(d);
}
END_TEST

START_TEST(path_mtu_discovery_is_that_asked_for)
{
	static const struct {
		enum dgram_pmtudisc choice;
		int v4, v6;
	} cases[] = {
		{DGRAM_PMTU_DO, IP_PMTUDISC_DO, IPV6_PMTUDISC_DO},
		{DGRAM_PMTU_WANT, IP_PMTUDISC_WANT, IPV6_PMTUDISC_WANT},
		{DGRAM_PMTU_DONT, IP_PMTUDISC_DONT, IPV6_PMTUDISC_DONT},
		{DGRAM_PMTU_PROBE, IP_PMTUDISC_PROBE, IPV6_PMTUDISC_PROBE},
	};
	struct addr at;
	bool v6 = loopback_bind(6, SOCK_DGRAM, &at) >= 0;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct dgram_options options = plain_v4;
		struct dgram *d;

		options.pmtudisc = cases[i].choice;
		d = udp_with(&options);
		ck_assert_int_eq(option_of(d, SOL_IP, IP_MTU_DISCOVER), cases[i].v4);
		dgram_free(d);
		options.family = 6;
		d = v6 ? udp_with(&options) : NULL;
		if (d)
			ck_assert_int_eq(option_of(d, SOL_IPV6, IPV6_MTU_DISCOVER), cases[i].v6);
		dgram_free(d);
	}
}
END_TEST

START_TEST(packets_leave_from_the_source_asked_for)
{
	struct dgram_options options = raw_v4;
	struct dgram_packet out[DGRAM_BATCH];
	struct dgram *all, *d;

	if (!own_net())
		return;
	options.source = (struct addr){.family = 4, .ip = {127, 0, 0, 5}};
	d = open_filtered(&options);
	all = open_raw(&raw_v4);
	queue_to_loopback(d, 4, 1);
	flush(d);
	ck_assert_uint_ge(dgram_receive(all, out), 1);
	ck_assert(addr_same(&out[0].peer, &options.source));
	dgram_free(d);
	dgram_free(all);
}
END_TEST

START_TEST(interface_is_that_asked_for)
{
	struct dgram_options options = plain_v4;
	char name[IF_NAMESIZE] = "";
	socklen_t len = sizeof name;
	struct dgram *d;

	options.interface = "lo";
	d = udp_with(&options);
	if (!d && errno == EPERM) {
		printf("skipped: SO_BINDTODEVICE is for others here\n");
		return;
	}
	ck_assert_int_eq(getsockopt(dgram_fd(d), SOL_SOCKET, SO_BINDTODEVICE, name, &len), 0);
	ck_assert_str_eq(name, "lo");
	dgram_free(d);
}
END_TEST

/* The descriptor is gone then, too. */
static void expect_no_dgram(const struct dgram_options *options, int err)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_ptr_null(dgram_new(fd, options));
	ck_assert_int_eq(errno, err);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}

START_TEST(option_that_is_refused_is_a_failure)
{
	struct dgram_options options = plain_v4;

	options.source = (struct addr){.family = 4, .ip = {192, 0, 2, 1}};
	expect_no_dgram(&options, EADDRNOTAVAIL);
	options = plain_v4;
	options.ttl = 256;
	expect_no_dgram(&options, EINVAL);
	options = plain_v4;
	options.interface = "no-such-link";
	if (geteuid() == 0)
		expect_no_dgram(&options, ENODEV);
}
END_TEST

START_TEST(nothing_to_send_or_receive_is_no_failure)
{
	struct dgram_packet out[DGRAM_BATCH];
	struct dgram *d = udp_with(&plain_v4);

	flush(d);
	ck_assert_uint_eq(kernel.calls, 0);
	ck_assert_uint_eq(dgram_receive(d, out), 0);
	ck_assert_uint_eq(dgram_receive_errors(d, out), 0);
	dgram_free(d);
	dgram_free(NULL);
}
END_TEST

/* --- UDP, unconnected ----------------------------------------------------------------------------
 */

/* Port 1 is closed: each datagram to it brings an error, which waits on the socket for whoever
 * sends next. */
static void errors_hold_up_nobody(int family)
{
	struct dgram *d = open_udp(family);
	struct dgram_packet out[DGRAM_BATCH];
	struct addr closed = loopback_addr(family), at;
	int fd = loopback_bind(family, SOCK_DGRAM, &at);
	size_t errors = 0, count;
	char byte;

	closed.port = 1;
	for (uint32_t i = 0; i < 20; i++)
		queue_udp(d, i % 2 ? &at : &closed, key_of(i));
	flush(d);
	for (unsigned i = 0; i < 10; i++)
		ck_assert_int_eq(recv(fd, &byte, 1, MSG_DONTWAIT), 1);
	while ((count = dgram_receive_errors(d, out)) > 0)
		for (size_t i = 0; i < count; i++) {
			if (out[i].kind != DGRAM_ERROR)
				continue;
			errors++;
			ck_assert(addr_same(&out[i].peer, &closed));
			ck_assert_uint_eq(out[i].peer.port, 1);
			ck_assert(addr_same(&out[i].error.from, &closed));
		}
	ck_assert_uint_eq(errors, 10);
	close(fd);
	dgram_free(d);
}

START_TEST(dgram_sends_udp_past_the_errors_of_other_ports)
{
	if (!own_net())
		return;
	errors_hold_up_nobody(4);
	errors_hold_up_nobody(6);
}
END_TEST

UNIT_MAIN("net/dgram", dgram_sends_udp_past_the_errors_of_other_ports,
	filter_lets_answers_with_our_identifier_in_alone, filter_works_for_ipv6,
	filter_is_for_raw_sockets, slots_end_with_the_batch_and_come_back_with_the_flush,
	every_packet_of_many_batches_comes_back_once_and_in_order,
	packets_of_a_batch_have_their_own_length_and_destination, port_is_no_matter_to_ipv6,
	kernel_that_takes_few_at_a_time_gets_the_rest_later,
	packets_wait_while_the_kernel_has_no_room, packet_that_is_given_up_holds_up_nobody,
	interrupted_call_is_made_again, refused_packet_is_told_and_the_others_keep_their_keys,
	refused_packet_is_told_and_the_others_keep_their_count,
	refused_packet_that_uses_up_a_number_shifts_none,
	error_of_another_packet_that_uses_up_a_number_shifts_none_of_the_next_batch,
	stamps_from_before_a_recount_are_nobodys, refusal_with_einval_does_not_cost_the_keys,
	every_packet_of_a_batch_can_be_refused, no_route_is_told,
	too_long_packet_is_told_with_the_mtu, too_long_packet_does_not_shift_the_count,
	packets_are_stamped_where_the_kernel_takes_no_keys, ttl_and_tos_are_those_asked_for,
	ttl_and_tos_of_ipv6_are_those_asked_for, multicast_has_the_ttl_too,
	path_mtu_discovery_is_that_asked_for, packets_leave_from_the_source_asked_for,
	interface_is_that_asked_for, option_that_is_refused_is_a_failure,
	nothing_to_send_or_receive_is_no_failure)
