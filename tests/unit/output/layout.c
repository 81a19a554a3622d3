/* SPDX-License-Identifier: MIT */
#include "../../../src/output/layout.h"

#include "../unit.h"

/* Four columns beside a number of three: two words that give way alike, an address that does so
 * before them, and one that rather goes away. */
enum { F_N, F_USER, F_UNIT, F_PEER, F_PROCESS, F_COUNT };

static const struct field fields[] = {
	[F_N] = {.name = "n", .title = "N", .kind = FIELD_UINT, .right = true},
	[F_USER] = {.name = "user", .title = "USER", .give = 1},
	[F_UNIT] = {.name = "unit", .title = "UNIT", .give = 1},
	[F_PEER] = {.name = "peer", .title = "THE PEER OF IT", .give = 2, .cut_middle = true},
	[F_PROCESS] = {.name = "process", .title = "PROCESS", .give = GIVE_AWAY},
};
static const struct schema schema = {"test", fields, F_COUNT};

static const struct field plain_fields[] = {
	{.name = "a", .title = "A"},
	{.name = "b", .title = "B", .right = true},
	{.name = "c", .title = "C"},
	{.name = "d", .title = "D", .kind = FIELD_UINT},
};
static const struct schema plain_schema = {"plain", plain_fields, 4};

#define ALL ((1U << F_COUNT) - 1)

/* N is 3 wide, the others 20: all of them with their gaps 91. */
static struct layout twenties(uint32_t shown)
{
	return (struct layout){.schema = &schema, .shown = shown, .widest = {3, 20, 20, 20, 20}};
}

static void expect(const struct layout *l, size_t user, size_t unit, size_t peer, size_t process)
{
	ck_assert_uint_eq(l->width[F_N], 3);
	ck_assert_uint_eq(l->cut[F_N], SIZE_MAX);
	ck_assert_uint_eq(l->width[F_USER], user);
	ck_assert_uint_eq(l->width[F_UNIT], unit);
	ck_assert_uint_eq(l->width[F_PEER], peer);
	ck_assert_uint_eq(l->width[F_PROCESS], process);
}

START_TEST(layout_leaves_all_as_it_is_where_it_fits)
{
	struct layout l = twenties(ALL);

	layout_fit(&l, 91);
	expect(&l, 20, 20, 20, 20);
	ck_assert_uint_eq(l.cut[F_PEER], 20);
	layout_fit(&l, 0);
	expect(&l, 20, 20, 20, 20);
	ck_assert_uint_eq(l.cut[F_PEER], SIZE_MAX);
}
END_TEST

START_TEST(layout_gives_later_cells_what_is_to_spare)
{
	struct layout l = twenties(ALL);

	layout_fit(&l, 100);
	expect(&l, 20, 20, 20, 20);
	ck_assert_uint_eq(l.cut[F_USER], 29);
	ck_assert_uint_eq(l.cut[F_PEER], 29);
}
END_TEST

START_TEST(layout_takes_from_the_largest_give_first)
{
	struct layout l = twenties(ALL);

	layout_fit(&l, 90);
	expect(&l, 20, 20, 20, 19);
	ck_assert_uint_eq(l.cut[F_PROCESS], 19);
	layout_fit(&l, 79);
	expect(&l, 20, 20, 20, 8);
	layout_fit(&l, 78);
	expect(&l, 20, 20, 19, 8);
}
END_TEST

START_TEST(layout_never_cuts_a_title)
{
	struct layout l = twenties(ALL);

	layout_fit(&l, 72);
	expect(&l, 19, 20, 14, 8); /* the six of PEER, then the others */
}
END_TEST

START_TEST(layout_shares_the_loss_between_equals)
{
	struct layout l = twenties(ALL);

	layout_fit(&l, 63);
	expect(&l, 15, 15, 14, 8);
	layout_fit(&l, 62);
	expect(&l, 14, 15, 14, 8);
	layout_fit(&l, 49);
	expect(&l, 8, 8, 14, 8);
}
END_TEST

START_TEST(layout_takes_from_an_equal_what_the_other_cannot_lose)
{
	struct layout l = twenties(ALL);

	l.widest[F_USER] = 10;
	layout_fit(&l, 53);
	expect(&l, 8, 12, 14, 8);
	l.widest[F_USER] = 4;
	layout_fit(&l, 47);
	expect(&l, 4, 10, 14, 8);
}
END_TEST

START_TEST(layout_leaves_a_column_out_rather_than_wrap)
{
	struct layout l = twenties(ALL);

	layout_fit(&l, 48);
	ck_assert_uint_eq(l.shown, ALL & ~(1U << F_PROCESS));
	ck_assert_uint_eq(l.width[F_PEER], 14); /* what PROCESS took is shared anew */
	ck_assert_uint_eq(l.width[F_USER] + l.width[F_UNIT], 48 - 3 - 14 - 6);
	layout_fit(&l, 39);
	expect(&l, 8, 8, 14, 20);
}
END_TEST

