/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* version 0, external address */
	"\x00\x00";

/* miniupnpd 2.3.1 */
static const char answer[] =
	/* version 0, external address, result 0 */
	"\x00\x80\x00\x00"
	/* seconds since it began */
	"\x00\x00\x00\x05"
	/* 8.8.4.4 */
	"\x08\x08\x04\x04";

START_TEST(natpmp_question_is_always_the_same)
{
	expect_question(&query_natpmp, question, LEN(question), false);
}
END_TEST

START_TEST(natpmp_tells_what_the_server_said)
{
	expect_answer(&query_natpmp, answer, LEN(answer),
		"version=0\nresult=0\nepoch=5\naddress=8.8.4.4\n: outside 8.8.4.4");
}
END_TEST

START_TEST(natpmp_answer_has_to_be_one)
{
	expect_matters(&query_natpmp, answer, LEN(answer), 0, 3);
}
END_TEST

START_TEST(natpmp_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_natpmp, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(natpmp_is_not_what_others_say)
{
	expect_foreign_refused(&query_natpmp);
}
END_TEST

START_TEST(natpmp_errors_are_answers)
{
	/* by hand: not authorized, with and without an address */
	static const uint8_t bytes[] = {0, 128, 0, 2, 0, 0, 0, 7, 0, 0, 0, 0};

	expect_answer(&query_natpmp, bytes, 12, "version=0\nresult=2\nepoch=7\n: error 2");
	expect_answer(&query_natpmp, bytes, 8, "version=0\nresult=2\nepoch=7\n: error 2");
	expect_refused(&query_natpmp, bytes, 11);
}
END_TEST

START_TEST(natpmp_pcp_says_so_in_its_own_words)
{
	/* by hand (RFC 6887, appendix A): unsupported version, 30 minutes, epoch 9 */
	static const uint8_t bytes[24] = {2, 128, 0, 1, 0, 0, 7, 8, 0, 0, 0, 9};

	expect_answer(&query_natpmp, bytes, 24, "version=2\nresult=1\nepoch=9\n: PCP, error 1");
	expect_cuts(&query_natpmp, bytes, 24, 24);
}
END_TEST

UNIT_MAIN("query/natpmp", natpmp_question_is_always_the_same, natpmp_tells_what_the_server_said,
	natpmp_answer_has_to_be_one, natpmp_cut_anywhere_is_no_answer,
	natpmp_is_not_what_others_say, natpmp_errors_are_answers,
	natpmp_pcp_says_so_in_its_own_words)
