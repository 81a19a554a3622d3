/* SPDX-License-Identifier: MIT */
#include "netprobe/output/record.h"

#include "../unit.h"

#include <string.h>

enum {
	F_TEXT,
	F_UINT,
	F_REAL,
	F_MS,
	F_BOOL,
	F_TIME,
	F_RECORD,
	F_RECORDS,
	F_LIST,
	F_COUNTS,
	F_COUNT
};

static const struct field fields[] = {
	[F_TEXT] = {.name = "text", .kind = FIELD_TEXT},
	[F_UINT] = {.name = "uint", .kind = FIELD_UINT},
	[F_REAL] = {.name = "real", .kind = FIELD_REAL},
	[F_MS] = {.name = "some_ms", .kind = FIELD_MS},
	[F_BOOL] = {.name = "bool", .kind = FIELD_BOOL},
	[F_TIME] = {.name = "time", .kind = FIELD_TIME},
	[F_RECORD] = {.name = "record", .kind = FIELD_RECORD},
	[F_RECORDS] = {.name = "records", .kind = FIELD_RECORDS},
	[F_LIST] = {.name = "list", .kind = FIELD_LIST},
	[F_COUNTS] = {.name = "counts", .kind = FIELD_COUNTS},
};
static const struct schema schema = {"test", fields, F_COUNT};

START_TEST(record_starts_with_every_field_unset)
{
	struct record r;

	memset(&r, 0xff, sizeof r);
	record_init(&r, &schema);
	for (size_t i = 0; i < F_COUNT; i++)
		ck_assert(!r.values[i].set);
}
END_TEST

START_TEST(record_keeps_what_each_setter_was_given)
{
	static const char *const items[] = {"a", "b"};
	static const struct count counts[] = {{"open", 3}};
	struct record r, sub;

	record_init(&r, &schema);
	record_init(&sub, &schema);
	record_text(&r, F_TEXT, "abc");
	record_uint(&r, F_UINT, UINT64_MAX);
	record_real(&r, F_REAL, 0.5);
	record_ns(&r, F_MS, 41000);
	record_bool(&r, F_BOOL, true);
	record_ns(&r, F_TIME, 7);
	record_record(&r, F_RECORD, &sub);
	record_records(&r, F_RECORDS, &sub, 1);
	record_list(&r, F_LIST, items, 2);
	record_counts(&r, F_COUNTS, counts, 1);
	for (size_t i = 0; i < F_COUNT; i++)
		ck_assert(r.values[i].set);
	ck_assert_uint_eq(r.values[F_TEXT].text.len, 3);
	ck_assert_uint_eq(r.values[F_UINT].uint, UINT64_MAX);
	ck_assert(r.values[F_REAL].real == 0.5);
	ck_assert_int_eq(r.values[F_MS].ns, 41000);
	ck_assert(r.values[F_BOOL].flag);
	ck_assert_int_eq(r.values[F_TIME].ns, 7);
	ck_assert_ptr_eq(r.values[F_RECORD].record, &sub);
	ck_assert_uint_eq(r.values[F_LIST].list.count, 2);
	ck_assert_uint_eq(r.values[F_COUNTS].counts.items[0].value, 3);
}
END_TEST

START_TEST(record_text_null_leaves_the_field_unset)
{
	struct record r;

	record_init(&r, &schema);
	record_text(&r, F_TEXT, NULL);
	ck_assert(!r.values[F_TEXT].set);
}
END_TEST

START_TEST(record_bytes_may_hold_zeros)
{
	struct record r;

	record_init(&r, &schema);
	record_bytes(&r, F_TEXT, "a\0b", 3);
	ck_assert_uint_eq(r.values[F_TEXT].text.len, 3);
}
END_TEST

START_TEST(record_list_says_whether_its_items_end_in_zero)
{
	static const char *const items[] = {"a\0b", ""};
	static const size_t lens[] = {3, 0};
	struct record r;

	memset(&r, 0xff, sizeof r);
	record_init(&r, &schema);
	record_list_bytes(&r, F_LIST, items, lens, 2);
	ck_assert_ptr_eq(r.values[F_LIST].list.lens, lens);
	ck_assert_uint_eq(r.values[F_LIST].list.count, 2);
	record_list(&r, F_LIST, items, 1);
	ck_assert_ptr_null(r.values[F_LIST].list.lens);
	ck_assert_uint_eq(r.values[F_LIST].list.count, 1);
}
END_TEST

START_TEST(record_borrows_a_list_of_records_or_none)
{
	struct record r, items[2];

	record_init(&items[0], &schema);
	record_init(&items[1], &schema);
	record_init(&r, &schema);
	record_records(&r, F_RECORDS, items, 2);
	ck_assert(r.values[F_RECORDS].set);
	ck_assert_ptr_eq(r.values[F_RECORDS].records.items, items);
	ck_assert_uint_eq(r.values[F_RECORDS].records.count, 2);
	/* none of them is not the same as not known */
	record_records(&r, F_RECORDS, NULL, 0);
	ck_assert(r.values[F_RECORDS].set);
	ck_assert_uint_eq(r.values[F_RECORDS].records.count, 0);
}
END_TEST

UNIT_MAIN("output/record", record_starts_with_every_field_unset,
	record_keeps_what_each_setter_was_given, record_text_null_leaves_the_field_unset,
	record_bytes_may_hold_zeros, record_list_says_whether_its_items_end_in_zero,
	record_borrows_a_list_of_records_or_none)
