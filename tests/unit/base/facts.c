/* SPDX-License-Identifier: MIT */
#include "netprobe/base/facts.h"

#include "../unit.h"

#include "netprobe/base/mem.h"

#include <string.h>

enum { F_TEXT, F_LIST, F_NUMBER, F_FLAG, F_OTHER, F_COUNT };

static const struct fact_def defs[] = {
	[F_TEXT] = {"text", FACT_TEXT},
	[F_LIST] = {"list", FACT_LIST},
	[F_NUMBER] = {"number", FACT_NUMBER},
	[F_FLAG] = {"flag", FACT_FLAG},
	[F_OTHER] = {"other", FACT_TEXT},
};

static struct facts facts_of(void)
{
	struct facts f;

	memset(&f, 0xff, sizeof f);
	facts_init(&f, defs, F_COUNT);
	return f;
}

static void check_bytes(const struct facts *f, size_t index, const void *bytes, size_t len)
{
	const struct fact *fact = facts_get(f, index);

	ck_assert_ptr_nonnull(fact);
	ck_assert_uint_eq(fact->text.len, len);
	ck_assert_ptr_nonnull(fact->text.text);
	ck_assert_mem_eq(fact->text.text, bytes, len);
}

static void check_item(const struct facts *f, size_t i, const void *bytes, size_t len)
{
	const struct fact *fact = facts_get(f, F_LIST);
	size_t have;
	const char *item;

	ck_assert_uint_lt(i, fact->count);
	item = fact_item(fact, i, &have);
	ck_assert_uint_eq(have, len);
	ck_assert_mem_eq(item, bytes, len);
}

static char *bytes_of(size_t len)
{
	char *bytes = mem_alloc(len, 1);

	memset(bytes, 'x', len);
	return bytes;
}

START_TEST(facts_begin_unset_and_without_memory)
{
	struct facts f = facts_of();

	for (size_t i = 0; i < F_COUNT; i++)
		ck_assert_ptr_null(facts_get(&f, i));
	ck_assert_ptr_null(f.items);
	ck_assert(!f.truncated);
	facts_release(&f);
	facts_release(&f);
}
END_TEST

START_TEST(facts_keep_numbers_and_flags)
{
	struct facts f = facts_of();

	facts_number(&f, F_NUMBER, UINT64_MAX);
	facts_flag(&f, F_FLAG, false);
	ck_assert_uint_eq(facts_get(&f, F_NUMBER)->number, UINT64_MAX);
	ck_assert_uint_eq(facts_get(&f, F_FLAG)->number, 0);
	facts_flag(&f, F_FLAG, true);
	facts_number(&f, F_NUMBER, 0);
	ck_assert_uint_eq(facts_get(&f, F_FLAG)->number, 1);
	ck_assert_uint_eq(facts_get(&f, F_NUMBER)->number, 0);
	ck_assert_ptr_null(facts_get(&f, F_TEXT));
	ck_assert_uint_eq(f.bytes, 0);
	facts_release(&f);
}
END_TEST

START_TEST(facts_text_replaces_and_append_adds)
{
	struct facts f = facts_of();

	facts_text(&f, F_TEXT, "a\0b", 3);
	check_bytes(&f, F_TEXT, "a\0b", 3);
	facts_append(&f, F_TEXT, "\0c", 2);
	check_bytes(&f, F_TEXT, "a\0b\0c", 5);
	facts_puts(&f, F_TEXT, "d");
	check_bytes(&f, F_TEXT, "d", 1);
	facts_append(&f, F_OTHER, "e", 1);
	check_bytes(&f, F_OTHER, "e", 1);
	ck_assert_uint_eq(f.bytes, 2);
	facts_release(&f);
}
END_TEST

START_TEST(facts_may_be_empty_texts)
{
	struct facts f = facts_of();

	facts_text(&f, F_TEXT, NULL, 0);
	check_bytes(&f, F_TEXT, "", 0);
	facts_text(&f, F_TEXT, "a", 1);
	facts_text(&f, F_TEXT, "", 0);
	check_bytes(&f, F_TEXT, "", 0);
	ck_assert(!f.truncated);
	facts_release(&f);
}
END_TEST

START_TEST(facts_list_items_hold_any_bytes)
{
	struct facts f = facts_of();

	facts_item(&f, F_LIST, "a\0", 2);
	facts_item(&f, F_LIST, "", 0);
	facts_item(&f, F_LIST, NULL, 0);
	facts_item(&f, F_LIST, "\0\n|", 3);
	ck_assert_uint_eq(facts_get(&f, F_LIST)->count, 4);
	check_item(&f, 0, "a\0", 2);
	check_item(&f, 1, "", 0);
	check_item(&f, 2, "", 0);
	check_item(&f, 3, "\0\n|", 3);
	facts_release(&f);
}
END_TEST

