/* SPDX-License-Identifier: MIT */
#include "netprobe/probe/result.h"

#include "../unit.h"

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

UNIT_MAIN("probe/result", states_have_the_names_of_the_port_record,
	reasons_have_the_names_of_the_port_record, every_state_and_reason_has_a_name)
