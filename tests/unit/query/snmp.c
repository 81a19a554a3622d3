/* SPDX-License-Identifier: MIT */
#include "answers.h"

enum { ERROR_AT = 23, VALUE_AT = 41 };

static void expect_question_of(const struct query *q, uint8_t version)
{
	const uint8_t question[] = {
		0x30, 41, 0x02, 1, version, 0x04, 6, 'p', 'u', 'b', 'l', 'i', 'c', /* head */
		0xa0, 28, 0x02, 4, 0x49, 0xab, 0xcd, 0xef, 0x02, 1, 0, 0x02, 1, 0, /* get */
		0x30, 14, 0x30, 12, 0x06, 8, 0x2b, 6, 1, 2, 1, 1, 1, 0, 0x05, 0,   /* sysDescr.0 */
	};

	expect_question(q, question, sizeof question, true);
}

START_TEST(snmp_question_is_for_the_description)
{
	expect_question_of(&query_snmp1, 0);
	expect_question_of(&query_snmp2c, 1);
}
END_TEST

START_TEST(snmp_tells_the_description)
{
	expect_answer(&query_snmp1, net_snmp_1, sizeof net_snmp_1,
		"version=1\ndescription=Test Agent 1\n: Test Agent 1");
	expect_answer(&query_snmp2c, net_snmp_2c, sizeof net_snmp_2c,
		"version=2c\ndescription=Test Agent 1\n: Test Agent 1");
}
END_TEST

START_TEST(snmp_headline_is_the_first_line_of_a_description)
{
	expect_edited(&query_snmp1, net_snmp_1, sizeof net_snmp_1, VALUE_AT + 6, "\r\n", 2,
		"version=1\ndescription=Test\\r\\ngent 1\n: Test");
}
END_TEST

/* noSuchName of version 1, noSuchObject of 2c (RFC 3416, 4.2.1) in the place of a value. */
START_TEST(snmp_agent_without_a_description_is_one)
{
	expect_edited(&query_snmp1, net_snmp_1, sizeof net_snmp_1, ERROR_AT, "\2", 1,
		"version=1\ndescription=Test Agent 1\nerror=2\n: Test Agent 1");
	expect_edited(&query_snmp2c, net_snmp_2c, sizeof net_snmp_2c, VALUE_AT, "\x80", 1,
		"version=2c\n: version 2c");
}
END_TEST

START_TEST(snmp_answer_is_a_response_of_the_same_community_and_version)
{
	expect_matters(&query_snmp1, net_snmp_1, sizeof net_snmp_1, 0, 21);
	expect_refused(&query_snmp1, net_snmp_2c, sizeof net_snmp_2c);
	expect_refused(&query_snmp2c, net_snmp_1, sizeof net_snmp_1);
	expect_refused(&query_snmp2c, net_snmp_3, sizeof net_snmp_3);
}
END_TEST

START_TEST(snmp_lengths_that_lie_are_no_answer)
{
	static const uint8_t lengths[] = {1, 14, 22, 25, 28, 30, 32, 42};

	for (size_t i = 0; i < sizeof lengths; i++) {
		static const char *const lies[] = {"\x80", "\xff", "\x84", "\x7f"};

		for (size_t j = 0; j < ARRAY_SIZE(lies); j++)
			expect_edited(&query_snmp1, net_snmp_1, sizeof net_snmp_1, lengths[i],
				lies[j], 1, "no answer");
	}
}
END_TEST

START_TEST(snmp_answer_is_whole_and_of_its_token)
{
	expect_bound(&query_snmp1, net_snmp_1, sizeof net_snmp_1, sizeof net_snmp_1);
	expect_bound(&query_snmp2c, net_snmp_2c, sizeof net_snmp_2c, sizeof net_snmp_2c);
}
END_TEST

UNIT_MAIN("query/snmp", snmp_question_is_for_the_description, snmp_tells_the_description,
	snmp_headline_is_the_first_line_of_a_description, snmp_agent_without_a_description_is_one,
	snmp_answer_is_a_response_of_the_same_community_and_version,
	snmp_lengths_that_lie_are_no_answer, snmp_answer_is_whole_and_of_its_token)