START_TEST(facts_list_has_so_many_items_and_no_more)
{
	struct facts f = facts_of();

	for (unsigned i = 0; i < FACTS_ITEMS_MAX; i++) {
		ck_assert(!f.truncated);
		facts_item(&f, F_LIST, &(uint8_t){(uint8_t)i}, 1);
	}
	facts_item(&f, F_LIST, "beyond", 6);
	ck_assert(f.truncated);
	ck_assert_uint_eq(facts_get(&f, F_LIST)->count, FACTS_ITEMS_MAX);
	ck_assert_uint_eq(f.bytes, FACTS_ITEMS_MAX);
	for (unsigned i = 0; i < FACTS_ITEMS_MAX; i++)
		check_item(&f, i, &(uint8_t){(uint8_t)i}, 1);
	facts_release(&f);
}
END_TEST

START_TEST(facts_cut_the_text_that_does_not_fit)
{
	struct facts f = facts_of();
	char *most = bytes_of(FACTS_BYTES_MAX);

	facts_text(&f, F_TEXT, most, FACTS_BYTES_MAX - 2);
	facts_append(&f, F_OTHER, "ab", 2);
	ck_assert(!f.truncated);
	facts_append(&f, F_OTHER, "", 0);
	ck_assert(!f.truncated);
	facts_append(&f, F_OTHER, "c", 1);
	ck_assert(f.truncated);
	check_bytes(&f, F_OTHER, "ab", 2);
	facts_text(&f, F_OTHER, "def", 3);
	check_bytes(&f, F_OTHER, "de", 2);
	ck_assert_uint_eq(f.bytes, FACTS_BYTES_MAX);
	facts_release(&f);
	free(most);
}
END_TEST

START_TEST(facts_cut_one_text_beyond_all_bounds)
{
	struct facts f = facts_of();
	char *much = bytes_of(FACTS_BYTES_MAX + 1);

	facts_text(&f, F_TEXT, much, FACTS_BYTES_MAX + 1);
	ck_assert(f.truncated);
	check_bytes(&f, F_TEXT, much, FACTS_BYTES_MAX);
	facts_release(&f);
	free(much);
}
END_TEST

START_TEST(facts_leave_out_the_item_that_does_not_fit)
{
	struct facts f = facts_of();
	char *most = bytes_of(FACTS_BYTES_MAX);

	facts_item(&f, F_LIST, most, FACTS_BYTES_MAX - 2);
	facts_item(&f, F_LIST, "abc", 3);
	ck_assert(f.truncated);
	facts_item(&f, F_LIST, "de", 2);
	ck_assert_uint_eq(facts_get(&f, F_LIST)->count, 2);
	check_item(&f, 1, "de", 2);
	ck_assert_uint_eq(f.bytes, FACTS_BYTES_MAX);
	facts_release(&f);
	free(most);
}
END_TEST

START_TEST(facts_numbers_fit_always)
{
	struct facts f = facts_of();
	char *most = bytes_of(FACTS_BYTES_MAX);

	facts_text(&f, F_TEXT, most, FACTS_BYTES_MAX);
	facts_number(&f, F_NUMBER, 7);
	ck_assert_uint_eq(facts_get(&f, F_NUMBER)->number, 7);
	ck_assert(!f.truncated);
	facts_release(&f);
	free(most);
}
END_TEST

START_TEST(facts_clear_gives_room_and_memory_back)
{
	struct facts f = facts_of();
	char *most = bytes_of(FACTS_BYTES_MAX);

	facts_clear(&f, F_LIST);
	ck_assert_ptr_null(facts_get(&f, F_LIST));
	for (unsigned i = 0; i < 100; i++)
		facts_item(&f, F_LIST, most, 600);
	facts_clear(&f, F_LIST);
	ck_assert_ptr_null(facts_get(&f, F_LIST));
	ck_assert_uint_eq(f.bytes, 0);
	ck_assert_uint_eq(f.items[F_LIST].text.cap, 0);
	facts_text(&f, F_TEXT, most, FACTS_BYTES_MAX - 1);
	facts_item(&f, F_LIST, "a", 1);
	ck_assert(!f.truncated);
	ck_assert_uint_eq(facts_get(&f, F_LIST)->count, 1);
	check_item(&f, 0, "a", 1);
	facts_release(&f);
	free(most);
}
END_TEST

START_TEST(facts_can_be_used_anew_after_release)
{
	struct facts f = facts_of();

	facts_text(&f, F_TEXT, "a", 1);
	facts_item(&f, F_LIST, "b", 1);
	facts_release(&f);
	ck_assert_ptr_null(facts_get(&f, F_TEXT));
	facts_init(&f, defs, F_COUNT);
	facts_text(&f, F_OTHER, "c", 1);
	ck_assert_ptr_null(facts_get(&f, F_TEXT));
	check_bytes(&f, F_OTHER, "c", 1);
	facts_release(&f);
}
END_TEST

UNIT_MAIN("banner/facts", facts_begin_unset_and_without_memory, facts_keep_numbers_and_flags,
	facts_text_replaces_and_append_adds, facts_may_be_empty_texts,
	facts_list_items_hold_any_bytes, facts_list_has_so_many_items_and_no_more,
	facts_cut_the_text_that_does_not_fit, facts_cut_one_text_beyond_all_bounds,
	facts_leave_out_the_item_that_does_not_fit, facts_numbers_fit_always,
	facts_clear_gives_room_and_memory_back, facts_can_be_used_anew_after_release)
