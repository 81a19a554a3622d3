/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* request, first of one datagram */
	"\x38\x9d\x00\x00\x00\x01\x00\x00"
	/* version */
	"version"
	"\x0d\x0a";

/* memcached 1.6.18 */
static const char answer[] =
	/* request, first of one datagram */
	"\x38\x9d\x00\x00\x00\x01\x00\x00"
	/* VERSION 1.6.18 */
	"VERSION 1.6.18"
	"\x0d\x0a";

static void expect_said(const char *line, const char *expected)
{
	char bytes[128] = {0x38, (char)0x9d, 0, 0, 0, 1, 0, 0};

	memcpy(bytes + 8, line, strlen(line));
	expect_answer(&query_memcached, bytes, 8 + strlen(line), expected);
}

START_TEST(memcached_question_is_made_of_the_token)
{
	expect_question(&query_memcached, question, LEN(question), true);
}
END_TEST

START_TEST(memcached_tells_what_the_server_said)
{
	expect_answer(&query_memcached, answer, LEN(answer), "version=1.6.18\n: 1.6.18");
}
END_TEST

START_TEST(memcached_answers_nobody_else)
{
	expect_told(&query_memcached, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_memcached, answer, LEN(answer), 0, 4);
	expect_matters(&query_memcached, answer, LEN(answer), 8, 16);
}
END_TEST

START_TEST(memcached_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_memcached, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(memcached_is_not_what_others_say)
{
	expect_foreign_refused(&query_memcached);
}
END_TEST

START_TEST(memcached_errors_are_answers)
{
	expect_said("ERROR\r\n", "error=ERROR\n: ERROR");
	expect_said("SERVER_ERROR out of memory\r\n",
		"error=SERVER_ERROR out of memory\n: SERVER_ERROR out of memory");
}
END_TEST

START_TEST(memcached_version_is_not_empty)
{
	expect_said("VERSION \r\n", "no answer");
	expect_said("VERSION\r\n", "no answer");
	expect_said("\n", "no answer");
}
END_TEST

UNIT_MAIN("query/memcached", memcached_question_is_made_of_the_token,
	memcached_tells_what_the_server_said, memcached_answers_nobody_else,
	memcached_cut_anywhere_is_no_answer, memcached_is_not_what_others_say,
	memcached_errors_are_answers, memcached_version_is_not_empty)
