/* SPDX-License-Identifier: MIT */
#include "netprobe/base/text.h"

#include "../unit.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>

static void expect(const char *bytes, size_t len, const char *escaped)
{
	struct strbuf sb;

	strbuf_init(&sb);
	text_escape(&sb, bytes, len);
	ck_assert_str_eq(sb.text, escaped);
	ck_assert_uint_eq(sb.len, strlen(escaped));
	strbuf_release(&sb);
}

/* A literal may hold zero bytes. */
#define EXPECT(bytes, escaped) expect(bytes, sizeof(bytes) - 1, escaped)

START_TEST(text_escape_keeps_printable_ascii)
{
	EXPECT("SSH-2.0-OpenSSH_9.2p1 ~!\"'%s", "SSH-2.0-OpenSSH_9.2p1 ~!\"'%s");
	EXPECT("", "");
}
END_TEST

START_TEST(text_escape_names_newline_tab_return_and_backslash)
{
	EXPECT("a\nb\tc\rd\\n", "a\\nb\\tc\\rd\\\\n");
}
END_TEST

START_TEST(text_escape_spells_controls_in_hex)
{
	EXPECT("\0\033[2J\a\177", "\\x00\\x1b[2J\\x07\\x7f");
	EXPECT("\xc2\x9b"
	       "31m",
		"\\xc2\\x9b31m");
}
END_TEST

START_TEST(text_escape_keeps_valid_utf8)
{
	EXPECT("Grüße 日本 🙂", "Grüße 日本 🙂");
	EXPECT("\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd");
}
END_TEST

START_TEST(text_escape_spells_invalid_utf8_byte_by_byte)
{
	EXPECT("\xff\xfe", "\\xff\\xfe");
	EXPECT("\x80", "\\x80");
	EXPECT("\xc0\xaf", "\\xc0\\xaf");                   /* overlong */
	EXPECT("\xe0\x80\xaf", "\\xe0\\x80\\xaf");          /* overlong */
	EXPECT("\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf"); /* overlong */
	EXPECT("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* surrogate */
	EXPECT("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	EXPECT("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80");
}
END_TEST

START_TEST(text_escape_finds_its_way_back_after_a_cut_sequence)
{
	EXPECT("\xe6\x97", "\\xe6\\x97");
	EXPECT("\xe6\x97x", "\\xe6\\x97x");
	EXPECT("\xe6ü", "\\xe6ü");
	EXPECT("\xc3\n", "\\xc3\\n");
}
END_TEST

START_TEST(text_escape_spells_bidirectional_and_invisible_characters)
{
	EXPECT("a\xe2\x80\xae"
	       "b",
		"a\\xe2\\x80\\xaeb");                       /* U+202E */
	EXPECT("\xe2\x81\xa6", "\\xe2\\x81\\xa6");          /* U+2066 */
	EXPECT("\xd8\x9c", "\\xd8\\x9c");                   /* U+061C */
	EXPECT("\xe2\x80\x8b", "\\xe2\\x80\\x8b");          /* U+200B */
	EXPECT("\xef\xbb\xbf", "\\xef\\xbb\\xbf");          /* U+FEFF */
	EXPECT("\xf3\xa0\x80\xa0", "\\xf3\\xa0\\x80\\xa0"); /* U+E0020 */
}
END_TEST

START_TEST(text_escape_spells_line_and_paragraph_separators)
{
	EXPECT("\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9");
}
END_TEST

START_TEST(text_width_counts_characters_not_bytes)
{
	ck_assert_uint_eq(text_width(""), 0);
	ck_assert_uint_eq(text_width("22/tcp"), 6);
	ck_assert_uint_eq(text_width("Grüße…"), 6);
}
END_TEST

START_TEST(text_width_knows_wide_and_combining_in_a_utf8_locale)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	ck_assert_uint_eq(text_width("日本"), 4);
	ck_assert_uint_eq(text_width("e\xcc\x81"), 1);
	ck_assert_uint_eq(text_fit("日本", 3), strlen("日"));
	setlocale(LC_CTYPE, "C");
	ck_assert_uint_eq(text_width("日本"), 2);
}
END_TEST

START_TEST(text_fit_never_cuts_a_character)
{
	ck_assert_uint_eq(text_fit("abc", 5), 3);
	ck_assert_uint_eq(text_fit("abc", 2), 2);
	ck_assert_uint_eq(text_fit("üüü", 2), 4);
	ck_assert_uint_eq(text_fit("abc", 0), 0);
}
END_TEST

START_TEST(text_distance_counts_edits_and_transpositions)
{
	ck_assert_uint_eq(text_distance("", ""), 0);
	ck_assert_uint_eq(text_distance("", "scan"), 4);
	ck_assert_uint_eq(text_distance("scan", ""), 4);
	ck_assert_uint_eq(text_distance("scan", "scan"), 0);
	ck_assert_uint_eq(text_distance("scna", "scan"), 1);
	ck_assert_uint_eq(text_distance("csan", "scan"), 1);
	ck_assert_uint_eq(text_distance("kitten", "sitting"), 3);
	ck_assert_uint_eq(text_distance("--port", "--ports"), 1);
}
END_TEST

/* Every byte at every place of texts that take a word of eight bytes, a part of one, or both. */
START_TEST(text_plain_ends_before_what_is_escaped_or_not_ascii)
{
	char text[20];

	for (unsigned len = 1; len <= sizeof text; len++)
		for (unsigned at = 0; at < len; at++)
			for (unsigned byte = 0; byte < 256; byte++) {
				bool plain = byte >= ' ' && byte <= '~' && byte != '\\';

				memset(text, '~', sizeof text);
				text[at] = (char)byte;
				ck_assert_uint_eq(text_plain(text, len), plain ? len : at);
			}
	ck_assert_uint_eq(text_plain(NULL, 0), 0);
}
END_TEST

START_TEST(text_plain_is_not_misled_by_neighbours)
{
	ck_assert_uint_eq(text_plain("\0!\x80 \x7f\x1f[]", 8), 0);
	ck_assert_uint_eq(text_plain("   [][]~\x7f       ", 16), 8);
	ck_assert_uint_eq(text_plain("~~~~\x80~~~", 8), 4);
}
END_TEST

START_TEST(text_fit_end_keeps_the_end)
{
	ck_assert_uint_eq(text_fit_end("abc", 2), 1);
	ck_assert_uint_eq(text_fit_end("abc", 3), 0);
	ck_assert_uint_eq(text_fit_end("abc", 5), 0);
	ck_assert_uint_eq(text_fit_end("abc", 0), 3);
	ck_assert_uint_eq(text_fit_end("üü", 1), strlen("ü"));
}
END_TEST

START_TEST(text_fit_end_keeps_characters_and_their_marks_together)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	ck_assert_uint_eq(text_fit_end("日本", 3), strlen("日"));
	ck_assert_uint_eq(text_fit_end("ae\xcc\x81x", 1), strlen("ae\xcc\x81"));
	ck_assert_uint_eq(text_fit_end("ae\xcc\x81x", 2), strlen("a"));
}
END_TEST

