/* SPDX-License-Identifier: MIT */
#include "answers.h"

enum { OPTIONS = 240, END = 286 };

START_TEST(dhcp_question_is_an_inform)
{
	static const uint8_t question[300] = {1, 1, 6, 0, 0x89, 0xab, 0xcd, 0xef, [12] = 192, 0, 2,
		1, [236] = 0x63, 0x82, 0x53, 0x63, 53, 1, 8, 55, 3, 3, 6, 15, 255};

	expect_question(&query_dhcp, question, sizeof question, true);
}
END_TEST

START_TEST(dhcp_tells_the_server_and_what_it_hands_out)
{
	expect_answer(&query_dhcp, dnsmasq_ack, sizeof dnsmasq_ack,
		"message=ACK\nserver_id=10.8.8.1\nrouters=10.8.8.1\ndns_servers=10.8.8.1\n"
		"domain=example.net\n: ACK of 10.8.8.1");
}
END_TEST

START_TEST(dhcp_lists_hold_whole_addresses)
{
	expect_edited(&query_dhcp, dnsmasq_ack, sizeof dnsmasq_ack, OPTIONS,
		"\x35\1\5\0\6\x09\1\1\1\1\2\2\2\2\3\xff", 16,
		"message=ACK\ndns_servers=1.1.1.1|2.2.2.2\n: ACK");
}
END_TEST

START_TEST(dhcp_without_a_message_type_is_bootp)
{
	expect_edited(
		&query_dhcp, dnsmasq_ack, sizeof dnsmasq_ack, OPTIONS, "\xff", 1, "no answer");
	expect_edited(
		&query_dhcp, dnsmasq_ack, sizeof dnsmasq_ack, OPTIONS + 2, "\0", 1, "no answer");
	expect_edited(
		&query_dhcp, dnsmasq_ack, sizeof dnsmasq_ack, OPTIONS + 2, "\x13", 1, "no answer");
}
END_TEST

START_TEST(dhcp_options_that_lie_are_no_answer)
{
	expect_edited(
		&query_dhcp, dnsmasq_ack, sizeof dnsmasq_ack, OPTIONS + 4, "\xff", 1, "no answer");
	expect_edited(
		&query_dhcp, dnsmasq_ack, sizeof dnsmasq_ack, OPTIONS + 1, "\2", 1, "no answer");
	expect_edited(
		&query_dhcp, dnsmasq_ack, sizeof dnsmasq_ack, OPTIONS + 1, "\0", 1, "no answer");
}
END_TEST

/* The padding behind the end may be missing. */
START_TEST(dhcp_answer_is_whole_and_of_its_token)
{
	expect_bound(&query_dhcp, dnsmasq_ack, sizeof dnsmasq_ack, END + 1);
	expect_matters(&query_dhcp, dnsmasq_ack, sizeof dnsmasq_ack, 4, 8);
	expect_matters(&query_dhcp, dnsmasq_ack, sizeof dnsmasq_ack, 236, 240);
	expect_edited(&query_dhcp, dnsmasq_ack, sizeof dnsmasq_ack, 0, "\1", 1, "no answer");
}
END_TEST

UNIT_MAIN("query/dhcp", dhcp_question_is_an_inform, dhcp_tells_the_server_and_what_it_hands_out,
	dhcp_lists_hold_whole_addresses, dhcp_without_a_message_type_is_bootp,
	dhcp_options_that_lie_are_no_answer, dhcp_answer_is_whole_and_of_its_token)
