/* SPDX-License-Identifier: MIT */
#include "../../../src/query/parts.h"
#include "asked.h"

#include "netprobe/base/mem.h"

enum { F_TEXT, F_LIST, F_NUMBER };

static const struct fact_def defs[] = {
	[F_TEXT] = {"text", FACT_TEXT},
	[F_LIST] = {"list", FACT_LIST},
	[F_NUMBER] = {"number", FACT_NUMBER},
};

static struct facts begun(void)
{
	struct facts f;

	facts_init(&f, defs, ARRAY_SIZE(defs));
	return f;
}

static void check_text(const struct facts *f, size_t index, const char *text)
{
	const struct fact *fact = facts_get(f, index);

	ck_assert_ptr_nonnull(fact);
	ck_assert_uint_eq(fact->text.len, strlen(text));
	ck_assert_mem_eq(fact->text.text, text, strlen(text));
}

static struct span span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

START_TEST(parts_numbers_are_written_in_network_order)
{
	uint8_t bytes[QUERY_MAX];
	struct writer w = {.bytes = bytes};

	writer_number(&w, 0x0102030405060708, 8);
	writer_number(&w, 0xabcdef, 2);
	writer_number(&w, 1, 10); /* longer than a number may be */
	writer_text(&w, "ab");
	writer_set(&w, 1, 0xffff, 2);
	ck_assert_uint_eq(w.len, 22);
	ck_assert_mem_eq(bytes, "\1\xff\xff\4\5\6\7\x08\xcd\xef\0\0\0\0\0\0\0\0\0\1ab", 22);
}
END_TEST

START_TEST(parts_what_does_not_fit_is_dropped)
{
	uint8_t bytes[QUERY_MAX + 1];
	char many[QUERY_MAX - 1] = {0};
	struct writer w = {.bytes = bytes};

	bytes[QUERY_MAX] = 'x';
	writer_add(&w, many, sizeof many);
	writer_text(&w, "ab");
	writer_number(&w, 7, 2);
	ck_assert_uint_eq(w.len, QUERY_MAX);
	ck_assert_uint_eq(bytes[QUERY_MAX - 1], 'a');
	ck_assert_uint_eq(bytes[QUERY_MAX], 'x');
}
END_TEST

START_TEST(parts_token_spreads)
{
	uint8_t one[64], two[64];

	token_bytes(&asked_token, 0, one, sizeof one);
	token_bytes(&asked_token, 0, two, sizeof two);
	ck_assert_mem_eq(one, two, sizeof one);
	ck_assert_mem_ne(one, one + 8, 8);
	token_bytes(&asked_token, 1, two, sizeof two);
	ck_assert_mem_ne(one, two, 8);
	token_bytes(&other_token, 0, two, sizeof two);
	ck_assert_mem_ne(one, two, 8);
	token_bytes(&(struct query_token){{asked_token.words[0], 0}}, 0, two, sizeof two);
	ck_assert_mem_ne(one, two, 8);
}
END_TEST

START_TEST(parts_token_is_recognised)
{
	uint8_t bytes[QUERY_MAX];
	struct writer w = {.bytes = bytes};

	token_write(&asked_token, 3, &w, 16);
	ck_assert(token_gave(&asked_token, 3, bytes, 16));
	ck_assert(!token_gave(&asked_token, 4, bytes, 16));
	ck_assert(!token_gave(&other_token, 3, bytes, 16));
	ck_assert(!token_gave(&asked_token, 3, NULL, 16));
	ck_assert_uint_eq(token_number(&asked_token, 3, 2), bytes[0] << 8 | bytes[1]);
	bytes[15] ^= 1;
	ck_assert(!token_gave(&asked_token, 3, bytes, 16));
}
END_TEST

START_TEST(parts_token_is_recognised_in_digits)
{
	uint8_t bytes[QUERY_MAX];
	struct writer w = {.bytes = bytes};
	char *text = (char *)bytes;

	token_write_hex(&asked_token, 0, &w, 4);
	ck_assert_uint_eq(w.len, 8);
	ck_assert_mem_eq(text, "389d2e23", 8);
	ck_assert(token_gave_hex(&asked_token, 0, text, 8));
	ck_assert(!token_gave_hex(&other_token, 0, text, 8));
	ck_assert(!token_gave_hex(&asked_token, 0, NULL, 8));
	text[7] = '4';
	ck_assert(!token_gave_hex(&asked_token, 0, text, 8));
}
END_TEST

