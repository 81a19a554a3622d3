/* SPDX-License-Identifier: MIT */
#include "../unit.h"

#include "netprobe/procfs/tally.h"

#include <stdio.h>
#include <string.h>

static const struct tally_row *expect_rows(struct tally *t, size_t expected)
{
	size_t count = SIZE_MAX;
	const struct tally_row *rows = tally_rows(t, &count);

	ck_assert_uint_eq(count, expected);
	return rows;
}

START_TEST(tally_counts_by_name_and_state)
{
	struct tally *t = tally_new();
	const struct tally_row *rows;

	tally_add(t, "nginx", SOCKET_LISTEN);
	tally_add(t, "nginx", SOCKET_ESTABLISHED);
	tally_add(t, "nginx", SOCKET_ESTABLISHED);
	rows = expect_rows(t, 1);
	ck_assert_str_eq(rows[0].name, "nginx");
	ck_assert_uint_eq(rows[0].total, 3);
	ck_assert_uint_eq(rows[0].states[SOCKET_LISTEN], 1);
	ck_assert_uint_eq(rows[0].states[SOCKET_ESTABLISHED], 2);
	ck_assert_uint_eq(rows[0].states[SOCKET_CLOSE], 0);
	tally_free(t);
}
END_TEST

START_TEST(tally_rows_are_by_total_then_by_name)
{
	struct tally *t = tally_new();
	const struct tally_row *rows;

	tally_add(t, "c", SOCKET_CLOSE);
	tally_add(t, "a", SOCKET_CLOSE);
	tally_add(t, "b", SOCKET_CLOSE);
	tally_add(t, "b", SOCKET_LISTEN);
	rows = expect_rows(t, 3);
	ck_assert_str_eq(rows[0].name, "b");
	ck_assert_str_eq(rows[1].name, "a");
	ck_assert_str_eq(rows[2].name, "c");
	tally_free(t);
}
END_TEST

START_TEST(tally_goes_on_after_its_rows_were_read)
{
	struct tally *t = tally_new();
	const struct tally_row *rows;

	tally_add(t, "a", SOCKET_CLOSE);
	tally_add(t, "b", SOCKET_CLOSE);
	expect_rows(t, 2);
	ck_assert_ptr_eq(expect_rows(t, 2), expect_rows(t, 2));
	tally_add(t, "b", SOCKET_CLOSE);
	tally_add(t, "c", SOCKET_CLOSE);
	rows = expect_rows(t, 3);
	ck_assert_str_eq(rows[0].name, "b");
	ck_assert_uint_eq(rows[0].total, 2);
	tally_free(t);
}
END_TEST

START_TEST(tally_keeps_a_copy_of_the_name)
{
	struct tally *t = tally_new();
	char name[] = "one";

	tally_add(t, name, SOCKET_CLOSE);
	name[0] = 'x';
	ck_assert_str_eq(expect_rows(t, 1)[0].name, "one");
	tally_add(t, "", SOCKET_CLOSE);
	ck_assert_str_eq(expect_rows(t, 2)[0].name, "");
	tally_free(t);
}
END_TEST

START_TEST(tally_of_nothing_has_no_rows)
{
	struct tally *t = tally_new();

	expect_rows(t, 0);
	tally_free(t);
	tally_free(NULL);
}
END_TEST

START_TEST(tally_of_a_state_without_a_name_counts_in_the_total)
{
	struct tally *t = tally_new();

	tally_add(t, "a", (enum socket_state)SOCKET_STATES);
	tally_add(t, "a", (enum socket_state)200);
	ck_assert_uint_eq(expect_rows(t, 1)[0].total, 2);
	tally_free(t);
}
END_TEST

START_TEST(tally_holds_many_names)
{
	enum { NAMES = 66666 };
	struct tally *t = tally_new();
	const struct tally_row *rows;
	char name[16];

	for (unsigned i = 0; i < 2 * NAMES; i++) {
		snprintf(name, sizeof name, "%05u", i % NAMES);
		tally_add(t, name, i < NAMES ? SOCKET_ESTABLISHED : SOCKET_CLOSE);
	}
	rows = expect_rows(t, NAMES);
	for (unsigned i = 0; i < NAMES; i++) {
		snprintf(name, sizeof name, "%05u", i);
		ck_assert_str_eq(rows[i].name, name);
		ck_assert_uint_eq(rows[i].total, 2);
		ck_assert_uint_eq(rows[i].states[SOCKET_CLOSE], 1);
	}
	tally_free(t);
}
END_TEST

UNIT_MAIN("procfs/tally", tally_counts_by_name_and_state, tally_rows_are_by_total_then_by_name,
	tally_goes_on_after_its_rows_were_read, tally_keeps_a_copy_of_the_name,
	tally_of_nothing_has_no_rows, tally_of_a_state_without_a_name_counts_in_the_total,
	tally_holds_many_names)
