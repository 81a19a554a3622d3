/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/result.h"

#include "../unit.h"

#include <errno.h>

START_TEST(states_have_the_names_of_the_port_record)
{
	ck_assert_str_eq(port_state_name(PORT_PENDING), "pending");
	ck_assert_str_eq(port_state_name(PORT_OPEN), "open");
	ck_assert_str_eq(port_state_name(PORT_CLOSED), "closed");
	ck_assert_str_eq(port_state_name(PORT_FILTERED), "filtered");
	ck_assert_str_eq(port_state_name(PORT_UNREACHABLE), "unreachable");
	ck_assert_str_eq(port_state_name(PORT_UNPROVED), "unproved");
}
END_TEST

START_TEST(reasons_have_the_names_of_the_port_record)
{
	ck_assert_str_eq(port_reason_name(REASON_NONE), "none");
	ck_assert_str_eq(port_reason_name(REASON_SYN_ACK), "syn-ack");
	ck_assert_str_eq(port_reason_name(REASON_RST), "rst");
	ck_assert_str_eq(port_reason_name(REASON_REPLY), "reply");
	ck_assert_str_eq(port_reason_name(REASON_ICMP), "icmp");
	ck_assert_str_eq(port_reason_name(REASON_TIMEOUT), "timeout");
	ck_assert_str_eq(port_reason_name(REASON_NO_ROUTE), "no-route");
	ck_assert_str_eq(port_reason_name(REASON_ARP), "arp");
	ck_assert_str_eq(port_reason_name(REASON_LOCAL), "local");
}
END_TEST

START_TEST(every_state_and_reason_has_a_name)
{
	for (unsigned s = 0; s < PORT_STATES; s++)
		ck_assert_ptr_nonnull(port_state_name(s));
	for (unsigned r = 0; r < PORT_REASONS; r++)
		ck_assert_ptr_nonnull(port_reason_name(r));
}
END_TEST

static void expect_reason(const int *errs, enum port_reason reason)
{
	for (size_t i = 0; errs[i]; i++)
		ck_assert_msg(reason_of_errno(errs[i]) == reason, "errno %d", errs[i]);
}

START_TEST(refusal_with_eperm_is_our_own_firewall)
{
	expect_reason((const int[]){EPERM, 0}, REASON_LOCAL);
}
END_TEST

START_TEST(refusal_for_want_of_a_way_is_no_route)
{
	expect_reason((const int[]){ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL, ENETDOWN, ENODEV,
			      EAFNOSUPPORT, 0},
		REASON_NO_ROUTE);
}
END_TEST

START_TEST(other_refusals_say_nothing_about_the_target)
{
	expect_reason((const int[]){EAGAIN, ENOBUFS, ENOMEM, EADDRNOTAVAIL, EADDRINUSE, EMFILE,
			      EMSGSIZE, ECONNREFUSED, EIO, 0},
		REASON_NONE);
	ck_assert_int_eq(reason_of_errno(0), REASON_NONE);
}
END_TEST

UNIT_MAIN("probe/result", states_have_the_names_of_the_port_record,
	reasons_have_the_names_of_the_port_record, every_state_and_reason_has_a_name,
	refusal_with_eperm_is_our_own_firewall, refusal_for_want_of_a_way_is_no_route,
	other_refusals_say_nothing_about_the_target)