START_TEST(parts_lines_end_in_either_way)
{
	static const char text[] = "one\r\ntwo\n\r\nthr\ree\nfour";
	static const char *const lines[] = {"one", "two", "", "thr\ree"};
	struct span line;
	struct cursor c;

	cursor_init(&c, text, LEN(text));
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		ck_assert(span_line(&c, &line));
		ck_assert_uint_eq(line.len, strlen(lines[i]));
		ck_assert_mem_eq(line.text, lines[i], line.len);
	}
	ck_assert(!span_line(&c, &line));
	cursor_init(&c, NULL, 0);
	ck_assert(!span_line(&c, &line));
}
END_TEST

START_TEST(parts_words_compare_in_any_case)
{
	ck_assert(span_is(span_of("Call-ID"), "call-id"));
	ck_assert(!span_is(span_of("Call-IDs"), "call-id"));
	ck_assert(span_begins(span_of("Call-IDs"), "call-id"));
	ck_assert(!span_begins(span_of("Call"), "call-id"));
	ck_assert(span_begins(span_of(""), ""));
}
END_TEST

START_TEST(parts_numbers_are_digits_alone)
{
	uint64_t value = 7;

	ck_assert(span_number(span_of("042"), 100, &value));
	ck_assert_uint_eq(value, 42);
	ck_assert(!span_number(span_of("101"), 100, &value));
	ck_assert(!span_number(span_of(""), 100, &value));
	ck_assert(!span_number(span_of("4 "), 100, &value));
	ck_assert(!span_number(span_of("-1"), 100, &value));
}
END_TEST

static void expect_header(const char *message, const char *value)
{
	const uint8_t *bytes = (const uint8_t *)message;
	struct span found = {0};

	ck_assert_int_eq(header_value(bytes, strlen(message), "key", &found), value != NULL);
	if (value) {
		ck_assert_uint_eq(found.len, strlen(value));
		ck_assert_mem_eq(found.text, value, found.len);
	}
}

START_TEST(parts_headers_stand_between_the_first_line_and_the_empty_one)
{
	expect_header("first\r\nKey: one\r\nkey: two\r\n\r\n", "one");
	expect_header("first\nother: x\nKEY :\t one \t\n\n", "one");
	expect_header("first\nkey:\n\n", "");
	expect_header("key: no\n\n", NULL);
	expect_header("first\n\nkey: no\n", NULL);
	expect_header("first\nkey no\nkeys: no\n\n", NULL);
	expect_header("first\nkey: without an end", NULL);
	expect_header("", NULL);
}
END_TEST

START_TEST(parts_headers_have_an_end)
{
	ck_assert(header_ends((const uint8_t *)"a\r\nb\r\n\r\n", 8));
	ck_assert(header_ends((const uint8_t *)"a\n\nb", 4));
	ck_assert(!header_ends((const uint8_t *)"a\r\nb\r\n", 6));
	ck_assert(!header_ends((const uint8_t *)"a\r\nb\r\n\r", 7));
	ck_assert(!header_ends((const uint8_t *)"", 0));
}
END_TEST

START_TEST(parts_header_becomes_a_fact_unless_empty)
{
	static const char message[] = "first\na: x\nb:\n\n";
	struct facts f = begun();

	fact_header(&f, F_TEXT, (const uint8_t *)message, LEN(message), "b");
	fact_header(&f, F_TEXT, (const uint8_t *)message, LEN(message), "c");
	ck_assert_ptr_null(facts_get(&f, F_TEXT));
	fact_header(&f, F_TEXT, (const uint8_t *)message, LEN(message), "a");
	check_text(&f, F_TEXT, "x");
	facts_release(&f);
}
END_TEST

