/* SPDX-License-Identifier: MIT */
#include "answers.h"

START_TEST(radius_question_asks_for_nobody)
{
	static const char question[] =
		"\1\xef\0\x3a"                     /* Access-Request, id, length */
		"\x01\x23\x45\x67\x89\xab\xcd\xef" /* authenticator */
		"\xfe\xdc\xba\x98\x76\x54\x32\x10"
		"\1\x0anetprobe\x20\x0anetprobe" /* User-Name, NAS-Identifier */
		"\2\x12"                         /* User-Password */
		"\xfe\xdc\xba\x98\x76\x54\x32\x10"
		"\x01\x23\x45\x67\x89\xab\xcd\xef";

	expect_question(&query_radius, question, sizeof question - 1, true);
}
END_TEST

START_TEST(radius_reject_is_an_answer)
{
	expect_answer(&query_radius, freeradius_reject, sizeof freeradius_reject,
		"code=Access-Reject\nmessage=Not here\n: Access-Reject: Not here");
	expect_answer(&query_radius,
		"\2\xef\0\x14"
		"0123456789abcdef",
		20, "code=Access-Accept\n: Access-Accept");
	expect_answer(&query_radius,
		"\x0b\xef\0\x14"
		"0123456789abcdef",
		20, "code=Access-Challenge\n: Access-Challenge");
	expect_refused(&query_radius,
		"\1\xef\0\x14"
		"0123456789abcdef",
		20);
}
END_TEST

START_TEST(radius_message_may_be_in_pieces)
{
	expect_edited(&query_radius, freeradius_reject, sizeof freeradius_reject, 20,
		"\x12\5Not\x12\5 he", 10,
		"code=Access-Reject\nmessage=Not he\n: Access-Reject: Not he");
}
END_TEST

START_TEST(radius_lengths_that_lie_are_no_answer)
{
	expect_edited(&query_radius, freeradius_reject, sizeof freeradius_reject, 21, "\0", 1,
		"no answer");
	expect_edited(&query_radius, freeradius_reject, sizeof freeradius_reject, 21, "\1", 1,
		"no answer");
	expect_edited(&query_radius, freeradius_reject, sizeof freeradius_reject, 21, "\x0b", 1,
		"no answer");
	expect_edited(&query_radius, freeradius_reject, sizeof freeradius_reject, 21, "\x09", 1,
		"no answer");
	expect_matters(&query_radius, freeradius_reject, sizeof freeradius_reject, 2, 4);
}
END_TEST

START_TEST(radius_answer_is_whole_and_of_its_token)
{
	expect_bound(&query_radius, freeradius_reject, sizeof freeradius_reject,
		sizeof freeradius_reject);
	expect_matters(&query_radius, freeradius_reject, sizeof freeradius_reject, 0, 2);
}
END_TEST

UNIT_MAIN("query/radius", radius_question_asks_for_nobody, radius_reject_is_an_answer,
	radius_message_may_be_in_pieces, radius_lengths_that_lie_are_no_answer,
	radius_answer_is_whole_and_of_its_token)
