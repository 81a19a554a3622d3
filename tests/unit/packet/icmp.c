/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "netprobe/packet/icmp.h"

START_TEST(icmp_names_and_meanings_of_ipv4)
{
	ck_assert_str_eq(icmp_name(4, 3, 0), "net-unreachable");
	ck_assert_str_eq(icmp_name(4, 3, 1), "host-unreachable");
	ck_assert_str_eq(icmp_name(4, 3, 3), "port-unreachable");
	ck_assert_str_eq(icmp_name(4, 3, 13), "admin-prohibited");
	ck_assert_int_eq(icmp_meaning(4, 3, 1), ICMP_MEANS_NO_WAY);
	ck_assert_int_eq(icmp_meaning(4, 3, 3), ICMP_MEANS_NO_PORT);
	ck_assert_int_eq(icmp_meaning(4, 3, 9), ICMP_MEANS_PROHIBITED);
	ck_assert_int_eq(icmp_meaning(4, 3, 10), ICMP_MEANS_PROHIBITED);
	ck_assert_int_eq(icmp_meaning(4, 3, 13), ICMP_MEANS_PROHIBITED);
	ck_assert_int_eq(icmp_meaning(4, 11, 0), ICMP_MEANS_NO_WAY);
}
END_TEST

START_TEST(icmp_names_and_meanings_of_ipv6)
{
	ck_assert_str_eq(icmp_name(6, 1, 0), "no-route");
	ck_assert_str_eq(icmp_name(6, 1, 1), "admin-prohibited");
	ck_assert_str_eq(icmp_name(6, 1, 3), "addr-unreachable");
	ck_assert_str_eq(icmp_name(6, 1, 4), "port-unreachable");
	ck_assert_int_eq(icmp_meaning(6, 1, 0), ICMP_MEANS_NO_WAY);
	ck_assert_int_eq(icmp_meaning(6, 1, 3), ICMP_MEANS_NO_WAY);
	ck_assert_int_eq(icmp_meaning(6, 1, 4), ICMP_MEANS_NO_PORT);
	ck_assert_int_eq(icmp_meaning(6, 1, 5), ICMP_MEANS_PROHIBITED);
	ck_assert_int_eq(icmp_meaning(6, 1, 6), ICMP_MEANS_PROHIBITED);
}
END_TEST

START_TEST(icmp_too_big_says_nothing_of_reachability)
{
	ck_assert_int_eq(icmp_meaning(4, 3, 4), ICMP_MEANS_NOTHING);
	ck_assert_int_eq(icmp_meaning(6, 2, 0), ICMP_MEANS_NOTHING);
}
END_TEST

START_TEST(icmp_unknown_codes_have_a_name)
{
	ck_assert_str_eq(icmp_name(4, 3, 99), "unknown");
	ck_assert_str_eq(icmp_name(6, 200, 0), "unknown");
	ck_assert_int_eq(icmp_meaning(4, 200, 0), ICMP_MEANS_NOTHING);
}
END_TEST

UNIT_MAIN("packet/icmp", icmp_names_and_meanings_of_ipv4, icmp_names_and_meanings_of_ipv6,
	icmp_too_big_says_nothing_of_reachability, icmp_unknown_codes_have_a_name)
