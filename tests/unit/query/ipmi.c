/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* RMCP 1.0, not to be acknowledged, ASF */
	"\x06\x00\xff\x06"
	/* 4542, the ASF */
	"\x00\x00\x11\xbe"
	/* presence ping, its tag */
	"\x80\xd5\x00\x00";

/* ipmi_sim of OpenIPMI 2.0.33 */
static const char answer[] =
	/* RMCP 1.0, not to be acknowledged, ASF */
	"\x06\x00\xff\x06"
	/* 4542, the ASF */
	"\x00\x00\x11\xbe"
	/* presence pong, its tag, 16 bytes */
	"\x40\xd5\x00\x10"
	/* 4542: nothing of a vendor's own */
	"\x00\x00\x11\xbe\x00\x00\x00\x00"
	/* IPMI, ASF 1.0 */
	"\x81"
	/* no security, no DASH */
	"\x00\x00\x00\x00\x00\x00\x00";

START_TEST(ipmi_question_is_made_of_the_token)
{
	expect_question(&query_ipmi, question, LEN(question), true);
}
END_TEST

START_TEST(ipmi_tells_what_the_server_said)
{
	expect_answer(&query_ipmi, answer, LEN(answer), "ipmi=yes\nasf=yes\nsecurity=no\n: ");
}
END_TEST

START_TEST(ipmi_answers_nobody_else)
{
	expect_told(&query_ipmi, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_ipmi, answer, LEN(answer), 0, 1);
	expect_matters(&query_ipmi, answer, LEN(answer), 3, 10);
	expect_matters(&query_ipmi, answer, LEN(answer), 11, 12);
}
END_TEST

START_TEST(ipmi_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_ipmi, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(ipmi_is_not_what_others_say)
{
	expect_foreign_refused(&query_ipmi);
}
END_TEST

START_TEST(ipmi_vendor_may_have_a_number)
{
	uint8_t bytes[LEN(answer)];

	memcpy(bytes, answer, sizeof bytes);
	bytes[14] = 0x02; /* 674, Dell */
	bytes[15] = 0xa2;
	bytes[20] = 0x01;
	bytes[21] = 0x80;
	expect_answer(&query_ipmi, bytes, sizeof bytes,
		"ipmi=no\nasf=yes\nsecurity=yes\nenterprise=674\n: ASF alone, enterprise 674");
	bytes[20] = answer[20];
	expect_answer(&query_ipmi, bytes, sizeof bytes,
		"ipmi=yes\nasf=yes\nsecurity=yes\nenterprise=674\n: enterprise 674");
}
END_TEST

UNIT_MAIN("query/ipmi", ipmi_question_is_made_of_the_token, ipmi_tells_what_the_server_said,
	ipmi_answers_nobody_else, ipmi_cut_anywhere_is_no_answer, ipmi_is_not_what_others_say,
	ipmi_vendor_may_have_a_number)
