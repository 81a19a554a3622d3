/* SPDX-License-Identifier: MIT */
#include "netprobe/priv/priv.h"

#include "../own_net.h"
#include "child.h"

#include <netinet/in.h>

enum { ROOM = 8 << 20 };

static int option_of(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof value;

	getsockopt(fd, SOL_SOCKET, option, &value, &len);
	return value;
}

static void expect_socket(int family, int type)
{
	bool raw = type != SOCK_RAW;
	int fd = priv_icmp_open(family, &raw);

	if (fd == -EAFNOSUPPORT)
		return;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(raw, type == SOCK_RAW);
	ck_assert_int_eq(option_of(fd, SO_TYPE), type);
	ck_assert_int_eq(option_of(fd, SO_DOMAIN), family == 6 ? AF_INET6 : AF_INET);
	ck_assert_int_eq(
		option_of(fd, SO_PROTOCOL), family == 6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

START_TEST(socket_is_raw_with_privilege)
{
	if (!own_net())
		return;
	expect_socket(4, SOCK_RAW);
	expect_socket(6, SOCK_RAW);
}
END_TEST

/* Beyond net.core.rmem_max; the kernel doubles what it is given. */
START_TEST(buffer_goes_beyond_the_systems_bound_with_privilege)
{
	bool raw;
	int fd = priv_icmp_open(4, &raw);

	if (fd < 0 || !raw || geteuid() != 0)
		printf("skipped: not root\n");
	else
		ck_assert_int_eq(option_of(fd, SO_RCVBUF), 2 * ROOM);
	close(fd);
}
END_TEST

static int look_without_anything(void)
{
	bool raw;

	if (priv_drop() != 0)
		return 1;
	if (priv_icmp_open(4, &raw) != -EPERM)
		return 2;
	return priv_icmp_open(6, &raw) == -EPERM ? 0 : 3;
}

/* A namespace begins with a group range that is empty. */
START_TEST(neither_kind_is_told_as_eperm)
{
	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		printf("skipped: no network namespace to be had\n");
	else
		ck_assert_int_eq(in_child(look_without_anything), 0);
}
END_TEST

static int look_with_a_group(void)
{
	bool raw = true;
	int fd;

	if (priv_drop() != 0)
		return 1;
	fd = priv_icmp_open(4, &raw);
	if (fd < 0)
		return SKIPPED;
	if (raw || option_of(fd, SO_TYPE) != SOCK_DGRAM)
		return 2;
	if (!(fcntl(fd, F_GETFL) & O_NONBLOCK) || !(fcntl(fd, F_GETFD) & FD_CLOEXEC))
		return 3;
	raw = true;
	fd = priv_icmp_open(6, &raw);
	return fd == -EAFNOSUPPORT || (fd >= 0 && !raw) ? 0 : 4;
}

START_TEST(socket_is_for_datagrams_where_a_group_may_have_them)
{
	int found;

	if (!own_net())
		return;
	found = in_child(look_with_a_group);
	if (found == SKIPPED)
		printf("skipped: ping_group_range cannot be set here\n");
	else
		ck_assert_int_eq(found, 0);
}
END_TEST

UNIT_MAIN("priv/icmp", socket_is_raw_with_privilege,
	buffer_goes_beyond_the_systems_bound_with_privilege, neither_kind_is_told_as_eperm,
	socket_is_for_datagrams_where_a_group_may_have_them)
