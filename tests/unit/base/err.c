/* SPDX-License-Identifier: MIT */
#include "netprobe/base/err.h"

#include "../unit.h"

#include <errno.h>
#include <string.h>

START_TEST(err_text_has_words_for_every_code)
{
	for (int code = ERR_EMPTY; code < ERR_END_; code++) {
		const char *text = err_text(code);

		ck_assert_ptr_nonnull(text);
		ck_assert_uint_gt(strlen(text), 0);
		ck_assert_int_ne(text[strlen(text) - 1], '.');
	}
}
END_TEST

START_TEST(err_text_differs_from_code_to_code)
{
	for (int a = ERR_EMPTY; a < ERR_END_; a++)
		for (int b = a + 1; b < ERR_END_; b++)
			ck_assert_str_ne(err_text(a), err_text(b));
}
END_TEST

START_TEST(err_text_takes_negative_errnos)
{
	ck_assert_str_eq(err_text(-ENOENT), "No such file or directory");
	ck_assert_str_eq(err_text(-ECONNREFUSED), "Connection refused");
}
END_TEST

START_TEST(err_text_is_never_null)
{
	ck_assert_ptr_nonnull(err_text(ERR_END_));
	ck_assert_ptr_nonnull(err_text(ERR_EMPTY - 1));
	ck_assert_ptr_nonnull(err_text(0));
}
END_TEST

START_TEST(err_text_says_interrupted)
{
	ck_assert_str_eq(err_text(-EINTR), "interrupted");
}
END_TEST

UNIT_MAIN("base/err", err_text_has_words_for_every_code, err_text_differs_from_code_to_code,
	err_text_takes_negative_errnos, err_text_is_never_null, err_text_says_interrupted)
