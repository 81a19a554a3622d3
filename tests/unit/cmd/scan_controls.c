/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/scan_controls.h"

#include "../unit.h"

#include <netinet/in.h>

/* How many there are; every one of them is from `first` to `last`. */
static uint32_t controls(const char *asked, const char *excluded, uint16_t first, uint16_t last)
{
	struct ports *ports, *found;
	uint32_t count;

	ck_assert_int_eq(ports_parse(asked, IPPROTO_UDP, &ports, NULL), 0);
	found = scan_controls(ports, excluded, IPPROTO_UDP);
	ck_assert_ptr_nonnull(found);
	count = ports_count(found);
	for (uint32_t i = 0; i < count; i++) {
		ck_assert_uint_ge(ports_at(found, i), first);
		ck_assert_uint_le(ports_at(found, i), last);
	}
	ports_free(found);
	ports_free(ports);
	return count;
}

START_TEST(controls_are_the_dynamic_ports)
{
	ck_assert_uint_eq(controls("53", NULL, 49152, 65535), 16384);
	ck_assert_uint_eq(controls("-", NULL, 49152, 65535), 16384);
}
END_TEST

START_TEST(controls_are_none_of_the_excluded_ports)
{
	ck_assert_uint_eq(controls("53", "domain,49152-65000", 65001, 65535), 535);
}
END_TEST

START_TEST(controls_are_others_that_are_not_asked_where_no_dynamic_port_is_left)
{
	ck_assert_uint_eq(controls("1-20", "1024-65535", 21, 1023), 1003);
	ck_assert_uint_eq(controls("53", "1-999,1001-", 1000, 1000), 1);
}
END_TEST

START_TEST(controls_are_none_where_all_that_is_left_is_asked)
{
	ck_assert_uint_eq(controls("1-1023", "1024-", 0, 0), 0);
	ck_assert_uint_eq(controls("53", "-52,54-", 0, 0), 0);
}
END_TEST

UNIT_MAIN("cmd/scan_controls", controls_are_the_dynamic_ports,
	controls_are_none_of_the_excluded_ports,
	controls_are_others_that_are_not_asked_where_no_dynamic_port_is_left,
	controls_are_none_where_all_that_is_left_is_asked)
