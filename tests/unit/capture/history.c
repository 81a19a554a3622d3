/* SPDX-License-Identifier: MIT */
#include "../../../src/capture/history.h"

#include "../unit.h"

#include <limits.h>
#include <string.h>

static const char letters[] = "shadfrtwgiq";

static void expect(const struct flow *f, const char *expected)
{
	ck_assert_uint_eq(f->history_len, strlen(expected));
	ck_assert_mem_eq(f->history, expected, f->history_len);
}

START_TEST(history_is_upper_case_for_the_client)
{
	struct flow f = {0};

	history_add(&f, CLIENT, 's');
	history_add(&f, SERVER, 'h');
	history_add(&f, CLIENT, 'a');
	expect(&f, "ShA");
}
END_TEST

START_TEST(history_says_a_letter_once_a_side)
{
	struct flow f = {0};

	for (unsigned i = 0; i < 3; i++) {
		history_add(&f, CLIENT, 'd');
		history_add(&f, SERVER, 'd');
	}
	expect(&f, "Dd");
}
END_TEST

START_TEST(history_knows_what_was_said)
{
	struct flow f = {0};

	history_add(&f, SERVER, 'h');
	ck_assert(history_has(&f, SERVER, 'h'));
	ck_assert(!history_has(&f, CLIENT, 'h'));
	ck_assert(!history_has(&f, SERVER, 's'));
}
END_TEST

START_TEST(history_has_room_for_every_letter)
{
	struct flow f = {0};

	for (const char *l = letters; *l; l++) {
		history_add(&f, CLIENT, *l);
		history_add(&f, SERVER, *l);
	}
	history_flip(&f);
	expect(&f, "sShHaAdDfFrRtTwWgGiIqQ^");
}
END_TEST

START_TEST(history_passes_over_what_is_no_letter_of_it)
{
	struct flow f = {0};

	for (int c = CHAR_MIN; c <= CHAR_MAX; c++)
		if (c == '\0' || !strchr(letters, c))
			history_add(&f, CLIENT, (char)c);
	expect(&f, "");
}
END_TEST

START_TEST(history_turns_what_was_said_with_the_roles)
{
	struct flow f = {0};

	history_add(&f, CLIENT, 'h');
	history_flip(&f);
	history_add(&f, SERVER, 'h');
	history_add(&f, CLIENT, 's');
	expect(&f, "h^S");
}
END_TEST

START_TEST(history_never_grows_beyond_its_room)
{
	struct flow f = {0};

	for (unsigned i = 0; i < 100; i++)
		history_flip(&f);
	ck_assert_uint_eq(f.history_len, HISTORY_MAX);
}
END_TEST

UNIT_MAIN("capture/history", history_is_upper_case_for_the_client,
	history_says_a_letter_once_a_side, history_knows_what_was_said,
	history_has_room_for_every_letter, history_passes_over_what_is_no_letter_of_it,
	history_turns_what_was_said_with_the_roles, history_never_grows_beyond_its_room)
