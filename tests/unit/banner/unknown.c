/* SPDX-License-Identifier: MIT */
#include "../../../src/banner/machines.h"
#include "../unit.h"
#include "talk_check.h"

START_TEST(unknown_listens_and_says_nothing)
{
	struct machine_setup setup = {0};

	talk_expect(&protocol_unknown, &setup, "", "want more\n");
	talk_expect(&protocol_unknown, &setup, "?", "want more, complete\n");
	talk_expect(&protocol_unknown, &setup, "RFB 003.008\n\xff\x1b[2J", "want more, complete\n");
}
END_TEST

START_TEST(unknown_keeps_nothing)
{
	struct machine_setup setup = {0};
	struct machine *m = machine_new(&protocol_unknown, &setup);

	for (int i = 0; i < 1 << 20; i++)
		machine_feed(m, "", 1);
	ck_assert_int_eq(m->want, MACHINE_MORE);
	ck_assert_uint_eq(m->held.len, 0);
	machine_free(m);
}
END_TEST

START_TEST(unknown_waits_for_half_a_second_of_silence)
{
	ck_assert(protocol_unknown.server_first);
	ck_assert_int_eq(protocol_unknown.quiet, 500 * NSEC_PER_MSEC);
}
END_TEST

UNIT_MAIN("banner/unknown", unknown_listens_and_says_nothing, unknown_keeps_nothing,
	unknown_waits_for_half_a_second_of_silence)
