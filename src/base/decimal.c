/* SPDX-License-Identifier: MIT */
#include "netprobe/base/decimal.h"

#include <string.h>

size_t decimal(uint64_t value, char out[static DECIMAL_MAX])
{
	char digits[DECIMAL_MAX];
	size_t at = sizeof digits;

	/* most are */
	if (value < 10) {
		*out = (char)('0' + value);
		return 1;
	}
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	memcpy(out, digits + at, sizeof digits - at);
	return sizeof digits - at;
}
