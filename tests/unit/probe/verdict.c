/* SPDX-License-Identifier: MIT */
#include "../../../src/probe/verdict.h"

#include "../unit.h"

#include "netprobe/net/route.h"

#include <errno.h>

/* This machine's address and neighbours are the test's own: these stand in for the library's. */
static struct {
	struct addr self;
	bool unresolved;
} world = {.self = {.family = 4, .ip = {10, 0, 0, 2}}};

int sock_local_addr(int fd, struct addr *out)
{
	ck_assert_int_eq(fd, 5);
	*out = world.self;
	return world.self.family ? 0 : -EBADF;
}

bool route_is_unreached(const struct addr *to)
{
	ck_assert_uint_eq(to->ip[3], 9);
	return world.unresolved;
}

static const struct addr target = {.family = 4, .ip = {10, 0, 0, 9}, .port = 80};
static const struct addr router = {.family = 4, .ip = {10, 0, 0, 1}};

/* Type 3 with `code` from `from`. */
static struct answer judged(const struct addr *from, uint8_t code)
{
	const struct sock_error e = {
		.from = *from, .type = 3, .code = code, .err = EHOSTUNREACH, .arrived = 77};
	struct answer a = {.wire = 66};

	ck_assert_int_eq(verdict_icmp(5, &target, &e, &a), PROBE_ANSWERED);
	return a;
}

START_TEST(verdict_is_an_answer)
{
	struct answer a = {.wire = 66};

	ck_assert_int_eq(verdict(&a, PORT_CLOSED, REASON_RST), PROBE_ANSWERED);
	ck_assert_int_eq(a.state, PORT_CLOSED);
	ck_assert_int_eq(a.reason, REASON_RST);
	ck_assert_int_eq(a.wire, 66);
}
END_TEST

static void expect_refused(int err, enum port_state state, enum port_reason reason)
{
	struct answer a = {0};

	ck_assert_int_eq(verdict_refused(err, &a), PROBE_ANSWERED);
	ck_assert_int_eq(a.state, state);
	ck_assert_int_eq(a.reason, reason);
	ck_assert_int_eq(a.err, err);
}

START_TEST(refusal_by_our_own_firewall_is_filtered)
{
	expect_refused(EPERM, PORT_FILTERED, REASON_LOCAL);
}
END_TEST

START_TEST(refusal_for_want_of_a_way_is_unreachable)
{
	expect_refused(ENETUNREACH, PORT_UNREACHABLE, REASON_NO_ROUTE);
	expect_refused(EHOSTUNREACH, PORT_UNREACHABLE, REASON_NO_ROUTE);
	expect_refused(EACCES, PORT_UNREACHABLE, REASON_NO_ROUTE);
}
END_TEST

START_TEST(refusal_for_want_of_room_is_trouble)
{
	static const int errs[] = {EAGAIN, ENOBUFS, ENOMEM, EADDRNOTAVAIL};

	for (size_t i = 0; i < sizeof errs / sizeof *errs; i++) {
		struct answer a = {0};

		ck_assert_int_eq(verdict_refused(errs[i], &a), PROBE_TROUBLE);
		ck_assert_int_eq(a.err, errs[i]);
		ck_assert_int_eq(a.state, PORT_PENDING);
		ck_assert_int_eq(a.reason, REASON_NONE);
	}
}
END_TEST

START_TEST(error_of_a_router_without_a_way_is_unreachable)
{
	struct answer a = judged(&router, 1);

	ck_assert_int_eq(a.state, PORT_UNREACHABLE);
	ck_assert_int_eq(a.reason, REASON_ICMP);
	ck_assert_uint_eq(a.icmp_type, 3);
	ck_assert_uint_eq(a.icmp_code, 1);
	ck_assert(addr_same(&a.from, &router));
	ck_assert_int_eq(a.arrived, 77);
	ck_assert_int_eq(a.wire, 66);
}
END_TEST

START_TEST(error_of_a_firewall_is_filtered)
{
	ck_assert_int_eq(judged(&router, 13).state, PORT_FILTERED);
	ck_assert_int_eq(judged(&router, 13).reason, REASON_ICMP);
	/* whoever says so of a port that is not his */
	ck_assert_int_eq(judged(&router, 3).state, PORT_FILTERED);
}
END_TEST

START_TEST(error_from_ourselves_is_our_own_firewall)
{
	struct answer a = judged(&world.self, 13);

	ck_assert_int_eq(a.state, PORT_FILTERED);
	ck_assert_int_eq(a.reason, REASON_LOCAL);
	ck_assert_uint_eq(a.icmp_code, 13);
	/* also where it says that there is no way, while the neighbour answers */
	a = judged(&world.self, 1);
	ck_assert_int_eq(a.state, PORT_FILTERED);
	ck_assert_int_eq(a.reason, REASON_LOCAL);
}
END_TEST

START_TEST(error_from_ourselves_about_a_silent_neighbour_is_arp)
{
	struct answer a;

	world.unresolved = true;
	a = judged(&world.self, 1);
	ck_assert_int_eq(a.state, PORT_UNREACHABLE);
	ck_assert_int_eq(a.reason, REASON_ARP);
	/* nobody said so */
	ck_assert_uint_eq(a.from.family, 0);
	ck_assert_uint_eq(a.icmp_type, 0);
	/* a rule of ours is one, whoever is silent */
	ck_assert_int_eq(judged(&world.self, 13).reason, REASON_LOCAL);
	ck_assert_int_eq(judged(&router, 1).reason, REASON_ICMP);
}
END_TEST

START_TEST(error_counts_as_anothers_where_our_address_is_not_known)
{
	world.self = (struct addr){0};
	ck_assert_int_eq(judged(&router, 1).reason, REASON_ICMP);
}
END_TEST

UNIT_MAIN("probe/verdict", verdict_is_an_answer, refusal_by_our_own_firewall_is_filtered,
	refusal_for_want_of_a_way_is_unreachable, refusal_for_want_of_room_is_trouble,
	error_of_a_router_without_a_way_is_unreachable, error_of_a_firewall_is_filtered,
	error_from_ourselves_is_our_own_firewall,
	error_from_ourselves_about_a_silent_neighbour_is_arp,
	error_counts_as_anothers_where_our_address_is_not_known)
