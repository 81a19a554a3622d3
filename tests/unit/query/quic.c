/* SPDX-License-Identifier: MIT */
#include "../../../src/query/protocols.h"
#include "asked.h"

static const char head[] =
	/* long header, initial */
	"\xc7"
	/* a version that is kept for this */
	"\x3a\xfa\x1a\xda"
	/* to whom */
	"\x08\x38\x9d\x2e\x23\xda\xfb\xb4\x34"
	/* from whom */
	"\x08\x21\xb8\x35\x6a\x7c\xfc\xee\xfa"
	/* no token */
	"\x00"
	/* length */
	"\x44\x96"
	/* zeros, up to 1200 bytes */
	"\x00\x00\x00\x00";

/* caddy 2.6.2 */
static const char answer[] =
	/* long header */
	"\xc7"
	/* version 0: what follows are versions */
	"\x00\x00\x00\x00"
	/* our source */
	"\x08\x21\xb8\x35\x6a\x7c\xfc\xee\xfa"
	/* our destination */
	"\x08\x38\x9d\x2e\x23\xda\xfb\xb4\x34"
	/* 1 */
	"\x00\x00\x00\x01"
	/* 0x?a?a?a?a */
	"\x4a\x3a\x6a\xca"
	/* a draft of version 2 */
	"\x70\x9a\x50\xc4"
	/* draft-29 */
	"\xff\x00\x00\x1d";

enum { HEAD = 23 };

static void expect_versions(const void *versions, size_t len, const char *expected)
{
	uint8_t bytes[HEAD + 2048];

	memcpy(bytes, answer, HEAD);
	memcpy(bytes + HEAD, versions, len);
	expect_answer(&query_quic, bytes, HEAD + len, expected);
}

START_TEST(quic_question_is_made_of_the_token)
{
	uint8_t bytes[1200] = {0};

	memcpy(bytes, head, LEN(head));
	expect_question(&query_quic, bytes, sizeof bytes, true);
}
END_TEST

START_TEST(quic_tells_what_the_server_said)
{
	expect_answer(&query_quic, answer, LEN(answer),
		"versions=1|0x709a50c4|draft-29\n: versions 1, 0x709a50c4, draft-29");
}
END_TEST

START_TEST(quic_answers_nobody_else)
{
	expect_told(&query_quic, &other_token, answer, LEN(answer), "no answer");
	expect_matters(&query_quic, answer, LEN(answer), 1, 23);
}
END_TEST

START_TEST(quic_is_not_what_others_say)
{
	expect_foreign_refused(&query_quic);
}
END_TEST

START_TEST(quic_cut_is_no_answer_unless_between_versions)
{
	for (size_t len = 0; len <= LEN(answer); len++) {
		struct strbuf to = {0};
		bool whole = len > HEAD && (len - HEAD) % 4 == 0;

		told(&query_quic, &asked_token, answer, len, &to);
		ck_assert_msg((strcmp(to.text, "no answer") != 0) == whole, "%zu", len);
		strbuf_release(&to);
	}
}
END_TEST

START_TEST(quic_versions_have_names)
{
	expect_versions("\x6b\x33\x43\xcf", 4, "versions=2\n: version 2");
	expect_versions("Q046T051", 8, "versions=Q046|T051\n: versions Q046, T051");
	expect_versions("Q\n\x1b[", 4, "versions=0x510a1b5b\n: version 0x510a1b5b");
	expect_versions("\x1a\x2a\x3a\x4a", 4, ": ");
}
END_TEST

START_TEST(quic_versions_are_bounded)
{
	char versions[2048] = {0};
	struct strbuf to = {0};

	strbuf_puts(&to, "versions=");
	for (size_t i = 0; i < FACTS_ITEMS_MAX; i++)
		strbuf_puts(&to, i ? "|0x00000000" : "0x00000000");
	strbuf_puts(&to, "\n: versions ");
	strbuf_puts(&to, "0x00000000, 0x00000000, 0x00000000, 0x00000000 and 252 more");
	expect_versions(versions, sizeof versions, to.text);
	strbuf_release(&to);
}
END_TEST

UNIT_MAIN("query/quic", quic_question_is_made_of_the_token, quic_tells_what_the_server_said,
	quic_answers_nobody_else, quic_is_not_what_others_say,
	quic_cut_is_no_answer_unless_between_versions, quic_versions_have_names,
	quic_versions_are_bounded)
