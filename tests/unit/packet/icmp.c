/* SPDX-License-Identifier: MIT */
#include "netprobe/packet/icmp.h"

#include "netprobe/base/mem.h"

#include "../unit.h"

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

/* Scripts look for these in the output of ping(8). */
START_TEST(icmp_text_is_that_of_ping_for_ipv4)
{
	static const char *const unreachable[] = {
		"Destination Net Unreachable",
		"Destination Host Unreachable",
		"Destination Protocol Unreachable",
		"Destination Port Unreachable",
		"Frag needed and DF set",
		"Source Route Failed",
		"Destination Net Unknown",
		"Destination Host Unknown",
		"Source Host Isolated",
		"Destination Net Prohibited",
		"Destination Host Prohibited",
		"Destination Net Unreachable for Type of Service",
		"Destination Host Unreachable for Type of Service",
		"Packet filtered",
		"Precedence Violation",
		"Precedence Cutoff",
	};

	for (size_t code = 0; code < ARRAY_SIZE(unreachable); code++)
		ck_assert_str_eq(icmp_text(4, 3, (uint8_t)code), unreachable[code]);
	ck_assert_str_eq(icmp_text(4, 11, 0), "Time to live exceeded");
	ck_assert_str_eq(icmp_text(4, 11, 1), "Frag reassembly time exceeded");
	ck_assert_str_eq(icmp_text(4, 12, 0), "Parameter problem");
}
END_TEST

START_TEST(icmp_text_is_that_of_ping_for_ipv6)
{
	static const char *const unreachable[] = {
		"Destination unreachable: No route",
		"Destination unreachable: Administratively prohibited",
		"Destination unreachable: Beyond scope of source address",
		"Destination unreachable: Address unreachable",
		"Destination unreachable: Port unreachable",
		"Destination unreachable: Source address failed policy",
		"Destination unreachable: Reject route",
	};

	for (size_t code = 0; code < ARRAY_SIZE(unreachable); code++)
		ck_assert_str_eq(icmp_text(6, 1, (uint8_t)code), unreachable[code]);
	ck_assert_str_eq(icmp_text(6, 2, 0), "Packet too big");
	ck_assert_str_eq(icmp_text(6, 3, 0), "Time exceeded: Hop limit");
	ck_assert_str_eq(icmp_text(6, 3, 1), "Time exceeded: Defragmentation failure");
	ck_assert_str_eq(icmp_text(6, 4, 0), "Parameter problem");
}
END_TEST

START_TEST(icmp_text_of_an_unknown_code_is_that_of_the_type)
{
	ck_assert_str_eq(icmp_text(4, 3, 16), "Destination Unreachable");
	ck_assert_str_eq(icmp_text(4, 11, 2), "Time exceeded");
	ck_assert_str_eq(icmp_text(4, 12, 1), "Parameter problem");
	ck_assert_str_eq(icmp_text(6, 1, 7), "Destination unreachable");
	ck_assert_str_eq(icmp_text(6, 2, 1), "Packet too big");
	ck_assert_str_eq(icmp_text(6, 3, 2), "Time exceeded");
	ck_assert_str_eq(icmp_text(6, 4, 2), "Parameter problem");
}
END_TEST

START_TEST(icmp_text_is_there_for_every_message)
{
	for (unsigned type = 0; type < 256; type++)
		for (unsigned code = 0; code < 256; code++) {
			ck_assert_ptr_nonnull(icmp_text(4, (uint8_t)type, (uint8_t)code));
			ck_assert_ptr_nonnull(icmp_text(6, (uint8_t)type, (uint8_t)code));
		}
	ck_assert_str_eq(icmp_text(4, 200, 0), "Unknown ICMP type");
	ck_assert_str_eq(icmp_text(6, 11, 0), "Unknown ICMP type");
}
END_TEST

UNIT_MAIN("packet/icmp", icmp_names_and_meanings_of_ipv4, icmp_names_and_meanings_of_ipv6,
	icmp_too_big_says_nothing_of_reachability, icmp_unknown_codes_have_a_name,
	icmp_text_is_that_of_ping_for_ipv4, icmp_text_is_that_of_ping_for_ipv6,
	icmp_text_of_an_unknown_code_is_that_of_the_type, icmp_text_is_there_for_every_message)
