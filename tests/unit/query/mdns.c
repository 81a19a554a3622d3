/* SPDX-License-Identifier: MIT */
#include "answers.h"

#define THREE                                                                                      \
	"services=_workstation._tcp|_ipp._tcp|_http._tcp\n: _workstation._tcp, _ipp._tcp, "        \
	"_http._tcp"

START_TEST(mdns_question_wishes_for_unicast)
{
	static const uint8_t question[] = {
		0xcd, 0xef, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,       /* id, no flags, one question */
		9, '_', 's', 'e', 'r', 'v', 'i', 'c', 'e', 's', /* */
		7, '_', 'd', 'n', 's', '-', 's', 'd', 4, '_', 'u', 'd', 'p', /* */
		5, 'l', 'o', 'c', 'a', 'l', 0, 0, 12, 0x80, 1,               /* PTR IN, unicast */
	};

	expect_question(&query_mdns, question, sizeof question, true);
}
END_TEST

START_TEST(mdns_tells_the_kinds_of_services)
{
	expect_answer(&query_mdns, avahi_services, sizeof avahi_services, THREE);
}
END_TEST

START_TEST(mdns_echoes_the_question_with_or_without_its_bit)
{
	expect_edited(&query_mdns, avahi_services, sizeof avahi_services, 44, "\0", 1, THREE);
	expect_matters(&query_mdns, avahi_services, sizeof avahi_services, 12, 44);
}
END_TEST

/* A pointer at 85 to itself, forwards, to another that leads back; beyond the message. */
START_TEST(mdns_names_that_run_in_circles_are_left_out)
{
	static const char *const pointers[] = {"\xc0\x5b", "\xc0\x5c", "\xc0\x6e", "\xff\xff"};

	for (size_t i = 0; i < ARRAY_SIZE(pointers); i++)
		expect_edited(&query_mdns, avahi_services, sizeof avahi_services, 95, pointers[i],
			2,
			"services=_workstation._tcp|_http._tcp\n: _workstation._tcp, _http._tcp");
}
END_TEST

START_TEST(mdns_name_longer_than_a_name_may_be_is_none)
{
	uint8_t message[12 + 11 + 5 * 64 + 1] = {0xcd, 0xef, 0x84, 0, 0, 0, 0, 1, 0, 0, 0,
		0, /* an answer, no question */
		0, 0, 12, 0, 1, 0, 0, 0, 10, 5 * 64 >> 8, (5 * 64 & 0xff) + 1};

	for (size_t i = 0; i < 5; i++)
		message[12 + 11 + i * 64] = 63;
	expect_refused(&query_mdns, message, sizeof message);
}
END_TEST

START_TEST(mdns_without_question_and_services_says_nothing)
{
	static const uint8_t empty[] = {0xcd, 0xef, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0};

	expect_refused(&query_mdns, empty, sizeof empty);
}
END_TEST

START_TEST(mdns_answer_is_whole_and_of_its_token)
{
	expect_bound(&query_mdns, avahi_services, sizeof avahi_services, sizeof avahi_services);
	expect_matters(&query_mdns, avahi_services, sizeof avahi_services, 0, 2);
}
END_TEST

UNIT_MAIN("query/mdns", mdns_question_wishes_for_unicast, mdns_tells_the_kinds_of_services,
	mdns_echoes_the_question_with_or_without_its_bit,
	mdns_names_that_run_in_circles_are_left_out, mdns_name_longer_than_a_name_may_be_is_none,
	mdns_without_question_and_services_says_nothing, mdns_answer_is_whole_and_of_its_token)
