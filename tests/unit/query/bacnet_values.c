/* SPDX-License-Identifier: MIT */
#include "../../../src/query/bacnet_values.h"
#include "asked.h"

#include "netprobe/base/mem.h"

static const struct fact_def defs[] = {
	[BACNET_DEVICE] = {"device", FACT_NUMBER},
	[BACNET_NAME] = {"name", FACT_TEXT},
	[BACNET_VENDOR] = {"vendor", FACT_TEXT},
	[BACNET_MODEL] = {"model", FACT_TEXT},
	[BACNET_FIRMWARE] = {"firmware", FACT_TEXT},
};

/* Device 1234, then these bytes, by hand (ASHRAE 135, clauses 15.7 and 20.2). NULL: they are
 * malformed. */
static void expect_values(const void *bytes, size_t len, const char *expected)
{
	uint8_t all[128] = {TAG_OBJECT, 2, 0, 4, 0xd2, TAG_OPEN_1};
	struct strbuf to = {0};
	struct cursor c;
	struct facts f;
	bool sound;

	memcpy(all + 6, bytes, len);
	cursor_init(&c, all, 6 + len);
	facts_init(&f, defs, ARRAY_SIZE(defs));
	sound = bacnet_values(&c, &f);
	ck_assert_int_eq(sound, expected != NULL);
	for (size_t i = 0; sound && i < ARRAY_SIZE(defs); i++)
		if (facts_get(&f, i))
			told_fact(&defs[i], facts_get(&f, i), &to);
	if (expected)
		ck_assert_str_eq(to.text, expected);
	facts_release(&f);
	strbuf_release(&to);
}

START_TEST(bacnet_values_are_strings)
{
	expect_values("\x29\x46\x4e\x75\x05\0EX-9\x4f\x1f", 12, "device=1234\nmodel=EX-9\n");
	expect_values("\x29\x2c\x4e\x73\0ab\x4f\x1f", 9, "device=1234\nfirmware=ab\n");
	expect_values("\x29\x4d\x4e\x75\xfe\0\3\0ab\x4f\x1f", 12, "device=1234\nname=ab\n");
	expect_values("\x1f", 1, "device=1234\n");
}
END_TEST

START_TEST(bacnet_values_property_may_be_unknown)
{
	expect_values("\x29\x2c\x5e\x91\x02\x91\x20\x5f\x29\x46\x4e\x73\0ab\x4f\x1f", 17,
		"device=1234\nmodel=ab\n");
}
END_TEST

START_TEST(bacnet_values_of_other_character_sets_are_not_told)
{
	expect_values("\x29\x46\x4e\x73\4ab\x4f\x1f", 9, "device=1234\n"); /* UCS-2 */
}
END_TEST

START_TEST(bacnet_values_may_lie)
{
	expect_values("\x29\x46\x4e\x21\5\x4f\x1f", 7, NULL); /* a number */
	expect_values("\x29\x46\x4e\x70\x4f\x1f", 6, NULL);   /* without a character set */
	expect_values("\x29\x46\x4e\x75\xff\0a\x4f\x1f", 9, NULL);
	expect_values("\x29\x46\x4e\x75\xfe\xff\xff\0", 8, NULL);
	expect_values("\x29\x46\x5e\x95\xff\x5f\x1f", 7, NULL);
	expect_values("\x29\x46\x2e\x73\0ab\x2f\x1f", 9, NULL); /* neither a value nor an error */
	expect_values("\x1f\0", 2, NULL);                       /* something behind it */
}
END_TEST

START_TEST(bacnet_values_cut_anywhere_are_malformed)
{
	static const char bytes[] = "\x29\x2c\x5e\x91\x02\x91\x20\x5f\x29\x46\x4e\x73\0ab\x4f\x1f";

	for (size_t len = 0; len < LEN(bytes); len++)
		expect_values(bytes, len, NULL);
}
END_TEST

START_TEST(bacnet_values_are_those_of_a_device)
{
	static const uint8_t point[] = {TAG_OBJECT, 0, 0, 0, 1, TAG_OPEN_1, TAG_CLOSE_1};
	struct cursor c;
	struct facts f;

	facts_init(&f, defs, ARRAY_SIZE(defs));
	cursor_init(&c, point, sizeof point);
	ck_assert(!bacnet_values(&c, &f));
	facts_release(&f);
}
END_TEST

UNIT_MAIN("query/bacnet_values", bacnet_values_are_strings, bacnet_values_property_may_be_unknown,
	bacnet_values_of_other_character_sets_are_not_told, bacnet_values_may_lie,
	bacnet_values_cut_anywhere_are_malformed, bacnet_values_are_those_of_a_device)
