/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* in one piece */
	"\xff\xff\xff\xff"
	/* A2S_INFO */
	"\x54"
	/* Source Engine Query */
	"Source Engine Query"
	"\x00";

/* By hand, from the documentation of the protocol. */
static const char answer[] =
	/* in one piece */
	"\xff\xff\xff\xff"
	/* S2A_INFO, protocol 17 */
	"\x49\x11"
	/* name */
	"Example, deathmatch"
	"\x00"
	/* map */
	"de_dust2"
	"\x00"
	/* folder */
	"cstrike"
	"\x00"
	/* game */
	"Counter-Strike: Source"
	"\x00"
	/* application 240 */
	"\xf0\x00"
	/* 3 players of 16, 1 bot */
	"\x03\x10\x01"
	/* dedicated, Linux */
	"\x64\x6c"
	/* a password, no cheats */
	"\x01\x01"
	/* version */
	"\x36\x36\x33\x30\x34\x39\x38\x00"
	/* what may follow */
	"\xb1\x87\x69";

START_TEST(a2s_question_is_always_the_same)
{
	expect_question(&query_a2s, question, LEN(question), false);
}
END_TEST

START_TEST(a2s_tells_what_the_server_said)
{
	expect_answer(&query_a2s, answer, LEN(answer),
		"name=Example, deathmatch\nmap=de_dust2\nfolder=cstrike\ngame=Counter-Strike: "
		"Source\n"
		"players=3\nmax_players=16\nbots=1\nsystem=Linux\npassword=yes\nversion=6630498\n"
		": Counter-Strike: Source 6630498, Example, deathmatch");
}
END_TEST

START_TEST(a2s_answer_has_to_be_one)
{
	expect_matters(&query_a2s, answer, LEN(answer), 0, 5);
}
END_TEST

START_TEST(a2s_cut_anywhere_is_no_answer)
{
	expect_cuts(&query_a2s, answer, LEN(answer), 83);
}
END_TEST

START_TEST(a2s_is_not_what_others_say)
{
	expect_foreign_refused(&query_a2s);
}
END_TEST

START_TEST(a2s_challenge_is_an_answer)
{
	static const uint8_t bytes[] = {0xff, 0xff, 0xff, 0xff, 'A', 1, 2, 3, 4};

	expect_answer(&query_a2s, bytes, sizeof bytes, "challenge=yes\n: asks for a challenge");
	expect_cuts(&query_a2s, bytes, sizeof bytes, sizeof bytes);
}
END_TEST

START_TEST(a2s_the_ship_says_three_bytes_more)
{
	static const char bytes[] = "\xff\xff\xff\xffI\7n\0m\0f\0\0\x60\x09\1\2\0dw\0\1\1\2\3"
				    "1.0";

	expect_answer(&query_a2s, bytes, sizeof bytes,
		"name=n\nmap=m\nfolder=f\ngame=\nplayers=1\nmax_players=2\nbots=0\nsystem=Windows\n"
		"password=no\nversion=1.0\n: f 1.0, n");
	expect_cuts(&query_a2s, bytes, sizeof bytes, sizeof bytes);
}
END_TEST

UNIT_MAIN("query/a2s", a2s_question_is_always_the_same, a2s_tells_what_the_server_said,
	a2s_answer_has_to_be_one, a2s_cut_anywhere_is_no_answer, a2s_is_not_what_others_say,
	a2s_challenge_is_an_answer, a2s_the_ship_says_three_bytes_more)