START_TEST(parts_addresses_have_ports)
{
	static const uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	static const uint8_t longest[16] = {
		0xfe, 0x80, [8] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct facts f = begun();

	fact_address(&f, F_TEXT, (const uint8_t *)"\xc0\0\2\1", 4, 65535);
	check_text(&f, F_TEXT, "192.0.2.1:65535");
	fact_address(&f, F_TEXT, (const uint8_t *)"\xc0\0\2\1", 4, 0);
	check_text(&f, F_TEXT, "192.0.2.1");
	fact_address(&f, F_TEXT, six, 16, 3478);
	check_text(&f, F_TEXT, "[2001:db8::1]:3478");
	fact_address(&f, F_TEXT, longest, 16, 65535);
	check_text(&f, F_TEXT, "[fe80::ffff:ffff:ffff:ffff]:65535");
	facts_release(&f);
}
END_TEST

START_TEST(parts_addresses_are_added_to_a_list)
{
	struct facts f = begun();
	size_t len;

	fact_address(&f, F_LIST, (const uint8_t *)"\xc0\0\2\1", 4, 0);
	fact_address(&f, F_LIST, (const uint8_t *)"\xc0\0\2\2", 4, 53);
	ck_assert_uint_eq(facts_get(&f, F_LIST)->count, 2);
	ck_assert_mem_eq(fact_item(facts_get(&f, F_LIST), 0, &len), "192.0.2.1", 9);
	ck_assert_uint_eq(len, 9);
	ck_assert_mem_eq(fact_item(facts_get(&f, F_LIST), 1, &len), "192.0.2.2:53", 12);
	facts_release(&f);
}
END_TEST

START_TEST(parts_bytes_are_pairs_of_digits)
{
	struct facts f = begun();

	fact_bytes(&f, F_TEXT, (const uint8_t *)"\0\x53\xaf", 3, ':');
	check_text(&f, F_TEXT, "00:53:af");
	fact_bytes(&f, F_TEXT, (const uint8_t *)"\x80\0\x1f", 3, '\0');
	check_text(&f, F_TEXT, "80001f");
	fact_bytes(&f, F_TEXT, (const uint8_t *)"", 0, ':');
	check_text(&f, F_TEXT, "");
	facts_release(&f);
}
END_TEST

START_TEST(parts_digits_are_bounded)
{
	static const uint8_t many[65];
	struct facts f = begun();
	size_t len;

	fact_hex(&f, F_LIST, (const uint8_t *)"\x01\xaf", 2);
	fact_hex(&f, F_LIST, many, sizeof many);
	ck_assert_mem_eq(fact_item(facts_get(&f, F_LIST), 0, &len), "01af", 4);
	fact_item(facts_get(&f, F_LIST), 1, &len);
	ck_assert_uint_eq(len, 128);
	facts_release(&f);
}
END_TEST

START_TEST(parts_headlines_say_what_is_set)
{
	struct strbuf out = {0};
	struct facts f = begun();

	ck_assert(!say_text(&f, F_TEXT, "-", &out));
	ck_assert(!say_list(&f, F_LIST, "-", &out));
	ck_assert(!say_number(&f, F_NUMBER, "-", &out));
	facts_puts(&f, F_TEXT, "");
	ck_assert(!say_text(&f, F_TEXT, "-", &out));
	ck_assert_uint_eq(out.len, 0);
	ck_assert_str_eq(say_comma(&out, 0), "");
	facts_puts(&f, F_TEXT, "text");
	facts_number(&f, F_NUMBER, 7);
	facts_item(&f, F_LIST, "a", 1);
	facts_item(&f, F_LIST, "b", 1);
	ck_assert(say_text(&f, F_TEXT, "", &out));
	ck_assert(say_number(&f, F_NUMBER, say_comma(&out, 0), &out));
	ck_assert(say_list(&f, F_LIST, " ", &out));
	ck_assert_str_eq(out.text, "text, 7 a, b");
	facts_release(&f);
	strbuf_release(&out);
}
END_TEST

UNIT_MAIN("query/parts", parts_numbers_are_written_in_network_order,
	parts_what_does_not_fit_is_dropped, parts_token_spreads, parts_token_is_recognised,
	parts_token_is_recognised_in_digits, parts_lines_end_in_either_way,
	parts_words_compare_in_any_case, parts_numbers_are_digits_alone,
	parts_headers_stand_between_the_first_line_and_the_empty_one, parts_headers_have_an_end,
	parts_header_becomes_a_fact_unless_empty, parts_addresses_have_ports,
	parts_addresses_are_added_to_a_list, parts_bytes_are_pairs_of_digits,
	parts_digits_are_bounded, parts_headlines_say_what_is_set)
