/* SPDX-License-Identifier: MIT */
#include "netprobe/base/idmap.h"

#include "../unit.h"

#define MANY 5000

START_TEST(a_number_gets_the_next_index_and_keeps_it)
{
	struct idmap m = {0};

	ck_assert_uint_eq(idmap_add(&m, 4711), 0);
	ck_assert_uint_eq(idmap_add(&m, UINT64_MAX), 1);
	ck_assert_uint_eq(idmap_add(&m, 4711), 0);
	ck_assert_uint_eq(m.count, 2);
	idmap_release(&m);
}
END_TEST

START_TEST(many_are_found_and_others_are_not)
{
	struct idmap m = {0};
	size_t index;

	/* inodes come in rows, cgroups in steps */
	for (uint64_t i = 0; i < MANY; i++)
		ck_assert_uint_eq(idmap_add(&m, 1 + (i << 20)), i);
	for (uint64_t i = 0; i < MANY; i++) {
		ck_assert(idmap_find(&m, 1 + (i << 20), &index));
		ck_assert_uint_eq(index, i);
		ck_assert(!idmap_find(&m, 2 + (i << 20), &index));
	}
	idmap_release(&m);
}
END_TEST

START_TEST(an_empty_one_has_nothing_and_0_is_no_number)
{
	struct idmap m = {0};
	size_t index;

	ck_assert(!idmap_find(&m, 1, &index));
	idmap_add(&m, 1);
	ck_assert(!idmap_find(&m, 0, &index));
	idmap_release(&m);
}
END_TEST

START_TEST(cleared_it_begins_anew)
{
	struct idmap m = {0};
	size_t index;

	idmap_clear(&m);
	idmap_add(&m, 7);
	idmap_add(&m, 8);
	idmap_clear(&m);
	ck_assert(!idmap_find(&m, 7, &index));
	ck_assert_uint_eq(idmap_add(&m, 8), 0);
	idmap_release(&m);
}
END_TEST

UNIT_MAIN("base/idmap", a_number_gets_the_next_index_and_keeps_it,
	many_are_found_and_others_are_not, an_empty_one_has_nothing_and_0_is_no_number,
	cleared_it_begins_anew)
