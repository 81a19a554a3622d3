/* SPDX-License-Identifier: MIT */
#include "netprobe/base/parse.h"

#include "netprobe/base/err.h"
#include "netprobe/base/mem.h"

#include <stdbool.h>
#include <string.h>

enum { DURATION_MAX_S = 1000000, FRACTION_DIGITS = 6 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int parse_uint_n(const char *text, size_t len, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (len == 0)
		return ERR_EMPTY;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(text[i]))
			return ERR_NUMBER;
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value))
			return ERR_RANGE;
	}
	if (value < min || value > max)
		return ERR_RANGE;
	*out = value;
	return 0;
}

int parse_uint(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	return parse_uint_n(text, strlen(text), min, max, out);
}

static nsec_t unit_of(const char *suffix)
{
	static const struct {
		const char *suffix;
		nsec_t unit;
	} units[] = {
		{"", NSEC_PER_SEC},
		{"s", NSEC_PER_SEC},
		{"ms", NSEC_PER_MSEC},
		{"m", 60 * NSEC_PER_SEC},
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strcmp(suffix, units[i].suffix) == 0)
			return units[i].unit;
	return 0;
}

int parse_duration(const char *text, nsec_t *out)
{
	size_t whole = strspn(text, "0123456789");
	const char *rest = text + whole;
	uint64_t count = 0;
	nsec_t micros = 0, scale = 1000000, unit, value; /* millionths of the unit */
	int err;

	if (*text == '\0')
		return ERR_EMPTY;
	err = parse_uint_n(text, whole, 0, (uint64_t)DURATION_MAX_S * 1000, &count);
	if (err)
		return err == ERR_EMPTY ? ERR_NUMBER : err;
	if (*rest == '.') {
		size_t digits = strspn(++rest, "0123456789");

		if (digits == 0)
			return ERR_NUMBER;
		for (size_t i = 0; i < digits && i < FRACTION_DIGITS; i++)
			micros += (rest[i] - '0') * (scale /= 10);
		rest += digits;
	}
	unit = unit_of(rest);
	if (unit == 0)
		return ERR_UNIT;
	if ((nsec_t)count > DURATION_MAX_S * NSEC_PER_SEC / unit)
		return ERR_RANGE;
	value = (nsec_t)count * unit + micros * unit / 1000000;
	if (value > DURATION_MAX_S * NSEC_PER_SEC)
		return ERR_RANGE;
	*out = value;
	return 0;
}
