/* SPDX-License-Identifier: MIT */
#include "netprobe/base/decimal.h"

#include "../unit.h"

static void expect(uint64_t value, const char *text)
{
	char out[DECIMAL_MAX];
	size_t len = decimal(value, out);

	ck_assert_uint_eq(len, strlen(text));
	ck_assert_mem_eq(out, text, len);
}

START_TEST(every_number_has_its_digits)
{
	expect(0, "0");
	expect(9, "9");
	expect(10, "10");
	expect(1090, "1090");
	expect(UINT64_MAX, "18446744073709551615");
}
END_TEST

UNIT_MAIN("base/decimal", every_number_has_its_digits)
