/* SPDX-License-Identifier: MIT */
#include "netprobe/base/decimal.h"

#include <string.h>

size_t decimal(uint64_t value, char out[static DECIMAL_MAX])
{
	char digits[DECIMAL_MAX];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	memcpy(out, digits + at, sizeof digits - at);
	return sizeof digits - at;
}
