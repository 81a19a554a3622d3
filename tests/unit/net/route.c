/* SPDX-License-Identifier: MIT */
#include "netprobe/net/route.h"

#include "../loopback.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>

START_TEST(loopback_is_local_by_ipv4)
{
	struct addr to = loopback_addr(4);
	struct next_hop hop;

	ck_assert_int_eq(route_next_hop(&to, &hop), 0);
	ck_assert(hop.local);
	ck_assert(!hop.gateway);
	ck_assert(!hop.unresolved);
	ck_assert_uint_eq(hop.interface, if_nametoindex("lo"));
	ck_assert(addr_same(&hop.neighbour, &to));
	ck_assert(!route_is_unresolved(&to));
}
END_TEST

START_TEST(loopback_is_local_by_ipv6)
{
	struct addr to;
	int fd = loopback_bind(6, SOCK_STREAM, &to);
	struct next_hop hop;

	if (fd < 0)
		return;
	ck_assert_int_eq(route_next_hop(&to, &hop), 0);
	ck_assert(hop.local);
	ck_assert(!hop.gateway);
	ck_assert(!route_is_unresolved(&to));
	close(fd);
}
END_TEST

START_TEST(broadcast_address_is_nobodys)
{
	const struct addr all = {.family = 4, .ip = {127, 255, 255, 255}};
	const struct addr one = loopback_addr(4), six = loopback_addr(6);
	struct next_hop hop;

	ck_assert_int_eq(route_next_hop(&all, &hop), 0);
	ck_assert(hop.broadcast);
	ck_assert(!hop.local);
	ck_assert(route_is_broadcast(&all));
	ck_assert(!route_is_broadcast(&one));
	ck_assert(!route_is_broadcast(&six));
}
END_TEST

/* A network namespace of its own has no route at all. */
START_TEST(no_route_is_said_so)
{
	const struct addr four = {.family = 4, .ip = {192, 0, 2, 1}};
	const struct addr six = {.family = 6, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
	struct next_hop hop;

	if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return;
	ck_assert_int_eq(route_next_hop(&four, &hop), -ENETUNREACH);
	ck_assert_int_ne(route_next_hop(&six, &hop), 0);
	ck_assert(!route_is_unresolved(&four));
	ck_assert(!route_is_unresolved(&six));
}
END_TEST

UNIT_MAIN("net/route", loopback_is_local_by_ipv4, loopback_is_local_by_ipv6,
	broadcast_address_is_nobodys, no_route_is_said_so)
