/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] = "\xff\xff\xff\xff"
			       "getstatus 389d2e23dafb";

#define ID "389d2e23dafb"
#define BEGIN                                                                                      \
	"\xff\xff\xff\xff"                                                                         \
	"statusResponse\n"

/* By hand, from the source of the engine. */
static const char answer[] =
	BEGIN "\\sv_hostname\\Example\\mapname\\q3dm17\\version\\ioq3 1.36 linux-x86_64"
	      "\\gamename\\baseq3\\sv_maxclients\\8\\protocol\\68\\challenge\\" ID "\n"
	      "3 48 \"one\"\n0 999 \"two\"\n";

static void expect_text(const char *text, const char *expected)
{
	expect_answer(&query_quake3, text, strlen(text), expected);
}

START_TEST(quake3_question_is_made_of_the_token)
{
	expect_question(&query_quake3, question, LEN(question), true);
}
END_TEST

START_TEST(quake3_tells_what_the_server_said)
{
	expect_answer(&query_quake3, answer, LEN(answer),
		"name=Example\ngame=baseq3\nversion=ioq3 1.36 linux-x86_64\nmap=q3dm17\nplayers=2\n"
		"max_players=8\nprotocol=68\n: ioq3 1.36 linux-x86_64, Example");
}
END_TEST

START_TEST(quake3_answers_nobody_else)
{
	expect_told(&query_quake3, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_quake3, answer, LEN(answer), 0, 20);
}
END_TEST

START_TEST(quake3_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_quake3, answer, LEN(answer),
		LEN(answer) - strlen("3 48 \"one\"\n0 999 \"two\"\n"));
}
END_TEST

START_TEST(quake3_is_not_what_others_say)
{
	expect_foreign_refused(&query_quake3);
}
END_TEST

START_TEST(quake3_challenge_comes_back)
{
	expect_text(BEGIN "\\challenge\\" ID "\n", "players=0\n: ");
	expect_text(BEGIN "\\challenge\\" ID "0\n", "no answer");
	expect_text(BEGIN "\\challenge\\\n", "no answer");
	expect_text(BEGIN "\\challenge\n", "no answer");
	expect_text(BEGIN "\\mapname\\x\n", "no answer");
	expect_text(BEGIN "challenge\\" ID "\n", "no answer");
	expect_text(BEGIN "\n", "no answer");
}
END_TEST

START_TEST(quake3_values_may_lie)
{
	expect_text(BEGIN "\\challenge\\" ID
			  "\\sv_maxclients\\many\\protocol\\99999999999999999999\\mapname\n",
		"map=\nplayers=0\n: ");
}
END_TEST

UNIT_MAIN("query/quake3", quake3_question_is_made_of_the_token, quake3_tells_what_the_server_said,
	quake3_answers_nobody_else, quake3_cut_anywhere_is_no_answer, quake3_is_not_what_others_say,
	quake3_challenge_comes_back, quake3_values_may_lie)
