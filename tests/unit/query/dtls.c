/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* a handshake's record */
	"\x16\xfe\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x87"
	/* ClientHello, in one piece */
	"\x01\x00\x00\x7b\x00\x00\x00\x00\x00\x00\x00\x7b"
	/* DTLS 1.2 */
	"\xfe\xfd"
	/* random */
	"\x38\x9d\x2e\x23\xda\xfb\xb4\x34\x97\xd7\x65\x1f\x37\x79\x03\x58"
	"\xd3\x65\x20\x28\x05\x2d\xf1\xc8\x8b\x00\x0d\x83\x7c\xd6\xe4\x7e"
	/* no session, no cookie */
	"\x00\x00"
	/* cipher suites */
	"\x00\x24\xc0\x2b\xc0\x2f\xc0\xac\xc0\xae\xc0\x2c\xc0\x30\xcc\xa9"
	"\xcc\xa8\xc0\x0a\xc0\x14\xc0\x09\xc0\x13\x00\x9c\x00\x2f\xc0\xa8"
	"\xc0\xa4\x00\xa8\x00\xae"
	/* no compression */
	"\x01\x00"
	/* extensions */
	"\x00\x2d"
	/* groups, formats, algorithms, SRTP */
	"\x00\x0a\x00\x08\x00\x06\x00\x1d\x00\x17\x00\x18\x00\x0b\x00\x02"
	"\x01\x00\x00\x0d\x00\x0c\x00\x0a\x04\x03\x08\x04\x04\x01\x05\x03"
	"\x02\x01\x00\x0e\x00\x07\x00\x04\x00\x07\x00\x08\x00";

/* openssl s_server 3.0 */
static const char answer[] =
	/* a handshake's record */
	"\x16\xfe\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x23"
	/* HelloVerifyRequest, in one piece */
	"\x03\x00\x00\x17\x00\x00\x00\x00\x00\x00\x00\x17"
	/* DTLS 1.0, whichever will be spoken */
	"\xfe\xff"
	/* cookie */
	"\x14\x76\xc6\x7c\xa2\x1c\xee\x78\x57\xaf\xa1\xaf\x6e\xa7\x58\x3f"
	"\x08\xf0\xe7\x3c\x7b";

START_TEST(dtls_question_is_made_of_the_token)
{
	expect_question(&query_dtls, question, LEN(question), true);
}
END_TEST

START_TEST(dtls_tells_what_the_server_said)
{
	expect_answer(&query_dtls, answer, LEN(answer),
		"answer=HelloVerifyRequest\n: HelloVerifyRequest");
}
END_TEST

START_TEST(dtls_answer_has_to_be_one)
{
	expect_matters(&query_dtls, answer, LEN(answer), 0, 5);
	expect_matters(&query_dtls, answer, LEN(answer), 11, 14);
	expect_matters(&query_dtls, answer, LEN(answer), 25, 28);
}
END_TEST

START_TEST(dtls_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_dtls, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(dtls_is_not_what_others_say)
{
	expect_foreign_refused(&query_dtls);
}
END_TEST

START_TEST(dtls_server_may_begin_at_once)
{
	/* by hand (RFC 5246, 7.4.1.3): version 1.2, random, no session, a cipher, no compression */
	uint8_t bytes[13 + 12 + 38] = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50, 2, 0, 0, 38,
		0, 0, 0, 0, 0, 0, 0, 38, 0xfe, 0xfd};

	bytes[13 + 12 + 35] = 0xc0;
	bytes[13 + 12 + 36] = 0x2f;
	expect_answer(&query_dtls, bytes, sizeof bytes,
		"answer=ServerHello\nversion=1.2\ncipher=49199\n: version 1.2, ServerHello");
	expect_cuts(&query_dtls, bytes, sizeof bytes, sizeof bytes);
	bytes[13 + 12 + 34] = 33; /* a session beyond the end */
	expect_refused(&query_dtls, bytes, sizeof bytes);
}
END_TEST

START_TEST(dtls_alerts_are_answers)
{
	/* by hand: fatal, handshake_failure */
	static const uint8_t bytes[] = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40};

	expect_answer(&query_dtls, bytes, sizeof bytes, "answer=alert\nalert=40\n: alert 40");
	expect_cuts(&query_dtls, bytes, sizeof bytes, sizeof bytes);
	expect_matters(&query_dtls, bytes, sizeof bytes, 11, 14);
}
END_TEST

UNIT_MAIN("query/dtls", dtls_question_is_made_of_the_token, dtls_tells_what_the_server_said,
	dtls_answer_has_to_be_one, dtls_cut_anywhere_is_no_answer, dtls_is_not_what_others_say,
	dtls_server_may_begin_at_once, dtls_alerts_are_answers)
