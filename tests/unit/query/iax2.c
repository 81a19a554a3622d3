/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* full frame, our call */
	"\xb8\x9d"
	/* no call of theirs */
	"\x00\x00"
	/* timestamp */
	"\x21\xb8\x35\x6a"
	/* sequence numbers */
	"\x00\x00"
	/* IAX, POKE */
	"\x06\x1e";

/* By hand (RFC 5456, section 8.1.1). */
static const char answer[] =
	/* full frame, call 7 */
	"\x80\x07"
	/* our call */
	"\x38\x9d"
	/* our timestamp */
	"\x21\xb8\x35\x6a"
	/* sequence numbers */
	"\x00\x01"
	/* IAX, PONG */
	"\x06\x03";

START_TEST(iax2_question_is_made_of_the_token)
{
	expect_question(&query_iax2, question, LEN(question), true);
}
END_TEST

START_TEST(iax2_tells_what_the_server_said)
{
	expect_answer(&query_iax2, answer, LEN(answer), "answer=PONG\n: PONG");
}
END_TEST

START_TEST(iax2_answers_nobody_else)
{
	expect_told(&query_iax2, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_iax2, answer, LEN(answer), 2, 8);
	expect_matters(&query_iax2, answer, LEN(answer), 10, 12);
}
END_TEST

START_TEST(iax2_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_iax2, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(iax2_is_not_what_others_say)
{
	expect_foreign_refused(&query_iax2);
}
END_TEST

START_TEST(iax2_short_frames_are_no_answers)
{
	uint8_t bytes[LEN(answer)];

	memcpy(bytes, answer, sizeof bytes);
	bytes[0] &= 0x7f;
	expect_refused(&query_iax2, bytes, sizeof bytes);
}
END_TEST

START_TEST(iax2_other_answers_show_it_too)
{
	static const struct {
		uint8_t subclass;
		const char *told;
	} rows[] = {{4, "answer=ACK\n: ACK"}, {5, "answer=HANGUP\n: HANGUP"},
		{6, "answer=REJECT\n: REJECT"}, {0x0a, "answer=INVAL\n: INVAL"},
		{0x21, "answer=UNSUPPORT\n: UNSUPPORT"}, {1, "no answer"}, {0x1e, "no answer"}};
	uint8_t bytes[LEN(answer)];

	memcpy(bytes, answer, sizeof bytes);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		bytes[11] = rows[i].subclass;
		expect_answer(&query_iax2, bytes, sizeof bytes, rows[i].told);
	}
}
END_TEST

UNIT_MAIN("query/iax2", iax2_question_is_made_of_the_token, iax2_tells_what_the_server_said,
	iax2_answers_nobody_else, iax2_cut_anywhere_is_no_answer, iax2_is_not_what_others_say,
	iax2_short_frames_are_no_answers, iax2_other_answers_show_it_too)
