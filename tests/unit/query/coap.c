/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* confirmable, a token of 8 bytes; GET */
	"\x48\x01"
	/* message */
	"\x38\x9d"
	/* token */
	"\x21\xb8\x35\x6a\x7c\xfc\xee\xfa"
	/* Uri-Path .well-known */
	"\xbb"
	".well-known"
	/* Uri-Path core */
	"\x04"
	"core"
	/* Block2: the first 64 bytes */
	"\xc1\x02";

/* coap-server of libcoap 4.3.1 */
static const char answer[] =
	/* acknowledgement, a token of 8 bytes; 2.05 */
	"\x68\x45"
	/* message */
	"\x38\x9d"
	/* token */
	"\x21\xb8\x35\x6a\x7c\xfc\xee\xfa"
	/* ETag */
	"\x41\x01"
	/* Content-Format: 40, a list of links */
	"\x81\x28"
	/* Block2: the first 64 bytes, more follow */
	"\xb1\x0a"
	/* Size2 */
	"\x51\x97"
	/* marker */
	"\xff"
	/* 64 bytes of it */
	"</>;title=\"General Info\";ct=0,</time>;if=\"clock\";rt=\"ticks\";titl";

enum { HEAD = 12 };

/* By hand: what stands behind the token. */
static void expect_behind(
	uint8_t first, uint8_t code, const void *rest, size_t len, const char *expected)
{
	uint8_t bytes[64];

	memcpy(bytes, answer, HEAD);
	bytes[0] = first;
	bytes[1] = code;
	memcpy(bytes + HEAD, rest, len);
	expect_answer(&query_coap, bytes, HEAD + len, expected);
}

START_TEST(coap_question_is_made_of_the_token)
{
	expect_question(&query_coap, question, LEN(question), true);
}
END_TEST

START_TEST(coap_tells_what_the_server_said)
{
	expect_answer(&query_coap, answer, LEN(answer),
		"code=2.05\nformat=40\ncontent=</>;title=\"General "
		"Info\";ct=0,</time>;if=\"clock\";rt=\"ticks\";titl\n"
		": 2.05");
}
END_TEST

START_TEST(coap_answers_nobody_else)
{
	expect_told(&query_coap, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_coap, answer, LEN(answer), 0, 1);
	expect_matters(&query_coap, answer, LEN(answer), 2, 12);
}
END_TEST

START_TEST(coap_is_not_what_others_say)
{
	expect_foreign_refused(&query_coap);
}
END_TEST

START_TEST(coap_cut_head_is_no_answer)
{
	for (size_t len = 0; len < HEAD; len++)
		expect_refused(&query_coap, answer, len);
	for (size_t len = HEAD; len <= LEN(answer); len++) {
		struct strbuf to = {0};

		told(&query_coap, &asked_token, answer, len, &to); /* within its bounds */
		strbuf_release(&to);
	}
}
END_TEST

START_TEST(coap_ping_may_be_refused_or_acknowledged)
{
	static const uint8_t reset[] = {0x70, 0, 0x38, 0x9d}, ack[] = {0x60, 0, 0x38, 0x9d};
	static const uint8_t other[] = {0x70, 0, 0x38, 0x9e}, con[] = {0x40, 0, 0x38, 0x9d};

	expect_answer(&query_coap, reset, 4, "reset=yes\n: refused");
	expect_answer(&query_coap, ack, 4, "reset=no\n: acknowledged");
	expect_refused(&query_coap, other, 4);
	expect_refused(&query_coap, con, 4);
}
END_TEST

START_TEST(coap_answer_may_come_by_itself)
{
	expect_behind(0x58, 0x84, "", 0, "code=4.04\n: 4.04"); /* non-confirmable */
	expect_behind(0x48, 0xa0, "", 0, "code=5.00\n: 5.00"); /* confirmable */
}
END_TEST

START_TEST(coap_requests_and_reserved_codes_are_no_answers)
{
	expect_behind(0x68, 0x01, "", 0, "no answer");
	expect_behind(0x68, 0x20, "", 0, "no answer");
	expect_behind(0x68, 0xc0, "", 0, "no answer");
	expect_behind(0x78, 0x45, "", 0, "no answer"); /* a reset has no code */
	expect_behind(0x64, 0x45, "", 0, "no answer"); /* a token of 4 bytes is not ours */
}
END_TEST

START_TEST(coap_options_may_lie)
{
	expect_behind(0x68, 0x45, "\xff", 1, "no answer");  /* a marker before nothing */
	expect_behind(0x68, 0x45, "\xf1x", 2, "no answer"); /* reserved delta */
	expect_behind(0x68, 0x45, "\x1fx", 2, "no answer"); /* reserved length */
	expect_behind(0x68, 0x45, "\x15x", 2, "no answer"); /* longer than the message */
	expect_behind(0x68, 0x45, "\xd0", 1, "no answer");  /* a delta that is cut */
	expect_behind(0x68, 0x45, "\xe0\xff\xff\xffx", 5, "code=2.05\ncontent=x\n: 2.05");
	expect_behind(0x68, 0x45, "\xc3\1\1\1\xffx", 6, "code=2.05\ncontent=x\n: 2.05");
	expect_behind(0x68, 0x45, "\xc0\xffx", 3, "code=2.05\nformat=0\ncontent=x\n: 2.05");
}
END_TEST

UNIT_MAIN("query/coap", coap_question_is_made_of_the_token, coap_tells_what_the_server_said,
	coap_answers_nobody_else, coap_is_not_what_others_say, coap_cut_head_is_no_answer,
	coap_ping_may_be_refused_or_acknowledged, coap_answer_may_come_by_itself,
	coap_requests_and_reserved_codes_are_no_answers, coap_options_may_lie)