/* Numbers, which mean something else when they are cut, and two that go away in an order. */
START_TEST(layout_leaves_out_in_order_and_cuts_nothing_that_is_kept_whole)
{
	static const struct field kept_fields[] = {
		{.name = "a", .title = "A", .give = 1, .keep = 12},
		{.name = "b", .title = "B", .give = GIVE_AWAY - 1, .keep = KEEP_WHOLE},
		{.name = "c", .title = "C", .give = GIVE_AWAY, .keep = KEEP_WHOLE},
		{.name = "d", .title = "D", .give = GIVE_AWAY - 1, .keep = KEEP_WHOLE},
	};
	static const struct schema kept = {"kept", kept_fields, 4};
	struct layout l = {.schema = &kept, .shown = 15, .widest = {20, 20, 20, 20}};

	layout_fit(&l, 78);
	ck_assert_uint_eq(l.shown, 15);
	ck_assert_uint_eq(l.width[0], 12);
	ck_assert_uint_eq(l.width[1], 20);
	layout_fit(&l, 77);
	ck_assert_uint_eq(l.shown, 1 | 2 | 8);
	ck_assert_uint_eq(l.width[0], 20);
	layout_fit(&l, 55);
	ck_assert_uint_eq(l.shown, 1 | 2);
	layout_fit(&l, 33);
	ck_assert_uint_eq(l.shown, 1);
	ck_assert_uint_eq(l.width[0], 20);
}
END_TEST

START_TEST(layout_cuts_nothing_where_lines_wrap_anyway)
{
	struct layout l = twenties(ALL);

	layout_fit(&l, 38);
	ck_assert_uint_eq(l.shown, ALL & ~(1U << F_PROCESS));
	expect(&l, 20, 20, 20, 20);
	ck_assert_uint_eq(l.cut[F_PEER], SIZE_MAX);
}
END_TEST

START_TEST(layout_keeps_the_only_column)
{
	struct layout l = twenties(1U << F_PROCESS);

	layout_fit(&l, 5);
	ck_assert_uint_eq(l.shown, 1U << F_PROCESS);
	ck_assert_uint_eq(l.cut[F_PROCESS], SIZE_MAX);
}
END_TEST

START_TEST(layout_cuts_the_last_words_where_no_column_gives_way)
{
	struct layout l = {.schema = &plain_schema, .shown = 15, .widest = {20, 20, 20, 20}};

	layout_fit(&l, 80);
	ck_assert_uint_eq(l.width[2], 14);
	ck_assert_uint_eq(l.cut[2], 14);
	ck_assert_uint_eq(l.width[0] + l.width[1] + l.width[3], 60);
	layout_fit(&l, 73);
	ck_assert_uint_eq(l.cut[2], SIZE_MAX);
}
END_TEST

START_TEST(layout_keeps_the_cut_of_words_that_are_no_longer_the_last)
{
	struct layout l = {.schema = &plain_schema, .shown = 1, .widest = {200, 20, 20, 20}};

	layout_fit(&l, 80);
	l.shown = 5;
	layout_fit(&l, 120);
	ck_assert_uint_eq(l.width[0], 80);
	ck_assert_uint_eq(l.width[2], 20);
	ck_assert_uint_eq(l.cut[0], SIZE_MAX);
}
END_TEST

/* Room for later cells, and cells that are worth nothing when they are short. */
static const struct field watched_fields[] = {
	{.name = "state", .title = "STATE", .least = 25},
	{.name = "local", .title = "LOCAL", .give = 1, .least = 21, .keep = 21},
	{.name = "process", .title = "PROCESS", .give = 2, .keep = 18},
	{.name = "n", .title = "N", .kind = FIELD_UINT},
};
static const struct schema watched_schema = {"watched", watched_fields, 4};

static void expect_watched(unsigned columns, size_t state, size_t local, size_t process)
{
	struct layout l = {.schema = &watched_schema, .shown = 15, .widest = {11, 30, 40, 1}};

	layout_fit(&l, columns);
	ck_assert_uint_eq(l.width[0], state);
	ck_assert_uint_eq(l.width[1], local);
	ck_assert_uint_eq(l.width[2], process);
}

START_TEST(layout_sets_room_aside_where_there_is_some)
{
	expect_watched(0, 25, 30, 40);
	expect_watched(102, 25, 30, 40);
	expect_watched(101, 24, 30, 40);
	expect_watched(88, 11, 30, 40);
	expect_watched(87, 11, 30, 39);
}
END_TEST

START_TEST(layout_leaves_what_columns_keep_and_wraps)
{
	expect_watched(66, 11, 30, 18);
	expect_watched(65, 11, 29, 18);
	expect_watched(57, 11, 21, 18);
	expect_watched(56, 25, 30, 40);
}
END_TEST

START_TEST(layout_takes_back_what_was_set_aside_where_no_column_gives_way)
{
	static const struct field fields_aside[] = {
		{.name = "a", .title = "A", .least = 30}, {.name = "b", .title = "B"}};
	static const struct schema aside = {"aside", fields_aside, 2};
	struct layout l = {.schema = &aside, .shown = 3, .widest = {10, 60}};

	layout_fit(&l, 80);
	ck_assert_uint_eq(l.width[0], 18);
	ck_assert_uint_eq(l.width[1], 60);
	layout_fit(&l, 70);
	ck_assert_uint_eq(l.width[0], 10);
	ck_assert_uint_eq(l.width[1], 58);
}
END_TEST

UNIT_MAIN("output/layout", layout_leaves_all_as_it_is_where_it_fits,
	layout_gives_later_cells_what_is_to_spare, layout_takes_from_the_largest_give_first,
	layout_never_cuts_a_title, layout_shares_the_loss_between_equals,
	layout_takes_from_an_equal_what_the_other_cannot_lose,
	layout_leaves_a_column_out_rather_than_wrap,
	layout_leaves_out_in_order_and_cuts_nothing_that_is_kept_whole,
	layout_cuts_nothing_where_lines_wrap_anyway, layout_keeps_the_only_column,
	layout_cuts_the_last_words_where_no_column_gives_way,
	layout_keeps_the_cut_of_words_that_are_no_longer_the_last,
	layout_sets_room_aside_where_there_is_some, layout_leaves_what_columns_keep_and_wraps,
	layout_takes_back_what_was_set_aside_where_no_column_gives_way)
