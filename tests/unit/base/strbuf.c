/* SPDX-License-Identifier: MIT */
#include "netprobe/base/strbuf.h"

#include "../unit.h"

#include <string.h>

START_TEST(strbuf_starts_from_zeros)
{
	struct strbuf sb = {0};

	strbuf_puts(&sb, "abc");
	ck_assert_str_eq(sb.text, "abc");
	ck_assert_uint_eq(sb.len, 3);
	strbuf_release(&sb);
	ck_assert_ptr_null(sb.text);
	ck_assert_uint_eq(sb.len + sb.cap, 0);
}
END_TEST

START_TEST(strbuf_additions_of_nothing_leave_an_empty_text)
{
	struct strbuf sb = {0};

	strbuf_add(&sb, NULL, 0);
	ck_assert_str_eq(sb.text, "");
	strbuf_release(&sb);
	strbuf_printf(&sb, "%s", "");
	ck_assert_str_eq(sb.text, "");
	strbuf_release(&sb);
	strbuf_pad(&sb, ' ', 0);
	ck_assert_str_eq(sb.text, "");
	strbuf_release(&sb);
	strbuf_reset(&sb);
	ck_assert_str_eq(sb.text, "");
	strbuf_release(&sb);
}
END_TEST

START_TEST(strbuf_grows_and_stays_terminated)
{
	struct strbuf sb;

	strbuf_init(&sb);
	for (unsigned i = 0; i < 1000; i++) {
		strbuf_putc(&sb, 'x');
		ck_assert_uint_eq(strlen(sb.text), i + 1);
		ck_assert_uint_lt(sb.len, sb.cap);
	}
	strbuf_pad(&sb, ' ', 5000);
	ck_assert_uint_eq(strlen(sb.text), 6000);
	strbuf_release(&sb);
}
END_TEST

START_TEST(strbuf_keeps_zero_bytes)
{
	struct strbuf sb = {0};

	strbuf_add(&sb, "a\0b", 3);
	ck_assert_uint_eq(sb.len, 3);
	ck_assert_mem_eq(sb.text, "a\0b", 4);
	strbuf_release(&sb);
}
END_TEST

START_TEST(strbuf_reset_keeps_the_memory)
{
	struct strbuf sb = {0};
	size_t cap;

	strbuf_pad(&sb, 'x', 300);
	cap = sb.cap;
	strbuf_reset(&sb);
	ck_assert_str_eq(sb.text, "");
	ck_assert_uint_eq(sb.cap, cap);
	strbuf_release(&sb);
}
END_TEST

START_TEST(strbuf_printf_appends_however_long)
{
	struct strbuf sb = {0};

	strbuf_printf(&sb, "%d-", 7);
	strbuf_printf(&sb, "%63s|", "y"); /* to the last byte of the first allocation and over it */
	strbuf_printf(&sb, "%500d", 1);
	ck_assert_uint_eq(sb.len, 2 + 64 + 500);
	ck_assert_uint_eq(strlen(sb.text), sb.len);
	ck_assert_int_eq(sb.text[65], '|');
	strbuf_release(&sb);
}
END_TEST

UNIT_MAIN("base/strbuf", strbuf_starts_from_zeros, strbuf_additions_of_nothing_leave_an_empty_text,
	strbuf_grows_and_stays_terminated, strbuf_keeps_zero_bytes, strbuf_reset_keeps_the_memory,
	strbuf_printf_appends_however_long)
