/* SPDX-License-Identifier: MIT */
#include "answers.h"

static void expect_question_of(const struct query *q, const char *version)
{
	uint8_t question[40] = {
		0x89, 0xab, 0xcd, 0xef, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0x86, 0xa0}; /* xid, call */

	memcpy(question + 16, version, 4);
	expect_question(q, question, sizeof question, true);
}

START_TEST(rpcbind_question_is_the_procedure_that_does_nothing)
{
	expect_question_of(&query_rpcbind, "\x7f\xff\xff\xff");
	expect_question_of(&query_rpcbind_null, "\0\0\0\2");
}
END_TEST

START_TEST(rpcbind_tells_the_versions_that_there_are)
{
	expect_answer(&query_rpcbind, rpcbind_mismatch, sizeof rpcbind_mismatch,
		"status=program mismatch\nlowest_version=2\nhighest_version=4\n: versions 2 to 4");
}
END_TEST

START_TEST(rpcbind_success_is_an_answer)
{
	expect_answer(&query_rpcbind_null, rpcbind_success, sizeof rpcbind_success,
		"status=success\n: success");
}
END_TEST

START_TEST(rpcbind_refusals_are_answers)
{
	expect_edited(&query_rpcbind, rpcbind_success, sizeof rpcbind_success, 23, "\1", 1,
		"status=program unavailable\n: program unavailable");
	expect_answer(&query_rpcbind, "\x89\xab\xcd\xef\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\5", 20,
		"status=denied\n: denied");
	expect_answer(&query_rpcbind, "\x89\xab\xcd\xef\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\2",
		24, "status=RPC mismatch\n: RPC mismatch");
	expect_refused(&query_rpcbind, "\x89\xab\xcd\xef\0\0\0\1\0\0\0\1\0\0\0\2\0\0\0\5", 20);
}
END_TEST

START_TEST(rpcbind_verifier_may_be_as_long_as_the_message)
{
	expect_answer(&query_rpcbind,
		"\x89\xab\xcd\xef\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\3abc\0\0\0\0\0", 28,
		"status=success\n: success");
	expect_edited(&query_rpcbind, rpcbind_success, sizeof rpcbind_success, 16, "\0\0\1\x90", 4,
		"no answer");
	expect_edited(&query_rpcbind, rpcbind_success, sizeof rpcbind_success, 16,
		"\xff\xff\xff\xff", 4, "no answer");
}
END_TEST

START_TEST(rpcbind_answer_makes_sense)
{
	expect_edited(&query_rpcbind, rpcbind_mismatch, sizeof rpcbind_mismatch, 27, "\5", 1,
		"no answer");
	expect_edited(
		&query_rpcbind, rpcbind_success, sizeof rpcbind_success, 23, "\6", 1, "no answer");
	expect_matters(&query_rpcbind, rpcbind_success, sizeof rpcbind_success, 0, 12);
}
END_TEST

START_TEST(rpcbind_answer_is_whole_and_of_its_token)
{
	expect_bound(
		&query_rpcbind, rpcbind_mismatch, sizeof rpcbind_mismatch, sizeof rpcbind_mismatch);
	expect_bound(&query_rpcbind_null, rpcbind_success, sizeof rpcbind_success,
		sizeof rpcbind_success);
}
END_TEST

UNIT_MAIN("query/rpcbind", rpcbind_question_is_the_procedure_that_does_nothing,
	rpcbind_tells_the_versions_that_there_are, rpcbind_success_is_an_answer,
	rpcbind_refusals_are_answers, rpcbind_verifier_may_be_as_long_as_the_message,
	rpcbind_answer_makes_sense, rpcbind_answer_is_whole_and_of_its_token)
