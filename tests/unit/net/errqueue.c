/* SPDX-License-Identifier: MIT */
#include "../../../src/net/errqueue.h"

#include "../loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

/* A control message as the kernel writes it. */
struct message {
	_Alignas(struct cmsghdr) char room[256];
};

struct error_with_sender {
	struct sock_extended_err error;
	union {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} sender;
};

static struct cmsghdr *put(struct message *m, int level, int type, const void *bytes, size_t len)
{
	struct cmsghdr *c = (void *)m;

	*m = (struct message){0};
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), bytes, len);
	return c;
}

/* Over memory that held something else. */
static struct errqueue_entry entry_of(int level, int type, const struct error_with_sender *e)
{
	struct errqueue_entry entry;
	struct message m;

	memset(&entry, 0x55, sizeof entry);
	ck_assert(errqueue_read(put(&m, level, type, e, sizeof *e), &entry));
	return entry;
}

START_TEST(icmp_error_has_sender_type_and_code)
{
	struct error_with_sender e = {
		.error = {.ee_errno = EHOSTUNREACH,
			.ee_origin = SO_EE_ORIGIN_ICMP,
			.ee_type = 3,
			.ee_code = 1,
			.ee_info = 77,
			.ee_data = 5},
		.sender.v4 = {AF_INET, htons(9), {htonl(0x0a000001)}, {0}},
	};
	const struct addr router = {.family = 4, .ip = {10, 0, 0, 1}};
	struct errqueue_entry entry = entry_of(SOL_IP, IP_RECVERR, &e);

	ck_assert_int_eq(entry.origin, ERRQUEUE_ICMP);
	ck_assert(addr_same(&entry.error.from, &router));
	ck_assert_uint_eq(entry.error.from.port, 0);
	ck_assert_uint_eq(entry.error.type, 3);
	ck_assert_uint_eq(entry.error.code, 1);
	ck_assert_int_eq(entry.error.err, EHOSTUNREACH);
	/* what else stands there is no MTU */
	ck_assert_uint_eq(entry.error.mtu, 0);
	ck_assert_uint_eq(entry.key, 0);
	ck_assert_uint_eq(entry.error.port, 0);
	ck_assert_int_eq(entry.error.arrived, 0);
}
END_TEST

START_TEST(icmpv6_error_has_sender_and_mtu)
{
	struct error_with_sender e = {
		.error = {.ee_errno = EMSGSIZE,
			.ee_origin = SO_EE_ORIGIN_ICMP6,
			.ee_type = 2,
			.ee_info = 1280},
		.sender.v6 = {.sin6_family = AF_INET6, .sin6_addr.s6_addr = {0xfe, 0x80, [15] = 1}},
	};
	struct errqueue_entry entry = entry_of(SOL_IPV6, IPV6_RECVERR, &e);

	ck_assert_int_eq(entry.origin, ERRQUEUE_ICMP);
	ck_assert_uint_eq(entry.error.from.family, 6);
	ck_assert_uint_eq(entry.error.from.ip[15], 1);
	ck_assert_uint_eq(entry.error.type, 2);
	ck_assert_uint_eq(entry.error.mtu, 1280);
}
END_TEST

START_TEST(sender_that_is_not_told_has_no_family)
{
	struct error_with_sender e = {.error.ee_origin = SO_EE_ORIGIN_ICMP};

	ck_assert_uint_eq(entry_of(SOL_IP, IP_RECVERR, &e).error.from.family, 0);
}
END_TEST

START_TEST(local_refusal_has_errno_and_mtu_and_no_sender)
{
	struct error_with_sender e = {
		.error = {.ee_errno = EMSGSIZE, .ee_origin = SO_EE_ORIGIN_LOCAL, .ee_info = 1500},
		.sender.v4 = {AF_INET, 0, {htonl(0x0a000001)}, {0}},
	};
	struct errqueue_entry entry = entry_of(SOL_IP, IP_RECVERR, &e);

	ck_assert_int_eq(entry.origin, ERRQUEUE_LOCAL);
	ck_assert_int_eq(entry.error.err, EMSGSIZE);
	ck_assert_uint_eq(entry.error.mtu, 1500);
	ck_assert_uint_eq(entry.error.from.family, 0);
}
END_TEST

