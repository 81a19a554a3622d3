/* SPDX-License-Identifier: MIT */
#include "netprobe/query/query.h"

#include "../unit.h"

START_TEST(silence_is_explained_where_services_keep_it)
{
	static const uint16_t ports[] = {67, 514, 1812, 2055, 6343, 8125, 51820};

	for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
		ck_assert_ptr_nonnull(query_silence(ports[i]));
	ck_assert_str_eq(query_silence(51820), "WireGuard answers only to keys that it knows");
}
END_TEST

START_TEST(silence_of_other_ports_is_not)
{
	ck_assert_ptr_null(query_silence(0));
	ck_assert_ptr_null(query_silence(53));
	ck_assert_ptr_null(query_silence(123));
	ck_assert_ptr_null(query_silence(65535));
}
END_TEST

START_TEST(silence_reasons_are_parts_of_a_sentence)
{
	for (unsigned port = 0; port <= UINT16_MAX; port++) {
		const char *reason = query_silence((uint16_t)port);

		if (reason) {
			ck_assert_uint_lt(strlen(reason), 90);
			ck_assert(reason[strlen(reason) - 1] != '.');
		}
	}
}
END_TEST

UNIT_MAIN("query/silence", silence_is_explained_where_services_keep_it,
	silence_of_other_ports_is_not, silence_reasons_are_parts_of_a_sentence)
