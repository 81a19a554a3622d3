/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* version 1 */
	"\x00\x01"
	/* Query */
	"\x00\x02"
	/* a byte */
	"\x00\x01"
	/* no names */
	"\x00";

/* xdm 1.1.11 */
static const char answer[] =
	/* version 1, Willing, 25 bytes */
	"\x00\x01\x00\x05\x00\x19"
	/* no authentication */
	"\x00\x00"
	/* host */
	"\x00\x02\x76\x6d"
	/* status */
	"\x00\x11"
	"Willing to manage";

START_TEST(xdmcp_question_is_always_the_same)
{
	expect_question(&query_xdmcp, question, LEN(question), false);
}
END_TEST

START_TEST(xdmcp_tells_what_the_server_said)
{
	expect_answer(&query_xdmcp, answer, LEN(answer),
		"willing=yes\nhost=vm\nstatus=Willing to manage\n: vm, Willing to manage");
}
END_TEST

START_TEST(xdmcp_answer_has_to_be_one)
{
	expect_matters(&query_xdmcp, answer, LEN(answer), 0, 10);
}
END_TEST

START_TEST(xdmcp_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_xdmcp, answer, LEN(answer), LEN(answer));
}
END_TEST

START_TEST(xdmcp_is_not_what_others_say)
{
	expect_foreign_refused(&query_xdmcp);
}
END_TEST

START_TEST(xdmcp_may_be_unwilling)
{
	/* by hand: host and status alone */
	static const uint8_t bytes[] = {0, 1, 0, 6, 0, 8, 0, 1, 'h', 0, 3, 'n', 'o', '!'};

	expect_answer(
		&query_xdmcp, bytes, sizeof bytes, "willing=no\nhost=h\nstatus=no!\n: h, no!");
	expect_cuts(&query_xdmcp, bytes, sizeof bytes, sizeof bytes);
}
END_TEST

START_TEST(xdmcp_leaves_nothing_over)
{
	static const uint8_t bytes[] = {0, 1, 0, 6, 0, 5, 0, 0, 0, 0, 'x'};

	expect_refused(&query_xdmcp, bytes, sizeof bytes);
}
END_TEST

UNIT_MAIN("query/xdmcp", xdmcp_question_is_always_the_same, xdmcp_tells_what_the_server_said,
	xdmcp_answer_has_to_be_one, xdmcp_cut_anywhere_is_no_answer, xdmcp_is_not_what_others_say,
	xdmcp_may_be_unwilling, xdmcp_leaves_nothing_over)
