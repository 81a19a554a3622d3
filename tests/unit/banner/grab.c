/* SPDX-License-Identifier: MIT */
#include "netprobe/banner/grab.h"

#include "netprobe/base/mem.h"

#include "../unit.h"

START_TEST(states_have_the_words_of_the_record)
{
	static const char *const words[] = {
		"ok", "silent", "closed", "refused", "timeout", "mismatch"};

	ck_assert_uint_eq(ARRAY_SIZE(words), GRAB_STATES);
	for (int s = 0; s < GRAB_STATES; s++)
		ck_assert_str_eq(grab_state_name((enum grab_state)s), words[s]);
}
END_TEST

START_TEST(grounds_have_the_words_of_the_record)
{
	static const char *const words[] = {
		NULL, "scheme", "proto", "port", "greeting", "tls-offer", "http-offer", "answer"};

	ck_assert_uint_eq(ARRAY_SIZE(words), GRAB_GROUNDS);
	ck_assert_ptr_null(grab_ground_name(GROUND_NONE));
	for (int g = GROUND_NONE + 1; g < GRAB_GROUNDS; g++)
		ck_assert_str_eq(grab_ground_name((enum grab_ground)g), words[g]);
}
END_TEST

UNIT_MAIN("banner/grab", states_have_the_words_of_the_record, grounds_have_the_words_of_the_record)
