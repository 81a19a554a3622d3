/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

/* A branch, a tag and a Call-ID of the token's. */
static const char question[] =
	"OPTIONS sip:netprobe.invalid SIP/2.0\r\n"
	"Via: SIP/2.0/UDP netprobe.invalid;branch=z9hG4bK389d2e23dafbb434;rport\r\n"
	"Max-Forwards: 0\r\n"
	"From: <sip:ask@netprobe.invalid>;tag=21b8356a7cfceefa\r\n"
	"To: <sip:netprobe.invalid>\r\n"
	"Call-ID: 35ff14dfbf059a571c3a1710\r\n"
	"CSeq: 1 OPTIONS\r\n"
	"Contact: <sip:ask@netprobe.invalid>\r\n"
	"Accept: application/sdp\r\n"
	"Content-Length: 0\r\n"
	"\r\n";

/* kamailio 5.6.3 */
static const char answer[] =
	"SIP/2.0 200 Keepalive\r\n"
	"Via: SIP/2.0/UDP "
	"netprobe.invalid;branch=z9hG4bK389d2e23dafbb434;rport=33773;received=127.0.0.1\r\n"
	"From: <sip:ask@netprobe.invalid>;tag=21b8356a7cfceefa\r\n"
	"To: <sip:netprobe.invalid>;tag=9dd61ff61e802d8e2bef5f14621ef3c2.f0830000\r\n"
	"Call-ID: 35ff14dfbf059a571c3a1710\r\n"
	"CSeq: 1 OPTIONS\r\n"
	"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n"
	"Server: kamailio (5.6.3 (x86_64/linux))\r\n"
	"Content-Length: 0\r\n"
	"\r\n";

#define ID "35ff14dfbf059a571c3a1710"

/* By hand (RFC 3261). */
static void expect_text(const char *text, const char *expected)
{
	expect_answer(&query_sip, text, strlen(text), expected);
}

START_TEST(sip_question_is_made_of_the_token)
{
	expect_question(&query_sip, question, LEN(question), true);
}
END_TEST

START_TEST(sip_tells_what_the_server_said)
{
	expect_answer(&query_sip, answer, LEN(answer),
		"status=200\nreason=Keepalive\nserver=kamailio (5.6.3 (x86_64/linux))\n"
		"allow=INVITE, ACK, BYE, CANCEL, OPTIONS\n: kamailio (5.6.3 (x86_64/linux))");
}
END_TEST

START_TEST(sip_answers_nobody_else)
{
	expect_told(&query_sip, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_sip, answer, LEN(answer), 0, 11);
}
END_TEST

START_TEST(sip_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_sip, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(sip_is_not_what_others_say)
{
	expect_foreign_refused(&query_sip);
}
END_TEST

START_TEST(sip_call_is_ours)
{
	expect_text("SIP/2.0 200 OK\r\nCall-ID: " ID "\r\n\r\n", "status=200\nreason=OK\n: 200 OK");
	expect_text("SIP/2.0 200 OK\r\ni:" ID "\r\n\r\n", "status=200\nreason=OK\n: 200 OK");
	expect_text(
		"SIP/2.0 200 OK\r\nCALL-ID :\t " ID " \r\n\r\n", "status=200\nreason=OK\n: 200 OK");
	expect_text("SIP/2.0 200 OK\r\nCall-ID: " ID "0\r\n\r\n", "no answer");
	expect_text("SIP/2.0 200 OK\r\nCall-ID: 35ff14dfbf059a571c3a171\r\n\r\n", "no answer");
	expect_text("SIP/2.0 200 OK\r\nCall-ID:\r\n\r\n", "no answer");
	expect_text("SIP/2.0 200 OK\r\n\r\nCall-ID: " ID "\r\n", "no answer"); /* in the body */
}
END_TEST

START_TEST(sip_refusals_are_answers)
{
	expect_text("SIP/2.0 483 Too Many Hops\nCall-ID: " ID "\nUser-Agent: Asterisk PBX 18.1\n\n",
		"status=483\nreason=Too Many Hops\nagent=Asterisk PBX 18.1\n: Asterisk PBX 18.1");
	expect_text("SIP/2.0 100\r\nCall-ID: " ID "\r\n\r\n", "status=100\n: 100");
	expect_text("SIP/2.0 100 \r\nCall-ID: " ID "\r\n\r\n", "status=100\n: 100");
}
END_TEST

START_TEST(sip_status_line_may_lie)
{
	static const char *const lines[] = {"SIP/2.0 99 x", "SIP/2.0 099 x", "SIP/2.0 700 x",
		"SIP/2.0 2x0 x", "SIP/2.0 ", "SIP/2.0 20", "SIP/3.0 200 OK", "HTTP/1.1 200 OK", "",
		"OPTIONS sip:x SIP/2.0"};

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct strbuf text = {0};

		strbuf_printf(&text, "%s\r\nCall-ID: " ID "\r\n\r\n", lines[i]);
		expect_text(text.text, "no answer");
		strbuf_release(&text);
	}
}
END_TEST

START_TEST(sip_values_are_told_as_they_are)
{
	expect_text("SIP/2.0 200 \x1b[2J\r\nCall-ID: " ID "\r\nServer: \xff\x01\r\n\r\n",
		"status=200\nreason=\\x1b[2J\nserver=\\xff\\x01\n: \\xff\\x01");
}
END_TEST

UNIT_MAIN("query/sip", sip_question_is_made_of_the_token, sip_tells_what_the_server_said,
	sip_answers_nobody_else, sip_cut_anywhere_is_no_answer, sip_is_not_what_others_say,
	sip_call_is_ours, sip_refusals_are_answers, sip_status_line_may_lie,
	sip_values_are_told_as_they_are)
