/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char question[] =
	/* unconnected ping */
	"\x01"
	/* time */
	"\x38\x9d\x2e\x23\xda\xfb\xb4\x34"
	/* magic */
	"\x00\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78"
	/* who asks */
	"\x21\xb8\x35\x6a\x7c\xfc\xee\xfa";

/* @serenityjs/raknet 0.8.21 */
static const char answer[] =
	/* unconnected pong */
	"\x1c"
	/* our time */
	"\x38\x9d\x2e\x23\xda\xfb\xb4\x34"
	/* who answers */
	"\x53\xe6\xb4\x2c\xa8\x95\x68\x00"
	/* magic */
	"\x00\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78"
	/* 84 bytes */
	"\x00\x54"
	/* words */
	"MCPE;A world;712;1.21.20;0;40;6045717653691394048;SerenityJS;Survival;1;"
	"19132;19133;";

enum { HEAD = 33 };

static void expect_words(const char *words, const char *expected)
{
	uint8_t bytes[256];
	size_t len = strlen(words);

	memcpy(bytes, answer, HEAD);
	bytes[HEAD] = 0;
	bytes[HEAD + 1] = (uint8_t)len;
	memcpy(bytes + HEAD + 2, words, len);
	expect_answer(&query_raknet, bytes, HEAD + 2 + len, expected);
}

START_TEST(raknet_question_is_made_of_the_token)
{
	expect_question(&query_raknet, question, LEN(question), true);
}
END_TEST

START_TEST(raknet_tells_what_the_server_said)
{
	expect_answer(&query_raknet, answer, LEN(answer),
		"motd=MCPE;A "
		"world;712;1.21.20;0;40;6045717653691394048;SerenityJS;Survival;1;19132;19133;\n"
		"edition=MCPE\nname=A world\nversion=1.21.20\nplayers=0\nmax_players=40\n"
		": Minecraft 1.21.20, A world");
}
END_TEST

START_TEST(raknet_answers_nobody_else)
{
	expect_told(&query_raknet, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_raknet, answer, LEN(answer), 0, 9);
	expect_matters(&query_raknet, answer, LEN(answer), 17, 33);
}
END_TEST

START_TEST(raknet_is_not_what_others_say)
{
	expect_foreign_refused(&query_raknet);
}
END_TEST

START_TEST(raknet_cut_is_no_answer_unless_it_says_nothing)
{
	expect_cuts(&query_raknet, answer, HEAD, HEAD);
	for (size_t len = HEAD + 1; len < LEN(answer); len++)
		expect_refused(&query_raknet, answer, len);
}
END_TEST

START_TEST(raknet_words_may_be_anybodys)
{
	expect_answer(&query_raknet, answer, HEAD, ": ");
	expect_words("a game", "motd=a game\n: a game");
	expect_words("MCPE", "motd=MCPE\nedition=MCPE\nname=\nversion=\n: Minecraft");
	expect_words("MCPE;;;;many;-1",
		"motd=MCPE;;;;many;-1\nedition=MCPE\nname=\nversion=\n: Minecraft");
	expect_words("", "motd=\n: ");
}
END_TEST

UNIT_MAIN("query/raknet", raknet_question_is_made_of_the_token, raknet_tells_what_the_server_said,
	raknet_answers_nobody_else, raknet_is_not_what_others_say,
	raknet_cut_is_no_answer_unless_it_says_nothing, raknet_words_may_be_anybodys)
