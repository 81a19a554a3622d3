/* SPDX-License-Identifier: MIT */
#include "../../../src/cmd/scan_report.h"

#include "../unit.h"

#include "netprobe/base/err.h"

static unsigned states_of(const char *text)
{
	unsigned states;

	ck_assert_msg(report_parse_states(text, &states) == 0, "%s", text);
	return states;
}

START_TEST(show_takes_each_state)
{
	ck_assert_uint_eq(states_of("open"), 1u << PORT_OPEN);
	ck_assert_uint_eq(states_of("closed"), 1u << PORT_CLOSED);
	ck_assert_uint_eq(states_of("filtered"), 1u << PORT_FILTERED);
	ck_assert_uint_eq(states_of("unreachable"), 1u << PORT_UNREACHABLE);
	ck_assert_uint_eq(states_of("unproved"), 1u << PORT_UNPROVED);
}
END_TEST

START_TEST(show_joins_states_by_commas)
{
	ck_assert_uint_eq(states_of("open,filtered"), 1u << PORT_OPEN | 1u << PORT_FILTERED);
	ck_assert_uint_eq(states_of("filtered,open,open"), 1u << PORT_OPEN | 1u << PORT_FILTERED);
}
END_TEST

START_TEST(show_all_is_every_state)
{
	unsigned all = states_of("all");

	for (unsigned s = PORT_OPEN; s < PORT_STATES; s++)
		ck_assert(all >> s & 1);
}
END_TEST

START_TEST(show_refuses_what_is_no_state)
{
	static const char *const bad[] = {"pending", "ope", "opens", "Open", " open", "open ",
		"open;closed", "open,all", "open|filtered", "none"};
	unsigned states;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(report_parse_states(bad[i], &states) == ERR_SYNTAX, "%s", bad[i]);
}
END_TEST

START_TEST(show_refuses_emptiness)
{
	static const char *const bad[] = {"", ",", "open,", ",open", "open,,closed"};
	unsigned states;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(report_parse_states(bad[i], &states) == ERR_EMPTY, "%s", bad[i]);
}
END_TEST

UNIT_MAIN("cmd/scan_report", show_takes_each_state, show_joins_states_by_commas,
	show_all_is_every_state, show_refuses_what_is_no_state, show_refuses_emptiness)
