/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* request, version 1 */
	"\x01\x01\x00\x00"
	/* the default route, metric 16 */
	"\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x10"
	/* one of class E, made of the token */
	"\x00\x02\x00\x00\xf8\x9d\x2e\x23\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x10";

/* ripd of FRR 8.4.4 */
static const char answer[] =
	/* response, version 1 */
	"\x02\x01\x00\x00"
	/* the default route */
	"\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x01"
	/* ours */
	"\x00\x02\x00\x00\xf8\x9d\x2e\x23\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x01";

START_TEST(ripv1_question_is_made_of_the_token)
{
	expect_question(&query_ripv1, question, LEN(question), true);
}
END_TEST

START_TEST(ripv1_tells_what_the_server_said)
{
	expect_answer(&query_ripv1, answer, LEN(answer),
		"version=1\ndefault_metric=1\n: version 1, default route at 1");
}
END_TEST

START_TEST(ripv1_answers_nobody_else)
{
	expect_told(&query_ripv1, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_ripv1, answer, LEN(answer), 0, 2);
	expect_matters(&query_ripv1, answer, LEN(answer), 4, 6);
	expect_matters(&query_ripv1, answer, LEN(answer), 8, 12);
	expect_matters(&query_ripv1, answer, LEN(answer), 20, 23);
	expect_matters(&query_ripv1, answer, LEN(answer), 24, 26);
	expect_matters(&query_ripv1, answer, LEN(answer), 29, 32);
	expect_matters(&query_ripv1, answer, LEN(answer), 40, 43);
}
END_TEST

START_TEST(ripv1_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_ripv1, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(ripv1_is_not_what_others_say)
{
	expect_foreign_refused(&query_ripv1);
}
END_TEST

START_TEST(ripv1_without_a_default_route_is_an_answer)
{
	uint8_t bytes[LEN(answer)];

	memcpy(bytes, answer, sizeof bytes);
	bytes[1] = 2;
	bytes[23] = 16;
	expect_answer(
		&query_ripv1, bytes, sizeof bytes, "version=2\n: version 2, no default route");
	bytes[23] = 17;
	expect_refused(&query_ripv1, bytes, sizeof bytes);
	bytes[23] = 0;
	expect_refused(&query_ripv1, bytes, sizeof bytes);
}
END_TEST

UNIT_MAIN("query/ripv1", ripv1_question_is_made_of_the_token, ripv1_tells_what_the_server_said,
	ripv1_answers_nobody_else, ripv1_cut_anywhere_is_no_answer, ripv1_is_not_what_others_say,
	ripv1_without_a_default_route_is_an_answer)
