/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "../../../src/cmd/banner_dialogue.h"

#include "netprobe/base/text.h"

#include <locale.h>
#include <string.h>

static const struct addr peer = {.family = 4, .port = 25, .ip = {10, 77, 1, 1}};

#define PREFIX "10.77.1.1:25   0.212 ms  < "

/* What the log makes of the line. */
static void expect(
	enum grab_voice voice, const char *line, size_t len, nsec_t at, const char *expected)
{
	struct strbuf out = {0}, escaped = {0};

	dialogue_line(&out, &peer, voice, line, len, at);
	text_escape(&escaped, out.text, out.len);
	ck_assert_str_eq(escaped.text, expected);
	strbuf_release(&out);
	strbuf_release(&escaped);
}

START_TEST(a_line_has_who_when_and_what)
{
	const char *greeting = "220 mail.example.net ESMTP Postfix", *ehlo = "EHLO [10.77.1.2]";

	expect(VOICE_NOTE, "connecting", 10, 0, "10.77.1.1:25   0.000 ms  * connecting");
	expect(VOICE_RECEIVED, greeting, strlen(greeting), 212345,
		PREFIX "220 mail.example.net ESMTP Postfix");
	expect(VOICE_SENT, ehlo, strlen(ehlo), 250 * NSEC_PER_USEC,
		"10.77.1.1:25   0.250 ms  > EHLO [10.77.1.2]");
	expect(VOICE_SENT, "", 0, 61 * NSEC_PER_SEC, "10.77.1.1:25 61000.000 ms  > ");
}
END_TEST

START_TEST(every_byte_is_said_and_none_of_them_steers)
{
	static const char line[] = "a\0b\x1b[31m\xff\xc3\xa4\\";

	expect(VOICE_RECEIVED, line, sizeof line - 1, 212000,
		PREFIX "a\\x00b\\x1b[31m\\xff\xc3\xa4\\\\");
}
END_TEST

START_TEST(a_long_line_is_cut_and_its_bytes_counted)
{
	struct strbuf expected = {0};
	char line[400];

	memset(line, 'a', sizeof line);
	strbuf_puts(&expected, PREFIX);
	strbuf_pad(&expected, 'a', DIALOGUE_COLUMNS);
	expect(VOICE_RECEIVED, line, DIALOGUE_COLUMNS, 212000, expected.text);
	strbuf_puts(&expected, "... (301 bytes)");
	expect(VOICE_RECEIVED, line, DIALOGUE_COLUMNS + 1, 212000, expected.text);
	strbuf_release(&expected);
}
END_TEST

START_TEST(it_is_the_columns_on_the_screen_that_count)
{
	static const char nuls[400], marks[] = "\xcc\x81\xcc\x81\xcc\x81\xcc\x81";
	char text[400];

	ck_assert_uint_eq(dialogue_fit(nuls, sizeof nuls, 300), 75);
	ck_assert_uint_eq(dialogue_fit("\\\\\\\\", 4, 5), 2);
	memset(text, 'a', sizeof text);
	memcpy(text, "\xc3\xa4", 2);
	ck_assert_uint_eq(dialogue_fit(text, sizeof text, 300), 301);
	/* marks without a column of their own would have no end */
	setlocale(LC_CTYPE, "C.UTF-8");
	ck_assert_uint_eq(dialogue_fit(marks, sizeof marks - 1, 2), 4);
}
END_TEST

START_TEST(a_character_is_never_cut)
{
	ck_assert_uint_eq(dialogue_fit("a\xe2\x82\xac", 4, 1), 1);
	ck_assert_uint_eq(dialogue_fit("a\xe2\x82\xac", 4, 2), 4);
	/* what is none is told byte by byte */
	ck_assert_uint_eq(dialogue_fit("a\xe2\x82", 3, 4), 1);
	ck_assert_uint_eq(dialogue_fit("a\xe2\x82", 3, 5), 2);
	ck_assert_uint_eq(dialogue_fit("a\xe2\x82", 3, 9), 3);
	ck_assert_uint_eq(dialogue_fit("", 0, 9), 0);
}
END_TEST

UNIT_MAIN("cmd/banner_dialogue", a_line_has_who_when_and_what,
	every_byte_is_said_and_none_of_them_steers, a_long_line_is_cut_and_its_bytes_counted,
	it_is_the_columns_on_the_screen_that_count, a_character_is_never_cut)
