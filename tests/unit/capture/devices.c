/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/devices.h"

#include "../unit.h"

#include <string.h>

START_TEST(devices_are_the_same_by_place_link_type_index_and_name)
{
	struct devices *d = devices_new();
	char name[] = "eth0";
	const struct device cases[] = {{0, 0, 1, name}, {1, 0, 1, name}, {0, 2, 1, name},
		{0, 0, 276, name}, {0, 0, 1, "eth1"}, {0, 0, 1, NULL}, {0, 0, 1, ""}};

	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++)
			ck_assert_uint_eq(devices_number(d, &cases[i]), i + 1);
	name[0] = 'x';
	ck_assert_str_eq(devices_name(d, 1), "eth0");
	ck_assert_ptr_null(devices_name(d, 6));
	ck_assert_str_eq(devices_name(d, 7), "");
	devices_free(d);
}
END_TEST

START_TEST(devices_have_names_by_numbers_that_are_given)
{
	struct devices *d = devices_new();

	ck_assert_ptr_null(devices_name(d, 0));
	ck_assert_ptr_null(devices_name(d, 1));
	devices_number(d, &(struct device){.name = "a"});
	ck_assert_ptr_null(devices_name(d, 0));
	ck_assert_ptr_null(devices_name(d, 2));
	ck_assert_ptr_null(devices_name(d, UINT32_MAX));
	devices_free(d);
}
END_TEST

START_TEST(devices_are_numbered_up_to_a_bound)
{
	struct devices *d = devices_new();
	struct device device = {.link = 1};

	for (device.index = 0; device.index < DEVICES_MAX; device.index++)
		ck_assert_uint_eq(devices_number(d, &device), device.index + 1);
	ck_assert_uint_eq(devices_number(d, &device), 0);
	device.index = 7;
	ck_assert_uint_eq(devices_number(d, &device), 8);
	devices_free(d);
}
END_TEST

START_TEST(devices_know_names_that_are_equal_for_long)
{
	struct devices *d = devices_new();
	char a[101], b[101];

	memset(a, 'a', sizeof a - 1);
	memset(b, 'a', sizeof b - 1);
	a[100] = b[100] = '\0';
	b[99] = 'b';
	ck_assert_uint_eq(devices_number(d, &(struct device){.name = a}), 1);
	ck_assert_uint_eq(devices_number(d, &(struct device){.name = b}), 2);
	ck_assert_uint_eq(devices_number(d, &(struct device){.name = a}), 1);
	devices_free(d);
}
END_TEST

START_TEST(devices_may_not_be_there)
{
	devices_free(NULL);
}
END_TEST

UNIT_MAIN("capture/devices", devices_are_the_same_by_place_link_type_index_and_name,
	devices_have_names_by_numbers_that_are_given, devices_are_numbered_up_to_a_bound,
	devices_know_names_that_are_equal_for_long, devices_may_not_be_there)
