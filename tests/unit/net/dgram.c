/* SPDX-License-Identifier: MIT */
#include "netprobe/net/dgram.h"

#include "../own_net.h"

#include "netprobe/base/mem.h"
#include "netprobe/packet/checksum.h"
#include "netprobe/packet/echo.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <linux/icmp.h>
#include <linux/sock_diag.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

enum { ID = 0x2b67, SIZE = 64, IP_HEADER = 20, OPT_ID = 81 /* SCM_TS_OPT_ID */ };

/* --- a kernel that does as it is told
 * -------------------------------------------------------------
 */

static struct {
	bool consumes; /* a number for what it refuses, as some do */
	bool no_keys;  /* before Linux 6.13 */
	int most;      /* packets that one call takes; 0: all */
	int err;       /* what a packet meets ... */
	int passes;    /* ... after so many that went out ... */
	int times;     /* ... and so often */
	unsigned calls, keyed;
} kernel;

typedef int send_fn(int fd, struct mmsghdr *messages, unsigned count, int flags);

static bool has_key(const struct mmsghdr *m)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(&m->msg_hdr);

	return c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == OPT_ID;
}

static int refuse(int err)
{
	errno = err;
	return -1;
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	send_fn *real = (send_fn *)dlsym(RTLD_NEXT, "sendmmsg");
	int sent;

	kernel.calls++;
	kernel.keyed += has_key(messages);
	if (kernel.no_keys && has_key(messages))
		return refuse(EINVAL);
	if (kernel.times > 0 && kernel.passes == 0) {
		kernel.times--;
		/* it uses up a number, and this one's stamp is nobody's */
		if (kernel.consumes)
			real(fd, messages, 1, flags);
		return refuse(kernel.err);
	}
	if (kernel.times > 0 && count > (unsigned)kernel.passes)
		count = (unsigned)kernel.passes;
	if (kernel.most && count > (unsigned)kernel.most)
		count = (unsigned)kernel.most;
	sent = real(fd, messages, count, flags);
	if (sent > 0 && kernel.times > 0)
		kernel.passes -= sent;
	return sent;
}

/* --- sockets -------------------------------------------------------------------------------------
 */

static const struct dgram_options raw_v4 = {
	.family = 4, .size = SIZE, .has_header = true, .tos = -1};
static const struct dgram_options raw_v6 = {.family = 6, .size = SIZE, .tos = -1};
static const struct dgram_options plain_v4 = {.family = 4, .size = SIZE, .tos = -1};