START_TEST(stamp_has_the_key_of_its_packet)
{
	struct error_with_sender e = {
		.error = {.ee_errno = ENOMSG,
			.ee_origin = SO_EE_ORIGIN_TIMESTAMPING,
			.ee_info = SCM_TSTAMP_SND,
			.ee_data = 0xfedcba98},
	};
	struct errqueue_entry entry = entry_of(SOL_IP, IP_RECVERR, &e);

	ck_assert_int_eq(entry.origin, ERRQUEUE_STAMP);
	ck_assert_uint_eq(entry.key, 0xfedcba98);
	ck_assert_int_eq(entry.error.err, 0);
}
END_TEST

START_TEST(other_entries_say_nothing)
{
	struct error_with_sender e = {
		.error = {.ee_errno = ENOBUFS, .ee_origin = SO_EE_ORIGIN_ZEROCOPY, .ee_data = 7}};
	struct errqueue_entry entry = entry_of(SOL_IP, IP_RECVERR, &e);

	ck_assert_int_eq(entry.origin, ERRQUEUE_OTHER);
	ck_assert_uint_eq(entry.key, 0);
	ck_assert_int_eq(entry.error.err, 0);
}
END_TEST

START_TEST(other_control_messages_are_no_entries)
{
	struct error_with_sender e = {.error.ee_origin = SO_EE_ORIGIN_ICMP};
	struct errqueue_entry entry;
	struct message m;

	ck_assert(!errqueue_read(put(&m, SOL_IP, IP_TTL, &e, sizeof e), &entry));
	ck_assert(!errqueue_read(put(&m, SOL_SOCKET, IP_RECVERR, &e, sizeof e), &entry));
	ck_assert(!errqueue_read(put(&m, SOL_IPV6, IP_RECVERR, &e, sizeof e), &entry));
	ck_assert(!errqueue_read(put(&m, SOL_IP, IPV6_RECVERR, &e, sizeof e), &entry));
}
END_TEST

START_TEST(software_stamp_is_the_first_of_three)
{
	const struct timespec times[3] = {{1700000000, 123456789}, {5, 5}, {6, 6}};
	struct message m;

	ck_assert_int_eq(errqueue_stamp(put(&m, SOL_SOCKET, SCM_TIMESTAMPING, times, sizeof times)),
		1700000000123456789);
	ck_assert_int_eq(errqueue_stamp(put(&m, SOL_SOCKET, SO_TIMESTAMP, times, sizeof times)), 0);
	ck_assert_int_eq(errqueue_stamp(put(&m, SOL_IP, SCM_TIMESTAMPING, times, sizeof times)), 0);
}
END_TEST

static int flags_of(int fd)
{
	int flags = 0;
	socklen_t len = sizeof flags;

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, &len), 0);
	return flags;
}

START_TEST(stamping_is_by_software_both_ways_and_without_the_bytes)
{
	const int wanted = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
			   SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY;
	struct addr at;
	int fd = loopback_bind(4, SOCK_DGRAM, &at);

	ck_assert_int_eq(errqueue_stamping(fd, false), 0);
	ck_assert_int_eq(flags_of(fd), wanted);
	ck_assert_int_eq(errqueue_stamping(fd, true), 0);
	ck_assert_int_eq(flags_of(fd), wanted | SOF_TIMESTAMPING_OPT_ID);
	close(fd);
	ck_assert_int_eq(errqueue_stamping(-1, true), -EBADF);
}
END_TEST

UNIT_MAIN("net/errqueue", icmp_error_has_sender_type_and_code, icmpv6_error_has_sender_and_mtu,
	sender_that_is_not_told_has_no_family, local_refusal_has_errno_and_mtu_and_no_sender,
	stamp_has_the_key_of_its_packet, other_entries_say_nothing,
	other_control_messages_are_no_entries, software_stamp_is_the_first_of_three,
	stamping_is_by_software_both_ways_and_without_the_bytes)
