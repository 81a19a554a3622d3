/* SPDX-License-Identifier: MIT */
#include "../../../src/query/ber.h"

#include "netprobe/base/mem.h"

#include "../unit.h"

static void expect_element(const char *bytes, size_t len, int tag, size_t inside, size_t behind)
{
	struct cursor c, content;
	uint8_t found;

	cursor_init(&c, bytes, len);
	ck_assert(ber_element(&c, &found, &content));
	ck_assert_int_eq(found, tag);
	ck_assert_uint_eq(cursor_left(&content), inside);
	ck_assert_uint_eq(cursor_left(&c), behind);
}

static void expect_no_element(const char *bytes, size_t len)
{
	struct cursor c, content;
	uint8_t found;

	cursor_init(&c, bytes, len);
	ck_assert(!ber_element(&c, &found, &content));
	ck_assert(!cursor_ok(&c) && !cursor_ok(&content));
	ck_assert_uint_eq(cursor_left(&content), 0);
}

static void expect_number(const char *bytes, size_t len, uint64_t expected)
{
	struct cursor c;
	uint64_t value;

	cursor_init(&c, bytes, len);
	ck_assert(ber_number(&c, BER_INTEGER, &value));
	ck_assert_uint_eq(value, expected);
}

static void expect_no_number(const char *bytes, size_t len)
{
	struct cursor c;
	uint64_t value;

	cursor_init(&c, bytes, len);
	ck_assert(!ber_number(&c, BER_INTEGER, &value));
	ck_assert(!cursor_ok(&c));
}

START_TEST(ber_element_has_a_short_or_a_long_length)
{
	expect_element("\4\0", 2, BER_OCTETS, 0, 0);
	expect_element("\4\2abc", 5, BER_OCTETS, 2, 1);
	expect_element("\x30\x81\2abc", 6, BER_SEQUENCE, 2, 1);
	expect_element("\x30\x84\0\0\0\2abc", 9, BER_SEQUENCE, 2, 1);
}
END_TEST

START_TEST(ber_element_ends_within_its_parent)
{
	expect_no_element("", 0);
	expect_no_element("\4", 1);
	expect_no_element("\4\3ab", 4);
	expect_no_element("\4\x81", 2);
	expect_no_element("\4\x82\1", 3);
	expect_no_element("\4\x84\xff\xff\xff\xff", 6);
}
END_TEST

START_TEST(ber_element_is_of_a_definite_length_and_a_short_tag)
{
	expect_no_element("\x30\x80\0\0", 4);
	expect_no_element("\4\x85\0\0\0\0\1a", 8);
	expect_no_element("\x1f\1a", 3);
}
END_TEST

START_TEST(ber_number_is_positive_and_of_64_bits)
{
	expect_number("\2\1\0", 3, 0);
	expect_number("\2\1\x7f", 3, 127);
	expect_number("\2\2\0\xff", 4, 255);
	expect_number("\2\4\0\0\0\7", 6, 7); /* longer than it need be */
	expect_number("\2\x09\0\xff\xff\xff\xff\xff\xff\xff\xff", 11, UINT64_MAX);
	expect_no_number("\2\0", 2);
	expect_no_number("\2\1\x80", 3);
	expect_no_number("\2\x09\1\0\0\0\0\0\0\0\0", 11);
	expect_no_number("\2\x0a\0\0\0\0\0\0\0\0\0\0", 12);
	expect_no_number("\4\1\0", 3);
}
END_TEST

START_TEST(ber_enter_wants_its_tag)
{
	struct cursor c, content;

	cursor_init(&c, "\4\1a", 3);
	ck_assert(!ber_enter(&c, BER_SEQUENCE, &content));
	ck_assert(!cursor_ok(&c) && !cursor_ok(&content));
	cursor_init(&c, "\4\1a", 3);
	ck_assert(ber_enter(&c, BER_OCTETS, &content));
	ck_assert_uint_eq(*content.at, 'a');
}
END_TEST

UNIT_MAIN("query/ber", ber_element_has_a_short_or_a_long_length, ber_element_ends_within_its_parent,
	ber_element_is_of_a_definite_length_and_a_short_tag, ber_number_is_positive_and_of_64_bits,
	ber_enter_wants_its_tag)
