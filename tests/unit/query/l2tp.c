/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* control, 62 bytes, no tunnel, no session, the first message */
	"\xc8\x02\x00\x3e\x00\x00\x00\x00\x00\x00\x00\x00"
	/* SCCRQ */
	"\x80\x08\x00\x00\x00\x00\x00\x01"
	/* version 1.0 */
	"\x80\x08\x00\x00\x00\x02\x01\x00"
	/* framing */
	"\x80\x0a\x00\x00\x00\x03\x00\x00\x00\x03"
	/* host: np */
	"\x80\x08\x00\x00\x00\x07\x6e\x70"
	/* assigned tunnel */
	"\x80\x08\x00\x00\x00\x09\x38\x9d"
	/* window: 4 */
	"\x80\x08\x00\x00\x00\x0a\x00\x04";

/* xl2tpd 1.3.18 */
static const char answer[] =
	/* control, 108 bytes, our tunnel, no session, ours received */
	"\xc8\x02\x00\x6c\x38\x9d\x00\x00\x00\x00\x00\x01"
	/* SCCRP */
	"\x80\x08\x00\x00\x00\x00\x00\x02"
	/* version 1.0 */
	"\x80\x08\x00\x00\x00\x02\x01\x00"
	/* framing */
	"\x80\x0a\x00\x00\x00\x03\x00\x00\x00\x03"
	/* bearer */
	"\x80\x0a\x00\x00\x00\x04\x00\x00\x00\x00"
	/* firmware 1680 */
	"\x00\x08\x00\x00\x00\x06\x06\x90"
	/* host */
	"\x80\x11\x00\x00\x00\x07"
	"lns.example"
	/* vendor */
	"\x00\x13\x00\x00\x00\x08"
	"xelerance.com"
	/* assigned tunnel */
	"\x80\x08\x00\x00\x00\x09\xcb\xc2"
	/* window: 4 */
	"\x80\x08\x00\x00\x00\x0a\x00\x04";

START_TEST(l2tp_question_is_made_of_the_token)
{
	expect_question(&query_l2tp, question, LEN(question), true);
}
END_TEST

START_TEST(l2tp_tells_what_the_server_said)
{
	expect_answer(&query_l2tp, answer, LEN(answer),
		"answer=SCCRP\nhost=lns.example\nvendor=xelerance.com\nfirmware=1680\n"
		": xelerance.com, lns.example");
}
END_TEST

START_TEST(l2tp_answers_nobody_else)
{
	expect_told(&query_l2tp, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_l2tp, answer, LEN(answer), 0, 8);
	expect_matters(&query_l2tp, answer, LEN(answer), 13, 20);
}
END_TEST

START_TEST(l2tp_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_l2tp, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(l2tp_is_not_what_others_say)
{
	expect_foreign_refused(&query_l2tp);
}
END_TEST

START_TEST(l2tp_acknowledgement_comes_first_or_alone)
{
	/* xl2tpd, before it refused */
	static const uint8_t bytes[] = {0xc8, 2, 0, 12, 0x38, 0x9d, 0, 0, 0, 0, 0, 1};

	expect_answer(
		&query_l2tp, bytes, sizeof bytes, "answer=acknowledgement\n: acknowledgement");
	expect_matters(&query_l2tp, bytes, sizeof bytes, 0, 8);
	expect_matters(&query_l2tp, bytes, sizeof bytes, 10, 12);
}
END_TEST

START_TEST(l2tp_refusal_is_an_answer)
{
	/* xl2tpd, without an LNS */
	static const uint8_t bytes[] =
		"\xc8\x02\0\x36\x38\x9d\0\0\0\0\0\1\x80\x08\0\0\0\0\0\4\x80\x08\0\0\0\x09\x46\x34"
		"\x80\x1a\0\0\0\1\0\2\0\6No Authorization";

	expect_answer(&query_l2tp, bytes, sizeof bytes - 1, "answer=StopCCN\n: StopCCN");
}
END_TEST

START_TEST(l2tp_attributes_may_lie)
{
	uint8_t bytes[LEN(answer)];

	memcpy(bytes, answer, sizeof bytes);
	bytes[21] = 5; /* shorter than its own head */
	expect_refused(&query_l2tp, bytes, sizeof bytes);
	bytes[21] = 0xff; /* longer than what is left */
	expect_refused(&query_l2tp, bytes, sizeof bytes);
}
END_TEST

START_TEST(l2tp_hidden_attributes_are_not_told)
{
	uint8_t bytes[LEN(answer)];

	memcpy(bytes, answer, sizeof bytes);
	bytes[56] |= 0x40;
	bytes[73] |= 0x40;
	expect_answer(&query_l2tp, bytes, sizeof bytes, "answer=SCCRP\nfirmware=1680\n: SCCRP");
}
END_TEST

UNIT_MAIN("query/l2tp", l2tp_question_is_made_of_the_token, l2tp_tells_what_the_server_said,
	l2tp_answers_nobody_else, l2tp_cut_anywhere_is_no_answer, l2tp_is_not_what_others_say,
	l2tp_acknowledgement_comes_first_or_alone, l2tp_refusal_is_an_answer,
	l2tp_attributes_may_lie, l2tp_hidden_attributes_are_not_told)