static void expect_lines(const char *text, size_t columns, const char *wanted)
{
	struct strbuf lines = {0};

	strbuf_reset(&lines);
	while (*text) {
		size_t len = text_break(text, columns);

		ck_assert_uint_gt(len, 0);
		strbuf_add(&lines, text, len);
		strbuf_putc(&lines, '|');
		text += len + (text[len] == ' ');
	}
	ck_assert_str_eq(lines.text, wanted);
	strbuf_release(&lines);
}

START_TEST(text_break_is_between_words)
{
	expect_lines("one two three", 80, "one two three|");
	expect_lines("one two three", 13, "one two three|");
	expect_lines("one two three", 12, "one two|three|");
	expect_lines("one two three", 7, "one two|three|");
	expect_lines("one two three", 6, "one|two|three|");
	expect_lines("", 5, "");
}
END_TEST

START_TEST(text_break_cuts_words_that_are_too_long)
{
	expect_lines("a 2001:db8::1 b", 6, "a|2001:d|b8::1|b|");
	expect_lines("äöü", 2, "äö|ü|");
	expect_lines("ab", 0, "a|b|");
	expect_lines(" ab", 2, " a|b|");
}
END_TEST

static void expect_unescaped(const char *text, const char *bytes, size_t len)
{
	struct strbuf sb = {0};

	ck_assert_msg(text_unescape(&sb, text), "%s", text);
	ck_assert_uint_eq(sb.len, len);
	ck_assert_int_eq(memcmp(sb.text, bytes, len), 0);
	ck_assert_int_eq(sb.text[len], 0);
	strbuf_release(&sb);
}

START_TEST(text_quote_marks_what_would_end_it)
{
	struct strbuf sb = {0};

	text_quote(&sb, "a\"\\\"\n\0", 6);
	ck_assert_str_eq(sb.text, "\"a\\\"\\\\\\\"\\n\\x00\"");
	strbuf_reset(&sb);
	text_quote(&sb, NULL, 0);
	ck_assert_str_eq(sb.text, "\"\"");
	strbuf_release(&sb);
}
END_TEST

START_TEST(text_unescape_is_the_way_back)
{
	expect_unescaped("", "", 0);
	expect_unescaped("a\\\\b\\n\\t\\r", "a\\b\n\t\r", 6);
	expect_unescaped("\\x00\\xff\\\\x41", "\0\xff\\x41", 6);
	expect_unescaped("ä", "ä", 2);
}
END_TEST

START_TEST(text_unescape_refuses_what_was_never_escaped)
{
	static const char *const bad[] = {
		"\\", "a\\", "\\q", "\\x", "\\x4", "\\xg0", "\\x4G", "\\xFF"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct strbuf sb = {0};

		ck_assert_msg(!text_unescape(&sb, bad[i]), "%s", bad[i]);
		strbuf_release(&sb);
	}
}
END_TEST

UNIT_MAIN("base/text", text_escape_keeps_printable_ascii,
	text_escape_names_newline_tab_return_and_backslash, text_escape_spells_controls_in_hex,
	text_escape_keeps_valid_utf8, text_escape_spells_invalid_utf8_byte_by_byte,
	text_escape_finds_its_way_back_after_a_cut_sequence,
	text_escape_spells_bidirectional_and_invisible_characters,
	text_escape_spells_line_and_paragraph_separators, text_width_counts_characters_not_bytes,
	text_width_knows_wide_and_combining_in_a_utf8_locale, text_fit_never_cuts_a_character,
	text_distance_counts_edits_and_transpositions,
	text_plain_ends_before_what_is_escaped_or_not_ascii, text_plain_is_not_misled_by_neighbours,
	text_fit_end_keeps_the_end, text_fit_end_keeps_characters_and_their_marks_together,
	text_break_is_between_words, text_break_cuts_words_that_are_too_long,
	text_quote_marks_what_would_end_it, text_unescape_is_the_way_back,
	text_unescape_refuses_what_was_never_escaped)