static int icmp_socket(int family, int type)
{
	return socket(family == 6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC,
		family == 6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
}

static struct dgram *open_dgram(int type, const struct dgram_options *options)
{
	int fd = icmp_socket(options->family, type);
	struct dgram *d;

	ck_assert_int_ge(fd, 0);
	d = dgram_new(fd, options);
	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq(dgram_fd(d), fd);
	return d;
}

static struct dgram *open_raw(const struct dgram_options *options)
{
	return open_dgram(SOCK_RAW, options);
}

/* A raw socket that gets the answers to its own questions alone. */
static struct dgram *open_filtered(const struct dgram_options *options)
{
	struct dgram *d = open_raw(options);

	ck_assert_int_eq(dgram_keep_echo_replies(d, ID), 0);
	return d;
}

static void queue(struct dgram *d, const struct addr *to, uint16_t id, uint32_t key, size_t len)
{
	uint8_t *slot = dgram_slot(d);

	ck_assert_ptr_nonnull(slot);
	memset(slot, 0x5a, len);
	echo_encode(to->family, id, (uint16_t)key, slot, len);
	dgram_queue(d, to, len, key);
}

static void queue_to_loopback(struct dgram *d, int family, uint32_t key)
{
	struct addr to = loopback_addr(family);

	queue(d, &to, ID, key, SIZE);
}

/* All goes out, and nothing is refused. */
static void flush(struct dgram *d)
{
	struct dgram_failure failures[DGRAM_BATCH];
	size_t count;

	ck_assert(dgram_flush(d, failures, &count));
	ck_assert_uint_eq(count, 0);
	settle();
}

/* A key that is no count. */
static uint32_t key_of(uint32_t i)
{
	return 0xfee10000 - 17 * i;
}

static void expect_stamps(struct dgram *d, uint32_t first, uint32_t count)
{
	struct dgram_packet out[DGRAM_BATCH];
	const struct dgram_packet *at = out;
	size_t got = 0;

	for (uint32_t i = first; i < first + count; i++, got--) {
		if (got == 0) {
			got = dgram_receive_errors(d, out);
			ck_assert_uint_gt(got, 0);
			at = out;
		}
		ck_assert_int_eq(at->kind, DGRAM_STAMP);
		ck_assert_uint_eq(at->key, key_of(i));
		ck_assert_int_gt(at->stamp, 0);
		at++;
	}
	ck_assert_uint_eq(got, 0);
	ck_assert_uint_eq(dgram_receive_errors(d, out), 0);
}

/* The echo in what came in, behind its IP header where there is one. */
static struct echo echo_in(const struct dgram_packet *p, int family, bool header)
{
	size_t skip = header ? IP_HEADER : 0;
	struct echo e;

	ck_assert_int_eq(p->kind, DGRAM_DATA);
	ck_assert_uint_ge(p->len, skip);
	echo_parse(family, p->bytes + skip, p->len - skip, &e);
	return e;
}

/* The kernel begins to stamp what comes in some time after the first socket that asks for it was
 * opened (net_enable_timestamp() leaves it to a worker). */
static void wait_for_stamping(struct dgram *d, int family)
{
	struct dgram_packet out[DGRAM_BATCH] = {0};

	for (int i = 0; i < 1000 && out[0].stamp == 0; i++) {
		usleep(1000);
		queue_to_loopback(d, family, key_of(0));
		flush(d);
		expect_stamps(d, 0, 1);
		ck_assert_uint_eq(dgram_receive(d, out), 1);
	}
}

static bool has_v6(void)
{
	int fd = icmp_socket(6, SOCK_RAW);

	if (fd < 0)
		printf("skipped: no IPv6 here\n");
	close(fd);
	return fd >= 0;
}

/* --- questions and answers -----------------------------------------------------------------------
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

static void queue_numbered(struct dgram *d, uint32_t i)
{
	struct addr self = loopback_addr(4);

	queue(d, &self, ID, key_of(i), SIZE);
}

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

UNIT_MAIN("net/dgram", answers_come_with_their_header_sender_and_stamp,
	answers_by_ipv6_tell_their_hop_limit, datagram_sockets_tell_the_ttl_and_give_no_header,
	filter_lets_answers_with_our_identifier_in_alone, filter_works_for_ipv6,
	filter_is_for_raw_sockets, slots_end_with_the_batch_and_come_back_with_the_flush,
	every_packet_of_many_batches_comes_back_once_and_in_order,
	batch_that_is_full_says_that_more_may_be_there,
	packets_of_a_batch_have_their_own_length_and_destination, port_is_no_matter_to_ipv6,
	kernel_that_takes_few_at_a_time_gets_the_rest_later,
	packets_wait_while_the_kernel_has_no_room, interrupted_call_is_made_again,
	refused_packet_is_told_and_the_others_keep_their_keys,
	refused_packet_is_told_and_the_others_keep_their_count,
	refused_packet_that_uses_up_a_number_shifts_none,
	error_of_another_packet_that_uses_up_a_number_shifts_none_of_the_next_batch,
	stamps_from_before_a_recount_are_nobodys, refusal_with_einval_does_not_cost_the_keys,
	every_packet_of_a_batch_can_be_refused, no_route_is_told,
	too_long_packet_is_told_with_the_mtu, too_long_packet_does_not_shift_the_count,
	packets_are_stamped_where_the_kernel_takes_no_keys, icmp_error_tells_sender_kind_and_quote,
	icmp_errors_hold_up_no_raw_socket, icmp_errors_hold_up_no_datagram_socket,
	icmpv6_error_tells_its_sender, sender_is_told_without_his_port,
	packets_without_room_are_counted, drops_from_before_are_not_counted,
	packets_that_are_refused_for_other_reasons_are_no_drops,
	stamps_that_fill_the_buffer_make_drops, ttl_and_tos_are_those_asked_for,
	ttl_and_tos_of_ipv6_are_those_asked_for, multicast_has_the_ttl_too,
	path_mtu_discovery_is_that_asked_for, packets_leave_from_the_source_asked_for,
	interface_is_that_asked_for, option_that_is_refused_is_a_failure,
	nothing_to_send_or_receive_is_no_failure)
